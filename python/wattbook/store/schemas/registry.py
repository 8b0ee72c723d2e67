"""Subjects and their versions, kept in an SQLite file; compatibility is checked on registration."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, Self

from wattbook.errors import InputError, SchemaError
from wattbook.store.schemas.compatibility import incompatibilities
from wattbook.store.schemas.parse import row_schema
from wattbook.store.schemas.schema import RowSchema

__all__ = ["LEVELS", "Registered", "Registry", "SqliteRegistry", "refusals", "refuse"]

LEVELS = (
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
    "NONE",
)
"""What a new version must hold: read rows of the last version (backward), be read by it (forward),
both (full); of every earlier version (transitive); or nothing."""

TABLES = """
CREATE TABLE IF NOT EXISTS schema (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    text TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS version (
    subject TEXT NOT NULL,
    version INTEGER NOT NULL,
    schema INTEGER NOT NULL REFERENCES schema (id),
    PRIMARY KEY (subject, version),
    UNIQUE (subject, schema)
) STRICT;
CREATE TABLE IF NOT EXISTS level (subject TEXT PRIMARY KEY, level TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Registered:
    """A version of a subject.

    Parameters
    ----------
    subject : str
        What carries the rows, by custom ``<topic>-value``.
    version : int
        From 1.
    id : int
        Of the schema, the same wherever it is registered; messages carry it.
    schema : RowSchema
        The schema.
    """

    subject: str
    version: int
    id: int
    schema: RowSchema


class Registry(Protocol):
    """Where schemas are registered and found."""

    def register(self, subject: str, schema: RowSchema) -> Registered:
        """Register a schema; one that is there already is only found.

        Raises
        ------
        SchemaError
            If the subject's level does not allow the change; names each field.
        """

    def check(self, subject: str, schema: RowSchema, version: int | None = None) -> list[str]:
        """Return why the subject's level refuses `schema`; empty if it takes it.

        Parameters
        ----------
        version : int, optional
            Compare with this version alone.
        """

    def find(self, subject: str, schema: RowSchema) -> Registered | None:
        """Return the version that has this schema."""

    def schema(self, schema_id: int) -> RowSchema:
        """Return the schema with this id.

        Raises
        ------
        InputError
            If there is none.
        """

    def subjects(self) -> list[str]:
        """Return all subjects, sorted."""

    def versions(self, subject: str) -> list[int]:
        """Return the versions of a subject, ascending; none if there is no such subject."""

    def version(self, subject: str, version: int | None = None) -> Registered:
        """Return a version of a subject, by default the latest.

        Raises
        ------
        InputError
            If there is none.
        """

    def level(self, subject: str = "") -> str:
        """Return the level of a subject, or the one that holds where none was set."""

    def set_level(self, level: str, subject: str = "") -> None:
        """Set the level of a subject, or the one for those without."""


def refusals(
    registry: Registry, subject: str, schema: RowSchema, version: int | None = None
) -> list[str]:
    """Return why the level of a subject refuses `schema`; empty if it takes it."""
    level = registry.level(subject)
    if level == "NONE":
        return []
    versions = [version] if version is not None else registry.versions(subject)
    if not level.endswith("_TRANSITIVE"):
        versions = versions[-1:]
    found = []
    for number in reversed(versions):
        other = registry.version(subject, number).schema
        if not level.startswith("FORWARD"):
            found += [
                f"version {number} could not be read: {fault.sentence()}"
                for fault in incompatibilities(reader=schema, writer=other)
            ]
        if not level.startswith("BACKWARD"):
            found += [
                f"version {number} could not read it: {fault.sentence()}"
                for fault in incompatibilities(reader=other, writer=schema)
            ]
    return found


def refuse(registry: Registry, subject: str, schema: RowSchema) -> None:
    """Raise a `SchemaError` that names each field in which the level refuses `schema`."""
    if faults := refusals(registry, subject, schema):
        raise SchemaError(f"{subject}, {registry.level(subject)}: " + "; ".join(faults))


class SqliteRegistry:
    """A registry in an SQLite file.

    Several processes may use one file. Threads may share an object.

    Parameters
    ----------
    path : Path or str
        The file; made if it is not there. ``:memory:`` for one that ends with the object.

    Examples
    --------
    >>> registry = SqliteRegistry(":memory:")
    >>> text = '{"type": "record", "name": "Price", "fields": [{"name": "eur_mwh", "type": "%s"}]}'
    >>> registry.register("prices-value", row_schema(text % "float")).version
    1
    >>> registry.register("prices-value", row_schema(text % "double")).version
    2
    >>> registry.register("prices-value", row_schema(text % "string"))
    Traceback (most recent call last):
    wattbook.errors.SchemaError: prices-value, BACKWARD: version 2 could not be read: eur_mwh: ...
    """

    def __init__(self, path: Path | str) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(
            path, timeout=30.0, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(TABLES)

    def register(self, subject: str, schema: RowSchema) -> Registered:
        """Register a schema; see `Registry.register`."""
        if not subject:
            raise InputError("a subject needs a name, such as prices-value")
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                found = self._find(subject, schema) or self._add(subject, schema)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        return found

    def _add(self, subject: str, schema: RowSchema) -> Registered:
        """Check and insert, within the caller's transaction."""
        refuse(self, subject, schema)
        insert = "INSERT INTO schema (text) VALUES (?) ON CONFLICT DO NOTHING"
        self._connection.execute(insert, (schema.text,))
        (number,) = self._row("SELECT id FROM schema WHERE text = ?", schema.text)
        (last,) = self._row("SELECT max(version) FROM version WHERE subject = ?", subject)
        version = (last or 0) + 1
        values = (subject, version, number)
        self._connection.execute("INSERT INTO version VALUES (?, ?, ?)", values)
        return Registered(subject, version, number, schema)

    def check(self, subject: str, schema: RowSchema, version: int | None = None) -> list[str]:
        """Return why the subject's level refuses `schema`; see `Registry.check`."""
        with self._lock:
            return refusals(self, subject, schema, version)

    def find(self, subject: str, schema: RowSchema) -> Registered | None:
        """Return the version that has this schema."""
        with self._lock:
            return self._find(subject, schema)

    def _find(self, subject: str, schema: RowSchema) -> Registered | None:
        query = (
            "SELECT version, id FROM version JOIN schema ON schema = id "
            "WHERE subject = ? AND text = ?"
        )
        row = self._row(query, subject, schema.text)
        return Registered(subject, row[0], row[1], schema) if row else None

    def schema(self, schema_id: int) -> RowSchema:
        """Return the schema with this id; see `Registry.schema`."""
        row = self._row("SELECT text FROM schema WHERE id = ?", schema_id)
        if row is None:
            raise InputError(f"this registry has no schema with id {schema_id}")
        return row_schema(row[0])

    def subjects(self) -> list[str]:
        """Return all subjects, sorted."""
        rows = self._connection.execute("SELECT DISTINCT subject FROM version ORDER BY subject")
        return [subject for (subject,) in rows.fetchall()]

    def versions(self, subject: str) -> list[int]:
        """Return the versions of a subject, ascending."""
        query = "SELECT version FROM version WHERE subject = ? ORDER BY version"
        return [number for (number,) in self._connection.execute(query, (subject,)).fetchall()]

    def version(self, subject: str, version: int | None = None) -> Registered:
        """Return a version of a subject; see `Registry.version`."""
        query = (
            "SELECT version, id, text FROM version JOIN schema ON schema = id WHERE subject = ?"
            " AND (version = ? OR ? IS NULL) ORDER BY version DESC LIMIT 1"
        )
        row = self._row(query, subject, version, version)
        if row is None:
            which = "no version" if version is None else f"no version {version}"
            raise InputError(f"subject {subject!r} has {which}; it has {self.versions(subject)}")
        return Registered(subject, row[0], row[1], row_schema(row[2]))

    def level(self, subject: str = "") -> str:
        """Return the level of a subject, or the one that holds where none was set."""
        query = "SELECT level FROM level WHERE subject IN (?, '') ORDER BY subject DESC LIMIT 1"
        row = self._row(query, subject)
        return str(row[0]) if row else LEVELS[0]

    def set_level(self, level: str, subject: str = "") -> None:
        """Set the level of a subject, or the one for those without."""
        if level not in LEVELS:
            raise InputError(f"{level!r} is no level of compatibility; use one of {LEVELS}")
        self._connection.execute("INSERT OR REPLACE INTO level VALUES (?, ?)", (subject, level))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return the registry."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _row(self, query: str, *values: object) -> Any:  # noqa: ANN401 - a row or None
        return self._connection.execute(query, values).fetchone()
