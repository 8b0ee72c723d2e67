"""Hourly prices of a market that settles in shorter periods."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from wattbook.ingest import NANOS_PER_SECOND, Series

__all__ = ["hourly_mean", "spread"]

HOUR_NS = 3_600 * NANOS_PER_SECOND


def hourly_mean(series: Series, start: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean price of the hours that begin at `start`; NaN for an hour with a gap.

    Parameters
    ----------
    series : Series
        Prices of an hour or of a part of one.
    start : ndarray of int64, shape (n,)
        First instants of the hours, rising, ns UTC.
    """
    if not start.size:
        return np.empty(0)
    per_hour = 3_600 // series.interval_seconds
    place = np.searchsorted(start, series.delivery_start, side="right") - 1
    inside = (place >= 0) & (series.delivery_start < start[place] + HOUR_NS)
    count = np.bincount(place[inside], minlength=start.size)
    total = np.bincount(place[inside], weights=series.price[inside], minlength=start.size)
    return np.where(count == per_hour, total / np.maximum(count, 1), np.nan)


def spread(real_time: Series, day_ahead: Series) -> Series:
    """Return the hourly real-time price less the day-ahead price; hours without both are missing.

    Parameters
    ----------
    real_time : Series
        What settles delivery.
    day_ahead : Series
        Hourly, of the same place.
    """
    mean = hourly_mean(real_time, day_ahead.delivery_start)
    known = np.isfinite(mean)
    return dataclasses.replace(
        day_ahead,
        name=f"{real_time.name} less day-ahead",
        delivery_start=day_ahead.delivery_start[known],
        price=(mean - day_ahead.price)[known],
        covariates={},
    )
