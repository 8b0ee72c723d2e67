"""Recorded prices of five minutes: NEM Victoria, and two zones of NYISO."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import ForecastError

__all__ = ["FILES", "SLOTS", "FiveMinuteMarket", "load_five_minute"]

SLOTS = 288
"""Intervals of a day; the clocks of these files have no summer time."""

SLOT_US = 300_000_000


@dataclass(frozen=True, slots=True)
class FileOf:
    """Where a market's prices are kept.

    Parameters
    ----------
    name : str
        Of the file, without its ending.
    columns : tuple of str
        Time, price, and a second quantity.
    is_stamped_at_end : bool
        Whether the time is the end of the interval.
    ahead_slots : int
        How many intervals ahead the second quantity is known: a day-ahead price for hours, demand
        not even for the running interval's successor (-1).
    """

    name: str
    columns: tuple[str, str, str]
    is_stamped_at_end: bool
    ahead_slots: int


NYISO = ("interval_start_local", "rt_lbmp_usd_mwh", "da_lbmp_usd_mwh")
FILES = {
    "VIC1": FileOf(
        "nem_vic1_5min_2024_2025",
        ("interval_end_aest", "rrp_aud_mwh", "demand_mw"),
        is_stamped_at_end=True,
        ahead_slots=-1,
    ),
    "N.Y.C.": FileOf("nyiso_nyc_5min_2011h2_2019", NYISO, is_stamped_at_end=False, ahead_slots=12),
    "LONGIL": FileOf(
        "nyiso_longil_5min_2011h2_2019", NYISO, is_stamped_at_end=False, ahead_slots=12
    ),
}


@dataclass(frozen=True, slots=True)
class FiveMinuteMarket:
    """Prices of consecutive intervals.

    Parameters
    ----------
    name : str
        Such as ``VIC1``.
    slot : ndarray of int64, shape (n,)
        Interval starts in five minutes since 1970-01-01 on the market's clock, without gaps.
    price, second : ndarray of float64, shape (n,)
        Price per MWh, and demand in MW or the day-ahead price; NaN where missing.
    ahead_slots : int
        How far ahead `second` is known; see `FileOf`.
    """

    name: str
    slot: NDArray[np.int64]
    price: NDArray[np.float64]
    second: NDArray[np.float64]
    ahead_slots: int


def load_five_minute(folder: Path, name: str) -> FiveMinuteMarket:
    """Return the prices of a market from the folder of recorded five-minute prices.

    Raises
    ------
    ForecastError
        If the market or file is unknown, or an interval is missing or doubled; names the row.
    """
    file = FILES.get(name)
    if file is None:
        message = f"no five-minute market {name!r}; choose of {', '.join(FILES)}"
        raise ForecastError(message)
    path = folder / f"{file.name}.parquet"
    if not path.is_file():
        message = f"{path} does not exist; --data is the folder of five-minute prices"
        raise ForecastError(message)
    frame = pl.read_parquet(path, columns=list(file.columns))
    time, price, second = (frame[column] for column in file.columns)
    stamp = time.dt.cast_time_unit("us").dt.timestamp("us").to_numpy()
    slot = stamp // SLOT_US - int(file.is_stamped_at_end)
    steps = np.diff(slot)
    if (steps != 1).any() or (stamp % SLOT_US).any():
        message = f"{path}: row {int(np.argmax(steps != 1)) + 1} is not five minutes after the last"
        raise ForecastError(message)
    first, then = (each.cast(pl.Float64).fill_null(np.nan).to_numpy() for each in (price, second))
    return FiveMinuteMarket(name, slot, first, then, file.ahead_slots)
