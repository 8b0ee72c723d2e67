"""Capital over strategies, walked forward: sizes from the past only, judged on what followed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.strategy.allocation.limits import AllocationLimits, Floats
from wattbook.strategy.allocation.optimal import mean_variance
from wattbook.strategy.allocation.parity import hierarchical_parity, risk_parity

__all__ = ["METHODS", "Interval", "WalkedAllocation", "walk_allocation"]

LEVEL: Final = 0.95


def by_mean_variance(past: Floats) -> Floats:
    """Return the direction of the greatest ratio of mean to deviation that sells no strategy."""
    scale = float(past.std(axis=0, ddof=1).mean())
    limits = AllocationLimits(lower=0.0, upper=1e6)
    own = past / scale
    covariance = np.cov(own, rowvar=False).reshape(own.shape[1], own.shape[1])
    return mean_variance(own.mean(axis=0), covariance, limits, aversion=1.0).position


def by_parity(method: Callable[..., Floats]) -> Callable[[Floats], Floats]:
    """Return the weights of a method that looks at the covariance alone."""

    def weights(past: Floats) -> Floats:
        own = past / float(past.std(axis=0, ddof=1).mean())
        covariance = np.cov(own, rowvar=False).reshape(own.shape[1], own.shape[1])
        return method(covariance, deviation=1.0)

    return weights


METHODS: Final[dict[str, Callable[[Floats], Floats]]] = {
    "hierarchical_parity": by_parity(hierarchical_parity),
    "risk_parity": by_parity(risk_parity),
    "mean_variance": by_mean_variance,
}
"""How sizes follow from past P&L of shape (n_days, n_strategies)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval.

    Parameters
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True, slots=True)
class WalkedAllocation:
    """What an allocation would have earned where it was not chosen.

    Parameters
    ----------
    starts : ndarray of int64, shape (n_choices,)
        Day from which on each choice holds.
    sizes : ndarray of float64, shape (n_choices, n_strategies)
        Multiples of the size at which each strategy's P&L was earned.
    pnl, equal : ndarray of float64, shape (n_days,)
        P&L of each judged day at these sizes, and at size 1 of every strategy.
    gain : Interval
        Mean P&L a day above that of equal sizes.
    sharpe_gain : Interval
        Ratio of mean to deviation of a day's P&L above that of equal sizes.
    """

    starts: NDArray[np.int64]
    sizes: Floats
    pnl: Floats
    equal: Floats
    gain: Interval
    sharpe_gain: Interval


def walk_allocation(
    pnl: ArrayLike,
    *,
    method: str = "hierarchical_parity",
    window: int = 60,
    every: int = 20,
    most: float = 3.0,
    draws: int = 2_000,
    seed: int = 7,
) -> WalkedAllocation:
    """Return what sizes that are chosen anew every few days earn on the days after.

    Sizes sum to the number of strategies, so that equal sizes are 1 each; a size above `most` is
    cut to it, and what is cut is not handed on. A strategy without P&L in the window keeps size 1.

    Parameters
    ----------
    pnl : array_like of shape (n_days, n_strategies)
        After costs, each at the size of the desk file.
    method : str, optional
        One of `METHODS`.
    window, every : int, optional
        Days that a choice looks back on, and days that it holds.
    most : float, optional
        Largest size, at least 1.
    draws : int, optional
        Of the bootstrap.
    seed : int, optional
        Of the bootstrap.

    Raises
    ------
    InputError
        If the P&L has gaps or fewer days than the window and two more, or a number does not fit.

    References
    ----------
    Politis and Romano (1992), A circular block-resampling procedure for stationary data: days are
    drawn in blocks of the cube root of their number, so that neighbours stay together; the pairs of
    both P&Ls are drawn together, as Ledoit and Wolf (2008) do for ratios of Sharpe.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> made = walk_allocation(rng.normal([1.0, 0.0], [1.0, 30.0], (200, 2)))
    >>> bool((made.sizes[:, 0] > made.sizes[:, 1]).all())
    True
    """
    values = np.asarray(pnl, np.float64)
    if values.ndim != 2 or values.shape[1] < 2 or not np.isfinite(values).all():
        raise InputError(f"P&L has shape {values.shape} or gaps; give (days, two or more)")
    if method not in METHODS:
        raise InputError(f"{method!r} is no method; take one of {', '.join(METHODS)}")
    for name, given, least in (
        ("window", window, 10),
        ("every", every, 1),
        ("most", most, 1.0),
        ("draws", draws, 100),
    ):
        if not least <= given < math.inf:
            raise InputError(f"{name} is {given}; give {least:g} or more")
    days = len(values)
    if days < window + 2:
        raise InputError(f"{days} days are too few for a window of {window}; give {window + 2}")
    starts = np.arange(window, days, every, dtype=np.int64)
    sizes = np.array([chosen(values[at - window : at], method, most) for at in starts])
    held = np.repeat(sizes, every, axis=0)[: days - window]
    own = (values[window:] * held).sum(axis=1)
    equal = values[window:].sum(axis=1)
    gain, sharpe_gain = compared(own, equal, draws, seed)
    return WalkedAllocation(starts, sizes, own, equal, gain, sharpe_gain)


def chosen(past: Floats, method: str, most: float) -> Floats:
    """Return the sizes that the past suggests."""
    sizes = np.ones(past.shape[1])
    moves = past.std(axis=0) > 0.0
    if moves.sum() < 2:
        return sizes
    weights = METHODS[method](past[:, moves])
    total = float(weights.sum())
    # Where nothing is expected to earn, nothing is held.
    sizes[moves] = weights * (moves.sum() / total) if total > 0.0 else 0.0
    return np.minimum(sizes, most)


def compared(own: Floats, equal: Floats, draws: int, seed: int) -> tuple[Interval, Interval]:
    """Return the differences of mean and ratio with their intervals."""
    count = len(own)
    length = max(1, round(count ** (1.0 / 3.0)))
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, count, (draws, -(-count // length)))
    drawn = (blocks[:, :, None] + np.arange(length)).reshape(draws, -1)[:, :count] % count
    gains = own[drawn].mean(axis=1) - equal[drawn].mean(axis=1)
    ratios = ratio(own[drawn]) - ratio(equal[drawn])
    value = float(own.mean() - equal.mean())
    value_ratio = float(ratio(own[None])[0] - ratio(equal[None])[0])
    return interval(value, gains), interval(value_ratio, ratios)


def ratio(values: Floats) -> Floats:
    """Return mean by deviation of each row, zero where nothing moves."""
    deviation = values.std(axis=1, ddof=1)
    made: Floats = np.divide(
        values.mean(axis=1), deviation, out=np.zeros(len(values)), where=deviation > 0.0
    )
    return made


def interval(value: float, drawn: Floats) -> Interval:
    """Return a value with the percentiles of what was drawn."""
    low, high = np.percentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Interval(value, float(low), float(high))
