"""Rows survive the wire, whichever body and whichever later schema reads them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.domain import Quote, Sequenced, input_tables
from wattbook.errors import InputError
from wattbook.ingest.transport import Message
from wattbook.ingest.transport.wire import RowReader, RowWriter, frame_schema
from wattbook.store.schemas import RowSchema, SqliteRegistry, golden_schemas, row_schema

ROOT = Path(__file__).parents[3]
FIELDS = """
    {"name": "hub", "type": "string"},
    {"name": "side", "type": {"type": "enum", "name": "Side", "symbols": ["buy", "sell"]}},
    {"name": "price", "type":
        {"type": "bytes", "logicalType": "decimal", "precision": 19, "scale": 6}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-nanos"}},
    {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}], "default": null},
    {"name": "count", "type": {"type": "long", "arrow": "uint32"}},
    {"name": "levels", "type": {"type": "array", "items": "double"}},
    {"name": "node", "type": {"type": "record", "name": "Node", "fields": [
        {"name": "number", "type": "int"}, {"name": "note", "type": ["null", "string"]}]}}
"""


def schema(fields: str = FIELDS, body: str = "avro") -> RowSchema:
    head = f'"type": "record", "name": "Price", "wattbook.body": "{body}"'
    return row_schema(f'{{{head}, "fields": [{fields}]}}')


ROWS = st.fixed_dictionaries(
    {
        "hub": st.text(),
        "side": st.sampled_from(["buy", "sell"]),
        "price": st.decimals(-(10**12), 10**12, places=6),
        "at": st.integers(-(2**62), 2**62),
        "day": st.none() | st.dates(dt.date(1970, 1, 1), dt.date(2999, 1, 1)),
        "count": st.integers(0, 2**32 - 1),
        "levels": st.lists(st.floats(allow_nan=False), max_size=3),
        "node": st.fixed_dictionaries(
            {"number": st.integers(-(2**31), 2**31 - 1), "note": st.none() | st.text()}
        ),
    }
)


def table_of(rows: list[dict[str, object]], wanted: RowSchema) -> pl.DataFrame:
    return pl.DataFrame(
        [
            pl.Series(name, [row[name] for row in rows], dtype=kind)
            for name, kind in frame_schema(wanted).items()
        ]
    )


@pytest.mark.long
@pytest.mark.parametrize("body", ["avro", "arrow-stream"])
@given(rows=st.lists(ROWS, max_size=4))
def test_rows_come_back_as_they_were(body: str, rows: list[dict[str, object]]) -> None:
    wanted = schema(body=body)
    table = table_of(rows, wanted)
    with SqliteRegistry(":memory:") as registry:
        values = RowWriter(registry.register("a", wanted)).values(table)
        assert len(values) == (len(rows) if body == "avro" else 1)
        messages = [Message("a", value) for value in values]
        found, quarantined = RowReader(registry, wanted).read(messages)
    assert quarantined == []
    assert found.schema == table.schema
    assert found.equals(table)


OLD = """
    {"name": "hub", "type": "string"},
    {"name": "side", "type": {"type": "enum", "name": "Side", "symbols": ["buy", "sell"]}},
    {"name": "price", "type": "float"}, {"name": "gone", "type": "int"},
    {"name": "count", "type": {"type": "int", "arrow": "uint16"}}
"""
NEW = """
    {"name": "place", "aliases": ["hub"], "type": ["null", "string"]},
    {"name": "side", "type":
        {"type": "enum", "name": "Side", "symbols": ["none", "buy"], "default": "none"}},
    {"name": "price", "type": "double"}, {"name": "count", "type": "double"},
    {"name": "note", "type": "string", "default": "-"},
    {"name": "key", "type": "bytes", "default": "\\u00ff"}
