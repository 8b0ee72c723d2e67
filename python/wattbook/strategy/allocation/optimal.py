"""Positions of greatest expected return less risk and costs, under limits."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from wattbook.assets.program import INFINITY, Label
from wattbook.errors import InputError
from wattbook.risk.measures import Shortfall, expected_shortfall
from wattbook.strategy.allocation.limits import (
    Allocation,
    AllocationLimits,
    Floats,
    covariance_of,
    vector,
)
from wattbook.strategy.allocation.solve import solved

__all__ = ["cvar_allocation", "mean_variance", "nearest"]


def mean_variance(
    mean: ArrayLike, covariance: ArrayLike, limits: AllocationLimits, *, aversion: float
) -> Allocation:
    """Return the position with the greatest ``mean' x - aversion x' covariance x / 2 - costs``.

    Parameters
    ----------
    mean : array_like of shape (n,), money a unit
    covariance : array_like of shape (n, n), squared money a unit
    limits : AllocationLimits
    aversion : float, a money
        Above zero.

    Returns
    -------
    Allocation
        Its risk is the deviation.

    Raises
    ------
    InputError
        If shapes do not fit, the covariance is none, or limits conflict.

    References
    ----------
    Markowitz (1952), Portfolio selection.

    Examples
    --------
    >>> limits = AllocationLimits(lower=-5.0, upper=5.0)
    >>> mean_variance([1.0, -2.0], np.eye(2), limits, aversion=0.5).position.round(6)
    array([ 2., -4.])
    """
    matrix = covariance_of(covariance)
    gains = vector("mean", mean, len(matrix))
    if not (aversion > 0 and math.isfinite(aversion)):
        raise InputError(f"aversion is {aversion}; give a number above 0")
    program, position = limits.program(len(matrix))
    program.add_cost(position, -gains)
    columns, gap = solved(program, aversion * matrix)
    found = columns[position]
    return told(found, gains, math.sqrt(max(float(found @ matrix @ found), 0.0)), limits, gap)


def cvar_allocation(
    pnl: ArrayLike,
    limits: AllocationLimits,
    *,
    confidence: float = 0.95,
    aversion: float = 1.0,
    base: ArrayLike = 0.0,
) -> Allocation:
    """Return the position with the greatest mean less ``aversion`` times CVaR less costs.

    Parameters
    ----------
    pnl : array_like of shape (n_scenarios, n), money a unit
        Equally likely.
    limits : AllocationLimits
    confidence : float, optional
    aversion : float, optional
        Above zero.
    base : array_like of shape (n_scenarios,) or one for all, optional, money
        What is held besides, such as a plant.

    Returns
    -------
    Allocation
        Its risk is the conditional value at risk, with what is held besides.

    Raises
    ------
    InputError
        If shapes do not fit, a value is no number, or limits conflict.

    References
    ----------
    Rockafellar and Uryasev (2000), Optimization of conditional value-at-risk.
    """
    gains = np.asarray(pnl, np.float64)
    if gains.ndim != 2 or not gains.size or not np.isfinite(gains).all():
        raise InputError(f"pnl has shape {gains.shape} or gaps; give (scenarios, products)")
    if not 0.0 < confidence < 1.0 or not (aversion > 0 and math.isfinite(aversion)):
        raise InputError("give a confidence between 0 and 1 and an aversion above 0")
    count, width = gains.shape
    own = vector("base", base, count)
    program, position = limits.program(width)
    mean = gains.mean(axis=0)
    program.add_cost(position, -mean)
    level = program.columns(1, -INFINITY, INFINITY, aversion)
    over = program.columns(count, 0.0, INFINITY, aversion / ((1.0 - confidence) * count))
    # Loss beyond the level, scenario by scenario.
    terms = [(np.full(count, position[at]), gains[:, at]) for at in range(width)]
    terms += [(np.full(count, level[0]), np.ones(count)), (over, np.ones(count))]
    program.rows(Label("loss beyond the level"), -own, INFINITY, terms)
    columns, gap = solved(program)
    found = columns[position]
    risk = expected_shortfall(own + gains @ found, confidence, Shortfall.EXACT_TAIL)
    return told(found, mean, risk, limits, gap)


def nearest(
    wanted: ArrayLike, covariance: ArrayLike, limits: AllocationLimits, *, aversion: float
) -> Allocation:
    """Return the position under limits that strays least from a wanted one, in risk and costs.

    Least is ``aversion d' covariance d / 2 + costs``, with the distance `d` from what is wanted: a
    rebalancing that costs more than the risk it takes away is not made.

    Parameters
    ----------
    wanted : array_like of shape (n,), units
    covariance, limits, aversion
        As for `mean_variance`.

    Returns
    -------
    Allocation
        Its risk is the deviation of the distance; nothing is expected.

    Raises
    ------
    InputError
        As `mean_variance`.
    """
    matrix = covariance_of(covariance)
    aim = vector("wanted", wanted, len(matrix))
    if not (aversion > 0 and math.isfinite(aversion)):
        raise InputError(f"aversion is {aversion}; give a number above 0")
    program, position = limits.program(len(matrix))
    program.add_cost(position, -aversion * (matrix @ aim))
    columns, gap = solved(program, aversion * matrix)
    found = columns[position]
    apart = found - aim
    strays = math.sqrt(max(float(apart @ matrix @ apart), 0.0))
    return told(found, np.zeros(len(matrix)), strays, limits, gap)


def told(
    position: Floats, mean: Floats, risk: float, limits: AllocationLimits, gap: float
) -> Allocation:
    """Return a position with its figures."""
    return Allocation(position, float(mean @ position), risk, limits.cost_of(position), gap)
