"""Periods of a local day as instants: days of 23 and 25 hours have that many."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

__all__ = ["day_bounds", "instant", "period"]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
YEARS = (1900, 2200)


def instant(text: str) -> int:
    """Return an ISO 8601 time stamp with zone as ns UTC; nanoseconds are kept.

    Raises
    ------
    ValueError
        If it is none, has no zone, or lies outside 1900 to 2200.

    Examples
    --------
    >>> instant("1970-01-01T01:00:00.0000001+01:00")
    100
    """
    head, dot, tail = text.partition(".")
    nanos = 0
    if dot:
        digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
        nanos = int(digits[:9].ljust(9, "0")) if digits else 0
        head += tail[len(digits) :]
    when = dt.datetime.fromisoformat(head)
    if when.tzinfo is None or not YEARS[0] <= when.year <= YEARS[1]:
        message = f"{text!r} has no zone, or lies outside {YEARS[0]} to {YEARS[1]}"
        raise ValueError(message)
    return (when - EPOCH) // MICROSECOND * 1_000 + nanos


@lru_cache(maxsize=4_096)
def day_bounds(day: dt.date, zone: str) -> tuple[int, int]:
    """Return begin and end of a local day, ns UTC.

    Raises
    ------
    ValueError
        If the day lies outside 1900 to 2200.

    Examples
    --------
    >>> start, end = day_bounds(dt.date(2025, 3, 30), "Europe/Madrid")
    >>> (end - start) // 3_600_000_000_000
    23
    """
    if not YEARS[0] <= day.year <= YEARS[1]:
        message = f"{day} lies outside {YEARS[0]} to {YEARS[1]}"
        raise ValueError(message)
    place = ZoneInfo(zone)
    bounds = [
        dt.datetime(each.year, each.month, each.day, tzinfo=place)
        for each in (day, day + dt.timedelta(days=1))
    ]
    start, end = ((bound.astimezone(dt.UTC) - EPOCH) // MICROSECOND * 1_000 for bound in bounds)
    return start, end


def period(day: dt.date, number: int, zone: str, seconds: int = 3_600) -> tuple[int, int]:
    """Return begin and end of the `number`-th period of a local day, from 1, ns UTC.

    Raises
    ------
    ValueError
        If the day has no such period.
    """
    start, end = day_bounds(day, zone)
    step = seconds * 1_000_000_000
    if not 1 <= number <= (end - start) // step:
        message = f"{day} has {(end - start) // step} periods of {seconds} s, not {number}"
        raise ValueError(message)
    return start + (number - 1) * step, start + number * step
