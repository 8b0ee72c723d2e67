"""No more requests than a publisher allows."""

import threading

from wattbook.sources.fetch.world import World

__all__ = ["Pace"]


class Pace:
    """A token bucket for each source.

    A bucket holds `burst` tokens and fills at the rate that the dataset names; a request takes one
    and waits for it where there is none. It is kept as the time at which the bucket is full again,
    which needs no timer.

    Parameters
    ----------
    world : World
        Time and sleep.
    burst : int, optional
        How many requests may follow each other without a wait.
    """

    def __init__(self, world: World, burst: int = 1) -> None:
        self.world = world
        self.burst = burst
        self.full_at: dict[str, float] = {}
        self.lock = threading.Lock()

    def take(self, source: str, per_minute: float) -> float:
        """Wait for a token of `source`; return the seconds waited."""
        interval = 60.0 / per_minute
        with self.lock:
            now = self.world.monotonic()
            full_at = max(self.full_at.get(source, now), now)
            wait = max(0.0, full_at - now - (self.burst - 1) * interval)
            # Reserved before the wait, so that threads queue up rather than wake together.
            self.full_at[source] = full_at + interval
        if wait > 0:
            self.world.sleep(wait)
        return wait

    def hold(self, source: str, seconds: float) -> None:
        """Let no request of `source` go for `seconds` from now: the publisher asked for it."""
        with self.lock:
            until = self.world.monotonic() + seconds
            self.full_at[source] = max(self.full_at.get(source, until), until)
