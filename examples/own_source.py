"""A source of your own: half-hourly readings of the meters of a site, as CSV files by day.

`wattbook ingest doctor FOLDER --island examples/own_source.py` reads such files, and
`wattbook ingest live examples/live.toml` polls them. A file has the lines

    meter,start,kwh
    north-1,2025-03-30T00:00Z,12.5

A line that cannot be trusted is set aside with its place, offset and reason; the others count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request
from wattbook.sources.tabular import observations

HEAD = b"meter,start,kwh"
HALF_HOUR_NS = 1_800_000_000_000
DAY_NS = 86_400_000_000_000
ORIGIN = "https://meters.example.org"


def recognises(payload: Payload) -> bool:
    """Return whether the first line is ours."""
    return payload.content.startswith(HEAD)


def reading(line: str) -> tuple[str, int, float]:
    """Return meter, start (ns UTC) and energy (kWh) of one line; raises ValueError if it is bad."""
    meter, start, energy = line.split(",")
    began = dt.datetime.fromisoformat(start)
    if began.tzinfo is None:
        message = f"the time {start!r} has no zone"
        raise ValueError(message)
    return meter, int(began.timestamp()) * 1_000_000_000, float(energy)


def parse(payload: Payload) -> Parsed:
    """Return the readings, and the lines that are none."""
    rows: list[tuple[str, int, float, int, int]] = []
    quarantined = []
    offset = 0
    for number, raw in enumerate(payload.content.splitlines(keepends=True)):
        if number and raw.strip():
            try:
                rows.append((*reading(raw.decode().strip()), number - 1, offset))
            except ValueError as fault:
                place = f"line {number + 1}"
                quarantined.append(Quarantined(place, offset, str(fault), raw))
        offset += len(raw)
    columns = {
        "dataset": "metered_energy",
        "location": [row[0] for row in rows],
        "delivery_start": [row[1] for row in rows],
        "delivery_end": [row[1] + HALF_HOUR_NS for row in rows],
        "value": [row[2] for row in rows],
        "unit": "kWh",
        "place": [row[3] for row in rows],
        "offset": [row[4] for row in rows],
    }
    return Parsed(observations(columns, len(rows)), quarantined=tuple(quarantined))


def requests(query: Query) -> Iterator[Request]:
    """Yield one request for each day that the query touches."""
    for start in range(query.start - query.start % DAY_NS, query.end, DAY_NS):
        day = dt.datetime.fromtimestamp(start // 1_000_000_000, dt.UTC).date()
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
