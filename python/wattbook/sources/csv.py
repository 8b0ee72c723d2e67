"""Text with one record a line, of any publisher, as typed columns, read safely.

Fields stand between commas by RFC 4180, with LF or CR LF at the end of a line, or at fixed places.
Size (512 MiB), fields (64 million) and faults that are told (10,000) are bounded. A line that
cannot be read is set aside, the next one is read. Kinds of columns are those of
`wattbook.sources.tabular`, and ``padded number``, which may have spaces around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from wattbook import _core
from wattbook.errors import DecodeError
from wattbook.sources.payload import RAW_BYTES_MAX, Quarantined, aside
from wattbook.sources.tabular import Rows, base, checked

__all__ = ["fixed_width", "header", "line_aside", "lines", "lines_aside", "rows"]

OLD_LINE_ENDS = "its lines end in a bare carriage return, not in LF or CR LF; convert them first"
ASKED = {"whole": "number", "padded number": "text"}
"""What the reader is asked for, where that is another kind."""
TYPES = {
    "text": pl.String,
    "number": pl.Float64,
    "padded number": pl.Float64,
    "whole": pl.Int64,
    "instant": pl.Int64,
    "wall": pl.Int64,
}
"""Type of a column, by what it is read as."""


def rows(content: bytes, columns: Mapping[str, str], *, begin: int = 0, names: bytes = b"") -> Rows:
    r"""Return the `columns` of the table in `content`, whose first line is its header.

    Parameters
    ----------
    content : bytes
        The text, UTF-8.
    columns : mapping of str to str
        By name in the header, its kind.
    begin : int, default 0
        First byte of the header, where other lines stand above it.
    names : bytes, optional
        The header of a table that has none, with its line end.

    Returns
    -------
    Rows
        A line with too few or too many fields, or with one that is not what was asked for, is
        quarantined; so is the whole text if its header lacks a column, or if its lines end in a
        bare CR.

    Examples
    --------
    >>> found = rows(b"zone,mw\nWest,1.5\nEast,x\n,2\n", {"zone": "text", "mw": "number"})
    >>> found.frame.rows()
    [(2, 8, 'West', 1.5)]
    >>> [(part.place, part.reason) for part in found.quarantined]
    [('line 3', 'mw is "x", not a number'), ('line 4', 'no zone')]
    """
    asked = [(name, ASKED.get(base(kind), base(kind))) for name, kind in columns.items()]
    text = names + content[begin:] if begin or names else content
    try:
        table, faults, more = _core.csv_table(text, asked)
    except DecodeError as fault:
        reason = OLD_LINE_ENDS if has_old_line_ends(content) else str(fault)
        return nothing(columns, reason, content)
    frame = pl.DataFrame(table)
    if not frame.height and has_old_line_ends(content):
        return nothing(columns, OLD_LINE_ENDS, content)
    # Lines and bytes count in the whole text.
    shift = begin - len(names)
    above = content.count(b"\n", 0, begin) - names.count(b"\n")
    frame = frame.with_columns(pl.col("line") + above, pl.col("offset") + shift)
    moved = (
        (line + above, max(start + shift, 0), end + shift, reason)
        for line, start, end, reason in faults
    )
    return checked(content, frame, columns, lines_aside(content, moved, more))


def has_old_line_ends(content: bytes) -> bool:
    """Return whether no line ends in LF, and more than the last one in CR."""
    return b"\n" not in content and b"\r" in content.rstrip(b"\r")


def nothing(columns: Mapping[str, str], reason: str, content: bytes) -> Rows:
    """Return no row, and the whole text set aside."""
    types: dict[str, type[pl.DataType]] = {"line": pl.Int64, "offset": pl.Int64}
    types |= {name: TYPES[base(kind)] for name, kind in columns.items()}
    return Rows(pl.DataFrame(schema=types), (aside(content, reason),))


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
        aside(content, reason, f"line {line}", start, end) for line, start, end, reason in faults
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


def line_aside(content: bytes, line: int, offset: int, reason: str) -> Quarantined:
    """Return the line that begins at `offset` as quarantined."""
    end = content.find(b"\n", offset, offset + RAW_BYTES_MAX)
    return aside(content, reason, f"line {line}", offset, end if end >= 0 else None)


def lines(content: bytes, encoding: str = "latin-1") -> pl.DataFrame:
    """Return the lines that are not empty: ``line`` (from 1), ``offset`` and ``text``.

    Raises
    ------
    UnicodeDecodeError
        If the bytes are none of the encoding; Latin-1 takes all.
    """
    texts = content.split(b"\n")
    lengths = pl.Series([len(text) + 1 for text in texts], dtype=pl.Int64)
    return pl.DataFrame(
        {
            "line": pl.int_range(1, len(texts) + 1, eager=True),
            "offset": lengths.cum_sum() - lengths,
            "text": [text.decode(encoding).rstrip("\r") for text in texts],
        },
        schema={"line": pl.Int64, "offset": pl.Int64, "text": pl.String},
    ).filter(pl.col("text").str.len_chars() > 0)


def fixed_width(content: bytes, places: Mapping[str, tuple[int, int, str]], *, width: int) -> Rows:
    """Return the records of a Latin-1 file whose fields stand at fixed places.

    Parameters
    ----------
    content : bytes
        Records are lines of `width` characters.
    places : mapping of str to tuple
        By column: first character, the one behind it, and its kind.
    """
    frame = lines(content)
    wrong = frame["text"].str.len_chars() != width
    refused = tuple(
        line_aside(content, line, offset, f"{len(text)} characters, a record has {width}")
        for line, offset, text in frame.filter(wrong).iter_rows()
    )
    columns = frame.filter(~wrong).select(
        "line",
        "offset",
        *(
            pl.col("text").str.slice(start, end - start).str.strip_chars().alias(name)
            for name, (start, end, _) in places.items()
        ),
    )
    return checked(content, columns, {name: kind for name, (_, _, kind) in places.items()}, refused)
