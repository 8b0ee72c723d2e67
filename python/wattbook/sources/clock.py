"""Time: texts and wall clocks to instants in UTC, local days and their periods.

A wall time of the hour that is put back in autumn happens twice. Where a publisher says which of
the two it means, or gives its rows in order, the hour is told apart; else it is not guessed. The
rules of time zones are those of the Rust kernel (`wattbook._core.local_periods`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "NOT_A_TIME",
    "SECOND",
    "LocalPeriods",
    "ahead",
    "at_wall",
    "day_bounds",
    "days",
    "instant",
    "local_periods",
    "moment",
    "period",
    "shown",
    "to_utc",
    "wall",
    "within",
]

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
NOT_A_TIME = np.iinfo(np.int64).min
"""What stands for a wall time that the clock never shows, or that is null."""

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
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


def instant(text: str) -> int:
    """Return a time of ISO 8601 with its offset as ns UTC; nanoseconds are kept.

    Raises
    ------
    ValueError
        If it is no such time, lies outside 1900 to 2261, or has no offset, so that its clock is not
        known.

    Examples
    --------
    >>> instant("1970-01-01T01:00:00.0000001+01:00")
    100
    """
    head, dot, tail = text.strip().partition(".")
    nanos = 0
    if dot:
        digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
        nanos = int(digits[:9].ljust(9, "0")) if digits else 0
        head += tail[len(digits) :]
    when = dt.datetime.fromisoformat(head)
    if when.tzinfo is None:
        message = f"the time {text.strip()!r} has no offset, so its clock is not known"
        raise ValueError(message)
    return within((when - EPOCH) // MICROSECOND * 1_000) + nanos


def moment(text: str | None) -> int | None:
    """Return the same; none for none."""
    return None if text is None else instant(text)


def wall(shown: dt.datetime | dt.date) -> int:
    """Return the digits that a clock shows as ns, as if they were UTC: what `to_utc` takes.

    Raises
    ------
    ValueError
        If they lie outside 1900 to 2261.

    Examples
    --------
    >>> wall(dt.date(1970, 1, 2)) == DAY
    True
    """
    if not isinstance(shown, dt.datetime):
        shown = dt.datetime.combine(shown, dt.time())
    return within((shown.replace(tzinfo=dt.UTC) - EPOCH) // MICROSECOND * 1_000)


def at_wall(shown: dt.datetime | dt.date, time_zone: str) -> int:
    """Return the first instant at which the clock of `time_zone` shows `shown`, ns UTC.

    Raises
    ------
    ValueError
        If it never does, or outside 1900 to 2261.

    Examples
    --------
    >>> at_wall(dt.datetime(2024, 3, 31, 3), "Europe/Berlin") == instant("2024-03-31T01:00Z")
    True
    """
    found = int(to_utc([wall(shown)], time_zone)[0])
    if found == NOT_A_TIME:
        message = f"the clock of {time_zone} never shows {shown:%Y-%m-%d %H:%M}"
        raise ValueError(message)
    return found


def shown(instant: int, form: str, time_zone: str = "UTC") -> str:
    """Return what a clock shows at `instant` (ns UTC, to the second), by a pattern of strftime.

    Examples
    --------
    >>> shown(0, "%Y-%m-%d %H:%M", "America/New_York")
    '1969-12-31 19:00'
    """
    return dt.datetime.fromtimestamp(instant // SECOND, ZoneInfo(time_zone)).strftime(form)


@dataclass(frozen=True, slots=True)
class LocalPeriods:
    """Delivery periods of local stamps.

    Parameters
    ----------
    delivery_start, delivery_end : ndarray of int64, shape (n,)
        ns UTC; `NOT_A_TIME` where clocks never showed the stamp.
    is_ambiguous : ndarray of bool, shape (n,)
        Whether clocks showed the stamp twice.
    """

    delivery_start: NDArray[np.int64]
    delivery_end: NDArray[np.int64]
    is_ambiguous: NDArray[np.bool_]


def local_periods(
    stamps: NDArray[np.int64],
    time_zone: str,
    *,
    interval_seconds: int,
    at_end: bool = False,
    fold: Literal["first", "second", "in_order"] = "first",
) -> LocalPeriods:
    """Return the delivery periods of stamps that a local clock showed.

    Parameters
    ----------
    stamps : ndarray of int64, shape (n,)
        ns since 1970-01-01T00:00 on the same clock; `NOT_A_TIME` for none.
    time_zone : str
        IANA zone whose clock it is.
    interval_seconds : int
        Length of a delivery period.
    at_end : bool, default False
        Whether a stamp marks the end (hour ending) and not the start. It is a label, moved back on
        the clock: when clocks go back at 02:00, the hour ending 02:00 comes twice.
    fold : str, default "first"
        Which instant a stamp means that clocks showed twice: the first, the second, or in rows in
        order of time the first for the first row and the second for the next.

    Raises
    ------
    InputError
        If there is no such zone or fold.

    Examples
    --------
    >>> hours = np.array(["2026-10-25T01", "2026-10-25T02", "2026-10-25T02"], "datetime64[ns]")
    >>> found = local_periods(
    ...     hours.astype(np.int64), "Europe/Berlin", interval_seconds=3600, fold="in_order"
    ... )
    >>> found.delivery_start.astype("datetime64[ns]").astype("datetime64[h]").astype(str).tolist()
    ['2026-10-24T23', '2026-10-25T00', '2026-10-25T01']
    """
    columns = _core.local_periods(
        np.ascontiguousarray(stamps, dtype=np.int64),
        time_zone,
        at_end,
        interval_seconds * SECOND,
        fold,
    )
    return LocalPeriods(*columns)


def to_utc(
    wall: ArrayLike, time_zone: str, is_second: ArrayLike | None = None, *, in_order: bool = False
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
    in_order : bool, default False
        Whether each row is an instant of its own and they stand in order, which tells the two
        apart.

    Returns
    -------
    ndarray of int64, shape (n,), ns UTC
        `NOT_A_TIME` for times in the hour that spring leaves out, and outside 1900 to 2261.

    Examples
    --------
    >>> twice = np.datetime64("2024-11-03T01:30", "ns").astype(np.int64)
    >>> to_utc([twice, twice], "America/New_York", [False, True]).astype("datetime64[ns]").tolist()
    [1730611800000000000, 1730615400000000000]
    """
    given = np.atleast_1d(np.asarray(wall, dtype=np.int64))
    walls = np.where((given >= EARLIEST) & (given < LATEST), given, NOT_A_TIME)
    fold: Literal["first", "in_order"] = "in_order" if in_order else "first"
    first = local_periods(walls, time_zone, interval_seconds=0, fold=fold).delivery_start
    if is_second is None:
        return first
    later = local_periods(walls, time_zone, interval_seconds=0, fold="second").delivery_start
    return np.where(np.asarray(is_second, dtype=bool), later, first)


