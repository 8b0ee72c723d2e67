"""What a store holds, published to a bus by instrument, and landed from there exactly once.

Rows are published after they are stored, from the store itself: a process that is killed in between
publishes what is missing when it starts again. What it published twice is landed once, because
every slice of rows has a name.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Self

import polars as pl

from wattbook.errors import InputError, StoreError
from wattbook.ingest.transport import Bus, Lander, Message, RingBus
from wattbook.ingest.transport.wire import RowReader, RowWriter
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.sources.fetch.cache import write_whole
from wattbook.store.observation_landing import TOPIC_COLUMNS, ObservationLanding
from wattbook.store.observations import Arrival, ObservationStore
from wattbook.store.quarantine import Part, QuarantineStore
from wattbook.store.schemas import (
    ConfluentRegistry,
    Registry,
    RowSchema,
    SqliteRegistry,
    table_schema,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Outbox", "TopicStore", "bus_at", "registry_at", "topic_schema"]

KAFKA = "kafka://"
INSTRUMENT = ["dataset", "location", "counterpart", "item"]
PAYLOADS_AT_ONCE = 64
MESSAGES_AT_ONCE = 10_000
ROWS_AT_ONCE = 200_000
ROWS_A_MESSAGE = 2_000
GROUP = "wattbook-store"
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
    """Return the schema of rows on a topic: many rows a message."""
    return table_schema("observation", TOPIC_COLUMNS, body="arrow-stream")


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
        self.reader = RowReader(registry, topic_schema())
        landing = ObservationLanding(self.observations)
        self.lander: Lander[pl.DataFrame] = Lander(bus, topic, group, landing, self.rows)

    def rows(self, messages: Sequence[Message]) -> pl.DataFrame:
        """Return the rows of messages; those that hold none are set aside, bytes and all."""
        rows, aside = self.reader.read(messages)
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
                part.raw,
            )
            for part in aside
        ]
        self.set_aside += self.quarantine.hold(parts, self.now(), "land")
        return rows

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
            rows = self.rows(after, arrivals[-1].number)
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

    def rows(self, after: int, last: int) -> pl.DataFrame:
        """Return the rows of the transactions behind `after`, up to `last`."""
        return self.pipeline.observations.committed(after, last).collect()

    def messages(self, arrival: Arrival, rows: pl.DataFrame) -> Iterator[Message]:
        """Yield the rows of a transaction, an instrument a message."""
        is_correction = arrival.number != arrival.arrival
        own = rows.filter(
            pl.col("commit") == arrival.number,
            pl.col("source") == arrival.source,
            pl.col("payload") == arrival.payload,
        )
        for key, part in own.group_by(INSTRUMENT, maintain_order=True):
            instrument = "/".join(str(text or "") for text in key)
            for number, piece in enumerate(part.iter_slices(ROWS_A_MESSAGE)):
                yield self.message(arrival, instrument, number, piece, is_correction=is_correction)
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
            yield self.message(arrival, arrival.payload, 0, piece, is_correction=True)

    def known_from(self, arrival: Arrival) -> int:
        """Return from when on the correction counts that took every row of a payload away."""
        found = self.pipeline.observations.catalogue.superseded()
        return int(found.filter(pl.col("commit") == arrival.number)["ts_known"][0])

    def message(
        self, arrival: Arrival, key: str, number: int, rows: pl.DataFrame, *, is_correction: bool
    ) -> Message:
        """Return a slice of rows as a message."""
        told = (arrival.source, arrival.payload, arrival.ts_recv, arrival.number, key, number)
        name = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:40]
        given = {"slice": name, "is_correction": is_correction}
        columns = [
            pl.lit(given.get(column), kind).alias(column)
            for column, kind in TOPIC_COLUMNS.items()
            if column not in rows.columns
        ]
        whole = rows.with_columns(columns)
        (value,) = self.writer.values(whole)
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
