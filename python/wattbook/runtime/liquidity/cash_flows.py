"""Scenarios of cash flows in a file: what each source brings in each period."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.runtime.contract.data import read_table

__all__ = ["CashFlows", "read_cash_flows"]

AMOUNT_MAX = 1e15
"""Beyond it no cash flow goes, and sums of floats lose cents."""
NEEDED = ("source", "scenario", "period", "amount")


@dataclass(frozen=True, eq=False)
class CashFlows:
    """Cash flows.

    Parameters
    ----------
    sources, periods : tuple of str
    flows : ndarray of shape (n_sources, n_scenarios, n_periods), money
    """

    sources: tuple[str, ...]
    periods: tuple[str, ...]
    flows: NDArray[np.float64]


def read_cash_flows(path: Path) -> CashFlows:
    """Return the scenarios of a file.

    Parameters
    ----------
    path : Path
        CSV or Parquet with ``source``, ``scenario``, ``period`` (its order is that of its text)
        and ``amount``, one row for each of all combinations.

    Raises
    ------
    InputError
        If a column, a row or a number is missing, or a row stands twice; names it.
    """
    table = read_table(path)
    if lacking := [name for name in NEEDED if name not in table.columns]:
        raise InputError(f"{path} lacks the column {lacking[0]}; give {', '.join(NEEDED)}")
    try:
        rows = table.select(
            *(pl.col(name).cast(pl.String) for name in NEEDED[:3]),
            pl.col("amount").cast(pl.Float64),
        ).with_row_index("row", offset=2)
    except pl.exceptions.PolarsError as fault:
        raise InputError(f"{path}: {str(fault).splitlines()[0]}; give numbers") from fault
    bad = rows.filter(
        pl.any_horizontal(pl.col(*NEEDED).is_null())
        | ~pl.col("amount").is_between(-AMOUNT_MAX, AMOUNT_MAX)
    )
    if bad.height:
        raise InputError(
            f"{path}, row {bad['row'][0]}: a value is missing, no number or beyond "
            f"{AMOUNT_MAX:g}; give it"
        )
    twice = rows.filter(pl.struct(*NEEDED[:3]).is_duplicated())
    if twice.height:
        raise InputError(f"{path}, row {twice['row'][0]} stands twice; keep the row that counts")
    sources, scenarios, periods = (rows[name].unique().sort() for name in NEEDED[:3])
    if rows.height != len(sources) * len(scenarios) * len(periods):
        counts = rows.group_by("source", "scenario").len().filter(pl.col("len") < len(periods))
        where = counts.sort("source", "scenario").select("source", "scenario").rows()
        named = f"source {where[0][0]}, scenario {where[0][1]}" if where else "a source"
        raise InputError(
            f"{path}: {named} lacks a period; give one row for each source, scenario and period"
        )
    amounts = rows.sort("source", "scenario", "period")["amount"].to_numpy()
    shape = (len(sources), len(scenarios), len(periods))
    return CashFlows(tuple(sources), tuple(periods), amounts.reshape(shape))
