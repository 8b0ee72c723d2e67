"""Text files with one record a line, to typed columns; bad lines are set aside with their bytes.

Fields stand between separators, which `wattbook.sources.csv` reads, or at fixed places. Beyond what
it does, a column may have to be whole, or may not be empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from wattbook.sources import csv
from wattbook.sources.payload import Quarantined

__all__ = ["Records", "fixed_width", "line_aside", "separated", "text_lines"]

RAW_BYTES_MAX = 64 * 1024


class Records(NamedTuple):
    """Typed columns, with ``line`` (from 1) and ``offset``, and what was set aside."""

    frame: pl.DataFrame
    quarantined: tuple[Quarantined, ...]


def line_aside(content: bytes, line: int, offset: int, reason: str) -> Quarantined:
    """Return the line that begins at `offset` as quarantined."""
    end = content.find(b"\n", offset, offset + RAW_BYTES_MAX)
    raw = content[offset : end if end >= 0 else offset + RAW_BYTES_MAX]
    return Quarantined(f"line {line}", offset, reason, raw)


def separated(content: bytes, kinds: Mapping[str, str]) -> Records:
    r"""Return the records of a file whose first line names its columns.

    Parameters
    ----------
    content : bytes
        Comma-separated, UTF-8.
    kinds : mapping of str to str
        By column: ``text``, ``number`` or ``whole``, with ``?`` behind where it may be empty.
        Other columns are not read.

    Examples
    --------
    >>> found = separated(b"zone,price\nNORD,-1.5\nSUD,x\nSARD\n", {"price": "number"})
    >>> found.frame.rows()
    [(2, 11, -1.5)]
    >>> [(part.place, part.offset) for part in found.quarantined]
    [('line 3', 21), ('line 4', 27)]
    """
    asked = {name: "text" if kind.startswith("text") else "number" for name, kind in kinds.items()}
    found = csv.rows(content, asked)
    return checked(content, found.frame, kinds, found.quarantined)


def text_lines(content: bytes, encoding: str = "latin-1") -> pl.DataFrame:
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


def fixed_width(
    content: bytes, places: Mapping[str, tuple[int, int, str]], *, width: int
) -> Records:
    """Return the records of a Latin-1 file whose fields stand at fixed places.

    Parameters
    ----------
    content : bytes
        Records are lines of `width` characters.
    places : mapping of str to tuple
        By column: first character, the one behind it, and its kind as in `separated`.
    """
    frame = text_lines(content)
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


def checked(
    content: bytes,
    columns: pl.DataFrame,
    kinds: Mapping[str, str],
    quarantined: tuple[Quarantined, ...],
) -> Records:
    """Return `columns` as `kinds`; a line with a value that is not of its kind is set aside."""
    typed = columns.select("line", "offset")
    good = pl.repeat(value=True, n=columns.height, dtype=pl.Boolean, eager=True)
    refused = []
    for name, kind in kinds.items():
        given = columns[name]
        if given.dtype == pl.String:
            given = given.set(given == "", None)
        values = given
        if not kind.startswith("text"):
            values = given.cast(pl.Float64, strict=False)
            values = values.set(~values.is_finite(), None)
        if kind.startswith("whole"):
            whole = values.cast(pl.Int64, strict=False)
            values = whole.set(whole.cast(pl.Float64) != values, None)
        wrong = values.is_null() & given.is_not_null()
        if not kind.endswith("?"):
            wrong |= given.is_null()
        for row in (wrong & good).arg_true().to_list():
            found = given[row]
            reason = f"no {name}" if found is None else f"{name} {found!r} is no {kind.rstrip('?')}"
            refused.append(
                line_aside(content, columns["line"][row], columns["offset"][row], reason)
            )
        good &= ~wrong
        typed = typed.with_columns(values.alias(name))
    return Records(typed.filter(good), (*quarantined, *refused))
