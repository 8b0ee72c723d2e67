"""The folder of a book: deals in all their versions, what waits for approval, closed days."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from wattbook.errors import InputError
from wattbook.portfolio.book.deals import DEALS, MILLION, Refusal
from wattbook.portfolio.book.references import REFERENCE_SCHEMA, References
from wattbook.store.database import Database

__all__ = ["ClosedDay", "DealBook", "Imported", "Pending"]

NAMES = tuple(DEALS)
COLUMNS = ", ".join(NAMES)
MARKS = ", ".join("?" * len(NAMES))
SCHEMA = """
CREATE TABLE source (
    number INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    known_ns INTEGER NOT NULL,
    person TEXT NOT NULL
);
CREATE TABLE deal (
    number INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    known_ns INTEGER NOT NULL,
    entered_by TEXT NOT NULL,
    approved_by TEXT,
    source INTEGER NOT NULL,
    row INTEGER NOT NULL,
    deal TEXT NOT NULL, trade_date TEXT NOT NULL, book TEXT NOT NULL, trader TEXT NOT NULL,
    counterparty TEXT NOT NULL, product TEXT NOT NULL, power INTEGER NOT NULL,
    price INTEGER NOT NULL, currency TEXT NOT NULL, fee INTEGER NOT NULL,
    UNIQUE (deal, version)
);
CREATE TABLE pending (
    number INTEGER PRIMARY KEY,
    made_on INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    known_ns INTEGER NOT NULL,
    entered_by TEXT NOT NULL,
    decided_by TEXT,
    decided_ns INTEGER,
    comment TEXT,
    source INTEGER NOT NULL,
    row INTEGER NOT NULL,
    deal TEXT NOT NULL, trade_date TEXT NOT NULL, book TEXT NOT NULL, trader TEXT NOT NULL,
    counterparty TEXT NOT NULL, product TEXT NOT NULL, power INTEGER NOT NULL,
    price INTEGER NOT NULL, currency TEXT NOT NULL, fee INTEGER NOT NULL
);
CREATE TABLE refused (
    number INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    row INTEGER NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    UNIQUE (source, row, field, value)
);
CREATE TABLE closed (
    day TEXT PRIMARY KEY,
    deals INTEGER NOT NULL,
    made_ns INTEGER NOT NULL,
    digest TEXT NOT NULL,
    folder TEXT NOT NULL,
    signed_by TEXT,
    signed_ns INTEGER
)
"""
VERSION = 2
LATEST = f"""
SELECT version, number, known_ns, {COLUMNS} FROM deal AS one
WHERE number <= ? AND version = (
    SELECT MAX(version) FROM deal AS other WHERE other.deal = one.deal AND other.number <= ?
) ORDER BY number
"""  # noqa: S608 - the columns are ours


@dataclass(frozen=True)
class Imported:
    """What became of a file.

    Parameters
    ----------
    new, unchanged, queued : int
        Deals booked, deals that stand as they were, amendments that wait for approval.
    late : int
        Of the new, how many were made on a day that is closed.
    refused : tuple of Refusal
    """

    new: int
    unchanged: int
    queued: int
    late: int
    refused: tuple[Refusal, ...]


@dataclass(frozen=True)
class Pending:
    """An amendment that waits for a second person.

    Parameters
    ----------
    number : int
        To approve or reject it by.
    state : str
        ``waiting``, ``approved`` or ``rejected``.
    reason : str
        Why it waits.
    entered_by : str
    deal : dict of str to object
        As it would be.
    """

    number: int
    state: str
    reason: str
    entered_by: str
    deal: dict[str, Any]


@dataclass(frozen=True)
class ClosedDay:
    """A day that is closed.

    Parameters
    ----------
    day : date
    deals : int
        Number of the last row of a deal that it knew.
    digest : str
        Of all that the close found.
    folder : str
        Name of the folder that it lies in.
    signed_by : str or None
    """

    day: dt.date
    deals: int
    digest: str
    folder: str
    signed_by: str | None


class DealBook:
    """A book in a folder. Nothing in it is ever changed or removed: versions follow each other.

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
        self.folder = folder
        schema = f"{SCHEMA};{REFERENCE_SCHEMA}"
        self._base = Database(folder / "book.sqlite", schema, VERSION)
        self.references = References(self._base)

    def book(
        self,
        deals: pl.DataFrame,
        refused: Iterable[Refusal],
        *,
        sha256: str,
        name: str,
        person: str,
        known_ns: int,
        is_once: bool = False,
    ) -> Imported:
        """Book the deals of a file, all at once or not at all.

        A deal that is there as it stands is left alone; one that differs waits for the approval of
        a second person. A file that comes again books only what was refused before.

        Parameters
        ----------
        deals : polars.DataFrame
            Columns of `DEALS` and ``row``.
        refused : iterable of Refusal
            Kept beside them.
        sha256, name : str
            Of the file.
        person : str
            Who brings it.
        known_ns : int, ns UTC
        is_once : bool
            Whether `sha256` is that of a key: what comes again under it has the same name, books
            nothing and gets the first one's answer, `late` left out.

        Raises
        ------
        InputError
            If the key came with another name.
        """
        aside = tuple(refused)
        with self._base.transaction() as base:
            if is_once and (before := first_answer(base, sha256, name)) is not None:
                return before
            source, handled = source_of(base, sha256, name, known_ns, person)
            base.executemany(
                "INSERT OR IGNORE INTO refused (source, row, field, value, reason) "
                "VALUES (?, ?, ?, ?, ?)",
                [(source, one.row, one.field, one.value, one.reason) for one in aside],
            )
            standing = {
                row[0]: row
                for row in base.execute(
                    f"SELECT {COLUMNS}, version FROM deal AS one WHERE version = "  # noqa: S608
                    "(SELECT MAX(version) FROM deal AS other WHERE other.deal = one.deal)"
                )
            }
            waiting = set(
                base.execute(f"SELECT {COLUMNS} FROM pending WHERE state = 'waiting'")  # noqa: S608
            )
            closed = last_closed(base)
            fresh, changed, unchanged, late = [], [], 0, 0
            for row, *values in deals.select("row", *NAMES).iter_rows():
                if row in handled:
                    # The file came before: what became of the deal since then stands.
                    unchanged += 1
                    continue
                entry = (values[0], values[1].isoformat(), *values[2:])
                stands = standing.get(entry[0])
                if stands is None:
                    fresh.append((known_ns, person, source, row, *entry))
                    late += closed is not None and entry[1] <= closed
                elif stands[:-1] == entry or entry in waiting:
                    unchanged += 1
                else:
                    reason = amended(stands[:-1], entry, closed)
                    changed.append((stands[-1], reason, known_ns, person, source, row, *entry))
            base.executemany(
                f"INSERT INTO deal (version, known_ns, entered_by, source, row, {COLUMNS}) "  # noqa: S608
                f"VALUES (1, ?, ?, ?, ?, {MARKS})",
                fresh,
            )
            base.executemany(
                "INSERT INTO pending (state, made_on, reason, known_ns, entered_by, source, row, "  # noqa: S608
                f"{COLUMNS}) VALUES ('waiting', ?, ?, ?, ?, ?, ?, {MARKS})",
                changed,
            )
        return Imported(len(fresh), unchanged, len(changed), late, aside)

    def pending(self, *, state: str = "waiting") -> tuple[Pending, ...]:
        """Return the amendments of a state, oldest first."""
        rows = self._base.rows(
            f"SELECT number, state, reason, entered_by, {COLUMNS} FROM pending "  # noqa: S608
            "WHERE state = ? ORDER BY number",
            (state,),
        )
        return tuple(
            Pending(int(str(row[0])), str(row[1]), str(row[2]), str(row[3]),
                    dict(zip(NAMES, row[4:], strict=True)))
            for row in rows
        )  # fmt: skip

    def decide(
        self, number: int, *, person: str, approves: bool, known_ns: int, comment: str = ""
    ) -> None:
        """Approve an amendment, which becomes the deal's next version, or reject it.

        Raises
        ------
        InputError
            If it does not wait, `person` entered it, or the deal has another version by now.
        """
        with self._base.transaction() as base:
            row = base.execute(
                f"SELECT state, entered_by, source, row, {COLUMNS}, made_on "  # noqa: S608
                "FROM pending WHERE number = ?",
                (number,),
            ).fetchone()
            if row is None or row[0] != "waiting":
                state = "is not there" if row is None else f"is {row[0]}"
                raise InputError(f"amendment {number} {state}; list what waits and choose one")
            if row[1] == person:
                raise InputError(
                    f"amendment {number} was entered by {person}; a second person decides"
                )
            *row, made_on = row
            version = base.execute(
                "SELECT MAX(version) FROM deal WHERE deal = ?", (row[4],)
            ).fetchone()[0]
            if approves and version != made_on:
                raise InputError(
                    f"amendment {number} was made on version {made_on} of {row[4]}, which is at "
                    f"version {version} now; reject it and import the deal as it shall be"
                )
            base.execute(
                "UPDATE pending SET state = ?, decided_by = ?, decided_ns = ?, comment = ? "
                "WHERE number = ?",
                ("approved" if approves else "rejected", person, known_ns, comment, number),
            )
            if approves:
                base.execute(
                    f"INSERT INTO deal (version, known_ns, entered_by, approved_by, source, row, "  # noqa: S608
                    f"{COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, {MARKS})",
                    (version + 1, known_ns, row[1], person, *row[2:]),
                )

    def refused(self) -> pl.DataFrame:
        """Return every row that was refused: file, row, field, value, reason."""
        rows = self._base.rows(
            "SELECT name, row, field, value, reason FROM refused JOIN source "
            "ON source.number = refused.source ORDER BY refused.number"
        )
        return pl.DataFrame(
            rows,
            schema={
                "file": pl.String,
                "row": pl.Int64,
                "field": pl.String,
                "value": pl.String,
                "reason": pl.String,
            },
            orient="row",
        )

    def has(self, deal: str) -> bool:
        """Whether there is a deal of a number."""
        return bool(self._base.rows("SELECT 1 FROM deal WHERE deal = ? LIMIT 1", (deal,)))

    def history(self, deal: str) -> pl.DataFrame:
        """Return every version of a deal, with who entered and approved it and when.

        Raises
        ------
        InputError
            If there is no such deal.
        """
        rows = self._base.rows(
            f"SELECT version, known_ns, entered_by, approved_by, {COLUMNS} FROM deal "  # noqa: S608
            "WHERE deal = ? ORDER BY version",
            (deal,),
        )
        if not rows:
            raise InputError(f"the book has no deal {deal!r}; give the number of one that it has")
        schema = {
            "version": pl.Int64,
            "known_ns": pl.Int64,
            "entered_by": pl.String,
            "approved_by": pl.String,
            **DEALS,
            "trade_date": pl.String,
        }
        return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
            pl.col("trade_date").str.to_date()
        )

    def last_number(self) -> int:
        """Return the number of the last row of a deal, 0 for none."""
        ((number,),) = self._base.rows("SELECT COALESCE(MAX(number), 0) FROM deal")
        return int(str(number))

    def deals(self, number: int) -> pl.DataFrame:
        """Return the latest version of each deal, as the book was when row `number` was its last.

        Columns ``version``, ``number``, ``known_ns`` and those of `DEALS`.
        """
        schema = {
            "version": pl.Int64,
            "number": pl.Int64,
            "known_ns": pl.Int64,
            **DEALS,
            "trade_date": pl.String,
        }
        rows = self._base.rows(LATEST, (number, number))
        return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
            pl.col("trade_date").str.to_date()
        )

    def closed(self) -> tuple[ClosedDay, ...]:
        """Return the closed days in order."""
        rows = self._base.rows(
            "SELECT day, deals, digest, folder, signed_by FROM closed ORDER BY day"
        )
        return tuple(
            ClosedDay(
                dt.date.fromisoformat(str(day)),
                int(str(deals)),
                str(digest),
                str(folder),
                None if signed is None else str(signed),
            )
            for day, deals, digest, folder, signed in rows
        )

    def check_open(self, day: dt.date) -> None:
        """Refuse a day that can no longer be closed.

        Raises
        ------
        InputError
            If the day is signed, or a later one is closed.
        """
        with self._base.transaction() as base:
            refuse_closed(base, day)

    def keep_close(
        self,
        day: dt.date,
        *,
        deals: int,
        digest: str,
        folder: str,
        before: str | None,
        made_ns: int,
    ) -> None:
        """Note a close; one that is not signed is replaced.

        Parameters
        ----------
        day, deals, digest, folder
            As of `ClosedDay`.
        before : str or None
            Folder of the close that it was explained from.
        made_ns : int, ns UTC

        Raises
        ------
        InputError
            As `check_open`, or if the close before has been made anew meanwhile.
        """
        with self._base.transaction() as base:
            refuse_closed(base, day)
            row = base.execute(
                "SELECT folder FROM closed WHERE day < ? ORDER BY day DESC LIMIT 1",
                (day.isoformat(),),
            ).fetchone()
            if (None if row is None else row[0]) != before:
                raise InputError(
                    f"the close before {day} was made anew meanwhile; close {day} again"
                )
            base.execute(
                "INSERT OR REPLACE INTO closed (day, deals, made_ns, digest, folder) "
                "VALUES (?, ?, ?, ?, ?)",
                (day.isoformat(), deals, made_ns, digest, folder),
            )

    def sign(self, day: dt.date, *, person: str, known_ns: int) -> None:
        """Sign a closed day off.

        Raises
        ------
        InputError
            If it is not closed, or signed already.
        """
        with self._base.transaction() as base:
            row = base.execute(
                "SELECT signed_by FROM closed WHERE day = ?", (day.isoformat(),)
            ).fetchone()
            if row is None:
                raise InputError(f"{day} is not closed; close it first")
            if row[0] is not None:
                raise InputError(f"{day} is signed by {row[0]} already")
            base.execute(
                "UPDATE closed SET signed_by = ?, signed_ns = ? WHERE day = ?",
                (person, known_ns, day.isoformat()),
            )


