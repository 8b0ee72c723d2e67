"""Whether rows written with one schema can be read with another, by Avro's rules of resolution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wattbook.store.schemas.schema import INTEGERS, Column, Kind, RowSchema

__all__ = ["Incompatibility", "columns_of", "incompatibilities"]

PROMOTIONS = {("int", "long"), ("float", "double"), ("string", "bytes")}
"""What every reader of the wider type reads without change, whatever the value."""

EXACT = {"float": 2**24, "double": 2**53}
"""Up to where a floating-point number holds every whole number."""


@dataclass(frozen=True, slots=True)
class Incompatibility:
    """Why rows of a writer cannot be read.

    Parameters
    ----------
    field : str
        Where: names of fields with points between them; ``[]`` for the items of an array.
    reason : str
        What does not fit, and how to mend it.
    """

    field: str
    reason: str

    def sentence(self) -> str:
        """Return field and reason."""
        return f"{self.field}: {self.reason}"


def incompatibilities(reader: RowSchema, writer: RowSchema) -> list[Incompatibility]:
    """Return why a reader with one schema cannot read rows of another; empty if it can.

    Parameters
    ----------
    reader, writer : RowSchema
        With which rows are read and were written.

    References
    ----------
    Apache Avro 1.12, Specification, Schema Resolution. Where Avro lets a reader take another value
    than was written, we refuse: whole numbers that a float would round, bytes that need not be
    text, a narrower whole number of Arrow, another logical type (a decimal may become longer).

    Examples
    --------
    >>> from wattbook.store.schemas import row_schema
    >>> old = row_schema('{"type": "record", "name": "Price", "fields": []}')
    >>> new = row_schema(
    ...     '{"type": "record", "name": "Price", "fields": [{"name": "hub", "type": "string"}]}'
    ... )
    >>> [found.sentence() for found in incompatibilities(reader=new, writer=old)]
    ['hub: is new and has no default; give it one, so that older rows can be read']
    """
    found = []
    if reader.body != writer.body:
        found.append(
            Incompatibility(
                "wattbook.body",
                f"rows are written as {writer.body} and read as {reader.body}; use a new subject",
            )
        )
    return [*found, *_record("", reader.kind, writer.kind)]


def _kind(place: str, reader: Kind, writer: Kind) -> Iterator[Incompatibility]:
    if writer.nullable and not reader.nullable:
        yield Incompatibility(place, "may be null in written rows; let it be null here too")
    if reader.avro != writer.avro and not _is_promotion(reader, writer):
        yield Incompatibility(place, _changed(reader, writer))
        return
    if reader.logical != writer.logical or reader.scale != writer.scale:
        yield Incompatibility(place, _changed(reader, writer))
        return
    if reader.precision < writer.precision:
        yield Incompatibility(place, _changed(reader, writer))
    if reader.integer and writer.integer:
        low, high = INTEGERS[writer.integer]
        if low < INTEGERS[reader.integer][0] or high > INTEGERS[reader.integer][1]:
            yield Incompatibility(place, _changed(reader, writer))
    match reader.avro:
        case "record":
            yield from _record(place, reader, writer)
        case "enum":
            yield from _enum(place, reader, writer)
        case "fixed":
            yield from _named(place, reader, writer)
            if reader.size != writer.size:
                reason = f"has {writer.size} bytes in written rows and {reader.size} here"
                yield Incompatibility(place, reason)
        case "array" if reader.items is not None and writer.items is not None:
            yield from _kind(f"{place}[]", reader.items, writer.items)


def _is_promotion(reader: Kind, writer: Kind) -> bool:
    if reader.avro in EXACT and writer.integer:
        low, high = INTEGERS[writer.integer]
        return -EXACT[reader.avro] <= low and high <= EXACT[reader.avro]
    return (writer.avro, reader.avro) in PROMOTIONS


def _changed(reader: Kind, writer: Kind) -> str:
    return (
        f"is {writer.sentence()} in written rows, which {reader.sentence()} does not read; keep "
        "the type, or add a field of another name"
    )


def _named(place: str, reader: Kind, writer: Kind) -> Iterator[Incompatibility]:
    if writer.name != reader.name and writer.name not in reader.aliases:
        yield Incompatibility(
            place or reader.name,
            f"is named {writer.name} in written rows and {reader.name} here; keep the name, or "
            "give the old one as an alias",
        )


def _enum(place: str, reader: Kind, writer: Kind) -> Iterator[Incompatibility]:
    yield from _named(place, reader, writer)
    unknown = [symbol for symbol in writer.symbols if symbol not in reader.symbols]
    if unknown and reader.symbol_default is None:
        yield Incompatibility(
            place,
            f"may be {', '.join(unknown)} in written rows, which the enum here does not have; "
            "keep the symbols, or give the enum a default",
        )


def _record(place: str, reader: Kind, writer: Kind) -> Iterator[Incompatibility]:
    yield from _named(place, reader, writer)
    readers: dict[str, str] = {}
    for column in reader.columns:
        inner = f"{place}.{column.name}" if place else column.name
        names = columns_of(column, writer)
        for name in names:
            other = readers.setdefault(name, column.name)
            if len(names) > 1 or other != column.name:
                yield Incompatibility(inner, _ambiguous(column.name, other, names))
        if names:
            (written,) = (found for found in writer.columns if found.name == names[0])
            yield from _kind(inner, column.kind, written.kind)
        elif not column.has_default:
            yield Incompatibility(
                inner, "is new and has no default; give it one, so that older rows can be read"
            )


def _ambiguous(name: str, other: str, names: list[str]) -> str:
    if other != name:
        return f"would read {names[0]} of written rows, as {other} does; take the alias away"
    return f"could read any of {', '.join(names)} of written rows; take the alias away"


def columns_of(column: Column, writer: Kind) -> list[str]:
    """Return the writer's columns that a reader's column may read: by its name, by an alias.

    Readers differ in which they take when there are several, so that is no way to read.
    """
    written = {found.name for found in writer.columns}
    names = dict.fromkeys((column.name, *column.aliases))
    return [name for name in names if name in written]
