"""One payload read: recognised, parsed, and held against the contract of all sources."""

import hashlib
import json
import re
import traceback
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, Protocol

from wattbook.sources.catalogue import datasets, recognise
from wattbook.sources.packed import first_bytes, unpack
from wattbook.sources.payload import OBSERVATION_COLUMNS, Dataset, Parsed, Payload

__all__ = [
    "NO_RECORD",
    "NO_ROW",
    "OUT_OF_MEMORY",
    "PAYLOAD_BYTES_MAX",
    "UNKNOWN",
    "Read",
    "Reader",
    "Record",
    "Task",
    "broken_promise",
    "cut_task",
    "find_dataset",
    "holds_nothing",
    "read",
    "read_task",
    "too_large",
]

PAYLOAD_BYTES_MAX = 1 << 30
"""Bytes of the largest payload that is read."""
NO_ROW = "it holds no row"
"""Why a payload is set aside that was read without a fault and gave nothing."""
UNKNOWN = "no source recognises it"
"""Why a payload is set aside that nobody knows."""
OUT_OF_MEMORY = "its reader needs more memory than it may use"

RAW_BYTES_MAX = 64 * 1024
HEAD_BYTES = 8 * 1024

ELEMENT = re.compile(rb"<([\w:.-]+)(?=[\s/>])")

Recognised = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A payload to be read.

    Parameters
    ----------
    path : Path
        File that holds its bytes.
    name, address : str
        Of the payload: a file in the cache is named by its hash.
    ts_recv : int
        When it was received, ns UTC.
    source, dataset : str, optional
        Who reads it; whoever recognises it by default.
    sha256 : str, optional
        What its bytes must have, in hexadecimal.
    """

    path: Path
    name: str
    address: str
    ts_recv: int
    source: str = ""
    dataset: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader made of a payload.

    Parameters
    ----------
    source, dataset : str
        Who read it; empty if nobody knows it.
    parsed : Parsed or None
        What it holds; none for one that nobody could read.
    reason : str
        Why there is nothing.
    is_bug : bool
        Whether the reader failed and not the payload.
    trace : str
        Of the exception, if one was raised.
    """

    source: str = ""
    dataset: str = ""
    parsed: Parsed | None = None
    reason: str = ""
    is_bug: bool = False
    trace: str = ""


class Record(NamedTuple):
    """A record of a payload: the line on which it begins, from 1, and its bytes.

    The line is 0 where the payload is no text. Of an archive of several files, ``member`` is the
    name of the one that holds it, in which ``offset`` and ``line`` count.
    """

    line: int
    raw: bytes
    offset: int = 0
    member: str = ""


NO_RECORD = Record(0, b"")


