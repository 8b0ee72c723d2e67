"""Whatever is killed, the store holds each row once, in the order of its instrument."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import kafka_broker
from wattbook.errors import WattbookError
from wattbook.ingest.transport import KafkaBus, Lander, Message
from wattbook.store.landing import SqliteLanding

pytestmark = pytest.mark.stack

WORKER = Path(__file__).with_name("transport_worker.py")
CREATE = "CREATE TABLE IF NOT EXISTS row (instrument TEXT NOT NULL, number INTEGER NOT NULL)"
PATIENCE_S = 90.0
PARTITIONS = 4
INSTRUMENTS = 11
PLACES = ("before", "within", "behind", "told")
Group = Callable[[str], str]


def messages(count: int, first: int = 0) -> list[Message]:
    return [
        Message(f"instrument-{n % INSTRUMENTS}", str(n).encode())
        for n in range(first, first + count)
    ]


def write(connection: sqlite3.Connection, rows: list[Message]) -> None:
    connection.executemany(
        "INSERT INTO row VALUES (?, ?)", [(key, int(value)) for key, value in rows]
    )


def rows_of(file: Path) -> list[tuple[str, int]]:
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT instrument, number FROM row ORDER BY rowid").fetchall()
    connection.close()
    return [(str(instrument), int(number)) for instrument, number in rows]


def assert_each_once_in_order(file: Path, count: int) -> None:
    rows = rows_of(file)
    assert sorted(number for _, number in rows) == list(range(count))
    for instrument in {instrument for instrument, _ in rows}:
        numbers = [number for name, number in rows if name == instrument]
        assert numbers == sorted(numbers), f"{instrument} out of order"


def start_worker(
    cluster: kafka_broker.Cluster,
    topic: str,
    group: str,
    file: Path,
    place: str = "told",
    count: int = 0,
) -> subprocess.Popen[bytes]:
    SqliteLanding(file, write, CREATE).close()
    return subprocess.Popen(
        [sys.executable, WORKER, cluster.address, topic, group, file, place, str(count)]
    )


def wait_for(file: Path, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        landed = len(rows_of(file))
        if landed >= count:
            return
        assert time.monotonic() < deadline, f"{landed} of {count} rows landed"
        time.sleep(0.05)


@contextmanager
def publishing(bus: KafkaBus, topic: str, turns: int, each: int, pause_s: float) -> Iterator[None]:
    """Publish ``turns * each`` messages from a thread while the block runs."""
    faults: list[WattbookError] = []

    def publish() -> None:
        try:
            with bus.publisher(topic) as publisher:
                for turn in range(turns):
                    publisher.publish(messages(each, turn * each))
                    time.sleep(pause_s)
        except WattbookError as fault:
            faults.append(fault)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert not faults, faults


def kill_consumers(
    cluster: kafka_broker.Cluster, topic: str, group: str, file: Path, kills: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a seed must replay it
    bus = KafkaBus(cluster.address)
    bus.create(topic, PARTITIONS)
    with bus.publisher(topic) as publisher:
        publisher.publish(messages(kills * 400))
    for turn in range(kills):
        place, count = PLACES[turn % len(PLACES)], chance.randrange(1, 250)
        worker = start_worker(cluster, topic, group, file, place, count)
        assert worker.wait(PATIENCE_S) == -signal.SIGKILL, f"kill {turn} at {place}"
    survivor = start_worker(cluster, topic, group, file)
    try:
        wait_for(file, kills * 400)
    finally:
        survivor.kill()
        survivor.wait()
    assert_each_once_in_order(file, kills * 400)


def test_consumers_killed_mid_batch_lose_and_double_nothing(
    kafka: kafka_broker.Cluster, topic: str, group: Group, tmp_path: Path
) -> None:
    kill_consumers(kafka, topic, group("store"), tmp_path / "a.sqlite", kills=8, seed=1)


@pytest.mark.slow
def test_many_consumers_killed_mid_batch_lose_and_double_nothing(
    kafka: kafka_broker.Cluster, topic: str, group: Group, tmp_path: Path
) -> None:
    kill_consumers(kafka, topic, group("store"), tmp_path / "a.sqlite", kills=60, seed=2)


class Members:
    """Three landers of one group that join and leave."""

    def __init__(self, bus: KafkaBus, topic: str, group: str, file: Path) -> None:
        self.landings = [SqliteLanding(file, write, CREATE) for _ in range(3)]
        self.landers: list[Lander[list[Message]] | None] = [None, None, None]
        self.bus, self.topic, self.group = bus, topic, group

    def move(self, place: int, *, in_hand: bool) -> None:
        """Let the member at `place` join or leave, at will with a batch in hand."""
        member = self.landers[place]
        if member is None:
            landing = self.landings[place]
            self.landers[place] = Lander(self.bus, self.topic, self.group, landing, list)
            return
        if in_hand:
            member._consumer.poll(20, timeout_s=0.05)
        member.close()
        self.landers[place] = None

    def step(self, messages_max: int) -> None:
        for member in self.landers:
            if member is not None:
                member.step(messages_max, timeout_s=0.05)

    def close(self) -> None:
        for member in self.landers:
            if member is not None:
                member.close()
        for landing in self.landings:
            landing.close()


def test_members_that_come_and_go_lose_and_double_nothing(
    kafka: kafka_broker.Cluster, topic: str, group: Group, tmp_path: Path
) -> None:
    chance = random.Random(3)  # noqa: S311 - a seed must replay it
    file, count = tmp_path / "a.sqlite", 12_000
    bus = KafkaBus(kafka.address)
    bus.create(topic, PARTITIONS)
    members = Members(bus, topic, group("store"), file)
    members.move(0, in_hand=False)
    with publishing(bus, topic, turns=120, each=100, pause_s=0.02):
        for _ in range(25):
            members.move(chance.randrange(1, 3), in_hand=chance.random() < 0.5)
            for _ in range(3):
                members.step(chance.randrange(20, 200))
        members.move(0, in_hand=True)
        members.move(0, in_hand=False)
    deadline = time.monotonic() + PATIENCE_S
    while len(rows_of(file)) < count:
        assert time.monotonic() < deadline
        members.step(1_000)
    members.close()
    assert_each_once_in_order(file, count)


def test_a_broker_killed_and_started_again_loses_and_doubles_nothing(
    own_broker: kafka_broker.Cluster, topic: str, group: Group, tmp_path: Path
) -> None:
    file = tmp_path / "a.sqlite"
    bus = KafkaBus(own_broker.address, timeout_s=PATIENCE_S)
    bus.create(topic, PARTITIONS)
    worker = start_worker(own_broker, topic, group("store"), file)
    [broker] = own_broker.brokers
    try:
        with publishing(bus, topic, turns=200, each=50, pause_s=0.02):
            for landed in (500, 3_000):
                wait_for(file, landed)
                broker.kill()
                broker.start()
        wait_for(file, 10_000)
    finally:
        worker.kill()
        worker.wait()
    assert_each_once_in_order(file, 10_000)


def test_one_of_three_brokers_killed_stops_nothing(
    three_brokers: kafka_broker.Cluster, topic: str, group: Group, tmp_path: Path
) -> None:
    file = tmp_path / "a.sqlite"
    bus = KafkaBus(three_brokers.address, replicas=3, timeout_s=PATIENCE_S)
    bus.create(topic, PARTITIONS)
    workers = [start_worker(three_brokers, topic, group("store"), file) for _ in range(2)]
    try:
        with publishing(bus, topic, turns=200, each=50, pause_s=0.02):
            wait_for(file, 500)
            three_brokers.brokers[0].kill()
            wait_for(file, 4_000)
            workers[0].kill()
        wait_for(file, 10_000)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert_each_once_in_order(file, 10_000)


def test_a_publisher_killed_within_a_transaction_leaves_nothing_of_it(
    kafka: kafka_broker.Cluster, topic: str, group: Group
) -> None:
    bus = KafkaBus(kafka.address)
    bus.create(topic, PARTITIONS)
    script = f"""
import os, signal
from wattbook.ingest.transport import KafkaBus, Message
publisher = KafkaBus({kafka.address!r}).publisher({topic!r}, "feed")
publisher.publish([Message(f"i{{n}}", b"whole") for n in range(100)])
publisher._producer.begin_transaction()
publisher._produce([Message(f"i{{n}}", b"torn") for n in range(100)])
publisher._producer.flush(30)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", script], check=False)
    assert killed.returncode == -signal.SIGKILL
    with bus.publisher(topic, "feed") as publisher:
        publisher.publish([Message(f"i{n}", b"again") for n in range(100)])
    found: list[bytes] = []
    with bus.consumer(topic, group("a")) as consumer:
        deadline = time.monotonic() + PATIENCE_S
        while len(found) < 200:
            assert time.monotonic() < deadline
            for batch in consumer.poll(timeout_s=0.2):
                found += [message.value for message in batch.messages]
    assert sorted(found) == [b"again"] * 100 + [b"whole"] * 100