def ahead(wall: ArrayLike, hours: float) -> NDArray[np.int64]:
    """Return the instants at which a clock that is always `hours` ahead of UTC shows `wall`.

    Examples
    --------
    >>> ahead([10 * HOUR], 10).tolist()
    [0]
    """
    return np.asarray(wall, dtype=np.int64) - round(hours * HOUR)


@lru_cache(maxsize=4_096)
def day_bounds(day: dt.date, time_zone: str) -> tuple[int, int]:
    """Return begin and end of a local day, ns UTC: it may have 23 or 25 hours.

    Raises
    ------
    ValueError
        If the day lies outside 1900 to 2260.

    Examples
    --------
    >>> start, end = day_bounds(dt.date(2025, 3, 30), "Europe/Madrid")
    >>> (end - start) // HOUR
    23
    """
    zone = ZoneInfo(time_zone)
    start, end = (
        within((dt.datetime.combine(each, dt.time(), zone) - EPOCH) // MICROSECOND * 1_000)
        for each in (day, day + dt.timedelta(days=1))
    )
    return start, end


def period(day: dt.date, number: int, time_zone: str, seconds: int = 3_600) -> tuple[int, int]:
    """Return begin and end of the `number`-th period of a local day, from 1, ns UTC.

    Raises
    ------
    ValueError
        If the day has no such period.
    """
    start, end = day_bounds(day, time_zone)
    step = seconds * SECOND
    if not 1 <= number <= (end - start) // step:
        message = f"{day} has {(end - start) // step} periods of {seconds} s, not {number}"
        raise ValueError(message)
    return start + (number - 1) * step, start + number * step


def days(start: int, end: int, time_zone: str = "UTC") -> Iterator[dt.date]:
    """Yield the local days that the span from `start` until before `end` (ns UTC) touches.

    Examples
    --------
    >>> [str(day) for day in days(0, DAY, "America/New_York")]
    ['1969-12-31', '1970-01-01']
    """
    if end <= start:
        return
    zone = ZoneInfo(time_zone)
    first, last = (dt.datetime.fromtimestamp(at // SECOND, zone).date() for at in (start, end - 1))
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield dt.date.fromordinal(ordinal)
