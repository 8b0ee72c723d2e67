"""Decisions day by day at prices that move: a policy learnt on paths, and bounds from both sides.

What a state is worth on a day is regressed on polynomials of that day's factors. Factors are
normal, so what polynomials are in the mean on the eve is known exactly (Gauss-Hermite): values to
come follow without paths within paths, and the same polynomials less those means are a martingale.
The learnt policy on new paths earns no more than the value in the mean; foresight less the
martingale no less.

References
----------
Glasserman and Yu (2004), Simulation for American options: regression now or regression later?
Rogers (2002), Monte Carlo valuation of American options.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from wattbook.assets.spot import SpotModel, simulate_markets
from wattbook.assets.storage.value import Estimate, SimulatedValue
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Decisions", "simulated_bounds"]

Floats: TypeAlias = "NDArray[np.float64]"
Numbers: TypeAlias = "NDArray[np.int64]"
DEGREE = 3
FRESH = 1_000_003
"""Between the seeds of the paths to learn from and of those to value on."""


class Decisions(Protocol):
    """A contract whose states do not depend on prices; money is today's.

    ``moved`` has a row for each market: what its factors and their growth add on the day, path by
    path, for `SpotModel.price`. A value of minus infinity bars a state, on every path alike.
    """

    def terminal(self) -> Floats:
        """Return what each state is worth after the last day."""
        ...

    def best(self, day: int, moved: Floats, after: Floats) -> Floats:
        """Return values before the day, of shape (paths, states), from those `after` it."""
        ...

    def follow(
        self, day: int, moved: Floats, after: Floats, state: Numbers
    ) -> tuple[Numbers, Floats]:
        """Return each path's state after the day and its money, if it decides by `after`."""
        ...

    def start(self, values: Floats) -> int:
        """Return the state before the first day, of those with `values` one that may be chosen."""
        ...


