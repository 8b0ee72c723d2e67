"""Confidence from the record: how often forecasts of such a move had the direction right.

Forecasts made over a stretch that the model was not fitted on are ranked by the size of the move
that they forecast and cut into bins of equal count. A bin's confidence is the share of its
forecasts that named the direction, (right + 1) / (n + 2), so that few observations stay near one
half; a price that did not move counts as wrong. Bins are then merged until confidence does not fall
with the size of the move (pool adjacent violators), and read by interpolation between their
medians.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError

__all__ = ["Calibration", "calibrate"]

MINIMUM_RECORD = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising curve from the size of a forecast move to a confidence.

    Parameters
    ----------
    move : ndarray of float64, shape (n_bins,)
        Size of the forecast move in the middle of each bin, rising.
    confidence : ndarray of float64, shape (n_bins,)
        Share of right directions, not falling.
    observations : int
        Forecasts in the record.
    """

    move: NDArray[np.float64]
    confidence: NDArray[np.float64]
    observations: int

    def of(self, move: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the confidence of forecast moves; 0 for no move and for NaN."""
        size = np.abs(move)
        known = np.isfinite(size) & (size > 0.0)
        return np.where(known, np.interp(size, self.move, self.confidence), 0.0)


def not_falling(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the closest sequence to `values`, in weighted squares, that does not fall.

    Examples
    --------
    >>> not_falling(np.array([0.5, 0.7, 0.6, 0.9]), np.ones(4))
    array([0.5 , 0.65, 0.65, 0.9 ])
    """
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] >= pool[0]:
            mean, heft, count = pools.pop()
            total = heft + pool[1]
            pool = ((mean * heft + pool[0] * pool[1]) / total, total, count + pool[2])
        pools.append(pool)
    return np.repeat([mean for mean, _, _ in pools], [count for _, _, count in pools])


def calibrate(
    forecast_move: NDArray[np.float64], real_move: NDArray[np.float64], bins: int = 12
) -> Calibration:
    """Return the calibration that a record of forecasts earned.

    Parameters
    ----------
    forecast_move, real_move : ndarray of float64, shape (n,)
        Forecast minus last known price, and what then happened minus last known price, in one unit.
        Pairs with NaN and forecasts of no move are left out.
    bins : int, optional
        How many bins of equal count.

    Raises
    ------
    ForecastError
        If fewer than 50 pairs are left.

    Examples
    --------
    Large moves were always right, small ones half of the time:

    >>> size = np.linspace(0.01, 2.0, 400)
    >>> real = np.where((size > 1.0) | (np.arange(400) % 2 == 0), 1.0, -1.0)
    >>> made = calibrate(size, real, bins=4)
    >>> made.of(np.array([0.1, 1.9])).round(2)
    array([0.5 , 0.99])
    """
    usable = np.isfinite(forecast_move) & np.isfinite(real_move) & (forecast_move != 0.0)
    size = np.abs(forecast_move[usable])
    right = np.sign(forecast_move[usable]) == np.sign(real_move[usable])
    if size.size < MINIMUM_RECORD:
        message = (
            f"{size.size} past forecasts are too few to say how sure a new one is; "
            f"load history for at least {MINIMUM_RECORD}"
        )
        raise ForecastError(message)
    order = np.argsort(size, kind="stable")
    parts = np.array_split(order, min(bins, size.size // 25))
    counts = np.array([part.size for part in parts], dtype=np.float64)
    shares = np.array([(right[part].sum() + 1.0) / (part.size + 2.0) for part in parts])
    middles = np.array([np.median(size[part]) for part in parts])
    return Calibration(middles, not_falling(shares, counts), size.size)
