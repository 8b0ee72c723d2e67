"""PJM Data Miner 2: JSON, with items and a count of all rows, or the bare list of a download.

Every time comes twice, in UTC and in Eastern prevailing time; UTC is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.sources.clock import HOUR, MINUTE
from wattbook.sources.csv import RAW_BYTES_MAX
from wattbook.sources.json import JsonRows, rows
from wattbook.sources.packed import unpack
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request
from wattbook.sources.tabular import gathered, observations, set_aside

__all__ = ["DATASETS", "parse"]

ADDRESS = "https://api.pjm.com/api/v1"
ROWS_MAX = 50_000
"""Most rows of one answer."""


class Feed(NamedTuple):
    """How a feed of Data Miner is read.

    ``values`` has dataset, item and unit by field; ``length`` is that of an interval whose end the
    feed does not name.
    """

    start: str
    end: str
    place: str
    item: str
    evaluated: str
    values: Mapping[str, tuple[str, str, str]]
    length: int = HOUR


FEEDS: Mapping[str, Feed] = {
    "gen_by_fuel": Feed(
        "datetime_beginning_utc", "", "", "fuel_type", "", {"mw": ("generation", "", "MW")}
    ),
    "five_min_solar_power_forecast": Feed(
        "datetime_beginning_utc",
        "datetime_ending_utc",
        "",
        "",
        "evaluated_at_utc",
        {
            "solar_forecast_mwh": ("generation_forecast", "solar", "MWh"),
            "solar_forecast_btm_mwh": ("generation_forecast", "solar behind the meter", "MWh"),
        },
        5 * MINUTE,
    ),
    "load_frcstd_7_day": Feed(
        "forecast_datetime_beginning_utc",
        "forecast_datetime_ending_utc",
        "forecast_area",
        "",
        "evaluated_at_datetime_utc",
        {"forecast_load_mw": ("load_forecast", "", "MW")},
    ),
    "da_hrl_lmps": Feed(
        "datetime_beginning_utc",
        "",
        "pnode_name",
        "",
        "",
        {
            "total_lmp_da": ("day_ahead_price", "LMP", "USD/MWh"),
            "congestion_price_da": ("day_ahead_price", "congestion", "USD/MWh"),
            "marginal_loss_price_da": ("day_ahead_price", "loss", "USD/MWh"),
        },
    ),
    "hrl_load_metered": Feed(
        "datetime_beginning_utc", "", "zone", "load_area", "", {"mw": ("load", "", "MW")}
    ),
}
"""Feeds by their names at PJM."""


def feed_of(content: bytes) -> str | None:
    """Return the name of the feed in `content`, by its address or else by its fields."""
    start = content[:4_096]
    named = next((name for name in FEEDS if f"/api/v1/{name}?".encode() in start), None)
    if named is not None:
        return named
    return next(
        (
            name
            for name, feed in FEEDS.items()
            if all(f'"{field}"'.encode() in start for field in (feed.start, *feed.values))
        ),
        None,
    )


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is an answer of Data Miner."""
    if payload.content.startswith(b"\x1f\x8b"):
        return "pjm" in payload.name.lower() or "pjm.com" in payload.address
    return payload.content.lstrip()[:1] in {b"[", b"{"} and feed_of(payload.content) is not None


def parse(payload: Payload) -> Parsed:
    """Return the rows of an answer; one that holds fewer rows than it counts is told.

    ``ts_event`` of a forecast is when it was made.
    """
    unpacked = unpack(payload)
    parts: list[pl.DataFrame] = []
    aside = list(unpacked.quarantined)
    for member in unpacked.members:
        name = feed_of(member.content)
        if name is None:
            reason = f"no feed of PJM that is known: {', '.join(FEEDS)}"
            aside.append(Quarantined("payload", 0, reason, member.content[:RAW_BYTES_MAX]))
            continue
        found, bad = read(member.content, FEEDS[name])
        parts.append(found)
        aside += bad
    return Parsed(gathered(parts), {}, tuple(aside))


def read(content: bytes, feed: Feed) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return the rows of one answer as observations."""
    times = [name for name in (feed.start, feed.end, feed.evaluated) if name]
    texts = [name for name in (feed.place, feed.item) if name]
    fields = dict.fromkeys(times, "wall") | dict.fromkeys(texts, "text")
    fields |= dict.fromkeys(feed.values, "number")
    is_list = content.lstrip()[:1] == b"["
    found = rows(content, "/*" if is_list else "/items/*", fields)
    lacks = found.frame.select(
        pl.any_horizontal(pl.col(*[name for name in times if name != feed.evaluated]).is_null())
    ).to_series()
    frame, aside = set_aside(found.frame, lacks, "a row without its times", content, "place")
    start = frame[feed.start]
    parts = [
        observations(
            {
                "dataset": dataset,
                "location": frame[feed.place] if feed.place else "PJM",
                "item": frame[feed.item] if feed.item else item or None,
                "delivery_start": start,
                "delivery_end": frame[feed.end] if feed.end else start + feed.length,
                "value": frame[field],
                "unit": unit,
                "ts_event": frame[feed.evaluated] if feed.evaluated else None,
                "place": frame["place"],
                "offset": frame["offset"],
            },
            frame.height,
        )
        for field, (dataset, item, unit) in feed.values.items()
    ]
    counted = () if is_list else missing_rows(content, found)
    return gathered(parts), (*found.quarantined, *aside, *counted)


def missing_rows(content: bytes, found: JsonRows) -> tuple[Quarantined, ...]:
    """Return the fault of an answer that has fewer rows than it counts."""
    total = rows(content, "", {"totalRows": "whole"}).frame
    here = found.frame.height + len(found.quarantined)
    if not total.height or total["totalRows"][0] is None or total["totalRows"][0] == here:
        return ()
    reason = f"totalRows is {total['totalRows'][0]}, {here} are here; fetch the other pages"
    return (Quarantined("totalRows", 0, reason),)


def requests(query: Query) -> Iterator[Request]:
    """Yield the first page of a feed (option ``feed``); further pages by ``StartRow``.

    PJM filters by Eastern prevailing time: the window is written on that clock.
    """
    name = query.options.get("feed", "da_hrl_lmps")
    zone = ZoneInfo("America/New_York")
    first, last = (
        dt.datetime.fromtimestamp(at // 10**9, zone).strftime("%m/%d/%Y %H:%M")
        for at in (query.start, query.end - MINUTE)
    )
    column = (
        FEEDS[name].start.replace("_utc", "_ept") if name in FEEDS else "datetime_beginning_ept"
    )
    parameters = {
        column: f"{first}to{last}",
        "rowCount": str(ROWS_MAX),
        "startRow": query.options.get("start_row", "1"),
    }
    if query.location:
        parameters["pnode_id"] = query.location
    yield Request(
        f"{ADDRESS}/{name}",
        parameters,
        credential="PJM_API_KEY",
        credential_place="header:Ocp-Apim-Subscription-Key",
    )


DATASETS = (
    Dataset(
        "pjm",
        "data miner",
        f"feeds of Data Miner 2 (option feed: {', '.join(FEEDS)})",
        recognises,
        parse,
        requests,
        window_seconds=365 * 86_400,
        requests_per_minute=6.0,
    ),
)
"""What can be read of PJM, which allows six requests a minute to those who are no members."""
