"""JSON records one after the other, each with its place, so that a bad one costs only itself.

For documents whose records are trees: messages with units with time periods. Size and depth are
bounded, and a document that breaks off keeps the records before the break.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from wattbook.sources.payload import Quarantined

__all__ = [
    "BYTES_MAX",
    "Gathered",
    "Record",
    "gather",
    "lines",
    "number",
    "records",
    "text",
    "whole",
]

BYTES_MAX = 256 << 20
RAW_BYTES_MAX = 64 * 1024
ABSENT = frozenset({"", "-", "--", "n/a", "N/A", "null", "None"})

BAD_RECORD = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)
"""What a record that is not as documented makes its reader raise."""


class Record(NamedTuple):
    """One record: its number from 0, its first byte, its bytes and what they say."""

    place: int
    offset: int
    raw: bytes
    value: Any


class Gathered(NamedTuple):
    """Rows of all records, and what was set aside."""

    rows: list[dict[str, Any]]
    quarantined: list[Quarantined]


def _refuse_constant(name: str) -> float:
    message = f"{name} is no number of JSON"
    raise ValueError(message)


DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


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
        yield _aside(content, 0, f"{len(content)} bytes, more than {BYTES_MAX}")
        return
    try:
        document = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        yield _aside(content, fault.start, f"no UTF-8: {fault.reason}")
        return
    walk = Walk(document, content)
    try:
        if not walk.find(keys):
            yield _aside(content, 0, f"no member {'.'.join(keys)!r} that holds records")
            return
        yield from walk.elements()
        walk.close(len(keys))
    except (ValueError, RecursionError) as fault:
        at = walk.bytes_at(min(walk.at, len(document)))
        reason = "nested too deeply" if isinstance(fault, RecursionError) else str(fault)
        yield _aside(content, at, f"no JSON from here on: {reason}")


def _aside(content: bytes, offset: int, reason: str) -> Quarantined:
    line = content.count(b"\n", 0, offset) + 1
    raw = content[offset : offset + RAW_BYTES_MAX]
    return Quarantined(f"line {line}", offset, reason, raw)


class Walk:
    """A place in a document, moved over one value after the other."""

    def __init__(self, document: str, content: bytes) -> None:
        self.document = document
        self.content = content
        self.shift = len(content) - len(content.removeprefix(b"\xef\xbb\xbf"))
        self.is_ascii = len(document) + self.shift == len(content)
        self.at = 0
        self.known = (0, self.shift)

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
        """Return the value here and move behind it."""
        self.peek()
        found, self.at = DECODER.raw_decode(self.document, self.at)
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
            while self.peek() not in {"}", ""}:
                name = self.value()
                self.expect(":")
                if name == key:
                    break
                self.value()
                if self.peek() != ",":
                    return False
                self.at += 1
            else:
                return False
        return self.peek() in {"[", "{"}

    def elements(self) -> Iterator[Record]:
        """Yield the elements of the array here, or the object here."""
        if self.peek() == "{":
            begin = self.at
            yield self.record(0, begin, self.value())
            return
        self.at += 1
        place = 0
        while self.peek() != "]":
            begin = self.at
            yield self.record(place, begin, self.value())
            place += 1
            if self.peek() != "]":
                self.expect(",")
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
                self.value()
                self.expect(":")
                self.value()
            self.expect("}")
        if self.peek():
            message = f"{self.peek()!r} behind the end of the document"
            raise ValueError(message)

    def record(self, place: int, begin: int, value: Any) -> Record:  # noqa: ANN401 - see above
        """Return the record from `begin` to here."""
        start = self.bytes_at(begin)
        raw = self.document[begin : min(self.at, begin + RAW_BYTES_MAX)].encode()[:RAW_BYTES_MAX]
        return Record(place, start, raw, value)


def lines(content: bytes) -> Iterator[Record | Quarantined]:
    """Yield the records of JSON lines; empty lines are none."""
    at = 0
    place = 0
    for line in content.splitlines(keepends=True):
        if line.strip():
            try:
                yield Record(place, at, line[:RAW_BYTES_MAX], DECODER.decode(line.decode().strip()))
            except (ValueError, RecursionError) as fault:
                yield _aside(content, at, f"no JSON: {fault}")
            place += 1
        at += len(line)


def gather(
    found: Iterable[Record | Quarantined], build: Callable[[Any], Iterable[dict[str, Any]]]
) -> Gathered:
    """Return the rows that `build` makes of each record, with its ``place``.

    A record that it refuses is set aside as a whole: none of its rows are kept.
    """
    rows: list[dict[str, Any]] = []
    aside: list[Quarantined] = []
    for record in found:
        if isinstance(record, Quarantined):
            aside.append(record)
            continue
        try:
            made = [{**row, "place": record.place} for row in build(record.value)]
        except BAD_RECORD as fault:
            reason = f"no member {fault}" if isinstance(fault, KeyError) else str(fault)
            place = f"record {record.place}"
            aside.append(Quarantined(place, record.offset, reason, record.raw))
        else:
            rows += made
    return Gathered(rows, aside)


def number(value: Any) -> float | None:  # noqa: ANN401 - whatever JSON holds
    """Return a number or the text of one; none where the publisher says that it has none.

    Raises
    ------
    ValueError
        If it is something else, or not finite.

    Examples
    --------
    >>> number("-1.5"), number("-"), number(None)
    (-1.5, None, None)
    """
    if value is None or (isinstance(value, str) and value.strip() in ABSENT):
        return None
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found) or (isinstance(value, str) and "_" in value):
        message = f"{value!r} is no number"
        raise ValueError(message)
    return found


def whole(value: Any) -> int:  # noqa: ANN401 - whatever JSON holds
    """Return a whole number that 32 bits hold, or the text of one.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> whole("007")
    7
    """
    digits = str(value).strip()
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        message = f"{value!r} is no whole number of at most 9 digits"
        raise ValueError(message)
    return int(digits)


def text(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    """Return a text or a number as text; none for none, an empty text, a list or an object.

    Examples
    --------
    >>> text(" a "), text(7), text("")
    ('a', '7', None)
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None
