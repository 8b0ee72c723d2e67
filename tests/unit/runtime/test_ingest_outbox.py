"""What is stored is published by instrument and landed once, whoever is killed in between."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from direct_reader import DirectReader
from wattbook.errors import InputError, SchemaError
from wattbook.ingest.transport import Message, RingBus
from wattbook.ingest.transport.wire import RowReader, RowWriter
from wattbook.runtime.ingest.normalizers import AsRead, Normalized
from wattbook.runtime.ingest.outbox import Outbox, bus_at
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.runtime.ingest.topic_store import TopicStore, tables_schema, topic_schema
from wattbook.store.observation_landing import TOPIC_COLUMNS
from wattbook.store.observations import Batch, ObservationStore
from wattbook.store.schemas import SqliteRegistry, row_schema, table_schema

ISLAND = str(Path(__file__).parents[3] / "examples" / "own_source.py")
HEAD = "meter,start,kwh\n"
DAY = "".join(
    f"{meter},2025-03-30T{hour:02}:00Z,{hour}\n"
    for meter in ("north", "south")
    for hour in range(9)
)


class OddOut(AsRead):
    """Refuses what is told to it."""

    refused = 100.0

    def apply(self, rows: pl.DataFrame, *, source: str, ts_recv: int) -> Normalized:
        return super().apply(rows.filter(pl.col("value") < self.refused), source=source, ts_recv=0)


def pipeline(folder: Path, normalizer: Any = AsRead) -> Pipeline:
    return Pipeline(folder, [ISLAND], normalizer, lambda: 10**18, DirectReader([ISLAND]))


def take(under_test: Pipeline, folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    under_test.take_file(path, 5)
    return path


def same(one: ObservationStore, other: ObservationStore) -> bool:
    frames = [store.versions().collect() for store in (one, other)]
    names = frames[0].columns
    return frames[0].sort(names).equals(frames[1].select(names).sort(names))


def landed(root: Path) -> ObservationStore:
    return ObservationStore(root / "observations")


def test_a_ring_lands_every_row_once_however_often_it_is_published(tmp_path: Path) -> None:
    under_test = pipeline(tmp_path / "store")
    take(under_test, tmp_path, "a.csv", HEAD + DAY)
    into = tmp_path / "landed"
    with Outbox(under_test, RingBus(), "ring", "rows", 3, into) as outbox:
        assert outbox.catch_up() == 2
        assert outbox.catch_up() == 0
        position = outbox.path
    assert landed(into).as_known().height == 18
    take(under_test, tmp_path, "b.csv", HEAD + "north,2025-03-31T00:00Z,1\n")
    # Killed after the bus had it and before that was written down: all of it comes again.
    position.unlink()
    with Outbox(under_test, RingBus(), "ring", "rows", 3, into) as outbox:
        assert outbox.catch_up() == 3
    assert same(under_test.observations, landed(into))
    assert landed(into).catalogue.arrival_count("own") == 2


def test_equal_instruments_share_a_partition_and_keep_their_order(tmp_path: Path) -> None:
    under_test = pipeline(tmp_path / "store")
    for number in range(4):
        line = f"north,2025-03-30T0{number}:00Z,1\nsouth,2025-03-30T0{number}:00Z,1\n"
        take(under_test, tmp_path, f"{number}.csv", HEAD + line)
    bus = RingBus()
    registry = under_test.registry
    with Outbox(under_test, bus, "ring", "rows", 8, tmp_path / "landed") as outbox:
        (topic,) = bus._topics
        consumer = bus.consumer(topic, "other")
        outbox.catch_up()
    reader = RowReader(registry, topic_schema())
    for batch in consumer.poll():
        rows, aside = reader.read(batch.messages)
        assert not aside
        for (_location,), own in rows.group_by("location"):
            assert own["commit"].to_list() == [1, 2, 3, 4]
    keys = {message.key for ring in bus._topics[topic].rings for message in ring.slots if message}
    assert keys == {"metered_energy/north//", "metered_energy/south//"}


def test_a_correction_reaches_the_stores_behind_the_topic(tmp_path: Path) -> None:
    under_test = pipeline(tmp_path / "store", OddOut)
    take(under_test, tmp_path, "a.csv", HEAD + DAY)
    into = tmp_path / "landed"
    with Outbox(under_test, RingBus(), "ring", "rows", 3, into) as outbox:
        outbox.catch_up()
        for refused in (3.0, -1.0):
            # The second one takes every row away.
            OddOut.refused = refused
            try:
                (received,) = under_test.cache.receptions()
                under_test.take_again(received, "mended")
            finally:
                OddOut.refused = 100.0
            outbox.catch_up()
            for at in (5, None):
                one = under_test.observations.as_known(at)
                other = landed(into).as_known(at)
                assert other.select(one.columns).equals(one)
    assert landed(into).as_known().is_empty()
    assert landed(into).as_known(5).height == 18


def told(tables: dict[str, pl.DataFrame]) -> Batch:
    return Batch("own", "messages", "ab" * 32, 5, pl.DataFrame(), tables, "a.json", "/in/a.json")


def test_tables_that_are_no_observations_land_once_and_are_corrected(tmp_path: Path) -> None:
    under_test = pipeline(tmp_path / "store")
    outage = pl.DataFrame(
        {"message": ["m1", "m2", "m3"], "text": ["a" * 200_000, "é" * 50_000, None]}
    )
    reason = pl.DataFrame({"code": ["999"], "seen": [[1, 2]]})
    under_test.observations.append(told({"outage": outage, "reason": reason}))
    take(under_test, tmp_path, "a.csv", HEAD + DAY)
    into = tmp_path / "landed"

    def is_there(kind: str, at: int | None) -> bool:
        one, other = (
            # A column that came later may be there and hold nothing.
            found.select(sorted(name for name in found.columns if found[name].count()))
            for found in (
                store.table(kind, at=at) for store in (under_test.observations, landed(into))
            )
        )
        return not one.is_empty() and other.equals(one)

    with Outbox(under_test, RingBus(), "ring", "rows", 3, into) as outbox:
        # Two instruments, a reason, and outages in as many messages as they are long.
        assert outbox.catch_up() == 2 + 1 + 2
        assert is_there("outage", None)
        assert is_there("reason", None)
        position = outbox.path
        # Read again by a better reader: one column more, and no reason.
        better = outage.head(2).with_columns(revision=pl.lit(7))
        under_test.observations.correct(told({"outage": better}), 10**18)
        outbox.catch_up()
    assert all(is_there(*asked) for asked in (("outage", None), ("outage", 5), ("reason", 5)))
    assert landed(into).table("outage")["revision"].to_list() == [7, 7]
    assert landed(into).table("reason").is_empty()
    # Published a second time, after the files were merged, together with one of more columns.
    wide = {f"column_{number}": ["x"] for number in range(40)}
    other = replace(told({"outage": pl.DataFrame(wide)}), payload="cd" * 32)
    under_test.observations.append(other)
    position.unlink()
    under_test.observations.compact(2)
    with Outbox(under_test, RingBus(), "ring", "rows", 3, into) as outbox:
        assert outbox.catch_up() == 5 + 3 + 1
    assert all(is_there(*asked) for asked in (("outage", None), ("outage", 5), ("reason", 5)))
    assert same(under_test.observations, landed(into))
    assert {"rows-wattbook.outage", "rows-wattbook.reason"} < set(under_test.registry.subjects())


def test_tables_without_their_origin_are_set_aside(tmp_path: Path) -> None:
    bus, registry = RingBus(), SqliteRegistry(":memory:")
    bus.create("rows", 1)
    foreign = table_schema("outage", {"message": pl.String()}, body="arrow-stream")
    rows = ObservationStore.stamped("outage", pl.DataFrame({"message": ["m"]}), told({}), 5, 1)
    sliced = rows.with_columns(slice=pl.lit("s"), is_correction=pl.lit(value=False))
    values: list[bytes] = []
    for schema, table in [
        (foreign, pl.DataFrame({"message": ["m"]})),
        (tables_schema("outage", rows.schema), sliced.with_columns(payload=pl.lit(None))),
        (tables_schema("outage", rows.schema), sliced),
    ]:
        subject = f"rows-{len(values)}"
        values += RowWriter(registry.register(subject, schema)).values(table)
    with TopicStore(bus, "rows", tmp_path / "landed", registry, lambda: 7) as store:
        bus.publisher("rows").publish([Message("own/outage", value) for value in values])
        assert store.step() == 3
        assert store.set_aside == 2
        reasons = [entry.part.reason for entry in store.quarantine.entries()]
        assert reasons[0] == "rows of table outage without payload"
        assert "cannot be read as wattbook.observation" in reasons[1]
        assert store.observations.table("outage")["message"].to_list() == ["m"]


def test_what_was_corrected_before_it_was_published_is_known_there_as_it_was(
    tmp_path: Path,
) -> None:
    under_test = pipeline(tmp_path / "store", OddOut)
    take(under_test, tmp_path, "a.csv", HEAD + DAY)
    into = tmp_path / "landed"
    # One publisher was there from the start, the other comes after everything was read again.
    with Outbox(under_test, RingBus(), "ring", "rows", 3, tmp_path / "early") as early:
        early.catch_up()
        instants = [5]
        for place, refused in enumerate((3.0, 6.0, -1.0, 100.0)):
            OddOut.refused = refused
            instants.append(10**18 + place)
            under_test.now = partial(int, instants[-1])
            try:
                (received,) = under_test.cache.receptions()
                under_test.take_again(received, "mended")
            finally:
                OddOut.refused = 100.0
            early.catch_up()
        take(under_test, tmp_path, "b.csv", HEAD + "north,2025-03-31T00:00Z,1\n")
        early.catch_up()
    under_test.observations.compact(2)
    with Outbox(under_test, RingBus(), "ring", "rows", 3, into) as outbox:
        outbox.catch_up()
    heights = []
    for at in (*instants, None):
        one = under_test.observations.as_known(at)
        heights.append(one.height)
        for folder in (into, tmp_path / "early"):
            assert landed(folder).as_known(at).select(one.columns).equals(one)
    assert heights == [19, 7, 13, 1, 19, 19]


def test_what_holds_no_rows_is_set_aside_with_its_bytes(tmp_path: Path) -> None:
    bus, registry = RingBus(), SqliteRegistry(":memory:")
    bus.create("rows", 1)
    with TopicStore(bus, "rows", tmp_path, registry, lambda: 7) as store:
        bus.publisher("rows").publish([Message("a", b"\0\0\0\0\x09rest"), Message("a", b"x")])
        assert store.step() == 2
        assert store.set_aside == 2
        assert [entry.part.raw for entry in store.quarantine.entries()] == [
            b"\0\0\0\0\x09rest",
            b"x",
        ]


def test_rows_that_the_registry_refuses_are_neither_stored_nor_published(tmp_path: Path) -> None:
    under_test = pipeline(tmp_path / "store")
    text = '{"type": "record", "name": "wattbook.observation", "fields": [%s]}'
    before = row_schema(text % '{"name": "value", "type": "string"}')
    under_test.registry.register("rows-value", before)
    with pytest.raises(SchemaError, match=r"rows-value, BACKWARD: version 1 could not be read"):
        Outbox(under_test, RingBus(), "ring", "rows", 1, tmp_path / "landed")
    assert not (tmp_path / "landed").exists()
    text = text.replace("observation", "observations")
    before = row_schema(text % '{"name": "value", "type": "string"}')
    under_test.registry.register("stored.observations", before)
    path = take(under_test, tmp_path, "a.csv", HEAD + DAY)
    assert under_test.observations.as_known().is_empty()
    (entry,) = under_test.quarantine.entries()
    assert entry.part.reason.startswith("its rows are not those that are stored: ")
    assert "value: is string in written rows, which double or null does not read" in (
        entry.part.reason
    )
    # Once the registry takes the change, the payload that was kept is read again.
    under_test.registry.set_level("NONE", "stored.observations")
    ingested, mended = under_test.take_again(under_test.reception(entry), "level set")
    assert (path.name, ingested.rows, len(mended)) == ("a.csv", 18, 1)


@pytest.mark.parametrize("text", ["", "kafka", "kafka://", "rabbit://x"])
def test_a_bus_that_is_none_is_refused_with_the_fix(text: str) -> None:
    with pytest.raises(InputError, match=r"is no bus; write ring, or kafka://127\.0\.0\.1:9092"):
        bus_at(text)


def test_a_ring_without_a_place_to_land_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--land DIR"):
        Outbox(pipeline(tmp_path / "store"), RingBus(), "ring", "rows", 1)


def test_a_filled_value_cannot_land_among_observations(tmp_path: Path) -> None:
    bus, registry = RingBus(), SqliteRegistry(":memory:")
    bus.create("rows", 1)
    writer = RowWriter(registry.register("rows-value", topic_schema()))
    told: dict[str, Any] = {
        "source": "filled", "dataset": "load", "delivery_start": 0, "delivery_end": 1,
        "value": 1.0, "unit": "MW", "ts_recv": 1, "ts_known": 1, "payload": "ab", "commit": 1,
        "flags": 1 << 16, "slice": "ab", "is_correction": False,
    }  # fmt: skip
    rows = pl.DataFrame([pl.Series(n, [told.get(n)], dtype=k) for n, k in TOPIC_COLUMNS.items()])
    (value,) = writer.values(rows)
    with TopicStore(bus, "rows", tmp_path, registry, lambda: 7) as store:
        bus.publisher("rows").publish([Message("a", value)])
        with pytest.raises(InputError, match="1 rows of topic rows were filled in"):
            store.step()
        assert store.observations.as_known().is_empty()


@pytest.mark.parametrize("is_filled", [False, True])
def test_rows_never_land_into_the_store_they_come_from(tmp_path: Path, is_filled: bool) -> None:
    under_test = pipeline(tmp_path / "store")
    if is_filled:
        take(under_test, tmp_path, "a.csv", HEAD + DAY)
    (tmp_path / "alias").symlink_to(tmp_path / "store")
    for land in (tmp_path / "store", tmp_path / "alias", tmp_path / "gone" / ".." / "store"):
        with pytest.raises(InputError, match="is the store that publishes; give another folder"):
            Outbox(under_test, RingBus(), "ring", "rows", 1, land)
    assert not (tmp_path / "store" / "outbox").exists()
    assert under_test.observations.versions().collect().height == (18 if is_filled else 0)


@pytest.mark.parametrize("name", ["payloads", "outbox"])
def test_rows_never_land_into_a_store_that_is_filled_otherwise(tmp_path: Path, name: str) -> None:
    into = tmp_path / "other"
    (into / name).mkdir(parents=True)
    with pytest.raises(InputError, match=f"has {name}/: .*; give a folder of its own"):
        Outbox(pipeline(tmp_path / "store"), RingBus(), "ring", "rows", 1, into)
    bus = RingBus()
    bus.create("rows", 1)
    with pytest.raises(InputError, match=f"has {name}/: .*; give a folder of its own"):
        TopicStore(bus, "rows", into, SqliteRegistry(":memory:"), lambda: 7)
    assert [path.name for path in into.iterdir()] == [name]


@pytest.mark.parametrize("topic", ["", ".", "..", "../x", "a/b", "a b", "prices\n", "é", "a" * 250])
def test_a_topic_that_cannot_be_one_writes_nowhere(tmp_path: Path, topic: str) -> None:
    under_test = pipeline(tmp_path / "store")
    take(under_test, tmp_path, "a.csv", HEAD + DAY)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"topic '.*': give 1 to 249 of A-Z, a-z, 0-9, '\.'"):
        Outbox(under_test, RingBus(), "ring", topic, 1, tmp_path / "landed")
    assert sorted(tmp_path.rglob("*")) == before


def test_the_longest_topic_is_published(tmp_path: Path) -> None:
    under_test = pipeline(tmp_path / "store")
    take(under_test, tmp_path, "a.csv", HEAD + DAY)
    with Outbox(under_test, RingBus(), "ring", "a" * 249, 1, tmp_path / "landed") as outbox:
        assert outbox.catch_up() == 2
