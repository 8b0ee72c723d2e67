"""Structured trades of a book, in all their versions, each with the whole document it came by.

A version states a trade or cancels it; after the first each waits for a second person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import polars as pl

from wattbook.errors import InputError
from wattbook.portfolio.book.fpml import Trade, trade_from
from wattbook.portfolio.book.fpml_message import Message
from wattbook.store.database import Database

__all__ = ["BookedTrades", "PendingTrade", "TradeBook"]

SCHEMA = """
CREATE TABLE trade (
    number INTEGER PRIMARY KEY,
    deal TEXT NOT NULL,
    version INTEGER,
    state TEXT NOT NULL,
    is_cancelled INTEGER NOT NULL,
    correlation TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    known_ns INTEGER NOT NULL,
    entered_by TEXT NOT NULL,
    decided_by TEXT,
    decided_ns INTEGER,
    comment TEXT,
    file TEXT NOT NULL,
    kind TEXT NOT NULL,
    trade_date TEXT NOT NULL,
    first TEXT NOT NULL,
    last TEXT NOT NULL,
    currency TEXT NOT NULL,
    parties TEXT NOT NULL,
    legs TEXT NOT NULL,
    terms TEXT NOT NULL,
    digest TEXT NOT NULL,
    UNIQUE (deal, version)
);
CREATE INDEX trade_deal ON trade (deal, number)
"""
Terms: TypeAlias = tuple[tuple[str, str], ...]
State: TypeAlias = tuple[bool, Terms]
"""Whether a version cancels its deal, and its terms."""


VERSION = 2
SHOWN = "kind, trade_date, first, last, currency, parties, legs"
"""What a version is searched and told by."""


@dataclass(frozen=True)
class BookedTrades:
    """What became of the trades of a document; `older` ones stand behind a later message."""

    new: int
    unchanged: int
    queued: int
    older: int = 0


@dataclass(frozen=True)
class PendingTrade:
    """A version that waits for a second person."""

    number: int
    deal: str
    entered_by: str
    changes: tuple[str, ...]


class TradeBook:
    """The structured trades of a book in a folder; versions follow each other.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Raises
    ------
    StoreError
        If it cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._base = Database(folder / "trades.sqlite", SCHEMA, VERSION)

    def book(
        self,
        trades: Iterable[tuple[str, Trade]],
        *,
        file: str,
        person: str,
        known_ns: int,
        message: Message | None = None,
    ) -> BookedTrades:
        """Book trades under the numbers given, all at once or not at all.

        The version that stands, or one that waits already, is left alone, and so is what a later
        message of the same correlation has overtaken; another waits for a second person.
        """
        new = unchanged = queued = older = 0
        with self._base.transaction() as base:
            for deal, trade in trades:
                terms = json.dumps(trade.terms, ensure_ascii=False)
                known = versions_of(base, deal)
                if digest_of(terms) in standing_digests(known):
                    unchanged += 1
                    continue
                if message is not None and any(
                    message.correlation == correlation and 0 < message.sequence <= sequence
                    for _, _, correlation, sequence in known
                ):
                    older += 1
                    continue
                shown = (
                    trade.kind,
                    trade.trade_date.isoformat(),
                    trade.start.isoformat(),
                    trade.end.isoformat(),
                    trade.currency,
                    trade.between,
                    ", ".join(one.kind for one in trade.legs),
                )
                is_new = not known
                state = (1, "booked") if is_new else (None, "waiting")
                told = (known_ns, person, file)
                insert(base, (deal, *state, 0, *place_of(message), *told, *shown), terms)
                new += is_new
                queued += not is_new
        return BookedTrades(new, unchanged, queued, older)

    def cancel(
        self,
        deals: Iterable[str],
        *,
        file: str,
        person: str,
        known_ns: int,
        message: Message | None = None,
    ) -> BookedTrades:
        """Queue the cancellation of deals for a second person, all at once or not at all.

        One that is cancelled, or waits to be, is left alone.

        Raises
        ------
        InputError
            If there is no such deal.
        """
        unchanged = queued = 0
        terms = json.dumps(() if message is None else message.terms, ensure_ascii=False)
        with self._base.transaction() as base:
            for deal in deals:
                row = base.execute(
                    f"SELECT is_cancelled, {SHOWN} FROM trade WHERE deal = ? "  # noqa: S608
                    "AND state = 'booked' ORDER BY version DESC LIMIT 1",
                    (deal,),
                ).fetchone()
                if row is None:
                    raise InputError(
                        f"the book has no structured deal {deal!r}; list those that it has"
                    )
                waits = base.execute(
                    "SELECT 1 FROM trade WHERE deal = ? AND state = 'waiting' AND is_cancelled",
                    (deal,),
                ).fetchone()
                if row[0] or waits is not None:
                    unchanged += 1
                    continue
                place = place_of(message)
                told = (known_ns, person, file)
                insert(base, (deal, None, "waiting", 1, *place, *told, *row[1:]), terms)
                queued += 1
        return BookedTrades(0, unchanged, queued)

    def named(self, message: Message) -> tuple[str, ...]:
        """Return the deals that a message is on: by its correlation, else by its numbers."""
        rows = self._base.rows(
            "SELECT deal, MAX(correlation = ? AND correlation != '') FROM trade "
            "WHERE state = 'booked' GROUP BY deal ORDER BY MIN(number)",
            (message.correlation,),
        )
        by_correlation = tuple(str(deal) for deal, is_same in rows if is_same)
        numbers = message.numbers
        if by_correlation:
            named = tuple(one for one in by_correlation if is_called(one, numbers))
            return named or by_correlation
        return tuple(str(deal) for deal, _ in rows if is_called(str(deal), numbers))

    def pending(self) -> tuple[PendingTrade, ...]:
        """Return the versions that wait, oldest first, with what they change."""
        rows = self._base.rows(
            "SELECT number, deal, entered_by, is_cancelled, terms FROM trade "
            "WHERE state = 'waiting' ORDER BY number"
        )
        return tuple(
            PendingTrade(
                int(str(number)),
                str(deal),
                str(person),
                tuple(told(self.last(str(deal)), (bool(is_cancelled), read_terms(terms)))),
            )
            for number, deal, person, is_cancelled, terms in rows
        )

    def last(self, deal: str) -> State:
        """Return whether a deal's last version cancels it, and its terms."""
        ((is_cancelled, terms),) = self._base.rows(
            "SELECT is_cancelled, terms FROM trade WHERE deal = ? AND state = 'booked' "
            "ORDER BY version DESC LIMIT 1",
            (deal,),
        )
        return bool(is_cancelled), read_terms(terms)

    def history(self, deal: str) -> pl.DataFrame:
        """Return every version of a deal, also those that wait or were rejected, in their order.

        Returns
        -------
        polars.DataFrame
            ``version`` (none of one that does not stand), ``state``, ``status`` (live or
            cancelled), ``known_ns``, ``entered_by``, ``decided_by``, ``decided_ns``, ``comment``,
            ``file``, and ``changes`` of the version that stood before, in words.

        Raises
        ------
        InputError
            If there is no such deal.
        """
        rows = self._base.rows(
            "SELECT version, state, is_cancelled, known_ns, entered_by, decided_by, decided_ns, "
            "comment, file, terms FROM trade WHERE deal = ? ORDER BY number",
            (deal,),
        )
        if not rows:
            raise InputError(f"the book has no structured deal {deal!r}; list those that it has")
        stood: State | None = None
        made = []
        for version, state, is_cancelled, *entered, terms in rows:
            here = bool(is_cancelled), read_terms(terms)
            changed = "" if stood is None else "; ".join(told(stood, here))
            status = "cancelled" if is_cancelled else "live"
            made.append((version, state, status, *entered, changed))
            stood = here if state == "booked" else stood
        schema = {
            "version": pl.Int64,
            "state": pl.String,
            "status": pl.String,
            "known_ns": pl.Int64,
            "entered_by": pl.String,
            "decided_by": pl.String,
            "decided_ns": pl.Int64,
            "comment": pl.String,
            "file": pl.String,
            "changes": pl.String,
        }
        return pl.DataFrame(made, schema=schema, orient="row")

    def decide(
        self, number: int, *, person: str, approves: bool, known_ns: int, comment: str = ""
    ) -> None:
        """Approve a waiting version, which becomes the deal's next, or reject it.

        Raises
        ------
        InputError
            If it does not wait, or `person` entered it.
        """
        with self._base.transaction() as base:
            row = base.execute(
                "SELECT state, entered_by, deal FROM trade WHERE number = ?", (number,)
            ).fetchone()
            if row is None or row[0] != "waiting":
                raise InputError(f"version T{number} does not wait; list what waits and choose one")
            if row[1] == person:
                raise InputError(
                    f"version T{number} was entered by {person}; a second person decides"
                )
            (last,) = base.execute(
                "SELECT MAX(version) FROM trade WHERE deal = ?", (row[2],)
            ).fetchone()
            base.execute(
                "UPDATE trade SET state = ?, version = ?, decided_by = ?, decided_ns = ?, "
                "comment = ? WHERE number = ?",
                (
                    "booked" if approves else "rejected",
                    last + 1 if approves else None,
                    person,
                    known_ns,
                    comment,
                    number,
                ),
            )

    def terms(self, deal: str, version: int | None = None) -> tuple[tuple[str, str], ...]:
        """Return all terms of a deal's version, of the last by default.

        Raises
        ------
        InputError
            If there is no such deal or version.
        """
        rows = self._base.rows(
            "SELECT terms FROM trade WHERE deal = ? AND state = 'booked' "
            "AND (? IS NULL OR version = ?) ORDER BY version DESC LIMIT 1",
            (deal, version, version),
        )
        if not rows:
            named = f"{deal!r}" if version is None else f"{deal!r} with a version {version}"
            raise InputError(f"the book has no structured deal {named}; list those that it has")
        return read_terms(rows[0][0])

    def table(self) -> pl.DataFrame:
        """Return the last version of each deal, in the order of booking."""
        rows = self._base.rows(
            "SELECT deal, version, CASE is_cancelled WHEN 1 THEN 'cancelled' ELSE 'live' END, "  # noqa: S608
            f"{SHOWN}, file FROM trade AS one WHERE state = 'booked' AND version = "
            "(SELECT MAX(version) FROM trade AS other "
            "WHERE other.deal = one.deal AND other.state = 'booked') ORDER BY number"
        )
        names = (
            "deal", "version", "status", "kind", "trade_date", "first", "last", "currency",
            "parties", "legs", "file",
        )  # fmt: skip
        schema = dict.fromkeys(names, pl.String) | {"version": pl.Int64}
        found = pl.DataFrame(rows, schema=schema, orient="row")
        return found.with_columns(pl.col("trade_date", "first", "last").str.to_date())

    def standing(self) -> tuple[tuple[str, int, Trade], ...]:
        """Return number, version and terms of the last version of each deal that lives."""
        return tuple(
            (deal, version, trade_from(self.terms(deal, version)))
            for deal, version in self.live().select("deal", "version").iter_rows()
        )

    def live(self) -> pl.DataFrame:
        """Return the rows of `table` that are not cancelled."""
        return self.table().filter(pl.col("status") == "live")

    def open_on(self, day: dt.date) -> pl.DataFrame:
        """Return the rows of `table` that deliver after a day."""
        return self.live().filter(pl.col("last") > day)


