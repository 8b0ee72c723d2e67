"""How sure a Sharpe ratio is, and how much of it the choice among many explains."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError

__all__ = [
    "DeflatedSharpe",
    "deflated_sharpe",
    "expected_best_sharpe",
    "overfit_probability",
    "probabilistic_sharpe",
    "sharpe",
]

Floats = NDArray[np.float64]
_NORMAL = NormalDist()
EULER = 0.5772156649015329
"""The constant of Euler and Mascheroni."""


@dataclass(frozen=True, slots=True)
class DeflatedSharpe:
    """A Sharpe ratio against the best that chance would have found.

    Parameters
    ----------
    sharpe : float
        Of the chosen set, per period.
    expected_best : float
        The best of as many sets without any skill is expected to have this.
    probability : float in [0, 1]
        That the true ratio is above `expected_best`.
    trials : int
        How many sets were tried.
    """

    sharpe: float
    expected_best: float
    probability: float
    trials: int


def column(values: ArrayLike, least: int) -> Floats:
    """Return finite values as one column of at least `least`."""
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or found.size < least or not np.isfinite(found).all():
        message = f"P&L has shape {found.shape}: give a column of {least} finite numbers or more"
        raise InputError(message)
    return found


def sharpe(pnl: ArrayLike) -> float:
    """Return mean over deviation of a P&L per period, not annualised; zero where nothing moved.

    Parameters
    ----------
    pnl : array_like of shape (n_periods,)
        In currency. Prices of energy cross zero, so there are no relative returns.

    Examples
    --------
    >>> round(sharpe([1.0, 3.0]), 12)
    1.414213562373
    """
    values = column(pnl, 2)
    mean, deviation = float(values.mean()), float(values.std(ddof=1))
    # The same amount every day has no deviation but that of its own rounding.
    return mean / deviation if deviation > 1e-12 * abs(mean) else 0.0


def probabilistic_sharpe(
    ratio: float, benchmark: float, periods: int, skewness: float, kurtosis: float
) -> float:
    """Return how likely the true Sharpe ratio is above `benchmark`.

    Parameters
    ----------
    ratio, benchmark : float
        Per period.
    periods : int
        How many the ratio was measured over; two or more.
    skewness, kurtosis : float
        Of the P&L; 0 and 3 for a normal one.

    References
    ----------
    Bailey and López de Prado (2012), The Sharpe ratio efficient frontier, Journal of Risk 15(2).
    """
    if periods < 2:
        message = f"periods is {periods}: give 2 or more"
        raise InputError(message)
    spread = 1.0 - skewness * ratio + (kurtosis - 1.0) / 4.0 * ratio * ratio
    score = (ratio - benchmark) * math.sqrt(periods - 1) / math.sqrt(max(spread, 1e-12))
    return _NORMAL.cdf(score)


def expected_best_sharpe(variance: float, trials: int) -> float:
    """Return the best ratio that `trials` sets without skill are expected to show.

    Parameters
    ----------
    variance : float
        Of the ratios of all sets that were tried.
    trials : int
        How many; dependent sets count as independent ones here, which deflates more.

    References
    ----------
    Bailey and López de Prado (2014), The deflated Sharpe ratio, Journal of Portfolio Management
    40(5), eq. (1).

    Examples
    --------
    The example of the paper: 100 trials, annual variance 1/2, 250 days a year.

    >>> round(expected_best_sharpe(0.5 / 250, 100), 4)
    0.1132
    """
    if trials < 1 or variance < 0:
        message = f"{trials} trials of variance {variance}: give 1 or more, and 0 or more"
        raise InputError(message)
    if trials == 1:
        return 0.0
    first = _NORMAL.inv_cdf(1.0 - 1.0 / trials)
    second = _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return math.sqrt(variance) * ((1.0 - EULER) * first + EULER * second)


def deflated_sharpe(pnl: ArrayLike, ratios: ArrayLike) -> DeflatedSharpe:
    """Return the Sharpe ratio of a chosen set, deflated by the choice.

    Parameters
    ----------
    pnl : array_like of shape (n_periods,)
        Of the chosen set, in currency.
    ratios : array_like of shape (n_trials,)
        Sharpe ratios per period of all sets that were tried, the chosen one among them.

    References
    ----------
    Bailey and López de Prado (2014), as in `expected_best_sharpe`, eq. (2).
    """
    values, tried = column(pnl, 2), column(ratios, 1)
    ratio = sharpe(values)
    deviation = float(values.std())
    # Divided before it is raised: small amounts to the fourth are zero.
    away = (values - values.mean()) / deviation if deviation > 0 else np.zeros_like(values)
    skewness = float((away**3).mean())
    kurtosis = float((away**4).mean()) if deviation > 0 else 3.0
    # Few trials: the variance of a sample, not of all that there is.
    variance = float(tried.var(ddof=1)) if tried.size > 1 else 0.0
    best = expected_best_sharpe(variance, tried.size)
    probability = probabilistic_sharpe(ratio, best, values.size, skewness, kurtosis)
    return DeflatedSharpe(ratio, best, probability, tried.size)


def overfit_probability(by_part: ArrayLike) -> float:
    """Return how often the best set of one half is below the median in the other.

    Parameters
    ----------
    by_part : array_like of shape (n_sets, n_parts)
        P&L of each set in equal stretches of time; an even number of parts, at most 16.

    References
    ----------
    Bailey, Borwein, López de Prado and Zhu (2017), The probability of backtest overfitting,
    Journal of Computational Finance 20(4): combinatorially symmetric cross-validation.

    Examples
    --------
    A set that is better in every part is no accident:

    >>> overfit_probability([[1, 2, 1, 2], [3, 4, 3, 4], [0, 1, 0, 1]])
    0.0
    """
    table = np.asarray(by_part, np.float64)
    if table.ndim != 2 or len(table) < 2 or table.shape[1] % 2 or not 2 <= table.shape[1] <= 16:
        message = f"P&L by part has shape {table.shape}: give 2 sets or more, 2 to 16 even parts"
        raise InputError(message)
    parts = table.shape[1]
    below = count = 0
    for chosen in combinations(range(parts), parts // 2):
        rest = [part for part in range(parts) if part not in chosen]
        best = int(np.argmax(table[:, list(chosen)].sum(axis=1)))
        outside = table[:, rest].sum(axis=1)
        others = np.delete(outside, best)
        rank = float((others < outside[best]).mean() + (others == outside[best]).mean() / 2)
        below += rank < 0.5
        count += 1
    return below / count
