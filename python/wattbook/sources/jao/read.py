"""Answers of JAO to rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.sources.jsontext import WRONG, Answer, number, told
from wattbook.sources.localday import instant
from wattbook.sources.payload import Parsed, Payload
from wattbook.sources.tabular import observations

__all__ = ["parse_auctions", "parse_borders", "parse_message", "product_period"]

ZONE = "Europe/Brussels"
HOUR = 3_600_000_000_000
CORRIDOR = re.compile(r"(?:(.+)-)?([A-Z0-9]+)-([A-Z0-9]+)")
PRODUCT_HOUR = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)(\*?)")
RESULTS = {
    "offeredCapacity": ("offered_capacity", "MW"),
    "requestedCapacity": ("requested_capacity", "MW"),
    "allocatedCapacity": ("allocated_capacity", "MW"),
    "auctionPrice": ("allocated_capacity_price", "EUR/MWh"),
}
PRODUCTS = {
    "atc": ("available_capacity", "MW"),
    "resoldCapacity": ("resold_capacity", "MW"),
    "bidderPartyCount": ("auction_bidders", "1"),
    "winnerPartyCount": ("auction_winners", "1"),
}
AUCTION_COLUMNS = {
    "auction": ("identification", pl.String),
    "corridor": ("corridorCode", pl.String),
    "horizon": ("horizonName", pl.String),
    "cancelled": ("cancelled", pl.Boolean),
    "market_start": ("marketPeriodStart", pl.Int64),
    "market_end": ("marketPeriodStop", pl.Int64),
    "bid_gate_opening": ("bidGateOpening", pl.Int64),
    "bid_gate_closure": ("bidGateClosure", pl.Int64),
    "result_provisional": ("provisionalAuctionresult", pl.Int64),
    "ts_event": ("lastDataUpdate", pl.Int64),
}
DATASETS_BY_NAME = (
    (r"shadow", "shadow_auction_capacity"),
    (r"max_?bex|maxExchanges", "max_exchange"),
    (r"scheduledExchanges|scheduled", "scheduled_exchange"),
    (r"maxBorderFlow|bflow", "max_border_flow"),
    (r"(?i)(?<![a-z])atc", "external_capacity"),
)


def product_period(product_hour: str, start: int, end: int) -> tuple[int, int]:
    """Return begin and end of a product of a market period, ns UTC.

    Parameters
    ----------
    product_hour : str
        Wall clock of Central Europe: ``02:00-03:00``, with an asterisk for the second such hour of
        a day of 25 hours.
    start, end : int
        The market period, ns UTC. Products of a period of more than one day hold for all of it.

    Raises
    ------
    ValueError
        If the text is none such, or its hour is none of the period.

    Examples
    --------
    >>> day = instant("2025-10-25T22:00:00Z"), instant("2025-10-26T23:00:00Z")
    >>> first, again = product_period("02:00-03:00", *day), product_period("02:00-03:00*", *day)
    >>> first[1] == again[0], (again[0] - day[0]) // HOUR
    (True, 3)
    """
    found = PRODUCT_HOUR.fullmatch(product_hour)
    if found is None:
        message = f"product hour {product_hour!r} is none such as 02:00-03:00"
        raise ValueError(message)
    if end - start > 25 * HOUR:
        return start, end
    *clock, star = found.groups()
    first, first_minute, last, last_minute = (int(part) for part in clock)
    minutes = last * 60 + last_minute - first * 60 - first_minute
    zone = ZoneInfo(ZONE)
    day = dt.datetime.fromtimestamp(start // 1_000_000_000, tz=zone)
    if (
        first > 23
        or minutes <= 0
        or (last, last_minute) > (24, 0)
        or max(first_minute, last_minute) > 59
    ):
        message = f"product hour {product_hour!r} is no part of a day"
        raise ValueError(message)
    if minutes == 24 * 60:
        return start, end
    wall = day.replace(hour=first, minute=first_minute, second=0, fold=1 if star else 0)
    begin = int(wall.timestamp()) * 1_000_000_000
    shown = dt.datetime.fromtimestamp(begin // 1_000_000_000, tz=zone)
    if (shown.hour, shown.minute, shown.fold) != (first, first_minute, 1 if star else 0):
        message = f"the day has no hour {product_hour}"
        raise ValueError(message)
    if minutes <= 60:
        finish = begin + minutes * 60_000_000_000
    else:
        midnight = dt.datetime.combine(day.date(), dt.time(), tzinfo=zone)
        until = midnight + dt.timedelta(hours=last, minutes=last_minute)
        finish = int(until.timestamp()) * 1_000_000_000
    if begin < start or finish > end:
        message = f"product hour {product_hour} lies outside the market period"
        raise ValueError(message)
    return begin, finish


def parse_auctions(payload: Payload) -> Parsed:
    """Return results and products of auctions, and the auctions themselves as table ``auction``.

    Results of a cancelled auction are set aside.
    """
    answer = Answer(payload.content)
    rows: list[tuple[Any, ...]] = []
    auctions = answer.each((), auction_row)
    records = answer.value if isinstance(answer.value, list) else []
    for place, auction in enumerate(records):
        try:
            made = series_of(auction, place)
        except WRONG:
            continue  # The auction is set aside already.
        for part, names in (("results", RESULTS), ("products", PRODUCTS)):
            if auction.get(part) is None:
                continue
            found = answer.each((place, part), reader(names, made))
            if found and auction["cancelled"]:
                answer.refuse((place, part), "the auction is cancelled; its results do not hold")
                continue
            rows += [row for one in found for row in one]
    schema = {name: kind for name, (_, kind) in AUCTION_COLUMNS.items()}
    table = pl.DataFrame(auctions, schema=schema, orient="row")
    return Parsed(to_observations(rows), {"auction": table}, tuple(answer.quarantined))


def auction_row(auction: Mapping[str, Any], place: int) -> tuple[Any, ...]:
    """Return the columns of an auction."""
    series_of(auction, place)
    row: list[Any] = []
    for field, kind in AUCTION_COLUMNS.values():
        value = auction.get(field)
        if kind == pl.Int64:
            row.append(None if value is None else instant(value))
        elif value is None or isinstance(value, bool if kind == pl.Boolean else str):
            row.append(value)
        else:
            message = f"{field} {value!r} is not what it should be"
            raise ValueError(message)
    return tuple(row)


def series_of(auction: Mapping[str, Any], place: int) -> tuple[Any, ...]:
    """Return what the rows of an auction have in common."""
    corridor = CORRIDOR.fullmatch(auction["corridorCode"])
    if corridor is None:
        message = f"corridor {auction['corridorCode']!r} is none such as IF1-FR-GB"
        raise ValueError(message)
    link, exporting, importing = corridor.groups()
    start, end = instant(auction["marketPeriodStart"]), instant(auction["marketPeriodStop"])
    if not isinstance(auction["cancelled"], bool) or start >= end:
        message = "cancelled is neither true nor false, or the market period has no length"
        raise ValueError(message)
    updated = auction.get("lastDataUpdate")
    return (
        exporting,
        importing,
        "/".join(part for part in (link, str(auction["horizonName"])) if part),
        start,
        end,
        None if updated is None else instant(updated),
        place,
    )


def reader(
    names: Mapping[str, tuple[str, str]], series: tuple[Any, ...]
) -> Callable[[Mapping[str, Any], int], list[tuple[Any, ...]]]:
    """Return what makes rows of a product of an auction."""
    return lambda record, _: values(record, names, series)


def values(
    record: Mapping[str, Any], names: Mapping[str, tuple[str, str]], series: tuple[Any, ...]
) -> list[tuple[Any, ...]]:
    """Return the rows of one product."""
    exporting, importing, item, start, end, updated, place = series
    begin, finish = product_period(record["productHour"], start, end)
    if end - start > 25 * HOUR:
        item = f"{item}/{record['productIdentification']}"
    return [
        (
            name,
            exporting,
            importing,
            item,
            begin,
            finish,
            number(record[field]),
            unit,
            updated,
            place,
        )
        for field, (name, unit) in names.items()
    ]


def to_observations(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Return rows as observations."""
    names = ("dataset", "location", "counterpart", "item", "delivery_start", "delivery_end")
    columns = dict(
        zip((*names, "value", "unit", "ts_event", "place"), zip(*rows, strict=True), strict=False)
    )
    return observations(columns, len(rows))


