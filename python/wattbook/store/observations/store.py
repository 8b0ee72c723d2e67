"""The store: payloads in, series out as they are or as they were known."""

import fcntl
import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import polars as pl

from wattbook.errors import InputError, StoreError
from wattbook.store.observations.catalogue import Catalogue, Part
from wattbook.store.observations.rows import (
    KEY,
    PERIOD,
    ROW_COLUMNS,
    as_known,
    as_of,
    complete,
    superseded_removed,
)

__all__ = ["OBSERVATIONS", "PROVENANCE", "Appended", "Batch", "ObservationStore", "Span"]

OBSERVATIONS = "observations"
FILLED = 1 << 16
"""The bit of ``flags`` of a value that was made up: ``wattbook.ingest.normalization.Flag``."""
PROVENANCE = ("source", "dataset", "payload", "ts_recv", "ts_known", "commit")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one payload gave.

    Parameters
    ----------
    source, dataset : str
        Who read the payload: the island, and its kind of payload.
    payload : str
        SHA-256 of the payload, in hexadecimal.
    ts_recv : int
        When it was received, ns UTC.
    observations : DataFrame
        Normalized rows; the columns of `ROW_COLUMNS` and whatever else a normalizer adds.
    tables : mapping of str to DataFrame
        Rows that are no observations, by kind.
    name, address : str, optional
        Of the payload: file name, and where it came from, without credentials.
    """

    source: str
    dataset: str
    payload: str
    ts_recv: int
    observations: pl.DataFrame
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    name: str = ""
    address: str = ""

    @property
    def identity(self) -> str:
        """What makes it the same batch again."""
        return f"{self.source}/{self.payload}/{self.ts_recv}"


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did.

    Parameters
    ----------
    rows : int
        Rows stored.
    is_new : bool
        Whether the batch was not there before.
    """

    rows: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows are wanted; what is left empty is not asked about.

    Parameters
    ----------
    source, dataset, location, item : str, optional
        Of the series. `dataset` is what was observed: ``day_ahead_price``.
    start, end : int or None, optional
        Deliveries that touch this half-open span, ns UTC.
    """

    source: str = ""
    dataset: str = ""
    location: str = ""
    item: str = ""
    start: int | None = None
    end: int | None = None

    @property
    def bounds(self) -> tuple[int, int] | None:
        """The span of delivery, or none for all time."""
        if self.start is None and self.end is None:
            return None
        start = -(2**63) if self.start is None else self.start
        return start, 2**63 - 1 if self.end is None else self.end

    def of(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return those of `rows` that are wanted."""
        for name in ("source", "dataset", "location", "item"):
            if value := getattr(self, name):
                rows = rows.filter(pl.col(name) == value)
        if self.bounds is None:
            return rows
        start, end = pl.col("delivery_start"), pl.col("delivery_end")
        first, last = self.bounds
        return rows.filter((start < last) & ((end > first) | (start == first)))


