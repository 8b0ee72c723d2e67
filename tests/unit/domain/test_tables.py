"""Records cross into other Arrow libraries with their types, and come back as they were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.domain import (
    ArrowTable,
    Cascade,
    Deal,
    Owner,
    Price,
    Quote,
    ReferencePrice,
    Sequenced,
    Trade,
    Volume,
    input_tables,
    inputs_from_tables,
    product_instrument,
)
from wattbook.errors import InputError

MICROS = st.integers(min_value=-(2**63) // 1000 + 1, max_value=2**63 // 1000 - 1)
MILLIONTHS = st.integers(min_value=-(10**15), max_value=10**15)
RECORDS = st.one_of(
    st.builds(
        lambda number, bid, ask, volume: Quote(
            instrument=number,
            bid_price=Decimal(bid).scaleb(-6),
            ask_price=Decimal(ask).scaleb(-6),
            bid_volume=Decimal(volume).scaleb(-6),
            ask_volume=Decimal(abs(volume)).scaleb(-6),
        ),
        st.integers(0, 2**32 - 1),
        MILLIONTHS,
        MILLIONTHS,
        MILLIONTHS,
    ),
    st.builds(
        lambda number, side, price: Trade(
            instrument=number,
            trade=number * 2**20,
            aggressor=side,
            price=Decimal(price).scaleb(-6),
            volume=1,
        ),
        st.integers(0, 2**32 - 1),
        st.sampled_from(["buy", "sell"]),
        MILLIONTHS,
    ),
    st.builds(
        lambda parts: Cascade(from_=0, into=parts, settlement_price="48.37"),
        st.lists(st.integers(0, 2**32 - 1), max_size=5),
    ),
    st.builds(
        lambda name, number: Deal(
            deal=number,
            part=1,
            version=1,
            counterparty=name,
            instrument=0,
            side="sell",
            owner=Owner(trading_book=1, trader=2, strategy=3),
            price=5,
            volume=2,
            agreed=0,
        ),
        st.text(max_size=12),
        st.integers(0, 2**63),
    ),
)


def stamped(records: Sequence[Any], micros: list[int]) -> list[Sequenced]:
    return [
        Sequenced(sequence=nth + 1, ts_event=at * 1_000, ts_recv=at * 1_000, input=record)
        for nth, (record, at) in enumerate(zip(records, micros, strict=True))
    ]


def quotes() -> list[Sequenced]:
    quote = Quote(
        instrument=7, bid_price="-500", ask_price="-499.999999", bid_volume="0.1", ask_volume=3
    )
    return stamped([quote, quote], [1_774_746_000_000_000, 1_774_746_000_000_001])


def test_pyarrow_reads_the_columns_with_their_types_and_without_a_copy() -> None:
    table = input_tables(quotes())["Quote"]
    arrow = pa.table(table)
    arrow.validate(full=True)
    schema = arrow.schema
    assert schema.field("sequence").type == pa.uint64()
    assert schema.field("ts_event").type == pa.timestamp("ns", "UTC")
    assert schema.field("instrument").type == pa.uint32()
    assert schema.field("bid_price").type == pa.decimal128(19, 6)
    assert arrow["ask_price"].to_pylist() == [Decimal("-499.999999")] * 2
    # Both look at one memory.
    again = pa.table(table)
    for name in arrow.column_names:
        buffers = arrow[name].chunk(0).buffers(), again[name].chunk(0).buffers()
        addresses = [[buffer.address for buffer in of if buffer] for of in buffers]
        assert addresses[0] == addresses[1], name


def test_duckdb_queries_the_table_in_place() -> None:
    arrow = pa.table(input_tables(quotes())["Quote"])
    relation = duckdb.arrow(arrow)
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert types["bid_price"] == "DECIMAL(19,6)"
    assert types["ts_event"] == "TIMESTAMP WITH TIME ZONE"
    assert types["instrument"] == "UINTEGER"
    total = relation.aggregate("sum(bid_price), count(*)").fetchone()
    assert total == (Decimal("-1000.000000"), 2)


def test_names_cross_as_dictionaries_of_text() -> None:
    price = ReferencePrice(instrument=0, kind="real_time", run="final", price=-5)
    arrow = pa.table(input_tables(stamped([price], [0]))["ReferencePrice"])
    assert pa.types.is_dictionary(arrow.schema.field("kind").type)
    assert arrow["kind"].to_pylist() == ["real_time"]
    counted = duckdb.arrow(arrow).filter("kind = 'real_time'").aggregate("count(*)")
    assert counted.fetchone() == (1,)


@given(st.lists(st.tuples(RECORDS, MICROS), max_size=12))
def test_inputs_come_back_from_every_library(rows: list[tuple[object, int]]) -> None:
    sent = stamped([record for record, _ in rows], [at for _, at in rows])
    tables = input_tables(sent)
    assert inputs_from_tables(tables) == sent
    assert inputs_from_tables({name: pa.table(it) for name, it in tables.items()}) == sent
    assert inputs_from_tables({name: pl.DataFrame(it) for name, it in tables.items()}) == sent


def test_inputs_come_back_from_a_parquet_file_and_from_duckdb(tmp_path: object) -> None:
    sent = quotes()
    path = f"{tmp_path}/quotes.parquet"
    pq.write_table(pa.table(input_tables(sent)["Quote"]), path)
    assert inputs_from_tables({"Quote": pq.read_table(path)}) == sent
    relation = duckdb.read_parquet(path).order("sequence")
    assert inputs_from_tables({"Quote": relation.to_arrow_table()}) == sent


def test_an_instrument_comes_back_with_its_terms() -> None:
    hour = product_instrument(
        "DE-LU 2026-03-29 H04", instrument=0, venue=0, form="intraday", currency="EUR"
    )
    sent = stamped([hour], [0])
    table = input_tables(sent)["DefineInstrument"]
    assert inputs_from_tables({"DefineInstrument": pa.table(table)}) == sent
    # Columns of terms that no contract has may be left out.
    frame = pl.DataFrame(table)
    plain = frame.drop([name for name in frame.columns if frame[name].null_count()])
    assert len(plain.columns) < len(frame.columns)
    assert inputs_from_tables({"DefineInstrument": plain}) == sent


def plain(**changes: object) -> pl.DataFrame:
    columns: dict[str, object] = {
        "sequence": [1],
        "ts_event": [dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)],
        "ts_recv": [1_774_746_000_000_000_000],
        "instrument": [3],
        "aggressor": ["sell"],
        "trade": [9],
        "price": [-37.63],
        "volume": [25],
    }
    columns.update(changes)
    return pl.DataFrame({name: it for name, it in columns.items() if it is not None})


def test_plain_columns_are_read_by_what_they_mean() -> None:
    [read] = inputs_from_tables({"Trade": plain()})
    assert isinstance(read.input, Trade)
    assert read.ts_event == read.ts_recv
    assert (read.input.price, read.input.volume) == (Price("-37.63"), Volume(25))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (plain(price=None), 'table Trade has no column "price"; add it'),
        (plain(colour=["red"]), 'a column "colour" that its records lack; drop or rename it'),
        (plain(price=["cheap"]), 'column "price" is .*; cast it'),
        (plain(price=pl.Series([None], dtype=pl.Float64)), 'column "price": it is null'),
        (plain(price=[float("nan")]), 'row 0, column "price": price NaN is not finite'),
        (plain(price=[Decimal("0.1234567")]), "more than 6 decimals"),
        (plain(instrument=[-1]), "row 0: "),
        (plain(aggressor=["short"]), "row 0: .*short"),
        (plain(aggressor=["sell price=1"]), "is no name"),
        (plain(ts_event=[dt.datetime(2026, 3, 29)]), 'column "ts_event" is '),  # noqa: DTZ001
        (plain(sequence=[-1]), "it is below zero"),
        (pl.concat([plain(), plain()]), "sequence 1 stands in two rows"),
    ],
)
def test_a_bad_table_is_refused_with_its_place(table: ArrowTable, message: str) -> None:
    with pytest.raises(InputError, match=message):
        inputs_from_tables({"Trade": table})


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="no input is called"):
        inputs_from_tables({"Trades": plain()})
    with pytest.raises(InputError, match="is no Arrow table"):
        inputs_from_tables({"Trade": [1, 2, 3]})  # type: ignore[dict-item]