def insert(base: sqlite3.Connection, row: tuple[object, ...], terms: str) -> None:
    """Add a version: all but its decision and terms are given, in the order of the table."""
    base.execute(
        "INSERT INTO trade (deal, version, state, is_cancelled, correlation, sequence, known_ns, "  # noqa: S608
        f"entered_by, file, {SHOWN}, terms, digest) VALUES ({', '.join('?' * (len(row) + 2))})",
        (*row, terms, digest_of(terms)),
    )


def versions_of(base: sqlite3.Connection, deal: str) -> list[tuple[str, str, str, int]]:
    """Return digest, state, correlation and sequence of what stood or waits, newest first."""
    return base.execute(
        "SELECT digest, state, correlation, sequence FROM trade WHERE deal = ? "
        "AND state != 'rejected' ORDER BY COALESCE(version, 0) DESC",
        (deal,),
    ).fetchall()


def standing_digests(known: list[tuple[str, str, str, int]]) -> set[str]:
    """Return what stands, and what waits; an older version may come back."""
    stands = [row[0] for row in known if row[1] == "booked"][:1]
    return {*stands, *(row[0] for row in known if row[1] == "waiting")}


def digest_of(terms: str) -> str:
    """Return what two documents with the same terms share."""
    return hashlib.sha256(terms.encode()).hexdigest()


