"""Comma-separated text of any publisher as typed columns, read safely.

RFC 4180, with LF or CR LF at the end of a line; size (512 MiB), fields (64 million) and faults
that are told (10,000) are bounded. A line that cannot be read is set aside, the next one is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import polars as pl

from wattbook import _core
from wattbook.errors import DecodeError
from wattbook.sources.payload import Quarantined

__all__ = ["RAW_BYTES_MAX", "CsvRows", "header", "lines_aside", "rows"]

RAW_BYTES_MAX = 64 * 1024
"""How many bytes of a refused part are kept."""
OLD_LINE_ENDS = "its lines end in a bare carriage return, not in LF or CR LF; convert them first"
TYPES = {"text": pl.String, "number": pl.Float64, "instant": pl.Int64, "wall": pl.Int64}
"""Type of a column, by what it is read as."""


class CsvRows(NamedTuple):
    """Rows of a table, and the lines that are refused.

    The frame has ``line`` (number of the row's line, from 1), ``offset`` (its first byte) and the
    columns asked for; null where a field is empty.
    """

    frame: pl.DataFrame
    quarantined: tuple[Quarantined, ...]


def rows(content: bytes, columns: Mapping[str, str]) -> CsvRows:
    r"""Return the `columns` of the table in `content`, whose first line is its header.

    Parameters
    ----------
    content : bytes
        The text, UTF-8.
    columns : mapping of str to str
        By name in the header, what a column is read as: ``text``, ``number``, ``instant`` (a time
        with its offset: ns UTC), ``wall`` (one without: ns of its digits as if they were UTC).

    Returns
    -------
    CsvRows
        A line with too few or too many fields, or with one that is not what was asked for, is
        quarantined; so is the whole text if its header lacks a column, or if its lines end in a
        bare CR.

    Examples
    --------
    >>> found = rows(b"zone,mw\nWest,1.5\nEast,x\n", {"zone": "text", "mw": "number"})
    >>> found.frame.rows()
    [(2, 8, 'West', 1.5)]
    >>> found.quarantined[0].place, found.quarantined[0].reason
    ('line 3', 'mw is "x", not a number')
    """
    asked = list(columns.items())
    try:
        table, faults, more = _core.csv_table(content, asked)
    except DecodeError as fault:
        reason = OLD_LINE_ENDS if has_old_line_ends(content) else str(fault)
        return nothing(columns, reason, content)
    frame = pl.DataFrame(table)
    if not frame.height and has_old_line_ends(content):
        return nothing(columns, OLD_LINE_ENDS, content)
    return CsvRows(frame, lines_aside(content, faults, more))


def has_old_line_ends(content: bytes) -> bool:
    """Return whether no line ends in LF, and more than the last one in CR."""
    return b"\n" not in content and b"\r" in content.rstrip(b"\r")


def nothing(columns: Mapping[str, str], reason: str, content: bytes) -> CsvRows:
    """Return no row, and the whole text set aside."""
    whole = Quarantined("payload", 0, reason, content[:RAW_BYTES_MAX])
    schema = {"line": pl.Int64, "offset": pl.Int64}
    return CsvRows(
        pl.DataFrame(schema=schema | {name: TYPES[kind] for name, kind in columns.items()}),
        (whole,),
    )


def lines_aside(
    content: bytes, faults: Iterable[tuple[int, int, int, str]], more: int
) -> tuple[Quarantined, ...]:
    """Return faults of the reader (line, first byte, byte behind, reason) as quarantined lines.

    Parameters
    ----------
    content : bytes
        The text that was read.
    faults : iterable of tuple
        As the reader tells them.
    more : int
        How many it does not tell, for their number.
    """
    found = [
        Quarantined(f"line {line}", start, reason, content[start : min(end, start + RAW_BYTES_MAX)])
        for line, start, end, reason in faults
    ]
    if more:
        found.append(Quarantined("payload", 0, f"{more} further lines cannot be read"))
    return tuple(found)


def header(content: bytes) -> tuple[str, ...]:
    r"""Return the names in the first line of `content`, as far as its first 64 KiB go.

    None if one of them holds a character that does not print: a damaged line, or no text.

    Examples
    --------
    >>> header(b'"Time Stamp","N.Y.C."\n1,2')
    ('Time Stamp', 'N.Y.C.')
    """
    first = content[:RAW_BYTES_MAX].split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    names = tuple(name.strip().strip('"') for name in first.strip().split(","))
    return names if all(name.isprintable() for name in names) else ()
