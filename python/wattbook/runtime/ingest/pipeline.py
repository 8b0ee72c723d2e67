"""A payload on its way into the stores: kept, parsed, normalized, stored, or set aside."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import polars as pl

from wattbook.errors import InputError
from wattbook.runtime.ingest.examine import NO_ROW, broken_promise, holds_nothing, too_large
from wattbook.runtime.ingest.normalizers import ByRules, Normalized, Normalizer
from wattbook.sources.catalogue import datasets, recognise
from wattbook.sources.fetch import Cache, Received
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined
from wattbook.sources.tabular import OBSERVATION_SCHEMA
from wattbook.store.observations import Batch, ObservationStore
from wattbook.store.quarantine import Entry, Part, QuarantineStore, State, part_identity

__all__ = ["Ingested", "Pipeline"]


def can_be_stored(row: pl.DataFrame) -> bool:
    """Return whether a refused row has a place in time, so that a person may vouch for it."""
    start, end = row["delivery_start"][0], row["delivery_end"][0]
    return start is not None and end is not None and end >= start and row["dataset"][0] is not None


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
        What its reader raised, if it did.
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

    Parameters
    ----------
    root : Path
        Folder of the stores: ``payloads``, ``observations``, ``quarantine.sqlite``.
    islands : sequence of str, optional
        Further modules with a ``DATASETS``, asked first.
    normalizer : callable, optional
        Makes what rows pass before they are stored; the rules that ship by default. Called once
        for payloads that arrive, and once for each that is read again: it remembers rows.
    now : callable, optional
        ns UTC.
    """

    def __init__(
        self,
        root: Path,
        islands: Sequence[str] = (),
        normalizer: Callable[[], Normalizer] | None = None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self.root = root
        self.islands = tuple(islands)
        self.fresh_normalizer = normalizer or self.by_rules
        self.normalizer = self.fresh_normalizer()
        self.now = now
        self.cache = Cache(root / "payloads")
        self.observations = ObservationStore(root / "observations")
        self.quarantine = QuarantineStore(root / "quarantine.sqlite")

    def by_rules(self) -> Normalizer:
        """Return a normalizer by the rules that ship, which has seen no row yet."""
        own = {dataset.source for island in self.islands for dataset in datasets(island)}
        return ByRules(sorted(own))

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
        if reason := too_large(path.stat().st_size):
            return self.unread(path, stamp, reason)
        content = path.read_bytes()
        key = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:40]
        payload = Payload(path.name, content, stamp, str(path.resolve()))
        dataset = self.recognised(payload)
        received = Received(
            hashlib.sha256(content).hexdigest(),
            dataset.source if isinstance(dataset, Dataset) else "",
            dataset.name if isinstance(dataset, Dataset) else "",
            key,
            path.name,
            payload.address,
            0,
            {},
            stamp,
            len(content),
        )
        if self.observations.has_payload(received.source, received.sha256):
            return Ingested(
                path.name, received.source, received.dataset, 0, 0, is_new=False, size=len(content)
            )
        return self.take(self.cache.keep(received, content))

    def unread(self, path: Path, ts_recv: int, reason: str) -> Ingested:
        """Set a file aside without reading it into memory or keeping it."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        address = str(path.resolve())
        part = Part("", "", digest, path.name, address, ts_recv, "payload", 0, reason)
        added = self.quarantine.hold([part], self.now())
        return Ingested(path.name, "", "", 0, 1, is_new=added > 0, size=path.stat().st_size)

    def recognised(self, payload: Payload) -> Dataset | str:
        """Return the dataset that knows a payload, or why there is none."""
        try:
            found = recognise(payload, self.islands)
        except Exception as fault:  # noqa: BLE001 - a reader's bug must not stop the others
            return f"recognising it raised {type(fault).__name__}: {fault}"
        return found or "no source recognises it"

    def has(self, received: Received) -> bool:
        """Return whether an answer was taken already: a process may be killed before it is."""
        identity = f"{received.source}/{received.sha256}/{received.ts_recv}"
        return self.observations.catalogue.has(identity)

    def take(self, received: Received) -> Ingested:
        """Ingest an answer that lies in the cache; the same one again changes nothing."""
        reading = self.read(received, self.normalizer)
        added = self.quarantine.hold(reading.parts, self.now())
        stored = self.observations.append(reading.batch)
        return self.ingested(received, reading, stored.rows, is_new=stored.is_new or added > 0)

    def take_again(
        self, received: Received, why: str, normalizer: Normalizer | None = None
    ) -> tuple[Ingested, list[Entry]]:
        """Read a payload again with the readers and rules of now; they count from now on.

        Parameters
        ----------
        received : Received
            The payload's reception.
        why : str
            What changed, for the history of the parts that are mended.
        normalizer : Normalizer, optional
            One that has seen the payloads before this one, in order of reception; a fresh one by
            default.

        Returns
        -------
        tuple of Ingested and list of Entry
            What it gives now, and the parts that are no longer refused.
        """
        now = self.now()
        reading = self.read(received, normalizer or self.fresh_normalizer())
        refused = {part_identity(part) for part in reading.parts}
        mended: list[Entry] = []
        if not reading.raised:
            mended = self.quarantine.settle(
                reading.batch.source, received.sha256, refused, now, why
            )
        self.quarantine.hold(reading.parts, now, "reprocess")
        if reading.raised:
            # Its rows of before stay: a bug in the reader is no statement about the data.
            return self.ingested(received, reading, 0, is_new=False), mended
        stored = self.observations.correct(reading.batch, now)
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
            row = pl.read_ndjson(part.raw, schema=OBSERVATION_SCHEMA)
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

    def read(self, received: Received, normalizer: Normalizer) -> Reading:
        """Return what a payload gives; raises nothing that its reader raises."""
        payload = self.cache.payload(received)
        dataset: Dataset | str
        if received.source:
            dataset = self.dataset(received.source, received.dataset)
        else:
            dataset = self.recognised(payload)
        empty = pl.DataFrame()
        if isinstance(dataset, str):
            batch = Batch("", "", received.sha256, received.ts_recv, empty)
            return Reading(batch, [self.whole(received, "", "", dataset)])
        source, name = dataset.source, dataset.name
        batch = Batch(source, name, received.sha256, received.ts_recv, empty)
        try:
            parsed = dataset.parse(payload)
            broken = broken_promise(parsed)
            if broken:
                raised = f"its reader broke its promise: {broken}"
                return Reading(batch, [self.whole(received, source, name, raised)], raised)
            normalized = normalizer.apply(
                parsed.observations, source=source, ts_recv=received.ts_recv
            )
        except Exception as fault:  # noqa: BLE001 - a reader's bug must not stop the others
            raised = f"its reader raised {type(fault).__name__}: {fault}".split("\n", 1)[0]
            return Reading(batch, [self.whole(received, source, name, raised)], raised)
        vouch = partial(normalizer.vouched, source=source, ts_recv=received.ts_recv)
        return self.sorted_out(received, batch, parsed, normalized, vouch)

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
        for refused in normalized.refused:
            raw = refused.row.write_ndjson().encode()
            part = replace(
                self.part(received, batch, Quarantined(refused.place, 0, refused.reason, raw)),
                is_row=can_be_stored(refused.row),
            )
            if part_identity(part) in released:
                vouched.append(vouch(refused.row).rows)
            else:
                parts.append(part)
        rows = pl.concat([normalized.rows, *vouched], how="diagonal_relaxed")
        is_empty = holds_nothing(replace(parsed, observations=rows)) and not normalized.repeated
        if is_empty and not parts and not released:
            parts.append(self.whole(received, batch.source, batch.dataset, NO_ROW))
        return Reading(replace(batch, observations=rows, tables=parsed.tables), parts)

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

    def whole(self, received: Received, source: str, dataset: str, reason: str) -> Part:
        """Return a whole payload as one part."""
        batch = Batch(source, dataset, received.sha256, received.ts_recv, pl.DataFrame())
        return self.part(received, batch, Quarantined("payload", 0, reason))
