"""Spot and forward prices of several factors, with seasons, jumps and prices below zero.

The logarithm of a price and a shift is a sum of factors that return to zero at their own speeds,
and of jumps that fade. What the sum adds to the mean is taken off in closed form, day by day, so
that the mean of every spot is its forward price: the model is calibrated to any curve as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Factor", "Jumps", "PricePaths", "Season", "fit_factor", "simulate_prices"]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True)
class Factor:
    """A mean-reverting factor; with a speed of zero it wanders for good.

    Parameters
    ----------
    mean_reversion : float, a day
    volatility : float, a square root of a day
    """

    mean_reversion: float
    volatility: float


@dataclass(frozen=True)
class Season:
    """How much more all factors move at the peak of a year than in its mean, as a share.

    Parameters
    ----------
    amplitude : float from 0 to below 1
    peak_day : float
        Day from the beginning at which volatility is greatest.
    """

    amplitude: float
    peak_day: float = 0.0

    def scale(self, days: int) -> Floats:
        """Return the factor of volatility of each day."""
        angle = 2 * np.pi * (np.arange(days) - self.peak_day) / 365.25
        return 1.0 + self.amplitude * np.cos(angle)


@dataclass(frozen=True)
class Jumps:
    """Jumps of the logarithm, at most one a day.

    Parameters
    ----------
    chance : float, a day
    mean, deviation : float
        Of the size, which is normal; a mean below zero falls.
    mean_reversion : float, a day
        How fast a jump fades.
    """

    chance: float
    mean: float
    deviation: float
    mean_reversion: float

    def mean_factor(self, age: Floats) -> Floats:
        """Return the mean of the exponential of what is left of a day's jump after `age` days."""
        left = np.exp(-self.mean_reversion * age)
        grown = np.exp(left * self.mean + (left * self.deviation) ** 2 / 2)
        return 1.0 - self.chance + self.chance * grown


@dataclass(frozen=True, eq=False)
class PricePaths:
    """Simulated prices.

    Parameters
    ----------
    spot : ndarray of shape (paths, days), money a MWh
    forward : ndarray of shape (days,), money a MWh
        The curve at the beginning.
    factors : ndarray of shape (n_factors, paths, days)
    jumps : ndarray of shape (paths, days)
        What is left of all jumps.
    """

    spot: Floats
    forward: Floats
    factors: Floats
    jumps: Floats
    model: tuple[tuple[Factor, ...], Floats, Jumps | None, Season | None, float]

    def forward_curve(self, day: int) -> Floats:
        """Return the curve of each path as seen on `day`, of shape (paths, days from `day`).

        The mean of each curve over all paths is the curve at the beginning.
        """
        kinds, correlation, jumps, season, shift = self.model
        days = len(self.forward)
        ages = np.arange(days - day)
        seen = np.zeros((self.spot.shape[0], days - day))
        for number, kind in enumerate(kinds):
            decay = np.exp(-kind.mean_reversion * ages)
            seen += self.factors[number, :, day, None] * decay
        if jumps is not None:
            seen += self.jumps[:, day, None] * np.exp(-jumps.mean_reversion * ages)
        known = growth(kinds, correlation, jumps, season, days, until=day)[day:]
        return np.asarray((self.forward[day:] + shift) * np.exp(seen - known) - shift)


def growth(
    kinds: tuple[Factor, ...],
    correlation: Floats,
    jumps: Jumps | None,
    season: Season | None,
    days: int,
    until: int | None = None,
) -> Floats:
    """Return the logarithm of what shocks up to day `until` add to each day's mean."""
    scale = (season or Season(0.0)).scale(days)
    speeds = np.array([kind.mean_reversion for kind in kinds])
    levels = np.array([kind.volatility for kind in kinds])
    covariance = correlation * np.outer(levels, levels)
    total = np.zeros(days)
    for shock in range(1, days if until is None else until + 1):
        ages = np.arange(days - shock)
        decay = np.exp(-np.outer(ages, speeds))
        variance = np.einsum("ti,ij,tj->t", decay, covariance, decay)
        total[shock:] += scale[shock] ** 2 * variance / 2
        if jumps is not None:
            total[shock:] += np.log(jumps.mean_factor(ages))
    return total


