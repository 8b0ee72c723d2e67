"""Polls datasets and inboxes on their schedules until it is stopped, and goes on from there."""

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from wattbook.errors import FetchError, StoreError
from wattbook.runtime.ingest.doctor import DOCUMENTATION, payload_files
from wattbook.runtime.ingest.live_config import Inbox, LiveConfig, Poll
from wattbook.runtime.ingest.pipeline import Ingested, Pipeline
from wattbook.sources.fetch import Fetcher, World, windows
from wattbook.sources.fetch.backfill import REFUSED
from wattbook.sources.fetch.cache import request_key, write_whole
from wattbook.sources.payload import Query

__all__ = ["Live", "Tick"]

NANOS = 1_000_000_000
PAUSE_SECONDS_MAX = 3_600.0
COMPACT_EVERY = 256


@dataclass(slots=True)
class Tick:
    """One poll, or one look into an inbox.

    Parameters
    ----------
    name : str
        Of the poll or inbox.
    at : int
        When, ns UTC.
    ingested : list of Ingested
        What became of each payload.
    unchanged : int
        Answers that were the same as before.
    refused : list of str
        What the source has not, or not yet.
    fault : str
        Why it ended early; empty if it did not.
    """

    name: str
    at: int
    ingested: list[Ingested] = field(default_factory=list)
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)
    fault: str = ""


class Live:
    """Everything that a config file names, running.

    Parameters
    ----------
    config : LiveConfig
        What to poll.
    pipeline : Pipeline
        Where to.
    fetcher : Fetcher
        Asks.
    world : World
        Time and sleep; its sleep ends with `Stopped` when a stop is asked for.
    """

    def __init__(
        self, config: LiveConfig, pipeline: Pipeline, fetcher: Fetcher, world: World
    ) -> None:
        self.config = config
        self.pipeline = pipeline
        self.fetcher = fetcher
        self.world = world
        tasks: list[Poll | Inbox] = [*config.poll, *config.inbox]
        self.tasks = {task.name: task for task in tasks}
        for poll in config.poll:
            # A name that does not exist is told now and not at the first poll.
            pipeline.dataset(poll.source, poll.dataset)
        self.failures = dict.fromkeys(self.tasks, 0)
        self.seen: dict[str, tuple[int, int]] = {}
        self.payloads = 0

    def run(self, *, once: bool = False, for_seconds: float = 0.0) -> Iterator[Tick]:
        """Poll when due; yield each poll.

        Parameters
        ----------
        once : bool, optional
            Poll everything once and end.
        for_seconds : float, optional
            End after this time; 0 for never.

        Raises
        ------
        Stopped
            If a stop was asked for during a wait.
        """
        began = self.world.monotonic()
        due = [(began, place, name) for place, name in enumerate(self.tasks)]
        heapq.heapify(due)
        while due:
            at, place, name = heapq.heappop(due)
            if for_seconds and at - began > for_seconds:
                return
            if (wait := at - self.world.monotonic()) > 0:
                self.world.sleep(wait)
            tick = self.tick(name)
            self.payloads += len(tick.ingested)
            if self.payloads >= COMPACT_EVERY:
                self.payloads = 0
                self.pipeline.observations.compact()
            yield tick
            if not once:
                heapq.heappush(due, (self.world.monotonic() + self.pause(name), place, name))

    def pause(self, name: str) -> float:
        """Return the seconds until the next poll: longer after each failure in a row."""
        every = self.tasks[name].every_seconds
        return max(every, min(every * 2.0 ** min(self.failures[name], 20), PAUSE_SECONDS_MAX))

    def tick(self, name: str) -> Tick:
        """Poll once."""
        task = self.tasks[name]
        tick = self.ask(task) if isinstance(task, Poll) else self.look(task)
        self.failures[name] = self.failures[name] + 1 if tick.fault else 0
        return tick

    def until(self, name: str) -> int | None:
        """Return up to when a poll has asked, ns UTC; none if it never has.

        Raises
        ------
        StoreError
            If its state is damaged.
        """
        path = self.pipeline.root / "live" / f"{name}.json"
        if not path.exists():
            return None
        try:
            return int(json.loads(path.read_bytes())["until"])
        except (OSError, ValueError, KeyError, TypeError) as fault:
            message = f"{path} is no state of a poll ({fault!r}); delete it to begin anew"
            raise StoreError(message) from fault

    def ask(self, poll: Poll) -> Tick:
        """Ask for what came since the last poll, and for what may have been corrected."""
        now = self.world.now()
        tick = Tick(poll.name, now)
        dataset = self.pipeline.dataset(poll.source, poll.dataset)
        start = min(self.until(poll.name) or now, now) - round(poll.look_back_seconds * NANOS)
        end = now + round(poll.look_ahead_seconds * NANOS) + 1
        query = Query(start, end, poll.location, poll.options)
        if dataset.requests is None:
            fault = f"{poll.source} {poll.dataset} is only read from files; use an [[inbox]]"
            return Tick(poll.name, now, fault=fault)
        try:
            asked = set()
            for window in windows(query, dataset.window_seconds):
                for request in dataset.requests(window):
                    if (key := request_key(request)) in asked:
                        # A file that spans two windows.
                        continue
                    asked.add(key)
                    try:
                        received = self.fetcher.fetch(dataset, request)
                    except FetchError as fault:
                        if fault.status not in REFUSED:
                            raise
                        tick.refused.append(str(fault))
                        continue
                    if received.is_new or not self.pipeline.has(received):
                        tick.ingested.append(self.pipeline.take(received))
                    else:
                        tick.unchanged += 1
        except FetchError as fault:
            tick.fault = str(fault)
            return tick
        state = {"until": now, "source": poll.source, "dataset": poll.dataset}
        write_whole(self.pipeline.root / "live" / f"{poll.name}.json", json.dumps(state).encode())
        return tick

    def look(self, inbox: Inbox) -> Tick:
        """Ingest the files of an inbox that are new, oldest first."""
        now = self.world.now()
        tick = Tick(inbox.name, now)
        folder = self.config.path(inbox.path)
        if not folder.is_dir():
            return Tick(inbox.name, now, fault=f"{folder} is not there; make the folder")
        found = []
        for path in payload_files(folder):
            stat = path.stat()
            mark = (stat.st_mtime_ns, stat.st_size)
            is_settled = stat.st_mtime_ns + inbox.settle_seconds * NANOS <= now
            if (
                is_settled
                and self.seen.get(str(path)) != mark
                and not DOCUMENTATION.search(path.name)
            ):
                found.append((stat.st_mtime_ns, path, mark))
        for _, path, mark in sorted(found):
            tick.ingested.append(self.pipeline.take_file(path))
            self.seen[str(path)] = mark
        return tick
