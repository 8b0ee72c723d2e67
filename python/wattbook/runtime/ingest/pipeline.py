"""A payload on its way into the stores: kept, read, normalized, checked, stored, or set aside."""

import fcntl
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Self

import polars as pl

from wattbook.errors import InputError, SchemaError
from wattbook.runtime.ingest.memory import Memory
from wattbook.runtime.ingest.normalizers import ByRules, Normalized, Normalizer
from wattbook.runtime.ingest.reading import (
    NO_RECORD,
    NO_ROW,
    Read,
    Reader,
    Task,
    holds_nothing,
    too_large,
)
from wattbook.runtime.ingest.rules import StoreRules
from wattbook.runtime.ingest.worker import Worker
from wattbook.sources.catalogue import datasets
from wattbook.sources.fetch import Cache, Received
from wattbook.sources.payload import Dataset, Parsed, Quarantined
from wattbook.sources.tabular import OBSERVATION_SCHEMA
from wattbook.store.observations import Arrival, Batch, ObservationStore
from wattbook.store.quarantine import Entry, Part, QuarantineStore, State, part_identity
from wattbook.store.schemas import Registry, SqliteRegistry, table_schema

__all__ = ["CORRECTION", "Ingested", "Pipeline"]

WHOLE = "payload"
"""The place of a payload that is set aside as a whole."""
CORRECTION = "correction"
"""The table of values that a rule changed: what they were, and which rule it was."""


def can_be_stored(row: pl.DataFrame) -> bool:
    """Return whether a refused row has a place in time, so that a person may vouch for it."""
    start, end = row["delivery_start"][0], row["delivery_end"][0]
    return start is not None and end is not None and end >= start and row["dataset"][0] is not None


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read a piece at a time, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a payload.

    Parameters
    ----------
    name : str
        Of the payload.
    source, dataset : str
        Who read it; empty if nobody knows it.
    rows : int
        Rows stored, of all tables.
    quarantined : int
        Parts set aside.
    is_new : bool
        Whether it changed the stores.
    size : int
        Bytes of the payload.
    raised : str
        How its reader failed, if it did.
    """

    name: str
    source: str
    dataset: str
    rows: int
    quarantined: int
    is_new: bool
    size: int
    raised: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a payload gives with the readers and rules of now."""

    batch: Batch
    parts: list[Part] = field(default_factory=list)
    raised: str = ""


