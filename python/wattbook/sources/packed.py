"""Archives in memory, unpacked within bounds: zip and gzip, also in each other.

What a header says of its size is never believed: bytes are counted as they come out, and a member
of another size or checksum is set aside. Names are labels; nothing is written to disk.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

import polars as pl

from wattbook import _core
from wattbook.sources.payload import RAW_BYTES_MAX, Parsed, Payload, Quarantined
from wattbook.sources.tabular import gathered

__all__ = [
    "Bounds",
    "Member",
    "Unpacked",
    "first_bytes",
    "head",
    "is_packed",
    "parse_members",
    "unpack",
]

CHUNK_BYTES = 1 << 20
GZIP = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
HEADER_ENDS = struct.Struct("<HH")
"""Lengths of a member's name and extra field, at byte 26 of the header before its data."""

GROWTH_MAX = 1_032
"""The most bytes that one byte of DEFLATE data can stand for: a length of 258 in two bits."""

# What `zipfile` and `zlib` raise for archives that are damaged or made to hurt.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    UnicodeDecodeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an archive may hold, all archives inside it included.

    Parameters
    ----------
    bytes_max : int
        Bytes of all members together once unpacked.
    members_max : int
        Number of members.
    depth_max : int
        Archives in each other.
    """

    bytes_max: int = 512 << 20
    members_max: int = 10_000
    depth_max: int = 3


class Member(NamedTuple):
    """A file of an archive: its name, with those of the archives around it before a slash."""

    name: str
    content: bytes


class Unpacked(NamedTuple):
    """Members of an archive in their order, and what could not be unpacked."""

    members: tuple[Member, ...]
    quarantined: tuple[Quarantined, ...]


class BoundsError(Exception):
    """More came out of an archive than the bounds allow; ends the unpacking."""


def is_packed(content: bytes) -> bool:
    """Return whether `content` begins as a zip or gzip archive does."""
    return content.startswith((GZIP, *ZIP))


def head(content: bytes, size: int = 4_096, depth: int = 3) -> bytes:
    """Return the first `size` bytes of `content`, or of what it holds if it is an archive.

    Of a zip archive, the first file counts. Nothing is raised: what is damaged, or packed more than
    `depth` times, has no head.
    """
    try:
        if content.startswith(GZIP):
            found = zlib.decompressobj(wbits=31).decompress(content, size)
            return head(found, size, depth - 1) if depth > 1 else b""
        if content.startswith(ZIP) and _core.zip_entries_max(content) <= Bounds().members_max:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = (info for info in archive.infolist() if not info.filename.endswith("/"))
                with archive.open(next(names)) as stream:
                    found = stream.read(size)
            return b"" if is_packed(found) else found
    except (StopIteration, *DAMAGED):
        return b""
    return content[:size]


def parse_members(
    payload: Payload, parse: Callable[[Payload], Parsed], bounds: Bounds | None = None
) -> Parsed:
    """Return what all members of `payload` hold together, each read by `parse`.

    Places and bytes of observations count on from member to member, places of tables are the
    member; those of quarantined parts name it.
    """
    found = unpack(payload, bounds)
    if len(found.members) == 1 and not found.quarantined and not is_packed(payload.content):
        return parse(payload)
    frames = []
    tables: dict[str, list[pl.DataFrame]] = {}
    quarantined = list(found.quarantined)
    first_place = 0
    starts = first_bytes(found.members)
    for number, (member, start) in enumerate(zip(found.members, starts, strict=True)):
        parsed = parse(replace(payload, name=member.name, content=member.content))
        frame = parsed.observations
        frames.append(frame.with_columns(pl.col("place") + first_place, pl.col("offset") + start))
        if frame.height:
            first_place += int(frame["place"].max() or 0) + 1  # type: ignore[arg-type]
        for kind, table in parsed.tables.items():
            placed = table.with_columns(pl.col("^place$") + number)
            tables.setdefault(kind, []).append(placed)
        quarantined += [
            replace(part, place=f"{member.name}: {part.place}") for part in parsed.quarantined
        ]
    joined = {kind: pl.concat(parts, how="diagonal_relaxed") for kind, parts in tables.items()}
    return Parsed(gathered(frames), joined, tuple(quarantined))


def first_bytes(members: Sequence[Member]) -> list[int]:
    """Return where each member begins in the unpacked payload: behind those before it.

    Examples
    --------
    >>> first_bytes([Member("a", b"1,2"), Member("b", b""), Member("c", b"3")])
    [0, 3, 3]
    >>> first_bytes([])
    []
    """
    return list(accumulate((len(member.content) for member in members), initial=0))[:-1]


def unpack(payload: Payload, bounds: Bounds | None = None) -> Unpacked:
    """Return the members of `payload`, of archives inside it too; what is not packed is its own.

    Parameters
    ----------
    payload : Payload
        A zip or gzip archive, or anything else.
    bounds : Bounds, optional
        What it may hold.

    Returns
    -------
    Unpacked
        A damaged, encrypted or oversized member is quarantined; so is all behind the bounds. The
        offset is that of the member's header in the outermost archive.

    Examples
    --------
    >>> import gzip
    >>> unpack(Payload("a.csv.gz", gzip.compress(b"1,2"))).members
    (Member(name='a.csv', content=b'1,2'),)
    >>> bomb = Payload("b.gz", gzip.compress(bytes(1 << 20)))
    >>> unpack(bomb, Bounds(bytes_max=1000)).quarantined[0].reason
    'more than 1000 bytes come out of the archive; the rest is left packed'
    """
    work = Unpacking(bounds or Bounds())
    try:
        work.take(payload.name, payload.content, 0, 0)
    except BoundsError as fault:
        work.quarantine(payload.name, work.offset, str(fault), payload.content[work.offset :])
    return Unpacked(tuple(work.members), tuple(work.quarantined))


class Unpacking:
    """Members found so far, and what is left of the bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.bytes_left = bounds.bytes_max
        self.members_left = bounds.members_max
        self.members: list[Member] = []
        self.quarantined: list[Quarantined] = []
        self.offset = 0

    def quarantine(self, name: str, offset: int, reason: str, raw: bytes) -> None:
        """Set a member aside."""
        self.quarantined.append(
            Quarantined(
                f"member {name}" if name else "payload", offset, reason, raw[:RAW_BYTES_MAX]
            )
        )

    def take(self, name: str, content: bytes, depth: int, offset: int) -> None:
        """Add `content`, or what it holds if it is an archive."""
        if not is_packed(content):
            self.members.append(Member(name, content))
        elif depth >= self.bounds.depth_max:
            reason = f"archives are more than {self.bounds.depth_max} deep in each other"
            self.quarantine(name, offset, reason, content)
        elif content.startswith(GZIP):
            self.take_gzip(name, content, depth, offset)
        else:
            self.take_zip(name, content, depth, offset)

    def counted(self, chunk: bytes) -> bytes:
        """Return `chunk`, taken off the bounds."""
        self.bytes_left -= len(chunk)
        if self.bytes_left < 0:
            message = (
                f"more than {self.bounds.bytes_max} bytes come out of the archive; "
                "the rest is left packed"
            )
            raise BoundsError(message)
        return chunk

    def count_member(self) -> None:
        """Take one member off the bounds."""
        self.members_left -= 1
        if self.members_left < 0:
            message = f"more than {self.bounds.members_max} members; the rest is left packed"
            raise BoundsError(message)

    def take_gzip(self, name: str, content: bytes, depth: int, offset: int) -> None:
        """Add what a gzip file holds."""
        self.offset = self.offset if depth else offset
        parts: list[bytes] = []
        rest = content
        try:
            while rest.startswith(GZIP):
                self.count_member()
                rest = self.inflate(rest, parts)
        except DAMAGED as fault:
            self.quarantine(name, offset, f"damaged gzip: {fault}", content)
            return
        if rest.strip(b"\0"):
            reason = f"{len(rest)} bytes behind the gzip data are no gzip"
            self.quarantine(name, offset + len(content) - len(rest), reason, rest)
        self.take(name.removesuffix(".gz"), b"".join(parts), depth + 1, offset)

    def inflate(self, packed: bytes, parts: list[bytes]) -> bytes:
        """Add what one gzip member holds to `parts` and return what stands behind it."""
        stream = zlib.decompressobj(wbits=31)
        pending = packed
        while not stream.eof:
            part = stream.decompress(pending, CHUNK_BYTES)
            if not (part or stream.unconsumed_tail or stream.eof):
                message = f"it ends after {len(packed)} bytes, before its checksum"
                raise EOFError(message)
            parts.append(self.counted(part))
            pending = stream.unconsumed_tail
        return stream.unused_data

    def take_zip(self, name: str, content: bytes, depth: int, offset: int) -> None:
        """Add what a zip archive holds."""
        # Counted before a list of them is made.
        if _core.zip_entries_max(content) > self.members_left:
            self.quarantine(name, offset, f"more than {self.bounds.members_max} members", content)
            return
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except DAMAGED as fault:
            self.quarantine(name, offset, f"damaged zip: {fault}", content)
            return
        with archive:
            if not archive.infolist() and _core.zip_entries_max(content):
                reason = "the directory's end says that it is empty, but it lists members"
                self.quarantine(name, offset, reason, content)
            for info in archive.infolist():
                at = offset if depth else max(0, min(info.header_offset, len(content)))
                self.offset = at
                if info.filename.endswith("/"):
                    continue
                self.count_member()
                inner = f"{name}/{info.filename}" if name else info.filename
                try:
                    found = self.read_member(archive, info, content)
                except DAMAGED as fault:
                    raw = b"" if depth else content[at : at + RAW_BYTES_MAX]
                    self.quarantine(inner, at, f"damaged member: {fault}", raw)
                    continue
                self.take(inner, found, depth + 1, at)

    def read_member(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, content: bytes) -> bytes:
        """Return the bytes of a member, counted as they come."""
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            message = f"compression {info.compress_type} is not read, only stored and deflated"
            raise NotImplementedError(message)
        # A size beyond the bounds is not believed either: what really comes out is counted.
        if info.compress_type == zipfile.ZIP_DEFLATED and info.file_size <= self.bytes_left:
            return self.read_deflated(archive, info, content)
        parts = []
        with archive.open(info) as stream:
            while part := stream.read(CHUNK_BYTES):
                parts.append(self.counted(part))
        return b"".join(parts)

    def read_deflated(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, content: bytes
    ) -> bytes:
        """Return the bytes of a deflated member, which must be as many as its header says."""
        # Looks at the header before the member's data, and refuses an encrypted member.
        archive.open(info).close()
        name_bytes, extra_bytes = HEADER_ENDS.unpack_from(content, info.header_offset + 26)
        start = info.header_offset + 30 + name_bytes + extra_bytes
        if info.file_size > info.compress_size * GROWTH_MAX:
            message = f"{info.compress_size} bytes cannot hold the stated {info.file_size}"
            raise ValueError(message)
        # Counted also when it is damaged, for the work is done.
        self.bytes_left -= info.file_size
        return _core.zip_inflate(content, start, info.compress_size, info.file_size, info.CRC)
