"""Intervals around recorded point forecasts, judged year by year against plain ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import ForecastError
from wattbook.forecast.intervals import (
    AdaptiveIntervals,
    Intervals,
    coverage,
    historical_intervals,
    winkler,
)

__all__ = ["YearOfIntervals", "interval_years"]

HISTORICAL_DAYS = 182


@dataclass(frozen=True, slots=True)
class YearOfIntervals:
    """How intervals did in a year.

    Parameters
    ----------
    year, days : int
        Days of the year that had an interval.
    coverage, winkler, width : float
        Of the adaptive intervals: share inside, mean score, mean width in the price's unit.
    plain_coverage, plain_winkler, plain_width : float
        Of the plain ones: quantiles of the errors of the last 182 days, hour by hour.
    """

    year: int
    days: int
    coverage: float
    winkler: float
    width: float
    plain_coverage: float
    plain_winkler: float
    plain_width: float


def interval_years(path: Path, level: float) -> list[YearOfIntervals]:
    """Return how intervals around the forecasts of a file did in each of its years.

    Parameters
    ----------
    path : Path
        Parquet with ``ts_local`` (24 hours a day), ``price``, and two or more point forecasts.
    level : float
        Share of prices that intervals are to hold.

    Raises
    ------
    ForecastError
        If the file is missing or is not such a table.
    """
    if not path.is_file():
        message = f"{path} does not exist; give a file with ts_local, price and point forecasts"
        raise ForecastError(message)
    frame = pl.read_parquet(path)
    if frame.columns[:2] != ["ts_local", "price"] or frame.width < 4 or frame.height % 24:
        message = f"{path} is no table of ts_local, price and two forecasts for 24 hours a day"
        raise ForecastError(message)
    columns = (frame[name].cast(pl.Float64).fill_null(np.nan) for name in frame.columns[1:])
    values = [column.to_numpy() for column in columns]
    real, *members = (value.reshape(-1, 24) for value in values)
    stack = np.stack(members)
    adaptive = AdaptiveIntervals(level).of(real, stack)
    plain = historical_intervals(real, stack.mean(axis=0), level, HISTORICAL_DAYS)
    start: list[dt.datetime] = frame["ts_local"].to_list()
    years = np.array([each.year for each in start[::24]])
    found = []
    for year in sorted(set(years.tolist())):
        rows = (years == year) & np.isfinite(adaptive.lower).all(axis=1)
        if rows.any():
            found.append(judged(year, real[rows], cut(adaptive, rows), cut(plain, rows)))
    return found


def cut(made: Intervals, rows: NDArray[np.bool_]) -> Intervals:
    """Return the intervals of some days."""
    return Intervals(made.level, made.lower[rows], made.upper[rows])


def judged(
    year: int, real: NDArray[np.float64], made: Intervals, plain: Intervals
) -> YearOfIntervals:
    """Return how both kinds of intervals did on the same days."""
    return YearOfIntervals(
        year,
        real.shape[0],
        coverage(real, made),
        winkler(real, made),
        float(np.mean(made.upper - made.lower)),
        coverage(real, plain),
        winkler(real, plain),
        float(np.mean(plain.upper - plain.lower)),
    )
