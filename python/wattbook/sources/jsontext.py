"""JSON answers whose bad records are set aside with their bytes, and whose good ones are read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from wattbook.sources.payload import Quarantined

__all__ = ["Answer", "number"]

RAW_BYTES_MAX = 64 * 1024
WRONG = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
Path = tuple[str | int, ...]
Row = TypeVar("Row")


def number(value: object) -> float | None:
    """Return a number of a record, given as one or as text; none for null.

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If the text is none, or it is not finite.

    Examples
    --------
    >>> number("-5.10"), number(3), number(None)
    (-5.1, 3.0, None)
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        message = f"{value!r} is no number"
        raise TypeError(message)
    found = float(value)
    if not math.isfinite(found):
        message = f"{value!r} is no finite number"
        raise ValueError(message)
    return found


class Answer:
    """A JSON document, and what of it was set aside.

    Parameters
    ----------
    content : bytes
        UTF-8; anything else is set aside as a whole, and `value` is none then.

    Examples
    --------
    >>> answer = Answer(b'{"data": [{"v": 1}, {"v": "x"}, {"v": null}]}')
    >>> answer.each(("data",), lambda record, place: number(record["v"]))
    [1.0, None]
    >>> answer.quarantined[0].place, answer.quarantined[0].offset, answer.quarantined[0].raw
    ('data[1]', 20, b'{"v": "x"}')
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.text = ""
        self.value: Any = None
        self.quarantined: list[Quarantined] = []
        self.arrays: dict[Path, list[tuple[int, int]]] = {}
        try:
            self.text = content.decode("utf-8-sig")
            self.value = json.loads(
                self.text, parse_constant=refuse_constant, object_pairs_hook=once
            )
            if "\\ud" in self.text.lower():
                # Half a character, which is no text, may come in as an escape.
                json.dumps(self.value, ensure_ascii=False).encode()
        except UnicodeDecodeError as fault:
            self.set_aside("payload", fault.start, "no UTF-8", content[fault.start :])
        except json.JSONDecodeError as fault:
            offset = self.byte(fault.pos)
            self.set_aside(
                f"line {fault.lineno}", offset, f"no JSON: {fault.msg}", content[offset:]
            )
        except (RecursionError, ValueError) as fault:
            self.value = None
            self.set_aside("payload", 0, f"no JSON: {fault}", content)

    def byte(self, position: int) -> int:
        """Return the byte of a character."""
        return len(self.content) - len(self.text[position:].encode())

    def set_aside(self, place: str, offset: int, reason: str, raw: bytes) -> None:
        """Add a quarantined part."""
        self.quarantined.append(Quarantined(place, offset, reason, raw[:RAW_BYTES_MAX]))

    def refuse(self, path: Path, reason: str) -> None:
        """Set the part of the document at `path` aside."""
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        start, end = self.span(path)
        offset = self.byte(start)
        raw = self.text[start : min(end, start + RAW_BYTES_MAX)].encode()
        self.set_aside(place.lstrip(".") or "payload", offset, reason, raw)

    def at(self, path: Path) -> object:
        """Return the value at `path`, or none."""
        value = self.value
        for step in path:
            try:
                value = value[step]
            except (KeyError, TypeError, IndexError):
                return None
        return value

    def each(self, path: Path, read: Callable[[Any, int], Row]) -> list[Row]:
        """Return what `read` makes of each record of the array at `path`.

        It takes the record and its number from 0. A record at which it raises is set aside, and so
        is what is no array.
        """
        records = self.at(path)
        if not isinstance(records, list):
            if not self.quarantined:
                self.refuse(path, "no list of records stands here")
            return []
        found = []
        for place, record in enumerate(records):
            try:
                found.append(read(record, place))
            except WRONG as fault:
                self.refuse((*path, place), told(fault))
        return found

    def span(self, path: Path) -> tuple[int, int]:
        """Return first character and end of the value at `path`; of what holds it, if not there."""
        start, end = skip(self.text, 0), len(self.text)
        for depth, step in enumerate(path):
            known = path[:depth]
            try:
                if isinstance(step, int):
                    if known not in self.arrays:
                        self.arrays[known] = list(elements(self.text, start))
                    start, end = self.arrays[known][step]
                else:
                    start, end = member(self.text, start, step)
            except (IndexError, KeyError, ValueError, StopIteration):
                break
        return start, end


def told(fault: Exception) -> str:
    """Return why a record is refused."""
    return f"no {fault}" if isinstance(fault, KeyError) else str(fault)


def skip(text: str, position: int) -> int:
    """Return the first character from `position` on that is no white space."""
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def elements(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield first character and end of each element of the array that begins at `start`."""
    decoder = json.JSONDecoder()
    position = skip(text, start + 1)
    while text[start] == "[" and text[position] != "]":
        end = decoder.raw_decode(text, position)[1]
        yield position, end
        position = skip(text, end)
        if text[position] == ",":
            position = skip(text, position + 1)


def member(text: str, start: int, name: str) -> tuple[int, int]:
    """Return first character and end of the value called `name` in the object at `start`."""
    decoder = json.JSONDecoder()
    position = skip(text, start + 1)
    while text[start] == "{" and text[position] == '"':
        key, position = decoder.raw_decode(text, position)
        position = skip(text, skip(text, position) + 1)
        end = decoder.raw_decode(text, position)[1]
        if key == name:
            return position, end
        position = skip(text, end)
        if text[position] == ",":
            position = skip(text, position + 1)
    raise KeyError(name)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, if it has no key twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        message = f"a key stands twice among {', '.join(sorted(found)[:8])}"
        raise ValueError(message)
    return found


def refuse_constant(name: str) -> float:
    """Refuse what JSON does not know: NaN and Infinity."""
    message = f"{name} is no JSON"
    raise ValueError(message)
