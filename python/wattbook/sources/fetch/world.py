"""What a fetcher takes from its surroundings: time, sleep and chance."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Stopped", "World", "real_world"]


class Stopped(Exception):  # noqa: N818 - no fault, someone asked for it
    """Raised out of a wait when a stop was asked for."""


@dataclass(frozen=True, slots=True)
class World:
    """Time, sleep and chance.

    Parameters
    ----------
    monotonic : callable
        Seconds from anywhere, never backwards.
    now : callable
        ns UTC.
    sleep : callable
        Waits that many seconds; raises `Stopped` if the wait was cut short.
    chance : callable
        From 0 up to 1.
    """

    monotonic: Callable[[], float]
    now: Callable[[], int]
    sleep: Callable[[float], None]
    chance: Callable[[], float]


def real_world(stop: threading.Event | None = None) -> World:
    """Return the machine's own time and chance; a wait ends early once `stop` is set.

    Examples
    --------
    >>> real_world().chance() < 1
    True
    """
    asked = threading.Event() if stop is None else stop

    def sleep(seconds: float) -> None:
        if asked.wait(seconds):
            raise Stopped

    return World(time.monotonic, time.time_ns, sleep, random.SystemRandom().random)
