"""Maintenance windows: when rules are silent again and again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal
from zoneinfo import ZoneInfo

__all__ = ["DAYS", "Window"]

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: Final[tuple[Day, ...]] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
ONE_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time of day in which nobody is told of some alerts.

    Parameters
    ----------
    name : str
        Why, such as ``the venue restarts``.
    start, end : time
        Half-open, on the clock of `zone`; one that ends no later than it begins ends on the next
        day. An hour that comes twice in autumn is within it twice.
    zone : str
        Such as ``Europe/Berlin``.
    days : tuple of str
        On which it begins; every day by default.
    rule : str, optional
        Of which rule; of every one by default.

    Examples
    --------
    >>> window = Window(name="restart", start=dt.time(23), end=dt.time(1), days=("friday",))
    >>> saturday = dt.datetime(2026, 7, 4, 0, 30, tzinfo=dt.UTC)
    >>> window.covers("no price", int(saturday.timestamp()) * 10**9)
    True
    """

    name: str
    start: dt.time
    end: dt.time
    zone: str = "UTC"
    days: tuple[Day, ...] = DAYS
    rule: str | None = None

    def covers(self, rule: str, now: int) -> bool:
        """Return whether it silences a rule at `now` (ns UTC)."""
        if self.rule not in (None, rule):
            return False
        there = dt.datetime.fromtimestamp(now // 10**9, ZoneInfo(self.zone))
        day, time = there.date(), there.time()
        if self.start < self.end:
            return self.start <= time < self.end and self._begins(day)
        if time >= self.start:
            return self._begins(day)
        return time < self.end and self._begins(day - ONE_DAY)

    def _begins(self, day: dt.date) -> bool:
        return DAYS[day.weekday()] in self.days
