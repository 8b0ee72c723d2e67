"""Paths of forward prices: a near factor that dies out with distance, and a level for all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.checked import finite_number

__all__ = ["ForwardMoves", "SimulatedMoves", "simulated_moves"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ForwardMoves:
    """How the forward prices of a place move; absolute moves, because prices cross zero.

    The price at `t` of what is delivered at `T` is
    ``F(t, T) = F(0, T) + exp(-reversion (T - t)) Y(t) + Z(t)`` with ``dY = -reversion Y dt +
    near dW`` and ``dZ = level dB``, which has no drift.

    Parameters
    ----------
    near : float, money a MWh and root of a year
        Volatility of what is delivered at once, beyond the level.
    reversion : float, a year
        How fast that dies out with the distance of delivery.
    level : float, money a MWh and root of a year
        Volatility of all deliveries together.

    Raises
    ------
    InputError
        If one of them is below zero or no number.

    References
    ----------
    Clewlow and Strickland (1999), A multi-factor model for energy derivatives, whose moves are
    relative; absolute ones follow Lucia and Schwartz (2002), Electricity prices and power
    derivatives.
    """

    near: float
    reversion: float
    level: float

    def __post_init__(self) -> None:
        """Refuse what is no volatility."""
        for name in ("near", "reversion", "level"):
            if finite_number(name, getattr(self, name)) < 0.0:
                raise InputError(f"{name} is {getattr(self, name)}; give a number from 0")


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedMoves:
    """Factors on paths.

    Parameters
    ----------
    years : ndarray of shape (n_times,)
        Of each simulated time, from now.
    factors : ndarray of shape (2 n_places, n_times, n_paths)
        Near factor and level of each place, one place after the other.
    """

    years: Floats
    factors: Floats


def simulated_moves(
    places: Sequence[ForwardMoves],
    years: ArrayLike,
    paths: int,
    *,
    correlation: float = 0.0,
    seed: int = 1,
) -> SimulatedMoves:
    """Return the factors of places on paths, drawn exactly at each time.

    Every second path mirrors the one before it, so that means are those of no move.

    Parameters
    ----------
    places : sequence of ForwardMoves
    years : array_like of shape (n_times,)
        Rising, from 0.
    paths : int
        At least 2.
    correlation : float, optional
        Of the same factor between any two places, 0 to 1.
    seed : int, optional

    Raises
    ------
    InputError
        If times do not rise from 0, paths are too few, or the correlation is none.

    Examples
    --------
    >>> made = simulated_moves([ForwardMoves(20.0, 2.0, 5.0)], [0.0, 0.5, 1.0], 1_000)
    >>> made.factors.shape, bool(abs(made.factors.mean()) < 1e-12)
    ((2, 3, 1000), True)
    """
    times = np.asarray(years, np.float64)
    if times.ndim != 1 or not len(times) or times[0] < 0 or not (np.diff(times) > 0).all():
        raise InputError(f"times are {times.tolist()[:5]}…; give them rising, from 0")
    if paths < 2:
        raise InputError(f"{paths} paths tell nothing; give at least 2")
    if not 0.0 <= finite_number("correlation", correlation) <= 1.0:
        raise InputError(f"correlation is {correlation}; give a share, 0 to 1")
    count = len(places)
    random = np.random.Generator(np.random.Philox(seed))
    steps = np.diff(times, prepend=0.0)
    factors = np.zeros((2 * count, len(times), paths))
    state = np.zeros((2 * count, paths))
    near = np.array([one.near for one in places])[:, None]
    reversion = np.array([one.reversion for one in places])[:, None]
    level = np.array([one.level for one in places])[:, None]
    common, own = math.sqrt(correlation), math.sqrt(1.0 - correlation)
    for at, step in enumerate(steps.tolist()):
        half = random.standard_normal((2, count + 1, (paths + 1) // 2))
        drawn = np.stack([half, -half], axis=-1).reshape(2, count + 1, -1)[:, :, :paths]
        shocks = common * drawn[:, :1] + own * drawn[:, 1:]
        deviation = near * np.sqrt(held_variance(reversion, step))
        state[::2] = np.exp(-reversion * step) * state[::2] + deviation * shocks[0]
        state[1::2] += level * math.sqrt(step) * shocks[1]
        factors[:, at] = state
    return SimulatedMoves(times, factors)


def held_variance(reversion: Floats, step: float) -> Floats:
    """Return what a unit of variance a year leaves after a step while it dies out."""
    double = 2.0 * reversion
    safe = np.where(double > 0.0, double, 1.0)
    return np.where(double > 0.0, -np.expm1(-double * step) / safe, step)
