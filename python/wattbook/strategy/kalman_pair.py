"""A spread of two prices whose ratio drifts, followed by a Kalman filter."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError

__all__ = ["KalmanPair", "PairBacktest", "pair_backtest"]

Floats = NDArray[np.float64]


@dataclass(slots=True, kw_only=True)
class KalmanPair:
    """Follows ``first = level + ratio * second + noise``, level and ratio as random walks.

    It only ever knows the past: `update` judges a pair of prices by what was known before it.

    Parameters
    ----------
    drift : float, optional
        Variance that level and ratio gain each step, as a share of the noise's.
    noise : float, price squared, optional
        Variance of the noise before it is measured.
    memory : float, steps, optional
        Over how many steps the noise is measured.

    References
    ----------
    Kalman (1960); for pairs Elliott, van der Hoek and Malcolm (2005), Pairs trading, Quantitative
    Finance 5(3).
    """

    drift: float = 1e-4
    noise: float = 1.0
    memory: float = 250.0
    state: Floats = field(init=False)
    covariance: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Begin with a ratio of one, known badly."""
        if not (self.drift > 0 and self.noise > 0 and self.memory >= 2):
            message = (
                f"Kalman pair: drift {self.drift}, noise {self.noise}, memory {self.memory}; give "
                "numbers above 0 and a memory of 2 or more"
            )
            raise InputError(message)
        self.state = np.array([0.0, 1.0])
        self.covariance = np.diag([100.0, 1.0])

    def update(self, first: float, second: float) -> tuple[float, float]:
        """Take a pair of prices in.

        Returns
        -------
        tuple of float
            By how much `first` was above what was expected of it, in price, and the same in
            deviations of that expectation.
        """
        row = np.array([1.0, second])
        self.covariance = self.covariance + self.drift * np.eye(2)
        surprise = first - float(row @ self.state)
        # In multiples of the noise, which is measured apart: the gain does not depend on it.
        spread = float(row @ self.covariance @ row) + 1.0
        score = surprise / math.sqrt(spread * self.noise)
        gain = self.covariance @ row / spread
        self.state = self.state + gain * surprise
        self.covariance = self.covariance - np.outer(gain, row @ self.covariance)
        weight = 1.0 / self.memory
        self.noise = max((1 - weight) * self.noise + weight * surprise**2 / spread, 1e-12)
        return surprise, score


@dataclass(frozen=True, slots=True)
class PairBacktest:
    """What a pair earned, for one unit of the first price.

    Parameters
    ----------
    pnl : ndarray of shape (n_steps,)
        After costs, in currency.
    position : ndarray of shape (n_steps,)
        Held from a step to the next: -1, 0 or 1 of the first against `ratio` of the second.
    ratio : ndarray of shape (n_steps,)
        As it was known at each step.
    trades : int
        How often the position changed.
    costs : float
        Paid, in currency.
    """

    pnl: Floats
    position: Floats
    ratio: Floats
    trades: int
    costs: float


def pair_backtest(
    first: ArrayLike,
    second: ArrayLike,
    *,
    entry: float = 2.0,
    leave: float = 0.5,
    cost: float = 0.0,
    warm_up: int = 60,
    pair: KalmanPair | None = None,
) -> PairBacktest:
    """Sell the first against the second where it is dear, buy it where it is cheap, step by step.

    Parameters
    ----------
    first, second : array_like of shape (n_steps,)
        Prices, or roll-adjusted settlements, in the same currency per unit.
    entry, leave : float, optional
        Deviations at which a position begins and ends.
    cost : float, optional
        Paid for each unit of each leg traded, in price.
    warm_up : int, optional
        Steps in which only the filter learns.
    pair : KalmanPair, optional
        The filter.

    Raises
    ------
    InputError
        For columns that differ in length or hold no numbers, or a `leave` not below `entry`.
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if one.ndim != 1 or one.shape != other.shape or not np.isfinite([one, other]).all():
        message = f"prices have shapes {one.shape} and {other.shape}: give two finite columns"
        raise InputError(message)
    if not 0 <= leave < entry or cost < 0:
        message = f"entry {entry}, leave {leave}, cost {cost}: let 0 <= leave < entry, cost >= 0"
        raise InputError(message)
    known = pair if pair is not None else KalmanPair()
    count = one.size
    pnl, position, ratio = np.zeros(count), np.zeros(count), np.zeros(count)
    held = hedge = costs = 0.0
    trades = 0
    for step in range(count):
        if step:
            pnl[step] = held * (one[step] - one[step - 1])
            pnl[step] -= held * hedge * (other[step] - other[step - 1])
        _, score = known.update(float(one[step]), float(other[step]))
        wanted = held
        if step >= warm_up:
            if abs(score) >= entry:
                wanted = -math.copysign(1.0, score)
            elif held and score * -held <= leave:
                wanted = 0.0
        if wanted != held:
            # A position keeps the ratio that it was begun with; a turn begins a new one.
            next_hedge = float(known.state[1])
            moved = abs(wanted - held) + abs(wanted * next_hedge - held * hedge)
            pnl[step] -= cost * moved
            costs += cost * moved
            held, hedge = wanted, next_hedge
            trades += 1
        position[step], ratio[step] = held, float(known.state[1])
    return PairBacktest(pnl, position, ratio, trades, costs)
