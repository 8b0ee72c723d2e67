"""Messages and rows through a bus and back. Usage: ``bus.py ring|kafka|librdkafka|rows``.

Kafka runs as one broker on loopback, started here and not timed. ``librdkafka`` is the client
library alone, with the settings of our bus: what any bus in Python over it could reach.
"""

import json
import sys
import time
from pathlib import Path

import confluent_kafka as ck
import polars as pl

from wattbook.ingest.transport import KafkaBus, Message, RingBus
from wattbook.ingest.transport.wire import RowReader, RowWriter
from wattbook.store.schemas import SqliteRegistry, row_schema

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from kafka_broker import Cluster

MESSAGES = 500_000
EACH = 1_000
ROWS = 5_000_000
ROWS_EACH = 5_000
PARTITIONS = 4
TOPIC, GROUP = "quotes", "bench"
FIELDS = [
    {"name": "instrument", "type": {"type": "long", "arrow": "uint32"}},
    *({"name": name, "type": "long"} for name in ("bid_price", "ask_price")),
    *({"name": name, "type": "long"} for name in ("bid_volume", "ask_volume", "ts_event")),
]
ARROW = {"wattbook.body": "arrow-stream"}
SCHEMA = row_schema(json.dumps({"type": "record", "name": "Quote", "fields": FIELDS, **ARROW}))


def messages():
    """Return half a million messages of 100 bytes with 200 keys, by the thousand."""
    value = bytes(100)
    all_of_them = [Message(f"instrument-{n % 200}", value) for n in range(MESSAGES)]
    return [all_of_them[n : n + EACH] for n in range(0, MESSAGES, EACH)]


def publish(bus, parts):
    with bus.publisher(TOPIC) as publisher:
        for part in parts:
            publisher.publish(part)


def consume(bus, count, each=10_000):
    """Return how many messages and bytes came."""
    found = size = 0
    with bus.consumer(TOPIC, GROUP) as consumer:
        while found < count:
            batches = consumer.poll(each)
            consumer.commit(batches)
            for batch in batches:
                found += len(batch.messages)
                size += sum(len(message.value) for message in batch.messages)
    return found, size


def bare_publish(address, parts):
    """Produce as our bus does, by the library alone."""
    settings = {"enable.idempotence": True, "acks": "all", "linger.ms": 5}
    settings |= {"compression.type": "lz4", "bootstrap.servers": address}
    producer = ck.Producer(settings)
    for part in parts:
        for n, (key, value) in enumerate(part):
            while True:
                try:
                    producer.produce(TOPIC, value, key, n % PARTITIONS)
                    break
                except BufferError:
                    producer.poll(0.1)
        producer.poll(0)
    producer.flush()


def bare_consume(address, count):
    settings = {"group.id": GROUP, "group.protocol": "consumer", "enable.auto.commit": False}
    settings |= {"isolation.level": "read_committed", "auto.offset.reset": "earliest"}
    consumer = ck.Consumer({"bootstrap.servers": address, "fetch.wait.max.ms": 50, **settings})
    consumer.subscribe([TOPIC])
    found = size = 0
    while found < count:
        batch = consumer.consume(10_000, 1.0)
        found += len(batch)
        size += sum(len(message.value()) for message in batch)
        if batch:
            consumer.commit(asynchronous=False)
    consumer.close()
    return found, size


def timed(act, *arguments):
    wall, cpu = time.perf_counter(), time.process_time()
    result = act(*arguments)
    return result, time.perf_counter() - wall, time.process_time() - cpu


def report(unit, count, into, out, work):
    """Print the line; the time of joining the group counts as consuming."""
    line = {
        "rate": count / (into[2] + out[2]),
        "wall_rate": count / (into[1] + out[1]),
        "in_wall_rate": count / into[1],
        "out_wall_rate": count / out[1],
        "unit": unit,
        "n": count,
        "work": work,
    }
    print(json.dumps(line))


def ring():
    """Time each part in and out, since a ring holds only so much."""
    bus = RingBus(messages_max=EACH * 2)
    bus.create(TOPIC, PARTITIONS)
    parts = messages()
    into, out, size = [0, 0.0, 0.0], [0, 0.0, 0.0], 0
    with bus.publisher(TOPIC) as publisher, bus.consumer(TOPIC, GROUP) as consumer:

        def take():
            batches = consumer.poll()
            consumer.commit(batches)
            return sum(len(message.value) for batch in batches for message in batch.messages)

        for part in parts:
            for total, act, given in ((into, publisher.publish, (part,)), (out, take, ())):
                result, wall, cpu = timed(act, *given)
                total[1] += wall
                total[2] += cpu
                size += result or 0
    report("messages/s", MESSAGES, into, out, {"messages": MESSAGES, "bytes": size})


def kafka(bare):
    parts = messages()
    with Cluster() as cluster:
        bus = KafkaBus(cluster.address)
        bus.create(TOPIC, PARTITIONS)
        into = timed(bare_publish, cluster.address, parts) if bare else timed(publish, bus, parts)
        who = (bare_consume, cluster.address) if bare else (consume, bus)
        out = timed(*who, MESSAGES)
    found, size = out[0]
    report("messages/s", MESSAGES, into, out, {"messages": found, "bytes": size})


def rows():
    """Rows as Arrow streams of 5,000, written, carried, read and resolved."""
    table = pl.DataFrame({field["name"]: pl.int_range(ROWS_EACH, eager=True) for field in FIELDS})
    with Cluster() as cluster, SqliteRegistry(":memory:") as registry:
        bus = KafkaBus(cluster.address)
        bus.create(TOPIC, PARTITIONS)
        writer = RowWriter(registry.register("quotes-value", SCHEMA))
        reader = RowReader(registry, SCHEMA)

        def write():
            with bus.publisher(TOPIC) as publisher:
                for n in range(ROWS // ROWS_EACH):
                    values = writer.values(table)
                    publisher.publish([Message(f"instrument-{n % 200}", v) for v in values])

        def read():
            found = total = 0
            with bus.consumer(TOPIC, GROUP) as consumer:
                while found < ROWS:
                    batches = consumer.poll(100)
                    for batch in batches:
                        made, bad = reader.read(batch.messages)
                        assert not bad
                        found += made.height
                        total += made["bid_price"].sum()
                    consumer.commit(batches)
            return found, total

        into = timed(write)
        out = timed(read)
    found, total = out[0]
    report("rows/s", ROWS, into, out, {"rows": found, "price_sum": total})


if __name__ == "__main__":
    match sys.argv[1]:
        case "ring":
            ring()
        case "rows":
            rows()
        case side:
            kafka(bare=side == "librdkafka")
