"""A venue's session on its way into the stores: events become rows, bad messages are set aside."""

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from wattbook.errors import WattbookError
from wattbook.ingest.venue import (
    VenueBatch,
    VenueSession,
    VenueStatistics,
    environment_secrets,
    no_events,
)
from wattbook.runtime.ingest.live_config import LiveConfig, VenueLine
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.store.observations import Batch
from wattbook.store.quarantine import Part
from wattbook.store.tables import frames

__all__ = ["KINDS", "VenueIntake", "VenueIntakes", "VenueWord"]

BATCH_EVENTS = 65_536
WAITING_EVENTS_MAX = 262_144
WAIT_SECONDS = 0.2
COMPACT_EVERY = 256

KINDS = {
    "instruments": "venue_instrument",
    "book_changes": "venue_book_change",
    "trades": "venue_trade",
    "phases": "venue_phase",
    "capacities": "venue_capacity",
    "books": "venue_book",
    "cancelled_trades": "venue_cancelled_trade",
    "own_orders": "venue_own_order",
    "own_orders_whole": "venue_own_orders_whole",
    "own_trades": "venue_own_trade",
    "notices": "venue_notice",
    "states": "venue_state",
}
"""Tables of a `VenueBatch` and the kinds of table under which the store keeps them."""


@dataclass(frozen=True, slots=True)
class VenueWord:
    """Something that whoever watches should know.

    Parameters
    ----------
    name : str
        Of the venue.
    at : int
        When, ns UTC.
    text : str
        What happened; empty for a mere count.
    events : int
        How many more events came.
    is_fault : bool
        Whether it is bad news.
    """

    name: str
    at: int
    text: str = ""
    events: int = 0
    is_fault: bool = False


@dataclass(slots=True)
class Waiting:
    """Events that are not stored yet, by when they were taken (ns UTC)."""

    batches: list[tuple[int, VenueBatch]] = field(default_factory=list)
    events: int = 0
    since: float = 0.0

    def add(self, at: int, batch: VenueBatch) -> None:
        """Take in a batch."""
        if not self.batches:
            self.since = time.monotonic()
        self.batches.append((at, batch))
        self.events += len(batch)

    def is_due(self, seconds: float) -> bool:
        """Return whether it is time to store them."""
        is_late = bool(self.batches) and time.monotonic() - self.since >= seconds
        return is_late or self.events >= WAITING_EVENTS_MAX


class VenueIntake:
    """The session of one venue, stored as it comes.

    Rows are kept by kind (`KINDS`) with the venue's name as their source, in the order of their
    ``commit`` and ``sequence``. All that one store takes counts at once, or not at all.

    Parameters
    ----------
    line : VenueLine
        Which venue.
    path : Path
        Its file.
    pipeline : Pipeline
        Where to.
    tell : callable
        Called from the intake's thread with what happened.

    Raises
    ------
    InputError
        If the venue's file does not fit, or a secret is missing.
    SchemaError
        If the registry refuses the columns of a kind; no session is opened then, so that no row
        comes that could not be stored.
    """

    def __init__(
        self, line: VenueLine, path: Path, pipeline: Pipeline, tell: Callable[[VenueWord], None]
    ) -> None:
        self.line = line
        self.path = path
        self.pipeline = pipeline
        self.tell = tell
        register_kinds(pipeline)
        secrets = environment_secrets(line.user_variable, line.password_variable)
        self.session = VenueSession.open(path, secrets=secrets)
        began = dt.datetime.fromtimestamp(pipeline.now() / 1e9, dt.UTC)
        self.run_name = f"{began:%Y-%m-%dT%H:%M:%S.%fZ}"
        self.waiting = Waiting()
        self.statistics: VenueStatistics = self.session.statistics
        self.stored = 0
        self.stores = 0
        self.fault = ""

    def run(self, over: threading.Event) -> None:
        """Follow the session until `over`, log out, and store what it said to the end."""
        is_stopping = False
        try:
            while True:
                if over.is_set() and not is_stopping:
                    self.session.stop()
                    is_stopping = True
                batch = self.session.take(BATCH_EVENTS, WAIT_SECONDS)
                if batch is None:
                    break
                if len(batch):
                    self.hear(batch)
                if self.waiting.is_due(self.line.store_seconds):
                    self.store()
            self.store()
        except Exception as fault:  # noqa: BLE001 - a thread that dies unseen would lose what comes
            is_known = isinstance(fault, WattbookError)
            self.fault = str(fault) if is_known else f"{type(fault).__name__}: {fault}"
            self.say(self.fault, is_fault=True)
            self.session.stop()

    def say(self, text: str = "", *, events: int = 0, is_fault: bool = False) -> None:
        """Tell what happened."""
        self.tell(VenueWord(self.line.name, self.pipeline.now(), text, events, is_fault))

    def hear(self, batch: VenueBatch) -> None:
        """Take in a batch; tell what concerns whoever watches."""
        self.waiting.add(self.pipeline.now(), batch)
        self.statistics = self.session.statistics
        self.say(events=len(batch))
        for state, reason in pl.DataFrame(batch.states).select("state", "reason").iter_rows():
            self.say(f"{state}: {reason}" if reason else state, is_fault=state == "lost")
        if count := len(batch.set_aside):
            self.say(f"{count:,} set aside", is_fault=True)

    def store(self) -> None:
        """Store what waits: parts that cannot be trusted first, so that none is lost, then rows."""
        if not self.waiting.batches:
            return
        waiting, self.waiting = self.waiting, Waiting()
        now = self.pipeline.now()
        self.pipeline.quarantine.hold(self.parts(waiting.batches), now)
        first = self.stored + 1
        self.stored += waiting.events
        payload = f"{self.line.name}/{self.run_name}/{first}-{self.stored}"
        rows = rows_by_kind([batch for _, batch in waiting.batches])
        batch = Batch(self.line.name, "venue", payload, now, pl.DataFrame(), rows)
        self.pipeline.observations.append(batch)
        self.stores += 1
        if self.stores % COMPACT_EVERY == 0:
            self.pipeline.observations.compact()

    def parts(self, batches: Sequence[tuple[int, VenueBatch]]) -> list[Part]:
        """Return the messages that were set aside as the quarantine keeps them.

        Each is a part of its own, even if the same bytes come again: its place names the event.
        """
        return [
            Part(
                self.line.name,
                "venue",
                hashlib.sha256(raw).hexdigest(),
                place,
                str(self.path.resolve()),
                at,
                f"{place}, event {sequence} of {self.run_name}",
                offset,
                reason,
                raw,
            )
            for at, batch in batches
            if len(batch.set_aside)
            for sequence, place, offset, reason, raw in pl.DataFrame(batch.set_aside).iter_rows()
        ]


