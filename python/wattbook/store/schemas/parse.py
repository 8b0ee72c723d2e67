"""Reads a schema of rows from Avro's JSON; what no Arrow column holds is refused with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wattbook.errors import SchemaError
from wattbook.store.schemas.schema import INTEGERS, Column, Kind, RowSchema

__all__ = ["row_schema"]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ABSENT = object()

PLAIN = {"boolean", "int", "long", "float", "double", "bytes", "string"}
LOGICAL = {
    "date": "int",
    "time-millis": "int",
    "time-micros": "long",
    "timestamp-millis": "long",
    "timestamp-micros": "long",
    "timestamp-nanos": "long",
    "local-timestamp-millis": "long",
    "local-timestamp-micros": "long",
    "local-timestamp-nanos": "long",
    "uuid": "string",
}


@dataclass(slots=True)
class _Reader:
    """Reads a schema; names that were defined may be used again."""

    names: dict[str, Kind] = field(default_factory=dict)
    open_names: set[str] = field(default_factory=set)

    def kind(self, node: Any, place: str, space: str) -> Kind:  # noqa: ANN401 - JSON
        """Return the type that `node` describes."""
        if isinstance(node, str):
            return self._named(node, place, space)
        if isinstance(node, list):
            return self._nullable(node, place, space)
        if not isinstance(node, dict):
            raise SchemaError(f"{place}: {node!r} is no type; write a name, an object or a union")
        given = node.get("type")
        if not isinstance(given, str):
            return self.kind(given, place, space)
        return self._object(given, node, place, space)

    def _object(self, given: str, node: Mapping[str, Any], place: str, space: str) -> Kind:
        match given:
            case "record":
                return self._record(node, place, space)
            case "enum":
                return self._enum(node, place, space)
            case "fixed":
                return self._fixed(node, place, space)
            case "array":
                return Kind("array", items=self.kind(node.get("items"), f"{place}[]", space))
            case "map":
                raise SchemaError(f"{place}: a map has no columns; use a record or an array")
        return self._logical(node, self._named(given, place, space), place)

    def _named(self, name: str, place: str, space: str) -> Kind:
        if name in PLAIN:
            integer = {"int": "int32", "long": "int64"}.get(name, "")
            return Kind(name, integer=integer)
        full = name if "." in name or not space else f"{space}.{name}"
        if full in self.open_names:
            raise SchemaError(f"{place}: {name} contains itself, which no column can hold")
        if full not in self.names:
            raise SchemaError(
                f"{place}: there is no type {name!r}; use one of {', '.join(sorted(PLAIN))} or "
                "define it before"
            )
        return self.names[full]

    def _nullable(self, union: list[Any], place: str, space: str) -> Kind:
        others = [branch for branch in union if branch != "null"]
        if len(others) != 1 or len(union) != 2:
            raise SchemaError(
                f"{place}: a union of {len(union)} types has no column in Arrow; use null and one "
                "other type"
            )
        inner = self.kind(others[0], place, space)
        if inner.nullable:
            raise SchemaError(f"{place}: a union stands in a union; write one")
        return _with(inner, nullable=True)

    def _logical(self, node: Mapping[str, Any], kind: Kind, place: str) -> Kind:
        logical = node.get("logicalType", "")
        if logical == "decimal" and kind.avro in {"bytes", "fixed"}:
            return _decimal(node, kind, place)
        if logical:
            if LOGICAL.get(logical) != kind.avro:
                raise SchemaError(f"{place}: {logical!r} is no logical type of {kind.avro}")
            return _with(kind, logical=logical, integer="")
        arrow = node.get("arrow", kind.integer)
        if arrow != kind.integer:
            whole = INTEGERS.get(arrow)
            if kind.integer == "" or whole is None or not _holds(kind.integer, arrow):
                raise SchemaError(f"{place}: {kind.avro} cannot hold Arrow's {arrow!r}")
        return _with(kind, integer=arrow)

    def _record(self, node: Mapping[str, Any], place: str, space: str) -> Kind:
        name, space, aliases = _name(node, place, space)
        full = f"{space}.{name}" if space else name
        self.open_names.add(full)
        columns: dict[str, Column] = {}
        fields = node.get("fields")
        if not isinstance(fields, list):
            raise SchemaError(f"{place}: a record needs `fields`, a list")
        for one in fields:
            column = self._column(one, place, space)
            if column.name in columns:
                raise SchemaError(f"{place}.{column.name}: the record has two fields of this name")
            columns[column.name] = column
        self.open_names.discard(full)
        return self._define(full, Kind("record", name, aliases, columns=tuple(columns.values())))

    def _column(self, node: Any, place: str, space: str) -> Column:  # noqa: ANN401 - JSON
        name = node.get("name") if isinstance(node, dict) else None
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise SchemaError(f"{place}: {name!r} is no name of a field")
        place = f"{place}.{name}"
        kind = self.kind(node.get("type"), place, space)
        default = node.get("default", ABSENT)
        if default is ABSENT:
            return Column(name, kind, tuple(node.get("aliases", ())))
        _check_default(default, kind, node.get("type"), place)
        return Column(name, kind, tuple(node.get("aliases", ())), has_default=True, default=default)

    def _enum(self, node: Mapping[str, Any], place: str, space: str) -> Kind:
        name, space, aliases = _name(node, place, space)
        symbols = node.get("symbols")
        if not isinstance(symbols, list) or len(set(symbols)) != len(symbols) or not symbols:
            raise SchemaError(f"{place}: an enum needs `symbols`, a list without doubles")
        if bad := [s for s in symbols if not isinstance(s, str) or not NAME.fullmatch(s)]:
            raise SchemaError(f"{place}: {bad[0]!r} is no symbol")
        default = node.get("default")
        if default is not None and default not in symbols:
            raise SchemaError(f"{place}: the default {default!r} is no symbol of the enum")
        kind = Kind("enum", name, aliases, symbols=tuple(symbols), symbol_default=default)
        return self._define(f"{space}.{name}" if space else name, kind)

    def _fixed(self, node: Mapping[str, Any], place: str, space: str) -> Kind:
        name, space, aliases = _name(node, place, space)
        size = node.get("size")
        if not isinstance(size, int) or size < 1:
            raise SchemaError(f"{place}: a fixed needs `size`, from 1; it has {size!r}")
        kind = self._logical(node, Kind("fixed", name, aliases, size=size), place)
        return self._define(f"{space}.{name}" if space else name, kind)

    def _define(self, full: str, kind: Kind) -> Kind:
        if full in self.names:
            raise SchemaError(f"{full} is defined twice; name it the second time")
        self.names[full] = kind
        return kind


def _name(node: Mapping[str, Any], place: str, space: str) -> tuple[str, str, frozenset[str]]:
    """Return name, namespace and aliases of a record, enum or fixed."""
    given = node.get("name")
    space = node.get("namespace", space)
    if isinstance(given, str) and "." in given:
        space, given = given.rsplit(".", 1)
    if not isinstance(given, str) or not NAME.fullmatch(given):
        raise SchemaError(f"{place}: {node.get('type')} needs a name; {given!r} is none")
    aliases = (str(alias).rsplit(".", 1)[-1] for alias in node.get("aliases", ()))
    return given, space, frozenset(aliases)


def _decimal(node: Mapping[str, Any], kind: Kind, place: str) -> Kind:
    precision, scale = node.get("precision"), node.get("scale", 0)
    if not isinstance(precision, int) or not isinstance(scale, int):
        raise SchemaError(f"{place}: a decimal needs whole numbers for precision and scale")
    if not 1 <= precision <= 38 or not 0 <= scale <= precision:
        raise SchemaError(f"{place}: decimal({precision}, {scale}) does not fit Arrow's decimal128")
    return _with(kind, logical="decimal", precision=precision, scale=scale)


def _check_default(default: Any, kind: Kind, node: Any, place: str) -> None:  # noqa: ANN401 - JSON
    """Refuse a default that is no value of the type, or of the union's first branch."""
    if kind.nullable and isinstance(node, list):
        if (default is None) != (node[0] == "null"):
            raise SchemaError(f"{place}: the default must be of the first type of the union")
        if default is None:
            return
    if kind.logical == "decimal":
        raise SchemaError(f"{place}: a decimal takes no default but null; make it null or none")
    if kind.integer and _is_whole(default) and not _within(default, kind.integer):
        raise SchemaError(f"{place}: the default {default!r} does not fit {kind.integer}")
    if not _is_default(default, kind):
        raise SchemaError(f"{place}: the default {default!r} is no {kind.sentence()}")