"""


@pytest.mark.parametrize("body", ["avro", "arrow-stream"])
def test_a_newer_schema_reads_older_rows(body: str) -> None:
    old, new = schema(OLD, body), schema(NEW, body)
    table = pl.DataFrame(
        {"hub": ["A", "B"], "side": ["buy", "sell"], "price": [0.5, -3.0], "gone": [1, 2]}
    ).with_columns(count=pl.lit(65_535))
    with SqliteRegistry(":memory:") as registry:
        values = RowWriter(registry.register("a", old)).values(table)
        registry.register("a", new)
        found, quarantined = RowReader(registry, new).read([Message("a", v) for v in values])
    assert quarantined == []
    assert found.schema == frame_schema(new)
    assert found.rows() == [
        ("A", "buy", 0.5, 65_535.0, "-", b"\xff"),
        ("B", "none", -3.0, 65_535.0, "-", b"\xff"),
    ]


@pytest.mark.parametrize("body", ["avro", "arrow-stream"])
def test_rows_of_defaults_alone_are_as_many_as_were_written(body: str) -> None:
    old = schema('{"name": "gone", "type": "int"}', body)
    new = schema('{"name": "added", "type": "string", "default": "-"}', body)
    with SqliteRegistry(":memory:") as registry:
        values = RowWriter(registry.register("a", old)).values(pl.DataFrame({"gone": [1, 2, 3]}))
        found, quarantined = RowReader(registry, new).read([Message("a", v) for v in values])
    assert quarantined == []
    assert found["added"].to_list() == ["-"] * 3


@pytest.mark.parametrize("body", ["avro", "arrow-stream"])
def test_what_is_no_row_of_ours_is_set_aside_with_its_place(body: str) -> None:
    price = '{"name": "price", "type": "double"}'
    wanted, other = schema(price, body), schema('{"name": "hub", "type": "string"}', body)
    with SqliteRegistry(":memory:") as registry:
        good = RowWriter(registry.register("a", wanted)).values(pl.DataFrame({"price": [1.5]}))
        bad = RowWriter(registry.register("b", other)).values(pl.DataFrame({"hub": ["A"]}))
        unknown = b"\0\0\0\0\x63" + good[0][5:]
        values = [b"", b"\1" + good[0][1:], unknown, *good, good[0][:-3], *bad, good[0][:5]]
        found, quarantined = RowReader(registry, wanted).read([Message("A", v) for v in values])
    # An Arrow stream without its end mark is still whole: the rows stand before it.
    assert set(found["price"]) == {1.5}
    reasons = {fault.place: fault.reason for fault in quarantined}
    assert "begins with a zero byte" in reasons["message 0 of A"]
    assert "not with 0100000001" in reasons["message 1 of A"]
    assert "no schema with id 99" in reasons["message 2 of A"]
    assert "price: is new and has no default" in reasons["message 5 of A"]
    assert len(reasons) + found.height == len(values)


@pytest.mark.parametrize("body", ["avro", "arrow-stream"])
@given(place=st.integers(5, 1_000), byte=st.integers(0, 255), cut=st.integers(0, 500))
def test_damaged_bytes_raise_nothing(body: str, place: int, byte: int, cut: int) -> None:
    wanted = schema(body=body)
    row = {
        "hub": "DE-LU",
        "side": "buy",
        "price": Decimal("-1.5"),
        "at": 7,
        "day": None,
        "count": 3,
        "levels": [0.5],
        "node": {"number": 1, "note": "x"},
    }
    with SqliteRegistry(":memory:") as registry:
        [value] = RowWriter(registry.register("a", wanted)).values(table_of([row], wanted))
        damaged = bytearray(value)
        damaged[5 + (place - 5) % (len(value) - 5)] = byte
        message = Message("a", bytes(damaged[: max(5, len(damaged) - cut)]))
        found, quarantined = RowReader(registry, wanted).read([message])
    assert found.height + len(quarantined) >= 1 or body == "arrow-stream"


def test_a_number_that_its_column_cannot_hold_sets_its_row_aside_alone() -> None:
    wanted = schema('{"name": "count", "type": {"type": "long", "arrow": "uint32"}}')
    with SqliteRegistry(":memory:") as registry:
        [value] = RowWriter(registry.register("a", wanted)).values(pl.DataFrame({"count": [3]}))
        # Avro writes 3 as 06, -1 as 01 and 2 as 04.
        values = [value[:-1] + last for last in (b"\6", b"\1", b"\4")]
        found, quarantined = RowReader(registry, wanted).read([Message("a", v) for v in values])
    assert found["count"].to_list() == [3, 2]
    assert [fault.place for fault in quarantined] == ["message 1 of a"]
    assert "does not fit its column" in quarantined[0].reason


def test_a_table_that_does_not_fit_is_refused() -> None:
    fields = '{"name": "price", "type": "double"}, {"name": "count", "type": "int"}'
    with SqliteRegistry(":memory:") as registry:
        writer = RowWriter(registry.register("a", schema(fields)))
        with pytest.raises(InputError, match="has no column 'count', which Price needs"):
            writer.values(pl.DataFrame({"price": [1.0]}))
        with pytest.raises(InputError, match="column 'price' has 1 nulls"):
            writer.values(pl.DataFrame({"price": [None], "count": [1]}))
        with pytest.raises(InputError, match="does not fit Price"):
            writer.values(pl.DataFrame({"price": [1.0], "count": [2**31]}))


def test_quotes_of_the_domain_cross_the_wire() -> None:
    quote = Quote(instrument=3, bid_price="-37.63", ask_price=4, bid_volume=1, ask_volume=2)
    stamped = Sequenced(sequence=1, ts_event=0, ts_recv=0, input=quote)
    table = pl.DataFrame(input_tables([stamped])["Quote"])
    wanted = golden_schemas(ROOT / "schema")["market.Quote"]
    with SqliteRegistry(":memory:") as registry:
        values = RowWriter(registry.register("market.Quote-value", wanted)).values(table)
        found, quarantined = RowReader(registry, wanted).read([Message("3", v) for v in values])
    assert quarantined == []
    assert found.row(0) == (3, Decimal("-37.63"), Decimal(4), Decimal(1), Decimal(2))
