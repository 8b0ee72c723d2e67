"""NYISO's public files: CSV by day, zips of a month, on Eastern prevailing time.

Files with a ``Time Zone`` (EST, EDT) tell the repeated hour apart; the others have the rows of a
series in order, which tells it too. Real-time stamps name the END of an interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from wattbook.sources.clock import HOUR, MINUTE, NOT_A_TIME, days, to_utc
from wattbook.sources.csv import header, rows
from wattbook.sources.packed import is_packed, parse_members
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tabular import Measure, Rows, gathered, measured, observations, set_aside
from wattbook.sources.vocabulary import FUEL_CODES

__all__ = ["DATASETS", "parse"]

ZONE = "America/New_York"
SITE = "https://mis.nyiso.com/public/csv"
STAMP = "Time Stamp"
FUEL = {STAMP: "wall", "Time Zone": "text", "Fuel Category": "text", "Gen MW": "number?"}
PRICE = "LBMP ($/MWHr)"
PARTS = {
    PRICE: "total",
    "Marginal Cost Losses ($/MWHr)": "losses",
    "Marginal Cost Congestion ($/MWHr)": "congestion",
}
FILES: Mapping[str, str] = {
    "rtfuelmix": "{day}rtfuelmix.csv",
    "isolf": "{day}isolf.csv",
    "realtime": "{day}realtime_zone.csv",
    "damlbmp": "{day}damlbmp_zone.csv",
}
"""Name of a day's file, by the folder that it lies in."""


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is a file of NYISO's site, or a zip of some."""
    if is_packed(payload.content):
        start = payload.content[:200]
        return any(kind.encode() in start for kind in ("rtfuelmix", "isolf", "_zone.csv"))
    names = header(payload.content[:1_000])
    return names == tuple(FUEL) or (names[:1] == (STAMP,) and ("NYISO" in names or PRICE in names))


def parse(payload: Payload) -> Parsed:
    """Return the fuel mix, load forecasts by zone, or zonal prices of a file or a zip of files."""
    return parse_members(payload, read)


def read(payload: Payload) -> Parsed:
    """Return the rows of one file."""
    names = header(payload.content)
    if "Fuel Category" in names:
        return fuel_mix(payload.content)
    if PRICE in names:
        return prices(payload.content, is_day_ahead="damlbmp" in payload.name)
    return load_forecast(payload.content, names)


def with_instants(
    found: Rows, content: bytes, is_second: np.ndarray | None = None, *, in_order: bool = False
) -> Rows:
    """Return the rows with ``at``, the instant of their stamp, and those of hours left out."""
    stamps = to_utc(found.frame[STAMP].to_numpy(), ZONE, is_second, in_order=in_order)
    at = pl.Series("at", stamps, dtype=pl.Int64)
    reason = "an hour that the clock leaves out"
    frame, bad = set_aside(found.frame.with_columns(at), at == NOT_A_TIME, reason, content)
    return Rows(frame, (*found.quarantined, *bad))


def fuel_mix(content: bytes) -> Parsed:
    """Return generation by fuel, MW, at the end of each five minutes."""
    found = rows(content, FUEL)
    is_zone = found.frame["Time Zone"].is_in(["EST", "EDT"])
    frame, bad = set_aside(found.frame, ~is_zone, "a zone that is neither EST nor EDT", content)
    is_second = (frame["Time Zone"] == "EST").to_numpy()
    frame, quarantined = with_instants(Rows(frame, (*found.quarantined, *bad)), content, is_second)
    columns = {
        "dataset": "generation",
        "location": "NYISO",
        "item": frame["Fuel Category"].replace(FUEL_CODES["nyiso"]),
        "delivery_start": frame["at"] - 5 * MINUTE,
        "delivery_end": frame["at"],
        "value": frame["Gen MW"],
        "unit": "MW",
        "place": frame["line"],
        "offset": frame["offset"],
    }
    return Parsed(observations(columns, frame.height), {}, quarantined)


def load_forecast(content: bytes, names: tuple[str, ...]) -> Parsed:
    """Return the load forecast of each zone and of all (``NYISO``), MW, by the hour that begins."""
    zones = [name for name in names if name and name != STAMP]
    found = rows(content, {STAMP: "wall"} | dict.fromkeys(zones, "number?"))
    frame, quarantined = with_instants(found, content, in_order=True)
    start = frame["at"]
    parts = [
        measured(
            frame,
            {zone: Measure("load_forecast", "", "MW")},
            {
                "location": zone,
                "delivery_start": start,
                "delivery_end": start + HOUR,
                "place": frame["line"],
                "offset": frame["offset"],
            },
        )
        for zone in zones
    ]
    return Parsed(gathered(parts), {}, quarantined)


def prices(content: bytes, *, is_day_ahead: bool) -> Parsed:
    """Return zonal prices and their parts.

    Day-ahead stamps name the hour that begins, those of real time the end of five minutes.
    """
    found = rows(content, {STAMP: "wall", "Name": "text"} | dict.fromkeys(PARTS, "number?"))
    # A zone that has its stamp already is in the second of two equal hours.
    is_first = found.frame.select(pl.struct(STAMP, "Name").is_first_distinct().alias("first"))
    frame, quarantined = with_instants(found, content, ~is_first.to_series().to_numpy())
    length = HOUR if is_day_ahead else 5 * MINUTE
    start = frame["at"] if is_day_ahead else frame["at"] - length
    dataset = "day_ahead_price" if is_day_ahead else "real_time_price"
    measures = {name: Measure(dataset, part, "USD/MWh") for name, part in PARTS.items()}
    shared = {
        "location": frame["Name"],
        "delivery_start": start,
        "delivery_end": start + length,
        "place": frame["line"],
        "offset": frame["offset"],
    }
    return Parsed(measured(frame, measures, shared), {}, quarantined)


def requests(query: Query) -> Iterator[Request]:
    """Yield the request for each day's file; option ``folder`` is one of `FILES`."""
    folder = query.options.get("folder", "rtfuelmix")
    for day in days(query.start, query.end, ZONE):
        yield Request(f"{SITE}/{folder}/{FILES[folder].format(day=f'{day:%Y%m%d}')}")


DATASETS = (
    Dataset(
        "nyiso",
        "day_files",
        f"files of the public site (option folder: {', '.join(FILES)})",
        recognises,
        parse,
        requests,
        window_seconds=86_400,
        requests_per_minute=30.0,
    ),
)
"""What can be read of NYISO."""
