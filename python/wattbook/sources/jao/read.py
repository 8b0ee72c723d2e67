"""Answers of JAO to rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from wattbook.sources.clock import HOUR, MINUTE, SECOND, instant
from wattbook.sources.json import BAD_RECORD, Record, gather, inside, number, records, refused
from wattbook.sources.payload import OBSERVATION_COLUMNS, Parsed, Payload, Quarantined, aside
from wattbook.sources.tabular import empty, table, tables_only

__all__ = ["parse_auctions", "parse_borders", "parse_message", "product_period"]

ZONE = "Europe/Brussels"
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
    "auction": ("identification", "String"),
    "corridor": ("corridorCode", "String"),
    "horizon": ("horizonName", "String"),
    "cancelled": ("cancelled", "Boolean"),
    "market_start": ("marketPeriodStart", "Int64"),
    "market_end": ("marketPeriodStop", "Int64"),
    "bid_gate_opening": ("bidGateOpening", "Int64"),
    "bid_gate_closure": ("bidGateClosure", "Int64"),
    "result_provisional": ("provisionalAuctionresult", "Int64"),
    "ts_event": ("lastDataUpdate", "Int64"),
}
"""Field and Polars type of each column of the table ``auction``; times are ns UTC."""
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
    day = dt.datetime.fromtimestamp(start // SECOND, tz=zone)
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
    begin = int(wall.timestamp()) * SECOND
    shown = dt.datetime.fromtimestamp(begin // SECOND, tz=zone)
    if (shown.hour, shown.minute, shown.fold) != (first, first_minute, 1 if star else 0):
        message = f"the day has no hour {product_hour}"
        raise ValueError(message)
    if minutes <= 60:
        finish = begin + minutes * MINUTE
    else:
        midnight = dt.datetime.combine(day.date(), dt.time(), tzinfo=zone)
        until = midnight + dt.timedelta(hours=last, minutes=last_minute)
        finish = int(until.timestamp()) * SECOND
    if begin < start or finish > end:
        message = f"product hour {product_hour} lies outside the market period"
        raise ValueError(message)
    return begin, finish


def parse_auctions(payload: Payload) -> Parsed:
    """Return results and products of auctions, and the auctions themselves as table ``auction``.

    Results of a cancelled auction are set aside.
    """
    rows: list[dict[str, Any]] = []
    auctions: list[dict[str, Any]] = []
    quarantined: list[Quarantined] = []
    for found in records(payload.content):
        if isinstance(found, Quarantined):
            quarantined.append(found)
            continue
        try:
            shared = shared_by(found)
            auctions.append(auction_row(found.value))
        except BAD_RECORD as fault:
            quarantined.append(refused(found, f"no auction: {fault}"))
            continue
        for part, names in (("results", RESULTS), ("products", PRODUCTS)):
            if found.value.get(part) is None:
                continue
            if found.value["cancelled"] and found.value[part]:
                reason = f"the auction is cancelled; its {part} do not hold"
                quarantined.append(refused(found, reason))
                continue
            made, bad = gather(
                inside(found, part),
                lambda record, shared=shared, names=names: values(record, names, shared),  # type: ignore[misc]
            )
            rows += [{**row, "place": found.place} for row in made]
            quarantined += bad
    columns = {name: kind for name, (_, kind) in AUCTION_COLUMNS.items()}
    return Parsed(
        table(OBSERVATION_COLUMNS, rows), {"auction": table(columns, auctions)}, tuple(quarantined)
    )


def auction_row(auction: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an auction."""
    row: dict[str, Any] = {}
    for name, (field, kind) in AUCTION_COLUMNS.items():
        value = auction.get(field)
        if kind == "Int64":
            value = None if value is None else instant(value)
        elif value is not None and not isinstance(value, bool if kind == "Boolean" else str):
            message = f"{field} {value!r} is not what it should be"
            raise ValueError(message)
        row[name] = value
    return row


def shared_by(record: Record) -> dict[str, Any]:
    """Return what the rows of an auction have in common."""
    auction = record.value
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
    return {
        "location": exporting,
        "counterpart": importing,
        "item": "/".join(part for part in (link, str(auction["horizonName"])) if part),
        "delivery_start": start,
        "delivery_end": end,
        "ts_event": None if updated is None else instant(updated),
    }


def values(
    record: Mapping[str, Any], names: Mapping[str, tuple[str, str]], shared: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one product of an auction."""
    start, end = shared["delivery_start"], shared["delivery_end"]
    begin, finish = product_period(record["productHour"], start, end)
    item = shared["item"]
    if end - start > 25 * HOUR:
        item = f"{item}/{record['productIdentification']}"
    of_product = {**shared, "item": item, "delivery_start": begin, "delivery_end": finish}
    for field, (dataset, unit) in names.items():
        yield {**of_product, "dataset": dataset, "unit": unit, "value": number(record[field])}


def parse_borders(payload: Payload) -> Parsed:
    """Return values by border and time; what they are stands in the name or address only.

    A row holds up to the next time stamp of the payload; of one alone nothing tells the length.
    """
    name = f"{payload.address} {payload.name}"
    dataset = next((word for part, word in DATASETS_BY_NAME if re.search(part, name)), None)
    if dataset is None:
        reason = "neither name nor address says what the values are, such as maxExchanges or atc"
        return Parsed(empty(), {}, (aside(payload.content, reason),))
    rows, quarantined = gather(records(payload.content, "data"), borders)
    steps = [after - before for before, after in pairwise(sorted({row["at"] for row in rows}))]
    if not steps:
        if not quarantined:
            reason = "one time stamp alone does not tell how long it holds"
            quarantined.append(aside(payload.content, reason))
        return Parsed(empty(), {}, tuple(quarantined))
    length = min(steps)
    told = [
        {
            **row,
            "dataset": dataset,
            "unit": "MW",
            "delivery_start": row["at"],
            "delivery_end": row["at"] + length,
        }
        for row in rows
    ]
    return Parsed(table(OBSERVATION_COLUMNS, told), {}, tuple(quarantined))


def borders(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the value of each border at one time."""
    at = instant(record["dateTimeUtc"])
    for field, value in record.items():
        if field.startswith("border_"):
            _, exporting, importing = field.split("_", 2)
            ends = {"location": exporting, "counterpart": importing}
            yield {"at": at, **ends, "value": number(value)}


def parse_message(payload: Payload) -> Parsed:
    """Return why there is no data, as table ``acknowledgement``."""
    rows, quarantined = gather(
        records(payload.content),
        lambda told: [{"code": str(int(told["status"])), "text": str(told["message"])}],
    )
    kinds = {"code": "String", "text": "String"}
    return tables_only({"acknowledgement": table(kinds, rows)}, quarantined)
