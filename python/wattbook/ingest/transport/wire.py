"""Rows as messages: the schema's id in front, as Confluent's clients write it, then the rows.

A message begins with a zero byte and the id of its schema (4 bytes, most significant first). The
body is one Avro datum, which any Confluent-compatible client reads; or, where the schema says
``"wattbook.body": "arrow-stream"``, many rows as an Arrow IPC stream.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from wattbook.errors import DecodeError, InputError
from wattbook.ingest.transport.bus import Message
from wattbook.sources.payload import Quarantined
from wattbook.store.schemas import Column, Kind, Registered, Registry, RowSchema, incompatibilities

__all__ = ["RowReader", "RowWriter", "frame_schema", "schema_id"]

MAGIC = 0
HEAD_BYTES = 5
RAW_BYTES_MAX = 65_536
KEPT = "\0"
"""No name of a column."""

TYPES: dict[str, Any] = {
    "boolean": pl.Boolean,
    "float": pl.Float32,
    "double": pl.Float64,
    "bytes": pl.Binary,
    "fixed": pl.Binary,
    "string": pl.String,
}
TIMES: dict[str, Any] = {
    "date": pl.Date,
    "time-millis": pl.Int32,
    "time-micros": pl.Int64,
    "timestamp-millis": pl.Datetime("ms", "UTC"),
    "timestamp-micros": pl.Datetime("us", "UTC"),
    "timestamp-nanos": pl.Datetime("ns", "UTC"),
    "local-timestamp-millis": pl.Datetime("ms"),
    "local-timestamp-micros": pl.Datetime("us"),
    "local-timestamp-nanos": pl.Datetime("ns"),
    "uuid": pl.String,
}
INTEGERS: dict[str, Any] = {
    "int8": pl.Int8,
    "uint8": pl.UInt8,
    "int16": pl.Int16,
    "uint16": pl.UInt16,
    "int32": pl.Int32,
    "uint32": pl.UInt32,
    "int64": pl.Int64,
}


def schema_id(value: bytes) -> int | None:
    r"""Return the id of the schema that a message was written with; none if it begins with none.

    Examples
    --------
    >>> schema_id(b"\0\0\0\0\x09rest"), schema_id(b"rest")
    (9, None)
    """
    if len(value) < HEAD_BYTES or value[0] != MAGIC:
        return None
    return int.from_bytes(value[1:HEAD_BYTES], "big")


def frame_schema(schema: RowSchema) -> dict[str, Any]:
    """Return the Polars type of each column of `schema`.

    Examples
    --------
    >>> from wattbook.store.schemas import row_schema
    >>> fields = '[{"name": "hub", "type": "string"}, {"name": "eur_mwh", "type": "double"}]'
    >>> frame_schema(row_schema(f'{{"type": "record", "name": "Price", "fields": {fields}}}'))
    {'hub': String, 'eur_mwh': Float64}
    """
    return {column.name: _type(column.kind) for column in schema.columns}


def _type(kind: Kind) -> Any:  # noqa: ANN401 - a Polars type
    """Return the Polars type of a column."""
    if kind.logical == "decimal":
        return pl.Decimal(kind.precision, kind.scale)
    if kind.logical or kind.integer:
        return TIMES[kind.logical] if kind.logical else INTEGERS[kind.integer]
    if kind.avro == "enum":
        return pl.Enum(kind.symbols)
    if kind.avro == "array" and kind.items is not None:
        return pl.List(_type(kind.items))
    if kind.avro == "record":
        return pl.Struct({column.name: _type(column.kind) for column in kind.columns})
    return TYPES[kind.avro]


def _plain(node: Any) -> Any:  # noqa: ANN401 - JSON
    """Return Avro's JSON without logical types but decimals: times cross as whole numbers."""
    if isinstance(node, list):
        return [_plain(inner) for inner in node]
    if isinstance(node, dict):
        decimal = node.get("logicalType") == "decimal"
        return {k: _plain(v) for k, v in node.items() if decimal or k != "logicalType"}
    return node


