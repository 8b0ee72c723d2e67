"""NYISO's public files: CSV by day, zips of a month, on Eastern prevailing time.

Files with a ``Time Zone`` (EST, EDT) tell the repeated hour apart; the others have the rows of a
series in order, which tells it too. Real-time stamps name the END of an interval.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from wattbook.sources.clock import HOUR, MINUTE, NOT_A_TIME, in_order, to_utc
from wattbook.sources.csv import header, rows
from wattbook.sources.packed import is_packed, unpack
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request
from wattbook.sources.tabular import gathered, observations, set_aside

__all__ = ["DATASETS", "parse"]

ZONE = "America/New_York"
SITE = "https://mis.nyiso.com/public/csv"
STAMP = "Time Stamp"
FUEL = (STAMP, "Time Zone", "Fuel Category", "Gen MW")
PRICES = ("Name", "LBMP ($/MWHr)", "Marginal Cost Losses ($/MWHr)",
          "Marginal Cost Congestion ($/MWHr)")  # fmt: skip
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
        return any(f"{kind}".encode() in start for kind in ("rtfuelmix", "isolf", "_zone.csv"))
    names = header(payload.content[:1_000])
    return names == FUEL or (names[:1] == (STAMP,) and ("NYISO" in names or PRICES[1] in names))


def parse(payload: Payload) -> Parsed:
    """Return the fuel mix, load forecasts by zone, or zonal prices of a file or a zip of files."""
    unpacked = unpack(payload)
    parts: list[pl.DataFrame] = []
    aside = list(unpacked.quarantined)
    for member in unpacked.members:
        names = header(member.content)
        if "Fuel Category" in names:
            found, bad = fuel_mix(member.content)
        elif PRICES[1] in names:
            found, bad = prices(member.content, is_day_ahead="damlbmp" in member.name)
        else:
            found, bad = load_forecast(member.content, names)
        parts.append(found)
        aside += bad
    return Parsed(gathered(parts), {}, tuple(aside))


def started(
    frame: pl.DataFrame, content: bytes, *, is_second: np.ndarray | None
) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return the rows with ``at``, the instant of their stamp, and those of hours left out."""
    at = pl.Series("at", to_utc(frame[STAMP].to_numpy(), ZONE, is_second), dtype=pl.Int64)
    frame = frame.with_columns(at)
    return set_aside(frame, at == NOT_A_TIME, "an hour that the clock leaves out", content)


def fuel_mix(content: bytes) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return generation by fuel, MW, at the end of each five minutes."""
    columns = {STAMP: "wall", "Time Zone": "text", "Fuel Category": "text", "Gen MW": "number"}
    read = rows(content, columns)
    is_known = (
        pl.col("Time Zone").is_in(["EST", "EDT"]) & pl.col(STAMP, "Fuel Category").is_not_null()
    )
    lacks = read.frame.select(pl.any_horizontal(~is_known)).to_series()
    frame, bad = set_aside(read.frame, lacks, "a row without time, zone or fuel", content)
    frame, missing = started(frame, content, is_second=(frame["Time Zone"] == "EST").to_numpy())
    found = observations(
        {
            "dataset": "generation",
            "location": "NYISO",
            "item": frame["Fuel Category"],
            "delivery_start": frame["at"] - 5 * MINUTE,
            "delivery_end": frame["at"],
            "value": frame["Gen MW"],
            "unit": "MW",
            "place": frame["line"],
            "offset": frame["offset"],
        },
        frame.height,
    )
    return found, (*read.quarantined, *bad, *missing)


def load_forecast(
    content: bytes, names: tuple[str, ...]
) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return the load forecast of each zone and of all (``NYISO``), MW, by the hour that begins."""
    zones = [name for name in names if name and name != STAMP]
    read = rows(content, {STAMP: "wall"} | dict.fromkeys(zones, "number"))
    frame, bad = set_aside(read.frame, read.frame[STAMP].is_null(), "a row without time", content)
    second = in_order(frame[STAMP].to_numpy(), one_a_row=True)
    frame, missing = started(frame, content, is_second=second)
    parts = [
        observations(
            {
                "dataset": "load_forecast",
                "location": zone,
                "delivery_start": frame["at"],
                "delivery_end": frame["at"] + HOUR,
                "value": frame[zone],
                "unit": "MW",
                "place": frame["line"],
                "offset": frame["offset"],
            },
            frame.height,
        )
        for zone in zones
    ]
    return gathered(parts), (*read.quarantined, *bad, *missing)


def prices(content: bytes, *, is_day_ahead: bool) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return zonal prices and their parts.

    Day-ahead stamps name the hour that begins, those of real time the end of five minutes.
    """
    read = rows(content, {STAMP: "wall", "Name": "text"} | dict.fromkeys(PRICES[1:], "number"))
    lacks = read.frame.select(pl.any_horizontal(pl.col(STAMP, "Name").is_null())).to_series()
    frame, bad = set_aside(read.frame, lacks, "a row without time or zone", content)
    # A zone that has its stamp already is in the second of two equal hours.
    is_second = (~frame.select(pl.struct(STAMP, "Name").is_first_distinct()).to_series()).to_numpy()
    frame, missing = started(frame, content, is_second=is_second)
    length = HOUR if is_day_ahead else 5 * MINUTE
    start = frame["at"] if is_day_ahead else frame["at"] - length
    parts = [
        observations(
            {
                "dataset": "day_ahead_price" if is_day_ahead else "real_time_price",
                "location": frame["Name"],
                "item": item,
                "delivery_start": start,
                "delivery_end": start + length,
                "value": frame[name],
                "unit": "USD/MWh",
                "place": frame["line"],
                "offset": frame["offset"],
            },
            frame.height,
        )
        for name, item in zip(PRICES[1:], ("LBMP", "losses", "congestion"), strict=True)
    ]
    return gathered(parts), (*read.quarantined, *bad, *missing)


def requests(query: Query) -> Iterator[Request]:
    """Yield the request for each day's file; option ``folder`` is one of `FILES`."""
    folder = query.options.get("folder", "rtfuelmix")
    zone = ZoneInfo(ZONE)
    day = dt.datetime.fromtimestamp(query.start // 10**9, zone).date()
    last = dt.datetime.fromtimestamp((query.end - 1) // 10**9, zone).date()
    while day <= last:
        yield Request(f"{SITE}/{folder}/{FILES[folder].format(day=f'{day:%Y%m%d}')}")
        day += dt.timedelta(days=1)


DATASETS = (
    Dataset(
        "nyiso",
        "day files",
        f"files of the public site (option folder: {', '.join(FILES)})",
        recognises,
        parse,
        requests,
        window_seconds=86_400,
        requests_per_minute=30.0,
    ),
)
"""What can be read of NYISO."""
