"""Spot and forward prices of several factors, with seasons, jumps and prices below zero.

The logarithm of a price and a shift, or the price itself, is a sum of factors that return to zero
at their own speeds, and of jumps that fade. What the sum adds to the mean is taken off in closed
form, day by day, so that the mean of every spot is its forward price: the model is calibrated to
any curve as it stands. One factor is Schwartz (1997), two are Schwartz and Smith (2000), several
move the whole curve as Clewlow and Strickland (1999) have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook._core import SpotModel as CoreModel
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "Factor",
    "Jumps",
    "PricePaths",
    "Season",
    "SpotModel",
    "joint_correlation",
    "simulate_markets",
    "simulate_prices",
]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True)
class Factor:
    """A mean-reverting factor; with a speed of zero it wanders for good.

    Parameters
    ----------
    mean_reversion : float, a day
    volatility : float, a square root of a day
        Of the logarithm, or money a MWh where prices are sums.
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
        return np.asarray(1.0 + self.amplitude * np.cos(angle), np.float64)


@dataclass(frozen=True)
class Jumps:
    """Jumps of the logarithm, or of the price where prices are sums; at most one a day.

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
class SpotModel:
    """A daily spot price around its forward curve.

    Parameters
    ----------
    forward : ndarray of shape (days,), money a MWh
        The mean of each day's spot; the first is today's, which is known.
    factors : tuple of Factor
    correlation : ndarray of shape (n_factors, n_factors), optional
        Of the factors' shocks; none by default.
    season : Season, optional
    jumps : Jumps, optional
    shift : float or None, money a MWh, optional
        Prices may fall to minus this. With None factors move the price itself, not its logarithm,
        and it may fall to anything.

    Raises
    ------
    InputError
        If a parameter is out of range; names it.
    """

    forward: Floats
    factors: tuple[Factor, ...]
    correlation: Floats | None = None
    season: Season | None = None
    jumps: Jumps | None = None
    shift: float | None = 0.0

    def __post_init__(self) -> None:
        forward = np.asarray(self.forward, np.float64)
        if forward.ndim != 1 or not len(forward) or not np.isfinite(forward).all():
            raise InputError(f"forward prices are {forward}; give one number a day")
        if self.shift is not None and not (forward + self.shift > 0).all():
            raise InputError(
                f"forward prices are not all above minus the shift of {self.shift}; "
                "give a larger shift, or in Python None for prices that are sums"
            )
        for number, one in enumerate(self.factors):
            if not (one.mean_reversion >= 0.0 and one.volatility >= 0.0):
                raise InputError(
                    f"factor {number} is {one}; give a speed and a volatility from zero"
                )
        jumps, season = self.jumps, self.season
        if jumps is not None and not (0.0 <= jumps.chance <= 1.0 and jumps.deviation >= 0.0):
            raise InputError(f"{jumps}; give a chance from 0 to 1 and a deviation from zero")
        if season is not None and not 0.0 <= season.amplitude < 1.0:
            raise InputError(f"{season}; give an amplitude from 0 to below 1")
        count = len(self.factors)
        matrix = self.correlations()
        if matrix.shape != (count, count) or not np.allclose(matrix, matrix.T):
            raise InputError(
                f"correlation of shape {matrix.shape}; give a symmetric one of {count} factors"
            )
        if count and np.linalg.eigvalsh(matrix).min() < -1e-9:
            raise InputError("correlation has a negative eigenvalue; give one without")

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.forward)

    def correlations(self) -> Floats:
        """Return the correlation of the factors' shocks."""
        if self.correlation is None:
            return np.eye(len(self.factors))
        return np.asarray(self.correlation, np.float64)

    def scales(self) -> Floats:
        """Return the factor of volatility of each day."""
        return (self.season or Season(0.0)).scale(self.days)

    def growth(self, until: int | None = None) -> Floats:
        """Return what shocks up to day `until` add to each day's mean: its logarithm, or money."""
        scale = self.scales()
        speeds = np.array([one.mean_reversion for one in self.factors])
        levels = np.array([one.volatility for one in self.factors])
        covariance = self.correlations() * np.outer(levels, levels)
        total = np.zeros(self.days)
        for shock in range(1, self.days if until is None else until + 1):
            ages = np.arange(self.days - shock, dtype=np.float64)
            if self.shift is not None:
                decay = np.exp(-np.outer(ages, speeds))
                variance = np.einsum("ti,ij,tj->t", decay, covariance, decay)
                total[shock:] += scale[shock] ** 2 * variance / 2
            if self.jumps is not None and self.shift is not None:
                total[shock:] += np.log(self.jumps.mean_factor(ages))
            elif self.jumps is not None:
                left = np.exp(-self.jumps.mean_reversion * ages)
                total[shock:] += self.jumps.chance * self.jumps.mean * left
        return total

    def price(self, forward: Floats, moved: Floats) -> Floats:
        """Return prices of which the mean is `forward`, moved by factors less their growth."""
        if self.shift is None:
            return np.asarray(forward + moved, np.float64)
        return np.asarray((forward + self.shift) * np.exp(moved) - self.shift, np.float64)

    def core(self) -> CoreModel:
        """Return the model as the compiled module knows it.

        Raises
        ------
        InputError
            If there are jumps, or more than four factors.
        """
        if self.jumps is not None:
            raise InputError(
                f"{self.jumps}: a storage is valued without jumps; leave them out, or widen the "
                "volatility by theirs"
            )
        return CoreModel(
            forward=np.ascontiguousarray(self.forward, np.float64),
            factors=[(one.mean_reversion, one.volatility) for one in self.factors],
            correlation=self.correlations().ravel().tolist(),
            scales=np.zeros(0) if self.season is None else self.scales(),
            shift=self.shift,
        )


