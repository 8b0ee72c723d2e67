"""Answers of Nord Pool to rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wattbook.sources.clock import instant
from wattbook.sources.json import BAD_RECORD, Record, gather, inside, number, records, refused
from wattbook.sources.payload import OBSERVATION_COLUMNS, Parsed, Payload, Quarantined
from wattbook.sources.tabular import table

__all__ = [
    "parse_capacities",
    "parse_delivery_period",
    "parse_exchanges",
    "parse_prices",
    "parse_statistics",
]

Row = dict[str, Any]

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
    """Rows of an answer as they are found; each part of an area has rows of its own."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.missing: list[Row] = []
        self.quarantined: list[Quarantined] = []
        self.place = 0

    def areas(self, payload: Payload) -> Iterator[tuple[Record, Row]]:
        """Yield the areas of `payload` that have data, with what their rows have in common."""
        for area in records(payload.content):
            if isinstance(area, Quarantined):
                self.quarantined.append(area)
                continue
            try:
                shared = {"location": text(area.value["deliveryArea"]), "ts_event": updated(area)}
            except BAD_RECORD as fault:
                self.quarantined.append(refused(area, f"no area: {fault}"))
                continue
            if area.value.get("status") == "Missing":
                names = ("market", "deliveryArea", "deliveryDateCET")
                told = " ".join(str(area.value[name]) for name in names if name in area.value)
                self.missing.append({"code": "Missing", "text": told})
            else:
                yield area, shared

    def each(self, area: Record, part: str, shared: Row, read: Callable[[Any], list[Row]]) -> None:
        """Add the rows of each record of a list; all of a record, or none."""
        rows, quarantined = gather(inside(area, part), read)
        count = 1 + max((row["place"] for row in rows), default=-1)
        self.rows += [{**shared, **row, "place": self.place + row["place"]} for row in rows]
        self.place += count
        self.quarantined += quarantined

    def parsed(self) -> Parsed:
        """Return everything found."""
        kinds = {"code": "String", "text": "String"}
        tables = {"acknowledgement": table(kinds, self.missing)} if self.missing else {}
        found = table(OBSERVATION_COLUMNS, self.rows)
        return Parsed(found, tables, tuple(self.quarantined))


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


def updated(area: Record) -> int | None:
    """Return when an answer was brought up to date, ns UTC."""
    found = area.value.get("updatedAt")
    return None if found is None else instant(text(found))


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


def period(record: Mapping[str, Any], kind: str = "delivery") -> Row:
    """Return begin and end, ns UTC.

    Raises
    ------
    ValueError
        If it has no length.
    """
    start, end = (instant(text(record[f"{kind}{end}"])) for end in ("Start", "End"))
    if start >= end:
        message = f"{kind} ends at {record[f'{kind}End']}, before it begins"
        raise ValueError(message)
    return {"delivery_start": start, "delivery_end": end}


def priced(market: object) -> Row:
    """Return dataset and item of a market's prices."""
    if market in {None, "DayAhead"}:
        return {"dataset": "day_ahead_price"}
    return {"dataset": "intraday_auction_price", "item": str(market)}


def block(of: Row, name: object, word: str) -> Row:
    """Return dataset and item of a block's price."""
    if of["dataset"] == "day_ahead_price":
        return {"dataset": "day_ahead_price_block", "item": f"{text(name)}/{word}"}
    return {**of, "item": f"{of['item']}/{text(name)}/{word}"}


def parse_prices(payload: Payload) -> Parsed:
    """Return the prices of areas, and those of their blocks with average, lowest and highest."""
    reading = Reading()
    for area, shared in reading.areas(payload):
        of = priced(area.value.get("market"))
        shared["unit"] = str(area.value.get("unit"))
        reading.each(
            area,
            "prices",
            {**shared, **of},
            lambda record: [{**period(record), "value": number(record["price"])}],
        )
        if area.value.get("blockPrices") is not None:
            reading.each(
                area,
                "blockPrices",
                shared,
                lambda record, of=of: [  # type: ignore[misc]
                    {
                        **block(of, record["blockName"], word),
                        **period(record, "block"),
                        "value": number(record[field]),
                    }
                    for field, word in AGGREGATES.items()
                ],
            )
    return reading.parsed()