def _is_default(default: Any, kind: Kind) -> bool:  # noqa: ANN401 - JSON
    """Return whether `default` is a value of the type in Avro's JSON."""
    if kind.avro in {"int", "long"}:
        return _is_whole(default) and _within(default, "int32" if kind.avro == "int" else "int64")
    if kind.avro in {"float", "double"}:
        return _is_whole(default) or isinstance(default, float)
    if kind.avro in {"array", "record"}:
        return kind.avro == "array" and default == []
    if kind.avro == "enum":
        return default in kind.symbols
    return isinstance(default, bool if kind.avro == "boolean" else str)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _within(value: int, integer: str) -> bool:
    low, high = INTEGERS[integer]
    return low <= value <= high


def _holds(outer: str, inner: str) -> bool:
    return INTEGERS[outer][0] <= INTEGERS[inner][0] and INTEGERS[inner][1] <= INTEGERS[outer][1]


def _with(kind: Kind, **changes: Any) -> Kind:  # noqa: ANN401 - fields of Kind
    values = {name: getattr(kind, name) for name in kind.__slots__}
    return Kind(**{**values, **changes})


def row_schema(text: str) -> RowSchema:
    """Return the schema of rows that Avro's JSON describes.

    Parameters
    ----------
    text : str
        An Avro schema whose top is a record.

    Raises
    ------
    SchemaError
        If it is no such schema, or has a type that no Arrow column holds; names the field.

    References
    ----------
    Apache Avro 1.12, Specification.

    Examples
    --------
    >>> fields = '[{"name": "eur_mwh", "type": "float"}]'
    >>> text = f'{{"type": "record", "name": "Price", "fields": {fields}}}'
    >>> row_schema(text).columns[0].kind.sentence()
    'float'
    >>> row_schema(text.replace("float", "price"))
    Traceback (most recent call last):
    wattbook.errors.SchemaError: Price.eur_mwh: there is no type 'price'; use one of boolean, ...
    """
    try:
        node = json.loads(text)
    except ValueError as fault:
        raise SchemaError(f"the schema is no JSON: {fault}") from fault
    if not isinstance(node, dict) or node.get("type") != "record":
        raise SchemaError("a schema of rows is a record at its top")
    name, space, _ = _name(node, "the schema", "")
    kind = _Reader().kind(node, name, "")
    body = node.get("wattbook.body", "avro")
    if body not in {"avro", "arrow-stream"}:
        raise SchemaError(f"{name}: wattbook.body is avro or arrow-stream, not {body!r}")
    compact = json.dumps(node, separators=(",", ":"), ensure_ascii=False)
    return RowSchema(f"{space}.{name}" if space else name, kind, body, compact)
