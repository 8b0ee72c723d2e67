"""The schemas of the domain's own records, read from the files that pin them (``schema/*.txt``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wattbook.errors import SchemaError
from wattbook.store.schemas.parse import row_schema
from wattbook.store.schemas.schema import RowSchema

__all__ = ["golden_schemas"]

HEAD = re.compile(r"(\w+)(?:, number \d+)?: (.*)")
COLUMN = re.compile(r"    (\w+)\s+(\S.*?)\s{1,}(\S.*)")
KIND = re.compile(
    r"(decimal\(\d+, \d+\)|dictionary of utf8|list of \w+|timestamp\(ns, UTC\)|\w+)( or null)?"
)
SYMBOLS = re.compile(r"    (\w+): (\d+ \w+(?:, \d+ \w+)*)")
NAMESPACE = "wattbook"

PLAIN: dict[str, Any] = {
    "boolean": "boolean",
    "utf8": "string",
    "int64": "long",
    "float64": "double",
    "uint8": {"type": "int", "arrow": "uint8"},
    "uint16": {"type": "int", "arrow": "uint16"},
    "uint32": {"type": "long", "arrow": "uint32"},
    # Avro has no unsigned 64 bits; a decimal is exact for every reader.
    "uint64": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 0},
    "timestamp(ns, UTC)": {"type": "long", "logicalType": "timestamp-nanos"},
}


def golden_schemas(folder: Path) -> dict[str, RowSchema]:
    """Return the schema of each record that files of `folder` pin, by ``<file>.<record>``.

    Parameters
    ----------
    folder : Path
        ``schema/`` of the source tree.

    Raises
    ------
    SchemaError
        If a line is not in the form that ``make schema`` writes; names file and line.
    """
    found = {}
    for path in sorted(folder.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("\n\n"):
            if block.strip():
                schema = _record(path.stem, block.strip("\n").splitlines(), path.name)
                found[schema.name.removeprefix(f"{NAMESPACE}.")] = schema
    return found


def _record(space: str, lines: list[str], file: str) -> RowSchema:
    """Return the schema of one block of lines."""
    head = HEAD.fullmatch(lines[0])
    if head is None:
        raise SchemaError(f"{file}: {lines[0]!r} names no record")
    symbols = {
        match[1]: re.findall(r"\d+ (\w+)", match[2])
        for match in map(SYMBOLS.fullmatch, lines[1:])
        if match
    }
    fields = list(_fields(lines[1:], symbols, file))
    name = f"{NAMESPACE}.{space}.{head[1]}"
    document = {"type": "record", "name": name, "doc": head[2], "fields": fields}
    return row_schema(json.dumps(document))


def _fields(
    lines: list[str], symbols: dict[str, list[str]], file: str
) -> Iterator[dict[str, object]]:
    for line in lines:
        if SYMBOLS.fullmatch(line):
            continue
        match = re.match(r"    (\w+)\s+", line)
        kind = KIND.match(line, match.end()) if match else None
        if match is None or kind is None:
            raise SchemaError(f"{file}: {line!r} is no column")
        node = _kind(match[1], kind[1], symbols, f"{file}: {line!r}")
        column: dict[str, object] = {"name": match[1], "type": node}
        if kind[2]:
            column |= {"type": ["null", node], "default": None}
        yield column | {"doc": line[kind.end() :].strip()}


def _kind(name: str, kind: str, symbols: dict[str, list[str]], place: str) -> Any:  # noqa: ANN401 - JSON
    """Return the Avro type of one type of the file."""
    if kind == "dictionary of utf8":
        if name not in symbols:
            return "string"
        enum = "".join(part.capitalize() for part in name.split("_"))
        return {"type": "enum", "name": enum, "symbols": symbols[name]}
    if kind.startswith("list of "):
        return {"type": "array", "items": _kind(name, kind[8:], symbols, place)}
    if kind.startswith("decimal("):
        precision, scale = re.findall(r"\d+", kind)
        decimal = {"precision": int(precision), "scale": int(scale)}
        return {"type": "bytes", "logicalType": "decimal", **decimal}
    if kind not in PLAIN:
        raise SchemaError(f"{place} has a type that rows do not know: {kind}")
    return PLAIN[kind]
