"""Rows and tables that come from a topic, stored exactly once."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import polars as pl

from wattbook.errors import InputError
from wattbook.ingest.transport import Bus, Lander, Message
from wattbook.ingest.transport.wire import RowReader, frame_schema, schema_id
from wattbook.sources.payload import RAW_BYTES_MAX, Quarantined
from wattbook.store.observation_landing import SLICE_COLUMNS, TOPIC_COLUMNS, ObservationLanding
from wattbook.store.observations import OBSERVATIONS, PROVENANCE, ROW_COLUMNS, ObservationStore
from wattbook.store.quarantine import Part, QuarantineStore
from wattbook.store.schemas import Registry, RowSchema, table_schema

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TopicStore", "check_landing", "check_topic", "tables_schema", "topic_schema"]

GROUP = "wattbook-store"
NAMESPACE = "wattbook."
TOLD = (*PROVENANCE, *SLICE_COLUMNS)
"""Columns in which no row of a table may lack a value."""


def check_topic(text: str) -> None:
    """Refuse a name that brokers do not take for a topic, or no folder takes in a file's name.

    Raises
    ------
    InputError
        If it is one; says which are taken.
    """
    # The rule of Apache Kafka, org.apache.kafka.common.internals.Topic.
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", text) or text in (".", ".."):
        message = f"topic {text!r}: give 1 to 249 of A-Z, a-z, 0-9, '.', '_' and '-'"
        raise InputError(message)


def check_landing(root: Path) -> None:
    """Refuse a folder of stores that commands fill which do not land.

    Rows that land into the store they come from would be stored, and published, a second time.

    Raises
    ------
    InputError
        If the folder holds payloads, or was published from.
    """
    for name in ("payloads", "outbox"):
        if (root / name).exists():
            message = (
                f"{root} has {name}/: it is filled by other commands, and rows never land into the "
                "store they come from; give a folder of its own to land in"
            )
            raise InputError(message)


def topic_schema() -> RowSchema:
    """Return the schema of observations on a topic: many rows a message."""
    return table_schema("observation", TOPIC_COLUMNS, body="arrow-stream")


def tables_schema(kind: str, columns: pl.Schema) -> RowSchema:
    """Return the schema of rows that are no observations, as they are stored, on a topic."""
    return table_schema(kind, {**columns, **SLICE_COLUMNS}, body="arrow-stream")


class TopicStore:
    """A member of a group that stores what comes from a topic, each row once.

    Parameters
    ----------
    bus, topic
        Where from.
    root : Path
        Folder of the stores to land in: ``observations``, ``quarantine.sqlite``. Nothing else may
        write to them; see `check_landing`.
    registry : Registry
        Knows what the rows were written as.
    now : callable
        ns UTC.
    group : str, optional
        Members of one group share the topic out.

    Raises
    ------
    InputError
        If something else fills the stores.
    """

    def __init__(
        self,
        bus: Bus,
        topic: str,
        root: Path,
        registry: Registry,
        now: "Callable[[], int]",
        group: str = GROUP,
    ) -> None:
        check_landing(root)
        self.topic = topic
        self.now = now
        self.set_aside = 0
        self.observations = ObservationStore(root / "observations")
        self.quarantine = QuarantineStore(root / "quarantine.sqlite")
        self.registry = registry
        self.reader = RowReader(registry, topic_schema())
        self.tables: dict[int, tuple[str, RowReader] | None] = {}
        landing = ObservationLanding(self.observations)
        self.lander: Lander[Mapping[str, pl.DataFrame]]
        self.lander = Lander(bus, topic, group, landing, self.rows)

    def rows(self, messages: Sequence[Message]) -> dict[str, pl.DataFrame]:
        """Return the rows of messages by kind; what holds none is set aside, bytes and all."""
        observed, aside = [], []
        found: dict[str, list[pl.DataFrame]] = {}
        for message in messages:
            table = self.table_of(message)
            if table is None:
                observed.append(message)
                continue
            kind, reader = table
            rows, faults = reader.read([message])
            lacking = [name for name in TOLD if rows[name].null_count()]
            if lacking:
                reason = f"rows of table {kind} without {' and '.join(lacking)}"
                faults.append(Quarantined("message", 0, reason, message.value))
            else:
                found.setdefault(kind, []).append(rows)
            aside += faults
        rows, faults = self.reader.read(observed)
        self.hold(aside + faults)
        tables = {kind: pl.concat(parts, how="diagonal_relaxed") for kind, parts in found.items()}
        return {OBSERVATIONS: rows, **tables}

    def table_of(self, message: Message) -> tuple[str, RowReader] | None:
        """Return the kind of table that a message holds rows of, and who reads it; none for none.

        What a schema of another form wrote is nobody's: whoever reads observations says why.
        """
        number = schema_id(message.value)
        if number is not None and number not in self.tables:
            try:
                schema = self.registry.schema(number)
            except InputError:
                return None
            self.tables[number] = self.table_reader(schema)
        return None if number is None else self.tables[number]

    def table_reader(self, schema: RowSchema) -> tuple[str, RowReader] | None:
        """Return the kind of table whose rows a schema describes, and their reader."""
        columns = {column.name for column in schema.columns}
        kind = schema.name.removeprefix(NAMESPACE)
        is_ours = schema.name.startswith(NAMESPACE) and kind not in {OBSERVATIONS, "observation"}
        if not (is_ours and schema.body == "arrow-stream" and columns.issuperset(TOLD)):
            return None
        types = {name: ROW_COLUMNS[name] for name in PROVENANCE} | dict(SLICE_COLUMNS)
        own = frame_schema(schema)
        return (kind, RowReader(self.registry, schema)) if types.items() <= own.items() else None

    def hold(self, aside: Sequence[Quarantined]) -> None:
        """Set messages aside."""
        parts = [
            Part(
                "",
                "",
                hashlib.sha256(part.raw).hexdigest(),
                self.topic,
                f"topic {self.topic}",
                self.now(),
                "message",
                0,
                part.reason,
                part.raw[:RAW_BYTES_MAX],
            )
            for part in aside
        ]
        self.set_aside += self.quarantine.hold(parts, self.now(), "land")

    def step(self, timeout_s: float = 1.0) -> int:
        """Land what has come; return how many messages were kept."""
        return self.lander.step(timeout_s=timeout_s)

    def close(self) -> None:
        """Leave the group."""
        self.lander.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
