"""The bus within one process: bounded rings, one a partition, with backpressure."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Condition
from typing import Self

from wattbook.errors import TransportError
from wattbook.ingest.transport.bus import (
    Batch,
    Consumer,
    Message,
    Start,
    other_partitions,
    partition_of,
)

__all__ = ["RingBus"]


@dataclass(slots=True)
class _Ring:
    """One partition: the message with offset ``n`` stands in slot ``n % len(slots)``.

    Parameters
    ----------
    slots : list
        What some group may still need.
    end : int
        The next offset.
    """

    slots: list[Message | None]
    end: int = 0


@dataclass(slots=True)
class _Group:
    """The members of a group by number, and its position in each partition."""

    committed: list[int]
    members: dict[int, _RingConsumer] = field(default_factory=dict)


@dataclass(slots=True)
class _Topic:
    """Partitions, groups, and the number of the youngest publisher of each name.

    One condition guards all of it: whoever changes it wakes those who wait for room or messages.
    """

    name: str
    rings: list[_Ring]
    groups: dict[str, _Group] = field(default_factory=dict)
    publishers: dict[str, int] = field(default_factory=dict)
    changed: Condition = field(default_factory=Condition)

    def oldest(self, partition: int) -> int:
        """Return the first offset that some group still needs; 0 while there is no group."""
        return min((group.committed[partition] for group in self.groups.values()), default=0)

    def share_out(self, group: _Group) -> None:
        """Give each member of `group` its partitions; those that change hands start over."""
        for place, member in enumerate(group.members.values()):
            before = member.positions
            member.positions = {
                partition: before[partition] if partition in before else member.begin(partition)
                for partition in range(place, len(self.rings), len(group.members))
            }
        self.changed.notify_all()

    def has_room(self, counts: Sequence[int]) -> bool:
        """Return whether each partition can take so many more messages."""
        return all(
            ring.end + count - self.oldest(partition) <= len(ring.slots)
            for partition, (ring, count) in enumerate(zip(self.rings, counts, strict=True))
        )


class RingBus:
    """A bus within the process: bounded memory, and publishers wait for consumers.

    A ring keeps what some group has not committed. Without a group it keeps everything, so a
    publisher that nobody reads from stops rather than loses. A group that comes later begins with
    what the others still need. Any number of threads may publish and consume.

    Parameters
    ----------
    messages_max : int
        How many messages a partition holds, from 1.
    timeout_s : float
        How long a publisher waits for a place before it gives up.

    Examples
    --------
    >>> bus = RingBus()
    >>> bus.create("quotes", partitions=2)
    >>> with bus.publisher("quotes") as publisher, bus.consumer("quotes", "desk") as consumer:
    ...     publisher.publish([Message("DE-LU", b"1"), Message("DE-LU", b"2")])
    ...     [batch] = consumer.poll()
    ...     consumer.commit([batch])
    >>> [message.value for message in batch.messages]
    [b'1', b'2']
    """

    def __init__(self, messages_max: int = 65_536, timeout_s: float = 10.0) -> None:
        if messages_max < 1:
            message = f"a ring of {messages_max} messages holds nothing; give 1 or more"
            raise TransportError(message)
        self._messages_max = messages_max
        self._timeout_s = timeout_s
        self._topics: dict[str, _Topic] = {}
        self._numbers = itertools.count(1)

    def create(self, topic: str, partitions: int) -> None:
        """Make a topic; see `Bus.create`."""
        rings = [_Ring([None] * self._messages_max) for _ in range(partitions)]
        there = self._topics.setdefault(topic, _Topic(topic, rings))
        if len(there.rings) != partitions:
            raise TransportError(other_partitions(topic, len(there.rings), partitions))

    def publisher(self, topic: str, name: str = "") -> _RingPublisher:
        """Return a publisher; see `Bus.publisher`."""
        found = self._topic(topic)
        number = next(self._numbers)
        with found.changed:
            found.publishers[name] = number
        return _RingPublisher(found, name, number, self._timeout_s)

    def consumer(self, topic: str, group: str, start: Start | None = None) -> _RingConsumer:
        """Return a new member of `group`; see `Bus.consumer`."""
        found = self._topic(topic)
        with found.changed:
            oldest = [found.oldest(partition) for partition in range(len(found.rings))]
            joined = found.groups.setdefault(group, _Group(oldest))
            member = _RingConsumer(found, joined, next(self._numbers), start)
            joined.members[member.number] = member
            found.share_out(joined)
        return member

    def lag(self, topic: str, group: str) -> Mapping[int, int]:
        """Return by partition how many offsets `group` has still to commit."""
        found = self._topic(topic)
        with found.changed:
            done = found.groups[group].committed if group in found.groups else None
            return {
                partition: ring.end - (done[partition] if done else found.oldest(partition))
                for partition, ring in enumerate(found.rings)
            }

    def close(self) -> None:
        """Let go of every message."""
        self._topics.clear()

    def _topic(self, topic: str) -> _Topic:
        """Return the topic, or refuse one that was not created."""
        try:
            return self._topics[topic]
        except KeyError:
            message = f"there is no topic {topic!r} on this bus; create it first"
            raise TransportError(message) from None


class _RingPublisher:
    """A publisher of a `RingBus`."""

    def __init__(self, topic: _Topic, name: str, number: int, timeout_s: float) -> None:
        self._topic = topic
        self._name = name
        self._number = number
        self._timeout_s = timeout_s

    def publish(
        self,
        messages: Sequence[Message],
        consumer: Consumer | None = None,
        consumed: Sequence[Batch] = (),
    ) -> None:
        """Publish all of `messages` or none; see `Publisher.publish`."""
        topic = self._topic
        places = [partition_of(message.key, len(topic.rings)) for message in messages]
        counts = [places.count(partition) for partition in range(len(topic.rings))]
        with topic.changed:
            self._wait_for_room(counts)
            for place, message in zip(places, messages, strict=True):
                ring = topic.rings[place]
                ring.slots[ring.end % len(ring.slots)] = message
                ring.end += 1
            topic.changed.notify_all()
            if consumer is not None:
                consumer.commit(consumed)

    def _wait_for_room(self, counts: Sequence[int]) -> None:
        """Return when every message fits and the name is still ours."""
        topic = self._topic
        slots = len(topic.rings[0].slots)
        if max(counts) > slots:
            message = (
                f"{max(counts)} messages for one partition of {topic.name!r} never fit a ring of "
                f"{slots}; publish fewer at a time or make the ring larger"
            )
            raise TransportError(message)
        deadline = time.monotonic() + self._timeout_s
        while True:
            if self._name and topic.publishers[self._name] != self._number:
                message = (
                    f"a younger publisher has taken the name {self._name!r} of topic "
                    f"{topic.name!r}; this one must stop"
                )
                raise TransportError(message)
            if topic.has_room(counts):
                return
            left = deadline - time.monotonic()
            if left <= 0:
                message = (
                    f"topic {topic.name!r} stayed full for {self._timeout_s:g} s: a partition "
                    f"holds {slots} messages that its groups {sorted(topic.groups)} have still to "
                    "commit"
                )
                raise TransportError(message)
            topic.changed.wait(left)

    def flush(self) -> None:
        """Do nothing: what was published is there."""

    def close(self) -> None:
        """Do nothing: a publisher holds nothing open."""

    def __enter__(self) -> Self:
        """Return the publisher."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


