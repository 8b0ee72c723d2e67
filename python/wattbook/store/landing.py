"""Rows and the position in the topic that they came from, kept in one transaction.

A store that remembers with its rows up to where it has read can be fed at least once and still hold
every row exactly once: what comes again begins at a position that it has passed, and is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from wattbook.errors import InputError

__all__ = ["Landing", "SqliteLanding"]

Rows = TypeVar("Rows")
Rows_contra = TypeVar("Rows_contra", contravariant=True)

POSITIONS = """
CREATE TABLE IF NOT EXISTS landing_position (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    after INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID, STRICT
"""


class Landing(Protocol[Rows_contra]):
    """A store that takes rows together with the position behind them."""

    def position(self, topic: str, partition: int) -> int | None:
        """Return the offset to go on from; None before the first rows."""

    def land(self, topic: str, partition: int, first: int, after: int, rows: Rows_contra) -> bool:
        """Keep `rows` and the position `after`, both or neither.

        Returns
        -------
        bool
            False, with nothing kept, when the store does not stand at `first`: somebody else has
            landed them, or is ahead.
        """


class SqliteLanding(Generic[Rows]):
    """Tables of an SQLite file and the positions of their rows.

    Several processes may land into one file; SQLite lets one write at a time, and each transaction
    is on the disk when `land` returns.

    Parameters
    ----------
    path : Path
        The file; made if it is not there.
    write : callable
        Writes rows through the open transaction. It must not commit.
    create : str, optional
        Statements that make its tables, safe to run again.
    timeout_s : float
        How long to wait for another process's transaction.

    Examples
    --------
    >>> import tempfile
    >>> def write(connection: sqlite3.Connection, rows: list[float]) -> None:
    ...     connection.executemany("INSERT INTO price VALUES (?)", [(row,) for row in rows])
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "store.sqlite"
    >>> create = "CREATE TABLE IF NOT EXISTS price (eur_mwh REAL)"
    >>> with SqliteLanding(path, write, create) as landing:
    ...     once = landing.land("prices", 0, 0, 2, [41.5, -3.0])
    ...     again = landing.land("prices", 0, 0, 2, [41.5, -3.0])
    ...     once, again, landing.position("prices", 0)
    (True, False, 2)
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: Path,
        write: Callable[[sqlite3.Connection, Rows], None],
        create: str = "",
        timeout_s: float = 30.0,
    ) -> None:
        self._write = write
        self._connection = sqlite3.connect(path, timeout=timeout_s, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(POSITIONS + ";" + create)

    def position(self, topic: str, partition: int) -> int | None:
        """Return the offset to go on from; None before the first rows."""
        found = self._connection.execute(
            "SELECT after FROM landing_position WHERE topic = ? AND partition = ?",
            (topic, partition),
        ).fetchone()
        return None if found is None else int(found[0])

    def land(self, topic: str, partition: int, first: int, after: int, rows: Rows) -> bool:
        """Keep `rows` and the position `after`, both or neither; see `Landing.land`."""
        if after <= first:
            message = f"rows of {topic!r} from {first} to {after} end before they begin"
            raise InputError(message)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            stands = self.position(topic, partition)
            if stands is not None and stands != first:
                self._connection.execute("ROLLBACK")
                return False
            self._write(self._connection, rows)
            self._connection.execute(
                "INSERT OR REPLACE INTO landing_position VALUES (?, ?, ?)",
                (topic, partition, after),
            )
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return True

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return the landing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
