"""IESO of Ontario: public reports as XML, on Eastern Standard Time all year, by the hour ending."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from wattbook.sources import xml
from wattbook.sources.clock import HOUR, ahead, days
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tabular import observations, set_aside
from wattbook.sources.vocabulary import FUEL_CODES

__all__ = ["DATASETS", "parse"]

SITE = "https://reports-public.ieso.ca/public/VGForecastSummary"
EASTERN = -5
"""Hours ahead of UTC."""
FIELDS = {
    "hour": ("ForecastHour", "whole"),
    "value": ("MWOutput", "number"),
    "date": ("../ForecastDate", "wall"),
    "zone": ("../../ZoneName", "text"),
    "fuel": ("../../../FuelType", "text"),
    "owner": ("../../../../OrganizationType", "text?"),
}


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is the forecast of variable generation."""
    return b"VGForecastSummary" in payload.content[:2_000]


def parse(payload: Payload) -> Parsed:
    """Return the forecast of wind and solar generation by zone, MW.

    The item is the fuel and who owns it: ``wind/embedded``, ``solar/market participant``.
    ``ts_event`` is when the forecast was made.
    """
    content = payload.content
    read = xml.table(content, "EnergyForecast/ForecastInterval", FIELDS)
    is_hour = read.frame["hour"].is_between(1, 24)
    frame, bad = set_aside(read.frame, ~is_hour, "an hour that is not 1 to 24", content, "place")
    wall = frame["date"].to_numpy() + (frame["hour"].to_numpy() - 1) * np.int64(HOUR)
    start = ahead(wall, EASTERN)
    made = xml.table(content, "DocBody", {"at": ("ForecastTimeStamp", "wall")}).frame["at"]
    item = pl.concat_str(
        pl.col("fuel").replace(FUEL_CODES["ieso"]),
        pl.col("owner").str.to_lowercase(),
        separator="/",
        ignore_nulls=True,
    )
    columns = {
        "dataset": "generation_forecast",
        "location": frame["zone"],
        "item": frame.select(item.alias("item")).to_series(),
        "delivery_start": start,
        "delivery_end": start + HOUR,
        "value": frame["value"],
        "unit": "MW",
        "ts_event": int(ahead(made[0], EASTERN)) if made.len() else None,
        "place": frame["place"],
        "offset": frame["offset"],
    }
    return Parsed(observations(columns, frame.height), {}, (*read.quarantined, *bad))


def requests(query: Query) -> Iterator[Request]:
    """Yield the request for each day's report."""
    for day in days(query.start, query.end, "Etc/GMT+5"):
        yield Request(f"{SITE}/PUB_VGForecastSummary_{day:%Y%m%d}.xml")


DATASETS = (
    Dataset(
        "ieso",
        "variable_generation",
        "forecast of wind and solar generation by zone",
        recognises,
        parse,
        requests,
        window_seconds=86_400,
        requests_per_minute=30.0,
    ),
)
"""What can be read of IESO."""
