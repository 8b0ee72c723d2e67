"""Differences of two tellings of a run: none where they are the same, each where one is planted."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError, RunError
from wattbook.runtime.differences import (
    Aligned,
    Compared,
    compared,
    kept_tables,
    together,
    write_differences,
)

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "sequence": pl.UInt64,
    "ts_recv": pl.Datetime("ns", "UTC"),
    "order_id": pl.UInt64,
    "instrument": pl.UInt32,
    "price": pl.Decimal(19, 6),
    "reason": pl.String,
    "linked": pl.List(pl.UInt64),
}
# Sequence, order and price of each row.
ROWS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 3), st.integers(-99, 99)), max_size=12)


def table(rows: list[tuple[int, int, int]]) -> pl.DataFrame:
    made = [
        (at, at * 1_000_000_007, (1 << 48) + order, 7, Decimal(price) / 4, None, [order])
        for at, order, price in sorted(rows, key=lambda row: row[0])
    ]
    return pl.DataFrame(made, schema=SCHEMA, orient="row")


def found(was: pl.DataFrame | None, now: pl.DataFrame | None, aligned: Aligned) -> Compared:
    return compared(["fill"], lambda _: was, lambda _: now, aligned=aligned, symbols={7: "H7"})


@given(ROWS, st.sampled_from(["input", "order"]))
def test_what_is_told_twice_has_no_difference(
    rows: list[tuple[int, int, int]], aligned: Aligned
) -> None:
    again = found(table(rows), table(rows), aligned)
    assert (again.rows, again.differences.height, again.counts()) == (len(rows), 0, {})


@given(ROWS.filter(bool), st.data(), st.sampled_from(["input", "order"]))
def test_a_planted_price_is_the_one_difference(
    rows: list[tuple[int, int, int]], data: st.DataObject, aligned: Aligned
) -> None:
    rows.sort(key=lambda row: row[0])
    place = data.draw(st.integers(0, len(rows) - 1))
    at, order, price = rows[place]
    other = [*rows[:place], (at, order, price + 1), *rows[place + 1 :]]
    (told,) = found(table(rows), table(other), aligned).differences.to_dicts()
    assert (told["kind"], told["field"], told["input"]) == ("changed", "price", at)
    assert (told["order"], told["instrument"]) == (f"1-{order}", "H7")
    assert [Decimal(told[side]) * 4 for side in ("was", "now")] == [price, price + 1]


@given(ROWS, st.tuples(st.integers(1, 9), st.integers(4, 6), st.integers(-99, 99)))
def test_a_row_that_only_one_has_is_missing_or_new(
    rows: list[tuple[int, int, int]], more: tuple[int, int, int]
) -> None:
    longer = [*rows, more]
    (gone,) = found(table(longer), table(rows), "order").differences.to_dicts()
    (new,) = found(table(rows), table(longer), "order").differences.to_dicts()
    assert (gone["kind"], new["kind"], new["order"]) == ("missing", "added", f"1-{more[1]}")
    assert gone["was"] == new["now"] == f"price {Decimal(more[2]) / 4:.6f}".rstrip("0").rstrip(".")


def test_an_input_more_moves_no_row_behind_it_when_orders_are_aligned() -> None:
    was = table([(1, 1, 10), (2, 2, 20)])
    now = table([(1, 1, 10), (3, 2, 20)])
    fields = [each["field"] for each in found(was, now, "order").differences.to_dicts()]
    # The time differs, the number of the input does not count.
    assert fields == ["ts_recv"]
    assert found(was, now, "input").counts() == {"fill": 2}


def test_a_table_that_only_one_has_and_other_columns_are_told() -> None:
    was = table([(1, 1, 10)])
    assert found(was, None, "input").differences["kind"].to_list() == ["missing"]
    (told,) = found(was, was.drop("reason"), "input").differences.to_dicts()
    assert (told["field"], "reason" in told["was"], "reason" in told["now"]) == (
        ("columns", True, False)
    )


def test_differences_are_written_whole_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    one = found(table([(1, 1, 10)]), table([(1, 1, 11), (2, 2, 5)]), "order")
    every = together({"events": one})
    for name in ("all.csv", "all.parquet"):
        write_differences(tmp_path / name, every)
    assert pl.read_parquet(tmp_path / "all.parquet").equals(every)
    assert pl.read_csv(tmp_path / "all.csv").height == every.height == 2
    with pytest.raises(InputError, match=r"all\.txt .* \.csv or \.parquet"):
        write_differences(tmp_path / "all.txt", every)
    (tmp_path / "fill.parquet").write_bytes(b"PAR1")
    read = kept_tables(tmp_path)
    assert read("quote") is None
    with pytest.raises(RunError, match=r"fill\.parquet is damaged"):
        read("fill")
