"""The versions of a book's reference: who proposed each, and who let it stand."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from wattbook.errors import InputError
from wattbook.store.database import Database

__all__ = ["REFERENCE_SCHEMA", "PendingReference", "References"]

REFERENCE_SCHEMA = """
CREATE TABLE reference (
    number INTEGER PRIMARY KEY,
    made_on INTEGER NOT NULL,
    state TEXT NOT NULL,
    text TEXT NOT NULL,
    person TEXT NOT NULL,
    known_ns INTEGER NOT NULL,
    decided_by TEXT,
    decided_ns INTEGER,
    comment TEXT
);
CREATE INDEX reference_state ON reference (state, number)
"""
STANDING = "SELECT number, text FROM reference WHERE state = 'stands'"


@dataclass(frozen=True)
class PendingReference:
    """A changed reference that waits for a second person.

    Parameters
    ----------
    number : int
        To approve or reject it by.
    entered_by : str
    changes : str
        As of `References.table`.
    """

    number: int
    entered_by: str
    changes: str


class References:
    """The references of a book; the first stands at once, each later one by a second person.

    Parameters
    ----------
    base : Database
        With `REFERENCE_SCHEMA`.
    """

    def __init__(self, base: Database) -> None:
        self._base = base

    def standing(self) -> str | None:
        """Return the reference that stands, if there is one."""
        rows = self._base.rows(STANDING)
        return str(rows[0][1]) if rows else None

    def were(self) -> frozenset[str]:
        """Return the references that stood before."""
        return frozenset(
            str(text)
            for (text,) in self._base.rows("SELECT text FROM reference WHERE state = 'stood'")
        )

    def table(self) -> pl.DataFrame:
        """Return every reference that stands or stood, with what it changed.

        Returns
        -------
        polars.DataFrame
            ``number``, ``known_ns``, ``person`` (empty where nobody is told), ``approved_by`` (null
            of the first), ``text`` and ``changes``: the lines that went, after a minus, and that
            came, after a plus; empty of the first.
        """
        rows = self._base.rows(
            "SELECT number, COALESCE(decided_ns, known_ns), person, decided_by, text "
            "FROM reference WHERE state IN ('stands', 'stood') ORDER BY decided_ns, number"
        )
        texts = [str(row[4]) for row in rows]
        changes = ["", *(changed_lines(one, two) for one, two in pairwise(texts))][: len(rows)]
        return pl.DataFrame(
            [(*row, change) for row, change in zip(rows, changes, strict=True)],
            schema={
                "number": pl.Int64,
                "known_ns": pl.Int64,
                "person": pl.String,
                "approved_by": pl.String,
                "text": pl.String,
                "changes": pl.String,
            },
            orient="row",
        )

    def begin(self, text: str, *, person: str, known_ns: int) -> None:
        """Let a first reference stand.

        Raises
        ------
        InputError
            If another stands by now.
        """
        with self._base.transaction() as base:
            found = base.execute(STANDING).fetchone()
            if found is None:
                base.execute(
                    "INSERT INTO reference (made_on, state, text, person, known_ns) "
                    "VALUES (0, 'stands', ?, ?, ?)",
                    (text, person, known_ns),
                )
            elif found[1] != text:
                raise InputError("another reference stands by now; look at it and propose a change")

    def propose(self, text: str, *, person: str, known_ns: int) -> int:
        """Keep a changed reference until a second person decides, and return its number.

        One that waits already keeps its number and who entered it.
        """
        with self._base.transaction() as base:
            (made_on, _) = base.execute(STANDING).fetchone()
            waits = base.execute(
                "SELECT number FROM reference WHERE state = 'waiting' AND text = ? AND made_on = ?",
                (text, made_on),
            ).fetchone()
            if waits is not None:
                return int(waits[0])
            added = base.execute(
                "INSERT INTO reference (made_on, state, text, person, known_ns) "
                "VALUES (?, 'waiting', ?, ?, ?)",
                (made_on, text, person, known_ns),
            )
            return int(added.lastrowid or 0)

    def pending(self) -> tuple[PendingReference, ...]:
        """Return the changes that wait, oldest first."""
        now = self.standing() or ""
        rows = self._base.rows(
            "SELECT number, person, text FROM reference WHERE state = 'waiting' ORDER BY number"
        )
        return tuple(
            PendingReference(int(str(number)), str(person), changed_lines(now, str(text)))
            for number, person, text in rows
        )

    def decide(
        self, number: int, *, person: str, approves: bool, known_ns: int, comment: str = ""
    ) -> None:
        """Let a change stand or fall.

        Raises
        ------
        InputError
            If it does not wait, `person` entered it, or another reference stands by now.
        """
        with self._base.transaction() as base:
            row = base.execute(
                "SELECT state, person, made_on FROM reference WHERE number = ?", (number,)
            ).fetchone()
            if row is None or row[0] != "waiting":
                state = "is not there" if row is None else f"is no longer one that waits: {row[0]}"
                raise InputError(f"change R{number} {state}; list what waits and choose one")
            if row[1] == person:
                raise InputError(f"change R{number} was entered by {person}; a second decides")
            if approves and base.execute(STANDING).fetchone()[0] != row[2]:
                raise InputError(
                    f"change R{number} was made on a reference that stands no more; reject it and "
                    "propose the reference as it shall be"
                )
            if approves:
                base.execute("UPDATE reference SET state = 'stood' WHERE state = 'stands'")
            base.execute(
                "UPDATE reference SET state = ?, decided_by = ?, decided_ns = ?, comment = ? "
                "WHERE number = ?",
                ("stands" if approves else "rejected", person, known_ns, comment, number),
            )


def changed_lines(old: str, new: str) -> str:
    """Return the lines by which two texts differ, in their order."""
    told = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in list(told)[2:] if not line.startswith("@@"))
