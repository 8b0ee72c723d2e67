"""The clock of a paper run: the only place where time is read."""

import time
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Clock", "ScaledClock", "WallClock"]


class Clock(Protocol):
    """Tells the time of the run."""

    @property
    def speed(self) -> float:
        """Nanoseconds of the run in a nanosecond of the wall clock."""
        ...

    def now(self) -> int:
        """Return the instant, ns UTC; it never falls."""
        ...


@dataclass(slots=True)
class WallClock:
    """The wall clock of this machine, held where it was when the machine sets it back."""

    last: int = 0

    @property
    def speed(self) -> float:
        """Return 1: it is the wall clock."""
        return 1.0

    def now(self) -> int:
        """Return the instant, ns UTC."""
        self.last = max(self.last, time.time_ns())
        return self.last


@dataclass(slots=True)
class ScaledClock:
    """A clock that begins at an instant of one's own and runs `speed` times as fast as time does.

    Parameters
    ----------
    start : int
        Where it begins, ns UTC.
    speed : float
        Nanoseconds of the run in a nanosecond of the wall clock.
    """

    start: int
    speed: float
    began: int = field(default_factory=time.monotonic_ns)

    def now(self) -> int:
        """Return the instant, ns UTC: start + elapsed × speed."""
        return self.start + int((time.monotonic_ns() - self.began) * self.speed)
