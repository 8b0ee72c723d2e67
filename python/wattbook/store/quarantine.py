"""What could not be trusted: every part with its place, reason and bytes, and what became of it.

The payload that a part comes from stays whole in the cache, by its SHA-256.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from wattbook.errors import InputError
from wattbook.store.database import Database

__all__ = ["Change", "Entry", "Part", "QuarantineStore", "State", "part_identity"]

RAW_BYTES_MAX = 64 * 1024
SCHEMA = """
CREATE TABLE part (
    number INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL, dataset TEXT NOT NULL, payload TEXT NOT NULL, name TEXT NOT NULL,
    address TEXT NOT NULL, ts_recv INTEGER NOT NULL, place TEXT NOT NULL,
    offset INTEGER NOT NULL, reason TEXT NOT NULL, raw BLOB NOT NULL, row TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX part_by_payload ON part (payload);
CREATE INDEX part_by_state ON part (state, source);
CREATE TABLE change (
    number INTEGER NOT NULL REFERENCES part (number), at INTEGER NOT NULL, state TEXT NOT NULL,
    who TEXT NOT NULL, why TEXT NOT NULL
);
CREATE INDEX change_by_part ON change (number);
"""


class State(Enum):
    """What became of a part."""

    HELD = "held"
    """Nobody has decided yet; it is used nowhere."""
    RELEASED = "released"
    """Someone vouches for the row: it counts in spite of the rule that refused it."""
    CORRECTED = "corrected"
    """Its payload was read again and the part is no longer refused."""
    DROPPED = "dropped"
    """Someone says that it is worth nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a payload that is to be set aside.

    Parameters
    ----------
    source, dataset : str
        Who read the payload; empty if no source knows it.
    payload : str
        SHA-256 of the payload, in hexadecimal.
    name, address : str
        File name and full address of the payload, without credentials.
    ts_recv : int
        When the payload was received, ns UTC.
    place : str
        Where in the payload, for a person.
    offset : int
        First byte of the part in the unpacked payload.
    reason : str
        What was found and what was expected.
    raw : bytes, optional
        The part itself; cut to 64 KiB.
    row : str, optional
        The row that was read from it and then refused by a rule, as a JSON object, so that it can
        be released; empty if there is none.
    """

    source: str
    dataset: str
    payload: str
    name: str
    address: str
    ts_recv: int
    place: str
    offset: int
    reason: str
    raw: bytes = b""
    row: str = ""

    @property
    def is_row(self) -> bool:
        """Whether it was read as a row, so that a person may vouch for it."""
        return bool(self.row)


def part_identity(part: Part) -> str:
    """Return what makes it the same part again, in hexadecimal.

    Its source, payload, place, offset, reason, bytes, as far as they are kept, and row: rows of one
    payload that share a place and a reason stay apart, and a released row that a mended reader
    reads otherwise is another one.

    Examples
    --------
    >>> one = Part("eia", "hourly", "ab", "a.csv", "", 0, "line 1", 0, "it is torn", b"x")
    >>> again = Part("eia", "hourly", "ab", "copy.csv", "", 5, "line 1", 0, "it is torn", b"x")
    >>> part_identity(one) == part_identity(again)
    True
    """
    raw = hashlib.sha256(part.raw[:RAW_BYTES_MAX]).hexdigest()
    told = (part.source, part.payload, part.place, str(part.offset), part.reason, raw, part.row)
    text = "\0".join(told)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Entry:
    """A part in quarantine.

    Parameters
    ----------
    number : int
        Its name for a person.
    identity : str
        Of the part.
    part : Part
        What was set aside.
    state : State
        What became of it.
    """

    number: int
    identity: str
    part: Part
    state: State


@dataclass(frozen=True, slots=True)
class Change:
    """One step in the life of a part.

    Parameters
    ----------
    at : int
        ns UTC.
    state : State
        The new one.
    who, why : str
        A person or a program, and the reason given.
    """

    at: int
    state: State
    who: str
    why: str


VERSION = 2
PART_COLUMNS = ", ".join(Part.__dataclass_fields__)


class QuarantineStore:
    """Every part that was set aside.

    Parameters
    ----------
    path : Path
        The database; made if it is not there.

    Raises
    ------
    StoreError
        If it is damaged or of another format.
    """

    def __init__(self, path: Path) -> None:
        self.database = Database(path, SCHEMA, VERSION)

    def hold(self, parts: Sequence[Part], at: int, who: str = "ingest") -> int:
        """Set parts aside; return how many were not there before.

        A part that is there already keeps its state, unless it was corrected: then a reader or a
        rule refuses it again, and it is held again.
        """
        added = 0
        with self.database.transaction() as base:
            for part in parts:
                identity = part_identity(part)
                values = [getattr(part, name) for name in Part.__dataclass_fields__]
                values[-2] = part.raw[:RAW_BYTES_MAX]
                found = base.execute(
                    "SELECT number, state FROM part WHERE identity = ?", [identity]
                ).fetchone()
                if found is None:
                    marks = ", ".join("?" * (len(values) + 2))
                    number = base.execute(
                        f"INSERT INTO part (identity, {PART_COLUMNS}, state) VALUES ({marks})",  # noqa: S608 - names are ours, values are bound
                        [identity, *values, State.HELD.value],
                    ).lastrowid
                    change(base, int(number or 0), State.HELD, at, who, part.reason)
                    added += 1
                elif found[1] == State.CORRECTED.value:
                    change(base, found[0], State.HELD, at, who, "it is refused again")
        return added

    def entries(
        self,
        state: State | None = None,
        source: str = "",
        payload: str = "",
        limit: int = -1,
        above: int = 0,
    ) -> list[Entry]:
        """Return parts in the order in which they came, those with a number above `above`.

        At most `limit` of them (-1: all).
        """
        where: list[str] = ["number > ?"]
        values: list[str | int] = [above]
        for name, value in (
            ("state", state.value if state else ""),
            ("source", source),
            ("payload", payload),
        ):
            if value:
                where.append(f"{name} = ?")
                values.append(value)
        statement = (
            f"SELECT number, identity, state, {PART_COLUMNS} FROM part "  # noqa: S608 - names are ours, values are bound
            f"WHERE {' AND '.join(where)} ORDER BY number LIMIT ?"
        )
        return [entry_of(row) for row in self.database.rows(statement, [*values, limit])]

    def entry(self, number: int) -> Entry:
        """Return the part with that number.

        Raises
        ------
        InputError
            If there is none.
        """
        statement = f"SELECT number, identity, state, {PART_COLUMNS} FROM part WHERE number = ?"  # noqa: S608 - names are ours, values are bound
        found = self.database.rows(statement, [number])
        if not found:
            message = f"no part in quarantine has the number {number}; list them first"
            raise InputError(message)
        return entry_of(found[0])

    def history(self, number: int) -> list[Change]:
        """Return every step in the life of a part, oldest first."""
        found = self.database.rows(
            "SELECT at, state, who, why FROM change WHERE number = ? ORDER BY rowid", [number]
        )
        return [
            Change(int(str(at)), State(state), str(who), str(why)) for at, state, who, why in found
        ]

    def decide(self, number: int, state: State, at: int, who: str, why: str) -> None:
        """Note what a person or a program decided about a part that is held.

        Raises
        ------
        InputError
            If no reason is given, the part is not held, or it is no row and cannot be released.
        """
        entry = self.entry(number)
        if not why.strip():
            message = f"say why part {number} is to be {state.value}"
            raise InputError(message)
        if entry.state is not State.HELD:
            message = f"part {number} is {entry.state.value} already; only held ones are decided on"
            raise InputError(message)
        if state is State.RELEASED and not entry.part.is_row:
            message = (
                f"part {number} was never read as a row, so there is nothing to release; drop it, "
                "or reprocess its payload once its reader knows it"
            )
            raise InputError(message)
        with self.database.transaction() as base:
            change(base, number, state, at, who, why)

    def settle(
        self, source: str, payload: str, refused: set[str], at: int, why: str
    ) -> list[Entry]:
        """Note that a payload was read again: parts that are no longer refused are corrected.

        Parameters
        ----------
        source, payload : str
            Which payload; parts of it that no source had recognised are settled as well.
        refused : set of str
            Identities of the parts that are refused now.
        at : int
            ns UTC.
        why : str
            What was done.

        Returns
        -------
        list of Entry
            The parts that are corrected now, as they were.
        """
        mended = [
            entry
            for entry in self.entries(State.HELD, payload=payload)
            if entry.part.source in ("", source) and entry.identity not in refused
        ]
        with self.database.transaction() as base:
            for entry in mended:
                change(base, entry.number, State.CORRECTED, at, "reprocess", why)
        return mended

    def counts(self) -> list[tuple[str, str, str, str, int]]:
        """Return source, dataset, state, reason and how many parts, most first."""
        found = self.database.rows(
            "SELECT source, dataset, state, reason, count(*) FROM part "
            "GROUP BY source, dataset, state, reason ORDER BY count(*) DESC, source, reason"
        )
        return [(str(s), str(d), str(w), str(r), int(str(n))) for s, d, w, r, n in found]


def change(
    base: sqlite3.Connection, number: int, state: State, at: int, who: str, why: str
) -> None:
    """Give a part a state and write down who did so, when and why."""
    base.execute("UPDATE part SET state = ? WHERE number = ?", [state.value, number])
    base.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?)", [number, at, state.value, who, why])


def entry_of(row: tuple[object, ...]) -> Entry:
    """Return a row of the database as an entry."""
    number, identity, state, *values = row
    return Entry(int(str(number)), str(identity), Part(*values), State(state))  # type: ignore[arg-type]
