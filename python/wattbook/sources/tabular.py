"""Frames that every reader shares: typed rows, observations, other tables, and what is set aside.

A reader says of each column what it is read as, by a *kind*: ``text``, ``number``, ``whole``
(int64), ``instant`` (a time with its offset: ns UTC), ``wall`` (one without: ns of its digits as if
they were UTC). A ``?`` behind it allows it to be empty; without one a row that lacks it is set
aside. `wattbook.sources.csv`, `json` and `xml` all keep to this.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from wattbook.sources.clock import instant, wall
from wattbook.sources.payload import (
    OBSERVATION_COLUMNS,
    RAW_BYTES_MAX,
    Parsed,
    Quarantined,
)

__all__ = [
    "OBSERVATION_SCHEMA",
    "Measure",
    "Rows",
    "base",
    "checked",
    "complete",
    "empty",
    "filled",
    "gathered",
    "measured",
    "observations",
    "schema",
    "set_aside",
    "table",
    "tables_only",
]


class Measure(NamedTuple):
    """A column that is observed: which dataset it is, of which item (or none), in which unit."""

    dataset: str
    item: str
    unit: str


class Rows(NamedTuple):
    """Typed columns, with the place and first byte (``offset``) of each row, and what is set aside.

    The place is ``line`` (from 1) of text and ``place`` (from 0) of everything else.
    """

    frame: pl.DataFrame
    quarantined: tuple[Quarantined, ...]


def schema(columns: Mapping[str, str]) -> dict[str, pl.DataType]:
    """Return Polars types by the names of them."""
    return {name: getattr(pl, kind)() for name, kind in columns.items()}


NOUNS = {
    "text": "text",
    "number": "number",
    "padded number": "number",
    "whole": "whole number",
    "instant": "time with its offset",
    "wall": "time without an offset",
}
"""What a value of a kind is, in a reason."""

OBSERVATION_SCHEMA: Mapping[str, pl.DataType] = schema(OBSERVATION_COLUMNS)
"""Polars type by column of observations."""


def table(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return `rows` with every column of `columns`; what a row does not have is null.

    Examples
    --------
    >>> table({"event": "String", "place": "Int64"}, [{"event": "e1"}]).rows()
    [('e1', None)]
    """
    listed = list(rows)
    types = schema(columns)
    return pl.DataFrame(
        [
            pl.Series(name, [row.get(name) for row in listed], dtype=kind)
            for name, kind in types.items()
        ]
    )


def observations(columns: Mapping[str, Sequence[Any] | Any], rows: int) -> pl.DataFrame:
    """Return `rows` observations with every column; one not given is null.

    Parameters
    ----------
    columns : mapping of str to sequence or scalar
        By name of `OBSERVATION_COLUMNS`; a scalar, text or none stands in every row.
    rows : int
        How many.

    Examples
    --------
    >>> found = observations({"dataset": "load", "value": [1.0, None], "unit": "MW"}, 2)
    >>> found.select("dataset", "value", "location").rows()
    [('load', 1.0, None), ('load', None, None)]
    """
    return filled(OBSERVATION_SCHEMA, columns, rows)


def measured(
    frame: pl.DataFrame, measures: Mapping[str, Measure], shared: Mapping[str, Sequence[Any] | Any]
) -> pl.DataFrame:
    """Return the columns of `frame` that `measures` names as observations, column by column.

    Parameters
    ----------
    frame : polars.DataFrame
        A row for each place and period.
    measures : mapping of str to Measure
        By column of `frame`.
    shared : mapping of str to sequence or scalar
        What the observations of a row have in common: location, period, place.

    Examples
    --------
    >>> rows = pl.DataFrame({"mw": [1.0, 2.0]})
    >>> found = measured(rows, {"mw": Measure("load", "", "MW")}, {"location": "GB"})
    >>> found.select("dataset", "location", "value").rows()
    [('load', 'GB', 1.0), ('load', 'GB', 2.0)]
    """
    return gathered(
        [
            observations(
                {
                    "dataset": measure.dataset,
                    "item": measure.item or None,
                    "unit": measure.unit,
                    **shared,
                    "value": frame[column],
                },
                frame.height,
            )
            for column, measure in measures.items()
        ]
    )


def filled(
    types: Mapping[str, pl.DataType], columns: Mapping[str, Sequence[Any] | Any], rows: int
) -> pl.DataFrame:
    """Return `rows` rows with every column of `types`, from `columns` or null."""
    taken = []
    for name, kind in types.items():
        values = columns.get(name)
        if values is None or isinstance(values, str | int | float):
            taken.append(pl.repeat(values, rows, dtype=kind, eager=True).alias(name))
        else:
            taken.append(pl.Series(name, values, dtype=kind))
    return pl.DataFrame(taken)


def empty() -> pl.DataFrame:
    """Return no observation."""
    return observations({}, 0)


def tables_only(tables: Mapping[str, pl.DataFrame], quarantined: Iterable[Quarantined]) -> Parsed:
    """Return what a payload without observations holds."""
    return Parsed(empty(), tables, tuple(quarantined))


