"""What a store holds, published to a bus by instrument and by table, to be landed exactly once.

Rows are published after they are stored, from the store itself: a process that is killed in between
publishes what is missing when it starts again. What it published twice is landed once, because
every slice of rows has a name.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Self

import polars as pl

from wattbook.errors import InputError, StoreError
from wattbook.ingest.transport import Bus, Message, RingBus
from wattbook.ingest.transport.wire import RowWriter
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.runtime.ingest.topic_store import (
    TopicStore,
    check_landing,
    check_topic,
    tables_schema,
    topic_schema,
)
from wattbook.sources.fetch.cache import write_whole
from wattbook.store.observation_landing import TOPIC_COLUMNS
from wattbook.store.observations import KEY, OBSERVATIONS, PERIOD, Arrival
from wattbook.store.schemas import ConfluentRegistry, Registry, SqliteRegistry

__all__ = ["Outbox", "bus_at", "registry_at"]

KAFKA = "kafka://"
INSTRUMENT = ["dataset", "location", "counterpart", "item"]
PAYLOADS_AT_ONCE = 64
MESSAGES_AT_ONCE = 10_000
ROWS_AT_ONCE = 200_000
ROWS_A_MESSAGE = 2_000
BYTES_A_MESSAGE = 256 << 10
"""Of rows of a table, about: they may hold long texts."""
ROW_BYTES = 256
"""Of a row, about, beside its texts."""
TOPIC_SHOWN = 100


def bus_at(text: str) -> Bus:
    """Return the bus that ``ring`` or ``kafka://host:port`` names.

    Raises
    ------
    InputError
        If it names none.
    TransportError
        If the client of Kafka is not installed.
    """
    if text == "ring":
        return RingBus()
    if text.startswith(KAFKA) and text.removeprefix(KAFKA):
        from wattbook.ingest.transport.kafka import KafkaBus  # noqa: PLC0415 - an extra

        return KafkaBus(text.removeprefix(KAFKA))
    message = f"{text!r} is no bus; write ring, or kafka://127.0.0.1:9092"
    raise InputError(message)


def registry_at(text: str) -> Registry:
    """Return the registry in a file, or at an address with Confluent's interface."""
    if text.startswith(("http://", "https://")):
        return ConfluentRegistry(text)
    return SqliteRegistry(Path(text))