def rows_by_kind(batches: Sequence[VenueBatch]) -> dict[str, pl.DataFrame]:
    """Return rows as the store keeps them; those of parts set aside are left to the quarantine.

    Times become int64 ns UTC. The store's own ``ts_recv`` is when the rows came in together, so
    that of each message goes by ``ts_recv_message``.
    """
    found: dict[str, list[pl.DataFrame]] = {}
    for batch in batches:
        tables = batch.tables()
        named = {kind: tables[name] for name, kind in KINDS.items() if len(tables[name])}
        for kind, frame in frames(named).items():
            found.setdefault(kind, []).append(frame)
    return {kind: as_stored(pl.concat(several)) for kind, several in found.items()}


def as_stored(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of a table with the columns that the store keeps."""
    instants = pl.selectors.datetime("ns", "*").cast(pl.Int64)
    return rows.with_columns(instants).rename({"ts_recv": "ts_recv_message"}, strict=False)


def register_kinds(pipeline: Pipeline) -> None:
    """Register the columns of every kind of row that a venue may bring.

    Raises
    ------
    SchemaError
        If the registry refuses those of one; names kind and columns.
    """
    tables = no_events().tables()
    for kind, frame in frames({kind: tables[name] for name, kind in KINDS.items()}).items():
        pipeline.register(kind, as_stored(frame).schema)


class VenueIntakes:
    """Every venue of a config file, each on a thread of its own; use it in a ``with``.

    Parameters
    ----------
    config : LiveConfig
        Which venues.
    pipeline : Pipeline
        Where to.
    tell : callable
        Called with what happened, from any of the threads but never from two at once.

    Raises
    ------
    InputError
        If the file of one does not fit, or a secret is missing; none runs then.
    SchemaError
        If the registry refuses the columns of a kind of row; none runs then.
    """

    def __init__(
        self, config: LiveConfig, pipeline: Pipeline, tell: Callable[[VenueWord], None]
    ) -> None:
        self.over = threading.Event()
        lock = threading.Lock()

        def tell_alone(word: VenueWord) -> None:
            with lock:
                tell(word)

        self.intakes: list[VenueIntake] = []
        try:
            for line in config.venue:
                path = config.path(line.file)
                self.intakes.append(VenueIntake(line, path, pipeline, tell_alone))
        except BaseException:
            for intake in self.intakes:
                intake.session.close()
            raise
        # Daemons: a second Ctrl-C ends the process although a thread still stores.
        self.threads = [
            threading.Thread(
                target=intake.run, args=(self.over,), name=intake.line.name, daemon=True
            )
            for intake in self.intakes
        ]

    @property
    def faults(self) -> dict[str, str]:
        """Why venues are no longer followed, by name."""
        return {intake.line.name: intake.fault for intake in self.intakes if intake.fault}

    def stop(self) -> None:
        """Log out everywhere, store what was said, and wait for it."""
        self.over.set()
        for thread in self.threads:
            thread.join()

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not KeyboardInterrupt:
            self.stop()
        for intake in self.intakes:
            intake.session.close()
