"""Logs of FIX sessions: every message that came or went, found again by its fields."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wattbook.errors import InputError

__all__ = ["FixLogEntry", "find_entries", "log_files", "read_log"]

HEAD = re.compile(rb"(\d{1,19}) ([<>]) (\d{1,9})\n")
FRAME = re.compile(rb"8=FIX[^\x01]*\x01.*?\x0110=\d{3}\x01", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FixLogEntry:
    """What came or went at once.

    Parameters
    ----------
    at : int
        When, ns UTC.
    is_out : bool
        Whether we sent it.
    file : Path
        The log that it stands in.
    text : bytes
        The message; or bytes that are none, as they came.
    fields : tuple of (str, str)
        Tag and value of each field, in order; empty for bytes that are no message.
    """

    at: int
    is_out: bool
    file: Path
    text: bytes
    fields: tuple[tuple[str, str], ...]

    def values(self, tag: str) -> list[str]:
        """Return the values of a field: one for each time that it stands there."""
        return [value for found, value in self.fields if found == tag]

    def shown(self) -> str:
        """Return the bytes with ``|`` between the fields."""
        return self.text.decode("utf-8", "replace").replace("\x01", "|")


def fields_of(message: bytes) -> tuple[tuple[str, str], ...]:
    """Return tag and value of each field of a message."""
    parts = (part.partition("=") for part in message.decode("utf-8", "replace").split("\x01"))
    return tuple((tag, value) for tag, _, value in parts if tag)


def log_files(path: Path) -> list[Path]:
    """Return the logs at `path`: the file itself, or those of a folder by name.

    Raises
    ------
    InputError
        If there is none.
    """
    if path.is_file():
        return [path]
    found = sorted(path.glob("*.log"))
    if not found:
        message = f"{path} holds no log of a FIX session; give a run's folder or a *.log file"
        raise InputError(message)
    return found


def read_log(path: Path) -> Iterator[FixLogEntry]:
    """Yield what stands in a log, in order; the end may have been cut off by a crash.

    Raises
    ------
    InputError
        If it cannot be read, or something else stands in it; with the place.
    """
    try:
        data = path.read_bytes()
    except OSError as fault:
        message = f"{path} cannot be read: {fault}"
        raise InputError(message) from fault
    place = 0
    while place < len(data):
        head = HEAD.match(data, place)
        if head is None:
            if data.find(b"\n", place) < 0:
                return
            message = f"{path}, byte {place}: no line of a log of FIX messages stands here"
            raise InputError(message)
        begin, end = head.end(), head.end() + int(head[3])
        yield from entries(int(head[1]), head[2] == b">", path, data[begin:end])
        place = end + 1


def entries(at: int, is_out: bool, path: Path, piece: bytes) -> Iterator[FixLogEntry]:  # noqa: FBT001 - one row
    """Yield the messages of a piece, and what stands between them."""
    last = 0
    for found in FRAME.finditer(piece):
        if found.start() > last:
            yield FixLogEntry(at, is_out, path, piece[last : found.start()], ())
        yield FixLogEntry(at, is_out, path, found[0], fields_of(found[0]))
        last = found.end()
    if last < len(piece):
        yield FixLogEntry(at, is_out, path, piece[last:], ())


def find_entries(
    paths: Sequence[Path],
    *,
    where: Sequence[tuple[str, str]] = (),
    types: Sequence[str] = (),
    since: int | None = None,
    until: int | None = None,
    is_out: bool | None = None,
) -> Iterator[FixLogEntry]:
    """Yield the entries of logs that fit, log by log.

    Parameters
    ----------
    paths : sequence of Path
        The logs.
    where : sequence of (str, str), optional
        Tags and values, all of which a message must have.
    types : sequence of str, optional
        Message types, one of which it must be of.
    since, until : int, optional
        From and before which instant, ns UTC.
    is_out : bool, optional
        Only what we sent, or only what came.
    """
    for path in paths:
        for entry in read_log(path):
            is_in_time = (since is None or entry.at >= since) and (
                until is None or entry.at < until
            )
            if (
                is_in_time
                and is_out in (None, entry.is_out)
                and (not types or any(kind in types for kind in entry.values("35")))
                and all(value in entry.values(tag) for tag, value in where)
            ):
                yield entry
