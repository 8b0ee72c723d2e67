"""A schema may change only so that rows written before, or by others, keep their values."""

from __future__ import annotations

import datetime as dt
import io
import json
import struct
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import polars as pl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from wattbook.errors import InputError, SchemaError
from wattbook.ingest.transport import Message
from wattbook.ingest.transport.wire import RowReader, RowWriter, frame_schema
from wattbook.store.schemas import (
    LEVELS,
    Kind,
    RowSchema,
    SqliteRegistry,
    golden_schemas,
    incompatibilities,
    row_schema,
)
from wattbook.store.schemas.compatibility import columns_of
from wattbook.store.schemas.schema import INTEGERS

ROOT = Path(__file__).parents[3]
Json = Any

# --- schemas, and changes of them ----------------------------------------------------------------

SCALARS: list[Json] = [
    *("boolean", "int", "long", "float", "double", "bytes", "string"),
    *({"type": "int", "arrow": kind} for kind in ("int8", "uint8", "int16", "uint16")),
    {"type": "long", "arrow": "uint32"},
    {"type": "int", "logicalType": "date"},
    {"type": "long", "logicalType": "timestamp-micros"},
    {"type": "string", "logicalType": "uuid"},
    {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
    {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2},
    {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 3},
]
NAMES = st.sampled_from(["a", "b", "c", "d"])


@st.composite
def enums(draw: st.DrawFn) -> Json:
    symbols = draw(st.lists(st.sampled_from(["buy", "sell", "both"]), min_size=1, unique=True))
    node = {"type": "enum", "name": draw(st.sampled_from(["Side", "Way"])), "symbols": symbols}
    if draw(st.booleans()):
        node["default"] = draw(st.sampled_from(symbols))
    if draw(st.booleans()):
        node["aliases"] = ["Side"]
    return node


@st.composite
def fixeds(draw: st.DrawFn) -> Json:
    return {"type": "fixed", "name": "Hash", "size": draw(st.integers(1, 2))}


def default_of(node: Json) -> st.SearchStrategy[Json]:
    """Return defaults of a type; of a record and a logical type none."""
    kind = node if isinstance(node, str) else node["type"]
    if isinstance(node, dict) and "logicalType" in node:
        return st.nothing()
    return {
        "boolean": st.booleans(),
        "int": st.integers(0, 100),
        "long": st.integers(0, 100),
        "float": st.sampled_from([0.5, 3]),
        "double": st.sampled_from([0.5, 3]),
        "string": st.just("x"),
        "enum": st.sampled_from(node["symbols"] if kind == "enum" else ["-"]),
        "array": st.just([]),
    }.get(kind, st.nothing())


@st.composite
def kinds(draw: st.DrawFn, depth: int = 2) -> Json:
    """Return a type; each name of a fixed, enum or record once, as its place gives it."""
    others = [st.sampled_from(SCALARS)]
    if depth:
        others.append(kinds(depth - 1).map(lambda node: {"type": "array", "items": node}))
        others.append(inner_records(depth - 1))
    return draw(st.one_of(*others, enums(), fixeds()))


@st.composite
def inner_records(draw: st.DrawFn, depth: int) -> Json:
    names = draw(st.lists(NAMES, min_size=1, max_size=2, unique=True))
    fields = [draw(columns(name, depth)) for name in names]
    return {"type": "record", "name": "Inner", "fields": fields}


@st.composite
def columns(draw: st.DrawFn, name: str, depth: int = 2) -> Json:
    node = draw(kinds(depth))
    column: dict[str, Json] = {"name": name, "type": node}
    defaults = default_of(node)
    nullable = draw(st.booleans())
    if nullable and draw(st.booleans()):
        column |= {"type": ["null", node]}
        if draw(st.booleans()):
            column["default"] = None
    elif not defaults.is_empty and draw(st.booleans()):
        column["default"] = draw(defaults)
    if draw(st.integers(0, 4)) == 0:
        column["aliases"] = [draw(NAMES)]
    return column


@st.composite
def records(draw: st.DrawFn) -> Json:
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    fields = [draw(columns(name)) for name in names]
    return named_once({"type": "record", "name": "Row", "fields": fields})


def named_once(record: Json) -> Json:
    """Give what has a name a namespace by its place, so that no name is defined twice."""
    copied = json.loads(json.dumps(record))

    def visit(node: Json, place: str) -> None:
        if isinstance(node, list):
            for branch in node:
                visit(branch, place)
        if isinstance(node, dict):
            if "name" in node:
                node["namespace"] = place
            visit(node.get("items"), f"{place}.items")
            for field in node.get("fields", ()):
                visit(field["type"], f"{place}.{field['name']}")

    for field in copied["fields"]:
        visit(field["type"], f"of.{field['name']}")
    return copied


@st.composite
def changes(draw: st.DrawFn) -> tuple[Json, Json]:
    """Return two records, the second with some columns of the first and some of its own."""
    old, fresh = draw(records()), draw(records())
    kept = [field for field in old["fields"] if draw(st.integers(0, 3))]
    taken = {field["name"] for field in kept}
    new = [*kept, *(field for field in fresh["fields"] if field["name"] not in taken)]
    return old, named_once({**fresh, "fields": new})


# --- every value that could matter ---------------------------------------------------------------


def probes(kind: Kind) -> Iterator[Any]:
    """Yield values of a type, at least one on each side of every rule."""
    if kind.nullable:
        yield None
    if kind.logical:
        logical: dict[str, list[Any]] = {
            "date": [dt.date(2026, 3, 29)],
            "timestamp-micros": [dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)],
            "uuid": [uuid.UUID(int=7)],
            "decimal": [Decimal((1, (9,) * kind.precision, -kind.scale)), Decimal("1.1")],
        }
        yield from logical[kind.logical]
        return
    if kind.integer:
        low, high = INTEGERS[kind.integer]
        yield from (low, high, high - 1)
        return
    if kind.avro == "array":
        assert kind.items is not None
        yield []
        yield from ([item] for item in probes(kind.items))
        return
    if kind.avro == "record":
        yield from rows(kind)
        return
    plain: dict[str, list[Any]] = {
        "boolean": [True, False],
        "float": [0.5, float(2**24)],
        "double": [0.1, 1e300],
        "bytes": [b"\xff\x00", b"x"],
        "string": ["x", "ÄÖ"],
        "fixed": [b"\x01" * kind.size],
        "enum": list(kind.symbols),
    }
    yield from plain[kind.avro]


