"""What somebody has to tell of a book, and by when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from wattbook.portfolio.book import DealBook
from wattbook.runtime.alerts import Report

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["unsigned_close"]

FRIDAY: Final = 4


def unsigned_close(folder: Path) -> Report | None:
    """Return the close that comes after the newest signed one; None if none was ever signed.

    It is due at the end of its day (UTC), the next weekday.

    Raises
    ------
    StoreError
        If the book cannot be read.
    """
    signed = [one.day for one in DealBook(folder).closed() if one.signed_by is not None]
    if not signed:
        return None
    day = signed[-1] + dt.timedelta(1)
    while day.weekday() > FRIDAY:
        day += dt.timedelta(1)
    ends = dt.datetime.combine(day + dt.timedelta(1), dt.time(), dt.UTC)
    remedy = f"close it with `wattbook close {day}` and have it signed"
    return Report(f"the close of {day}", int(ends.timestamp()) * 1_000_000_000, remedy)
