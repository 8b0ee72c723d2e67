"""Tables of prices and production, on the delivery periods of a contract."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import SourceError
from wattbook.market.curves import STEPS, CurveGrid
from wattbook.market.curves.past_prices import start_column, step_of

__all__ = ["on_grid", "read_table"]

Floats: TypeAlias = NDArray[np.float64]
NANOS_PER_MINUTE = 60_000_000_000
LONGEST_DAY = 25 * 60 * NANOS_PER_MINUTE


def read_table(file: Path) -> pl.DataFrame:
    """Return the table of a CSV or Parquet file.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    try:
        if file.suffix == ".parquet":
            return pl.read_parquet(file)
        return pl.read_csv(file, try_parse_dates=True)
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise SourceError(f"{file} cannot be read ({fault}); give a CSV or Parquet file") from fault


def refuse_endless(file: Path, table: pl.DataFrame, columns: Iterable[str]) -> None:
    """Refuse values that are no finite number; what is not known is left out.

    Raises
    ------
    SourceError
        Naming file, column and delivery start.
    """
    for name in columns:
        value = pl.col(f"value_{name}")
        odd = table.filter(value.is_not_null() & ~value.is_finite())
        if odd.height:
            when = np.datetime64(odd["delivery_start"][0], "ns").astype("datetime64[s]")
            found = odd[f"value_{name}"][0]
            raise SourceError(
                f"{file}: {name} of {when} UTC is {found}; give a number, or leave it empty where "
                "it is not known"
            )


def on_grid(grid: CurveGrid, file: Path, start: str, columns: dict[str, bool]) -> list[Floats]:
    """Return columns of a file on the periods of a grid; NaN where the file has none.

    A longer period of the file stands in each period of the grid that lies in it: a price as it is,
    an energy by its share of the time.

    Parameters
    ----------
    grid : CurveGrid
    file : Path
    start : str
        Column of the delivery starts, UTC.
    columns : dict of str to bool
        Names, and whether each is an energy.

    Raises
    ------
    SourceError
        If the file lacks a column, a start stands twice, its periods are shorter than asked, or a
        value is neither a finite number nor left out.
    """
    table = read_table(file)
    lacking = [name for name in (start, *columns) if name not in table.columns]
    if lacking:
        raise SourceError(
            f"{file} has the columns {', '.join(table.columns)}, not {', '.join(lacking)}; name "
            "its own in the section that names the file, or rename them"
        )
    try:
        chosen = table.select(
            start_column(table, start),
            *(pl.col(name).cast(pl.Float64).alias(f"value_{name}") for name in columns),
        ).sort("delivery_start")
    except pl.exceptions.PolarsError as fault:
        raise SourceError(
            f"{file}: {start} and {', '.join(columns)} are no times and numbers "
            f"({str(fault).splitlines()[0]})"
        ) from fault
    begins = chosen["delivery_start"].to_numpy()
    if chosen["delivery_start"].null_count() or not len(begins):
        raise SourceError(f"{file}: a row has no {start}; give each row its delivery start")
    twice = np.flatnonzero(np.diff(begins) == 0)
    if len(twice):
        when = begins[twice[0]].astype("datetime64[ns]").astype("datetime64[s]")
        raise SourceError(f"{file}: {when} UTC stands twice; keep the row that counts")
    refuse_endless(file, chosen, columns)
    step = step_of(file, begins)
    length = STEPS[step] * NANOS_PER_MINUTE
    if length < grid.minutes * NANOS_PER_MINUTE:
        raise SourceError(
            f"{file} has a row a {step}, the contract has one a {grid.step}; settle it by {step}"
        )
    place = np.searchsorted(begins, grid.start[:-1], side="right") - 1
    # A day may have 23 or 25 hours: it ends where the next one begins.
    ends = np.append(begins[1:], begins[-1] + length)
    longest = LONGEST_DAY if step == "day" else length
    # Where more is missing, the file has a gap and not a longer period.
    ends = np.where(ends - begins > longest, begins + length, ends)
    is_told = (place >= 0) & (grid.start[1:] <= ends[place])
    share = np.diff(grid.start) / (ends - begins)[place]
    made = []
    for name, is_energy in columns.items():
        values = chosen[f"value_{name}"].fill_null(np.nan).to_numpy()[place]
        made.append(np.where(is_told, values * (share if is_energy else 1.0), np.nan))
    return made
