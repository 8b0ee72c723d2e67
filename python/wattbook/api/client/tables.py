"""Rows of a desk's answers as frames, whose types stand in its OpenAPI document."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wattbook.errors import FetchError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Route", "Rows", "frame", "route_of", "rows_of"]

INSTANT: Final = pl.Datetime("ns", "UTC")
INSTANT_FORMAT: Final = "unix-time-ns"
PLAIN: Final[dict[str, pl.DataType]] = {
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "string": pl.String(),
    "boolean": pl.Boolean(),
}
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """A route that is read.

    Parameters
    ----------
    path : str
        As the document writes it, such as ``/v1/markets/{name}/lines``.
    takes : frozenset of str
        Parameters of its query.
    answer : dict
        Schema of what it answers.
    """

    path: str
    takes: frozenset[str]
    answer: Schema


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of an answer.

    Parameters
    ----------
    part : str
        Under which name it stands; empty where it is the whole answer.
    columns : dict of str to schema
        What each row holds.
    is_open : bool
        Whether rows hold more than their columns; the column ``more`` has that as JSON.
    """

    part: str
    columns: dict[str, Schema]
    is_open: bool


def resolved(document: Schema, schema: Schema) -> Schema:
    """Return a schema that is no reference and leaves null out."""
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        else:
            known = [one for one in schema["anyOf"] if one.get("type") != "null"]
            schema = known[0] if len(known) == 1 else {}
    return schema


def route_of(document: Schema, path: str) -> Route:
    """Return the route of a path below ``/v1``, such as ``markets/NAME/lines``.

    Raises
    ------
    InputError
        If there is none; it says which there are.
    """
    asked = f"/v1/{path.strip('/')}"
    readable = {name: found["get"] for name, found in document["paths"].items() if "get" in found}
    for name, found in sorted(readable.items(), key=lambda one: one[0].count("{")):
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(name)), asked):
            content = found["responses"].get("200", {}).get("content", {})
            takes = [one["name"] for one in found.get("parameters", ()) if one["in"] == "query"]
            schema = content.get("application/json", {}).get("schema", {})
            return Route(name, frozenset(takes), resolved(document, schema))
    there = ", ".join(sorted(name.removeprefix("/v1/") for name in readable))
    raise InputError(f"the desk has no {path!r}; there are {there}")


def rows_of(document: Schema, route: Route, part: str | None) -> Rows:
    """Return the list of a route's answer: its only one, or `part` of it.

    Raises
    ------
    InputError
        If there is no such list, or none was named where there are several.
    """
    parts: dict[str, Schema] = {}
    whole = route.answer
    named = {"": whole} if whole.get("type") == "array" else whole.get("properties", {})
    for name, schema in named.items():
        found = resolved(document, schema)
        row = resolved(document, found.get("items", {})) if found.get("type") == "array" else {}
        if row.get("type") == "object":
            parts[name] = row
    if part is None and len(parts) == 1:
        part = next(iter(parts))
    if part is None or part not in parts:
        there = ", ".join(repr(name) for name in parts)
        said = f"name one of its lists: part={there}" if parts else "read it with get()"
        asked = "has no list" if not parts else "is no list by itself"
        raise InputError(f"{route.path} {asked if part is None else f'has no {part!r}'}; {said}")
    row = parts[part]
    return Rows(
        part, row.get("properties", {}), row.get("additionalProperties", False) is not False
    )


def type_of(document: Schema, schema: Schema) -> pl.DataType:
    """Return the type of a column: a record is a struct, names with values are a list of pairs."""
    schema = resolved(document, schema)
    if schema.get("format") == INSTANT_FORMAT:
        return INSTANT
    kind = schema.get("type")
    if kind == "array":
        items: Schema = schema.get("items") or next(iter(schema.get("prefixItems", [])), {})
        return pl.List(type_of(document, items))
    if kind == "object" and "properties" in schema:
        fields = schema["properties"].items()
        return pl.Struct({name: type_of(document, one) for name, one in fields})
    if kind == "object":
        value = type_of(document, schema.get("additionalProperties", {}))
        return pl.List(pl.Struct({"name": pl.String(), "value": value}))
    return PLAIN.get(str(kind), pl.String())


def untimed(kind: pl.DataType) -> pl.DataType:
    """Return a type with integers in place of instants, as JSON has them."""
    if isinstance(kind, pl.Datetime):
        return pl.Int64()
    if isinstance(kind, pl.List):
        return pl.List(untimed(kind.inner))  # type: ignore[arg-type]
    if isinstance(kind, pl.Struct):
        return pl.Struct({one.name: untimed(one.dtype) for one in kind.fields})  # type: ignore[arg-type]
    return kind


def paired(value: Any, kind: pl.DataType) -> Any:  # noqa: ANN401 - JSON
    """Return a value of JSON as its column takes it: names with values as pairs."""
    if isinstance(kind, pl.List) and isinstance(value, dict):
        pairs = kind.inner.fields[1].dtype  # type: ignore[union-attr]
        return [{"name": name, "value": paired(one, pairs)} for name, one in value.items()]
    if isinstance(kind, pl.List) and value is not None:
        return [paired(one, kind.inner) for one in value]  # type: ignore[arg-type]
    if isinstance(kind, pl.Struct) and value is not None:
        return {one.name: paired(value.get(one.name), one.dtype) for one in kind.fields}  # type: ignore[arg-type]
    return value


def frame(document: Schema, rows: Sequence[Mapping[str, Any]], listed: Rows) -> pl.DataFrame:
    """Return rows as a frame with every column of their description, also when there are none.

    Instants are time stamps of nanoseconds in UTC.

    Raises
    ------
    FetchError
        If a value does not fit its description: client and desk are of different versions.
    """
    made = []
    for name, schema in listed.columns.items():
        kind = type_of(document, schema)
        values = [row.get(name) for row in rows]
        if isinstance(kind, pl.List | pl.Struct):
            values = [paired(value, kind) for value in values]
        try:
            made.append(pl.Series(name, values, untimed(kind), strict=True).cast(kind))
        except (TypeError, pl.exceptions.PolarsError) as fault:
            message = f"column {name!r} is not {kind} as the desk's document says: {fault}"
            raise FetchError(f"{message}; use a client of the desk's version") from fault
    if listed.is_open:
        more = [
            {name: one for name, one in row.items() if name not in listed.columns} for row in rows
        ]
        made.append(pl.Series("more", [json.dumps(one) for one in more], pl.String()))
    return pl.DataFrame(made)