class Paths:
    """Simulated factors, and polynomials of them."""

    def __init__(
        self, models: Sequence[SpotModel], correlation: Floats, paths: int, seed: int
    ) -> None:
        markets = simulate_markets(models, correlation, paths=paths, seed=seed)
        self.count, self.days = paths, models[0].days
        self.sums = np.array([market.factors.sum(axis=0) for market in markets])
        self.growth = np.array([model.growth() for model in models])
        kinds = [kind for model in models for kind in model.factors]
        self.decay = np.exp(-np.array([kind.mean_reversion for kind in kinds]))
        volatility = np.array([kind.volatility for kind in kinds])
        scales = np.concatenate([np.tile(one.scales(), (len(one.factors), 1)) for one in models])
        self.factors = np.concatenate([market.factors for market in markets])
        variance = np.zeros((self.days, len(kinds)))
        for day in range(1, self.days):
            shock = (scales[:, day] * volatility) ** 2
            variance[day] = self.decay**2 * variance[day - 1] + shock
        self.deviation = np.where(variance > 0, np.sqrt(variance), 1.0)
        values, vectors = np.linalg.eigh(correlation)
        self.root = vectors * np.sqrt(np.maximum(values, 0.0))
        self.shocks = scales.T * volatility
        self.powers = [
            power
            for power in itertools.product(range(DEGREE + 1), repeat=len(kinds))
            if sum(power) <= DEGREE
        ]
        nodes, weights = np.polynomial.hermite_e.hermegauss(DEGREE // 2 + 1)
        self.nodes = np.array(list(itertools.product(nodes, repeat=len(kinds))))
        grid = itertools.product(weights / weights.sum(), repeat=len(kinds))
        self.weights = np.array([np.prod(one) for one in grid])

    def moved(self, day: int) -> Floats:
        """Return what each market's factors add on a day, of shape (markets, paths)."""
        made: Floats = self.sums[:, :, day] - self.growth[:, day, None]
        return made

    def polynomials(self, factors: Floats, day: int) -> Floats:
        """Return all products of standardized factors, of shape (paths, terms)."""
        at = factors / self.deviation[day]
        by_power = [np.ones_like(at), at]
        for _ in range(2, DEGREE + 1):
            by_power.append(by_power[-1] * at)
        return np.stack(
            [
                np.prod([by_power[one][:, place] for place, one in enumerate(power)], axis=0)
                for power in self.powers
            ],
            axis=1,
        )

    def basis(self, day: int) -> Floats:
        """Return the polynomials of a day's factors."""
        return self.polynomials(self.factors[:, :, day].T, day)

    def seen(self, day: int) -> Floats:
        """Return what the next day's polynomials are in the mean, as a day knows it."""
        kept = self.factors[:, :, day].T * self.decay
        total = np.zeros((self.count, len(self.powers)))
        for node, weight in zip(self.nodes, self.weights, strict=True):
            shock = self.shocks[day + 1] * (self.root @ node)
            total += weight * self.polynomials(kept + shock, day + 1)
        return total


class Learnt:
    """What states are worth, by day: factors of polynomials, and which states are barred."""

    def __init__(self, decisions: Decisions, paths: Paths) -> None:
        self.terminal = decisions.terminal()
        self.factors: dict[int, Floats] = {}
        self.barred: dict[int, NDArray[np.bool_]] = {}
        for day in range(paths.days - 1, -1, -1):
            values = decisions.best(day, paths.moved(day), self.after(paths, day))
            self.first = values[0]
            self.barred[day] = ~np.isfinite(values[0])
            values[:, self.barred[day]] = 0.0
            found = np.linalg.lstsq(paths.basis(day), values, rcond=None)[0]
            self.factors[day] = found.astype(np.float64, copy=False)

    def after(self, paths: Paths, day: int) -> Floats:
        """Return what states are worth after a day, as it knows them."""
        if day + 1 == paths.days:
            return np.tile(self.terminal, (paths.count, 1))
        values: Floats = paths.seen(day) @ self.factors[day + 1]
        values[:, self.barred[day + 1]] = -np.inf
        return values


def simulated_bounds(
    decisions: Decisions,
    models: Sequence[SpotModel],
    correlation: Floats,
    *,
    paths: int = 4_000,
    seed: int = 1,
) -> SimulatedValue:
    """Return what `decisions` are worth when prices move as `models` say, from below and above.

    The money of the policy is told less the martingale along its states: the mean is the same, the
    standard error far smaller.

    Parameters
    ----------
    decisions : Decisions
    models : sequence of SpotModel
        Of the markets, four factors at most together, without jumps.
    correlation : ndarray of shape (n_factors, n_factors)
    paths : int, optional
        To learn from, and as many others to value on.
    seed : int, optional

    Raises
    ------
    InputError
        If there are too few paths, too many factors, or jumps.
    """
    count = sum(len(model.factors) for model in models)
    if not 1 <= count <= 4 or any(model.jumps is not None for model in models):
        raise InputError(
            f"markets of {count} factors; give one to four in all, and no jumps: widen the "
            "volatility by theirs"
        )
    if paths < 100:
        raise InputError(f"{paths} paths; give at least 100")
    learnt = Learnt(decisions, Paths(models, correlation, paths, seed))
    first = decisions.start(learnt.first)
    fresh = Paths(models, correlation, paths, seed + FRESH)
    after = [learnt.after(fresh, day) for day in range(fresh.days)]
    surprise = [np.zeros((0, 0))] + [
        fresh.basis(day) - fresh.seen(day - 1) for day in range(1, fresh.days)
    ]
    state = np.full(paths, first)
    earned = np.zeros(paths)
    for day in range(fresh.days):
        if day:
            earned -= np.einsum("pt,tp->p", surprise[day], learnt.factors[day][:, state])
        state, money = decisions.follow(day, fresh.moved(day), after[day], state)
        earned += money
    earned += learnt.terminal[state]
    values = np.tile(learnt.terminal, (paths, 1))
    for day in range(fresh.days - 1, -1, -1):
        values = decisions.best(day, fresh.moved(day), values)
        if day:
            values -= surprise[day] @ learnt.factors[day]
    return SimulatedValue(estimate(earned), estimate(values[:, first]))


def estimate(values: Floats) -> Estimate:
    """Return the mean of independent paths, and its standard error."""
    return Estimate(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))