def source_of(
    base: sqlite3.Connection, sha256: str, name: str, known_ns: int, person: str
) -> tuple[int, set[int]]:
    """Return the number of a file and which of its rows became something when it came before."""
    row = base.execute("SELECT number FROM source WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        added = base.execute(
            "INSERT INTO source (sha256, name, known_ns, person) VALUES (?, ?, ?, ?)",
            (sha256, name, known_ns, person),
        )
        return int(added.lastrowid or 0), set()
    number = int(row[0])
    rows = base.execute(
        "SELECT row FROM deal WHERE source = ? UNION SELECT row FROM pending WHERE source = ?",
        (number, number),
    )
    return number, {int(found[0]) for found in rows}


def first_answer(base: sqlite3.Connection, sha256: str, name: str) -> Imported | None:
    """Return what became of the one deal of a source, None if it has not come before.

    Raises
    ------
    InputError
        If it came with another name.
    """
    row = base.execute("SELECT number, name FROM source WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        return None
    if row[1] != name:
        raise InputError("the key is that of another deal; take a new key")

    def count(table: str) -> int:
        statement = f"SELECT count(*) FROM {table} WHERE source = ?"  # noqa: S608 - names of ours
        return int(base.execute(statement, (row[0],)).fetchone()[0])

    # An amendment that was approved stands as a deal too.
    queued = count("pending")
    new = 0 if queued else count("deal")
    return Imported(new, int(not new and not queued), queued, 0, ())


def refuse_closed(base: sqlite3.Connection, day: dt.date) -> None:
    """Refuse a day that is signed, or before one that is closed."""
    later = base.execute(
        "SELECT day FROM closed WHERE day > ? ORDER BY day LIMIT 1", (day.isoformat(),)
    ).fetchone()
    if later is not None:
        raise InputError(
            f"a later day, {later[0]}, is closed already; what comes late for {day} belongs to the "
            "next close"
        )
    signed = base.execute(
        "SELECT signed_by FROM closed WHERE day = ? AND signed_by IS NOT NULL", (day.isoformat(),)
    ).fetchone()
    if signed is not None:
        raise InputError(
            f"{day} is signed by {signed[0]}; what comes late belongs to the next close"
        )


def last_closed(base: sqlite3.Connection) -> str | None:
    """Return the last closed day, ISO 8601."""
    row = base.execute("SELECT MAX(day) FROM closed").fetchone()
    return None if row is None else row[0]


def amended(stands: tuple[Any, ...], entry: tuple[Any, ...], closed: str | None) -> str:
    """Say what an amendment changes, and whether of a closed day."""
    changes = [
        f"{name} {plain(name, old)} to {plain(name, new)}"
        for name, old, new in zip(NAMES, stands, entry, strict=True)
        if old != new
    ]
    is_closed = closed is not None and min(str(stands[1]), str(entry[1])) <= closed
    told = f"changes {', '.join(changes)}"
    return f"{told}; made on a closed day, so it is prior-day P&L" if is_closed else told


def plain(name: str, value: object) -> str:
    """Return a value of a deal as people write it."""
    if isinstance(value, int) and name in ("power", "price", "fee"):
        return f"{Decimal(value) / MILLION:f}"
    return str(value)
