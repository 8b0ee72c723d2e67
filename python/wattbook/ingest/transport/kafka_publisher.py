"""Publishes to Kafka: idempotent, with a name in transactions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from wattbook.errors import TransportError
from wattbook.ingest.transport.bus import Batch, Consumer, Message, partition_of
from wattbook.ingest.transport.kafka_client import POLL_S, ck, reason
from wattbook.ingest.transport.kafka_consumer import KafkaConsumer

__all__ = ["KafkaPublisher"]


class KafkaPublisher:
    """A publisher of a `KafkaBus`: an idempotent producer, with a name a transactional one."""

    def __init__(
        self, settings: Mapping[str, Any], topic: str, partitions: int, name: str, timeout_s: float
    ) -> None:
        self._topic = topic
        self._partitions = partitions
        self._name = name
        self._timeout_s = timeout_s
        self._failed: ck.KafkaError | None = None
        own: dict[str, Any] = {
            **settings,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 5,
            "compression.type": "lz4",
            # Beyond this librdkafka would give a message up for lost; that must not come before we
            # have told the caller that the bus does not take it.
            "delivery.timeout.ms": int(timeout_s * 1000),
            "on_delivery": self._delivered,
        }
        if name:
            own["transactional.id"] = f"{topic}/{name}"
            own["transaction.timeout.ms"] = max(int(timeout_s * 1000), 1000)
        self._producer = ck.Producer(own)
        if name:
            self._call(self._producer.init_transactions, timeout_s)

    def publish(
        self,
        messages: Sequence[Message],
        consumer: Consumer | None = None,
        consumed: Sequence[Batch] = (),
    ) -> None:
        """Publish `messages`; see `Publisher.publish`."""
        if not self._name:
            if consumer is not None:
                message = (
                    "only a named publisher commits what it consumed; give the publisher a name"
                )
                raise TransportError(message)
            self._produce(messages)
            return
        self._call(self._producer.begin_transaction)
        try:
            self._produce(messages)
            if isinstance(consumer, KafkaConsumer) and consumed:
                offsets, metadata = consumer.transaction_offsets(consumed)
                send = self._producer.send_offsets_to_transaction
                self._call(send, offsets, metadata, self._timeout_s)
            self._call(self._producer.commit_transaction, self._timeout_s)
        except TransportError:
            self._abort()
            raise

    def _produce(self, messages: Sequence[Message]) -> None:
        """Hand `messages` to the client; wait while its queue is full."""
        produce, poll = self._producer.produce, self._producer.poll
        deadline = time.monotonic() + self._timeout_s
        for key, value in messages:
            partition = partition_of(key, self._partitions)
            while True:
                try:
                    produce(self._topic, value, key, partition)
                    break
                except BufferError:
                    if time.monotonic() > deadline:
                        message = (
                            f"topic {self._topic!r} took nothing for {self._timeout_s:g} s; look "
                            "at the brokers"
                        )
                        raise TransportError(message) from None
                    poll(POLL_S)
                except ck.KafkaException as fault:
                    raise self._refused(fault) from fault
        poll(0)
        self._raise_failed()

    def _delivered(self, error: ck.KafkaError | None, _: object) -> None:
        """Remember the first message that was not delivered."""
        if error is not None and self._failed is None:
            self._failed = error

    def _raise_failed(self) -> None:
        if self._failed is not None:
            failed, self._failed = self._failed, None
            message = f"a message to topic {self._topic!r} was not delivered: {failed.str()}"
            raise TransportError(message)

    def _call(self, act: Callable[..., object], *arguments: object) -> None:
        """Call the client and put its refusal into our words; repeat what it says to repeat."""
        deadline = time.monotonic() + self._timeout_s
        while True:
            try:
                act(*arguments)
            except ck.KafkaException as fault:
                if not reason(fault).retriable() or time.monotonic() > deadline:
                    raise self._refused(fault) from fault
            else:
                return

    def _refused(self, fault: ck.KafkaException) -> TransportError:
        error = reason(fault)
        if error.code() in {ck.KafkaError._FENCED, ck.KafkaError.INVALID_PRODUCER_EPOCH}:  # noqa: SLF001
            return TransportError(
                f"a younger publisher has taken the name {self._name!r} of topic "
                f"{self._topic!r}; this one must stop"
            )
        return TransportError(f"topic {self._topic!r}: {error.str()}")

    def _abort(self) -> None:
        """Give the transaction up, as far as the brokers can be told; they end it by time else."""
        try:
            self._producer.abort_transaction(self._timeout_s)
        except ck.KafkaException:
            self._producer.purge()
        self._failed = None

    def flush(self) -> None:
        """Wait until everything published is safe with the brokers."""
        left = self._producer.flush(self._timeout_s)
        self._raise_failed()
        if left:
            message = (
                f"{left} messages to topic {self._topic!r} are not safe after "
                f"{self._timeout_s:g} s; look at the brokers"
            )
            raise TransportError(message)

    def close(self) -> None:
        """Flush and let go."""
        self.flush()

    def __enter__(self) -> Self:
        """Return the publisher."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
