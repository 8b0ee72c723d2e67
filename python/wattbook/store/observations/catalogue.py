"""Which files count: a small SQLite database beside the Parquet files."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wattbook.store.database import Database

__all__ = ["Arrival", "Catalogue", "Part"]

SCHEMA = """
CREATE TABLE part (
    path TEXT PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, dataset TEXT NOT NULL,
    month TEXT NOT NULL, rows INTEGER NOT NULL, delivery_min INTEGER, delivery_max INTEGER,
    known_min INTEGER NOT NULL, retired INTEGER
);
CREATE INDEX part_by_dataset ON part (kind, dataset, source, retired);
CREATE TABLE batch (
    batch TEXT PRIMARY KEY, source TEXT NOT NULL, dataset TEXT NOT NULL, payload TEXT NOT NULL,
    ts_recv INTEGER NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL,
    arrival INTEGER NOT NULL UNIQUE, number INTEGER NOT NULL UNIQUE, rows INTEGER NOT NULL
);
CREATE INDEX batch_by_arrival ON batch (source, arrival);
CREATE INDEX batch_by_payload ON batch (payload);
CREATE TABLE superseded (
    source TEXT NOT NULL, payload TEXT NOT NULL, ts_recv INTEGER NOT NULL,
    number INTEGER NOT NULL, ts_known INTEGER NOT NULL
);
CREATE TABLE counter (number INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
CREATE TABLE position (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, after INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE message (identity TEXT PRIMARY KEY) WITHOUT ROWID;
"""
VERSION = 2


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file that counts.

    Parameters
    ----------
    path : str
        Below the store's folder.
    kind : str
        ``observations`` or the kind of a table.
    source, dataset, month : str
        Of all its rows; month of delivery in UTC, or of reception for a table.
    rows : int
        How many.
    delivery_min, delivery_max : int or None
        Earliest start and latest end, ns UTC.
    known_min : int
        Earliest ``ts_known``, ns UTC.
    """

    path: str
    kind: str
    source: str
    dataset: str
    month: str
    rows: int
    delivery_min: int | None
    delivery_max: int | None
    known_min: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A payload that is stored, in the order in which payloads came to the store.

    Parameters
    ----------
    source, dataset : str
        Who read it; empty if nobody knew it.
    payload : str
        Its SHA-256.
    ts_recv : int
        When it was received, ns UTC.
    name, address : str
        Of the payload.
    arrival : int
        Number of the transaction that first stored it.
    number : int
        Number of the one whose rows count: a later one if it was read again.
    rows : int
        How many it has, of all tables.
    """

    source: str
    dataset: str
    payload: str
    ts_recv: int
    name: str
    address: str
    arrival: int
    number: int
    rows: int


COLUMNS = ", ".join(Part.__dataclass_fields__)
ARRIVAL_COLUMNS = ", ".join(Arrival.__dataclass_fields__)


class Catalogue:
    """The catalogue of one store.

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
        self.rows = self.database.rows
        self.transaction = self.database.transaction

    def parts(
        self,
        kind: str,
        source: str = "",
        dataset: str = "",
        span: tuple[int, int] | None = None,
        at: int | None = None,
    ) -> list[Part]:
        """Return the files that may hold rows of that kind, delivered in `span`, known by `at`."""
        where, values = ["retired IS NULL", "kind = ?"], [kind]
        bounds: list[object] = []
        for name, value in (("source", source), ("dataset", dataset)):
            if value:
                where.append(f"{name} = ?")
                values.append(value)
        if span is not None:
            # An instant has no length: it lies in the span from its very start.
            where.append("delivery_min < ? AND delivery_max >= ?")
            bounds += [span[1], span[0]]
        if at is not None:
            where.append("known_min <= ?")
            bounds.append(at)
        statement = f"SELECT {COLUMNS} FROM part WHERE {' AND '.join(where)} ORDER BY path"  # noqa: S608 - names are ours, values are bound
        return [Part(*row) for row in self.rows(statement, [*values, *bounds])]  # type: ignore[arg-type]

    def has(self, batch: str) -> bool:
        """Return whether a batch was stored."""
        return bool(self.rows("SELECT 1 FROM batch WHERE batch = ?", [batch]))

    def arrivals(self, source: str, before: int | None = None, skip: int = 0) -> list[Arrival]:
        """Return the payloads of a source in their order, the first `skip` of them left out.

        Parameters
        ----------
        source : str
            Whose.
        before : int, optional
            Only those with a lower `Arrival.arrival`.
        skip : int, optional
            How many to leave out.
        """
        statement = (
            f"SELECT {ARRIVAL_COLUMNS} FROM batch WHERE source = ? AND arrival < ? "  # noqa: S608 - names are ours, values are bound
            "ORDER BY arrival LIMIT -1 OFFSET ?"
        )
        least = 2**63 - 1 if before is None else before
        return [Arrival(*row) for row in self.rows(statement, [source, least, skip])]  # type: ignore[arg-type]

    def arrival_count(self, source: str, before: int | None = None) -> int:
        """Return how many payloads `arrivals` would give."""
        statement = "SELECT count(*) FROM batch WHERE source = ? AND arrival < ?"
        found = self.rows(statement, [source, 2**63 - 1 if before is None else before])
        return int(str(found[0][0]))

    def of_payload(self, payload: str) -> list[Arrival]:
        """Return how a payload (SHA-256) is stored: once for each source and reception."""
        statement = f"SELECT {ARRIVAL_COLUMNS} FROM batch WHERE payload = ? ORDER BY arrival"  # noqa: S608 - names are ours, values are bound
        return [Arrival(*row) for row in self.rows(statement, [payload])]  # type: ignore[arg-type]

    def since(self, number: int, limit: int) -> list[Arrival]:
        """Return at most `limit` payloads whose rows count since after a transaction, in order."""
        statement = f"SELECT {ARRIVAL_COLUMNS} FROM batch WHERE number > ? ORDER BY number LIMIT ?"  # noqa: S608 - names are ours, values are bound
        return [Arrival(*row) for row in self.rows(statement, [number, limit])]  # type: ignore[arg-type]

    def transactions_since(self, number: int, limit: int) -> list[Arrival]:
        """Return at most `limit` transactions after one, in order, each as a payload.

        A payload that was read again is there once for each time, its `Arrival.number` that of the
        transaction.
        """
        first = ", ".join(f"batch.{name}" for name in ARRIVAL_COLUMNS.split(", "))
        again = first.replace("batch.number", "superseded.number")
        statement = (
            f"SELECT {first.replace('batch.number', 'batch.arrival AS number')} FROM batch "  # noqa: S608 - names are ours, values are bound
            f"WHERE arrival > ? UNION ALL SELECT {again} FROM superseded "
            "JOIN batch USING (source, payload, ts_recv) WHERE superseded.number > ? "
            "ORDER BY number LIMIT ?"
        )
        return [Arrival(*row) for row in self.rows(statement, [number, number, limit])]  # type: ignore[arg-type]

    def superseded(self) -> pl.DataFrame:
        """Return from when on which rows of which payload no longer count."""
        found = self.rows("SELECT source, payload, ts_recv, number, ts_known FROM superseded")
        schema = {
            "source": pl.String,
            "payload": pl.String,
            "ts_recv": pl.Int64,
            "commit": pl.Int64,
            "ts_known": pl.Int64,
        }
        return pl.DataFrame(found, schema=schema, orient="row")