@dataclass(frozen=True, eq=False)
class PricePaths:
    """Simulated prices.

    Parameters
    ----------
    model : SpotModel
    spot : ndarray of shape (paths, days), money a MWh
    factors : ndarray of shape (n_factors, paths, days)
    jumps : ndarray of shape (paths, days)
        What is left of all jumps.
    """

    model: SpotModel
    spot: Floats
    factors: Floats
    jumps: Floats

    def forward_curve(self, day: int) -> Floats:
        """Return the curve of each path as seen on `day`, of shape (paths, days from `day`).

        The mean of each curve over all paths is the curve at the beginning.
        """
        model = self.model
        ages = np.arange(model.days - day)
        seen = np.zeros((self.spot.shape[0], model.days - day))
        for number, kind in enumerate(model.factors):
            decay = np.exp(-kind.mean_reversion * ages)
            seen += self.factors[number, :, day, None] * decay
        if model.jumps is not None:
            seen += self.jumps[:, day, None] * np.exp(-model.jumps.mean_reversion * ages)
        known = model.growth(until=day)[day:]
        return model.price(np.asarray(model.forward, np.float64)[day:], seen - known)


def simulate_prices(model: SpotModel, *, paths: int = 1_000, seed: int = 1) -> PricePaths:
    """Return paths of daily spot prices whose mean is the forward curve.

    Examples
    --------
    >>> model = SpotModel(np.full(3, 20.0), (Factor(0.1, 0.05),))
    >>> found = simulate_prices(model, paths=2, seed=1)
    >>> found.spot.shape, found.spot[:, 0]
    ((2, 3), array([20., 20.]))
    """
    return simulate_markets((model,), model.correlations(), paths=paths, seed=seed)[0]


def simulate_markets(
    models: Sequence[SpotModel], correlation: Floats, *, paths: int = 1_000, seed: int = 1
) -> tuple[PricePaths, ...]:
    """Return paths of several markets whose factors move together.

    Parameters
    ----------
    models : sequence of SpotModel
        Of as many days each. Jumps of one market are independent of all else.
    correlation : ndarray of shape (n_factors, n_factors)
        Of the shocks of all factors, market after market; `joint_correlation` makes one.
    paths, seed : int, optional

    Raises
    ------
    InputError
        If the markets differ in their days.
    """
    days = models[0].days
    if any(model.days != days for model in models):
        raise InputError(
            f"markets of {[model.days for model in models]} days; give curves of the same days"
        )
    # A root of the correlation that needs no positive definite one.
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    chance = np.random.default_rng(seed)
    moved = [np.zeros((len(model.factors), paths, days)) for model in models]
    spikes = [np.zeros((paths, days)) for _ in models]
    scales = [model.scales() for model in models]
    for day in range(1, days):
        shocks = iter(root @ chance.standard_normal((len(correlation), paths)))
        for model, factors, jumped, scale in zip(models, moved, spikes, scales, strict=True):
            for number, kind in enumerate(model.factors):
                kept = np.exp(-kind.mean_reversion) * factors[number, :, day - 1]
                factors[number, :, day] = kept + scale[day] * kind.volatility * next(shocks)
            if model.jumps is not None:
                jumps = model.jumps
                is_jump = chance.random(paths) < jumps.chance
                size = chance.normal(jumps.mean, jumps.deviation, paths)
                kept = np.exp(-jumps.mean_reversion) * jumped[:, day - 1]
                jumped[:, day] = kept + is_jump * size
    found = []
    for model, factors, jumped in zip(models, moved, spikes, strict=True):
        forward = np.asarray(model.forward, np.float64)
        spot = model.price(forward, factors.sum(axis=0) + jumped - model.growth())
        found.append(PricePaths(model, spot, factors, jumped))
    return tuple(found)


def joint_correlation(models: Sequence[SpotModel], between: Floats | None = None) -> Floats:
    """Return the correlation of the factors of two markets, or of one.

    Parameters
    ----------
    models : sequence of SpotModel
        One or two.
    between : ndarray of shape (n_factors of the first, n_factors of the second), optional
        None by default.

    Raises
    ------
    InputError
        If `between` does not fit, or goes too far: a negative eigenvalue.
    """
    if len(models) == 1:
        return models[0].correlations()
    first, second = (model.correlations() for model in models)
    shape = (len(first), len(second))
    mixed = np.zeros(shape) if between is None else np.asarray(between, np.float64)
    if mixed.shape != shape:
        raise InputError(f"correlation between markets has shape {mixed.shape}; give {shape}")
    joint = np.block([[first, mixed], [mixed.T, second]])
    if np.linalg.eigvalsh(joint).min() < -1e-9:
        raise InputError(
            f"correlation between markets of {mixed.tolist()} contradicts theirs within; "
            "give one nearer to zero"
        )
    return joint
