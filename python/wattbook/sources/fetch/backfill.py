"""A long span fetched window by window, so that it can be stopped at any moment and go on.

The checkpoint is written after a window's answers were all taken. A process that is killed within a
window finds those that it had fetched in the cache, because they are younger than the backfill; so
no answer is fetched twice and none is left out.
"""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wattbook.errors import FetchError, InputError, StoreError
from wattbook.sources.fetch.cache import Received, request_key, write_whole
from wattbook.sources.fetch.fetcher import Fetcher
from wattbook.sources.payload import Dataset, Query

__all__ = ["Backfill", "Step", "windows"]

NANOS = 1_000_000_000
UNBOUND_SECONDS = 7 * 86_400
"""Window of a dataset that states no bound: how much a crash may make to be parsed again."""
REFUSED = frozenset({400, 404, 410, 416, 422})
"""Statuses that say there is nothing to be had, and will say so again."""
REMEMBERED = 256


def windows(query: Query, window_seconds: int) -> Iterator[Query]:
    """Yield `query` in parts of at most `window_seconds`, in time order, without gap or overlap.

    Examples
    --------
    >>> [(part.start, part.end) for part in windows(Query(0, 5 * NANOS), 2)]
    [(0, 2000000000), (2000000000, 4000000000), (4000000000, 5000000000)]
    """
    step = (window_seconds or UNBOUND_SECONDS) * NANOS
    for start in range(query.start, query.end, step):
        yield Query(start, min(start + step, query.end), query.location, query.options)


@dataclass(frozen=True, slots=True)
class Step:
    """One answer of a backfill, or the end of one of its windows.

    Parameters
    ----------
    window : Query
        The part of the query.
    done, total : int
        Windows that are behind, and windows in all.
    received : Received or None
        The answer; none for a refusal and at the end of a window.
    refusal : FetchError or None
        What the source refused for good.
    """

    window: Query
    done: int
    total: int
    received: Received | None = None
    refusal: FetchError | None = None


class Backfill:
    """Fetches a query of any length.

    Parameters
    ----------
    fetcher : Fetcher
        Asks.
    dataset : Dataset
        What is asked for; it must have ``requests``.
    query : Query
        Span, location and options.
    folder : Path
        Where the checkpoint is kept.

    Raises
    ------
    InputError
        If the dataset can only be read from files, or the span is empty.
    """

    def __init__(self, fetcher: Fetcher, dataset: Dataset, query: Query, folder: Path) -> None:
        if dataset.requests is None:
            message = (
                f"{dataset.source} {dataset.name} is only read from files; "
                "use `wattbook ingest replay PATH`"
            )
            raise InputError(message)
        if query.end <= query.start:
            message = f"the span ends at {query.end}, not after its start {query.start}; swap them"
            raise InputError(message)
        self.fetcher = fetcher
        self.dataset = dataset
        self.requests = dataset.requests
        self.query = query
        self.asked: dict[str, Any] = {
            "source": dataset.source,
            "dataset": dataset.name,
            "start": query.start,
            "end": query.end,
            "location": query.location,
            "options": dict(query.options),
            "window_seconds": dataset.window_seconds or UNBOUND_SECONDS,
        }
        digest = hashlib.sha256(json.dumps(self.asked, sort_keys=True).encode()).hexdigest()[:12]
        self.path = folder / f"{dataset.source}-{dataset.name}-{digest}.json"
        self.parts = list(windows(query, dataset.window_seconds))
        self.state = self.load()

    def load(self) -> dict[str, Any]:
        """Return the checkpoint, or a fresh one.

        Raises
        ------
        StoreError
            If the file is damaged.
        """
        if not self.path.exists():
            return {"began": self.fetcher.world.now(), "done": 0, "refused": []}
        try:
            held = json.loads(self.path.read_bytes())
            return {"began": held["began"], "done": held["done"], "refused": held["refused"]}
        except (OSError, ValueError, KeyError, TypeError) as fault:
            message = f"{self.path} is no checkpoint ({fault!r}); delete it to begin anew"
            raise StoreError(message) from fault

    def save(self) -> None:
        """Write the checkpoint in place of the one before."""
        write_whole(self.path, json.dumps(self.asked | self.state, indent=1).encode())

    @property
    def is_complete(self) -> bool:
        """Whether every window is behind."""
        return bool(self.state["done"] >= len(self.parts))

    @property
    def refused(self) -> list[dict[str, Any]]:
        """What the source refused for good: address, status and sentence."""
        return list(self.state["refused"])

    def run(self, take: Callable[[Received], None]) -> Iterator[Step]:
        """Fetch what is left, handing each answer to `take`; yield what was done.

        Raises
        ------
        FetchError
            If a source cannot be reached or denies access; what is behind stays behind.
        Stopped
            If a stop was asked for.
        """
        if not self.state["done"]:
            self.save()
        recent: deque[str] = deque(maxlen=REMEMBERED)
        total = len(self.parts)
        for place in range(self.state["done"], total):
            window = self.parts[place]
            for request in self.requests(window):
                key = request_key(request)
                if key in recent:
                    # A file that spans several windows was taken with the first of them.
                    continue
                recent.append(key)
                try:
                    received = self.fetcher.fetch(self.dataset, request, self.state["began"])
                except FetchError as fault:
                    if fault.status not in REFUSED:
                        raise
                    self.state["refused"].append({"status": fault.status, "said": str(fault)})
                    yield Step(window, place, total, refusal=fault)
                    continue
                take(received)
                yield Step(window, place, total, received)
            self.state["done"] = place + 1
            self.save()
            yield Step(window, place + 1, total)
