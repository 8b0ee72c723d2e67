"""Databento Binary Encoding (DBN), versions 1 to 3, and DBZ: records as rows of NumPy arrays.

Records stay where they lie: `DbnFile.rows` is a view of the file's bytes, or of what zstd made of
them. A record that is none is counted with its place and reason, and the others are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wattbook import _core
from wattbook.errors import DecodeError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["DbnFault", "DbnFile", "DbnMetadata"]

LIMIT_BYTES = 8 << 30
FAULTS_KEPT = 1000
TS_OUT_BYTES = 8


@dataclass(frozen=True, slots=True)
class DbnMetadata:
    """What a file says about itself.

    Parameters
    ----------
    version : int
        Of the format; 0 for DBZ.
    dataset : str
        Code of the dataset, such as ``GLBX.MDP3``.
    schema, stype_in : int or None
        Numbers of the schema and of the kind of symbol requested; None for a mix.
    start, end : int, ns UTC
        Of the request; `end` is None where it is open.
    limit : int or None
        Most records that the request asked for.
    stype_out : int
        Number of the kind of symbol in the records.
    has_ts_out : bool
        Whether each record ends with the time at which the gateway sent it.
    symbols, partial, not_found : list of str
        Requested symbols; those without a meaning on some day, and on all.
    mappings : list of (str, list of (int, int, str))
        What each symbol meant: first day and day after the last as YYYYMMDD, and the symbol.
    """

    version: int
    dataset: str
    schema: int | None
    start: int
    end: int | None
    limit: int | None
    stype_in: int | None
    stype_out: int
    has_ts_out: bool
    symbols: list[str]
    partial: list[str]
    not_found: list[str]
    mappings: list[tuple[str, list[tuple[int, int, str]]]]


@dataclass(frozen=True, slots=True)
class DbnFault:
    """A record that is none: where it begins in the decompressed records, and why."""

    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring records of one type and length."""

    offset: int
    count: int
    rtype: int
    stride: int


def record_type(rtype: int, stride: int, *, has_ts_out: bool) -> tuple[str, np.dtype[np.void]]:
    """Return the name and the NumPy type of records of `rtype` that are `stride` bytes long."""
    found = _core.dbn_layout(rtype, stride - (TS_OUT_BYTES if has_ts_out else 0))
    if found is None:
        message = f"record type {rtype:#04x} has no layout of {stride} bytes"
        raise DecodeError(message)
    name, fields = found
    if has_ts_out:
        fields = [*fields, ("ts_out", "<u8", stride - TS_OUT_BYTES)]
    names, formats, offsets = zip(*fields, strict=True)
    layout: Any = {"names": names, "formats": formats, "offsets": offsets, "itemsize": stride}
    return name, np.dtype(layout)


class DbnFile:
    """A DBN or DBZ file, or a fragment of records alone, plain or compressed with zstd.

    Parameters
    ----------
    data : bytes, bytearray, memoryview or uint8 array
        The file. It is read in place; a ``numpy.memmap`` works as well.
    limit_bytes : int
        Most bytes that it may have when decompressed.

    Raises
    ------
    DecodeError
        If it is no such file, or grows beyond the limit; with place and reason.

    Examples
    --------
    >>> bar = bytes([14, 0x20, 1, 0, 7, 0, 0, 0]) + (1_000).to_bytes(8, "little") + bytes(40)
    >>> file = DbnFile(bar * 3)
    >>> file.counts
    {'ohlcv': 3}
    >>> file.rows("ohlcv")["ts_event"].tolist()
    [1000, 1000, 1000]
    """

    def __init__(
        self,
        data: bytes | bytearray | memoryview | NDArray[np.uint8],
        *,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        whole = data if isinstance(data, np.ndarray) else np.frombuffer(data, dtype=np.uint8)
        metadata, decompressed, records_at = _core.dbn_open(whole, limit_bytes)
        self._records = (whole if decompressed is None else decompressed)[records_at:]
        self.metadata = None if metadata is None else DbnMetadata(**metadata)
        self._has_ts_out = self.metadata is not None and self.metadata.has_ts_out
        runs, faults, self.fault_count = _core.dbn_runs(
            self._records, self._has_ts_out, FAULTS_KEPT
        )
        self._runs = [Run(*run) for run in runs]
        self.faults = [DbnFault(*fault) for fault in faults]

    @classmethod
    def open(cls, path: Path, *, limit_bytes: int = LIMIT_BYTES) -> DbnFile:
        """Return the file at `path`, mapped into memory rather than read.

        Raises
        ------
        DecodeError
            As from the class.
        OSError
            If it cannot be read.
        """
        if path.stat().st_size == 0:
            return cls(b"", limit_bytes=limit_bytes)
        return cls(np.memmap(path, dtype=np.uint8, mode="r"), limit_bytes=limit_bytes)

    @property
    def counts(self) -> dict[str, int]:
        """Number of records by the name of their type."""
        counts: dict[str, int] = {}
        for run in self._runs:
            name, _ = record_type(run.rtype, run.stride, has_ts_out=self._has_ts_out)
            counts[name] = counts.get(name, 0) + run.count
        return counts

    def rows(self, name: str) -> NDArray[np.void]:
        """Return the records of type `name`, such as ``mbo``, as a structured array.

        Prices are int64 in 1e-9, times uint64 in ns UTC, both as recorded. Where the file holds
        nothing else the array is a view and costs nothing; else the records are gathered once.

        Raises
        ------
        InputError
            If no record has that name, or they come in several versions or kinds.
        """
        kinds: dict[tuple[int, int], list[Run]] = {}
        for run in self._runs:
            found, _ = record_type(run.rtype, run.stride, has_ts_out=self._has_ts_out)
            if found == name:
                kinds.setdefault((run.rtype, run.stride), []).append(run)
        if len(kinds) != 1:
            held = ", ".join(self.counts) or "none"
            message = f"{len(kinds)} kinds of record are called {name!r}; the file holds {held}"
            raise InputError(message)
        ((rtype, stride), runs) = kinds.popitem()
        _, dtype = record_type(rtype, stride, has_ts_out=self._has_ts_out)
        if len(runs) == 1:
            begin = runs[0].offset
            return self._records[begin : begin + runs[0].count * stride].view(dtype)
        gathered: NDArray[np.uint8] = _core.dbn_gather(
            self._records, self._has_ts_out, rtype, stride
        )
        return gathered.view(dtype)

    def batches(self, name: str, size: int) -> Iterator[NDArray[np.void]]:
        """Yield the records of type `name` in arrays of `size`, the last one shorter."""
        rows = self.rows(name)
        for begin in range(0, len(rows), size):
            yield rows[begin : begin + size]

    def columns(self, name: str) -> dict[str, NDArray[Any]]:
        """Return the fields of the records of type `name` as arrays, each a view."""
        rows = self.rows(name)
        return {field: rows[field] for field in rows.dtype.names or ()}

    def json_lines(self) -> str:
        """Return every record as a line of JSON, field for field what the format's owner prints.

        Raises
        ------
        DecodeError
            At the first record that is none.
        """
        return _core.dbn_json(self._records, self._has_ts_out)
