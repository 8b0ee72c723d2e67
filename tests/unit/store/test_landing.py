"""A store keeps rows and the position behind them, both or neither."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection, IntegrityError

import pytest

from wattbook.errors import InputError
from wattbook.store.landing import SqliteLanding

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
