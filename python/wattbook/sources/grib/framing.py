"""Bytes to messages: where each GRIB message begins and ends, and one field after the other.

Framing reads lengths only, and trusts none of them: a message must end in ``7777`` where its own
length says, and its sections must add up, or it is set aside and the search goes on at the next
``GRIB``. A message of edition 2 may hold several fields; each becomes a message of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wattbook.sources.payload import Quarantined, aside

__all__ = ["POINTS_MAX", "Frame", "frames"]

FOLLOWERS = {1: (3,), 7: (2, 3, 4)}
"""Sections of edition 2 that may follow one other than the next number: 2 is optional, and another
field repeats from 2, 3 or 4 on."""

POINTS_MAX = 1 << 26
"""Fields with more grid points than this are refused: a header of 200 bytes can claim 4 billion."""

MAGIC = b"GRIB"
END = b"7777"
LONG_UNIT = 120
"""Edition 1 counts a message of 8 MiB or more in this many bytes, marked by the highest bit."""

PADDING = b"\0 \r\n\t\x01\x03"
HEADINGS = re.compile(
    rb"(\*{4}\d{10}\*{4}\s+|\x01?\s*\d{3,5}\s+|[A-Z]{4}\d\d [A-Z]{4} \d{6}( [A-Z]{3})?\s+)+"
)
"""What a bulletin of the WMO puts before its message: lengths, numbers, ``TTAAii CCCC YYGGgg``."""


class FramingError(ValueError):
    """Why a message cannot be framed."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One field as a GRIB message of its own.

    Parameters
    ----------
    number : int
        Which message of the payload, from 0.
    offset : int
        First byte of the message in the payload.
    message : bytes
        From ``GRIB`` to ``7777``.
    part : int
        Which field of the message, from 0: edition 2 may hold several.
    grid_key : bytes
        The grid as the message defines it: equal keys, equal grid.
    """

    number: int
    offset: int
    message: bytes
    part: int
    grid_key: bytes


def frames(content: bytes) -> Iterator[Frame | Quarantined]:
    """Yield each field of `content` and each part that is none, in order."""
    at = 0
    number = 0
    while at < len(content):
        begin = content.find(MAGIC, at)
        end = begin if begin >= 0 else len(content)
        between = content[at:end].strip(PADDING)
        if between and not HEADINGS.fullmatch(between + b"\n"):
            yield _aside(content, at, end, "bytes outside any GRIB message", f"byte {at}")
        if begin < 0:
            return
        place = f"message {number} at byte {begin}"
        try:
            length = _length(content, begin)
            found = list(_fields(content[begin : begin + length], number, begin))
        except FramingError as fault:
            at = content.find(MAGIC, begin + len(MAGIC))
            at = at if at >= 0 else len(content)
            yield _aside(content, begin, at, str(fault), place)
        else:
            yield from found
            at = begin + length
        number += 1


def _aside(content: bytes, begin: int, end: int, reason: str, place: str) -> Quarantined:
    return aside(content, reason, place, begin, end)


def _length(content: bytes, at: int) -> int:
    """Return the length of the message at `at`, whose end was looked at."""
    if len(content) - at < 16:
        raise FramingError(f"the payload ends {len(content) - at} bytes into a message")
    edition = content[at + 7]
    if edition == 1:
        length = int.from_bytes(content[at + 4 : at + 7])
        if length >= 1 << 23:
            length = _long_length(content, at, length - (1 << 23))
    elif edition == 2:
        length = int.from_bytes(content[at + 8 : at + 16])
    else:
        raise FramingError(f"edition {edition}; only 1 and 2 are defined")
    if length < 24:
        raise FramingError(f"a length of {length} bytes, less than an empty message has")
    if at + length > len(content):
        raise FramingError(
            f"its length is {length} bytes, but the payload ends after {len(content) - at}"
        )
    found = content[at + length - 4 : at + length]
    if found != END:
        raise FramingError(f"ends in {found!r} where its length of {length} puts {END!r}")
    return length


def _long_length(content: bytes, at: int, units: int) -> int:
    """Return the length of a message of edition 1 with 8 MiB or more, as ECMWF writes them."""
    here = at + 8
    flags = content[here + 7]
    here += int.from_bytes(content[here : here + 3])
    for bit in (0x80, 0x40):
        if flags & bit:
            here += int.from_bytes(content[here : here + 3])
    data_length = int.from_bytes(content[here : here + 3])
    return units * LONG_UNIT - data_length + 4 if data_length < LONG_UNIT else units * LONG_UNIT


def _fields(message: bytes, number: int, offset: int) -> Iterator[Frame]:
    if message[7] == 1:
        yield Frame(number, offset, message, 0, _grid_key_1(message))
        return
    yield from _fields_2(message, number, offset)


def _grid_key_1(message: bytes) -> bytes:
    """Return the grid description of a message of edition 1, its sections looked at."""
    product = int.from_bytes(message[8:11])
    if product < 28 or 8 + product + 4 > len(message):
        raise FramingError(f"a product section of {product} bytes; it has 28 at least")
    flags = message[15]
    here = 8 + product
    grid = b"catalogued %d" % message[14]
    for bit, name, least in ((0x80, "grid", 28), (0x40, "bitmap", 6)):
        if flags & bit:
            length = int.from_bytes(message[here : here + 3])
            if length < least or here + length + 4 > len(message):
                raise FramingError(f"a {name} section of {length} bytes does not fit the message")
            if bit == 0x80:
                grid = message[here : here + length]
                _check_points(int.from_bytes(grid[6:8]) * int.from_bytes(grid[8:10]), grid[5])
            here += length
    data = int.from_bytes(message[here : here + 3])
    if len(message) < 1 << 23 and (data < 11 or here + data + 4 > len(message)):
        raise FramingError(f"a data section of {data} bytes does not fit the message")
    return grid


def _check_points(points: int, kind: int) -> None:
    # Spherical harmonics (50 and up) have no rows and columns; 65535 columns mark a reduced grid.
    if kind < 50 and points > POINTS_MAX and points % 65_535:
        raise FramingError(f"{points} grid points, more than the {POINTS_MAX} that are allowed")


def _fields_2(message: bytes, order: int, offset: int) -> Iterator[Frame]:
    """Yield the fields of a message of edition 2; sections not repeated carry over."""
    kept: dict[int, bytes] = {}
    here, part, last = 16, 0, 0
    bitmap = b""
    while here < len(message) - 4:
        length = int.from_bytes(message[here : here + 4])
        number = message[here + 4] if here + 4 < len(message) else 0
        if not 1 <= number <= 7 or length < 5 or here + length > len(message) - 4:
            raise FramingError(f"section {number} of {length} bytes at byte {here} does not fit")
        if number != last + 1 and number not in FOLLOWERS.get(last, ()):
            raise FramingError(f"section {number} at byte {here} follows section {last}")
        section = message[here : here + length]
        kept[number] = section
        if number == 3:
            if length < 14:
                raise FramingError(f"a grid section of {length} bytes at byte {here}")
            points = int.from_bytes(section[6:10])
            if points > POINTS_MAX:
                raise FramingError(
                    f"{points} grid points, more than the {POINTS_MAX} that are allowed"
                )
        elif number == 6:
            bitmap = kept[6] = _bitmap(section, bitmap, here)
        elif number == 7:
            if missing := {1, 3, 4, 5, 6} - kept.keys():
                raise FramingError(f"a field at byte {here} without section {min(missing)}")
            body = b"".join(kept[key] for key in range(1, 8) if key in kept)
            head = message[:8] + (20 + len(body)).to_bytes(8)
            yield Frame(order, offset, head + body + END, part, kept[3])
            part += 1
        here, last = here + length, number
    if part == 0:
        raise FramingError("a message without a field")


def _bitmap(section: bytes, before: bytes, here: int) -> bytes:
    """Return the bitmap section that holds for this field: 254 says that of the field before."""
    if len(section) < 6:
        raise FramingError(f"a bitmap section of {len(section)} bytes at byte {here}")
    if section[5] == 254:
        if not before:
            raise FramingError(f"the bitmap section at byte {here} names one before it: none is")
        return before
    return section
