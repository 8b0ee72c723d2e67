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
UNKNOWN = -1
"""A name that is unknown or missing: the books refuse the row."""
NAMED_BEFORE = ("amend", "cancel")
PLACELESS = {
    "zone": NAMED_BEFORE,
    "contract": NAMED_BEFORE,
    "to_zone": (*NAMED_BEFORE, "submit"),
}
"""Columns with a place, and which actions need none of it."""


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
    action = rows[:, COLUMNS.index("action")]
    for name, free in PLACELESS.items():
        place = COLUMNS.index(name)
        if name not in frame.columns:
            rows[:, place] = UNKNOWN
        rows[np.isin(action, [ACTIONS.index(one) for one in free]), place] = 0
    return rows


def numbers(column: pl.Series, name: str, names: Sequence[str] | None) -> NDArray[np.int64]:
    """Return one column as numbers; a name that is unknown or missing is `UNKNOWN`."""
    if names is not None:
        known = dict(zip(names, range(len(names)), strict=True))
        text = column.cast(pl.String)
        found = text.replace_strict(known, default=UNKNOWN, return_dtype=pl.Int64)
        # Cancels have neither side nor lifetime; what has no name of an action is none.
        empty = 0 if name in {"side", "lifetime"} else UNKNOWN
        named = pl.select(pl.when(text.is_null()).then(empty).otherwise(found)).to_series()
        return np.asarray(named.to_numpy(), dtype=np.int64)
    if name in {"price", "volume", "display"}:
        scaled = (column.cast(pl.Float64) * 1e6).round().cast(pl.Int64)
        empty = 0 if name == "display" else NONE
        return np.asarray(scaled.fill_null(empty).to_numpy(), dtype=np.int64)
    if name == "ts" and column.dtype == pl.Datetime:
        column = column.dt.timestamp("ns")
    if name == "order":
        # Borders have no order; with a gap, NumPy would make floats of all numbers.
        return np.asarray(column.cast(pl.UInt64).fill_null(0).to_numpy().astype(np.int64))
    empty = 1 if name == "count" else 0
    return np.asarray(column.cast(pl.Int64).fill_null(empty).to_numpy(), dtype=np.int64)
