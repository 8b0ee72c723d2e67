"""NESO's data portal: records of demand forecasts, wind forecasts and the generation mix."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from wattbook.sources.clock import MINUTE, NOT_A_TIME, to_utc
from wattbook.sources.csv import RAW_BYTES_MAX
from wattbook.sources.json import rows
from wattbook.sources.payload import Parsed, Payload, Quarantined, Query, Request
from wattbook.sources.tabular import gathered, observations, set_aside

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
    values: Mapping[str, tuple[str, str]]


FUELS = (
    "GAS", "COAL", "NUCLEAR", "WIND", "WIND_EMB", "HYDRO", "IMPORTS", "BIOMASS", "OTHER", "SOLAR",
    "STORAGE",
)  # fmt: skip
RECORDS = (
    Record(
        "Datetime",
        "Settlement_Period",
        "Publish_Datetime",
        {"Demand_Forecast": ("load_forecast", "day-ahead"), "Demand_Outturn": ("load", "")},
    ),
    Record(
        "Datetime_GMT",
        "",
        "Forecast_Timestamp",
        {
            "Incentive_forecast": ("generation_forecast", "wind"),
            "Capacity": ("installed_capacity", "wind"),
        },
    ),
    Record("DATETIME", "", "", {fuel: ("generation", fuel) for fuel in FUELS}),
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
        aside = Quarantined("payload", 0, reason, content[:RAW_BYTES_MAX])
        return Parsed(gathered([]), {}, (aside,))
    names = [name for name in kind.values if f'"{name}"'.encode() in content]
    key = {"Date": "wall", kind.period: "whole"} if kind.period else {kind.time: "wall"}
    made_at = {kind.made: "wall"} if kind.made else {}
    read = rows(
        content, "/result/records/*", key | made_at | dict.fromkeys(names, "number or text")
    )
    is_sound = pl.all_horizontal(pl.col(*key).is_not_null())
    if kind.period:
        is_sound &= pl.col(kind.period).is_between(1, 50)
    reason = f"a record without {' and '.join(key)}"
    frame, bad = set_aside(
        read.frame, read.frame.select(~is_sound).to_series(), reason, content, "place"
    )
    if kind.period:
        midnight = to_utc(frame["Date"].to_numpy(), LONDON)
        start = pl.Series("start", midnight) + (frame[kind.period] - 1) * HALF_HOUR
        frame = frame.with_columns(start.alias("start"))
        frame, missing = set_aside(
            frame,
            pl.Series(midnight == NOT_A_TIME),
            "a day out of range",
            content,
            "place",
        )
    else:
        frame, missing = frame.with_columns(pl.col(kind.time).alias("start")), ()
    made = frame[kind.made] if kind.made else None
    if made is not None:
        # The portal does not say which clock this is; its publisher works on London's.
        stamps = to_utc(made.fill_null(NOT_A_TIME).to_numpy(), LONDON)
        made = pl.Series(stamps, dtype=pl.Int64).replace(NOT_A_TIME, None)
    parts = [
        observations(
            {
                "dataset": kind.values[name][0],
                "location": "GB",
                "item": kind.values[name][1] or None,
                "delivery_start": frame["start"],
                "delivery_end": frame["start"] + HALF_HOUR,
                "value": frame[name],
                "unit": "MW",
                "ts_event": made,
                "place": frame["place"],
                "offset": frame["offset"],
            },
            frame.height,
        )
        for name in names
    ]
    return Parsed(gathered(parts), {}, (*read.quarantined, *bad, *missing))


def portal_requests(query: Query) -> Iterator[Request]:
    """Yield the request for the records of a resource; options ``resource`` and ``column``.

    ``resource`` is the portal's identifier, ``column`` its time (``DATETIME`` by default).
    """
    column = query.options.get("column", "DATETIME")
    first, last = (
        f"{dt.datetime.fromtimestamp(at // 10**9, dt.UTC):%Y-%m-%dT%H:%M:%S}"
        for at in (query.start, query.end)
    )
    resource = query.options.get("resource", "f93d1835-75bc-43e5-84ad-12472b180a98")
    where = f"\"{column}\" >= '{first}' AND \"{column}\" < '{last}'"
    sql = f'SELECT * FROM "{resource}" WHERE {where} ORDER BY "{column}"'  # noqa: S608 - no SQL of ours
    yield Request(ADDRESS, {"sql": sql})