class _RingConsumer:
    """A member of a group of a `RingBus`.

    Parameters
    ----------
    number : int
        Its number on the bus; members take partitions in this order.
    positions : dict of int to int
        Its partitions, and the next offset in each.
    """

    def __init__(self, topic: _Topic, group: _Group, number: int, start: Start | None) -> None:
        self.number = number
        self.positions: dict[int, int] = {}
        self._topic = topic
        self._group = group
        self._start = start
        self._turn = 0

    def begin(self, partition: int) -> int:
        """Return where to begin in `partition`, and say that nothing before it is needed."""
        kept = self._start(partition) if self._start else None
        if kept is None:
            return self._group.committed[partition]
        self.seek_checked(partition, kept)
        # The store is ahead of the group after a crash between the two; the group catches up, or
        # its lag would never end.
        committed = self._group.committed
        committed[partition] = max(committed[partition], kept)
        return kept

    def seek_checked(self, partition: int, offset: int) -> None:
        """Refuse an offset that the ring no longer has or does not have yet."""
        ring = self._topic.rings[partition]
        first = max(ring.end - len(ring.slots), 0)
        if not first <= offset <= ring.end:
            message = (
                f"partition {partition} of topic {self._topic.name!r} holds offsets {first} to "
                f"{ring.end}, not {offset}: this position belongs to another bus or was overwritten"
            )
            raise TransportError(message)

    def poll(self, messages_max: int = 10_000, timeout_s: float = 1.0) -> list[Batch]:
        """Return what has come; see `Consumer.poll`."""
        deadline = time.monotonic() + timeout_s
        with self._topic.changed:
            while not (batches := self._take(messages_max)):
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._topic.changed.wait(left)
        return batches

    def _take(self, messages_max: int) -> list[Batch]:
        """Return at most `messages_max` messages, another partition first each time."""
        batches = []
        mine = sorted(self.positions)
        self._turn += 1
        for step in range(len(mine)):
            partition = mine[(self._turn + step) % len(mine)]
            ring, first = self._topic.rings[partition], self.positions[partition]
            after = min(ring.end, first + messages_max)
            if after > first:
                slots = (ring.slots[offset % len(ring.slots)] for offset in range(first, after))
                found = tuple(message for message in slots if message is not None)
                batches.append(Batch(self._topic.name, partition, first, after, found))
                self.positions[partition] = after
                messages_max -= after - first
        return batches

    def commit(self, batches: Sequence[Batch]) -> None:
        """Say that these are done; see `Consumer.commit`."""
        with self._topic.changed:
            for batch in batches:
                if batch.partition in self.positions:
                    self._group.committed[batch.partition] = batch.after
            self._topic.changed.notify_all()

    def seek(self, partition: int, offset: int) -> None:
        """Go to another place; see `Consumer.seek`."""
        with self._topic.changed:
            if partition in self.positions:
                self.seek_checked(partition, offset)
                self.positions[partition] = offset

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that this member has now, ascending."""
        return tuple(sorted(self.positions))

    def close(self) -> None:
        """Leave the group; what it did not commit goes to the others."""
        with self._topic.changed:
            if self._group.members.pop(self.number, None) is not None:
                self.positions = {}
                self._topic.share_out(self._group)

    def __enter__(self) -> Self:
        """Return the consumer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
