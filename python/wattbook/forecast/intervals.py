"""Intervals that keep their promise while prices change their ways.

Each forecast error is divided by a local scale: how large errors of such hours were lately, and how
far the members of the ensemble lie apart today. Quantiles of past scaled errors, times the scale of
today, make the interval. The levels that are asked of them move by what was missed (adaptive
conformal inference; Gibbs and Candès, 2021), below and above apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError

__all__ = ["AdaptiveIntervals", "Intervals", "coverage", "historical_intervals", "winkler"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals of consecutive days.

    Parameters
    ----------
    level : float
        Share of prices that they are to hold.
    lower, upper : ndarray of float64, shape (n_days, n_periods)
        NaN before there is a record to make them of.
    """

    level: float
    lower: Floats
    upper: Floats


def coverage(real: Floats, made: Intervals) -> float:
    """Return the share of prices inside, where there is an interval and a price; NaN if nowhere."""
    seen = np.isfinite(made.lower) & np.isfinite(real)
    inside = (real >= made.lower) & (real <= made.upper)
    return float(inside[seen].mean()) if seen.any() else float("nan")


def winkler(real: Floats, made: Intervals) -> float:
    """Return the mean interval score (Winkler, 1972), in the unit of the prices; less is better.

    An interval costs its width, and what a price lies outside times 2 / (1 - level).

    Examples
    --------
    >>> made = Intervals(0.9, np.array([[0.0, 0.0]]), np.array([[10.0, 10.0]]))
    >>> round(winkler(np.array([[5.0, 11.0]]), made), 6)
    20.0
    """
    seen = np.isfinite(made.lower) & np.isfinite(real)
    y, low, high = real[seen], made.lower[seen], made.upper[seen]
    outside = np.maximum(low - y, 0.0) + np.maximum(y - high, 0.0)
    return float(np.mean(high - low + outside * 2.0 / (1.0 - made.level)))


def historical_intervals(real: Floats, point: Floats, level: float, days: int) -> Intervals:
    """Return plain intervals: quantiles of the errors of the last `days` days, hour by hour.

    The peer that adaptive intervals are held against; both have no interval for 28 days.
    """
    lower, upper = np.full_like(point, np.nan), np.full_like(point, np.nan)
    tail = (1.0 - level) / 2.0
    for day in range(WARM_UP_DAYS, real.shape[0]):
        errors = (real - point)[max(0, day - days) : day]
        low, high = np.nanquantile(errors, [tail, 1.0 - tail], axis=0)
        lower[day], upper[day] = point[day] + low, point[day] + high
    return Intervals(level, lower, upper)


WARM_UP_DAYS = 28
TAILS = (0.002, 0.45)
"""Bounds of the share that an adapted tail may hold."""


@dataclass(frozen=True, slots=True)
class AdaptiveIntervals:
    """How past errors become intervals.

    Parameters
    ----------
    level : float, optional
        Share of prices that they are to hold.
    memory_days : float, optional
        Days after which an error counts for half in the local scale.
    record_days : int, optional
        Days whose scaled errors give the quantiles.
    neighbours, record_neighbours : int, optional
        Hours on either side whose errors count in the scale and in the quantiles.
    rate : float, optional
        How far a tail moves for a day that it missed in whole.
    """

    level: float = 0.9
    memory_days: float = 20.0
    record_days: int = 365
    neighbours: int = 2
    record_neighbours: int = 1
    rate: float = 0.01

    def of(self, real: Floats, members: Floats) -> Intervals:
        """Return the intervals of all days, around the mean of the members.

        Parameters
        ----------
        real : ndarray of float64, shape (n_days, n_periods)
            Prices. Those of a day count from the next day on. A missing one (NaN) teaches nothing.
        members : ndarray of float64, shape (n_members, n_days, n_periods)
            Point forecasts, two or more.

        Raises
        ------
        ForecastError
            If shapes differ, a forecast is missing, or the level is no share.
        """
        if members.ndim != 3 or members.shape[0] < 2 or members.shape[1:] != real.shape:
            message = (
                f"members of shape {members.shape} do not face prices of shape {real.shape}; "
                "give two or more forecasts of each price"
            )
            raise ForecastError(message)
        if not np.isfinite(members).all():
            message = f"{int((~np.isfinite(members)).sum())} member forecasts are NaN; fill them"
            raise ForecastError(message)
        if not 0.0 < self.level < 1.0:
            message = f"level {self.level} is no share; give one between 0 and 1"
            raise ForecastError(message)
        point = members.mean(axis=0)
        scale = self.scales(real - point, members.std(axis=0))
        return self.adapted(real, point, scale)

    def scales(self, error: Floats, spread: Floats) -> Floats:
        """Return the local scale of each period, from earlier days alone; NaN on the first days."""
        days, periods = error.shape
        near = ring(periods, self.neighbours)
        size, heft = np.zeros(periods), np.zeros(periods)
        fade = 0.5 ** (1.0 / self.memory_days)
        scale = np.full_like(error, np.nan)
        for day in range(days):
            weight = heft @ near
            if day >= 7 and (weight > 0.0).all():
                usual = np.maximum(spread[max(0, day - 56) : day].mean(axis=0), 1e-6)
                apart = np.clip(spread[day] / usual, 0.3, 4.0)
                scale[day] = np.maximum(size @ near / weight, 1e-6) * np.sqrt(0.5 + 0.5 * apart)
            seen = np.isfinite(error[day])
            size = fade * size + np.where(seen, np.abs(error[day]), 0.0)
            heft = fade * heft + seen
        return scale

    def adapted(self, real: Floats, point: Floats, scale: Floats) -> Intervals:
        """Return intervals whose tails answer to what each day missed."""
        days, periods = real.shape
        scaled = (real - point) / scale
        near = ring(periods, self.record_neighbours) > 0.0
        lower, upper = np.full_like(point, np.nan), np.full_like(point, np.nan)
        tail = (1.0 - self.level) / 2.0
        below = above = tail
        for day in range(WARM_UP_DAYS, days):
            record = scaled[max(0, day - self.record_days) : day]
            if not np.isfinite(scale[day]).all() or not np.isfinite(record).any():
                continue
            levels = [float(np.clip(below, *TAILS)), 1.0 - float(np.clip(above, *TAILS))]
            for period in range(periods):
                pool = record[:, near[period]]
                pool = pool[np.isfinite(pool)]
                if pool.size:
                    ends = np.quantile(pool, levels) * scale[day, period]
                    lower[day, period], upper[day, period] = point[day, period] + ends
            seen = np.isfinite(real[day]) & np.isfinite(lower[day])
            if seen.any():
                below += self.rate * (tail - float((real[day] < lower[day])[seen].mean()))
                above += self.rate * (tail - float((real[day] > upper[day])[seen].mean()))
        return Intervals(self.level, lower, upper)


def ring(periods: int, neighbours: int) -> Floats:
    """Return which periods of a day are near each other, the last next to the first: 1 or 0."""
    apart = np.abs(np.arange(periods)[:, None] - np.arange(periods)[None, :])
    near: Floats = (np.minimum(apart, periods - apart) <= neighbours).astype(np.float64)
    return near
