"""What production earns in the market: capture price and rate, and how they fall with more of it.

The capture price is the mean price weighted by production; the capture rate is its share of the
base price, the mean by time. Hirth calls them market value and value factor.

References
----------
Hirth (2013), The market value of variable renewables, Energy Economics 38, 218-236.
Reichenberg, Ekholm and Boomsma (2023), Revenue and risk of variable renewable electricity
investment: the cannibalization effect under high market penetration, Energy 284, 128419.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts.periods import days_of, group_starts, months_of, period_column
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = [
    "Cannibalization",
    "Capture",
    "added_capacity",
    "cannibalization",
    "capture",
    "merit_order_slope",
    "monthly_capture",
]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Capture:
    """What production earns, in money a MWh.

    Parameters
    ----------
    base_price : float
        Mean price by time.
    capture_price : float
        Mean price by production; NaN where nothing is produced.
    capture_rate : float
        The second as a share of the first; NaN where the base price is not above zero, since a
        share of it would say nothing.
    """

    base_price: float
    capture_price: float
    capture_rate: float


def capture(price: Floats, production: Floats, hours: Floats) -> Capture:
    """Return base price, capture price and capture rate.

    Parameters
    ----------
    price, production, hours : ndarray of shape (n,), money a MWh, MWh and hours of each period

    Examples
    --------
    >>> capture(np.array([80.0, 40.0]), np.array([100.0, 400.0]), np.ones(2))
    Capture(base_price=60.0, capture_price=48.0, capture_rate=0.8)
    """
    base = float(price @ hours / hours.sum())
    total = float(production.sum())
    own = float(price @ production / total) if total > 0.0 else math.nan
    return Capture(base, own, own / base if base > 0.0 else math.nan)


def monthly_capture(grid: CurveGrid, price: Floats, production: Floats) -> pl.DataFrame:
    """Return a row a local month: hours, production, base price, capture price and capture rate.

    Raises
    ------
    InputError
        If a column does not fit the grid.
    """
    price = period_column(grid, "price", price)
    production = period_column(grid, "production", production)
    months = months_of(grid)
    edges = [*group_starts(months).tolist(), len(grid)]
    rows = []
    for begin, end in pairwise(edges):
        of = slice(begin, end)
        found = capture(price[of], production[of], grid.hours[of])
        rows.append(
            (
                months[begin].astype("datetime64[D]").item(),
                float(grid.hours[of].sum()),
                float(production[of].sum()),
                found.base_price,
                found.capture_price,
                found.capture_rate,
            )
        )
    schema = {
        "month": pl.Date,
        "hours": pl.Float64,
        "production_mwh": pl.Float64,
        "base_price": pl.Float64,
        "capture_price": pl.Float64,
        "capture_rate": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True, slots=True)
class Cannibalization:
    """A line of the capture rate over penetration, by ordinary least squares.

    Parameters
    ----------
    intercept, slope : float
        Rate without production, and its change as penetration goes from 0 to 1.
    slope_error : float
        Standard error of the slope.
    r_squared : float
        Share of the rate's variance that the line tells.
    """

    intercept: float
    slope: float
    slope_error: float
    r_squared: float

    def rate(self, penetration: float) -> float:
        """Return the capture rate at a penetration, which may lie beyond those observed."""
        return self.intercept + self.slope * penetration


def cannibalization(penetration: Floats, rate: Floats) -> Cannibalization:
    """Return the line of capture rates over penetrations: shares of production in demand.

    Parameters
    ----------
    penetration, rate : ndarray of shape (n,), share
        One each a month or year.

    Raises
    ------
    InputError
        If there are fewer than three, one is missing, or all penetrations are equal.

    Examples
    --------
    >>> found = cannibalization(np.array([0.1, 0.2, 0.3]), np.array([0.95, 0.90, 0.85]))
    >>> round(found.intercept, 9), round(found.slope, 9), round(found.rate(0.5), 9)
    (1.0, -0.5, 0.75)
    """
    across, up = np.asarray(penetration, np.float64), np.asarray(rate, np.float64)
    if across.shape != up.shape or across.ndim != 1 or len(across) < 3:
        raise InputError(
            f"{across.shape} penetrations and {up.shape} capture rates; give three or more of both"
        )
    if not (np.isfinite(across).all() and np.isfinite(up).all()):
        raise InputError("a penetration or capture rate is no number; leave such months out")
    apart = across - across.mean()
    spread = float(apart @ apart)
    if np.ptp(across) == 0.0:
        raise InputError(f"all penetrations are {across[0]}; give months that differ")
    slope = float(apart @ up / spread)
    intercept = float(up.mean() - slope * across.mean())
    left = up - intercept - slope * across
    unexplained, total = float(left @ left), float(((up - up.mean()) ** 2).sum())
    error = math.sqrt(unexplained / (len(up) - 2) / spread)
    return Cannibalization(intercept, slope, error, 1.0 - unexplained / total if total else 1.0)


def merit_order_slope(grid: CurveGrid, price: Floats, production: Floats) -> float:
    """Return how the price moves with a MW more of production, money a MWh and MW.

    Prices and powers are taken as differences from their day's mean, so that fuel prices, demand of
    the season and the like drop out; what moves within the day with the sun, such as demand at
    noon, does not, and is in the slope.

    Raises
    ------
    InputError
        If a column does not fit, or power never changes within a day.
    """
    price = period_column(grid, "price", price)
    power = period_column(grid, "production", production) / grid.hours
    first = group_starts(days_of(grid))
    counts = np.diff(np.append(first, len(grid)))

    def apart(values: Floats) -> Floats:
        mean = np.add.reduceat(values * grid.hours, first) / np.add.reduceat(grid.hours, first)
        return values - np.repeat(mean, counts)

    moved = apart(power)
    weight = float((moved * moved) @ grid.hours)
    if weight == 0.0:
        raise InputError("production does not change within any day; give one that does")
    return float((moved * apart(price)) @ grid.hours / weight)


def added_capacity(
    grid: CurveGrid, price: Floats, production: Floats, slope: float, factors: Floats
) -> pl.DataFrame:
    """Return capture at other capacities, prices moved by the merit-order slope.

    Parameters
    ----------
    grid : CurveGrid
    price, production : ndarray of shape (n,), money a MWh and MWh
        Of today's system; production is that of all plants of the kind.
    slope : float
        From `merit_order_slope`, or of one's own.
    factors : ndarray
        Capacities as multiples of today's.

    Returns
    -------
    polars.DataFrame
        ``factor``, ``base_price``, ``capture_price``, ``capture_rate``.
    """
    price = period_column(grid, "price", price)
    production = period_column(grid, "production", production)
    power = production / grid.hours
    rows = []
    for factor in np.asarray(factors, np.float64).tolist():
        found = capture(price + slope * (factor - 1.0) * power, production * factor, grid.hours)
        rows.append((factor, found.base_price, found.capture_price, found.capture_rate))
    schema = ["factor", "base_price", "capture_price", "capture_rate"]
    return pl.DataFrame(rows, schema=schema, orient="row")