class Pipeline:
    """The stores of one folder, and the way into them.

    Close it, or use it as a context: it may hold a process that reads.

    Parameters
    ----------
    root : Path
        Folder of the stores: ``payloads``, ``observations``, ``quarantine.sqlite``.
    islands : sequence of str, optional
        Further modules with a ``DATASETS``, asked first.
    normalizer : callable, optional
        Makes what rows pass before they are stored, fresh for each source; by default `ByRules`
        with the rule file of the store, or as it ships.
    now : callable, optional
        ns UTC.
    reader : Reader, optional
        Reads payloads; a process of its own by default.
    registry : Registry, optional
        Says which rows the stores take; ``schemas.sqlite`` in the folder by default.
    """

    def __init__(
        self,
        root: Path,
        islands: Sequence[str] = (),
        normalizer: Callable[[], Normalizer] | None = None,
        now: Callable[[], int] = time.time_ns,
        reader: Reader | None = None,
        registry: Registry | None = None,
    ) -> None:
        self.root = root
        self.islands = tuple(islands)
        self.now = now
        self.cache = Cache(root / "payloads")
        self.observations = ObservationStore(root / "observations")
        self.quarantine = QuarantineStore(root / "quarantine.sqlite")
        self.rules = StoreRules(root / "rules")
        self.reader: Reader = reader or Worker(self.islands)
        self.registry: Registry = registry or SqliteRegistry(root / "schemas.sqlite")
        self.registered: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        self.fresh_normalizer = normalizer or self.by_rules
        self.memory = Memory(self.fresh_normalizer, self.observations.catalogue, self.recall)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process that reads, and let go of the registry."""
        self.reader.close()
        if isinstance(self.registry, SqliteRegistry):
            self.registry.close()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the stores, so that what a normalizer remembers is what is stored."""
        with (self.root / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def by_rules(self) -> ByRules:
        """Return a normalizer by the rules of the store, which has seen no row yet."""
        own = {dataset.source for island in self.islands for dataset in datasets(island)}
        return ByRules(sorted(own), self.rules.text())

    def dataset(self, source: str, name: str) -> Dataset:
        """Return a dataset by its source and name.

        Raises
        ------
        InputError
            If no source has it.
        """
        every = [dataset for island in self.islands for dataset in datasets(island)]
        every += datasets()
        for dataset in every:
            if (dataset.source, dataset.name) == (source, name):
                return dataset
        known = ", ".join(sorted({f"{entry.source} {entry.name}" for entry in every}))
        message = f"no source has the dataset {source} {name}; there are: {known or 'none'}"
        raise InputError(message)

    def take_file(self, path: Path, ts_recv: int | None = None) -> Ingested:
        """Ingest a file; the same bytes again change nothing.

        One that is too large is set aside by its hash, and not kept.

        Parameters
        ----------
        path : Path
            The payload.
        ts_recv : int, optional
            When it was received, ns UTC; when the file was last written by default.
        """
        stamp = path.stat().st_mtime_ns if ts_recv is None else ts_recv
        size = path.stat().st_size
        if reason := too_large(size):
            return self.unread(path, stamp, reason)
        for held in self.observations.catalogue.of_payload(file_sha256(path)):
            if held.source:
                told = held.source, held.dataset
                return Ingested(path.name, *told, 0, 0, is_new=False, size=size)
        sha256 = self.cache.land(path)
        address = str(path.resolve())
        key = hashlib.sha256(address.encode()).hexdigest()[:40]
        received = Received(sha256, "", "", key, path.name, address, 0, {}, stamp, size)
        found = self.reader.read(self.task(received))
        received = replace(received, source=found.source, dataset=found.dataset)
        return self.store(self.cache.keep(received), found)

    def unread(self, path: Path, ts_recv: int, reason: str) -> Ingested:
        """Set a file aside without reading it into memory or keeping it."""
        address = str(path.resolve())
        part = Part("", "", file_sha256(path), path.name, address, ts_recv, WHOLE, 0, reason)
        added = self.quarantine.hold([part], self.now())
        return Ingested(path.name, "", "", 0, 1, is_new=added > 0, size=path.stat().st_size)

    def task(self, received: Received | Arrival) -> Task:
        """Return what the reader is given of a payload that was kept."""
        sha256 = received.sha256 if isinstance(received, Received) else received.payload
        return Task(
            self.cache.object_path(sha256),
            received.name,
            received.address,
            received.ts_recv,
            received.source,
            received.dataset,
            sha256,
        )

    def has(self, received: Received) -> bool:
        """Return whether an answer was taken already: a process may be killed before it is."""
        identity = f"{received.source}/{received.sha256}/{received.ts_recv}"
        return self.observations.catalogue.has(identity)

    def take(self, received: Received) -> Ingested:
        """Ingest an answer that lies in the cache; the same one again changes nothing."""
        if received.source and self.has(received):
            told = received.name, received.source, received.dataset
            return Ingested(*told, 0, 0, is_new=False, size=received.size)
        return self.store(received, self.reader.read(self.task(received)))

    def store(self, received: Received, found: Read) -> Ingested:
        """Store what a payload was read as, in its turn."""
        with self.turn():
            if self.has(replace(received, source=found.source)):
                told = received.name, found.source, found.dataset
                return Ingested(*told, 0, 0, is_new=False, size=received.size)
            try:
                reading = self.reading(received, found, self.memory.before(found.source))
                added = self.quarantine.hold(reading.parts, self.now())
                stored = self.observations.append(reading.batch)
                if reading.raised and found.parsed is not None:
                    # The normalizer has seen rows that are not stored.
                    self.memory.forget(found.source)
            except BaseException:
                self.memory.forget(found.source)
                raise
        return self.ingested(received, reading, stored.rows, is_new=stored.is_new or added > 0)

    def recall(self, arrival: Arrival, normalizer: Normalizer) -> None:
        """Show a payload that is stored to a normalizer, as if it came now.

        One that was set aside as a whole was not shown before either; and a reader that hangs on it
        would hang again at each start. One whose bytes are no longer kept cannot be shown.
        """
        if not arrival.source or not self.cache.object_path(arrival.payload).exists():
            return
        held = self.quarantine.entries(source=arrival.source, payload=arrival.payload)
        if any(entry.part.place == WHOLE and entry.state is not State.CORRECTED for entry in held):
            return
        found = self.reader.read(self.task(arrival))
        if found.parsed is not None:
            normalizer.apply(
                found.parsed.observations, source=arrival.source, ts_recv=arrival.ts_recv
            )

    def take_again(self, received: Received, why: str) -> tuple[Ingested, list[Entry]]:
        """Read a payload again with the readers and rules of now; they count from now on.

        Parameters
        ----------
        received : Received
            The payload's reception.
        why : str
            What changed, for the history of the parts that are mended.

        Returns
        -------
        tuple of Ingested and list of Entry
            What it gives now, and the parts that are no longer refused.
        """
        now = self.now()
        found = self.reader.read(self.task(received))
        mended: list[Entry] = []
        with self.turn():
            held = [
                entry.arrival
                for entry in self.observations.catalogue.of_payload(received.sha256)
                if (entry.source, entry.ts_recv) == (found.source, received.ts_recv)
            ]
            normalizer = self.memory.before(found.source, held[0] if held else None)
            try:
                reading = self.reading(received, found, normalizer)
                refused = {part_identity(part) for part in reading.parts}
                if not reading.raised:
                    mended = self.quarantine.settle(
                        reading.batch.source, received.sha256, refused, now, why
                    )
                self.quarantine.hold(reading.parts, now, "reprocess")
                if reading.raised:
                    # Its rows of before stay: a bug in the reader is no statement about the data.
                    return self.ingested(received, reading, 0, is_new=False), mended
                stored = self.observations.correct(reading.batch, now)
            except BaseException:
                self.memory.forget(found.source)
                raise
        is_new = stored.is_new or bool(mended)
        return self.ingested(received, reading, stored.rows, is_new=is_new), mended

    @staticmethod
    def ingested(received: Received, reading: Reading, rows: int, *, is_new: bool) -> Ingested:
        """Return what became of a payload."""
        batch = reading.batch
        return Ingested(
            received.name,
            batch.source,
            batch.dataset,
            rows,
            len(reading.parts),
            is_new,
            received.size,
            reading.raised,
        )

    def release(self, number: int, who: str, why: str) -> Ingested:
        """Let a refused row count from now on, because a person vouches for it.

        Raises
        ------
        InputError
            If the part is not held, is no row or has no form in which it could be stored, or no
            reason is given.
        """
        entry = self.quarantine.entry(number)
        part = entry.part
        if part.is_row:
            row = pl.read_ndjson(part.row.encode(), schema=OBSERVATION_SCHEMA)
            normalizer = self.fresh_normalizer()
            found = normalizer.vouched(row, source=part.source, ts_recv=part.ts_recv)
            if not found.rows.height:
                message = (
                    f"part {number} cannot be stored, whoever vouches for it: "
                    f"{found.refused[0].reason}; mend the table, then reprocess"
                )
                raise InputError(message)
        self.quarantine.decide(number, State.RELEASED, self.now(), who, why)
        return self.take_again(self.reception(entry), f"part {number} was released")[0]

    def reception(self, entry: Entry) -> Received:
        """Return the reception of the payload that a part comes from."""
        part = entry.part
        return Received(
            part.payload,
            part.source,
            part.dataset,
            "",
            part.name,
            part.address,
            0,
            {},
            part.ts_recv,
            self.cache.object_path(part.payload).stat().st_size,
        )

    def reading(self, received: Received, found: Read, normalizer: Normalizer) -> Reading:
        """Return what a payload gives, once it was read."""
        told = found.source, found.dataset, received.sha256, received.ts_recv
        batch = Batch(*told, pl.DataFrame(), {}, received.name, received.address)
        parsed = found.parsed
        if parsed is None:
            raised = found.reason if found.is_bug else ""
            return Reading(batch, [self.whole(received, batch, found.reason)], raised)
        normalized = normalizer.apply(
            parsed.observations, source=found.source, ts_recv=received.ts_recv
        )
        vouch = partial(normalizer.vouched, source=found.source, ts_recv=received.ts_recv)
        reading = self.sorted_out(received, batch, parsed, normalized, vouch)
        if reason := self.refused_schema(reading.batch):
            return Reading(batch, [*reading.parts, self.whole(received, batch, reason)], reason)
        return reading

    def refused_schema(self, batch: Batch) -> str:
        """Register the columns of the rows; return why the registry refuses them, or nothing."""
        tables: Mapping[str, pl.DataFrame] = {"observations": batch.observations, **batch.tables}
        for kind, table in tables.items():
            if table.is_empty():
                continue
            try:
                self.register(kind, table.schema)
            except SchemaError as fault:
                return f"its rows are not those that are stored: {fault}"
        return ""

    def register(self, kind: str, schema: pl.Schema) -> None:
        """Register the columns of a kind of table; once is enough.

        Raises
        ------
        SchemaError
            If the registry refuses them; names each.
        """
        columns = (kind, tuple((name, str(one)) for name, one in schema.items()))
        if columns not in self.registered:
            self.registry.register(f"stored.{kind}", table_schema(kind, schema))
            self.registered.add(columns)

    def sorted_out(
        self,
        received: Received,
        batch: Batch,
        parsed: Parsed,
        normalized: Normalized,
        vouch: Callable[[pl.DataFrame], Normalized],
    ) -> Reading:
        """Return rows to store and parts to set aside; what a person released is a row."""
        released = {
            entry.identity
            for entry in self.quarantine.entries(State.RELEASED, payload=received.sha256)
        }
        parts = [self.part(received, batch, part) for part in parsed.quarantined]
        vouched = []
        for refused, part in self.refused_rows(received, batch, normalized):
            if part_identity(part) in released:
                vouched.append(vouch(refused).rows)
            else:
                parts.append(part)
        rows = pl.concat([normalized.rows, *vouched], how="diagonal_relaxed")
        is_empty = holds_nothing(replace(parsed, observations=rows)) and not normalized.repeated
        if is_empty and not parts and not released:
            parts.append(self.whole(received, batch, NO_ROW))
        tables = dict(parsed.tables)
        if normalized.corrections:
            tables[CORRECTION] = normalized.correction_table()
        return Reading(replace(batch, observations=rows, tables=tables), parts)

    def refused_rows(
        self, received: Received, batch: Batch, normalized: Normalized
    ) -> Iterator[tuple[pl.DataFrame, Part]]:
        """Yield each row that a rule refused, and the part that it is in its payload."""
        known = sorted({one.offset for one in normalized.refused if one.offset is not None})
        cut = self.reader.cut(self.task(received), known) if known else []
        records = dict(zip(known, cut, strict=True))
        for refused in normalized.refused:
            row = refused.row.write_ndjson()
            # Where the reader knows no byte, the row is all there is.
            offset = refused.offset or 0
            record = records.get(offset, NO_RECORD) if refused.offset is not None else NO_RECORD
            offset = offset if record == NO_RECORD else record.offset
            line = f", line {record.line}" if record.line else ""
            member = f"{record.member}: " if record.member else ""
            place = f"{member}{refused.place}{line}"
            aside = Quarantined(place, offset, refused.reason, record.raw or row.encode())
            part = self.part(received, batch, aside)
            yield refused.row, replace(part, row=row if can_be_stored(refused.row) else "")

    @staticmethod
    def part(received: Received, batch: Batch, part: Quarantined) -> Part:
        """Return a part as the quarantine keeps it."""
        return Part(
            batch.source,
            batch.dataset,
            received.sha256,
            received.name,
            received.address,
            received.ts_recv,
            part.place,
            part.offset,
            part.reason,
            part.raw,
        )

    def whole(self, received: Received, batch: Batch, reason: str) -> Part:
        """Return a whole payload as one part."""
        return self.part(received, batch, Quarantined(WHOLE, 0, reason))
