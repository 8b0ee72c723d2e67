"""The schema of a table as it is in memory, so that the registry can say whether it may change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from wattbook.errors import SchemaError
from wattbook.store.schemas.parse import row_schema
from wattbook.store.schemas.schema import RowSchema

__all__ = ["table_schema"]

PLAIN: Mapping[Any, Any] = {
    pl.Boolean: "boolean",
    pl.String: "string",
    pl.Categorical: "string",
    pl.Binary: "bytes",
    pl.Int8: {"type": "int", "arrow": "int8"},
    pl.UInt8: {"type": "int", "arrow": "uint8"},
    pl.Int16: {"type": "int", "arrow": "int16"},
    pl.UInt16: {"type": "int", "arrow": "uint16"},
    pl.Int32: "int",
    pl.UInt32: {"type": "long", "arrow": "uint32"},
    pl.Int64: "long",
    # Wider than Avro's long.
    pl.UInt64: {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 0},
    pl.Float32: "float",
    pl.Float64: "double",
    pl.Date: {"type": "int", "logicalType": "date"},
}
UNITS = {"ms": "millis", "us": "micros", "ns": "nanos"}


def table_schema(name: str, columns: Mapping[str, Any], body: str = "avro") -> RowSchema:
    """Return the schema of a table; any of its values may be missing.

    Columns of which nothing is known yet, because they hold nothing, are left out.

    Parameters
    ----------
    name : str
        Of a row: ``outage``.
    columns : mapping of str to Polars type
        As ``DataFrame.schema`` gives them.
    body : str, optional
        ``arrow-stream`` for messages of many rows.

    Raises
    ------
    SchemaError
        If a column has a name or type that no registry can hold; names it.

    Examples
    --------
    >>> table_schema("price", {"hub": pl.String(), "eur_mwh": pl.Float64()}).columns[1].name
    'eur_mwh'
    """
    fields = [
        {"name": column, "type": ["null", avro(f"{name}_{column}", kind)], "default": None}
        for column, kind in columns.items()
        if kind != pl.Null
    ]
    document: dict[str, Any] = {"type": "record", "name": f"wattbook.{name}", "fields": fields}
    if body != "avro":
        document["wattbook.body"] = body
    return row_schema(json.dumps(document))


def avro(name: str, kind: Any) -> Any:  # noqa: ANN401 - a Polars type, and JSON
    """Return the Avro type of a column called `name`."""
    if isinstance(kind, pl.List):
        return {"type": "array", "items": ["null", avro(name, kind.inner)]}
    if isinstance(kind, pl.Struct):
        fields = [
            {"name": field.name, "type": ["null", avro(f"{name}_{field.name}", field.dtype)]}
            for field in kind.fields
        ]
        return {"type": "record", "name": name, "fields": fields}
    if isinstance(kind, pl.Datetime):
        local = "" if kind.time_zone else "local-"
        return {"type": "long", "logicalType": f"{local}timestamp-{UNITS[kind.time_unit]}"}
    if isinstance(kind, pl.Decimal) and kind.precision is not None:
        decimal = {"precision": kind.precision, "scale": kind.scale}
        return {"type": "bytes", "logicalType": "decimal", **decimal}
    if isinstance(kind, pl.Enum):
        return "string"
    found = PLAIN.get(kind.base_type())
    if found is None:
        message = f"column {name} is of type {kind}, which no schema holds; give text or a number"
        raise SchemaError(message)
    return found
