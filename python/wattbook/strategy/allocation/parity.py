"""Positions that spread risk: equal parts by product, or by clusters of products."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from wattbook.errors import InputError, RunError
from wattbook.strategy.allocation.limits import Floats, covariance_of, vector

__all__ = ["hierarchical_parity", "risk_parity"]

STEPS_MAX = 200
EXACT, SETTLED, NEAR = 1e-22, 1e-12, 1e-6
"""Squared length of a step of Newton's method, in units of the cost, at the end and near it."""
SHRINKS = 0.01
GAIN = 1e-4


def risk_parity(
    covariance: ArrayLike, *, deviation: float, budgets: ArrayLike = 1.0, sides: ArrayLike = 1.0
) -> Floats:
    """Return the position in which each product has its budget's share of the risk.

    With ``y`` the sides times the position, ``y (C y) = b`` holds where ``y C y / 2 - b ln y`` is
    least. That is convex: damped steps of Newton's method find it. The whole is then scaled.

    Parameters
    ----------
    covariance : array_like of shape (n, n), squared money a unit
        Positive definite.
    deviation : float, money
        Of the whole.
    budgets : array_like of shape (n,) or one for all, optional
        Shares of the variance, above zero; they need not sum to 1.
    sides : array_like of shape (n,) or one for all, optional
        1 to buy, -1 to sell.

    Raises
    ------
    InputError
        If shapes do not fit, a product has no risk, a budget is not above zero, or a side is none.

    References
    ----------
    Maillard, Roncalli and Teiletche (2010), The properties of equally weighted risk contribution
    portfolios; Spinu (2013), An algorithm for computing risk parity weights.

    Examples
    --------
    >>> risk_parity([[4.0, 0.0], [0.0, 1.0]], deviation=2.0).round(6)
    array([0.707107, 1.414214])
    """
    matrix = covariance_of(covariance)
    count = len(matrix)
    share, side = vector("budgets", budgets, count), vector("sides", sides, count)
    if not (share > 0).all() or not np.isin(side, (-1.0, 1.0)).all():
        raise InputError("budgets are above 0 and sides are 1 or -1; give such")
    if not (deviation > 0 and math.isfinite(deviation)):
        raise InputError(f"deviation is {deviation}; give money above 0")
    own = matrix * np.outer(side, side)
    if count and not float(np.linalg.eigvalsh(own)[0]) > 0.0:
        raise InputError("products move in step or not at all; leave out those without own risk")
    share = share / share.sum()
    variance = np.diag(own)
    held = np.sqrt(share / variance)
    before = math.inf
    for _ in range(STEPS_MAX):
        slope = own @ held - share / held
        step = -np.linalg.solve(own + np.diag(share / held**2), slope)
        left = -float(slope @ step)
        # In the end steps shrink by squares, until rounding is all that is left of them.
        if left < EXACT or (left < SETTLED and left > SHRINKS * before):
            scaled: Floats = side * held * (deviation / math.sqrt(float(held @ own @ held)))
            return scaled
        held, before = held + step_size(own, share, held, step, left) * step, left
    raise RunError("risk parity did not settle; leave out products that move almost in step")


def step_size(own: Floats, share: Floats, held: Floats, step: Floats, left: float) -> float:
    """Return how much of a step to go: not beyond zero, and not without gain.

    Near the end, where rounding hides the gain, the whole step is right.
    """

    def cost(position: Floats) -> float:
        return 0.5 * float(position @ own @ position) - float(share @ np.log(position))

    size = 1.0
    while not (held + size * step > 0.0).all():
        size *= 0.5
    if left < NEAR:
        return size
    now = cost(held)
    while cost(held + size * step) > now - GAIN * size * left:
        size *= 0.5
    return size


def hierarchical_parity(
    covariance: ArrayLike, *, deviation: float, sides: ArrayLike = 1.0
) -> Floats:
    """Return the position that splits risk between clusters, each half by its inverse variance.

    Products are put in the order of their single-linkage clusters by the distance
    ``root((1 - correlation) / 2)``, then halved again and again.

    Parameters
    ----------
    covariance, deviation, sides
        As for `risk_parity`; no inverse is taken, so that products may move in step.

    Raises
    ------
    InputError
        If shapes do not fit, a product has no risk, or a side is none.

    References
    ----------
    López de Prado (2016), Building diversified portfolios that outperform out of sample.

    Examples
    --------
    >>> hierarchical_parity([[4.0, 0.0], [0.0, 1.0]], deviation=2.0).round(6)
    array([0.447214, 1.788854])
    """
    matrix = covariance_of(covariance)
    side = vector("sides", sides, len(matrix))
    if not np.isin(side, (-1.0, 1.0)).all():
        raise InputError("sides are 1 or -1; give such")
    if not (deviation > 0 and math.isfinite(deviation)):
        raise InputError(f"deviation is {deviation}; give money above 0")
    own = matrix * np.outer(side, side)
    variance = np.diag(own)
    if not (variance > 0).all():
        raise InputError(
            f"product {int(np.flatnonzero(variance <= 0)[0])} has no risk; leave it out"
        )
    held = np.ones(len(own))
    parts = [clustered(own)]
    while parts:
        part = parts.pop()
        if len(part) < 2:
            continue
        first, second = part[: len(part) // 2], part[len(part) // 2 :]
        one, other = inverse_variance_risk(own, first), inverse_variance_risk(own, second)
        held[first] *= other / (one + other)
        held[second] *= one / (one + other)
        parts += [first, second]
    risk = math.sqrt(max(float(held @ own @ held), 0.0))
    if not risk > 0.0:
        raise InputError("products cancel each other's risk; leave some out")
    made: Floats = side * held * (deviation / risk)
    return made


def inverse_variance_risk(matrix: Floats, part: list[int]) -> float:
    """Return the variance of a cluster in which each product weighs by its inverse variance."""
    own = matrix[np.ix_(part, part)]
    weight = 1.0 / np.diag(own)
    weight /= weight.sum()
    return max(float(weight @ own @ weight), 1e-300)


def clustered(matrix: Floats) -> list[int]:
    """Return products in the order of their single-linkage tree, near ones side by side."""
    scale = np.sqrt(np.diag(matrix))
    correlation = np.clip(matrix / np.outer(scale, scale), -1.0, 1.0)
    apart = np.sqrt(0.5 * (1.0 - correlation))
    # How far the rows of distances are apart, as the paper has it.
    squares = (apart**2).sum(axis=1)
    distance = np.sqrt(np.maximum(squares[:, None] + squares - 2.0 * apart @ apart.T, 0.0))
    np.fill_diagonal(distance, np.inf)
    clusters = [[at] for at in range(len(matrix))]
    while len(clusters) > 1:
        one, other = divmod(int(distance.argmin()), len(clusters))
        one, other = min(one, other), max(one, other)
        clusters[one] += clusters.pop(other)
        near = np.minimum(distance[one], distance[other])
        distance[one], distance[:, one] = near, near
        distance[one, one] = np.inf
        distance = np.delete(np.delete(distance, other, axis=0), other, axis=1)
    return clusters[0] if clusters else []
