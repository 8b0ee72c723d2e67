"""Prices as they would have been in normal weather."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import CurveError

__all__ = ["WeatherNormal", "weather_normal"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

HEATING_BELOW_C = 15.0
COOLING_ABOVE_C = 22.0
NANOS_PER_DAY = 86_400_000_000_000
YEAR_DAYS = 365.2425


@dataclass(frozen=True, slots=True, eq=False)
class WeatherNormal:
    """A history without what unusual weather did to it.

    Parameters
    ----------
    price : ndarray of float64, shape (n,)
        Prices in normal weather; as they were where the temperature is not known.
    per_heating_degree, per_cooling_degree : float
        What one degree more of heating or cooling need added, price per °C.
    rows_without_weather : int
        Prices that were left as they were.
    """

    price: Floats
    per_heating_degree: float
    per_cooling_degree: float
    rows_without_weather: int


def turns(phase: Floats) -> Floats:
    """Return one, and cosine and sine of one and two turns, shape (n, 5)."""
    return np.column_stack(
        [np.ones(len(phase)), np.cos(phase), np.sin(phase), np.cos(2 * phase), np.sin(2 * phase)]
    )


def normal(need: Floats, at: Floats) -> Floats:
    """Return the usual need at each time: a smooth fit by day of the year and time of day."""
    year, day = turns(2 * np.pi * at / YEAR_DAYS), turns(2 * np.pi * at)
    columns = (year[:, :, None] * day[:, None, :]).reshape(len(at), -1)
    fitted: Floats = columns @ np.linalg.lstsq(columns, need, rcond=None)[0]
    return fitted


def weather_normal(delivery_start: Numbers, price: Floats, temperature_c: Floats) -> WeatherNormal:
    """Return prices in normal weather.

    Heating need is how far the temperature lies below 15 °C, cooling need how far above 22 °C;
    normal is their smooth course over year and day in the history itself. The effect of a degree
    is the least-squares slope of the price against both, within each month and hour, and what the
    distance from normal added is taken off.

    Parameters
    ----------
    delivery_start : ndarray of int64, shape (n,), ns UTC
        First instants.
    price, temperature_c : ndarray of float64, shape (n,)
        NaN where a temperature is missing; every price is finite.

    Raises
    ------
    CurveError
        If columns differ in length, a price is not finite, or less than a year of temperatures
        is there.
    """
    start = np.asarray(delivery_start, np.int64)
    price, temperature = np.asarray(price, np.float64), np.asarray(temperature_c, np.float64)
    if not start.shape == price.shape == temperature.shape:
        raise CurveError(
            f"{start.shape} starts, {price.shape} prices, {temperature.shape} temperatures; "
            "give one each"
        )
    if not np.isfinite(price).all():
        row = int(np.argmin(np.isfinite(price)))
        raise CurveError(f"price {row} is {price[row]}; leave rows without a price out")
    known = np.isfinite(temperature)
    at = start[known] / NANOS_PER_DAY
    days = float(np.ptp(at)) if len(at) else 0.0
    if days < YEAR_DAYS - 1.5:
        raise CurveError(f"{days:.0f} days of temperatures; what is normal takes a year or more")
    needs = [
        np.maximum(HEATING_BELOW_C - temperature[known], 0.0),
        np.maximum(temperature[known] - COOLING_ABOVE_C, 0.0),
    ]
    unusual = np.column_stack([need - normal(need, at) for need in needs])
    month = start[known].astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    cell = np.unique(month * 24 + (start[known] // 3_600_000_000_000) % 24, return_inverse=True)[1]
    columns = within(unusual, cell)
    slopes = np.linalg.lstsq(columns, within(price[known][:, None], cell)[:, 0], rcond=None)[0]
    made = price.copy()
    made[known] -= unusual @ slopes
    return WeatherNormal(made, float(slopes[0]), float(slopes[1]), int((~known).sum()))


def within(columns: Floats, cell: Numbers) -> Floats:
    """Return columns less their means within each cell."""
    count = np.bincount(cell)
    means = [np.bincount(cell, column) / count for column in columns.T]
    return columns - np.column_stack([mean[cell] for mean in means])
