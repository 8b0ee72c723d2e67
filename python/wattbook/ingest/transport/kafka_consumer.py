"""Consumes from Kafka as a member of a group, from where the store or the group stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Self, TypeVar

from wattbook.errors import TransportError
from wattbook.ingest.transport.bus import Batch, Message, Start
from wattbook.ingest.transport.kafka_client import POLL_S, ck, reason

__all__ = ["KafkaConsumer"]

Answer = TypeVar("Answer")

KEYS_MAX = 65_536
"""How many instruments' keys a consumer keeps as text."""

MOVED = {
    ck.KafkaError.ILLEGAL_GENERATION,
    ck.KafkaError.UNKNOWN_MEMBER_ID,
    ck.KafkaError.REBALANCE_IN_PROGRESS,
    ck.KafkaError.STALE_MEMBER_EPOCH,
    ck.KafkaError.FENCED_MEMBER_EPOCH,
}
"""Refusals of a commit that mean: the partition is another member's by now, who does it again."""

PASSING = {
    ck.KafkaError._DESTROY_BROKER,  # noqa: SLF001 - librdkafka's own errors begin so
    ck.KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
    ck.KafkaError._TIMED_OUT,  # noqa: SLF001
    ck.KafkaError._TRANSPORT,  # noqa: SLF001
    ck.KafkaError._WAIT_COORD,  # noqa: SLF001
    ck.KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    ck.KafkaError.COORDINATOR_NOT_AVAILABLE,
    ck.KafkaError.NOT_COORDINATOR,
    ck.KafkaError.REQUEST_TIMED_OUT,
}
"""Refusals that pass when a broker comes back or another one takes its work over."""


