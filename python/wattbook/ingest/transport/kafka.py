"""The bus over Apache Kafka 4, by librdkafka."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from wattbook.errors import TransportError
from wattbook.ingest.transport.bus import Start, other_partitions
from wattbook.ingest.transport.kafka_client import LOG, POLL_S, admin, ck, reason
from wattbook.ingest.transport.kafka_consumer import KafkaConsumer
from wattbook.ingest.transport.kafka_publisher import KafkaPublisher

__all__ = ["KafkaBus"]

SPREADS_S = 1.0
"""How long a broker may not know of a topic that another one has."""


class KafkaBus:
    """A bus on Kafka brokers.

    Producers are idempotent and wait for every replica in sync; a named publisher is a transaction
    of Kafka. Consumers read committed messages only and use the group protocol of Kafka 4, in which
    partitions move one by one.

    Parameters
    ----------
    brokers : str
        ``host:port``, several with commas.
    replicas : int
        Of topics that `create` makes.
    timeout_s : float
        How long to wait for the brokers before a `TransportError`.
    settings : mapping of str to str, optional
        Of librdkafka, for every client: ``security.protocol`` and what belongs to it.
    """

    def __init__(
        self,
        brokers: str,
        replicas: int = 1,
        timeout_s: float = 30.0,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._settings: dict[str, Any] = {
            "bootstrap.servers": brokers,
            "logger": LOG,
            **(settings or {}),
        }
        self._replicas = replicas
        self._timeout_s = timeout_s
        self._admin = admin.AdminClient(self._settings)

    def create(self, topic: str, partitions: int) -> None:
        """Make a topic; see `Bus.create`."""
        asked = admin.NewTopic(topic, partitions, self._replicas)
        try:
            self._answer(self._admin.create_topics([asked])[topic])
        except ck.KafkaException as fault:
            if reason(fault).code() != ck.KafkaError.TOPIC_ALREADY_EXISTS:
                raise TransportError(f"topic {topic!r} was not created: {fault}") from fault
        there = self._partitions(topic, self._timeout_s)
        if there != partitions:
            raise TransportError(other_partitions(topic, there, partitions))

    def publisher(self, topic: str, name: str = "") -> KafkaPublisher:
        """Return a publisher; see `Bus.publisher`."""
        return KafkaPublisher(self._settings, topic, self._partitions(topic), name, self._timeout_s)

    def consumer(self, topic: str, group: str, start: Start | None = None) -> KafkaConsumer:
        """Return a new member of `group`; see `Bus.consumer`."""
        self._partitions(topic)
        return KafkaConsumer(self._settings, topic, group, start, self._timeout_s)

    def lag(self, topic: str, group: str) -> Mapping[int, int]:
        """Return by partition how many offsets `group` has still to commit."""
        places = [ck.TopicPartition(topic, p) for p in range(self._partitions(topic))]
        first = self._offsets(places, "earliest")
        end = self._offsets(places, "latest")
        asked = ck.ConsumerGroupTopicPartitions(group, places)
        try:
            found = self._answer(self._admin.list_consumer_group_offsets([asked])[group])
            done = {place.partition: place.offset for place in found.topic_partitions}
        except ck.KafkaException as fault:
            if reason(fault).code() != ck.KafkaError.GROUP_ID_NOT_FOUND:
                raise TransportError(f"lag of group {group!r} is not known: {fault}") from fault
            done = {}
        return {p: end[p] - max(done.get(p, -1), first[p]) for p in sorted(end)}

    def close(self) -> None:
        """Do nothing: the administrator's connection ends with the object."""

    def _answer(self, asked: Future[Any]) -> Any:  # noqa: ANN401 - of any kind
        """Return what the brokers answer."""
        try:
            return asked.result(self._timeout_s)
        except TimeoutError as fault:
            raise self._silent(f"nothing came for {self._timeout_s:g} s") from fault

    def _silent(self, why: str) -> TransportError:
        """Return that nobody answers."""
        brokers = self._settings["bootstrap.servers"]
        return TransportError(
            f"no broker answers at {brokers} ({why}); start one there or give another address"
        )

    def _offsets(self, places: Sequence[ck.TopicPartition], which: str) -> dict[int, int]:
        """Return by partition the first or the next offset that a reader may see."""
        wanted = dict.fromkeys(places, getattr(admin.OffsetSpec, which)())
        committed = ck.IsolationLevel.READ_COMMITTED
        asked = self._admin.list_offsets(wanted, isolation_level=committed)
        try:
            return {p.partition: self._answer(f).offset for p, f in asked.items()}
        except ck.KafkaException as fault:
            raise TransportError(f"offsets of {places[0].topic!r}: {fault}") from fault

    def _partitions(self, topic: str, patience_s: float = SPREADS_S) -> int:
        """Return how many partitions `topic` has; a new one takes a moment to be known to all."""
        deadline = time.monotonic() + patience_s
        while True:
            try:
                known = self._admin.list_topics(topic, timeout=self._timeout_s).topics[topic]
            except ck.KafkaException as fault:
                raise self._silent(reason(fault).str()) from fault
            if known.partitions:
                return len(known.partitions)
            if time.monotonic() > deadline:
                message = f"there is no topic {topic!r} on these brokers; create it first"
                raise TransportError(message)
            time.sleep(POLL_S)
