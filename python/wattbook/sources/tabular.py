"""Columns to observations."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from wattbook.sources.payload import OBSERVATION_COLUMNS, Quarantined

__all__ = ["OBSERVATION_SCHEMA", "gathered", "observations", "set_aside"]

RAW_BYTES_MAX = 64 * 1024

OBSERVATION_SCHEMA: Mapping[str, pl.DataType] = {
    name: getattr(pl, kind)() for name, kind in OBSERVATION_COLUMNS.items()
}
"""Polars type by column of observations."""


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
    taken = []
    for name, kind in OBSERVATION_SCHEMA.items():
        values = columns.get(name)
        if values is None or isinstance(values, str | int | float):
            taken.append(pl.repeat(values, rows, dtype=kind, eager=True).alias(name))
        else:
            taken.append(pl.Series(name, values, dtype=kind))
    return pl.DataFrame(taken)


def gathered(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return all observations of `parts`, one after the other; none if there are none."""
    return pl.concat([observations({}, 0), *parts])


def set_aside(
    frame: pl.DataFrame, is_bad: pl.Series, reason: str, content: bytes, place: str = "line"
) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    r"""Return the sound rows of `frame`, and the others as quarantined parts of `content`.

    Parameters
    ----------
    frame : polars.DataFrame
        With the columns ``offset`` (first byte of each row, rising) and `place`.
    is_bad : polars.Series of Boolean
        One for each row; null counts as bad.
    reason : str
        What is wrong with them.
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
    found = zip(
        frame[place].filter(bad), frame["offset"].filter(bad), ends.filter(bad), strict=True
    )
    aside = tuple(
        Quarantined(
            f"{place} {number}",
            start,
            reason,
            content[start : min(end, start + RAW_BYTES_MAX)].rstrip(b", \t\r\n"),
        )
        for number, start, end in found
    )
    return frame.filter(~bad), aside
