"""FERC, the regulator of interstate energy markets: filings and reported transactions.

Filings come as the feed of eLibrary. Electric Quarterly Reports (EQR) are CSV with a row for each
sale; their times are digits on the clock that the row names: prevailing (``EP``), standard (``ES``)
or daylight (``ED``) time of Eastern, Central, Mountain, Pacific or Atlantic.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import polars as pl

from wattbook.sources.clock import HOUR, NOT_A_TIME, to_utc, within
from wattbook.sources.documents import BAD_RECORD, number, text
from wattbook.sources.feeds import is_feed, parse
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request
from wattbook.sources.tabular import observations

__all__ = ["DATASETS", "TRANSACTION_COLUMNS"]

NANOS = 1_000_000_000
RAW_BYTES_MAX = 64 * 1024
FEED = "https://elibrary.ferc.gov/eLibrary/rss"

ZONES = {
    "A": ("America/Halifax", -4),
    "E": ("America/New_York", -5),
    "C": ("America/Chicago", -6),
    "M": ("America/Denver", -7),
    "P": ("America/Los_Angeles", -8),
}
"""By first letter: the zone of prevailing time, and the hours of its standard time from UTC."""

TRANSACTION_COLUMNS = {
    "transaction": pl.String(),
    "seller": pl.String(),
    "customer": pl.String(),
    "contract": pl.String(),
    "trade_date": pl.String(),
    "venue": pl.String(),
    "rate_type": pl.String(),
    "balancing_authority": pl.String(),
    "location": pl.String(),
    "class": pl.String(),
    "term": pl.String(),
    "increment": pl.String(),
    "peaking": pl.String(),
    "product": pl.String(),
    "delivery_start": pl.Int64(),
    "delivery_end": pl.Int64(),
    "quantity": pl.Float64(),
    "price": pl.Float64(),
    "rate_unit": pl.String(),
    "transmission_charge": pl.Float64(),
    "charge": pl.Float64(),
    "place": pl.Int64(),
}
"""Columns of the table ``transaction``; times ns UTC, charges USD, the rest as reported."""

WORDS = {
    "transaction": "transaction_unique_id",
    "seller": "seller_company_name",
    "customer": "customer_company_name",
    "contract": "contract_service_agreement",
    "trade_date": "trade_date",
    "venue": "exchange_brokerage_service",
    "rate_type": "type_of_rate",
    "class": "class_name",
    "term": "term_name",
    "increment": "increment_name",
    "peaking": "increment_peaking_name",
    "product": "product_name",
    "rate_unit": "rate_units",
    "balancing_authority": "point_of_delivery_balancing_authority",
    "location": "point_of_delivery_specific_location",
}
NUMBERS = {
    "quantity": "transaction_quantity",
    "price": "price",
    "transmission_charge": "total_transmission_charge",
    "charge": "total_transaction_charge",
}


def _is_filings(payload: Payload) -> bool:
    return is_feed(payload) and b"ferc.gov" in payload.content[:4_096].lower()


def _is_transactions(payload: Payload) -> bool:
    head = payload.content[:4_096].split(b"\n", 1)[0].lower()
    return b"transaction_unique_id" in head and b"seller_company_name" in head


def _transactions(payload: Payload) -> Parsed:
    rows: list[dict[str, Any]] = []
    aside: list[Quarantined] = []
    header: list[str] = []
    for place, (offset, line) in enumerate(_lines(payload.content)):
        try:
            fields = next(csv.reader(io.StringIO(line.decode("utf-8-sig")), strict=True))
            if not header:
                header = [name.strip().lower() for name in fields]
                continue
            if len(fields) != len(header):
                message = f"{len(fields)} fields where the header has {len(header)}"
                raise ValueError(message)
            row = _transaction(dict(zip(header, fields, strict=True)))
            rows.append({**row, "place": place - 1})
        except (*BAD_RECORD, csv.Error, StopIteration) as fault:
            reason = f"no column {fault}" if isinstance(fault, KeyError) else str(fault)
            reason = reason or "no field in the line"
            aside.append(Quarantined(f"line {place + 1}", offset, reason, line[:RAW_BYTES_MAX]))
    table = pl.DataFrame(rows, schema=TRANSACTION_COLUMNS)
    return Parsed(_prices(table), {"transaction": table}, tuple(aside))


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for line in content.splitlines(keepends=True):
        if line.strip():
            yield at, line
        at += len(line)


def _transaction(row: dict[str, str]) -> dict[str, Any]:
    zone = row["time_zone"].strip().upper()
    start = _instant(row["transaction_begin_date"], zone)
    end = _instant(row["transaction_end_date"], zone)
    if end < start:
        message = f"ends {row['transaction_end_date']} before {row['transaction_begin_date']}"
        raise ValueError(message)
    return {
        **{name: text(row.get(column)) for name, column in WORDS.items()},
        **{name: number(row.get(column)) for name, column in NUMBERS.items()},
        "delivery_start": start,
        "delivery_end": end,
    }


def _instant(digits: str, zone: str) -> int:
    """Return the time that `digits` (YYYYMMDDHHMM) show on the clock `zone`, ns UTC."""
    wall = dt.datetime.strptime(digits.strip(), "%Y%m%d%H%M").replace(tzinfo=dt.UTC)
    shown = within(int(wall.timestamp()) * NANOS)
    if zone == "UT":
        return shown
    if len(zone) != 2 or zone[0] not in ZONES or zone[1] not in "PSD":
        message = f"time zone {zone!r} is none of EQR's; they are such as EP, ES and ED"
        raise ValueError(message)
    name, hours = ZONES[zone[0]]
    if zone[1] != "P":
        return shown - (hours + (zone[1] == "D")) * HOUR
    found = int(to_utc([shown], name)[0])
    if found == NOT_A_TIME:
        message = f"the clock of {name} never shows {digits.strip()}"
        raise ValueError(message)
    return found


def _prices(table: pl.DataFrame) -> pl.DataFrame:
    """Return the prices of `table` as observations, in the currency unit that each row reports."""
    return observations(
        {
            "dataset": "transaction_price",
            "location": table["balancing_authority"],
            "counterpart": table["location"],
            "item": table["transaction"],
            "delivery_start": table["delivery_start"],
            "delivery_end": table["delivery_end"],
            "value": table["price"],
            "unit": table["rate_unit"].str.replace("$", "USD", literal=True),
            "place": table["place"],
        },
        table.height,
    )


def _requests(_query: Query) -> Iterator[Request]:
    yield Request(FEED)


DATASETS = (
    Dataset(
        source="ferc",
        name="filing",
        description="filings and orders, as the feed of eLibrary",
        recognises=_is_filings,
        parse=parse,
        requests=_requests,
        requests_per_minute=6.0,
    ),
    Dataset(
        source="ferc",
        name="transaction",
        description="sales of Electric Quarterly Reports, from their CSV files",
        recognises=_is_transactions,
        parse=_transactions,
    ),
)
