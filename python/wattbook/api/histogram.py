"""How long things take, counted by bounds."""

from __future__ import annotations

import time
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wattbook.runtime.alerts.rules import MINUTES_KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["BOUNDS", "Histogram", "Requests", "Stages"]

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds; what takes longer counts in all only."""


class Histogram:
    """Counts of durations within each of `BOUNDS`.

    Examples
    --------
    >>> found = Histogram()
    >>> found.count(0.003)
    >>> found.within[:4], found.total
    ([0, 0, 1, 1], 1)
    """

    __slots__ = ("seconds", "total", "within")

    def __init__(self) -> None:
        self.within = [0] * len(BOUNDS)
        self.total = 0
        self.seconds = 0.0

    def count(self, seconds: float) -> None:
        """Count one."""
        self.total += 1
        self.seconds += seconds
        for place, bound in enumerate(BOUNDS):
            self.within[place] += seconds <= bound

    def plus(self, within: Sequence[int], total: int, seconds: float) -> Histogram:
        """Return the sum with counts of elsewhere."""
        made = Histogram()
        made.within = [one + other for one, other in zip(self.within, within, strict=True)]
        made.total, made.seconds = self.total + total, self.seconds + seconds
        return made


@dataclass(slots=True)
class Requests:
    """Requests that were answered, by route and status, and how long they took."""

    answered: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    took: Histogram = field(default_factory=Histogram)
    wall: Callable[[], float] = time.monotonic
    minutes: deque[list[int]] = field(default_factory=lambda: deque(maxlen=MINUTES_KEPT))
    """Minute of the clock, answered in it, failed in it; oldest first."""

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self.answered[method, route, status] += 1
        self.took.count(seconds)
        minute = int(self.wall() // 60)
        if not self.minutes or self.minutes[-1][0] != minute:
            self.minutes.append([minute, 0, 0])
        self.minutes[-1][1] += 1
        self.minutes[-1][2] += status >= 500

    def by_minute(self) -> list[tuple[int, int]]:
        """Return what was answered and what failed in each minute until now, newest first."""
        now = int(self.wall() // 60)
        found = {minute: (one, failed) for minute, one, failed in tuple(self.minutes)}
        if not found:
            return []
        oldest = max(min(found), now - MINUTES_KEPT + 1)
        minutes = range(now, oldest - 1, -1)
        return [found.get(minute, (0, 0)) for minute in minutes]


class Stages:
    """A histogram of each stage of the desk's step."""

    def __init__(self) -> None:
        self.by_name: dict[str, Histogram] = {}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Count how long the block takes."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.by_name.setdefault(stage, Histogram()).count(time.perf_counter() - began)
