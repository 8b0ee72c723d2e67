"""Intervals that answer to every miss: quantiles of trees, stretched by what lately fell outside.

Conformalized quantile regression (Romano, Patterson and Candès, 2019) with levels that adapt
(Gibbs and Candès, 2021), for lower and upper ends apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError

__all__ = ["OnlineInterval"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OnlineInterval:
    """How ends move.

    Parameters
    ----------
    level : float, optional
        Share of prices that intervals are to hold.
    rate : float, optional
        How far, in scales, an end moves out for a miss; for a hit it moves in by the share of
        misses that is wanted.
    """

    level: float = 0.95
    rate: float = 0.02

    def of(
        self, real: Floats, lower: Floats, upper: Floats, scale: Floats
    ) -> tuple[Floats, Floats]:
        """Return the ends of all intervals, each from what fell outside before it.

        Parameters
        ----------
        real, lower, upper : ndarray of float64, shape (n,)
            Prices, and the ends that a model says. A missing price (NaN) teaches nothing.
        scale : ndarray of float64, shape (n,)
            By what ends move, above zero: the recent size of moves.

        Raises
        ------
        ForecastError
            If shapes differ or a scale is not above zero.
        """
        if not (real.shape == lower.shape == upper.shape == scale.shape and real.ndim == 1):
            message = "give one price, two ends and one scale for each interval"
            raise ForecastError(message)
        if not (scale > 0.0).all():
            message = f"scale {float(scale.min())} is not above zero; give the size of moves"
            raise ForecastError(message)
        tail = (1.0 - self.level) / 2.0
        low, high = np.empty_like(lower), np.empty_like(upper)
        below = above = 0.0
        rows = zip(real.tolist(), lower.tolist(), upper.tolist(), scale.tolist(), strict=True)
        for place, (price, down, up, size) in enumerate(rows):
            low[place] = down - below * size
            high[place] = up + above * size
            if price == price:  # noqa: PLR0124 - NaN is not itself; this loop is hot
                below += self.rate * (float(price < low[place]) - tail)
                above += self.rate * (float(price > high[place]) - tail)
        return np.minimum(low, high), np.maximum(low, high)
