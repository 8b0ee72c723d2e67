"""FERC, the regulator of interstate energy markets: filings and reported transactions.

Filings come as the feed of eLibrary. Electric Quarterly Reports (EQR) are CSV with a row for each
sale; their times are digits on the clock that the row names: prevailing (``EP``), standard (``ES``)
or daylight (``ED``) time of Eastern, Central, Mountain, Pacific or Atlantic.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import polars as pl

from wattbook.sources import csv
from wattbook.sources.clock import HOUR, at_wall, wall
from wattbook.sources.feeds import is_feed, parse
from wattbook.sources.json import text
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tabular import observations, table

__all__ = ["DATASETS", "TRANSACTION_COLUMNS"]

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
    "transaction": "String",
    "seller": "String",
    "customer": "String",
    "contract": "String",
    "trade_date": "String",
    "venue": "String",
    "rate_type": "String",
    "balancing_authority": "String",
    "location": "String",
    "class": "String",
    "term": "String",
    "increment": "String",
    "peaking": "String",
    "product": "String",
    "delivery_start": "Int64",
    "delivery_end": "Int64",
    "quantity": "Float64",
    "price": "Float64",
    "rate_unit": "String",
    "transmission_charge": "Float64",
    "charge": "Float64",
    "place": "Int64",
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
TIMES = ("transaction_begin_date", "transaction_end_date", "time_zone")
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
    content = payload.content
    # Names of columns are the standard's in any case; a file may lack some, but not the times.
    written = {name.strip().lower(): name for name in csv.header(content)}
    kinds = dict.fromkeys(WORDS.values(), "text?") | dict.fromkeys(NUMBERS.values(), "number?")
    asked = {written.get(name, name): "text" for name in TIMES}
    asked |= {written[name]: kind for name, kind in kinds.items() if name in written}
    found = csv.rows(content, asked)
    plain = found.frame.rename({name: name.strip().lower() for name in asked})
    rows: list[dict[str, Any]] = []
    quarantined = list(found.quarantined)
    for row in plain.iter_rows(named=True):
        try:
            rows.append(_transaction(row))
        except (ValueError, OverflowError) as fault:
            quarantined.append(csv.line_aside(content, row["line"], row["offset"], str(fault)))
    sales = table(TRANSACTION_COLUMNS, rows)
    return Parsed(_prices(sales), {"transaction": sales}, tuple(quarantined))


def _transaction(row: dict[str, Any]) -> dict[str, Any]:
    zone = row["time_zone"].strip().upper()
    start = _instant(row["transaction_begin_date"], zone)
    end = _instant(row["transaction_end_date"], zone)
    if end < start:
        message = f"ends {row['transaction_end_date']} before {row['transaction_begin_date']}"
        raise ValueError(message)
    return {
        **{name: text(row.get(column)) for name, column in WORDS.items()},
        **{name: row.get(column) for name, column in NUMBERS.items()},
        "delivery_start": start,
        "delivery_end": end,
        "place": row["line"] - 2,
    }


def _instant(digits: str, zone: str) -> int:
    """Return the time that `digits` (YYYYMMDDHHMM) show on the clock `zone`, ns UTC."""
    shown = dt.datetime.strptime(digits.strip(), "%Y%m%d%H%M")  # noqa: DTZ007 - a wall time
    if zone == "UT":
        return wall(shown)
    if len(zone) != 2 or zone[0] not in ZONES or zone[1] not in "PSD":
        message = f"time zone {zone!r} is none of EQR's; they are such as EP, ES and ED"
        raise ValueError(message)
    name, hours = ZONES[zone[0]]
    if zone[1] != "P":
        return wall(shown) - (hours + (zone[1] == "D")) * HOUR
    return at_wall(shown, name)


def _prices(sales: pl.DataFrame) -> pl.DataFrame:
    """Return the prices of `sales` as observations, in the currency unit that each row reports."""
    return observations(
        {
            "dataset": "transaction_price",
            "location": sales["balancing_authority"],
            "counterpart": sales["location"],
            "item": sales["transaction"],
            "delivery_start": sales["delivery_start"],
            "delivery_end": sales["delivery_end"],
            "value": sales["price"],
            "unit": sales["rate_unit"].str.replace("$", "USD", literal=True),
            "place": sales["place"],
        },
        sales.height,
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
        is_recorded=False,
    ),
    Dataset(
        source="ferc",
        name="transaction",
        description="sales of Electric Quarterly Reports, from their CSV files",
        recognises=_is_transactions,
        parse=_transactions,
        is_recorded=False,
    ),
)