class ObservationStore:
    """A folder of normalized rows.

    One process writes at a time, others wait for it; any number may read.

    Parameters
    ----------
    root : Path
        The folder; made if it is not there.
    made_up : bool, optional
        Whether it holds values that were filled in, and nothing else. They lie in a store of their
        own, so that whoever reads observations can never meet one.

    Raises
    ------
    StoreError
        If it is no store or cannot be written.
    """

    def __init__(self, root: Path, *, made_up: bool = False) -> None:
        self.root = root
        self.made_up = made_up
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            message = f"{root} cannot be a store ({fault.strerror}); give another folder"
            raise StoreError(message) from fault
        self.catalogue = Catalogue(root / "catalogue.sqlite")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the store's lock, which ends with the process that holds it."""
        with (self.root / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def append(self, batch: Batch, ts_known: int | None = None) -> Appended:
        """Store a payload's rows and tables, all or nothing; a batch that is there changes nothing.

        Parameters
        ----------
        batch : Batch
            What the payload gave.
        ts_known : int, optional
            From when on the rows count, ns UTC; when the payload was received by default.

        Raises
        ------
        InputError
            If a row has no delivery period, ends before it begins, or was filled in.
        """
        self.check(batch.observations, f"{batch.source} {batch.payload[:12]}")
        with self.writing():
            if self.catalogue.has(batch.identity):
                return Appended(0, is_new=False)
            rows = self.commit(batch, batch.ts_recv if ts_known is None else ts_known)
        return Appended(rows, is_new=True)

    def correct(self, batch: Batch, ts_known: int) -> Appended:
        """Store what a payload gives now that its reader or a rule is another one.

        The rows that it gave before stay, for whoever asks what was known before `ts_known`. If
        the rows are the same, nothing changes.

        Parameters
        ----------
        batch : Batch
            What the payload gives now.
        ts_known : int
            From when on this counts, ns UTC: the time of the correction.
        """
        self.check(batch.observations, f"{batch.source} {batch.payload[:12]}")
        with self.writing():
            if not self.catalogue.has(batch.identity):
                return Appended(self.commit(batch, ts_known), is_new=True)
            if self.holds(batch):
                return Appended(0, is_new=False)
            rows = self.commit(batch, ts_known, is_correction=True)
        return Appended(rows, is_new=True)

    def check(self, rows: pl.DataFrame, origin: str) -> None:
        """Refuse rows that have no place in time, and those that belong in another store.

        Raises
        ------
        InputError
            If there are such rows.
        """
        if rows.is_empty():
            return
        start, end = pl.col("delivery_start"), pl.col("delivery_end")
        no_time = start.is_null() | end.is_null() | (end < start)
        if bad := rows.filter(no_time | pl.col("dataset").is_null()).height:
            message = (
                f"{bad} rows of {origin} have no dataset, or no delivery period that ends after it "
                "begins; set them aside before they are stored"
            )
            raise InputError(message)
        flags = rows["flags"] if "flags" in rows.columns else pl.Series([0])
        if bad := int(((flags.fill_null(0) & FILLED != 0) != self.made_up).sum()):
            what = "were observed" if self.made_up else "were filled in"
            message = (
                f"{bad} rows of {origin} {what}; values that were filled in lie in a store of "
                "their own, and observed ones never do"
            )
            raise InputError(message)

    def holds(self, batch: Batch) -> bool:
        """Return whether the rows of a payload that count are exactly those of `batch`."""
        own = (
            (pl.col("source") == batch.source)
            & (pl.col("payload") == batch.payload)
            & (pl.col("ts_recv") == batch.ts_recv)
        )
        volatile = ["ts_known", "commit"]
        wanted = {OBSERVATIONS: batch.observations} | dict(batch.tables)
        kinds = {str(row[0]) for row in self.catalogue.rows("SELECT DISTINCT kind FROM part")}
        for kind in kinds | set(wanted):
            held = self.scan(kind, batch.source, at=None).filter(own).collect().drop(volatile)
            given = wanted.get(kind, pl.DataFrame())
            if given.height != held.height:
                return False
            if given.height == 0:
                continue
            stamped = self.stamped(kind, given, batch, 0, 0).drop(volatile)
            both = pl.concat([held, stamped], how="diagonal_relaxed")
            names = sorted(both.columns)
            one = both.head(held.height).select(names).sort(names)
            if not one.equals(both.tail(held.height).select(names).sort(names)):
                return False
        return True

    @staticmethod
    def stamped(
        kind: str, rows: pl.DataFrame, batch: Batch, ts_known: int, number: int
    ) -> pl.DataFrame:
        """Return rows with where they come from and from when on they count."""
        given: dict[str, str | int] = {
            "source": batch.source,
            "payload": batch.payload,
            "ts_recv": batch.ts_recv,
            "ts_known": ts_known,
            "commit": number,
        }
        if kind == OBSERVATIONS:
            return complete(rows, given)
        given["dataset"] = batch.dataset
        kinds = {name: ROW_COLUMNS[name] for name in PROVENANCE}
        return rows.with_columns(
            pl.lit(given[name], kind).alias(name) for name, kind in kinds.items()
        )

    def commit(self, batch: Batch, ts_known: int, *, is_correction: bool = False) -> int:
        """Write the files of a batch, then make them count in one transaction; return its rows."""
        number = int(str(self.catalogue.rows("SELECT number FROM counter")[0][0])) + 1
        parts: list[Part] = []
        for kind, rows in ({OBSERVATIONS: batch.observations} | dict(batch.tables)).items():
            if rows.height:
                parts += self.write(kind, self.stamped(kind, rows, batch, ts_known, number))
        rows_stored = sum(part.rows for part in parts)
        told = (batch.source, batch.dataset, batch.payload, batch.ts_recv, batch.name)
        with self.catalogue.transaction() as base:
            base.execute("UPDATE counter SET number = ?", [number])
            insert_parts(base, parts)
            base.execute(
                "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (batch) "
                "DO UPDATE SET number = excluded.number, rows = excluded.rows",
                [batch.identity, *told, batch.address, number, number, rows_stored],
            )
            if is_correction:
                base.execute(
                    "INSERT INTO superseded VALUES (?, ?, ?, ?, ?)",
                    [batch.source, batch.payload, batch.ts_recv, number, ts_known],
                )
        return rows_stored

    def write(self, kind: str, rows: pl.DataFrame) -> list[Part]:
        """Write rows to one file for each dataset and month; they do not count yet."""
        clock = "delivery_start" if kind == OBSERVATIONS else "ts_recv"
        month = pl.from_epoch(pl.col(clock), "ns").dt.strftime("%Y-%m").alias("month")
        made = []
        groups = rows.with_columns(month).partition_by(
            "source", "dataset", "month", as_dict=True, include_key=True
        )
        for (source, dataset, name), part in groups.items():
            own = part.drop("month")
            if kind == OBSERVATIONS:
                own = own.sort(*KEY, *PERIOD, "ts_known", maintain_order=True)
            folder = "/".join(quote(str(text), safe="") for text in (kind, dataset, source, name))
            path = f"{folder}/{uuid.uuid4().hex}.parquet"
            write_parquet(own, self.root / path)
            bounds: tuple[int | None, int | None] = (None, None)
            if kind == OBSERVATIONS:
                bounds = own.select(
                    pl.col("delivery_start").min(), pl.col("delivery_end").max()
                ).row(0)
            known = int(own["ts_known"].min())  # type: ignore[arg-type]
            made.append(
                Part(path, kind, str(source), str(dataset), str(name), own.height, *bounds, known)
            )
        return made

    def scan(
        self,
        kind: str,
        source: str = "",
        dataset: str = "",
        at: int | None = None,
        bounds: tuple[int, int] | None = None,
    ) -> pl.LazyFrame:
        """Return the rows of one kind known by `at`, without those of payloads read again."""
        rows = self.files(kind, self.catalogue.parts(kind, source, dataset, bounds, at))
        if at is not None:
            rows = rows.filter(pl.col("ts_known") <= at)
        return superseded_removed(rows, self.catalogue.superseded(), at)

    def files(self, kind: str, parts: list[Part]) -> pl.LazyFrame:
        """Return all rows of files of one kind, those of payloads read again too."""
        schema = {name: ROW_COLUMNS[name] for name in PROVENANCE}
        empty = pl.LazyFrame(schema=ROW_COLUMNS if kind == OBSERVATIONS else schema)
        frames = [pl.scan_parquet(self.root / part.path) for part in parts]
        return pl.concat([empty, *frames], how="diagonal_relaxed")

    def committed(
        self, after: int, last: int, kind: str = OBSERVATIONS, source: str = "", dataset: str = ""
    ) -> pl.LazyFrame:
        """Return the rows of the transactions behind `after`, up to `last`, whatever counts now."""
        rows = self.files(kind, self.catalogue.parts(kind, source, dataset))
        return rows.filter(pl.col("commit").is_between(after, last, closed="right"))

    def versions(self, span: Span | None = None, at: int | None = None) -> pl.LazyFrame:
        """Return every version of every row wanted that was known by `at` (ns UTC; none: now)."""
        wanted = span or Span()
        rows = self.scan(OBSERVATIONS, wanted.source, wanted.dataset, at, wanted.bounds)
        return wanted.of(rows)

    def known(self, at: int | None = None, span: Span | None = None) -> pl.LazyFrame:
        """Return what `as_known` does, not yet read: choose columns first, and it takes less."""
        return as_known(self.versions(span, at), at)

    def as_known(self, at: int | None = None, span: Span | None = None) -> pl.DataFrame:
        """Return the last word on each series and delivery period that was known by `at`.

        Parameters
        ----------
        at : int or None, optional
            ns UTC; none for what is known now.
        span : Span, optional
            Which rows; all by default.

        Returns
        -------
        DataFrame
            Sorted by series and delivery, with `ROW_COLUMNS` and what a normalizer added.
        """
        return self.known(at, span).collect()

    def as_of(self, instant: int, at: int | None = None, span: Span | None = None) -> pl.DataFrame:
        """Return the row of each series that is in force at `instant`, as known by `at`.

        Parameters
        ----------
        instant : int
            Within the delivery period, ns UTC; a row of an instant is in force until the next.
        at : int or None, optional
            ns UTC; none for what is known now.
        span : Span, optional
            Which series.
        """
        return as_of(self.known(at, span), instant).collect()

    def table(self, kind: str, source: str = "", at: int | None = None) -> pl.DataFrame:
        """Return the rows of a kind that are no observations, in order of arrival.

        Every message is kept. Which of several counts, only its kind can say: the revision of an
        outage message, for one, need not rise.
        """
        found = self.scan(kind, source, at=at)
        return found.sort("ts_known", "commit", maintain_order=True).collect()

    def kinds(self, source: str = "", dataset: str = "") -> list[str]:
        """Return the kinds of tables that the store holds, observations left out.

        Parameters
        ----------
        source, dataset : str, optional
            Only those of this kind of payload.
        """
        statement = (
            "SELECT DISTINCT kind FROM part WHERE retired IS NULL AND kind != ? "
            "AND ? IN ('', source) AND ? IN ('', dataset) ORDER BY kind"
        )
        found = self.catalogue.rows(statement, [OBSERVATIONS, source, dataset])
        return [str(row[0]) for row in found]

    def compact(self, files_min: int = 8) -> int:
        """Merge the files of each month that has at least `files_min`; return how many went.

        Files that an earlier call merged are deleted now, so that a reader who began before is
        not cut off; files that never came to count are deleted as well.
        """
        gone = 0
        with self.writing():
            self.sweep()
            groups: dict[tuple[str, str, str, str], list[Part]] = {}
            for kind in (OBSERVATIONS, *self.kinds()):
                for part in self.catalogue.parts(kind):
                    place = (part.kind, part.source, part.dataset, part.month)
                    groups.setdefault(place, []).append(part)
            for (kind, *_), parts in groups.items():
                if len(parts) < files_min:
                    continue
                frames = [pl.read_parquet(self.root / part.path) for part in parts]
                merged = self.write(kind, pl.concat(frames, how="diagonal_relaxed"))
                with self.catalogue.transaction() as base:
                    insert_parts(base, merged)
                    base.executemany(
                        "UPDATE part SET retired = 1 WHERE path = ?",
                        [[part.path] for part in parts],
                    )
                gone += len(parts)
        return gone

    def sweep(self) -> None:
        """Delete the files that no longer count, and those that never did."""
        with self.catalogue.transaction() as base:
            base.execute("DELETE FROM part WHERE retired IS NOT NULL")
        counting = {str(row[0]) for row in self.catalogue.rows("SELECT path FROM part")}
        for path in self.root.glob("*/*/*/*/*.parquet*"):
            if str(path.relative_to(self.root)) not in counting:
                path.unlink()


def insert_parts(base: sqlite3.Connection, parts: list[Part]) -> None:
    """Make files count."""
    base.executemany(
        "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        [[getattr(part, name) for name in Part.__dataclass_fields__] for part in parts],
    )


def write_parquet(rows: pl.DataFrame, path: Path) -> None:
    """Write a file whole, down to the disk, before it gets its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    with beside.open("wb") as file:
        rows.write_parquet(file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
