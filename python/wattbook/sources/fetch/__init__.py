"""Requests answered over HTTP: paced, retried, bounded, cached with their provenance.

A dataset says what to ask for (`wattbook.sources.payload.Request`); a `Fetcher` asks. Time, sleep
and chance come from a `World`, so that a test decides them.
"""

from wattbook.sources.fetch.backfill import Backfill, Step, windows
from wattbook.sources.fetch.cache import Cache, Received
from wattbook.sources.fetch.fetcher import Bounds, Fetcher
from wattbook.sources.fetch.pace import Pace
from wattbook.sources.fetch.retry import Retry
from wattbook.sources.fetch.world import Stopped, World

__all__ = [
    "Backfill",
    "Bounds",
    "Cache",
    "Fetcher",
    "Pace",
    "Received",
    "Retry",
    "Step",
    "Stopped",
    "World",
    "windows",
]