class Reader(Protocol):
    """Reads payloads; `wattbook.ingest`'s is a process of its own."""

    def read(self, task: Task) -> Read:
        """Return what a payload holds; raises nothing that its reader raises."""
        ...

    def cut(self, task: Task, offsets: Sequence[int]) -> list[Record]:
        """Return the records of a payload that begin at `offsets`; `NO_RECORD` where that fails."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


def find_dataset(source: str, name: str, islands: Sequence[str] = ()) -> Dataset | None:
    """Return the dataset of that source and name, or none."""
    known = (dataset for island in (*islands, "") for dataset in datasets(island))
    return next((entry for entry in known if (entry.source, entry.name) == (source, name)), None)


def broken_promise(parsed: Parsed) -> str:
    """Return how `parsed` breaks the contract of `wattbook.sources.payload`; empty if it holds."""
    found = {name: str(kind) for name, kind in parsed.observations.schema.items()}
    if found != dict(OBSERVATION_COLUMNS):
        return f"its observations have the columns {found}, not those of OBSERVATION_COLUMNS"
    rows = parsed.observations
    odd = rows.filter((rows["delivery_end"] < rows["delivery_start"]) | (rows["offset"] < 0))
    if odd.height:
        return f"row {odd['place'][0]} ends before it begins, or begins before the payload does"
    for name in ("dataset", "delivery_start", "delivery_end", "unit", "place"):
        if missing := rows[name].null_count():
            return f"{missing} of its observations have no {name}"
    for part in parsed.quarantined:
        if not part.place or not part.reason:
            return f"it set aside {part.place or 'a part'!r} without saying where or why"
        if part.offset < 0 or len(part.raw) > RAW_BYTES_MAX:
            return f"it set aside {part.place!r} at byte {part.offset} with {len(part.raw)} bytes"
    return ""


def holds_nothing(parsed: Parsed) -> bool:
    """Return whether a payload gave neither a row of any table nor a part set aside.

    Such a payload would vanish without a word: it is set aside as a whole, for `NO_ROW`. A table
    without rows counts for nothing.
    """
    return not parsed.rows and not parsed.quarantined


def too_large(size: int) -> str:
    """Return why a payload of `size` bytes is set aside unread; empty if it is not."""
    if size <= PAYLOAD_BYTES_MAX:
        return ""
    return f"{size:,} bytes are more than {PAYLOAD_BYTES_MAX:,}"


def read(
    payload: Payload,
    known: Callable[[Payload], Dataset | None],
    recognised: Recognised = lambda _source, _dataset: None,
) -> Read:
    """Return what `payload` holds; raises nothing, whatever its reader does.

    Parameters
    ----------
    payload : Payload
        Bytes as they came.
    known : callable
        Gives the dataset that reads a payload, or none.
    recognised : callable, optional
        Told source and dataset before the reader begins.
    """
    source = name = ""
    try:
        dataset = known(payload)
        if dataset is None:
            return Read(reason=UNKNOWN)
        source, name = dataset.source, dataset.name
        recognised(source, name)
        parsed = dataset.parse(payload)
        promise = broken_promise(parsed)
    except MemoryError:
        return Read(source, name, reason=OUT_OF_MEMORY, is_bug=True)
    except BaseException as fault:
        # A reader that raises is a bug to be shown, not a reason to leave the rest unread. A
        # panic in Rust arrives as a BaseException of its own.
        if isinstance(fault, KeyboardInterrupt | SystemExit):
            raise
        what = "its reader" if source else "recognising it"
        reason = f"{what} raised {type(fault).__name__}: {fault}".split("\n", 1)[0]
        trace = "".join(traceback.format_exception(fault))
        return Read(source, name, reason=reason, is_bug=True, trace=trace)
    if promise:
        return Read(source, name, reason=f"its reader broke its promise: {promise}", is_bug=True)
    return Read(source, name, parsed)


def read_task(
    task: Task,
    islands: Sequence[str] = (),
    recognised: Recognised = lambda _source, _dataset: None,
) -> Read:
    """Return what the file of a task holds; one that cannot be read says why."""
    try:
        if reason := too_large(task.path.stat().st_size):
            return Read(task.source, task.dataset, reason=reason)
        content = task.path.read_bytes()
    except OSError as fault:
        return Read(task.source, task.dataset, reason=f"it cannot be read: {fault.strerror}")
    if task.sha256 and hashlib.sha256(content).hexdigest() != task.sha256:
        reason = f"{task.path} no longer has the hash that names it; put back a copy of the store"
        return Read(task.source, task.dataset, reason=reason, is_bug=True)

    def known(payload: Payload) -> Dataset | None:
        if task.source:
            return find_dataset(task.source, task.dataset, islands)
        return recognise(payload, islands)

    return read(Payload(task.name, content, task.ts_recv, task.address), known, recognised)


def cut_task(task: Task, offsets: Sequence[int]) -> list[Record]:
    """Return the records of the file of a task that begin at `offsets` in its unpacked bytes.

    Parameters
    ----------
    task : Task
        The payload.
    offsets : sequence of int
        Rising; of an archive of several files, in all of them as if they were one.
    """
    payload = Payload(task.name, task.path.read_bytes(), task.ts_recv, task.address)
    members = unpack(payload).members
    if not members:
        return [NO_RECORD] * len(offsets)
    starts = first_bytes(members)
    made: list[Record] = []
    for number, inside in groupby(offsets, lambda offset: bisect_right(starts, offset) - 1):
        member, start = members[number], starts[number]
        name = member.name if len(members) > 1 else ""
        made += records_of(member.content, [offset - start for offset in inside], name)
    return made


def records_of(content: bytes, offsets: Sequence[int], member: str) -> Iterator[Record]:
    """Yield the records of a file that begin at `offsets`, which rise."""
    is_text = b"\0" not in content[:HEAD_BYTES]
    line, counted = 1, 0
    for offset in offsets:
        line += content.count(b"\n", counted, offset)
        counted = offset
        if is_text:
            yield Record(line, record_at(content, offset), offset, member)
        else:
            yield Record(0, content[offset : offset + RAW_BYTES_MAX], offset, member)


def record_at(content: bytes, offset: int) -> bytes:
    r"""Return the record that begins at `offset`: a JSON value, an element of XML, or else a line.

    At most 64 KiB of it.

    Examples
    --------
    >>> record_at(b'[{"mw": 1}, {"mw": [2,\n3]}]', 12)
    b'{"mw": [2,\n3]}'
    >>> record_at(b"<d><p n='1'><v>5</v></p><p/></d>", 3)
    b"<p n='1'><v>5</v></p>"
    >>> record_at(b"zone,price\nNORD,-1.5\nSUD,2", 11)
    b'NORD,-1.5\n'
    """
    part = content[offset : offset + RAW_BYTES_MAX]
    if part.startswith((b"{", b"[")):
        text = part.decode("utf-8", "replace")
        try:
            return text[: json.JSONDecoder().raw_decode(text)[1]].encode()
        except ValueError:
            return part
    if element := ELEMENT.match(part):
        close = part.find(b">", element.end())
        if part[close - 1 : close] != b"/" and (end := part.find(b"</" + element[1], close)) >= 0:
            close = part.find(b">", end)
        return part[: close + 1] or part
    return part[: part.find(b"\n") + 1] or part
