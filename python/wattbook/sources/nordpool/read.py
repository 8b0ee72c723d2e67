"""Answers of Nord Pool to rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from wattbook.sources.jsontext import WRONG, Answer, number, told
from wattbook.sources.localday import instant
from wattbook.sources.payload import Parsed, Payload
from wattbook.sources.tabular import observations

__all__ = [
    "parse_capacities",
    "parse_delivery_period",
    "parse_exchanges",
    "parse_prices",
    "parse_statistics",
]

Record = Mapping[str, Any]
Row = tuple[Any, ...]
"""Dataset, location, counterpart, item, begin, end, value and unit."""

STATISTICS = {
    "averagePrice": ("price", "average"),
    "averagePriceLast1H": ("price", "average_last_hour"),
    "averagePriceLast3H": ("price", "average_last_3_hours"),
    "openPrice": ("price", "open"),
    "closePrice": ("price", "close"),
    "highPrice": ("price", "high"),
    "lowPrice": ("price", "low"),
    "volume": ("volume", "total"),
    "buyVolume": ("volume", "buy"),
    "sellVolume": ("volume", "sell"),
}
AGGREGATES = {"averagePrice": "average", "minPrice": "min", "maxPrice": "max"}


class Reading:
    """Rows of an answer as they are found."""

    def __init__(self, payload: Payload) -> None:
        self.answer = Answer(payload.content)
        self.rows: list[tuple[Row, int | None, int | None, int]] = []
        self.missing: list[tuple[str, str]] = []
        self.place = 0

    def areas(self) -> list[tuple[int, Record]]:
        """Return the areas of the answer with their numbers; others are set aside."""
        found = self.answer.each((), lambda record, place: (place, checked(record)))
        return [one for one in found if self.is_there(one[1])]

    def is_there(self, area: Record) -> bool:
        """Return whether an area has data; keep what it says if not."""
        status = str(area.get("status", ""))
        if status != "Missing":
            return True
        text = " ".join(
            str(area[name])
            for name in ("market", "deliveryArea", "deliveryDateCET")
            if name in area
        )
        self.missing.append((status, text))
        return False

    def each(
        self,
        path: tuple[str | int, ...],
        updated: int | None,
        read: Callable[[Record], list[Row]],
        revision: int | None = None,
    ) -> None:
        """Add the rows of each record of a list; all of a record, or none."""
        for rows in self.answer.each(path, lambda record, _: read(record)):
            self.rows += [(row, updated, revision, self.place) for row in rows]
            self.place += 1

    def parsed(self) -> Parsed:
        """Return everything found."""
        names = ("dataset", "location", "counterpart", "item", "delivery_start", "delivery_end")
        columns: dict[str, Any] = dict(
            zip(
                (*names, "value", "unit"),
                zip(*(row for row, *_ in self.rows), strict=True),
                strict=False,
            )
        )
        for number_, name in enumerate(("ts_event", "revision", "place"), start=1):
            columns[name] = [row[number_] for row in self.rows]
        tables = {}
        if self.missing:
            schema = {"code": pl.String, "text": pl.String}
            tables["acknowledgement"] = pl.DataFrame(self.missing, schema=schema, orient="row")
        found = observations(columns, len(self.rows))
        return Parsed(found, tables, tuple(self.answer.quarantined))


def checked(area: Any) -> Record:  # noqa: ANN401 - as JSON has it
    """Return an area whose head can be read.

    Raises
    ------
    TypeError, KeyError, ValueError
        If it cannot.
    """
    text(area["deliveryArea"])
    updated(area)
    return area  # type: ignore[no-any-return]


def text(value: object) -> str:
    """Return a text.

    Raises
    ------
    TypeError
        If it is none.
    """
    if not isinstance(value, str):
        message = f"{value!r} is no text"
        raise TypeError(message)
    return value


def version(value: object) -> int:
    """Return a version.

    Raises
    ------
    TypeError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 31:
        message = f"version {value!r} is no number from 0"
        raise TypeError(message)
    return value


def updated(area: Record) -> int | None:
    """Return when an answer was brought up to date, ns UTC."""
    found = area.get("updatedAt")
    return None if found is None else instant(found)


def period(record: Record, kind: str = "delivery") -> tuple[int, int]:
    """Return begin and end, ns UTC.

    Raises
    ------
    ValueError
        If it has no length.
    """
    start, end = instant(record[f"{kind}Start"]), instant(record[f"{kind}End"])
    if start >= end:
        message = f"{kind} ends at {record[f'{kind}End']}, before it begins"
        raise ValueError(message)
    return start, end


def price_name(market: object) -> str:
    """Return the dataset of a market's prices."""
    return "day_ahead_price" if market in {None, "DayAhead"} else f"auction_price_{market}"


