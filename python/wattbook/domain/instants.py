"""Instants between int64 ns UTC, which the domain keeps, and local time, which people read."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from wattbook.errors import InputError

__all__ = ["local_time", "nanoseconds"]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def nanoseconds(instant: dt.datetime) -> int:
    """Return an aware datetime as int64 ns UTC, exactly.

    Parameters
    ----------
    instant : datetime
        With a time zone; an hour that occurs twice is told apart by ``fold``.

    Returns
    -------
    int, ns UTC
        Nanoseconds since 1970-01-01T00:00:00Z.

    Raises
    ------
    InputError
        If `instant` has no time zone.

    Examples
    --------
    >>> nanoseconds(dt.datetime(2026, 3, 29, 3, tzinfo=ZoneInfo("Europe/Berlin")))
    1774746000000000000
    """
    if instant.tzinfo is None:
        message = f"{instant!r} has no time zone; add one, such as datetime.UTC"
        raise InputError(message)
    return (instant - EPOCH) // dt.timedelta(microseconds=1) * 1_000


def local_time(nanoseconds_utc: int, time_zone: str) -> dt.datetime:
    """Return an instant on the clock of a time zone, cut to whole microseconds.

    Parameters
    ----------
    nanoseconds_utc : int, ns UTC
        Nanoseconds since 1970-01-01T00:00:00Z.
    time_zone : str
        IANA zone, such as ``"Europe/Berlin"``.

    Returns
    -------
    datetime
        Aware, in `time_zone`.

    Raises
    ------
    InputError
        If no zone has that name.

    Examples
    --------
    >>> local_time(1774746000000000000, "Europe/Berlin").isoformat()
    '2026-03-29T03:00:00+02:00'
    """
    try:
        zone = ZoneInfo(time_zone)
    except (KeyError, ValueError) as error:
        message = f"time zone {time_zone!r} is unknown; use an IANA name such as Europe/Berlin"
        raise InputError(message) from error
    return (EPOCH + dt.timedelta(microseconds=nanoseconds_utc // 1_000)).astimezone(zone)
