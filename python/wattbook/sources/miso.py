"""MISO: forecasts as JSON, on Eastern Standard Time all year, numbers in quotes."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from wattbook.sources.clock import HOUR, ahead
from wattbook.sources.json import rows
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tabular import observations, set_aside

__all__ = ["DATASETS", "parse"]

ADDRESS = "https://public-api.misoenergy.org/api"
KINDS = ("wind", "solar")


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is a forecast of MISO."""
    start = payload.content[:300]
    return b'"RefId"' in start and b'"DateTimeEST"' in start and b'"Forecast"' in start


def parse(payload: Payload) -> Parsed:
    """Return a forecast of wind or solar generation in MW, hour by hour.

    Which of the two it is only the payload's name or address says; a name with neither is wind.
    ``ts_event`` is the hour of the market day at which it was made (``RefId``), where it is read.
    """
    fields = {"DateTimeEST": "wall", "HourEndingEST": "text", "Value": "number or text"}
    found = rows(payload.content, "/Forecast/*", fields)
    lacks = found.frame["DateTimeEST"].is_null()
    frame, aside = set_aside(found.frame, lacks, "a row without time", payload.content, "place")
    start = ahead(frame["DateTimeEST"].to_numpy(), -5)
    named = f"{payload.address} {payload.name}".lower()
    kind = "solar" if "solar" in named else "wind"
    made = rows(payload.content, "", {"RefId": "text"}).frame
    return Parsed(
        observations(
            {
                "dataset": "generation_forecast",
                "location": "MISO",
                "item": kind,
                "delivery_start": start,
                "delivery_end": start + HOUR,
                "value": frame["Value"],
                "unit": "MW",
                "ts_event": reference(made["RefId"][0]) if made.height else None,
                "place": frame["place"],
                "offset": frame["offset"],
            },
            frame.height,
        ),
        {},
        (*found.quarantined, *aside),
    )


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
    return None if wall is None else int(wall) + 5 * HOUR


def requests(query: Query) -> Iterator[Request]:
    """Yield the request for a forecast as it stands; option ``kind``: ``wind`` or ``solar``.

    The publisher gives the current and the next market day and takes no dates.
    """
    yield Request(f"{ADDRESS}/WindSolar/get{query.options.get('kind', 'wind')}forecast")


DATASETS = (
    Dataset(
        "miso",
        "forecast",
        f"generation forecast (option kind: {', '.join(KINDS)})",
        recognises,
        parse,
        requests,
        window_seconds=86_400,
        requests_per_minute=30.0,
    ),
)
"""What can be read of MISO."""