def parse_borders(payload: Payload) -> Parsed:
    """Return values by border and time; what they are stands in the name or address only.

    A row holds up to the next time stamp of the payload; of one alone nothing tells the length.
    """
    answer = Answer(payload.content)
    name = f"{payload.address} {payload.name}"
    dataset = next(
        (word for part, word in DATASETS_BY_NAME if re.search(part, name)), "border_value"
    )
    ordered = sorted(set(answer.each(("data",), lambda one, _: instant(one["dateTimeUtc"]))))
    steps = [after - before for before, after in pairwise(ordered)]
    if not steps:
        if not answer.quarantined:
            answer.refuse(("data",), "one time stamp alone does not tell how long it holds")
        return Parsed(observations({}, 0), {}, tuple(answer.quarantined))
    step = min(steps)
    rows: list[tuple[Any, ...]] = []
    answer.quarantined.clear()

    def read(record: Mapping[str, Any], place: int) -> None:
        begin = instant(record["dateTimeUtc"])
        found = []
        for field, value in record.items():
            if not field.startswith("border_"):
                continue
            _, exporting, importing = field.split("_", 2)
            found.append(
                (
                    dataset,
                    exporting,
                    importing,
                    None,
                    begin,
                    begin + step,
                    number(value),
                    "MW",
                    None,
                    place,
                )
            )
        rows.extend(found)

    answer.each(("data",), read)
    return Parsed(to_observations(rows), {}, tuple(answer.quarantined))


def parse_message(payload: Payload) -> Parsed:
    """Return why there is no data, as table ``acknowledgement``."""
    answer = Answer(payload.content)
    rows = []
    if not answer.quarantined:
        try:
            rows.append((str(int(answer.value["status"])), str(answer.value["message"])))
        except WRONG as fault:
            answer.refuse((), told(fault))
    table = pl.DataFrame(rows, schema={"code": pl.String, "text": pl.String}, orient="row")
    return Parsed(observations({}, 0), {"acknowledgement": table}, tuple(answer.quarantined))
