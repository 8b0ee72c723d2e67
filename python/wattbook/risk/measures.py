"""Value at risk and expected shortfall of a P&L, and of positions whose moves are normal."""

import math
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.choice import chosen
from wattbook.errors import InputError
from wattbook.risk.checked import (
    above,
    finite_array,
    finite_figure,
    finite_figures,
    finite_number,
    numbers,
    overflow_refused,
    share,
)

__all__ = [
    "NormalRisk",
    "Quantile",
    "Shortfall",
    "Tail",
    "cornish_fisher_risk",
    "expected_shortfall",
    "normal_portfolio_risk",
    "normal_risk",
    "value_at_risk",
]

_NORMAL = NormalDist()


class Quantile(Enum):
    """Which quantile of a sample is meant (R. Hyndman and Y. Fan, 1996, by type)."""

    INVERTED_CDF = "inverted_cdf"
    """Type 1, an observation: the smallest whose share of the sample reaches the level."""
    HAZEN = "hazen"
    """Type 5: between observations, each at the middle of its share."""
    WEIBULL = "weibull"
    """Type 6: between observations, each at its expected share."""
    LINEAR = "linear"
    """Type 7: between observations, the first at 0 and the last at 1."""


class Shortfall(Enum):
    """Which mean of the worst outcomes is meant."""

    WORST_OBSERVATIONS = "worst_observations"
    """Mean of as many whole observations as the tail needs, rounded up."""
    EXACT_TAIL = "exact_tail"
    """Mean of exactly the tail's share, the last observation in part (C. Acerbi and D. Tasche,
    Journal of Banking & Finance 26, 2002)."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Losses that a confidence leaves, positive, in the unit of the P&L."""

    value_at_risk: float
    expected_shortfall: float


@dataclass(frozen=True, slots=True)
class NormalRisk:
    """Value at risk of positions together and alone, in the unit of the positions."""

    value_at_risk: float
    components: NDArray[np.float64]
    """Each position's share of it; they sum to it (Euler's allocation)."""
    undiversified: float
    """Sum of the values at risk of each alone."""


def value_at_risk(pnl: ArrayLike, confidence: float, quantile: Quantile) -> float:
    """Return the loss that is exceeded with probability ``1 - confidence``, positive.

    It is a quantile of the losses, not of the profits: where a share falls on an observation the
    two differ by one.

    Parameters
    ----------
    pnl : array, shape (n,)
        Profits and losses of the scenarios.
    confidence : float
        Such as 0.99.
    quantile : Quantile
        Which one; there is no default, because books differ by it.

    Raises
    ------
    InputError
        If the P&L is empty or has gaps, or the confidence is no share.

    Examples
    --------
    >>> value_at_risk([-5.0, 3.0, -2.0, 1.0], 0.75, Quantile.INVERTED_CDF)
    2.0
    """
    losses = np.sort(-finite_array("pnl", pnl))
    confidence = share("confidence", confidence)
    quantile = chosen(Quantile, quantile)
    if quantile is Quantile.INVERTED_CDF:
        # A product above a whole number by its last bit would move the quantile by one loss.
        return float(losses[math.ceil(round(confidence * losses.size, 9)) - 1]) + 0.0
    with overflow_refused():
        found = float(np.quantile(losses, confidence, method=quantile.value))
    return finite_figure("value at risk", found)


def expected_shortfall(pnl: ArrayLike, confidence: float, shortfall: Shortfall) -> float:
    """Return the mean loss of the worst ``1 - confidence`` of the scenarios, positive.

    Parameters
    ----------
    pnl, confidence
        As for `value_at_risk`.
    shortfall : Shortfall
        Which mean.

    Raises
    ------
    InputError
        If the P&L is empty or has gaps, or the confidence is no share.

    Examples
    --------
    >>> expected_shortfall([-5.0, 3.0, -2.0, 1.0], 0.625, Shortfall.EXACT_TAIL)
    4.0
    """
    shortfall = chosen(Shortfall, shortfall)
    column = np.sort(finite_array("pnl", pnl))
    tail = round((1.0 - share("confidence", confidence)) * column.size, 9)
    if not tail > 0.0:
        message = f"confidence {confidence} leaves no tail of {column.size} scenarios: give less"
        raise InputError(message)
    whole = math.floor(tail)
    if shortfall is Shortfall.WORST_OBSERVATIONS:
        worst, weight = column[: max(1, math.ceil(tail))], 0.0
        tail = float(worst.size)
    else:
        worst, weight = column[:whole], tail - whole
    with overflow_refused():
        found = float(np.sum(worst) + (weight * column[whole] if weight > 0.0 else 0.0)) / tail
    return finite_figure("expected shortfall", -found)


