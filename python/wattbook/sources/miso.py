"""MISO: forecasts as JSON and locational prices as CSV, on Eastern Standard Time all year.

Prices are tried on documented examples only: four lines above the table say market and day, a row
has the 24 hours ending of a node and a component (``LMP``, ``MCC``, ``MLC``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import polars as pl

from wattbook.sources import csv, json
from wattbook.sources.clock import HOUR, ahead, days
from wattbook.sources.packed import head, parse_members
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request, aside
from wattbook.sources.tabular import empty, observations
from wattbook.sources.vocabulary import COMPONENT_CODES

__all__ = ["DATASETS", "parse_forecast", "parse_prices"]

ADDRESS = "https://public-api.misoenergy.org/api"
REPORTS = "https://docs.misoenergy.org/marketreports"
KINDS = ("wind", "solar")
EASTERN = -5
"""Hours ahead of UTC."""
TABLE = b"Node,Type,Value,HE 1,"
HOURS = [f"HE {hour}" for hour in range(1, 25)]
DAY = re.compile(rb"^\W*(\d\d)/(\d\d)/(\d{4})", re.MULTILINE)
MARKETS = (
    ("da_expost_lmp", rb"day.ahead.*ex.?post", "day_ahead_price", ""),
    ("da_exante_lmp", rb"day.ahead.*ex.?ante", "day_ahead_price", "/ex ante"),
    ("rt_lmp_final", rb"real.time.*final", "real_time_price", ""),
    ("rt_lmp_prelim", rb"real.time.*prelim", "real_time_price", "/preliminary"),
)
"""Report, how its first line is known, dataset, and what is added to the item."""


def is_forecast(payload: Payload) -> bool:
    """Return whether `payload` is a forecast of MISO."""
    start = payload.content[:300]
    return b'"RefId"' in start and b'"DateTimeEST"' in start and b'"Forecast"' in start


def parse_forecast(payload: Payload) -> Parsed:
    """Return a forecast of wind or solar generation in MW, hour by hour.

    Which of the two it is only the payload's name or address says; a name with neither is wind.
    ``ts_event`` is the hour of the market day at which it was made (``RefId``), where it is read.
    """
    fields = {"DateTimeEST": "wall", "Value": "number or text?"}
    found = json.rows(payload.content, "/Forecast/*", fields)
    start = ahead(found.frame["DateTimeEST"].to_numpy(), EASTERN)
    named = f"{payload.address} {payload.name}".lower()
    made = json.rows(payload.content, "", {"RefId": "text?"}).frame
    columns = {
        "dataset": "generation_forecast",
        "location": "MISO",
        "item": "solar" if "solar" in named else "wind",
        "delivery_start": start,
        "delivery_end": start + HOUR,
        "value": found.frame["Value"],
        "unit": "MW",
        "ts_event": reference(made["RefId"][0]) if made.height else None,
        "place": found.frame["place"],
        "offset": found.frame["offset"],
    }
    return Parsed(observations(columns, found.frame.height), {}, found.quarantined)


def reference(text: str | None) -> int | None:
    """Return the instant of a ``RefId``, ns UTC; none if it is none.

    Examples
    --------
    >>> reference("10-Mar-2025 - Interval 04:00 EST")
    1741597200000000000
    """
    shown = pl.Series([text], dtype=pl.String).str.to_datetime(
        "%d-%b-%Y - Interval %H:%M EST", strict=False, time_unit="ns"
    )
    wall = shown.cast(pl.Int64)[0]
    return None if wall is None else int(ahead(wall, EASTERN))


def is_prices(payload: Payload) -> bool:
    """Return whether `payload` is a report of locational prices, or a zip of some."""
    return TABLE in head(payload.content, 512)


def parse_prices(payload: Payload) -> Parsed:
    """Return the prices of each node and their components, USD/MWh, hour by hour.

    Day-ahead prices before settlement have ``ex ante`` in their item, real-time prices that are not
    final ``preliminary``.
    """
    return parse_members(payload, prices)


def prices(payload: Payload) -> Parsed:
    """Return the prices of one report."""
    content = payload.content
    begin = max(content.find(TABLE, 0, 4_096), 0)
    title = content[:begin].lower()
    day = DAY.search(content, 0, begin)
    market = next((one for one in MARKETS if re.search(one[1], title)), None)
    date = None if day is None else f"{day[3].decode()}-{day[1].decode()}-{day[2].decode()}"
    shown = pl.Series([date], dtype=pl.String).str.to_date("%Y-%m-%d", strict=False)
    midnight = shown.cast(pl.Datetime("ns"), strict=False).cast(pl.Int64)[0]
    if market is None or midnight is None:
        reason = "no lines above the table that name a market of MISO and a day"
        return Parsed(empty(), {}, (aside(content, reason),))
    kinds = {"Node": "text", "Value": "text"} | dict.fromkeys(HOURS, "number?")
    found = csv.rows(content, kinds, begin=begin)
    frame = found.frame.unpivot(
        HOURS, index=["line", "offset", "Node", "Value"], variable_name="hour"
    )
    frame = frame.sort("line", maintain_order=True)
    hour = frame["hour"].str.strip_prefix("HE ").cast(pl.Int64).to_numpy()
    start = ahead(midnight + (hour - 1) * np.int64(HOUR), EASTERN)
    item = frame["Value"].replace(COMPONENT_CODES) + market[3]
    columns = {
        "dataset": market[2],
        "location": frame["Node"],
        "item": item,
        "delivery_start": start,
        "delivery_end": start + HOUR,
        "value": frame["value"],
        "unit": "USD/MWh",
        "place": frame["line"],
        "offset": frame["offset"],
    }
    return Parsed(observations(columns, frame.height), {}, found.quarantined)


def forecast_requests(query: Query) -> Iterator[Request]:
    """Yield the request for a forecast as it stands; option ``kind``: ``wind`` or ``solar``.

    The publisher gives the current and the next market day and takes no dates.
    """
    yield Request(f"{ADDRESS}/WindSolar/get{query.options.get('kind', 'wind')}forecast")


def price_requests(query: Query) -> Iterator[Request]:
    """Yield the request for each market day of a report; option ``report`` is one of `MARKETS`."""
    report = query.options.get("report", "da_expost_lmp")
    for day in days(query.start, query.end, "Etc/GMT+5"):
        yield Request(f"{REPORTS}/{day:%Y%m%d}_{report}.csv")


DATASETS = (
    Dataset(
        "miso",
        "forecast",
        f"generation forecast (option kind: {', '.join(KINDS)})",
        is_forecast,
        parse_forecast,
        forecast_requests,
        window_seconds=86_400,
        requests_per_minute=30.0,
    ),
    Dataset(
        "miso",
        "prices",
        f"locational prices (option report: {', '.join(one[0] for one in MARKETS)})",
        is_prices,
        parse_prices,
        price_requests,
        window_seconds=86_400,
        requests_per_minute=60.0,
        is_recorded=False,
    ),
)
"""What can be read of MISO."""