class Outbox:
    """Publishes every row that a store holds and that it did not publish before.

    Parameters
    ----------
    pipeline : Pipeline
        The stores.
    bus : Bus
        Where to.
    name : str
        Of the bus, under which it is kept how far the topic is.
    topic : str
        Made if it is not there; see `check_topic`.
    partitions : int
        Of the topic.
    land : Path, optional
        Folder of stores that the same process lands into, which a ring needs.

    Raises
    ------
    SchemaError
        If the registry refuses the rows; nothing was published then.
    InputError
        If the topic cannot have that name, a ring has nowhere to land, or rows would land into a
        store that is filled otherwise.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        bus: Bus,
        name: str,
        topic: str,
        partitions: int,
        land: Path | None = None,
    ) -> None:
        check_topic(topic)
        if isinstance(bus, RingBus) and land is None:
            message = "a ring ends with its process; say where its rows land: --land DIR"
            raise InputError(message)
        if land is not None and land.resolve() == pipeline.root.resolve():
            message = f"{land} is the store that publishes; give another folder to land in"
            raise InputError(message)
        if land is not None:
            check_landing(land)
        self.pipeline = pipeline
        self.writer = RowWriter(pipeline.registry.register(f"{topic}-value", topic_schema()))
        self.subject = topic
        self.tables: dict[tuple[str, str], RowWriter] = {}
        where = f"{name} {topic} {'' if land is None else land.resolve()}"
        digest = hashlib.sha256(where.encode()).hexdigest()[:12]
        # The digest tells topics apart; a whole one may be too long for the name of a file.
        self.path = pipeline.root / "outbox" / f"{topic[:TOPIC_SHOWN]}-{digest}.json"
        if isinstance(bus, RingBus):
            # The offsets of a ring begin anew with each process.
            topic = f"{topic}@{uuid.uuid4().hex}"
        bus.create(topic, partitions)
        self.landing = (
            None if land is None else TopicStore(bus, topic, land, pipeline.registry, pipeline.now)
        )
        self.publisher = bus.publisher(topic)
        self.published = 0

    def after(self) -> int:
        """Return up to which transaction of the store everything was published.

        Raises
        ------
        StoreError
            If the file that says so is damaged.
        """
        if not self.path.exists():
            return 0
        try:
            return int(json.loads(self.path.read_bytes())["after"])
        except (OSError, ValueError, KeyError, TypeError) as fault:
            message = f"{self.path} says no position ({fault!r}); delete it to publish all again"
            raise StoreError(message) from fault

    def catch_up(self) -> int:
        """Publish what the store has and the topic has not; return how many messages."""
        count, after = 0, self.after()
        while arrivals := self.arrivals(after):
            rows = self.rows(after, arrivals)
            waiting: list[Message] = []
            for arrival in arrivals:
                waiting += self.messages(arrival, rows)
                while len(waiting) >= MESSAGES_AT_ONCE:
                    count += self.publish(waiting[:MESSAGES_AT_ONCE])
                    waiting = waiting[MESSAGES_AT_ONCE:]
            count += self.publish(waiting)
            after = arrivals[-1].number
            write_whole(self.path, json.dumps({"after": after}).encode())
        self.published += count
        return count

    def arrivals(self, after: int) -> list[Arrival]:
        """Return the next transactions to publish, few enough that their rows fit into memory.

        A payload that was read again before it was published comes once for each reading: what it
        gave first was known until the correction.
        """
        found = self.pipeline.observations.catalogue.transactions_since(after, PAYLOADS_AT_ONCE)
        sums = accumulate(arrival.rows for arrival in found)
        fitting = sum(total <= ROWS_AT_ONCE for total in sums)
        return found[: max(fitting, 1)]

    def rows(self, after: int, arrivals: Sequence[Arrival]) -> dict[str, pl.DataFrame]:
        """Return the rows of the transactions behind `after`, up to the last arrival, by kind."""
        store, last = self.pipeline.observations, arrivals[-1].number
        found = {OBSERVATIONS: store.committed(after, last).collect()}
        # A source may have many kinds of tables: those of other payloads are not looked at.
        for source, dataset in sorted({(one.source, one.dataset) for one in arrivals}):
            for kind in store.kinds(source, dataset):
                rows = store.committed(after, last, kind, source, dataset).collect()
                before = found.get(kind, rows.clear())
                found[kind] = pl.concat([before, rows], how="diagonal_relaxed")
        return found

    def messages(self, arrival: Arrival, rows: Mapping[str, pl.DataFrame]) -> Iterator[Message]:
        """Yield the rows of a transaction, an instrument or rows of a table a message."""
        is_correction = arrival.number != arrival.arrival
        is_own = (
            (pl.col("commit") == arrival.number)
            & (pl.col("source") == arrival.source)
            & (pl.col("payload") == arrival.payload)
        )
        # In an order that does not depend on files: what is published again has the same slices.
        own = rows[OBSERVATIONS].filter(is_own).sort(*KEY, *PERIOD, maintain_order=True)
        for key, part in own.group_by(INSTRUMENT, maintain_order=True):
            instrument = "/".join(str(text or "") for text in key)
            for number, piece in enumerate(part.iter_slices(ROWS_A_MESSAGE)):
                whole = self.sliced(arrival, instrument, number, piece, is_correction=is_correction)
                yield self.message(instrument, whole)
        for kind, every in rows.items():
            table = every.filter(is_own) if kind != OBSERVATIONS else pl.DataFrame()
            topic_key = f"{arrival.source}/{kind}"
            for number, piece in enumerate(pieces(table)):
                whole = self.sliced(arrival, topic_key, number, piece, is_correction=is_correction)
                (value,) = self.table_writer(kind, piece.schema).values(whole)
                yield Message(topic_key, value)
        if is_correction and own.is_empty():
            piece = pl.DataFrame(
                {
                    "source": arrival.source,
                    "payload": arrival.payload,
                    "ts_recv": arrival.ts_recv,
                    "commit": arrival.number,
                    "ts_known": self.known_from(arrival),
                }
            )
            whole = self.sliced(arrival, arrival.payload, 0, piece, is_correction=True)
            yield self.message(arrival.payload, whole)

    def known_from(self, arrival: Arrival) -> int:
        """Return from when on the correction counts that took every row of a payload away."""
        found = self.pipeline.observations.catalogue.superseded()
        return int(found.filter(pl.col("commit") == arrival.number)["ts_known"][0])

    def table_writer(self, kind: str, columns: pl.Schema) -> RowWriter:
        """Return who writes rows of a table with these columns, registered once."""
        schema = tables_schema(kind, columns)
        known = kind, schema.text
        if known not in self.tables:
            # As Confluent names the subject of one record of several on a topic.
            subject = f"{self.subject}-{schema.name}"
            self.tables[known] = RowWriter(self.pipeline.registry.register(subject, schema))
        return self.tables[known]

    @staticmethod
    def sliced(
        arrival: Arrival, key: str, number: int, rows: pl.DataFrame, *, is_correction: bool
    ) -> pl.DataFrame:
        """Return rows with the name of the slice that they are published as."""
        told = (arrival.source, arrival.payload, arrival.ts_recv, arrival.number, key, number)
        name = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:40]
        return rows.with_columns(slice=pl.lit(name), is_correction=pl.lit(is_correction))

    def message(self, key: str, rows: pl.DataFrame) -> Message:
        """Return a slice of observations as a message."""
        columns = [
            pl.lit(None, kind).alias(column)
            for column, kind in TOPIC_COLUMNS.items()
            if column not in rows.columns
        ]
        (value,) = self.writer.values(rows.with_columns(columns))
        return Message(key, value)

    def publish(self, messages: Sequence[Message]) -> int:
        """Publish, wait until it is safe, and land what this process lands itself."""
        if not messages:
            return 0
        self.publisher.publish(messages)
        self.publisher.flush()
        if self.landing is not None:
            left = len(messages)
            while left > 0:
                left -= self.landing.step()
        return len(messages)

    def close(self) -> None:
        """Let go of the bus."""
        self.publisher.close()
        if self.landing is not None:
            self.landing.close()
            self.landing.observations.compact()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def pieces(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table so many at a time that a message takes them.

    It goes by what the rows hold and not by how they lie in memory or what columns other payloads
    have, so that what is published a second time is cut in the same places.

    Examples
    --------
    >>> table = pl.DataFrame({"text": ["a" * 200_000, "b" * 100_000, None], "revision": [1, 2, 3]})
    >>> [piece["revision"].to_list() for piece in pieces(table)]
    [[1], [2, 3]]
    """
    if table.is_empty():
        return
    texts = [pl.col(name).str.len_bytes() for name in table.select(pl.col(pl.String)).columns]
    size = pl.sum_horizontal(pl.lit(ROW_BYTES), *texts)
    place = table.select(size.cum_sum() // BYTES_A_MESSAGE).to_series()
    yield from table.with_columns(place.alias("")).partition_by(
        "", maintain_order=True, include_key=False
    )
