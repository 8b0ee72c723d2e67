"""A session of a venue, its batches of events and its books."""

from __future__ import annotations

import secrets as randomness
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self

from wattbook import _core
from wattbook.domain import Price, Table, Volume
from wattbook.errors import InputError
from wattbook.ingest.venue.secrets import Secrets, environment_secrets, needed

__all__ = [
    "BookLevel",
    "VenueBatch",
    "VenueBook",
    "VenueSession",
    "VenueStatistics",
    "no_events",
    "replay",
]

BATCH_EVENTS = 65_536
WAIT_SECONDS = 1.0
SLICE_SECONDS = 0.2
"""Longest wait without looking whether Ctrl-C was pressed."""


@dataclass(frozen=True, slots=True, eq=False)
class VenueBatch:
    """Events in their order, as one Arrow table a kind, each of which any Arrow library reads.

    ``sequence`` numbers the events of a session over all tables, from 1. Prices and volumes are
    exact decimals in the instrument's units, times timestamp(ns, UTC).

    Parameters
    ----------
    instruments : Table
        Contracts listed: the columns of `wattbook.domain.Instrument`, then ``sequence``,
        ``venue_contract`` and ``venue_area`` as the venue calls them. A changed listing comes
        again.
    book_changes : Table
        ``sequence``, ``ts_event``, ``ts_recv``, ``instrument``, ``action`` (add, modify, delete,
        clear), ``side``, ``venue_order`` (0 for a price level), ``price``, ``volume`` and the
        venue's ``revision``.
    trades : Table
        The columns of `wattbook.domain.Trade` behind those three, and ``revision``.
    phases : Table
        The columns of `wattbook.domain.SessionPhase` likewise.
    capacities : Table
        ``from_area``, ``to_area``, ``delivery_start``, ``delivery_end``, ``forward_mw``,
        ``backward_mw``.
    set_aside : Table
        Messages that cannot be trusted: ``place``, ``offset`` of the fault in the message,
        ``reason``, and ``raw``, at most its first 64 KiB.
    books : Table
        Books that became whole or lack a change: ``instrument``, ``is_whole``, ``revision`` and,
        of a gap, ``revision_expected``.
    cancelled_trades : Table
        ``trade``, the venue's number of one that is no longer valid.
    own_orders : Table
        Orders of our own, whenever the venue tells of one: ``ts_event``, ``ts_recv``,
        ``instrument``, ``order`` (the venue's code), ``venue_order`` (its number in its book),
        ``first_order`` (from which it was made by changes), ``client_order``, ``side``, ``price``,
        ``volume`` (still open), ``state`` (pending, active, hibernated, inactive, rejected),
        ``action`` (user_added, user_modified, user_hibernated, user_deleted, system_modified,
        system_hibernated, system_deleted, partly_executed, executed, slice_added, or the venue's
        own word) and the venue's ``revision``.
    own_orders_whole : Table
        That every order of ours that stands was told since the last login; others are gone.
    own_trades : Table
        Trades of our own, each revision once: ``ts_event``, ``ts_recv``, ``instrument``, ``trade``
        (the number that public trades have), ``order``, ``venue_order``, ``client_order``,
        ``side`` (ours), ``price``, ``volume``, ``is_taker`` (missing where the venue does not
        tell), ``is_valid`` (it stands) and ``revision``.
    notices : Table
        ``text`` of the venue to its participants.
    states : Table
        How the session got on: ``state`` (connecting, logged_in, live, renewed, lost, stopped), of
        a loss ``reason`` and ``retry_at``.
    """

    instruments: Table
    book_changes: Table
    trades: Table
    phases: Table
    capacities: Table
    set_aside: Table
    books: Table
    cancelled_trades: Table
    own_orders: Table
    own_orders_whole: Table
    own_trades: Table
    notices: Table
    states: Table

    def __len__(self) -> int:
        """Events in all tables."""
        return sum(len(table) for table in self.tables().values())

    def tables(self) -> dict[str, Table]:
        """Return every table by its name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class BookLevel:
    """What stands at a price: volume and number of orders (0 where the venue does not say)."""

    price: Price
    volume: Volume
    orders: int


@dataclass(frozen=True, slots=True)
class VenueBook:
    """A book as of the events that were taken.

    Parameters
    ----------
    instrument : int
        The session's number of it.
    is_whole : bool
        Whether it lacks nothing: snapshot taken, no revision missing, session connected.
    revision : int
        The venue's, 0 where it has none.
    bids, asks : tuple of BookLevel
        Best first.
    anomalies : int
        Changes that did not fit the book, or lay off its grid of prices and volumes.
    """

    instrument: int
    is_whole: bool
    revision: int
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
    anomalies: int

    @property
    def best_bid(self) -> BookLevel | None:
        """The highest bid, none on an empty side."""
        return self.bids[0] if self.bids else None

    @property
    def best_ask(self) -> BookLevel | None:
        """The lowest ask, none on an empty side."""
        return self.asks[0] if self.asks else None


@dataclass(frozen=True, slots=True)
class VenueStatistics:
    """What a session has said so far.

    ``instruments`` counts changed listings too, ``book_changes`` the clear before a snapshot too,
    ``own_orders`` words on orders of our own, ``own_orders_whole`` how often all that stand were
    told, ``own_trades`` revisions of trades of our own, ``snapshots`` books that became whole,
    ``gaps`` those that lacked a change, ``losses`` connections lost or not made. ``last_loss`` is
    why, and ``recording_fault`` why the recording ended early; both are empty if nothing happened.
    """

    state: str
    events: int
    instruments: int
    book_changes: int
    trades: int
    trades_cancelled: int
    phases: int
    capacities: int
    own_orders: int
    own_orders_whole: int
    own_trades: int
    notices: int
    set_aside: int
    snapshots: int
    gaps: int
    logins: int
    losses: int
    last_loss: str
    recording_fault: str


class VenueSession:
    """A session on threads of its own; use it in a ``with``, which logs out.

    Made by `VenueSession.open`. Events wait in a bounded queue; while it is full the session reads
    nothing, so that the venue is held up by its own protocol, but heartbeats go on. While a call
    waits, other Python threads run.
    """

    def __init__(self, session: _core.VenueSession) -> None:
        self._session = session

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        secrets: Secrets | None = None,
        waiting_events_max: int = 65_536,
        recording: Path | None = None,
        seed: int | None = None,
    ) -> Self:
        """Open the session that a file describes, and return while it connects.

        Parameters
        ----------
        path : Path
            The venue's TOML file; paths in its table ``[tls]`` are relative to its folder.
        secrets : callable, optional
            Gives user and password, once; by default those of the environment variables
            ``WATTBOOK_VENUE_USER`` and ``WATTBOOK_VENUE_PASSWORD``.
        waiting_events_max : int, optional
            Events that may wait to be taken.
        recording : Path, optional
            A new file that keeps what is heard and sent, for `replay`. Secrets are among it, so
            only its owner may read it.
        seed : int, optional
            Decides jitter, masks and nonces; a recording is replayed with the same. Random by
            default.

        Raises
        ------
        InputError
            If the file cannot be read or does not fit, or a secret is missing; names the field or
            line.
        FeedError
            If the recording cannot be made.
        """
        text = file_text(path)
        given = needed(text, str(path), secrets or environment_secrets())
        chance = randomness.randbits(63) if seed is None else seed
        try:
            session = _core.VenueSession.open(
                text, path.parent, given, chance, waiting_events_max, recording
            )
        except InputError as fault:
            message = f"{path}: {fault}"
            raise InputError(message) from fault
        return cls(session)

    def take(
        self, most: int = BATCH_EVENTS, wait_seconds: float = WAIT_SECONDS
    ) -> VenueBatch | None:
        """Return up to `most` events, waiting for the first; none once the session is over.

        An empty batch says that nothing came within `wait_seconds`.

        Raises
        ------
        InputError
            If the session is closed.
        """
        until = time.monotonic() + wait_seconds
        while True:
            left = max(until - time.monotonic(), 0.0)
            tables = self._session.take(most, min(left, SLICE_SECONDS))
            if tables is None:
                return None
            batch = VenueBatch(**tables)
            if left <= SLICE_SECONDS or len(batch):
                return batch

    def batches(self, most: int = BATCH_EVENTS) -> Iterator[VenueBatch]:
        """Yield batches as they come, none of them empty, until the session is over."""
        while (batch := self.take(most)) is not None:
            if len(batch):
                yield batch

    def book(self, instrument: int, levels: int = 10) -> VenueBook | None:
        """Return a book with up to `levels` a side, none for an instrument that is not listed."""
        found = self._session.book(instrument, levels)
        if found is None:
            return None
        is_whole, revision, bids, asks, anomalies = found
        sides = [
            tuple(
                BookLevel(Price.from_millionths(price), Volume.from_millionths(volume), orders)
                for price, volume, orders in side
            )
            for side in (bids, asks)
        ]
        return VenueBook(instrument, is_whole, revision, sides[0], sides[1], anomalies)

    def books(self, levels: int = 10) -> dict[int, VenueBook]:
        """Return every book by its instrument's number."""
        found = ((one, self.book(one, levels)) for one in self._session.instruments())
        return {instrument: book for instrument, book in found if book is not None}

    @property
    def statistics(self) -> VenueStatistics:
        """What the events that were taken said."""
        counts, state, last_loss, fault = self._session.statistics()
        return VenueStatistics(state=state, last_loss=last_loss, recording_fault=fault, **counts)

    def stop(self) -> None:
        """Ask the session to log out; what it still says can be taken, until `take` gives none."""
        self._session.stop()

    def close(self) -> None:
        """Log out and end the threads; what was not taken is dropped. Twice is no fault."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def replay(path: Path, recording: Path, *, seed: int, secrets: Secrets | None = None) -> VenueBatch:
    """Return what the session of a file says to a recording: the same events as when it was made.

    Parameters
    ----------
    path : Path
        The venue's file, as it was.
    recording : Path
        What `VenueSession.open` kept.
    seed : int
        That of the recorded session.
    secrets : callable, optional
        As for `VenueSession.open`.

    Raises
    ------
    InputError
        If the file does not fit, or the recording cannot be read; names the byte.
    """
    text = file_text(path)
    given = needed(text, str(path), secrets or environment_secrets())
    try:
        heard = recording.read_bytes()
    except OSError as fault:
        message = f"{recording} cannot be read ({fault.strerror}); give a recording"
        raise InputError(message) from fault
    return VenueBatch(**_core.venue_replay(text, given, seed, heard))


def no_events() -> VenueBatch:
    """Return a batch without events: what columns every table has.

    Examples
    --------
    >>> len(no_events())
    0
    """
    return VenueBatch(**_core.venue_tables())


def file_text(path: Path) -> str:
    """Return the text of a venue's file.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        message = f"{path} cannot be read as a venue's file: {fault}"
        raise InputError(message) from fault
