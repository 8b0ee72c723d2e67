"""JSON records one after the other, each with its place, so that a bad one costs only itself.

Size and depth are bounded, and a document that breaks off keeps the records before the break.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from wattbook.sources.payload import Quarantined, aside

__all__ = [
    "BAD_RECORD",
    "BYTES_MAX",
    "Gathered",
    "Record",
    "gather",
    "inside",
    "lines",
    "records",
    "refused",
]

BYTES_MAX = 256 << 20

BAD_RECORD = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)
"""What a record that is not as documented makes its reader raise."""


class Record(NamedTuple):
    """One record: its number from 0, its first byte, its bytes, what they say, where it stands."""

    place: int
    offset: int
    content: bytes
    value: Any
    where: str


class Gathered(NamedTuple):
    """Rows of all records, and what was set aside."""

    rows: list[dict[str, Any]]
    quarantined: list[Quarantined]


class UnsoundError(ValueError):
    """JSON that has an end, but no one meaning."""


def _refuse_constant(name: str) -> float:
    message = f"{name} is no number of JSON"
    raise UnsoundError(message)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, if it has no key twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        message = f"a key stands twice among {', '.join(sorted(found)[:8])}"
        raise UnsoundError(message)
    return found


DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_once)
ANY_DECODER = json.JSONDecoder()
"""Finds the end of what `DECODER` refuses."""


def _whole_characters(text: str, value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Refuse half a character, which may come in as an escape."""
    if "\\ud" in text.lower():
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as fault:
            message = f"half a character: {fault.reason}"
            raise UnsoundError(message) from fault


def records(content: bytes, *keys: str) -> Iterator[Record | Quarantined]:
    """Yield the elements of an array of `content`.

    Parameters
    ----------
    content : bytes
        JSON, UTF-8.
    *keys : str
        The members that lead to the array, from the outermost object; none for an array at the
        top. Of an object in its place, the object itself is the only record.

    Yields
    ------
    Record or Quarantined
        The part from a break on is quarantined, and so is all of a document without the array.

    Examples
    --------
    >>> [found.value for found in records(b'{"n": 2, "items": [1, {"a": 2}]}', "items")]
    [1, {'a': 2}]
    """
    if len(content) > BYTES_MAX:
        yield _from_line(content, 0, f"{len(content)} bytes, more than {BYTES_MAX}")
        return
    try:
        document = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        yield _from_line(content, fault.start, f"no UTF-8: {fault.reason}")
        return
    walk = Walk(document, content)
    try:
        if not walk.find(keys):
            yield _from_line(content, 0, f"no member {'.'.join(keys)!r} that holds records")
            return
        yield from walk.elements()
        walk.close(len(keys))
    except (ValueError, RecursionError) as fault:
        at = walk.bytes_at(min(walk.at, len(document)))
        reason = "nested too deeply" if isinstance(fault, RecursionError) else str(fault)
        yield _from_line(content, at, f"no JSON from here on: {reason}")


def inside(record: Record, *keys: str) -> Iterator[Record | Quarantined]:
    """Yield the elements of an array of `record`, with their own numbers and the payload's bytes.

    Examples
    --------
    >>> (one,) = records(b'[{"of": [3, 4]}]')
    >>> [(found.where, found.offset) for found in inside(one, "of")]
    [('record 0, of 0', 9), ('record 0, of 1', 12)]
    """
    for found in records(record.content, *keys):
        offset = record.offset + found.offset
        if isinstance(found, Quarantined):
            yield replace(found, place=record.where, offset=offset)
        else:
            yield found._replace(offset=offset, where=f"{record.where}, {keys[-1]} {found.place}")


def refused(record: Record, reason: str) -> Quarantined:
    """Return `record` as quarantined."""
    return replace(aside(record.content, reason, record.where), offset=record.offset)


def told(fault: Exception) -> str:
    """Return why a record is refused."""
    return f"no member {fault}" if isinstance(fault, KeyError) else str(fault)


def _from_line(content: bytes, offset: int, reason: str) -> Quarantined:
    line = content.count(b"\n", 0, offset) + 1
    return aside(content, reason, f"line {line}", offset)