def parse_delivery_period(payload: Payload) -> Parsed:
    """Return the prices that the portal lists by time, and those of its blocks."""
    reading = Reading()
    for found in records(payload.content):
        if isinstance(found, Quarantined):
            reading.quarantined.append(found)
            continue
        try:
            of = priced(found.value.get("market"))
            shared = {
                "ts_event": updated(found),
                "revision": version(found.value["version"]),
                "unit": f"{found.value['currency']}/MWh",
            }
        except BAD_RECORD as fault:
            reading.quarantined.append(refused(found, f"no head of prices: {fault}"))
            continue
        reading.each(
            found,
            "multiAreaEntries",
            {**shared, **of},
            lambda record: [
                {"location": zone, **period(record), "value": number(value)}
                for zone, value in record["entryPerArea"].items()
            ],
        )
        if found.value.get("blockPriceAggregates") is not None:
            reading.each(
                found,
                "blockPriceAggregates",
                shared,
                lambda record, of=of: [  # type: ignore[misc]
                    {
                        **block(of, record["blockName"], word),
                        "location": zone,
                        **period(record),
                        "value": number(value),
                    }
                    for zone, values in record["averagePricePerArea"].items()
                    for word, value in values.items()
                ],
            )
    return reading.parsed()


def parse_exchanges(payload: Payload) -> Parsed:
    """Return the flows over each connection, from the exporting to the importing area.

    Totals and net positions follow from them and are left out.
    """
    reading = Reading()
    for area, shared in reading.areas(payload):
        zone = shared.pop("location")
        shared |= {"dataset": "physical_flow", "unit": str(area.value.get("unit"))}

        def flows(record: Mapping[str, Any], zone: str = zone) -> list[Row]:
            rows = []
            span = period(record)
            for one in record["byConnections"]:
                other = text(one["area"])
                for way, ends in (("import", (other, zone)), ("export", (zone, other))):
                    between = dict(zip(("location", "counterpart"), ends, strict=True))
                    rows.append({**between, **span, "value": number(one[way])})
            return rows

        reading.each(area, "exchanges", shared, flows)
    return reading.parsed()


def parse_capacities(payload: Payload) -> Parsed:
    """Return capacity, loss factor and ramping restriction of each connection and direction."""
    reading = Reading()
    for area, shared in reading.areas(payload):
        zone, unit = shared.pop("location"), str(area.value.get("unit"))
        measures = {
            "capacity": {"dataset": "offered_capacity", "unit": unit},
            "lossFactor": {"dataset": "loss_factor", "unit": "1"},
            "rampingRestriction": {"dataset": "ramping_restriction", "unit": unit},
        }

        def offers(
            record: Mapping[str, Any],
            zone: str = zone,
            measures: dict[str, Row] = measures,
        ) -> list[Row]:
            rows = []
            span = period(record)
            for side in ("importsByConnection", "exportsByConnection"):
                for one in record[side]:
                    other = text(one["area"])
                    ends = (other, zone) if side.startswith("imports") else (zone, other)
                    between = dict(zip(("location", "counterpart"), ends, strict=True))
                    rows += [
                        {**between, **span, **what, "value": number(one.get(field))}
                        for field, what in measures.items()
                    ]
            return rows

        reading.each(area, "capacities", shared, offers)
        if area.value.get("maxNtcValues"):
            reading.quarantined.append(refused(area, "greatest capacities are not read"))
    return reading.parsed()


def parse_statistics(payload: Payload) -> Parsed:
    """Return prices and volumes of each contract, under its name and number."""
    reading = Reading()
    for area, shared in reading.areas(payload):
        units = {kind: str(area.value.get(f"{kind}Unit")) for kind in ("price", "volume")}

        def contract(record: Mapping[str, Any], units: dict[str, str] = units) -> list[Row]:
            item = f"{text(record['contractName'])}/{text(record['contractId'])}"
            span = period(record)
            return [
                {
                    "dataset": f"intraday_{kind}",
                    "item": f"{item}/{word}",
                    **span,
                    "value": number(record[field]),
                    "unit": units[kind],
                }
                for field, (kind, word) in STATISTICS.items()
            ]

        reading.each(area, "contracts", shared, contract)
    return reading.parsed()