def rows(kind: Kind) -> Iterator[dict[str, Any]]:
    """Yield rows in which each column takes each of its probes at least once."""
    values = {column.name: list(probes(column.kind)) for column in kind.columns}
    for turn in range(max((len(found) for found in values.values()), default=1)):  # Each once.
        yield {name: found[turn % len(found)] for name, found in values.items()}


def expected(value: Any, reader: Kind, writer: Kind) -> Any:
    """Return what a reader must get for a written value, for it to be the same."""
    if value is None:
        return None
    if reader.avro == "array":
        assert reader.items is not None
        assert writer.items is not None
        return [expected(item, reader.items, writer.items) for item in value]
    if reader.avro == "record":
        written = {column.name: column.kind for column in writer.columns}
        return {
            column.name: expected(value[name], column.kind, written[name])
            for column in reader.columns
            for name in columns_of(column, writer)
        }
    if reader.avro == "enum" and value not in reader.symbols:
        return reader.symbol_default
    if reader.avro == "bytes" and isinstance(value, str):
        return value.encode()
    return value


def fits(value: Any, kind: Kind) -> bool:  # noqa: PLR0911
    """Return whether a value that was read is one of the type that the reader states.

    fastavro gives a value the writer's logical type, whatever the reader's is.
    """
    if value is None:
        return kind.nullable
    if kind.items is not None:
        return all(fits(item, kind.items) for item in value)
    if kind.columns:
        return all(fits(value[column.name], column.kind) for column in kind.columns)
    if isinstance(value, Decimal) and kind.logical == "decimal":
        _, digits, exponent = value.as_tuple()
        return exponent == -kind.scale and len(digits) <= kind.precision
    if kind.avro in {"float", "double"} and not isinstance(value, int | float):
        return False
    if kind.avro == "float":  # fastavro gives it as a double, which more whole numbers fit.
        return bool(struct.unpack("f", struct.pack("f", value))[0] == value)
    if kind.integer and isinstance(value, int):
        return INTEGERS[kind.integer][0] <= value <= INTEGERS[kind.integer][1]
    types = {
        "decimal": Decimal,
        "date": dt.date,
        "timestamp-micros": dt.datetime,
        "uuid": uuid.UUID,
    }
    stated = types.get(kind.logical)
    return type(value) is stated if stated else not isinstance(value, tuple(types.values()))


