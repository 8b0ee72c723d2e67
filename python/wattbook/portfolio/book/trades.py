"""Structured trades of a book, in all their versions, each with the whole document it came by."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wattbook.errors import InputError
from wattbook.portfolio.book.fpml import Trade, trade_from
from wattbook.store.database import Database

__all__ = ["BookedTrades", "PendingTrade", "TradeBook"]

SCHEMA = """
CREATE TABLE trade (
    number INTEGER PRIMARY KEY,
    deal TEXT NOT NULL,
    version INTEGER,
    state TEXT NOT NULL,
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


@dataclass(frozen=True)
class BookedTrades:
    """What became of the trades of a document."""

    new: int
    unchanged: int
    queued: int


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
        self._base = Database(folder / "trades.sqlite", SCHEMA)

    def book(
        self, trades: Iterable[tuple[str, Trade]], *, file: str, person: str, known_ns: int
    ) -> BookedTrades:
        """Book trades under the numbers given, all at once or not at all.

        The version that stands, or one that waits already, is left alone; another waits for a
        second person.
        """
        new = unchanged = queued = 0
        with self._base.transaction() as base:
            for deal, trade in trades:
                terms = json.dumps(trade.terms, ensure_ascii=False)
                digest = hashlib.sha256(terms.encode()).hexdigest()
                known = base.execute(
                    "SELECT digest, state FROM trade WHERE deal = ? AND state != 'rejected' "
                    "ORDER BY COALESCE(version, 0) DESC",
                    (deal,),
                ).fetchall()
                # What stands, and what waits; an older version may come back.
                stands = [row[0] for row in known if row[1] == "booked"][:1]
                waits = [row[0] for row in known if row[1] == "waiting"]
                if digest in (*stands, *waits):
                    unchanged += 1
                    continue
                is_new = not known
                base.execute(
                    "INSERT INTO trade (deal, version, state, known_ns, entered_by, file, kind, "
                    "trade_date, first, last, currency, parties, legs, terms, digest) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        deal,
                        1 if is_new else None,
                        "booked" if is_new else "waiting",
                        known_ns,
                        person,
                        file,
                        trade.kind,
                        trade.trade_date.isoformat(),
                        trade.start.isoformat(),
                        trade.end.isoformat(),
                        trade.currency,
                        trade.between,
                        ", ".join(one.kind for one in trade.legs),
                        terms,
                        digest,
                    ),
                )
                new += is_new
                queued += not is_new
        return BookedTrades(new, unchanged, queued)

    def pending(self) -> tuple[PendingTrade, ...]:
        """Return the versions that wait, oldest first, with what they change."""
        rows = self._base.rows(
            "SELECT number, deal, entered_by, terms FROM trade WHERE state = 'waiting' "
            "ORDER BY number"
        )
        return tuple(
            PendingTrade(
                int(str(number)),
                str(deal),
                str(person),
                tuple(changes(self.terms(str(deal)), json.loads(str(terms)))),
            )
            for number, deal, person, terms in rows
        )

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
        return tuple((path, value) for path, value in json.loads(str(rows[0][0])))

    def table(self) -> pl.DataFrame:
        """Return the last version of each deal, in the order of booking."""
        rows = self._base.rows(
            "SELECT deal, version, kind, trade_date, first, last, currency, parties, legs, file "
            "FROM trade AS one WHERE state = 'booked' AND version = (SELECT MAX(version) "
            "FROM trade AS other WHERE other.deal = one.deal AND other.state = 'booked') "
            "ORDER BY number"
        )
        names = (
            "deal", "version", "kind", "trade_date", "first", "last", "currency", "parties",
            "legs", "file",
        )  # fmt: skip
        schema = dict.fromkeys(names, pl.String) | {"version": pl.Int64}
        found = pl.DataFrame(rows, schema=schema, orient="row")
        return found.with_columns(pl.col("trade_date", "first", "last").str.to_date())

    def standing(self) -> tuple[tuple[str, int, Trade], ...]:
        """Return number, version and terms of the last version of each deal."""
        return tuple(
            (deal, version, trade_from(self.terms(deal, version)))
            for deal, version in self.table().select("deal", "version").iter_rows()
        )

    def open_on(self, day: dt.date) -> pl.DataFrame:
        """Return the rows of `table` that deliver after a day."""
        return self.table().filter(pl.col("last") > day)


def changes(stands: tuple[tuple[str, str], ...], other: list[list[str]]) -> list[str]:
    """Return in words which terms differ."""
    old: dict[str, str] = dict(stands)
    new: dict[str, str] = {row[0]: row[1] for row in other}
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
