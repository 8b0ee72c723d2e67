"""Wall clocks to UTC: clocks with summer time, and clocks that never change.

A wall time of the hour that is put back in autumn happens twice. Where a publisher says which of
the two it means, or gives its rows in order, the hour is told apart; else it is not guessed.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["HOUR", "MINUTE", "NOT_A_TIME", "SECOND", "ahead", "in_order", "to_utc", "within"]

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 3_600 * SECOND
NOT_A_TIME = np.iinfo(np.int64).min
"""What stands for a wall time that the clock never shows, or that is null."""

FIRST_YEAR, LAST_YEAR = 1980, 2100
EARLIEST = -2_208_988_800 * SECOND
LATEST = 9_214_646_400 * SECOND


def within(instant: int) -> int:
    """Return `instant`, ns UTC, if it lies from 1900 to 2261, so that 64 bits hold it.

    Raises
    ------
    ValueError
        If it does not.

    Examples
    --------
    >>> within(0)
    0
    """
    if not EARLIEST <= instant < LATEST:
        message = f"a time {instant // SECOND} s from 1970, outside 1900 to 2261"
        raise ValueError(message)
    return instant


def to_utc(
    wall: ArrayLike, time_zone: str, is_second: ArrayLike | None = None
) -> NDArray[np.int64]:
    """Return the instants at which the clock of `time_zone` shows `wall`.

    Parameters
    ----------
    wall : array of int64, shape (n,)
        Nanoseconds of the digits on the clock, as if they were UTC.
    time_zone : str
        IANA name: ``America/New_York``.
    is_second : array of bool, shape (n,), optional
        For times that happen twice, whether the second is meant; others ignore it. Without it the
        first is.

    Returns
    -------
    ndarray of int64, shape (n,), ns UTC
        `NOT_A_TIME` for times in the hour that spring leaves out, and outside 1980 to 2100.

    Examples
    --------
    >>> twice = np.datetime64("2024-11-03T01:30", "ns").astype(np.int64)
    >>> to_utc([twice, twice], "America/New_York", [False, True]).astype("datetime64[ns]").tolist()
    [1730611800000000000, 1730615400000000000]
    """
    walls = np.atleast_1d(np.asarray(wall, dtype=np.int64))
    second = np.zeros(walls.shape, bool) if is_second is None else np.asarray(is_second, bool)
    starts, offsets = changes(time_zone)
    # What the clock shows when each offset begins and ends; the last never ends.
    begins = starts + offsets
    ends = np.append(starts[1:] + offsets[:-1], np.iinfo(np.int64).max)
    # Offsets follow each other, so the last that begins at or before the wall time is the second
    # of two that show it, and the one before it the first.
    later = np.searchsorted(begins, walls, side="right") - 1
    earlier = np.maximum(later - 1, 0)
    is_twice = (later > 0) & (walls < ends[earlier])
    chosen = np.where(is_twice & ~second, earlier, later)
    is_shown = (later >= 0) & (walls < ends[chosen]) & (walls < limit())
    return np.where(is_shown, walls - offsets[np.maximum(chosen, 0)], NOT_A_TIME)


def ahead(wall: ArrayLike, hours: float) -> NDArray[np.int64]:
    """Return the instants at which a clock that is always `hours` ahead of UTC shows `wall`.

    Examples
    --------
    >>> ahead([10 * HOUR], 10).tolist()
    [0]
    """
    return np.asarray(wall, dtype=np.int64) - round(hours * HOUR)


def in_order(wall: ArrayLike, *, one_a_row: bool = False) -> NDArray[np.bool_]:
    """Return, for wall times in the order of their instants, whether each is after a step back.

    Parameters
    ----------
    wall : array of int64, shape (n,)
        In order; at most one step back, that of one autumn, or one in each year.
    one_a_row : bool, optional
        Whether each row is an instant of its own, so that the second of two equal neighbours is a
        step back too. Else equal neighbours are one instant.

    Returns
    -------
    ndarray of bool, shape (n,)
        True from a step back until the clock shows more than it had before the step: the flag that
        `to_utc` takes.

    Examples
    --------
    >>> in_order([HOUR, HOUR + 30 * MINUTE, HOUR, HOUR + 30 * MINUTE, 2 * HOUR]).tolist()
    [False, False, True, True, False]
    """
    walls = np.asarray(wall, dtype=np.int64)
    if walls.size == 0:
        return np.zeros(0, bool)
    highest = np.maximum.accumulate(walls)
    is_later = walls[1:] > walls[:-1] if one_a_row else walls[1:] >= walls[:-1]
    is_back = np.concatenate(([False], ~is_later))
    last_step = np.maximum.accumulate(np.where(is_back, np.arange(walls.size), 0))
    peak = highest[np.maximum(last_step - 1, 0)]
    return np.asarray((last_step > 0) & (walls <= peak), dtype=bool)


@lru_cache(maxsize=64)
def changes(time_zone: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when each offset of `time_zone` begins and what it is, ns, from 1980 on."""
    zone = ZoneInfo(time_zone)

    def offset(instant: int) -> int:
        shown = dt.datetime.fromtimestamp(instant, zone).utcoffset()
        return round(shown.total_seconds()) if shown is not None else 0

    first = int(dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC).timestamp())
    last = limit() // SECOND
    starts, offsets = [first], [offset(first)]
    # Clocks change no oftener than every few weeks; a week's step finds each, halving its second.
    low = first
    while low < last:
        high = low + 7 * 86_400
        if offset(high) != offsets[-1]:
            left, right = low, high
            while right - left > 1:
                middle = (left + right) // 2
                left, right = (middle, right) if offset(middle) == offsets[-1] else (left, middle)
            starts.append(right)
            offsets.append(offset(right))
        low = high
    return np.array(starts) * SECOND, np.array(offsets) * SECOND


def limit() -> int:
    """Return the first instant that is not read, ns UTC."""
    return int(dt.datetime(LAST_YEAR, 1, 1, tzinfo=dt.UTC).timestamp()) * SECOND
