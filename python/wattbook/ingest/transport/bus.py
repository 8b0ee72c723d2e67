"""What a bus is: topics of partitions, publishers, and consumers in groups.

A message has a key, the code of its instrument, and stays behind every earlier message of that key:
equal keys share a partition, and a partition keeps its order. A group shares the partitions of a
topic out among its members, so each message goes to one of them; when members come or go, what was
not committed is delivered again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol, Self

__all__ = [
    "Batch",
    "Bus",
    "Consumer",
    "Message",
    "Publisher",
    "Start",
    "other_partitions",
    "partition_of",
]

Start = Callable[[int], int | None]
"""Where to begin in a partition: its next offset, or None for what the group committed last."""


class Message(NamedTuple):
    """What is carried.

    Parameters
    ----------
    key : str
        Code of the instrument: equal keys keep their order.
    value : bytes
        As `wattbook.ingest.transport.wire` writes them, or any others.
    """

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive messages of one partition.

    Parameters
    ----------
    topic : str
        Where they were published.
    partition : int
        From 0.
    first : int
        The offset at which the consumer stood before them. It equals `after` of the batch before,
        though offsets of a bus may leave out numbers.
    after : int
        The offset at which it stands behind them.
    messages : tuple of Message
        In the order in which they were published; never empty.
    """

    topic: str
    partition: int
    first: int
    after: int
    messages: tuple[Message, ...]


class Publisher(Protocol):
    """Publishes to one topic. Close it, or use it as a context."""

    def publish(
        self,
        messages: Sequence[Message],
        consumer: Consumer | None = None,
        consumed: Sequence[Batch] = (),
    ) -> None:
        """Publish `messages`; a named publisher publishes all of them or none.

        Parameters
        ----------
        messages : sequence of Message
            In this order within each key.
        consumer, consumed : Consumer and sequence of Batch, optional
            What they were made of, and who consumed it: committed for its group in the same stroke.
            Takes a named publisher.

        Raises
        ------
        TransportError
            If the bus stays full or cannot be reached within its time limit, or if a younger
            publisher has taken the name.
        """

    def flush(self) -> None:
        """Wait until everything published is safe with the bus."""

    def close(self) -> None:
        """Flush and let go."""

    def __enter__(self) -> Self:
        """Return the publisher."""

    def __exit__(self, *_: object) -> None:
        """Close it."""


class Consumer(Protocol):
    """A member of a group. Close it, or use it as a context; one thread at a time."""

    def poll(self, messages_max: int = 10_000, timeout_s: float = 1.0) -> list[Batch]:
        """Return what has come, at most one batch a partition; empty when nothing came in time.

        Raises
        ------
        TransportError
            If the position is no longer on the bus, or the bus refuses.
        """

    def commit(self, batches: Sequence[Batch]) -> None:
        """Say that these are done: nobody in the group gets them again."""

    def seek(self, partition: int, offset: int) -> None:
        """Go to another place in an own partition; nothing happens in one that is not ours."""

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that this member has now, ascending."""

    def close(self) -> None:
        """Leave the group."""

    def __enter__(self) -> Self:
        """Return the consumer."""

    def __exit__(self, *_: object) -> None:
        """Close it."""


class Bus(Protocol):
    """Topics and who publishes to and consumes from them."""

    def create(self, topic: str, partitions: int) -> None:
        """Make a topic; one that is there with as many partitions is left as it is.

        Raises
        ------
        TransportError
            If it is there with another number of partitions: keys would move between them.
        """

    def publisher(self, topic: str, name: str = "") -> Publisher:
        """Return a publisher.

        Parameters
        ----------
        topic : str
            An existing topic.
        name : str
            Given, each `publish` is a transaction, and an older publisher of this name can publish
            no more. Empty for one whose messages come once each, in order, as they are accepted.
        """

    def consumer(self, topic: str, group: str, start: Start | None = None) -> Consumer:
        """Return a new member of `group`.

        Parameters
        ----------
        topic : str
            An existing topic.
        group : str
            Members of one group share the topic out.
        start : callable, optional
            Asked for the position of each partition that falls to the member: a store that keeps
            positions with its rows. By default the group's own position, at first the beginning.
        """

    def lag(self, topic: str, group: str) -> Mapping[int, int]:
        """Return by partition how many offsets `group` has still to commit."""

    def close(self) -> None:
        """Close what the bus itself holds open."""


def other_partitions(topic: str, there: int, wanted: int) -> str:
    """Return the sentence for a topic that has another number of partitions."""
    return (
        f"topic {topic!r} has {there} partitions, not {wanted}: keys would move between them and "
        f"lose their order; create it with {there} or take another name"
    )


@lru_cache(maxsize=1 << 16)
def partition_of(key: str, partitions: int) -> int:
    """Return the partition of `key`: MurmurHash2 as Kafka's own Java clients take it.

    Every bus and every Java producer therefore agree about an instrument's partition.

    Parameters
    ----------
    key : str
        Hashed as UTF-8.
    partitions : int
        How many the topic has, from 1.

    References
    ----------
    Apache Kafka, ``BuiltInPartitioner.partitionForKey``; A. Appleby, MurmurHash2.

    Examples
    --------
    >>> partition_of("DE-LU/H/2026-11-25T16", 4) == partition_of("DE-LU/H/2026-11-25T16", 4)
    True
    """
    return (_murmur2(key.encode()) & 0x7FFF_FFFF) % partitions


def _murmur2(data: bytes) -> int:
    """Return the 32-bit MurmurHash2 of `data` with Kafka's seed."""
    mask, factor, shift = 0xFFFF_FFFF, 0x5BD1_E995, 24
    value = 0x9747_B28C ^ len(data)
    whole = len(data) & ~3
    for place in range(0, whole, 4):
        word = int.from_bytes(data[place : place + 4], "little") * factor & mask
        word = (word ^ word >> shift) * factor & mask
        value = value * factor & mask ^ word
    if whole < len(data):
        value = (value ^ int.from_bytes(data[whole:], "little")) * factor & mask
    value = (value ^ value >> 13) * factor & mask
    return value ^ value >> 15
