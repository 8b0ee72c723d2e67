"""One SQLite file with a fixed schema.

SQLite of the standard library and not SQLAlchemy: a few tables with fixed statements that belong
to the format of a folder, and that no other database will ever hold.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from wattbook.errors import StoreError

__all__ = ["Database"]

WAIT_SECONDS = 60.0


class Database:
    """A database that is made if it is not there.

    Parameters
    ----------
    path : Path
        Its file.
    schema : str
        Statements that make its tables, set apart by semicolons.
    version : int
        Of the schema, from 1.

    Raises
    ------
    StoreError
        If the file cannot be used, or was written with another schema.
    """

    def __init__(self, path: Path, schema: str, version: int = 1) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            message = f"{path.parent} cannot be a store ({fault.strerror}); give another folder"
            raise StoreError(message) from fault
        if path.exists() and self.rows("PRAGMA user_version") == [(version,)]:
            return
        with self.transaction() as base:
            # Asked again: another process may have made it in the meantime.
            found = base.execute("PRAGMA user_version").fetchone()[0]
            if found == 0:
                for statement in schema.split(";"):
                    base.execute(statement)
                base.execute(f"PRAGMA user_version = {version}")
            elif found != version:
                message = f"{path} has format {found}, not {version}; use the version that wrote it"
                raise StoreError(message)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection whose changes all count in the end, on the disk, or none.

        Raises
        ------
        StoreError
            If the database is damaged or cannot be written.
        """
        try:
            with closing(
                sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
            ) as base:
                base.execute("PRAGMA synchronous = FULL")
                base.execute("BEGIN IMMEDIATE")
                try:
                    yield base
                except BaseException:
                    base.execute("ROLLBACK")
                    raise
                base.execute("COMMIT")
        except sqlite3.DatabaseError as fault:
            message = f"{self.path} cannot be used ({fault}); put back a copy of the store"
            raise StoreError(message) from fault

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Return what a query gives.

        Raises
        ------
        StoreError
            If the database is damaged.
        """
        try:
            with closing(sqlite3.connect(self.path, timeout=WAIT_SECONDS)) as base:
                return base.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as fault:
            message = f"{self.path} cannot be used ({fault}); put back a copy of the store"
            raise StoreError(message) from fault
