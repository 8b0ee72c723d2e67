"""What a contract asks of delivery periods: their day, month, clock hour and contract year."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import PLACES
from wattbook.domain.instants import local_time
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = [
    "clock_hours",
    "contract_years",
    "days_of",
    "delivery_columns",
    "discount_factors",
    "group_starts",
    "months_of",
    "period_column",
    "year_start",
]

Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.int64]
YEAR_DAYS = 365.0


def days_of(grid: CurveGrid) -> NDArray[np.datetime64]:
    """Return the delivery day of each period, datetime64[D]."""
    return np.repeat(grid.days, np.diff(grid.day_start))


def months_of(grid: CurveGrid) -> NDArray[np.datetime64]:
    """Return the local month of each period, datetime64[M]."""
    return days_of(grid).astype("datetime64[M]")


def clock_hours(grid: CurveGrid) -> Numbers:
    """Return the hour of each period by wall clock, from 0; a repeated hour has its number twice.

    Raises
    ------
    InputError
        If the grid has whole days.
    """
    if grid.minutes > 60:
        raise InputError(
            f"periods of {grid.place} are days, which have no hour; make the grid of hours or "
            "quarter-hours"
        )
    return grid.slot * grid.minutes // 60


def year_start(start: dt.date, years: int) -> dt.date:
    """Return the first day of the contract year that begins `years` after the first one does.

    A contract from 29 February has its anniversary on 1 March of other years.

    Examples
    --------
    >>> year_start(dt.date(2024, 2, 29), 1)
    datetime.date(2025, 3, 1)
    """
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return dt.date(start.year + years, 3, 1)


def contract_years(days: NDArray[np.datetime64], start: dt.date) -> Numbers:
    """Return how many contract years have passed before each day: 0 in the first one.

    Examples
    --------
    >>> contract_years(np.array(["2027-06-30", "2027-07-01"], "M8[D]"), dt.date(2026, 7, 1))
    array([0, 1])
    """
    own, place = np.unique(days, return_inverse=True)
    counts = []
    for day in own.tolist():
        years = day.year - start.year
        counts.append(years - (day < year_start(start, years)))
    return np.array(counts, np.int64)[place]


def group_starts(keys: NDArray[np.generic]) -> Numbers:
    """Return the index of the first period of each run of equal keys."""
    return np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))


def delivery_columns(grid: CurveGrid) -> dict[str, pl.Series]:
    """Return the columns ``delivery_start`` and ``delivery_end`` of a table by period, UTC."""
    return {
        name: pl.Series(at.astype("datetime64[ns]")).dt.replace_time_zone("UTC")
        for name, at in (("delivery_start", grid.start[:-1]), ("delivery_end", grid.start[1:]))
    }


def discount_factors(grid: CurveGrid, as_of: dt.date, rate: float) -> Floats:
    """Return what money of each period is worth on `as_of`, at a yearly rate on 365 days.

    Raises
    ------
    InputError
        If the rate is not above -1.

    Examples
    --------
    >>> from wattbook.market.curves import curve_grid
    >>> year = curve_grid("DE-LU", dt.date(2028, 1, 1), dt.date(2028, 1, 2), "day")
    >>> discount_factors(year, dt.date(2027, 1, 1), 0.05)
    array([0.95238095])
    """
    if not rate > -1.0:
        raise InputError(f"discount rate {rate}; give a share of one above -1, such as 0.05")
    elapsed = (days_of(grid) - np.datetime64(as_of, "D")).astype(np.float64)
    factors: Floats = (1.0 + rate) ** (-elapsed / YEAR_DAYS)
    return factors


def period_column(grid: CurveGrid, name: str, values: object) -> Floats:
    """Return one number a period, or rows of scenarios of them, as floats.

    Parameters
    ----------
    grid : CurveGrid
    name : str
        What they are, for the error.
    values : array_like of shape (n,) or (scenarios, n)

    Raises
    ------
    InputError
        If their count is not the grid's, or one is missing; names the first such period.
    """
    column = np.asarray(values, np.float64)
    if column.ndim not in (1, 2) or column.shape[-1] != len(grid):
        raise InputError(
            f"{name} has shape {column.shape}, but {grid.place} has {len(grid)} periods from "
            f"{grid.first} to before {grid.after}; give one value a period"
        )
    missing = ~np.isfinite(column)
    if missing.any():
        at = int(np.argwhere(missing)[0][-1])
        when = local_time(int(grid.start[at]), PLACES[grid.place].time_zone)
        raise InputError(
            f"{name} has no number in {int(missing.sum())} periods, the first at "
            f"{when.isoformat()}; fill them by an agreed rule before settling"
        )
    return column
