"""What is expected of a load by what was recorded before: its level, seasons, hours and days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.runtime.tranches.load import BlockLoad

__all__ = ["Months", "expected", "months_of"]

Floats = NDArray[np.float64]
YEARS = 3
"""Of the past whose shape counts."""


@dataclass(frozen=True, eq=False)
class Months:
    """Recorded months.

    Parameters
    ----------
    month : ndarray of datetime64[M], shape (n,)
    level : ndarray of shape (n,), MW
        Mean of each.
    year_mean : ndarray of shape (n,), MW
        Mean of the last twelve levels; NaN before there are as many.
    shape : ndarray of shape (n, 168)
        Mean of each hour of the week, a share of the level.
    """

    month: NDArray[np.datetime64]
    level: Floats
    year_mean: Floats
    shape: Floats


def months_of(load: BlockLoad) -> Months:
    """Return the months of a load."""
    month, place = np.unique(load.month, return_inverse=True)
    level = np.bincount(place, load.load_mw) / np.bincount(place)
    year_mean = np.full(len(level), np.nan)
    year_mean[11:] = np.convolve(level, np.ones(12), "valid") / 12.0
    cell = place * 168 + slots(load.hour)
    count = np.bincount(cell, minlength=168 * len(month))
    sums = np.bincount(cell, load.load_mw, minlength=168 * len(month))
    shape = (sums / np.maximum(count, 1)).reshape(-1, 168) / level[:, None]
    return Months(month, level, year_mean, shape)


def expected(
    load: BlockLoad, past: Months, inside: NDArray[np.bool_], now: np.datetime64
) -> Floats:
    """Return what is expected of some hours by what was recorded before a month.

    The mean of the last twelve months, times what each month of the calendar was of its own last
    twelve, times the shape of its hours and days of the week; both as means of the last years.
    """
    known = (past.month < now) & np.isfinite(past.year_mean)
    latest = past.year_mean[int(np.flatnonzero(known)[-1])]
    slot, month = slots(load.hour[inside]), load.month[inside]
    found = np.empty(len(slot))
    for target in np.unique(month):
        is_same = known & (past.month.astype(int) % 12 == int(target.astype(int)) % 12)
        same = np.flatnonzero(is_same)[-YEARS:]
        share = float((past.level[same] / past.year_mean[same]).mean())
        own = month == target
        relative = past.shape[same].mean(axis=0)[slot[own]]
        found[own] = relative / relative.mean() * share * latest
    return found


def slots(hour: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return the hour of the week of each hour, from 0."""
    days = hour.astype("datetime64[D]")
    weekday = (days.astype(np.int64) + 3) % 7
    of_day = (hour - days.astype("datetime64[h]")).astype(np.int64)
    return np.asarray(weekday * 24 + of_day, np.int64)