class KafkaConsumer:
    """A member of a group of a `KafkaBus`.

    It keeps the position of each of its partitions itself, since the offsets of Kafka leave out
    numbers where transactions ended. Where it has seen the end of a partition and all before is
    committed, it commits the end, so that no such number counts as lag.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        topic: str,
        group: str,
        start: Start | None,
        timeout_s: float,
    ) -> None:
        self._topic = topic
        self._start = start
        self._timeout_s = timeout_s
        self._positions: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._committed: dict[int, int] = {}
        self._fault: TransportError | None = None
        self._lost: set[int] = set()
        self._again: set[int] = set()
        self._keys: dict[bytes | str | None, str] = {}
        self._consumer = ck.Consumer(
            {
                **settings,
                "group.id": group,
                "group.protocol": "consumer",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                # A position that the brokers no longer have is a loss, which nobody may pass over.
                "auto.offset.reset": "error",
                "fetch.wait.max.ms": 50,
                "fetch.error.backoff.ms": 100,
                "socket.timeout.ms": 10_000,
            }
        )
        self._consumer.subscribe(
            [topic], on_assign=self._assign, on_revoke=self._revoke, on_lost=self._revoke
        )

    def _assign(self, consumer: ck.Consumer, places: list[ck.TopicPartition]) -> None:
        """Begin in new partitions where the store, else the group, stands."""
        unknown = [p for p in places if not self._begin_from_store(p)]
        try:
            if unknown:
                self._begin_from_group(consumer, unknown)
        except ck.KafkaException as fault:
            # What leaves this callback passes through the client, which changes its type.
            self._fault = self._said(fault)
            return
        for place in places:
            place.offset = self._positions[place.partition]
        consumer.incremental_assign(places)

    def _begin_from_group(self, consumer: ck.Consumer, places: list[ck.TopicPartition]) -> None:
        """Take the group's positions, and the beginning of a partition where it has none."""
        for place in self._asked(lambda: consumer.committed(places, self._timeout_s)):
            known = place.offset >= 0
            begin = place.offset if known else self._asked(partial(self._beginning, place))
            self._positions[place.partition] = begin

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        """Return what the brokers answer, asked again while what refuses it passes."""
        deadline = time.monotonic() + self._timeout_s
        while True:
            try:
                return ask()
            except ck.KafkaException as fault:
                if reason(fault).code() not in PASSING or time.monotonic() > deadline:
                    raise
            time.sleep(POLL_S)

    def _begin_from_store(self, place: ck.TopicPartition) -> bool:
        """Take the store's position of a partition; return whether it has one."""
        kept = self._start(place.partition) if self._start else None
        if kept is not None:
            self._positions[place.partition] = kept
        return kept is not None

    def _beginning(self, place: ck.TopicPartition) -> int:
        """Return the first offset that the brokers still have."""
        bounds = self._consumer.get_watermark_offsets(place, self._timeout_s)
        if bounds is None:
            raise ck.KafkaException(ck.KafkaError(ck.KafkaError._TIMED_OUT))  # noqa: SLF001
        return int(bounds[0])

    def _revoke(self, consumer: ck.Consumer, places: list[ck.TopicPartition]) -> None:
        for place in places:
            self._lost.add(place.partition)
            for known in (self._positions, self._ends, self._committed):
                known.pop(place.partition, None)
        consumer.incremental_unassign(places)

    def poll(self, messages_max: int = 10_000, timeout_s: float = 1.0) -> list[Batch]:
        """Return what has come; see `Consumer.poll`."""
        self._lost.clear()
        deadline = time.monotonic() + timeout_s
        parts: dict[int, list[ck.Message]] = {}
        while not parts:
            # The client waits for all that it is asked for, so only the first is waited for.
            found = self._consume(1, max(deadline - time.monotonic(), 0.0))
            if found and messages_max > 1:
                found += self._consume(messages_max - 1, 0.0)
            parts = self._parts(found)
            if time.monotonic() >= deadline:
                break
        # A partition that went and came back within the call may have brought messages from before
        # and from after; what counts is where it stands now, so it is read again from there.
        for partition in self._lost & self._positions.keys():
            parts.pop(partition, None)
            self._again.add(partition)
        for partition in self._again & parts.keys():
            del parts[partition]
        self._read_again()
        return [self._batch(partition, part) for partition, part in parts.items()]

    def _consume(self, count: int, timeout_s: float) -> list[ck.Message]:
        try:
            found = self._consumer.consume(count, timeout_s)
        except ck.KafkaException as fault:
            raise self._said(fault) from fault
        if self._fault is not None:
            raise self._fault
        return found

    def _said(self, fault: ck.KafkaException) -> TransportError:
        return TransportError(f"topic {self._topic!r}: {reason(fault).str()}")

    def _parts(self, found: list[ck.Message]) -> dict[int, list[ck.Message]]:
        """Return the messages of each own partition; note the ends that were reached."""
        parts: dict[int, list[ck.Message]] = {}
        for message in found:
            partition, error = message.partition(), message.error()
            if error is not None:
                if error.code() == ck.KafkaError._PARTITION_EOF:  # noqa: SLF001
                    self._ends[_known(partition)] = _known(message.offset())
                else:
                    self._look_at(error)
            elif partition in self._positions:
                parts.setdefault(partition, []).append(message)
        return parts

    def _batch(self, partition: int, part: list[ck.Message]) -> Batch:
        """Return the messages as a batch and stand behind it."""
        first, after = self._positions[partition], _known(part[-1].offset()) + 1
        self._positions[partition] = after
        messages = tuple(Message(self._key(m.key()), m.value() or b"") for m in part)
        return Batch(self._topic, partition, first, after, messages)

    def _key(self, key: bytes | str | None) -> str:
        """Return a key as text, the same object for the same instrument."""
        found = self._keys.get(key)
        if found is None:
            found = key if isinstance(key, str) else (key or b"").decode(errors="replace")
            if len(self._keys) >= KEYS_MAX:
                self._keys.clear()
            self._keys[key] = found
        return found

    def _read_again(self) -> None:
        """Go to where each partition to read again stands, as soon as it can be gone to."""
        for partition in list(self._again):
            if partition in self._positions:
                offset = self._positions[partition]
                try:
                    self._consumer.seek(ck.TopicPartition(self._topic, partition, offset))
                except ck.KafkaException:
                    continue
            self._again.discard(partition)

    def _look_at(self, error: ck.KafkaError) -> None:
        """Raise for an error that does not mend itself."""
        if error.code() in {ck.KafkaError._AUTO_OFFSET_RESET, ck.KafkaError.OFFSET_OUT_OF_RANGE}:  # noqa: SLF001
            message = (
                f"topic {self._topic!r} no longer has the position to go on from ({error.str()}): "
                "messages were removed before they were consumed; decide from where to go on"
            )
            raise TransportError(message)
        if error.fatal() or error.code() == ck.KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise TransportError(f"topic {self._topic!r}: {error.str()}")

    def transaction_offsets(self, batches: Sequence[Batch]) -> tuple[list[Any], Any]:
        """Return what a transaction needs to commit `batches` for this member's group."""
        return self._offsets(batches), self._consumer.consumer_group_metadata()

    def _offsets(self, batches: Sequence[Batch]) -> list[Any]:
        mine = (batch for batch in batches if batch.partition in self._positions)
        last = {batch.partition: batch.after for batch in mine}
        return [ck.TopicPartition(self._topic, p, offset) for p, offset in last.items()]

    def commit(self, batches: Sequence[Batch]) -> None:
        """Say that these are done; see `Consumer.commit`."""
        offsets = self._offsets(batches)
        for place in offsets:
            self._committed[place.partition] = place.offset
        offsets += self._ended()
        if not offsets:
            return
        try:
            self._asked(lambda: self._consumer.commit(offsets=offsets, asynchronous=False))
        except ck.KafkaException as fault:
            if reason(fault).code() not in MOVED:
                raise self._said(fault) from fault

    def _ended(self) -> list[Any]:
        """Return the ends that were reached with everything before them committed."""
        ended = []
        for partition, end in list(self._ends.items()):
            if self._committed.get(partition) == self._positions.get(partition, -1) < end:
                ended.append(ck.TopicPartition(self._topic, partition, end))
                del self._ends[partition]
        return ended

    def seek(self, partition: int, offset: int) -> None:
        """Go to another place; see `Consumer.seek`."""
        if partition in self._positions:
            self._positions[partition] = offset
            self._again.add(partition)
            self._read_again()

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that this member has now, ascending."""
        return tuple(sorted(self._positions))

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def __enter__(self) -> Self:
        """Return the consumer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def _known(number: int | None) -> int:
    """Return a number that a message of a topic always has."""
    assert number is not None, "the client gave a message without partition or offset"  # noqa: S101
    return number