class Walk:
    """A place in a document, moved over one value after the other."""

    def __init__(self, document: str, content: bytes) -> None:
        self.document = document
        self.content = content
        self.shift = len(content) - len(content.removeprefix(b"\xef\xbb\xbf"))
        self.is_ascii = len(document) + self.shift == len(content)
        self.at = 0
        self.known = (0, self.shift)
        self.names: list[set[str]] = []

    def bytes_at(self, at: int) -> int:
        """Return the byte at which the character `at` begins; asked for in rising order."""
        if self.is_ascii:
            return at + self.shift
        character, byte = self.known
        if at >= character:
            byte += len(self.document[character:at].encode())
            self.known = (at, byte)
            return byte
        return self.shift + len(self.document[:at].encode())

    def peek(self) -> str:
        """Return the next character that is no space, or an empty text at the end."""
        while self.at < len(self.document) and self.document[self.at] in " \t\r\n":
            self.at += 1
        return self.document[self.at : self.at + 1]

    def value(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Return the value here and move behind it.

        Raises
        ------
        UnsoundError
            If it has no one meaning; this is behind it then.
        """
        self.peek()
        begin = self.at
        try:
            found, self.at = DECODER.raw_decode(self.document, begin)
        except UnsoundError:
            self.at = ANY_DECODER.raw_decode(self.document, begin)[1]
            raise
        _whole_characters(self.document[begin : self.at], found)
        return found

    def name(self) -> str:
        """Return the key here, of the innermost object, and move behind its colon.

        Raises
        ------
        ValueError
            If it is no text, or the object has it already.
        """
        found = self.value()
        if not isinstance(found, str) or found in self.names[-1]:
            message = f"the key {found!r} stands twice, or is no text"
            raise ValueError(message)
        self.names[-1].add(found)
        self.expect(":")
        return found

    def expect(self, wanted: str) -> None:
        """Move over one of the characters `wanted`.

        Raises
        ------
        ValueError
            If another one is there.
        """
        if self.peek() not in wanted or not self.peek():
            message = f"{self.peek()!r} where one of {wanted!r} was expected"
            raise ValueError(message)
        self.at += 1

    def find(self, keys: Iterable[str]) -> bool:
        """Move to the value that `keys` lead to; return whether there is one."""
        for key in keys:
            if self.peek() != "{":
                return False
            self.at += 1
            self.names.append(set())
            while self.peek() not in {"}", ""}:
                name = self.name()
                if name == key:
                    break
                self.value()
                if self.peek() != ",":
                    return False
                self.at += 1
            else:
                return False
        return self.peek() in {"[", "{"}

    def elements(self) -> Iterator[Record | Quarantined]:
        """Yield the elements of the array here, or the object here."""
        if self.peek() == "{":
            yield self.record(0)
            return
        self.at += 1
        place = 0
        while self.peek() != "]":
            yield self.record(place)
            place += 1
            if self.peek() != "]":
                self.expect(",")
                if self.peek() == "]":
                    message = "a comma before the end of an array"
                    raise ValueError(message)
        self.at += 1

    def close(self, depth: int) -> None:
        """Move over what follows in the `depth` objects around, to the end of the document.

        Raises
        ------
        ValueError
            If it breaks off, or something stands behind it.
        """
        for _ in range(depth):
            while self.peek() == ",":
                self.at += 1
                self.name()
                self.value()
            self.names.pop()
            self.expect("}")
        if self.peek():
            message = f"{self.peek()!r} behind the end of the document"
            raise ValueError(message)

    def record(self, place: int) -> Record | Quarantined:
        """Return the record here and move behind it."""
        where = f"record {place}"
        begin = self.at
        try:
            value, fault = self.value(), ""
        except UnsoundError as unsound:
            value, fault = None, str(unsound)
        offset = self.bytes_at(begin)
        content = self.document[begin : self.at].encode()
        found = Record(place, offset, content, value, where)
        return refused(found, fault) if fault else found


def lines(content: bytes) -> Iterator[Record | Quarantined]:
    """Yield the records of JSON lines; empty lines are none."""
    at = 0
    place = 0
    for line in content.splitlines(keepends=True):
        if line.strip():
            try:
                text = line.decode().strip()
                value = DECODER.decode(text)
                _whole_characters(text, value)
                yield Record(place, at, line, value, f"record {place}")
            except (ValueError, RecursionError) as fault:
                yield _from_line(content, at, f"no JSON: {fault}")
            place += 1
        at += len(line)


def gather(
    found: Iterable[Record | Quarantined], build: Callable[[Any], Iterable[dict[str, Any]]]
) -> Gathered:
    """Return the rows that `build` makes of each record, with its ``place`` and ``offset``.

    A record that it refuses is set aside as a whole: none of its rows are kept.
    """
    rows: list[dict[str, Any]] = []
    quarantined: list[Quarantined] = []
    for record in found:
        if isinstance(record, Quarantined):
            quarantined.append(record)
            continue
        try:
            placed = {"place": record.place, "offset": record.offset}
            made = [{**row, **placed} for row in build(record.value)]
        except BAD_RECORD as fault:
            quarantined.append(refused(record, told(fault)))
        else:
            rows += made
    return Gathered(rows, quarantined)
