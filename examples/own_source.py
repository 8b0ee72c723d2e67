"""A source of your own: half-hourly readings of the meters of a site, as CSV files by day.

`wattbook ingest doctor FOLDER --island examples/own_source.py` reads such files, and
`wattbook ingest live examples/live.toml` polls them. A file has the lines

    meter,start,kwh
    north-1,2025-03-30T00:00Z,12.5

A line that cannot be trusted is set aside with its place, offset and reason; the others count.
"""

from __future__ import annotations

from collections.abc import Iterator

from wattbook.sources import csv
from wattbook.sources.clock import MINUTE, days
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tabular import Measure, measured

KINDS = {"meter": "text", "start": "instant", "kwh": "number"}
READING = Measure("metered_energy", "", "kWh")
ORIGIN = "https://meters.example.org"


def recognises(payload: Payload) -> bool:
    """Return whether the first line is ours."""
    return csv.header(payload.content) == tuple(KINDS)


def parse(payload: Payload) -> Parsed:
    """Return the readings, and the lines that are none."""
    frame, quarantined = csv.rows(payload.content, KINDS)
    shared = {
        "location": frame["meter"],
        "delivery_start": frame["start"],
        "delivery_end": frame["start"] + 30 * MINUTE,
        "place": frame["line"] - 2,
        "offset": frame["offset"],
    }
    return Parsed(measured(frame, {"kwh": READING}, shared), {}, quarantined)


def requests(query: Query) -> Iterator[Request]:
    """Yield one request for each day that the query touches."""
    for day in days(query.start, query.end):
        yield Request(f"{ORIGIN}/readings/{day}.csv")


DATASETS = (
    Dataset(
        "own",
        "readings",
        "half-hourly meter readings, one file a day",
        recognises,
        parse,
        requests,
        window_seconds=86_400,
        requests_per_minute=600.0,
    ),
)
