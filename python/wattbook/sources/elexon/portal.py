"""NESO's data portal: records of demand forecasts, wind forecasts and the generation mix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from wattbook.sources.clock import MINUTE, NOT_A_TIME, shown, to_utc
from wattbook.sources.json import rows
from wattbook.sources.payload import Parsed, Payload, Query, Request, aside
from wattbook.sources.tabular import Measure, empty, measured, set_aside
from wattbook.sources.vocabulary import FUEL_CODES

__all__ = ["is_record", "portal_requests", "records"]

ADDRESS = "https://api.neso.energy/api/3/action/datastore_search_sql"
HALF_HOUR = 30 * MINUTE
LONDON = "Europe/London"


class Record(NamedTuple):
    """A kind of record: its time, its settlement period, when it was made, its values.

    With a settlement period the half-hour is that of the local ``Date``; without one the time names
    its beginning in UTC.
    """

    time: str
    period: str
    made: str
    values: Mapping[str, Measure]


RECORDS = (
    Record(
        "Datetime",
        "Settlement_Period",
        "Publish_Datetime",
        {
            "Demand_Forecast": Measure("load_forecast", "day_ahead", "MW"),
            "Demand_Outturn": Measure("load", "", "MW"),
        },
    ),
    Record(
        "Datetime_GMT",
        "",
        "Forecast_Timestamp",
        {
            "Incentive_forecast": Measure("generation_forecast", "wind", "MW"),
            "Capacity": Measure("installed_capacity", "wind", "MW"),
        },
    ),
    Record(
        "DATETIME",
        "",
        "",
        {code: Measure("generation", item, "MW") for code, item in FUEL_CODES["neso"].items()},
    ),
)
"""Kinds of records; one is known by its time and one of its values."""


def kind_of(content: bytes) -> Record | None:
    """Return the kind of the records in `content`, or none."""
    start = content[:8_000]
    for record in RECORDS:
        if f'"{record.time}"'.encode() in start and any(
            f'"{name}"'.encode() in start for name in record.values
        ):
            return record
    return None


def is_record(payload: Payload) -> bool:
    """Return whether `payload` is an answer of the portal."""
    return b'"records"' in payload.content[:4_000] and kind_of(payload.content) is not None


def records(payload: Payload) -> Parsed:
    """Return forecasts and observed values of half-hours, MW.

    Demand records name a half-hour by its local ``Date`` and settlement period, 1 to 50, which no
    clock change makes ambiguous; their ``Datetime`` is its local end.
    """
    content = payload.content
    kind = kind_of(content)
    if kind is None:
        reason = "no records of the portal that are known"
        return Parsed(empty(), {}, (aside(content, reason),))
    names = [name for name in kind.values if f'"{name}"'.encode() in content]
    key = {"Date": "wall", kind.period: "whole"} if kind.period else {kind.time: "wall"}
    made_at = {kind.made: "wall?"} if kind.made else {}
    read = rows(
        content, "/result/records/*", key | made_at | dict.fromkeys(names, "number or text?")
    )
    frame, quarantined = read
    if kind.period:
        midnight = pl.Series("start", to_utc(frame["Date"].to_numpy(), LONDON), dtype=pl.Int64)
        is_none = (midnight == NOT_A_TIME) | ~frame[kind.period].is_between(1, 50)
        start = midnight + (frame[kind.period] - 1) * HALF_HOUR
        frame, bad = set_aside(
            frame.with_columns(start.alias("start")),
            is_none,
            "no period from 1 to 50 of a day that is known",
            content,
            "place",
        )
        quarantined = (*quarantined, *bad)
    else:
        frame = frame.with_columns(pl.col(kind.time).alias("start"))
    made = None
    if kind.made:
        # The portal does not say which clock this is; its publisher works on London's.
        stamps = to_utc(frame[kind.made].fill_null(NOT_A_TIME).to_numpy(), LONDON)
        made = pl.Series(stamps, dtype=pl.Int64).replace(NOT_A_TIME, None)
    shared = {
        "location": "GB",
        "delivery_start": frame["start"],
        "delivery_end": frame["start"] + HALF_HOUR,
        "ts_event": made,
        "place": frame["place"],
        "offset": frame["offset"],
    }
    found = measured(frame, {name: kind.values[name] for name in names}, shared)
    return Parsed(found, {}, quarantined)


def portal_requests(query: Query) -> Iterator[Request]:
    """Yield the request for the records of a resource; options ``resource`` and ``column``.

    ``resource`` is the portal's identifier, ``column`` its time (``DATETIME`` by default).
    """
    column = query.options.get("column", "DATETIME")
    first, last = (shown(at, "%Y-%m-%dT%H:%M:%S") for at in (query.start, query.end))
    resource = query.options.get("resource", "f93d1835-75bc-43e5-84ad-12472b180a98")
    where = f"\"{column}\" >= '{first}' AND \"{column}\" < '{last}'"
    sql = f'SELECT * FROM "{resource}" WHERE {where} ORDER BY "{column}"'  # noqa: S608 - no SQL of ours
    yield Request(ADDRESS, {"sql": sql})