class RowWriter:
    """Writes tables as messages of a registered schema.

    Parameters
    ----------
    registered : Registered
        What `Registry.register` gave.

    Examples
    --------
    ::

        writer = RowWriter(registry.register("prices-value", schema))
        publisher.publish([Message("DE-LU", value) for value in writer.values(table)])
    """

    def __init__(self, registered: Registered) -> None:
        self._schema = registered.schema
        self._head = bytes([MAGIC]) + registered.id.to_bytes(4, "big")
        self._types = frame_schema(registered.schema)
        self._avro = _parsed(registered.schema) if registered.schema.body == "avro" else None

    def values(self, table: pl.DataFrame) -> list[bytes]:
        """Return the messages of a table: one a row, or one for all of it as an Arrow stream.

        Raises
        ------
        InputError
            If a column is missing, or a value does not fit the schema; names it.
        """
        table = self._fitting(table)
        buffer = io.BytesIO()
        if self._avro is None:
            buffer.write(self._head)
            table.write_ipc_stream(buffer)
            return [buffer.getvalue()]
        import fastavro  # noqa: PLC0415

        values = []
        for row in _raw(table).iter_rows(named=True):
            buffer.seek(0)
            buffer.truncate()
            buffer.write(self._head)
            fastavro.schemaless_writer(buffer, self._avro, row)
            values.append(buffer.getvalue())
        return values

    def _fitting(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the table with the schema's columns and types."""
        missing = [name for name in self._types if name not in table.columns]
        if missing:
            message = f"the table has no column {missing[0]!r}, which {self._schema.name} needs"
            raise InputError(message)
        try:
            table = table.select(
                pl.col(name).cast(kind, strict=True) for name, kind in self._types.items()
            )
        except pl.exceptions.PolarsError as fault:
            raise InputError(f"the table does not fit {self._schema.name}: {fault}") from fault
        for column in self._schema.columns:
            if not column.kind.nullable and (nulls := table[column.name].null_count()):
                message = (
                    f"column {column.name!r} has {nulls} nulls, which {self._schema.name} does not "
                    "allow"
                )
                raise InputError(message)
        return table


def _parsed(schema: RowSchema) -> Any:  # noqa: ANN401 - fastavro's
    import fastavro  # noqa: PLC0415

    return fastavro.parse_schema(_plain(schema.avro()))


def _raw(table: pl.DataFrame) -> pl.DataFrame:
    """Return times as whole numbers, since Python's times lose nanoseconds."""
    return table.cast({name: _physical(kind) for name, kind in table.schema.items()})


class RowReader:
    """Reads messages of any schema that one of ours can read.

    Parameters
    ----------
    registry : Registry
        Asked once for each id.
    schema : RowSchema
        What the rows are wanted as.
    """

    def __init__(self, registry: Registry, schema: RowSchema) -> None:
        self._registry = registry
        self._schema = schema
        self._types = frame_schema(schema)
        self._avro = _parsed(schema) if schema.body == "avro" else None
        self._writers: dict[int, tuple[RowSchema, Any]] = {}

    def read(self, messages: Sequence[Message]) -> tuple[pl.DataFrame, list[Quarantined]]:
        """Return the rows of `messages`, in their order, and those that hold no rows of ours.

        Returns
        -------
        rows : polars.DataFrame
            With the columns of `frame_schema`.
        quarantined : list of Quarantined
            Messages that were set aside, by their place in `messages` from 0.
        """
        parts: list[pl.DataFrame] = []
        rows: list[tuple[int, Any]] = []
        quarantined: list[Quarantined] = []

        def set_aside(number: int, reason: str) -> None:
            message = messages[number]
            place, raw = f"message {number} of {message.key}", message.value[:RAW_BYTES_MAX]
            quarantined.append(Quarantined(place, 0, reason, raw))

        for number, message in enumerate(messages):
            try:
                writer, avro = self._writer(message.value)
                if self._avro is None:
                    parts.append(self._arrow(message.value, writer))
                else:
                    rows.append((number, self._datum(message.value, avro)))
            except (DecodeError, InputError) as fault:
                set_aside(number, str(fault))
        if rows:
            parts += self._tables(rows, set_aside)
        if not parts:
            return pl.DataFrame(schema=self._types), quarantined
        return pl.concat(parts), quarantined

    def _writer(self, value: bytes) -> tuple[RowSchema, Any]:
        """Return the schema that a message was written with."""
        number = schema_id(value)
        if number is None:
            raise DecodeError(
                f"a message begins with a zero byte and 4 bytes of a schema's id, not with "
                f"{value[:HEAD_BYTES].hex() or 'nothing'}"
            )
        if number not in self._writers:
            schema = self._registry.schema(number)
            if faults := incompatibilities(reader=self._schema, writer=schema):
                raise DecodeError(
                    f"rows of schema {number} cannot be read as {self._schema.name}: "
                    + "; ".join(fault.sentence() for fault in faults)
                )
            avro = _parsed(schema) if schema.body == "avro" else None
            self._writers[number] = (schema, avro)
        return self._writers[number]

    def _datum(self, value: bytes, avro: Any) -> Any:  # noqa: ANN401 - a row
        import fastavro  # noqa: PLC0415

        body = io.BytesIO(value)
        body.seek(HEAD_BYTES)
        try:
            row = fastavro.schemaless_reader(body, avro, self._avro)
        except (EOFError, ValueError, IndexError, OverflowError) as fault:
            raise DecodeError(f"the Avro datum ends or breaks at {body.tell()}: {fault}") from fault
        if body.tell() != len(value):
            raise DecodeError(f"{len(value) - body.tell()} bytes follow the Avro datum")
        return row

    def _tables(
        self, rows: list[tuple[int, Any]], set_aside: Callable[[int, str], None]
    ) -> list[pl.DataFrame]:
        """Return the rows as tables; set aside those with values that their columns cannot hold.

        Avro knows no unsigned number and none of fewer than 32 bits: damage shows here at last.
        """
        try:
            return [self._table([row for _, row in rows])]
        except (TypeError, OverflowError, pl.exceptions.PolarsError):
            tables = []
            for number, row in rows:
                try:
                    tables.append(self._table([row]))
                except (TypeError, OverflowError, pl.exceptions.PolarsError) as fault:
                    reason = str(fault).partition("\n")[0]
                    set_aside(number, f"a value does not fit its column: {reason}")
            return tables

    def _table(self, rows: list[Any]) -> pl.DataFrame:
        columns = []
        for name, kind in self._types.items():
            values = [row[name] for row in rows]
            if kind == pl.Binary:  # fastavro leaves a default as the text that stands in JSON.
                values = [v.encode("latin-1") if isinstance(v, str) else v for v in values]
            raw = pl.Series(name, values, dtype=_physical(kind), strict=True)
            columns.append(raw.cast(kind))
        return pl.DataFrame(columns)

    def _arrow(self, value: bytes, writer: RowSchema) -> pl.DataFrame:
        try:
            table = pl.read_ipc_stream(io.BytesIO(value[HEAD_BYTES:]))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as fault:
            raise DecodeError(f"the message is no Arrow stream: {fault}") from fault
        wanted = frame_schema(writer)
        if dict(table.schema) != wanted:
            raise DecodeError(f"the stream has columns {dict(table.schema)}, its schema {wanted}")
        for column in writer.columns:
            if not column.kind.nullable and table[column.name].null_count():
                raise DecodeError(f"column {column.name!r} holds nulls, against its schema")
        return resolved(table, self._schema, writer)


def resolved(table: pl.DataFrame, reader: RowSchema, writer: RowSchema) -> pl.DataFrame:
    """Return rows of a writer as its reader wants them, by Avro's rules."""
    if not reader.columns or not table.height:
        return pl.DataFrame(schema=frame_schema(reader), height=table.height)
    # A column of the table comes along, because defaults alone would make one row.
    wanted = [pl.first().alias(KEPT), *_columns(pl.col, reader.kind, writer.kind)]
    return table.select(wanted).drop(KEPT)


def _columns(of: Callable[[str], pl.Expr], reader: Kind, writer: Kind) -> list[pl.Expr]:
    """Return the columns of a record; `of` gives the writer's column of a name."""
    written = {column.name: column for column in writer.columns}
    found = []
    for column in reader.columns:
        name = next((n for n in (column.name, *column.aliases) if n in written), None)
        if name is None:
            found.append(_default(column))
        else:
            found.append(_value(of(name), column.kind, written[name].kind).alias(column.name))
    return found


def _default(column: Column) -> pl.Expr:
    default = column.default
    if isinstance(default, str) and column.kind.avro in {"bytes", "fixed"}:
        default = default.encode("latin-1")  # As Avro's JSON writes bytes.
    return pl.lit(default, dtype=_type(column.kind)).alias(column.name)


def _value(found: pl.Expr, reader: Kind, writer: Kind) -> pl.Expr:
    """Return a column's values as the reader has them."""
    if reader.avro == "enum":
        text = found.cast(pl.String)
        known = text.is_in(list(reader.symbols)) | text.is_null()
        fallback = pl.lit(reader.symbol_default, dtype=pl.String)
        found = pl.when(known).then(text).otherwise(fallback)
    elif reader.avro == "array" and reader.items is not None and writer.items is not None:
        found = found.list.eval(_value(pl.element(), reader.items, writer.items))
    elif reader.avro == "record" and reader.columns:
        whole = pl.struct(_columns(found.struct.field, reader, writer))
        found = pl.when(found.is_not_null()).then(whole)
    return found.cast(_type(reader))


def _physical(kind: Any) -> Any:  # noqa: ANN401 - a Polars type
    """Return the type in which a column comes from Avro: times as whole numbers."""
    if isinstance(kind, pl.List):
        return pl.List(_physical(kind.inner))
    if isinstance(kind, pl.Struct):
        return pl.Struct({field.name: _physical(field.dtype) for field in kind.fields})
    if isinstance(kind, pl.Enum):
        return pl.String
    if kind == pl.Date:
        return pl.Int32
    return pl.Int64 if isinstance(kind, pl.Datetime) else kind
