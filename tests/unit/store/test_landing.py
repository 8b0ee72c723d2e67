"""A store keeps rows and the position behind them, both or neither."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection, IntegrityError
from typing import Any

import polars as pl
import pytest

from wattbook.errors import InputError
from wattbook.ingest.transport import Lander, Message, RingBus
from wattbook.store.landing import SqliteLanding
from wattbook.store.observation_landing import TOPIC_COLUMNS, ObservationLanding
from wattbook.store.observations import OBSERVATIONS, Batch, ObservationStore

CREATE = "CREATE TABLE IF NOT EXISTS row (value INTEGER CHECK (value < 100))"


def write(connection: Connection, rows: list[int]) -> None:
    connection.executemany("INSERT INTO row VALUES (?)", [(row,) for row in rows])


def rows_of(landing: SqliteLanding[list[int]]) -> list[int]:
    return [row for (row,) in landing._connection.execute("SELECT value FROM row")]


def test_a_position_counts_for_its_topic_and_partition_only(tmp_path: Path) -> None:
    with SqliteLanding(tmp_path / "a.sqlite", write, CREATE) as landing:
        assert landing.land("a", 0, 0, 2, [1, 2])
        assert landing.land("a", 1, 0, 1, [3])
        assert landing.land("b", 0, 7, 9, [4])
        assert [landing.position(*place) for place in (("a", 0), ("a", 1), ("b", 0))] == [2, 1, 9]
        assert landing.position("b", 1) is None
        assert rows_of(landing) == [1, 2, 3, 4]


def test_rows_from_elsewhere_than_the_position_are_refused(tmp_path: Path) -> None:
    with SqliteLanding(tmp_path / "a.sqlite", write, CREATE) as landing:
        assert landing.land("a", 0, 0, 2, [1, 2])
        assert not landing.land("a", 0, 0, 2, [1, 2])
        assert not landing.land("a", 0, 3, 4, [4])
        assert landing.land("a", 0, 2, 3, [3])
    with SqliteLanding(tmp_path / "a.sqlite", write, CREATE) as again:
        assert (rows_of(again), again.position("a", 0)) == ([1, 2, 3], 3)


def test_rows_that_do_not_fit_leave_neither_rows_nor_position(tmp_path: Path) -> None:
    with SqliteLanding(tmp_path / "a.sqlite", write, CREATE) as landing:
        with pytest.raises(IntegrityError):
            landing.land("a", 0, 0, 2, [1, 100])
        assert (rows_of(landing), landing.position("a", 0)) == ([], None)
        assert landing.land("a", 0, 0, 1, [1])
        with pytest.raises(InputError, match="from 1 to 1 end before they begin"):
            landing.land("a", 0, 1, 1, [])


def observations(messages: Sequence[Message]) -> dict[str, pl.DataFrame]:
    """Return prices of hours: the number of the message is the hour and the price."""
    hours = pl.Series("delivery_start", [int(m.value) for m in messages], dtype=pl.Int64)
    made: dict[str, Any] = {
        "source": "exchange",
        "dataset": "price",
        "location": [message.key for message in messages],
        "delivery_start": hours,
        "delivery_end": hours + 1,
        "value": hours.cast(pl.Float64),
        "ts_recv": 7,
        "ts_known": 7,
        "payload": "ab",
        "commit": 1,
        "slice": [f"{hour:08x}" for hour in hours],
        "is_correction": False,
    }
    columns = [
        pl.Series(name, given, dtype=kind)
        if isinstance(given := made.get(name), list | pl.Series)
        else pl.repeat(given, len(messages), dtype=kind, eager=True).alias(name)
        for name, kind in TOPIC_COLUMNS.items()
    ]
    return {OBSERVATIONS: pl.DataFrame(columns)}


def test_the_store_of_observations_takes_each_message_once(tmp_path: Path) -> None:
    bus = RingBus()
    bus.create("prices", 2)
    bus.publisher("prices").publish([Message(f"zone-{n % 5}", b"%d" % n) for n in range(100)])
    for attempt in range(3):
        # Each attempt is a process of its own; the first two die before they tell the bus.
        store = ObservationStore(tmp_path)
        landing = ObservationLanding(store)
        with Lander(bus, "prices", "store", landing, observations) as lander:
            if attempt < 2:
                for batch in lander._consumer.poll(30):
                    assert lander._land(batch)
                    assert not lander._land(batch)
            else:
                while lander.step(30, timeout_s=0.0):
                    pass
    found = store.as_known()
    assert sorted(found["delivery_start"]) == list(range(100))
    assert sum(bus.lag("prices", "store").values()) == 0


def test_observations_that_do_not_fit_leave_neither_rows_nor_position(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    landing = ObservationLanding(store)
    (rows,) = observations([Message("a", b"1")]).values()
    backwards = {OBSERVATIONS: rows.with_columns(delivery_end=pl.lit(0))}
    with pytest.raises(InputError, match="no delivery period"):
        landing.land("prices", 0, 0, 1, backwards)
    assert landing.position("prices", 0) is None
    assert landing.land("prices", 0, 0, 1, observations([]))
    assert landing.position("prices", 0) == 1
    with pytest.raises(InputError, match="from 1 to 1 end before they begin"):
        landing.land("prices", 0, 1, 1, observations([]))


def test_a_store_with_payloads_of_its_own_takes_nothing_from_a_topic(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    assert ObservationLanding(store).land("prices", 0, 0, 1, observations([Message("a", b"1")]))
    # What landed is no obstacle to what lands next.
    landing = ObservationLanding(store)
    assert landing.position("prices", 0) == 1
    store.append(Batch("own", "prices", "cd", 7, pl.DataFrame(), {}, "a.csv", "/in/a.csv"))
    with pytest.raises(InputError, match="holds 1 payloads that came from no topic; give a store"):
        ObservationLanding(store)
