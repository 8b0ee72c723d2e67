"""Tables of intraday commands as rows of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from wattbook.errors import InputError
from wattbook.market.intraday.rows import ACTIONS, COLUMNS, LIFETIMES, NONE, SIDES, WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattbook.market.intraday.day import IntradayDay
    from wattbook.market.intraday.rows import ArrowTable

__all__ = ["command_rows"]

NEEDED = ("ts", "action", "order")


def command_rows(table: ArrowTable, day: IntradayDay) -> NDArray[np.int64]:
    """Return a table of commands, as `IntradayBooks.replay` takes it, as rows of numbers.

    Raises
    ------
    InputError
        If a column is missing or of another type.
    """
    frame = pl.DataFrame(table)
    missing = [name for name in NEEDED if name not in frame.columns]
    if missing:
        message = f"the table lacks {', '.join(missing)}; give a column for each of them"
        raise InputError(message)
    strange = [name for name in frame.columns if name not in COLUMNS]
    if strange:
        message = f"columns {', '.join(strange)} mean nothing here; use {', '.join(COLUMNS)}"
        raise InputError(message)
    names: dict[str, Sequence[str]] = {
        "action": ACTIONS,
        "zone": day.zones,
        "to_zone": day.zones,
        "contract": [each.name for each in day.contracts],
        "side": SIDES,
        "lifetime": LIFETIMES,
    }
    rows = np.zeros((len(frame), WIDTH), dtype=np.int64)
    for place, name in enumerate(COLUMNS):
        if name not in frame.columns:
            rows[:, place] = 1 if name == "count" else 0
            continue
        try:
            rows[:, place] = numbers(frame[name], name, names.get(name))
        except pl.exceptions.PolarsError as fault:
            message = f"column {name} is of type {frame[name].dtype}, which does not fit: {fault}"
            raise InputError(message) from fault
    return rows


def numbers(column: pl.Series, name: str, names: Sequence[str] | None) -> NDArray[np.int64]:
    """Return one column as numbers; a name that is unknown is -1."""
    if names is not None:
        known = dict(zip(names, range(len(names)), strict=True))
        text = column.cast(pl.String)
        found = text.replace_strict(known, default=-1, return_dtype=pl.Int64)
        # No name at all is not a wrong one: cancels have no zone.
        return np.asarray(found.fill_null(0).to_numpy(), dtype=np.int64)
    if name in {"price", "volume", "display"}:
        scaled = (column.cast(pl.Float64) * 1e6).round().cast(pl.Int64)
        empty = 0 if name == "display" else NONE
        return np.asarray(scaled.fill_null(empty).to_numpy(), dtype=np.int64)
    if name == "ts" and column.dtype == pl.Datetime:
        column = column.dt.timestamp("ns")
    if name == "order":
        return np.asarray(column.cast(pl.UInt64).to_numpy().astype(np.int64))
    empty = 1 if name == "count" else 0
    return np.asarray(column.cast(pl.Int64).fill_null(empty).to_numpy(), dtype=np.int64)
