"""Factors of spot and forward prices from prices of the past."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.spot import Factor, Jumps
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["CurveFit", "fit_curves", "fit_factor"]

Floats: TypeAlias = "NDArray[np.float64]"
SPEEDS = (1e-5, 3e-4, 1e-3, 2e-3, 4e-3, 8e-3, 1.5e-2, 3e-2, 6e-2, 0.12, 0.25)
"""Speeds a day from which the search of a fit begins: half-lives of years down to days."""
FINEST = 1.0005


@dataclass(frozen=True, eq=False)
class CurveFit:
    """Factors that move a curve as it moved in the past.

    Parameters
    ----------
    factors : tuple of Factor
        The fastest first.
    correlation : ndarray of shape (n_factors, n_factors)
    explained : float
        Share of the changes' covariance, squared and summed, that the factors give.
    """

    factors: tuple[Factor, ...]
    correlation: Floats
    explained: float


def fit_curves(changes: Floats, ages: Floats, *, count: int = 2) -> CurveFit:
    """Return the factors whose covariance by time to delivery is nearest to that of the past.

    A factor of speed k moves a price that is delivered in t days by ``exp(-k t)``. For given speeds
    the factors' covariance follows by least squares, and has no negative eigenvalue as that of the
    changes has none; the speeds are searched.

    Parameters
    ----------
    changes : ndarray of shape (days, contracts)
        Daily changes of the logarithm of forward prices, or of prices for a model of sums. Changes
        between two contracts, as where a generic series rolls, are to be left out.
    ages : ndarray of shape (contracts,)
        Mean days to delivery of each.
    count : int, optional
        Number of factors, at most that of the contracts.

    Raises
    ------
    InputError
        If there are fewer than 30 days, a change is no number, or shapes do not fit.

    References
    ----------
    Clewlow and Strickland (1999), A multi-factor model for energy derivatives.
    """
    changes, ages = np.asarray(changes, np.float64), np.asarray(ages, np.float64)
    if changes.ndim != 2 or len(changes) < 30 or changes.shape[1:] != ages.shape:
        raise InputError(
            f"changes of shape {changes.shape} for ages of shape {ages.shape}; give 30 days "
            "and an age a contract"
        )
    if not 1 <= count <= len(ages):
        raise InputError(f"{count} factors of {len(ages)} contracts; give one to {len(ages)}")
    if not np.isfinite(changes).all() or not (ages >= 0.0).all():
        raise InputError("a change is no number or an age is below zero; leave such days out")
    known = np.cov(changes, rowvar=False).reshape(len(ages), len(ages))
    starts = itertools.combinations(reversed(SPEEDS), count)
    speeds = min(starts, key=lambda some: misfit(known, ages, some)[0])
    error, covariance = misfit(known, ages, speeds)
    step = 1.5
    while step > FINEST:
        # Also along valleys, where one speed makes up for another.
        moves = itertools.product((1 / step, 1.0, step), repeat=count)
        tried = [tuple(np.multiply(speeds, move).tolist()) for move in moves]
        best = min(tried, key=lambda some: misfit(known, ages, some)[0])
        found, other = misfit(known, ages, best)
        if found < error:
            speeds, error, covariance = best, found, other
        else:
            step = step**0.5
    levels = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    correlation = covariance / np.outer(levels, levels)
    np.fill_diagonal(correlation, 1.0)
    factors = tuple(
        Factor(float(speed), float(level)) for speed, level in zip(speeds, levels, strict=True)
    )
    explained = 1.0 - error / max(float((known**2).sum()), 1e-300)
    return CurveFit(factors, np.asarray(correlation, np.float64), explained)


def misfit(known: Floats, ages: Floats, speeds: Sequence[float]) -> tuple[float, Floats]:
    """Return how far the covariance of such speeds is from the known one, and the factors' own."""
    loads = np.exp(-np.outer(ages, speeds))
    inverse = np.linalg.pinv(loads)
    covariance = inverse @ known @ inverse.T
    error = float(((loads @ covariance @ loads.T - known) ** 2).sum())
    return error, np.asarray(covariance, np.float64)


def fit_factor(
    spot: Floats, forward: Floats, *, shift: float = 0.0, jump_deviations: float = 4.0
) -> tuple[Factor, Jumps | None]:
    """Return the factor and jumps that spot prices of the past around their curve show.

    The logarithm of spot over forward is regressed on the day before. Residuals beyond
    `jump_deviations` robust deviations are jumps, and the rest is fitted again until none is left.

    Raises
    ------
    InputError
        If there are fewer than 30 days, or a price is at or below minus the shift.
    """
    spot, forward = np.asarray(spot, np.float64), np.asarray(forward, np.float64)
    if len(spot) != len(forward) or len(spot) < 30:
        raise InputError(
            f"{len(spot)} spot and {len(forward)} forward prices; give 30 days of both"
        )
    if not (np.minimum(spot, forward) + shift > 0).all():
        raise InputError(f"a price is at or below minus the shift of {shift}; give a larger shift")
    gap = np.log((spot + shift) / (forward + shift))
    before, after = gap[:-1] - gap.mean(), gap[1:] - gap.mean()
    is_usual = np.ones(len(before), bool)
    while True:
        share = float(before[is_usual] @ after[is_usual] / (before[is_usual] @ before[is_usual]))
        share = min(max(share, 1e-6), 1.0)
        left = after - share * before
        middle = float(np.median(left[is_usual]))
        deviation = 1.4826 * float(np.median(np.abs(left[is_usual] - middle)))
        still = is_usual & (np.abs(left - middle) <= jump_deviations * max(deviation, 1e-12))
        if still.sum() == is_usual.sum() or still.sum() < 20:
            break
        is_usual = still
    factor = Factor(-float(np.log(share)), float(left[is_usual].std(ddof=1)))
    sizes = left[~is_usual]
    if not len(sizes):
        return factor, None
    spread = float(sizes.std(ddof=1)) if len(sizes) > 1 else 0.0
    jumps = Jumps(len(sizes) / len(left), float(sizes.mean()), spread, factor.mean_reversion)
    return factor, jumps