def place_of(message: Message | None) -> tuple[str, int]:
    """Return correlation and sequence of a message, nothing for none."""
    return ("", 0) if message is None else (message.correlation, message.sequence)


def is_called(deal: str, numbers: tuple[str, ...]) -> bool:
    """Return whether a deal is called by one of the numbers, or by a file and the number."""
    return any(deal == number or deal.endswith(f" {number}") for number in numbers)


def read_terms(kept: object) -> Terms:
    """Return terms as they are kept."""
    return tuple((path, value) for path, value in json.loads(str(kept)))


def told(stands: State, other: State) -> list[str]:
    """Return in words how a version differs from the one that stands."""
    was_cancelled, old = stands
    is_cancelled, new = other
    if is_cancelled:
        return ["status 'live' to 'cancelled'"]
    return ["status 'cancelled' to 'live'"] if was_cancelled else changes(old, new)


def changes(stands: Terms, other: Terms) -> list[str]:
    """Return in words which terms differ."""
    old, new = dict(stands), dict(other)
    told = [
        f"{path.rpartition('/')[2]} {old[path]!r} to {value!r}"
        for path, value in new.items()
        if path in old and old[path] != value
    ]
    told += [f"{path.rpartition('/')[2]} {value!r} added" for path, value in new.items()
             if path not in old]  # fmt: skip
    told += [f"{path.rpartition('/')[2]} {value!r} gone" for path, value in old.items()
             if path not in new]  # fmt: skip
    return told
