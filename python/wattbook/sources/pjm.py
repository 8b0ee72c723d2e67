"""PJM Data Miner 2: JSON, with items and a count of all rows, or the bare list of a download.

Every time comes twice, in UTC and in Eastern prevailing time; UTC is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from wattbook.sources.clock import HOUR, MINUTE, shown
from wattbook.sources.json import rows
from wattbook.sources.packed import parse_members
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request, aside
from wattbook.sources.tabular import Measure, Rows, empty, measured
from wattbook.sources.vocabulary import FUEL_CODES

__all__ = ["DATASETS", "parse"]

ADDRESS = "https://api.pjm.com/api/v1"
ROWS_MAX = 50_000
"""Most rows of one answer."""


class Feed(NamedTuple):
    """How a feed of Data Miner is read.

    ``values`` has what is measured by field; ``length`` is that of an interval whose end the feed
    does not name.
    """

    start: str
    end: str
    place: str
    item: str
    evaluated: str
    values: Mapping[str, Measure]
    length: int = HOUR


FEEDS: Mapping[str, Feed] = {
    "gen_by_fuel": Feed(
        "datetime_beginning_utc", "", "", "fuel_type", "", {"mw": Measure("generation", "", "MW")}
    ),
    "five_min_solar_power_forecast": Feed(
        "datetime_beginning_utc",
        "datetime_ending_utc",
        "",
        "",
        "evaluated_at_utc",
        {
            "solar_forecast_mwh": Measure("generation_forecast", "solar", "MWh"),
            "solar_forecast_btm_mwh": Measure(
                "generation_forecast", "solar/behind the meter", "MWh"
            ),
        },
        5 * MINUTE,
    ),
    "load_frcstd_7_day": Feed(
        "forecast_datetime_beginning_utc",
        "forecast_datetime_ending_utc",
        "forecast_area",
        "",
        "evaluated_at_datetime_utc",
        {"forecast_load_mw": Measure("load_forecast", "", "MW")},
    ),
    "da_hrl_lmps": Feed(
        "datetime_beginning_utc",
        "",
        "pnode_name",
        "",
        "",
        {
            "total_lmp_da": Measure("day_ahead_price", "total", "USD/MWh"),
            "congestion_price_da": Measure("day_ahead_price", "congestion", "USD/MWh"),
            "marginal_loss_price_da": Measure("day_ahead_price", "losses", "USD/MWh"),
        },
    ),
    "hrl_load_metered": Feed(
        "datetime_beginning_utc", "", "zone", "load_area", "", {"mw": Measure("load", "", "MW")}
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
    return parse_members(payload, answer)


def answer(payload: Payload) -> Parsed:
    """Return the rows of one answer as observations."""
    content = payload.content
    name = feed_of(content)
    if name is None:
        reason = f"no feed of PJM that is known: {', '.join(FEEDS)}"
        return Parsed(empty(), {}, (aside(content, reason),))
    feed = FEEDS[name]
    kinds = {feed.start: "wall"}
    kinds |= {feed.end: "wall"} if feed.end else {}
    kinds |= {feed.evaluated: "wall?"} if feed.evaluated else {}
    kinds |= {name: "text?" for name in (feed.place, feed.item) if name}
    kinds |= dict.fromkeys(feed.values, "number?")
    is_list = content.lstrip()[:1] == b"["
    found = rows(content, "/*" if is_list else "/items/*", kinds)
    frame = found.frame
    start = frame[feed.start]
    shared: dict[str, Any] = {
        "location": frame[feed.place] if feed.place else "PJM",
        "delivery_start": start,
        "delivery_end": frame[feed.end] if feed.end else start + feed.length,
        "ts_event": frame[feed.evaluated] if feed.evaluated else None,
        "place": frame["place"],
        "offset": frame["offset"],
    }
    if feed.item:
        shared["item"] = frame[feed.item].replace(FUEL_CODES["pjm"])
    counted = () if is_list else missing_rows(content, found)
    return Parsed(measured(frame, feed.values, shared), {}, (*found.quarantined, *counted))


def missing_rows(content: bytes, found: Rows) -> tuple[Quarantined, ...]:
    """Return the fault of an answer that has fewer rows than it counts."""
    total = rows(content, "", {"totalRows": "whole?"}).frame
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
    first, last = (
        shown(at, "%m/%d/%Y %H:%M", "America/New_York") for at in (query.start, query.end - MINUTE)
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
        "data_miner",
        f"feeds of Data Miner 2 (option feed: {', '.join(FEEDS)})",
        recognises,
        parse,
        requests,
        window_seconds=365 * 86_400,
        requests_per_minute=6.0,
    ),
)
"""What can be read of PJM, which allows six requests a minute to those who are no members."""