def simulate_prices(
    forward: Floats,
    factors: tuple[Factor, ...],
    *,
    correlation: Floats | None = None,
    season: Season | None = None,
    jumps: Jumps | None = None,
    shift: float = 0.0,
    paths: int = 1_000,
    seed: int = 1,
) -> PricePaths:
    """Return paths of daily spot prices whose mean is the forward curve.

    Parameters
    ----------
    forward : ndarray of shape (days,), money a MWh
        The first is today's spot, which is known.
    factors : tuple of Factor
    correlation : ndarray of shape (n_factors, n_factors), optional
        Of the factors' shocks; none by default.
    season : Season, optional
    jumps : Jumps, optional
    shift : float, money a MWh, optional
        Prices may fall to minus this.
    paths, seed : int, optional

    Raises
    ------
    InputError
        If a parameter is out of range; names it.

    Examples
    --------
    >>> found = simulate_prices(np.full(3, 20.0), (Factor(0.1, 0.05),), paths=2, seed=1)
    >>> found.spot.shape, found.spot[:, 0]
    ((2, 3), array([20., 20.]))
    """
    forward = np.asarray(forward, np.float64)
    check(forward, factors, jumps, season, shift)
    days, count = len(forward), len(factors)
    matrix = np.eye(count) if correlation is None else np.asarray(correlation, np.float64)
    if matrix.shape != (count, count) or not np.allclose(matrix, matrix.T):
        raise InputError(
            f"correlation of shape {matrix.shape}; give a symmetric one of {count} factors"
        )
    try:
        root = np.linalg.cholesky(matrix + 1e-12 * np.eye(count))
    except np.linalg.LinAlgError as fault:
        raise InputError("correlation is not positive definite; give one that can be") from fault
    chance = np.random.default_rng(seed)
    scale = (season or Season(0.0)).scale(days)
    moved = np.zeros((count, paths, days))
    spikes = np.zeros((paths, days))
    for day in range(1, days):
        shocks = root @ chance.standard_normal((count, paths))
        for number, kind in enumerate(factors):
            kept = np.exp(-kind.mean_reversion) * moved[number, :, day - 1]
            moved[number, :, day] = kept + scale[day] * kind.volatility * shocks[number]
        if jumps is not None:
            is_jump = chance.random(paths) < jumps.chance
            size = chance.normal(jumps.mean, jumps.deviation, paths)
            kept = np.exp(-jumps.mean_reversion) * spikes[:, day - 1]
            spikes[:, day] = kept + is_jump * size
    added = growth(factors, matrix, jumps, season, days)
    spot = (forward + shift) * np.exp(moved.sum(axis=0) + spikes - added) - shift
    model = (tuple(factors), matrix, jumps, season, shift)
    return PricePaths(spot, forward, moved, spikes, model)


def check(
    forward: Floats,
    factors: tuple[Factor, ...],
    jumps: Jumps | None,
    season: Season | None,
    shift: float,
) -> None:
    """Refuse what no model can be made of."""
    if not len(forward) or not (forward + shift > 0).all():
        raise InputError(
            f"forward prices are not all above minus the shift of {shift}; give a larger shift"
        )
    for number, one in enumerate(factors):
        if not (one.mean_reversion >= 0.0 and one.volatility >= 0.0):
            raise InputError(f"factor {number} is {one}; give a speed and a volatility from zero")
    if jumps is not None and not (0.0 <= jumps.chance <= 1.0 and jumps.deviation >= 0.0):
        raise InputError(f"{jumps}; give a chance from 0 to 1 and a deviation from zero")
    if season is not None and not 0.0 <= season.amplitude < 1.0:
        raise InputError(f"{season}; give an amplitude from 0 to below 1")


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
