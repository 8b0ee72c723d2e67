"""Byte ranges of the messages that are wanted, so that a file of 500 MB is not fetched for one.

Both publishers put a list of messages beside each file; only its form differs.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wattbook.errors import InputError
from wattbook.sources.clock import SECOND
from wattbook.sources.payload import Parsed, Quarantined, Query, Request
from wattbook.sources.tabular import table, tables_only

__all__ = ["INDEX_COLUMNS", "Entry", "parsed", "range_requests", "runs", "steps"]

INDEX_COLUMNS: Mapping[str, str] = {
    "parameter": "String",
    "level": "String",
    "step": "String",
    "member": "String",
    "reference": "Int64",
    "begin": "Int64",
    "end": "Int64",
    "place": "Int64",
}
"""Name and Polars type of each column of the table ``index``: one row a field of the file.

Words are the publisher's own; ``reference`` is the start of the forecast, ns UTC; ``begin`` and
``end`` are the half-open range of bytes of its message, ``end`` null for the last one of a file.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of an index; `end` is none where the message ends with the file."""

    parameter: str
    level: str
    step: str
    member: str
    reference: int
    begin: int
    end: int | None
    place: int


def parsed(found: Iterable[Entry | Quarantined]) -> Parsed:
    """Return the lines of an index as the table ``index``."""
    listed = list(found)
    rows = [
        {name: getattr(entry, name) for name in INDEX_COLUMNS}
        for entry in listed
        if isinstance(entry, Entry)
    ]
    quarantined = (part for part in listed if isinstance(part, Quarantined))
    return tables_only({"index": table(INDEX_COLUMNS, rows)}, quarantined)


def range_requests(url: str, entries: Iterable[Entry], wanted: str) -> Iterator[Request]:
    """Yield requests for the messages of `entries` that `wanted` names, neighbours in one.

    Parameters
    ----------
    url : str
        Of the file that the index is of.
    entries : iterable of Entry
        Of the index.
    wanted : str
        ``parameter:level`` with ``;`` between several, in the publisher's words:
        ``TMP:2 m above ground;APCP:surface``. Without level, every level.

    Raises
    ------
    InputError
        If the index has none of one of them.
    """
    listed = list(entries)
    spans: list[tuple[int, int | None]] = []
    for one in wanted.split(";"):
        parameter, _, level = one.strip().partition(":")
        found = [
            (entry.begin, entry.end)
            for entry in listed
            if entry.parameter == parameter and level in {"", entry.level}
        ]
        if not found:
            there = sorted({f"{e.parameter}:{e.level}" for e in listed if e.parameter == parameter})
            message = f"the index of {url} has no {one.strip()!r}"
            raise InputError(f"{message}; it has {', '.join(there) or 'none of that parameter'}")
        spans += found
    for begin, end in _merged(spans):
        last = "" if end is None else str(end - 1)
        yield Request(url, headers={"Range": f"bytes={begin}-{last}"})


def _merged(spans: Sequence[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    """Return `spans` in order, those that touch or repeat as one."""
    found: list[tuple[int, int | None]] = []
    for begin, end in sorted(set(spans), key=lambda span: span[0]):
        if found and (found[-1][1] is None or begin <= found[-1][1]):
            before = found[-1]
            ends = (before[1], end)
            latest = None if None in ends else max(e for e in ends if e is not None)
            found[-1] = (before[0], latest)
        else:
            found.append((begin, end))
    return found


def runs(query: Query, hours: int) -> Iterator[dt.datetime]:
    """Yield the starts of forecasts within `query`, one every so many `hours` from 0 UTC."""
    cycle = hours * 3_600 * SECOND
    first = -(-query.start // cycle) * cycle
    for reference in range(first, query.end, cycle):
        yield dt.datetime.fromtimestamp(reference // SECOND, dt.UTC)


def steps(text: str) -> list[int]:
    """Return the hours that `text` names: ``0,6,12``, ``0-48``, ``0-48/3``, or several of them.

    Raises
    ------
    InputError
        If it names none.

    Examples
    --------
    >>> steps("0-12/6,24")
    [0, 6, 12, 24]
    """
    found: list[int] = []
    try:
        for part in text.split(","):
            span, _, every = part.partition("/")
            first, _, last = span.partition("-")
            found += range(int(first), int(last or first) + 1, int(every or 1))
    except ValueError as fault:
        message = f"{text!r} names no steps; write hours such as 0,6,12 or 0-48/3"
        raise InputError(message) from fault
    return found
