"""IESO of Ontario: public reports as XML, on Eastern Standard Time all year, by the hour ending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import polars as pl

from wattbook.sources.clock import HOUR, ahead
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tabular import observations, set_aside
from wattbook.sources.xml import rows

__all__ = ["DATASETS", "parse"]

SITE = "https://reports-public.ieso.ca/public/VGForecastSummary"
FIELDS = {
    "hour": "ForecastHour",
    "value": "MWOutput",
    "date": "../ForecastDate",
    "zone": "../../ZoneName",
    "fuel": "../../../FuelType",
    "owner": "../../../../OrganizationType",
}


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is the forecast of variable generation."""
    return b"VGForecastSummary" in payload.content[:2_000]


def parse(payload: Payload) -> Parsed:
    """Return the forecast of wind and solar generation by zone, MW.

    The item is the fuel and who owns it: ``Wind/EMBEDDED``, ``Solar/MARKET PARTICIPANT``.
    ``ts_event`` is when the forecast was made.
    """
    content = payload.content
    read = rows(content, "EnergyForecast/ForecastInterval", FIELDS)
    aside = () if read.fault is None else (read.fault,)
    frame = read.frame.with_row_index("row").with_columns(
        pl.col("date").str.to_datetime("%Y-%m-%d", strict=False, time_unit="ns").cast(pl.Int64),
        pl.col("hour").cast(pl.Int64, strict=False),
        pl.col("value").cast(pl.Float64, strict=False),
        pl.col("row").cast(pl.Int64),
    )
    is_sound = pl.col("hour").is_between(1, 24) & pl.all_horizontal(
        pl.col("date", "value", "zone", "fuel").is_not_null()
    )
    reason = "a row without date, hour from 1 to 24, zone, fuel or output"
    frame, bad = set_aside(frame, frame.select(~is_sound).to_series(), reason, content, "row")
    wall = frame["date"].to_numpy() + (frame["hour"].to_numpy() - 1) * np.int64(HOUR)
    start = ahead(wall, -5)
    made = rows(content, "DocBody", {"at": "ForecastTimeStamp"}).frame["at"]
    stamps = made.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="ns").cast(pl.Int64)
    stamp = stamps[0] if stamps.len() else None
    return Parsed(
        observations(
            {
                "dataset": "generation_forecast",
                "location": frame["zone"],
                "item": frame.select(
                    pl.concat_str("fuel", "owner", separator="/", ignore_nulls=True)
                ).to_series(),
                "delivery_start": start,
                "delivery_end": start + HOUR,
                "value": frame["value"],
                "unit": "MW",
                "ts_event": None if stamp is None else stamp + 5 * HOUR,
                "place": frame["row"],
                "offset": frame["offset"],
            },
            frame.height,
        ),
        {},
        (*aside, *bad),
    )


def requests(query: Query) -> Iterator[Request]:
    """Yield the request for each day's report."""
    day = (query.start // 10**9 - 5 * 3_600) // 86_400
    last = ((query.end - 1) // 10**9 - 5 * 3_600) // 86_400
    for number in range(day, last + 1):
        date = dt.date.fromordinal(719_163 + number)
        yield Request(f"{SITE}/PUB_VGForecastSummary_{date:%Y%m%d}.xml")


DATASETS = (
    Dataset(
        "ieso",
        "variable generation",
        "forecast of wind and solar generation by zone",
        recognises,
        parse,
        requests,
        window_seconds=86_400,
        requests_per_minute=30.0,
    ),
)
"""What can be read of IESO."""
