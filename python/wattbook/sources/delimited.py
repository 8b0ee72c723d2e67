"""Text files with one record a line, to typed columns; bad lines are set aside with their bytes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from wattbook.sources.payload import Quarantined

__all__ = ["Lines", "Records", "fixed_width", "separated"]

RAW_BYTES_MAX = 64 * 1024


class Records(NamedTuple):
    """Typed columns, with ``line`` (from 1), and what was set aside."""

    frame: pl.DataFrame
    quarantined: tuple[Quarantined, ...]


class Lines:
    """The lines of a text file, and where they stand.

    Parameters
    ----------
    content : bytes
        As received; a byte order mark is no part of the first line.
    encoding : str, optional
        ``utf-8-sig`` or ``latin-1``.
    """

    def __init__(self, content: bytes, encoding: str = "utf-8-sig") -> None:
        self.content = content
        self.encoding = encoding
        self.quarantined: list[Quarantined] = []
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as fault:
            self.set_aside("payload", fault.start, "no UTF-8", content[fault.start :])
            text = ""
        self.texts = text.split("\n")
        self.offsets: list[int] | None = None

    def set_aside(self, place: str, offset: int, reason: str, raw: bytes) -> None:
        """Add a quarantined part."""
        self.quarantined.append(Quarantined(place, offset, reason, raw[:RAW_BYTES_MAX]))

    def refuse(self, line: int, reason: str) -> None:
        """Set a line aside, from 1."""
        if self.offsets is None:
            offset = 0
            self.offsets = []
            for text in self.content.split(b"\n"):
                self.offsets.append(offset)
                offset += len(text) + 1
        offset = self.offsets[line - 1]
        raw = self.content[offset : offset + RAW_BYTES_MAX].split(b"\n", 1)[0]
        self.set_aside(f"line {line}", offset, reason, raw)

    def frame(self) -> pl.DataFrame:
        """Return the lines that are not empty, with their numbers."""
        return (
            pl.DataFrame(
                {"line": pl.int_range(1, len(self.texts) + 1, eager=True), "text": self.texts},
                schema={"line": pl.Int64, "text": pl.String},
            )
            .select("line", pl.col("text").str.strip_chars_end("\r"))
            .filter(pl.col("text").str.len_chars() > 0)
        )

    def records(self, columns: pl.DataFrame, kinds: Mapping[str, str]) -> Records:
        """Return text `columns` as `kinds`: ``text``, ``number``, ``whole``; with ``?`` also null.

        A line with a value that is not of its kind is set aside.
        """
        typed = columns.select("line")
        good = pl.repeat(value=True, n=columns.height, dtype=pl.Boolean, eager=True)
        for name, kind in kinds.items():
            texts = columns[name].str.strip_chars()
            texts = texts.set(texts == "", None)
            values = texts
            if kind.startswith("number"):
                values = texts.cast(pl.Float64, strict=False)
                values = values.set(~values.is_finite(), None)
            elif kind.startswith("whole"):
                values = texts.cast(pl.Int64, strict=False)
            wrong = values.is_null() & texts.is_not_null()
            if not kind.endswith("?"):
                wrong |= texts.is_null()
            for row in (wrong & good).arg_true().to_list():
                found = texts[row]
                reason = f"{name} {found!r} is no {kind.rstrip('?')}" if found else f"no {name}"
                self.refuse(columns["line"][row], reason)
            good &= ~wrong
            typed = typed.with_columns(values.alias(name))
        return Records(typed.filter(good), tuple(self.quarantined))


def separated(
    content: bytes,
    kinds: Mapping[str, str],
    *,
    separator: str = ",",
    encoding: str = "utf-8-sig",
) -> Records:
    r"""Return the records of a file whose first line names its columns.

    Parameters
    ----------
    content : bytes
        Records are lines; fields may stand in double quotes, but not hold line ends.
    kinds : mapping of str to str
        By column: ``text``, ``number`` or ``whole``, with ``?`` behind where it may be empty.
        Other columns are not read.
    separator, encoding : str, optional
        Between fields; ``utf-8-sig`` or ``latin-1``.

    Examples
    --------
    >>> found = separated(b"zone,price\nNORD,-1.5\nSUD,x\nSARD\n", {"price": "number"})
    >>> found.frame.rows()
    [(2, -1.5)]
    >>> [(part.place, part.offset, part.reason) for part in found.quarantined]
    [('line 4', 27, '1 field, the first line names 2'), ('line 3', 21, "price 'x' is no number")]
    """
    lines = Lines(content, encoding)
    frame = lines.frame()
    if frame.height == 0:
        if not lines.quarantined:
            lines.set_aside("payload", 0, "the file is empty", content)
        return Records(empty(kinds), tuple(lines.quarantined))
    header = fields(frame["text"][0], separator)
    missing = [name for name in kinds if name not in header]
    if missing or len(set(header)) != len(header):
        reason = f"columns {', '.join(missing)} are not there" if missing else "a column twice"
        lines.refuse(frame["line"][0], reason)
        return Records(empty(kinds), tuple(lines.quarantined))
    parts = split(frame[1:], separator)
    counts = parts["parts"].list.len()
    wrong = counts != len(header)
    for row in wrong.arg_true().to_list():
        found = f"{counts[row]} field{'s' if counts[row] != 1 else ''}"
        lines.refuse(parts["line"][row], f"{found}, the first line names {len(header)}")
    parts = parts.filter(~wrong)
    columns = parts.select(
        "line",
        *(pl.col("parts").list.get(header.index(name)).alias(name) for name in kinds),
    )
    return lines.records(columns, kinds)


def fixed_width(
    content: bytes,
    places: Mapping[str, tuple[int, int, str]],
    *,
    width: int,
    encoding: str = "latin-1",
) -> Records:
    """Return the records of a file whose fields stand at fixed places.

    Parameters
    ----------
    content : bytes
        Records are lines of `width` characters.
    places : mapping of str to tuple
        By column: first character, the one behind it, and its kind as in `separated`.
    """
    lines = Lines(content, encoding)
    frame = lines.frame()
    wrong = frame["text"].str.len_chars() != width
    for row in wrong.arg_true().to_list():
        found = len(frame["text"][row])
        lines.refuse(frame["line"][row], f"{found} characters, a record has {width}")
    columns = frame.filter(~wrong).select(
        "line",
        *(
            pl.col("text").str.slice(start, end - start).alias(name)
            for name, (start, end, _) in places.items()
        ),
    )
    return lines.records(columns, {name: kind for name, (_, _, kind) in places.items()})


def empty(kinds: Mapping[str, str]) -> pl.DataFrame:
    """Return no rows of `kinds`."""
    types = {"number": pl.Float64, "whole": pl.Int64, "text": pl.String}
    schema = {name: types[kind.rstrip("?")] for name, kind in kinds.items()}
    return pl.DataFrame(schema={"line": pl.Int64, **schema})


def fields(line: str, separator: str) -> Sequence[str]:
    """Return the fields of one line."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def split(frame: pl.DataFrame, separator: str) -> pl.DataFrame:
    """Return the fields of each line as a list."""
    if frame["text"].str.contains('"', literal=True).any():
        parts = [fields(line, separator) for line in frame["text"]]
        column = pl.Series("parts", parts, dtype=pl.List(pl.String))
        return frame.select("line").with_columns(column)
    return frame.select("line", pl.col("text").str.split(separator).alias("parts"))
