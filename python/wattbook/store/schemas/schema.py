"""A schema of rows: records of columns that have a place in Arrow, described by Avro.

Avro because every registry stores it, its rules say exactly which reader can read which writer, and
producers in other languages speak it. What Arrow cannot hold in one column is refused: unions of
several types (a type or null is fine), maps, and records that contain themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["INTEGERS", "Column", "Kind", "RowSchema"]

INTEGERS: Mapping[str, tuple[int, int]] = {
    "int8": (-(2**7), 2**7 - 1),
    "uint8": (0, 2**8 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
}
"""Least and greatest value of the whole numbers of Arrow that Avro's int and long can hold."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a column.

    Parameters
    ----------
    avro : str
        ``boolean``, ``int``, ``long``, ``float``, ``double``, ``bytes``, ``string``, ``fixed``,
        ``enum``, ``array`` or ``record``.
    name : str
        Of a fixed, enum or record, without namespace.
    aliases : frozenset of str
        Earlier names of it.
    nullable : bool
        Whether null may stand in its place.
    logical : str
        Avro's logical type; empty if none.
    precision, scale : int
        Of a decimal.
    size : int
        Bytes of a fixed.
    integer : str
        The whole number of Arrow that an int or long holds, such as ``uint16``.
    symbols : tuple of str
        Of an enum.
    symbol_default : str or None
        What a reader takes for a symbol that it does not know.
    items : Kind or None
        Of an array.
    columns : tuple of Column
        Of a record.
    """

    avro: str
    name: str = ""
    aliases: frozenset[str] = frozenset()
    nullable: bool = False
    logical: str = ""
    precision: int = 0
    scale: int = 0
    size: int = 0
    integer: str = ""
    symbols: tuple[str, ...] = ()
    symbol_default: str | None = None
    items: Kind | None = None
    columns: tuple[Column, ...] = ()

    def sentence(self) -> str:
        """Return the type in words, as errors show it."""
        base = self.name if self.avro in {"record", "enum", "fixed"} else self.avro
        if self.logical == "decimal":
            base = f"decimal({self.precision}, {self.scale})"
        elif self.logical:
            base = self.logical
        elif self.integer:
            base = self.integer
        elif self.items is not None:
            base = f"array of {self.items.sentence()}"
        return f"{base} or null" if self.nullable else base


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a record.

    Parameters
    ----------
    name : str
        Its name.
    kind : Kind
        Its type.
    aliases : tuple of str
        Its earlier names.
    has_default : bool
        Whether a reader knows what to take where the writer had no such column.
    default : object
        What it takes, as JSON.
    """

    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    has_default: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class RowSchema:
    """A schema of rows.

    Parameters
    ----------
    name : str
        Of the record, with its namespace.
    kind : Kind
        The record.
    body : str
        How rows are written: ``avro``, one datum a message, or ``arrow-stream``, many rows as an
        Arrow IPC stream (the schema then says so in ``wattbook.body``).
    text : str
        The schema as compact JSON; equal texts are equal schemas.
    """

    name: str
    kind: Kind
    body: str
    text: str

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a row."""
        return self.kind.columns

    def avro(self) -> Any:  # noqa: ANN401 - JSON
        """Return the schema as Avro's JSON, decoded."""
        return json.loads(self.text)