def same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one[name], other[name]) for name in other)  # Others are defaults.
    kinds = {type(one), type(other)}
    return bool(one == other) and (len(kinds) == 1 or kinds <= {int, float})


def is_read(reader: RowSchema, writer: RowSchema) -> bool:
    """Return whether fastavro reads every row of the writer, and no value changes."""
    old, new = fastavro.parse_schema(writer.avro()), fastavro.parse_schema(reader.avro())
    for row in rows(writer.kind):
        buffer = io.BytesIO()
        fastavro.schemaless_writer(buffer, old, row)
        buffer.seek(0)
        try:
            found = fastavro.schemaless_reader(buffer, old, new)
        except (fastavro.read.SchemaResolutionError, UnicodeDecodeError):
            return False
        assert isinstance(found, dict)
        for column in reader.columns:
            names = columns_of(column, writer.kind)
            if not names:
                continue
            (written,) = (found for found in writer.columns if found.name == names[0])
            wanted = expected(row[written.name], column.kind, written.kind)
            if not same(found[column.name], wanted) or not fits(found[column.name], column.kind):
                return False
    return True


def is_ambiguous(reader: Kind, writer: Kind) -> bool:
    """Return whether readers may differ in which column they read."""
    if reader.items is not None and writer.items is not None:
        return is_ambiguous(reader.items, writer.items)
    read = [columns_of(column, writer) for column in reader.columns]
    names = [name for found in read for name in found]
    if len(names) > len(set(names)) or any(len(found) > 1 for found in read):
        return True
    written = {column.name: column.kind for column in writer.columns}
    return any(
        is_ambiguous(column.kind, written[name])
        for column in reader.columns
        for name in columns_of(column, writer)
    )


@given(changes())
def test_the_verdict_is_what_reading_old_rows_with_the_new_schema_shows(
    change: tuple[Json, Json],
) -> None:
    old, new = (row_schema(json.dumps(node)) for node in change)
    if is_ambiguous(new.kind, old.kind):
        assert incompatibilities(reader=new, writer=old)
        return
    assert (incompatibilities(reader=new, writer=old) == []) == is_read(new, old)


def texts(value: Any) -> Any:
    """Return a value with its UUIDs as text, the way tables hold them."""
    if isinstance(value, list):
        return [texts(item) for item in value]
    if isinstance(value, dict):
        return {name: texts(inner) for name, inner in value.items()}
    return str(value) if isinstance(value, uuid.UUID) else value


@pytest.mark.long
@given(changes())
def test_rows_as_an_arrow_stream_are_read_as_those_in_avro(change: tuple[Json, Json]) -> None:
    found = []
    for body in ("avro", "arrow-stream"):
        old, new = (row_schema(json.dumps(node | {"wattbook.body": body})) for node in change)
        assume(old.columns and new.columns and incompatibilities(reader=new, writer=old) == [])
        types = frame_schema(old)
        written = list(rows(old.kind))
        table = pl.DataFrame(
            [
                pl.Series(name, [texts(row[name]) for row in written], dtype=kind)
                for name, kind in types.items()
            ]
        )
        with SqliteRegistry(":memory:") as registry:
            values = RowWriter(registry.register("a", old)).values(table)
            read, quarantined = RowReader(registry, new).read([Message("a", v) for v in values])
        assert quarantined == []
        assert read.height == len(written)
        found.append(read)
    assert found[0].equals(found[1])


