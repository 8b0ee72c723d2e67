"""Southwest Power Pool: locational prices as CSV, the grid's condition as a web page.

``GMTIntervalEnd`` is the end of an interval in UTC, so the local ``Interval`` is not needed: it
cannot tell the repeated hour apart.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator

import polars as pl

from wattbook.sources.clock import MINUTE, at_wall, shown
from wattbook.sources.csv import header, rows
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request, aside
from wattbook.sources.tabular import Measure, measured, tables_only
from wattbook.sources.vocabulary import COMPONENT_CODES

__all__ = ["DATASETS", "grid_conditions", "prices"]

ZONE = "America/Chicago"
PORTAL = "https://portal.spp.org/file-browser-api/download"
COMPONENTS = ("LMP", "MLC", "MCC", "MEC")
COLUMNS = ("Interval", "GMTIntervalEnd", "Settlement Location", "Pnode", *COMPONENTS)
CONDITIONS = "https://www.spp.org/markets-operations/current-grid-conditions/"


def is_prices(payload: Payload) -> bool:
    """Return whether `payload` is a file of locational prices."""
    return header(payload.content[:400]) == COLUMNS


def prices(payload: Payload) -> Parsed:
    """Return price and its components (loss, congestion, energy) of each settlement location.

    Files of the day-ahead market (``DA-LMP``) have hours, those of real time five minutes.
    """
    kinds = {"GMTIntervalEnd": "wall", "Settlement Location": "text"}
    found = rows(payload.content, kinds | dict.fromkeys(COMPONENTS, "number?"))
    is_day_ahead = payload.name.upper().startswith("DA-LMP")
    length = (60 if is_day_ahead else 5) * MINUTE
    dataset = "day_ahead_price" if is_day_ahead else "real_time_price"
    end = found.frame["GMTIntervalEnd"]
    shared = {
        "location": found.frame["Settlement Location"],
        "delivery_start": end - length,
        "delivery_end": end,
        "place": found.frame["line"],
        "offset": found.frame["offset"],
    }
    measures = {code: Measure(dataset, COMPONENT_CODES[code], "USD/MWh") for code in COMPONENTS}
    return Parsed(measured(found.frame, measures, shared), {}, found.quarantined)


def price_requests(query: Query) -> Iterator[Request]:
    """Yield the request for each five-minute file of real-time prices by settlement location."""
    length = 5 * MINUTE
    for number in range(query.start // length, -(-query.end // length)):
        form = "/%Y/%m/By_Interval/%d/RTBM-LMP-SL-%Y%m%d%H%M.csv"
        path = shown((number + 1) * length, form, ZONE)
        yield Request(f"{PORTAL}/rtbm-lmp-by-location", {"path": path})


HEADING = re.compile(rb"<h1[^>]*>\s*Current Grid Conditions\s*</h1>", re.IGNORECASE)
PARAGRAPH = re.compile(rb"<p>(.{0,20000}?)</p>", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<[^>]*>")
UPDATED = re.compile(
    r"last updated (?P<month>[A-Z][a-z]{2})[a-z]*\.? (?P<day>\d{1,2}) at "
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d) (?P<half>[ap])\.m\. Central"
)
DECLARED = re.compile(r"declared an (?:Energy Emergency Alert \(EEA\)|EEA) Level (\d)")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def is_conditions(payload: Payload) -> bool:
    """Return whether `payload` is SPP's page of current grid conditions."""
    return HEADING.search(payload.content) is not None


def grid_conditions(payload: Payload) -> Parsed:
    """Return what the page says as table ``grid_condition``, one row for each paragraph.

    ``text`` is the paragraph, ``eea_level`` the highest energy emergency alert that it says was
    declared, null where it declares none. ``ts_event`` is when the page was updated (ns UTC). The
    page names no year: it is taken from eight digits in the payload's name, else from `ts_recv`,
    else ``ts_event`` is null.
    """
    start = HEADING.search(payload.content)
    columns: dict[str, list[object]] = {"text": [], "eea_level": [], "place": []}
    updated = None
    behind = start.end() if start else len(payload.content)
    for paragraph in PARAGRAPH.finditer(payload.content, behind):
        text = " ".join(html.unescape(TAG.sub("", paragraph[1].decode("utf-8", "replace"))).split())
        if not text:
            continue
        levels = [int(level) for level in DECLARED.findall(text)]
        columns["text"].append(text)
        columns["eea_level"].append(max(levels, default=None))
        columns["place"].append(paragraph.start())
        updated = updated or UPDATED.search(text)
    schema = {"text": pl.String, "eea_level": pl.Int32, "place": pl.Int64}
    stamp = None if updated is None else update_time(updated, year_of(payload))
    table = pl.DataFrame(columns, schema=schema).with_columns(
        pl.lit(stamp, pl.Int64).alias("ts_event")
    )
    reason = "no paragraph under the heading Current Grid Conditions in the page"
    quarantined = () if table.height else (aside(payload.content, reason),)
    return tables_only({"grid_condition": table}, quarantined)


def year_of(payload: Payload) -> int | None:
    """Return the year in which `payload` was fetched, as far as it is known."""
    named = re.search(r"(20\d\d)(?:0[1-9]|1[0-2])[0-3]\d", payload.name)
    if named is not None:
        return int(named[1])
    if payload.ts_recv:
        return int(shown(payload.ts_recv, "%Y", ZONE))
    return None


def update_time(found: re.Match[str], year: int | None) -> int | None:
    """Return the instant of a page's last update, ns UTC; none if it is no time."""
    hour = int(found["hour"]) % 12 + (12 if found["half"] == "p" else 0)
    if year is None or found["month"] not in MONTHS:
        return None
    month = MONTHS.index(found["month"]) + 1
    try:
        clock = dt.datetime(year, month, int(found["day"]), hour, int(found["minute"]))  # noqa: DTZ001 - a wall time
        return at_wall(clock, ZONE)
    except ValueError:
        return None


def condition_requests(_query: Query) -> Iterator[Request]:
    """Yield the request for the page as it stands."""
    yield Request(CONDITIONS)


DATASETS = (
    Dataset(
        "spp",
        "prices",
        "five-minute or day-ahead prices by settlement location",
        is_prices,
        prices,
        price_requests,
        window_seconds=300,
        requests_per_minute=30.0,
    ),
    Dataset(
        "spp",
        "grid_conditions",
        "declared alerts, as the page has them now",
        is_conditions,
        grid_conditions,
        condition_requests,
        requests_per_minute=2.0,
    ),
)
"""What can be read of SPP."""