def normal_risk(mean: float, deviation: float, confidence: float) -> Tail:
    """Value at risk and expected shortfall of a normal P&L.

    ``VaR = z s - m`` and ``ES = s phi(z) / (1 - a) - m`` (A. McNeil, R. Frey and P. Embrechts,
    Quantitative Risk Management, 2015, section 2.3).

    Raises
    ------
    InputError
        If a number is not finite, the confidence is no share or the deviation is not above 0: what
        does not move is stale, and no risk of 0.

    Examples
    --------
    >>> tail = normal_risk(0.0, 1_000.0, 0.99)
    >>> round(tail.value_at_risk, 1), round(tail.expected_shortfall, 1)
    (2326.3, 2665.2)
    """
    mean = finite_number("mean", mean)
    deviation, confidence = above("deviation", deviation), share("confidence", confidence)
    quantile = _NORMAL.inv_cdf(confidence)
    shortfall = deviation * _NORMAL.pdf(quantile) / (1.0 - confidence) - mean
    return Tail(
        value_at_risk=finite_figure("value at risk", quantile * deviation - mean),
        expected_shortfall=finite_figure("expected shortfall", shortfall),
    )


def cornish_fisher_risk(
    mean: float, deviation: float, skew: float, excess_kurtosis: float, confidence: float
) -> float:
    """Value at risk by the Cornish-Fisher expansion with four moments, positive.

    E. Cornish and R. Fisher, Revue de l'Institut International de Statistique 5 (1938); the
    expansion is good for small skew and kurtosis only, where its quantile rises with confidence.

    Raises
    ------
    InputError
        If a number is not finite, the deviation is not above 0, the confidence is no share, or the
        expansion falls there, so that its quantile means nothing.
    """
    skew = finite_number("skew", skew)
    excess_kurtosis = finite_number("excess_kurtosis", excess_kurtosis)
    z = _NORMAL.inv_cdf(1.0 - share("confidence", confidence))
    rise = (
        1.0
        + z * skew / 3.0
        + (z * z - 1.0) * excess_kurtosis / 8.0
        - (6.0 * z * z - 5.0) * skew * skew / 36.0
    )
    if rise <= 0.0:
        message = (
            f"skew {skew} and excess kurtosis {excess_kurtosis} are too large for the expansion: "
            "its quantile falls as the confidence rises; use a historical measure"
        )
        raise InputError(message)
    adjusted = (
        z
        + (z * z - 1.0) * skew / 6.0
        + (z**3 - 3.0 * z) * excess_kurtosis / 24.0
        - (2.0 * z**3 - 5.0 * z) * skew * skew / 36.0
    )
    found = finite_number("mean", mean) + adjusted * above("deviation", deviation)
    return finite_figure("value at risk", -found)


def normal_portfolio_risk(
    positions: ArrayLike, covariance: ArrayLike, confidence: float, horizon_days: float = 1.0
) -> NormalRisk:
    """Value at risk of positions whose moves of a day are jointly normal with mean zero.

    Parameters
    ----------
    positions : array, shape (n,)
        Value of each, short below zero.
    covariance : array, shape (n, n)
        Of the moves of a day, as shares of the value; symmetric and positive semidefinite.
    confidence : float
        Such as 0.99.
    horizon_days : float, optional
        Scaled by its root.

    Raises
    ------
    InputError
        If a shape does not fit, the covariance is not symmetric and positive semidefinite, or what
        is held has no variance: it is stale, and no risk of 0.
    """
    column = finite_array("positions", positions)
    matrix = numbers("covariance", covariance)
    confidence, days = share("confidence", confidence), above("horizon_days", horizon_days)
    if matrix.shape != (column.size, column.size) or not np.isfinite(matrix).all():
        message = (
            f"covariance has shape {matrix.shape} or gaps: give {column.size} by {column.size}"
        )
        raise InputError(message)
    largest = float(np.max(np.abs(matrix), initial=0.0))
    if not np.allclose(matrix, matrix.T, rtol=0.0, atol=1e-12 * largest):
        message = "covariance is not symmetric: give the same for a pair in both orders"
        raise InputError(message)
    if float(np.linalg.eigvalsh(matrix)[0]) < -1e-12 * largest:
        message = "covariance is not positive semidefinite: repair it before it is used"
        raise InputError(message)
    still = np.flatnonzero((column != 0.0) & (np.diag(matrix) <= 0.0))
    if still.size:
        row = int(still[0])
        message = f"covariance, row {row}: a position is held of what has no variance: it is stale"
        raise InputError(message)
    factor = _NORMAL.inv_cdf(confidence) * math.sqrt(days)
    with overflow_refused():
        exposure = matrix @ column
        variance = finite_figure("variance", float(column @ exposure))
        deviation = math.sqrt(max(0.0, variance))
        components = (
            factor * column * exposure / deviation if deviation > 0.0 else np.zeros_like(column)
        )
        alone = factor * np.abs(column) * np.sqrt(np.maximum(np.diag(matrix), 0.0))
        return NormalRisk(
            finite_figure("value at risk", factor * deviation),
            finite_figures("component", components),
            finite_figure("undiversified", float(alone.sum())),
        )
