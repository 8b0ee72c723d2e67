"""Both buses keep one contract: order by key, every message, once, to one member of each group."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

import kafka_broker
from wattbook.errors import TransportError
from wattbook.ingest.transport import (
    Batch,
    Bus,
    Consumer,
    KafkaBus,
    Lander,
    Message,
    RingBus,
    lag_metrics,
    partition_of,
)
from wattbook.ingest.transport.kafka_client import ck
from wattbook.store.landing import SqliteLanding

PATIENCE_S = 30.0
PARTITIONS = 3
Group = Callable[[str], str]


@pytest.fixture(params=["ring", pytest.param("kafka", marks=pytest.mark.stack)])
def bus(request: pytest.FixtureRequest) -> Iterator[Bus]:
    found: Bus
    if request.param == "ring":
        found = RingBus()
    else:
        found = KafkaBus(request.getfixturevalue("kafka").address)
    yield found
    found.close()


def messages(count: int, first: int = 0, keys: int = 7) -> list[Message]:
    return [Message(f"zone-{n % keys}", str(n).encode()) for n in range(first, first + count)]


def publish(bus: Bus, topic: str, found: Sequence[Message]) -> None:
    with bus.publisher(topic) as publisher:
        publisher.publish(found)


def consume(consumer: Consumer, count: int, *, commit: bool = True) -> list[Batch]:
    """Return batches of `count` messages in all, or fail."""
    batches: list[Batch] = []
    deadline = time.monotonic() + PATIENCE_S
    while sum(len(batch.messages) for batch in batches) < count:
        assert time.monotonic() < deadline, f"{count} messages expected, {batches} came"
        found = consumer.poll(timeout_s=0.2)
        if commit:
            consumer.commit(found)
        batches += found
    return batches


def values(batches: Sequence[Batch]) -> list[int]:
    return [int(message.value) for batch in batches for message in batch.messages]


def by_key(batches: Sequence[Batch]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for batch in batches:
        for message in batch.messages:
            found.setdefault(message.key, []).append(int(message.value))
    return found


def test_every_message_comes_once_and_in_the_order_of_its_key(
    bus: Bus, topic: str, group: Group
) -> None:
    bus.create(topic, PARTITIONS)
    publish(bus, topic, messages(500))
    with bus.consumer(topic, group("a")) as consumer:
        batches = consume(consumer, 500)
        assert not consumer.poll(timeout_s=0.0)
    assert sorted(values(batches)) == list(range(500))
    assert all(found == sorted(found) for found in by_key(batches).values())


def test_a_key_stands_in_the_partition_that_its_hash_says(
    bus: Bus, topic: str, group: Group
) -> None:
    bus.create(topic, PARTITIONS)
    publish(bus, topic, messages(100, keys=20))
    with bus.consumer(topic, group("a")) as consumer:
        for batch in consume(consumer, 100):
            for message in batch.messages:
                assert batch.partition == partition_of(message.key, PARTITIONS)


def test_a_batch_begins_where_the_one_before_ended(bus: Bus, topic: str, group: Group) -> None:
    bus.create(topic, PARTITIONS)
    with bus.publisher(topic, "feed") as publisher:
        for turn in range(4):
            publisher.publish(messages(50, 50 * turn))
    ends: dict[int, int] = {}
    with bus.consumer(topic, group("a")) as consumer:
        for batch in consume(consumer, 200):
            assert batch.first == ends.get(batch.partition, 0)
            assert batch.after >= batch.first + len(batch.messages)
            ends[batch.partition] = batch.after


def test_what_was_not_committed_comes_again(bus: Bus, topic: str, group: Group) -> None:
    bus.create(topic, PARTITIONS)
    publish(bus, topic, messages(60))
    with bus.consumer(topic, group("a")) as consumer:
        first = consume(consumer, 60, commit=False)
    with bus.consumer(topic, group("a")) as consumer:
        assert by_key(consume(consumer, 60)) == by_key(first)
    publish(bus, topic, messages(10, 60))
    with bus.consumer(topic, group("a")) as consumer:
        assert sorted(values(consume(consumer, 10))) == list(range(60, 70))


def test_each_group_gets_everything(bus: Bus, topic: str, group: Group) -> None:
    bus.create(topic, PARTITIONS)
    with bus.consumer(topic, group("a")) as a, bus.consumer(topic, group("b")) as b:
        publish(bus, topic, messages(60))
        assert by_key(consume(a, 60)) == by_key(consume(b, 60))


def test_members_share_the_partitions_and_the_last_one_has_them_all(
    bus: Bus, topic: str, group: Group
) -> None:
    bus.create(topic, PARTITIONS)
    with bus.consumer(topic, group("a")) as stays:
        with bus.consumer(topic, group("a")) as leaves:
            deadline = time.monotonic() + PATIENCE_S
            while not (stays.partitions and leaves.partitions):
                assert time.monotonic() < deadline, (stays.partitions, leaves.partitions)
                assert stays.poll(timeout_s=0.1) == []
                assert leaves.poll(timeout_s=0.1) == []
            assert sorted(stays.partitions + leaves.partitions) == list(range(PARTITIONS))
        publish(bus, topic, messages(90))
        assert sorted(values(consume(stays, 90))) == list(range(90))


def test_a_younger_publisher_of_the_same_name_shuts_the_older_out(
    bus: Bus, topic: str, group: Group
) -> None:
    bus.create(topic, PARTITIONS)
    older = bus.publisher(topic, "feed")
    older.publish(messages(10))
    younger = bus.publisher(topic, "feed")
    with pytest.raises(TransportError, match="a younger publisher has taken the name 'feed'"):
        older.publish(messages(10, 10))
    younger.publish(messages(10, 20))
    with bus.consumer(topic, group("a")) as consumer:
        found = values(consume(consumer, 20))
    assert sorted(found) == [*range(10), *range(20, 30)]


def test_results_and_what_they_were_made_of_are_done_in_one_stroke(
    bus: Bus, topic: str, group: Group
) -> None:
    out = f"{topic}-out"
    bus.create(topic, PARTITIONS)
    bus.create(out, PARTITIONS)
    publish(bus, topic, messages(40))
    with bus.consumer(topic, group("a")) as consumer, bus.publisher(out, "double") as publisher:
        for batch in consume(consumer, 40, commit=False):
            doubled = [Message(m.key, str(2 * int(m.value)).encode()) for m in batch.messages]
            publisher.publish(doubled, consumer, [batch])
    publish(bus, topic, messages(5, 40))
    with bus.consumer(topic, group("a")) as again, bus.consumer(out, group("b")) as results:
        assert sorted(values(consume(again, 5))) == list(range(40, 45))
        assert sorted(values(consume(results, 40))) == list(range(0, 80, 2))


def test_a_store_says_where_to_begin(bus: Bus, topic: str, group: Group) -> None:
    bus.create(topic, 1)
    publish(bus, topic, messages(30))
    with bus.consumer(topic, group("a"), lambda _: 20) as consumer:
        assert values(consume(consumer, 10)) == list(range(20, 30))
        consumer.seek(0, 25)
        assert values(consume(consumer, 5)) == list(range(25, 30))


def test_a_position_that_the_bus_does_not_have_is_no_silent_gap(
    bus: Bus, topic: str, group: Group
) -> None:
    bus.create(topic, 1)
    publish(bus, topic, messages(30))

    def read() -> None:
        with bus.consumer(topic, group("a"), lambda _: 1_000_000) as consumer:
            consume(consumer, 1)

    with pytest.raises(TransportError, match="position"):
        read()


class Refused(ck.Consumer):
    """A client whose broker goes away while it asks where a topic begins."""

    refusals: Iterator[int]

    def get_watermark_offsets(self, *args: Any, **kwargs: Any) -> Any:
        if next(self.refusals, None) is not None:
            raise ck.KafkaException(ck.KafkaError(ck.KafkaError._DESTROY_BROKER))
        return super().get_watermark_offsets(*args, **kwargs)


@pytest.mark.stack
def test_a_member_that_joins_while_a_broker_dies_asks_again(
    kafka: kafka_broker.Cluster, topic: str, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ck, "Consumer", Refused)
    Refused.refusals = iter(range(2))
    with closing(KafkaBus(kafka.address)) as bus:
        bus.create(topic, PARTITIONS)
        publish(bus, topic, messages(20))
        with bus.consumer(topic, group("a")) as consumer:
            assert sorted(values(consume(consumer, 20))) == list(range(20))


@pytest.mark.stack
def test_a_member_that_is_refused_for_too_long_says_so(
    kafka: kafka_broker.Cluster, topic: str, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ck, "Consumer", Refused)
    Refused.refusals = itertools.count()
    KafkaBus(kafka.address).create(topic, PARTITIONS)
    with (
        closing(KafkaBus(kafka.address, timeout_s=0.5)) as bus,
        bus.consumer(topic, group("a")) as consumer,
        pytest.raises(TransportError, match=f"{topic}.*terminated|{topic}.*estroy"),
    ):
        consume(consumer, 1)


def test_lag_is_what_is_still_to_commit(bus: Bus, topic: str, group: Group) -> None:
    bus.create(topic, 1)
    with bus.publisher(topic, "feed") as publisher:
        publisher.publish(messages(20))
    # A broker shows a transaction to readers a moment after it has confirmed it.
    deadline = time.monotonic() + PATIENCE_S
    while sum(bus.lag(topic, group("a")).values()) < 20:
        assert time.monotonic() < deadline, bus.lag(topic, group("a"))
    with bus.consumer(topic, group("a")) as consumer:
        consume(consumer, 20)
        while bus.lag(topic, group("a")) != {0: 0}:
            assert time.monotonic() < deadline, bus.lag(topic, group("a"))
            consumer.commit(consumer.poll(timeout_s=0.1))
    text = lag_metrics(bus, [(topic, group("a"))])
    assert text.endswith(f'{{group="{group("a")}",topic="{topic}",partition="0"}} 0\n')


def test_a_topic_is_made_once_and_keeps_its_partitions(bus: Bus, topic: str) -> None:
    bus.create(topic, PARTITIONS)
    bus.create(topic, PARTITIONS)
    with pytest.raises(TransportError, match="has 3 partitions, not 4"):
        bus.create(topic, PARTITIONS + 1)
    uses: list[Callable[[], object]] = [
        lambda: bus.publisher("no-such-topic"),
        lambda: bus.consumer("no-such-topic", "a"),
        lambda: bus.lag("no-such-topic", "a"),
    ]
    for use in uses:
        with pytest.raises(TransportError, match="there is no topic 'no-such-topic'"):
            use()


CREATE = "CREATE TABLE IF NOT EXISTS row (key TEXT, value INTEGER, partition INTEGER)"


def write(connection: Connection, rows: Sequence[Message]) -> None:
    connection.executemany("INSERT INTO row (key, value) VALUES (?, ?)", rows)


def test_rows_that_another_member_has_landed_are_not_landed_again(
    bus: Bus, topic: str, group: Group, tmp_path: Path
) -> None:
    bus.create(topic, 1)
    publish(bus, topic, messages(50))
    with SqliteLanding(tmp_path / "a.sqlite", write, CREATE) as landing:
        with Lander(bus, topic, group("a"), landing, list) as lander:
            deadline = time.monotonic() + PATIENCE_S
            while lander.landed.messages < 50:
                assert time.monotonic() < deadline
                lander.step(timeout_s=0.1)
            # A member that was thought dead lands ten more meanwhile.
            publish(bus, topic, messages(20, 50))
            zombie = messages(10, 50)
            assert landing.land(topic, 0, 50, 60, zombie)
            while lander.landed.messages < 60:
                assert time.monotonic() < deadline
                lander.step(timeout_s=0.1)
        assert lander.landed.superseded == 1
        found = landing._connection.execute("SELECT CAST(value AS INTEGER) FROM row").fetchall()
    assert [value for (value,) in found] == list(range(70))