def gathered(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return all observations of `parts`, one after the other; none if there are none."""
    return pl.concat([empty(), *parts])


def base(kind: str) -> str:
    """Return a kind without the mark that it may be empty."""
    return kind.removesuffix("?")


def checked(
    content: bytes,
    found: pl.DataFrame,
    kinds: Mapping[str, str],
    quarantined: Sequence[Quarantined] = (),
    place: str = "line",
) -> Rows:
    """Return the columns `kinds` of `found` as their kinds; a row with one that is not, set aside.

    Parameters
    ----------
    content : bytes
        What the offsets count in.
    found : polars.DataFrame
        With the columns ``offset`` and `place`; others are text, or typed already.
    kinds : mapping of str to str
        By column, its kind.
    quarantined : sequence of Quarantined
        What is set aside before.
    place : str, optional
        The column that numbers the rows, and its noun.
    """
    frame = found.with_columns(
        as_kind(found[name], base(kind)).alias(name) for name, kind in kinds.items()
    )
    reasons: dict[int, str] = {}
    for name, kind in kinds.items():
        given = found[name]
        if frame[name].null_count() == given.null_count():
            continue
        has_value = given.is_not_null()
        if given.dtype == pl.String:
            has_value &= given != ""
        for row in (has_value & frame[name].is_null()).arg_true().to_list():
            text = str(given[row])[:200]
            reasons.setdefault(row, f"{name} {text!r} is no {NOUNS[base(kind)]}")
    kept, refused = frame, tuple[Quarantined, ...]()
    if reasons:
        why = pl.Series([reasons.get(row) for row in range(frame.height)], dtype=pl.String)
        kept, refused = set_aside(frame, why.is_not_null(), why, content, place)
    told = (*quarantined, *refused)
    return complete(content, kept.select(place, "offset", *kinds), kinds, told, place)


def complete(
    content: bytes,
    found: pl.DataFrame,
    kinds: Mapping[str, str],
    quarantined: Sequence[Quarantined],
    place: str = "line",
) -> Rows:
    """Return the rows of `found` that have a value wherever their kind asks for one."""
    needed = [name for name, kind in kinds.items() if not kind.endswith("?")]
    lacking = [name for name in needed if found[name].null_count()]
    if not lacking:
        return Rows(found, tuple(quarantined))
    whens = (pl.when(pl.col(name).is_null()).then(pl.lit(f"no {name}")) for name in lacking)
    why = found.select(pl.coalesce(*whens).alias("why")).to_series()
    kept, refused = set_aside(found, why.is_not_null(), why, content, place)
    return Rows(kept, (*quarantined, *refused))


def as_kind(given: pl.Series, kind: str) -> pl.Series:
    """Return a column as its kind, null where it is not of it."""
    if kind == "text":
        return given.set(given == "", None) if given.dtype == pl.String else given.cast(pl.String)
    if given.dtype == pl.String and kind in {"instant", "wall"}:
        read = {text: time(text, kind) for text in given.drop_nulls().unique().to_list()}
        return given.replace_strict(read, default=None, return_dtype=pl.Int64)
    if kind in {"instant", "wall"}:
        return given
    if given.dtype == pl.String:
        given = given.str.strip_chars()
    values = given.cast(pl.Float64, strict=False)
    values = values.set(~values.is_finite(), None)
    if kind != "whole":
        return values
    whole = given if given.dtype == pl.Int64 else values.cast(pl.Int64, strict=False)
    return whole.set(whole.cast(pl.Float64) != values, None)


def time(text: str, kind: str) -> int | None:
    """Return a time of a text, or none if it is not of its kind."""
    try:
        if kind == "instant":
            return instant(text)
        shown = dt.datetime.fromisoformat(text.strip())
        return wall(shown) if shown.tzinfo is None else None
    except (ValueError, OverflowError):
        return None


def set_aside(
    frame: pl.DataFrame,
    is_bad: pl.Series,
    reason: str | pl.Series,
    content: bytes,
    place: str = "line",
) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    r"""Return the sound rows of `frame`, and the others as quarantined parts of `content`.

    Parameters
    ----------
    frame : polars.DataFrame
        With the columns ``offset`` (first byte of each row, rising) and `place`.
    is_bad : polars.Series of Boolean
        One for each row; null counts as bad.
    reason : str or polars.Series of str
        What is wrong with them, or with each.
    content : bytes
        What the offsets count in.
    place : str, optional
        The column that numbers the rows, and its noun.

    Examples
    --------
    >>> rows = pl.DataFrame({"line": [2, 3], "offset": [2, 4]})
    >>> kept, aside = set_aside(rows, pl.Series([False, True]), "no time", b"a\n1\n2\n")
    >>> kept["line"].to_list(), aside[0].place, aside[0].offset, aside[0].reason
    ([2], 'line 3', 4, 'no time')
    """
    bad = is_bad.fill_null(value=True)
    if not bad.any():
        return frame, ()
    ends = frame["offset"].shift(-1).fill_null(len(content))
    reasons = (
        reason
        if isinstance(reason, pl.Series)
        else pl.Series([reason] * frame.height, dtype=pl.String)
    )
    columns = (frame[place], frame["offset"], ends, reasons)
    found = []
    for number, start, end, why in zip(*(each.filter(bad) for each in columns), strict=True):
        raw = content[start : min(end, start + RAW_BYTES_MAX)]
        if place == "line":
            raw = raw.split(b"\n", 1)[0]
        found.append(Quarantined(f"{place} {number}", start, why, raw.rstrip(b", \t\r\n")))
    return frame.filter(~bad), tuple(found)
