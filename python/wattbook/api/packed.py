"""The desk's compact binary message: a JSON header, then columns of 64-bit numbers.

Four bytes give the length of the header (little-endian), the header follows as UTF-8, then zeros up
to a multiple of eight bytes, then the columns that the header's ``columns`` names, one after the
other, each of ``rows`` values: ``f8`` IEEE 754 doubles (what is not known is NaN), ``i8`` signed
integers, little-endian.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from wattbook.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["pack", "unpack"]

KINDS = {"f8": np.dtype("<f8"), "i8": np.dtype("<i8")}


def pack(header: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a message; every column has as many values as the first.

    Examples
    --------
    >>> header, columns = unpack(pack({"kind": "delta"}, {"price": np.array([1.5, np.nan])}))
    >>> header["kind"], columns["price"].tolist()
    ('delta', [1.5, nan])
    """
    made, described, rows = [], [], 0
    for name, values in columns.items():
        kind = "i8" if np.issubdtype(values.dtype, np.integer) else "f8"
        made.append(np.ascontiguousarray(values, dtype=KINDS[kind]).tobytes())
        described.append([name, kind])
        rows = len(values)
    text = json.dumps(
        {**header, "rows": rows, "columns": described}, separators=(",", ":"), allow_nan=False
    ).encode()
    padding = -(4 + len(text)) % 8
    return b"".join([struct.pack("<I", len(text)), text, bytes(padding), *made])


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return header and columns of a message.

    Raises
    ------
    DecodeError
        If it is none: too short, not JSON, or columns of another length than it says.
    """
    if len(message) < 4:
        raise DecodeError(f"message of {len(message)} bytes; at least 4 give its header's length")
    (length,) = struct.unpack_from("<I", message)
    try:
        header = json.loads(message[4 : 4 + length].decode())
        rows, described = int(header["rows"]), list(header["columns"])
        names = [(str(name), KINDS[kind]) for name, kind in described]
    except (ValueError, KeyError, TypeError) as fault:
        raise DecodeError(f"offset 4: no header of a message ({fault}); read it again") from fault
    at = 4 + length + -(4 + length) % 8
    if rows < 0 or len(message) != at + 8 * rows * len(names):
        raise DecodeError(
            f"offset {at}: {len(message) - at} bytes of columns, not {8 * rows * len(names)}"
        )
    columns = {}
    for name, kind in names:
        columns[name] = np.frombuffer(message, dtype=kind, count=rows, offset=at)
        at += 8 * rows
    return header, columns
