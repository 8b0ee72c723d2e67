"""The bus in the process, and the hash that all buses share."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from sqlite3 import Connection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import TransportError
from wattbook.ingest.transport import Lander, Message, RingBus, partition_of
from wattbook.ingest.transport.bus import _murmur2
from wattbook.store.landing import SqliteLanding


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Apache Kafka's own known answers for its MurmurHash2 (clients, UtilsTest).
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ("abc", 479_470_107),
    ],
)
def test_keys_are_hashed_as_java_clients_of_kafka_do(text: str, expected: int) -> None:
    assert _murmur2(text.encode()) == expected % 2**32


@given(st.text(), st.integers(1, 100))
def test_every_key_has_a_partition(key: str, partitions: int) -> None:
    assert 0 <= partition_of(key, partitions) < partitions


def test_a_full_ring_stops_the_publisher_and_loses_nothing() -> None:
    bus = RingBus(messages_max=4, timeout_s=0.01)
    bus.create("quotes", 1)
    publisher = bus.publisher("quotes")
    with bus.consumer("quotes", "desk") as consumer:
        publisher.publish([Message("a", b"%d" % n) for n in range(3)])
        with pytest.raises(TransportError, match=r"stayed full for 0\.01 s"):
            publisher.publish([Message("a", b"3"), Message("a", b"4")])
        consumer.commit(consumer.poll())
        publisher.publish([Message("a", b"3"), Message("a", b"4")])
        [batch] = consumer.poll()
    assert [message.value for message in batch.messages] == [b"3", b"4"]


def test_without_a_group_a_ring_keeps_everything() -> None:
    bus = RingBus(messages_max=2, timeout_s=0.0)
    bus.create("quotes", 1)
    publisher = bus.publisher("quotes")
    publisher.publish([Message("a", b"0"), Message("a", b"1")])
    with pytest.raises(TransportError, match="stayed full"):
        publisher.publish([Message("a", b"2")])
    with pytest.raises(TransportError, match="3 messages for one partition of 'quotes' never fit"):
        publisher.publish([Message("a", b"2")] * 3)
    with pytest.raises(TransportError, match="a ring of 0 messages holds nothing"):
        RingBus(messages_max=0)


def test_a_publisher_goes_on_as_soon_as_there_is_room() -> None:
    bus = RingBus(messages_max=8, timeout_s=30.0)
    bus.create("quotes", 1)
    consumer = bus.consumer("quotes", "desk")
    publisher = bus.publisher("quotes")
    count = 5_000

    def publish() -> None:
        for n in range(count):
            publisher.publish([Message("a", b"%d" % n)])

    thread = threading.Thread(target=publish)
    thread.start()
    found: list[bytes] = []
    while len(found) < count:
        batches = consumer.poll(timeout_s=30.0)
        assert batches
        found += [message.value for batch in batches for message in batch.messages]
        consumer.commit(batches)
    thread.join()
    assert found == [b"%d" % n for n in range(count)]


CREATE = "CREATE TABLE IF NOT EXISTS row (key TEXT, value INTEGER)"


def write(connection: Connection, rows: list[Message]) -> None:
    connection.executemany("INSERT INTO row VALUES (?, ?)", rows)


class Desk:
    """Landers of one group that come, work, crash and leave as a seed says."""

    def __init__(self, bus: RingBus, landing: SqliteLanding[list[Message]]) -> None:
        self.bus = bus
        self.landing = landing
        self.landers: list[Lander[list[Message]]] = []

    def join(self) -> None:
        self.landers.append(Lander(self.bus, "quotes", "store", self.landing, list))

    def act(self, chance: random.Random) -> None:
        lander = chance.choice(self.landers)
        match chance.randrange(6):
            case 0 if len(self.landers) < 4:
                self.join()
            case 1 if len(self.landers) > 1:
                self.landers.remove(lander)
                lander.close()
            case 2:  # It crashes between the poll and the store: what it had in hand is gone.
                lander._consumer.poll(chance.randrange(1, 9), timeout_s=0.0)
                self.landers.remove(lander)
                lander.close()
                self.join()
            case 3:  # It crashes between the store and the bus.
                for batch in lander._consumer.poll(chance.randrange(1, 9), timeout_s=0.0):
                    lander._land(batch)
                self.landers.remove(lander)
                lander.close()
                self.join()
            case _:
                lander.step(chance.randrange(1, 9), timeout_s=0.0)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_members_that_come_go_and_crash_land_each_row_once_in_order(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a seed must replay it
    bus = RingBus(messages_max=32, timeout_s=0.0)
    bus.create("quotes", 3)
    publisher = bus.publisher("quotes")
    path: Path = tmp_path_factory.mktemp("ring") / "a.sqlite"
    with SqliteLanding(path, write, CREATE) as landing:
        landing._connection.execute("PRAGMA synchronous = OFF")
        desk = Desk(bus, landing)
        desk.join()
        published: list[Message] = []
        while len(published) < 120:
            key = f"zone-{chance.randrange(6)}"
            message = Message(key, b"%d" % len(published))
            try:
                publisher.publish([message])
                published.append(message)
            except TransportError:
                desk.act(chance)
            if chance.random() < 0.4:
                desk.act(chance)
        while sum(bus.lag("quotes", "store").values()):
            for lander in desk.landers:
                lander.step(timeout_s=0.0)
        rows = landing._connection.execute(
            "SELECT key, CAST(value AS INTEGER) FROM row ORDER BY rowid"
        ).fetchall()
    assert sorted(value for _, value in rows) == list(range(120))
    for key in {key for key, _ in rows}:
        found = [value for name, value in rows if name == key]
        assert found == sorted(found)