def parse_prices(payload: Payload) -> Parsed:
    """Return the prices of areas, and those of their blocks with average, lowest and highest."""
    reading = Reading(payload)
    for place, area in reading.areas():
        zone, unit, when = area["deliveryArea"], str(area.get("unit")), updated(area)
        name = price_name(area.get("market"))

        def hour(record: Record, z: str = zone, u: str = unit, n: str = name) -> list[Row]:
            return [(n, z, None, None, *period(record), number(record["price"]), u)]

        def block(record: Record, z: str = zone, u: str = unit, n: str = name) -> list[Row]:
            return [
                (
                    f"{n}_block",
                    z,
                    None,
                    f"{text(record['blockName'])}/{word}",
                    *period(record, "block"),
                    number(record[field]),
                    u,
                )
                for field, word in AGGREGATES.items()
            ]

        reading.each((place, "prices"), when, hour)
        if area.get("blockPrices") is not None:
            reading.each((place, "blockPrices"), when, block)
    return reading.parsed()


def parse_delivery_period(payload: Payload) -> Parsed:
    """Return the prices that the portal lists by time, and those of its blocks."""
    reading = Reading(payload)
    area = reading.answer.value
    try:
        when = updated(area) if area is not None else None
        revision = version(area["version"]) if area is not None else None
        unit = f"{area['currency']}/MWh" if area is not None else ""
    except WRONG as fault:
        reading.answer.refuse((), told(fault))
        return reading.parsed()
    if area is None:
        return reading.parsed()
    name = price_name(area.get("market"))

    def entry(record: Record) -> list[Row]:
        return [
            (name, zone, None, None, *period(record), number(value), unit)
            for zone, value in record["entryPerArea"].items()
        ]

    def block(record: Record) -> list[Row]:
        return [
            (
                f"{name}_block",
                zone,
                None,
                f"{text(record['blockName'])}/{word}",
                *period(record),
                number(value),
                unit,
            )
            for zone, values in record["averagePricePerArea"].items()
            for word, value in values.items()
        ]

    reading.each(("multiAreaEntries",), when, entry, revision)
    if area.get("blockPriceAggregates") is not None:
        reading.each(("blockPriceAggregates",), when, block, revision)
    return reading.parsed()


def parse_exchanges(payload: Payload) -> Parsed:
    """Return the flows over each connection, from the exporting to the importing area.

    Totals and net positions follow from them and are left out.
    """
    reading = Reading(payload)
    for place, area in reading.areas():
        zone, unit = area["deliveryArea"], str(area.get("unit"))

        def flows(record: Record, z: str = zone, u: str = unit) -> list[Row]:
            start, end = period(record)
            rows: list[Row] = []
            for one in record["byConnections"]:
                other = text(one["area"])
                rows += [
                    ("physical_flow", other, z, None, start, end, number(one["import"]), u),
                    ("physical_flow", z, other, None, start, end, number(one["export"]), u),
                ]
            return rows

        reading.each((place, "exchanges"), updated(area), flows)
    return reading.parsed()


def parse_capacities(payload: Payload) -> Parsed:
    """Return capacity, loss factor and ramping restriction of each connection and direction."""
    reading = Reading(payload)
    for place, area in reading.areas():
        zone, unit = area["deliveryArea"], str(area.get("unit"))
        measures = {
            "capacity": ("offered_capacity", unit),
            "lossFactor": ("loss_factor", "1"),
            "rampingRestriction": ("ramping_restriction", unit),
        }

        def offers(record: Record, z: str = zone, of: Any = measures) -> list[Row]:  # noqa: ANN401
            start, end = period(record)
            rows: list[Row] = []
            for side in ("importsByConnection", "exportsByConnection"):
                for one in record[side]:
                    other = text(one["area"])
                    ends = (other, z) if side.startswith("imports") else (z, other)
                    rows += [
                        (name, *ends, None, start, end, number(one.get(field)), u)
                        for field, (name, u) in of.items()
                    ]
            return rows

        reading.each((place, "capacities"), updated(area), offers)
        if area.get("maxNtcValues"):
            reading.answer.refuse((place, "maxNtcValues"), "greatest capacities are not read")
    return reading.parsed()


def parse_statistics(payload: Payload) -> Parsed:
    """Return prices and volumes of each contract, under its name and number."""
    reading = Reading(payload)
    for place, area in reading.areas():
        zone = area["deliveryArea"]
        units = {"price": str(area.get("priceUnit")), "volume": str(area.get("volumeUnit"))}

        def contract(record: Record, z: str = zone, u: dict[str, str] = units) -> list[Row]:
            start, end = period(record)
            item = f"{text(record['contractName'])}/{text(record['contractId'])}"
            return [
                (
                    f"intraday_{kind}",
                    z,
                    None,
                    f"{item}/{word}",
                    start,
                    end,
                    number(record[field]),
                    u[kind],
                )
                for field, (kind, word) in STATISTICS.items()
            ]

        reading.each((place, "contracts"), updated(area), contract)
    return reading.parsed()
