"""How good point forecasts are: errors against the naive, and whether a difference is chance."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.known import Floats

__all__ = ["DieboldMariano", "diebold_mariano", "mae", "naive_mae", "rmae", "smape"]


def mae(real: Floats, made: Floats) -> float:
    """Return the mean absolute error of forecasts, in the unit of the prices.

    Examples
    --------
    >>> mae(np.array([[10.0, 20.0]]), np.array([[12.0, 19.0]]))
    1.5
    """
    return float(np.mean(np.abs(whole(real, made))))


def smape(real: Floats, made: Floats) -> float:
    """Return the symmetric mean absolute percentage error, per cent of half the sum of sizes."""
    size = (np.abs(real) + np.abs(made)) / 2
    share = np.divide(np.abs(whole(real, made)), size, out=np.zeros_like(size), where=size > 0)
    return float(100 * np.mean(share))


def naive_mae(real: Floats) -> float:
    """Return the error of the weekly naive inside the test itself, its first week left out.

    The denominator of rMAE in Lago et al. (2021). `real` has shape (n_days, 24).
    """
    return mae(real[7:], real[:-7])


def rmae(real: Floats, made: Floats) -> float:
    """Return the error relative to that of the weekly naive, as Lago et al. (2021) reckon it."""
    return mae(real, made) / naive_mae(real)


def whole(real: Floats, made: Floats) -> Floats:
    """Return errors; refuse forecasts that are missing.

    Raises
    ------
    ForecastError
        If shapes differ or a value is NaN: a score of the days that happen to be there flatters.
    """
    if real.shape != made.shape or not real.size:
        message = f"forecasts of shape {made.shape} do not face prices of shape {real.shape}"
        raise ForecastError(message)
    error = made - real
    if not np.isfinite(error).all():
        message = f"{int((~np.isfinite(error)).sum())} of {error.size} forecasts or prices are NaN"
        raise ForecastError(message)
    return error


@dataclass(frozen=True, slots=True)
class DieboldMariano:
    """A test of equal accuracy.

    Parameters
    ----------
    statistic : float
        Above zero: the second forecast is better.
    p_value : float
        Chance of such a statistic or a larger one if the second were no better; one-sided.
    """

    statistic: float
    p_value: float


def diebold_mariano(
    real: Floats, first: Floats, second: Floats, *, norm: int = 1
) -> DieboldMariano:
    """Return the multivariate test of Lago et al. (2021) that the days of `second` are better.

    Parameters
    ----------
    real, first, second : ndarray of float64, shape (n_days, 24)
        Prices and the two forecasts of them.
    norm : {1, 2}, optional
        A day's loss is the sum of absolute errors, or the root of the sum of squares.

    References
    ----------
    Ziel and Weron (2018), Day-ahead electricity price forecasting with high-dimensional structures.

    Examples
    --------
    >>> real = np.zeros((40, 24))
    >>> worse = 2.0 + np.sin(np.arange(960.0)).reshape(40, 24)
    >>> diebold_mariano(real, worse, worse / 2).p_value < 0.01
    True
    """
    losses = [
        np.linalg.norm(whole(real, made), ord=norm, axis=1) / (24.0 if norm == 1 else 1.0)
        for made in (first, second)
    ]
    difference = losses[0] - losses[1]
    spread = float(difference.std())
    if spread == 0.0:
        level = float(np.sign(difference.mean()))
        return DieboldMariano(level * np.inf if level else 0.0, 0.5 - level / 2)
    statistic = float(difference.mean()) / (spread / sqrt(difference.size))
    return DieboldMariano(statistic, erfc(statistic / sqrt(2)) / 2)