@given(st.sampled_from(SCALARS), st.sampled_from(SCALARS), st.booleans(), st.booleans())
@example("long", "double", False, False)
@example("bytes", "string", False, False)
def test_a_changed_type_is_refused_where_a_value_would_change(
    old: Json, new: Json, old_null: bool, new_null: bool
) -> None:
    writer, reader = (
        row_schema(
            json.dumps(
                {
                    "type": "record",
                    "name": "Row",
                    "fields": [{"name": "a", "type": ["null", node] if null else node}],
                }
            )
        )
        for node, null in ((old, old_null), (new, new_null))
    )
    found = incompatibilities(reader=reader, writer=writer)
    assert (found == []) == is_read(reader, writer)
    assert all(fault.field == "a" for fault in found)


# --- the registry --------------------------------------------------------------------------------


def price(fields: str, name: str = "Price") -> RowSchema:
    return row_schema(f'{{"type": "record", "name": "{name}", "fields": [{fields}]}}')


HUB = '{"name": "hub", "type": "string"}'
PRICE = '{"name": "eur_mwh", "type": "double"}'
NOTE = '{"name": "note", "type": ["null", "string"], "default": null}'

NOTE_NUMBER = '{"name": "note", "type": ["null", "long"], "default": null}'


@pytest.mark.parametrize(
    ("level", "added", "removed", "added_with_default", "removed_with_default"),
    [
        ("BACKWARD", False, True, True, True),
        ("FORWARD", True, False, True, True),
        ("FULL", False, False, True, True),
        ("NONE", True, True, True, True),
    ],
)
def test_each_level_allows_what_it_says(
    level: str, added: bool, removed: bool, added_with_default: bool, removed_with_default: bool
) -> None:
    changes = [
        (HUB, f"{HUB}, {PRICE}", added),
        (f"{HUB}, {PRICE}", HUB, removed),
        (HUB, f"{HUB}, {NOTE}", added_with_default),
        (f"{HUB}, {NOTE}", HUB, removed_with_default),
    ]
    for number, (old, new, allowed) in enumerate(changes):
        with SqliteRegistry(":memory:") as registry:
            registry.set_level(level)
            registry.register("prices-value", price(old))
            assert (registry.check("prices-value", price(new)) == []) == allowed, number


@pytest.mark.parametrize("level", ["BACKWARD", "FORWARD", "FULL"])
def test_a_transitive_level_looks_at_every_version(level: str) -> None:
    # Each step is fine, but the first and the last disagree about the type of the note.
    steps = [f"{HUB}, {NOTE}", HUB, f"{HUB}, {NOTE_NUMBER}"]
    with SqliteRegistry(":memory:") as registry:
        registry.set_level(level)
        for step in steps[:2]:
            registry.register("prices-value", price(step))
        assert registry.check("prices-value", price(steps[2])) == []
        registry.set_level(f"{level}_TRANSITIVE", "prices-value")
        assert registry.level("prices-value") == f"{level}_TRANSITIVE"
        with pytest.raises(SchemaError, match=r"version 1 could not .*note: is .* or null"):
            registry.register("prices-value", price(steps[2]))
        assert registry.check("prices-value", price(steps[2]), version=2) == []


def test_versions_and_ids_stay_what_they_were(tmp_path: Path) -> None:
    file = tmp_path / "schemas.sqlite"
    with SqliteRegistry(file) as registry:
        first = registry.register("a-value", price(HUB))
        second = registry.register("a-value", price(f"{HUB}, {NOTE}"))
        elsewhere = registry.register("b-value", price(HUB))
    with SqliteRegistry(file) as registry:
        assert registry.register("a-value", price(HUB)) == first
        assert (first.version, second.version, elsewhere.version) == (1, 2, 1)
        assert (first.id, first.id + 1) == (elsewhere.id, second.id)
        assert registry.subjects() == ["a-value", "b-value"]
        assert registry.versions("a-value") == [1, 2]
        assert registry.version("a-value") == second
        assert registry.version("a-value", 1) == first
        assert registry.find("a-value", price(NOTE)) is None
        assert registry.schema(second.id) == second.schema


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with SqliteRegistry(tmp_path / "schemas.sqlite") as registry:
        with pytest.raises(InputError, match="subject 'a' has no version; it has"):
            registry.version("a")
        with pytest.raises(InputError, match="no schema with id 3"):
            registry.schema(3)
        with pytest.raises(InputError, match="'SOMEHOW' is no level"):
            registry.set_level("SOMEHOW")
        with pytest.raises(InputError, match="a subject needs a name"):
            registry.register("", price(HUB))
        assert set(LEVELS) > {registry.level("a")}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ('{"name": "a", "type": ["int", "string"]}', "Price.a: a union of 2 types has no column"),
        ('{"name": "a", "type": {"type": "map", "values": "int"}}', "Price.a: a map has no"),
        ('{"name": "a", "type": "Price"}', "Price.a: Price contains itself"),
        ('{"name": "a", "type": "decimal"}', "Price.a: there is no type 'decimal'"),
        ('{"name": "1a", "type": "int"}', "Price: '1a' is no name of a field"),
        (f"{HUB}, {HUB}", "Price.hub: the record has two fields of this name"),
        ('{"name": "a", "type": "int", "default": 2147483648}', "Price.a: the default 2147483648"),
        ('{"name": "a", "type": ["null", "int"], "default": 1}', "of the first type of the union"),
        ('{"name": "a", "type": {"type": "int", "arrow": "uint32"}}', "cannot hold Arrow's 'uint3"),
        (
            '{"name": "a", "type": {"type": "bytes", "logicalType": "decimal", "precision": 39}}',
            "Price.a: decimal(39, 0) does not fit",
        ),
        ('{"name": "a", "type": {"type": "int", "logicalType": "uuid"}}', "no logical type of int"),
        ('{"name": "a", "type": 3}', "Price.a: 3 is no type"),
    ],
)
def test_a_schema_that_no_row_can_have_is_refused_with_its_field(fields: str, message: str) -> None:
    with pytest.raises(SchemaError) as raised:
        price(fields)
    assert message in str(raised.value)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
@example('{"type": "record", "name": "a.B", "fields": [{"name": "c", "type": {"type": []}}]}')
@example('{"type": "record", "name": "B", "fields": [[]]}')
@example('{"type": "record", "name": "B", "wattbook.body": "csv", "fields": []}')
def test_anything_that_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(SchemaError):
        row_schema(text)


def test_the_records_of_the_domain_are_registered_from_their_files() -> None:
    golden = golden_schemas(ROOT / "schema")
    assert len(golden) > 50
    with SqliteRegistry(":memory:") as registry:
        for subject, schema in golden.items():
            fastavro.parse_schema(schema.avro())
            registry.register(f"{subject}-value", schema)
            assert incompatibilities(reader=schema, writer=schema) == []
        quote = golden["market.Quote"]
        assert [(c.name, c.kind.sentence()) for c in quote.columns][:2] == [
            ("instrument", "uint32"),
            ("bid_price", "decimal(19, 6)"),
        ]
        changed = row_schema(quote.text.replace('"scale":6', '"scale":5', 1))
        with pytest.raises(
            SchemaError, match=r"market\.Quote-value, BACKWARD: .*bid_price: is decimal\(19, 6\)"
        ):
            registry.register("market.Quote-value", changed)
