"""Allocations, each against a formulation of its own; limits; costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.strategy.allocation import (
    AllocationLimits,
    black_litterman,
    cvar_allocation,
    hierarchical_parity,
    mean_variance,
    nearest,
    risk_parity,
)
from wattbook.strategy.hedging import CvarHedge

SEED = st.integers(0, 10_000)
COUNT = st.integers(1, 6)


def covariance(seed: int, count: int) -> np.ndarray:
    factors = np.random.default_rng(seed).normal(size=(count, count + 2))
    return factors @ factors.T / count + 0.1 * np.eye(count)


def by_coordinates(
    gains: np.ndarray, matrix: np.ndarray, low: float, high: float, cost: float, now: np.ndarray
) -> np.ndarray:
    """Return the best position in a box, product by product: each step is exact."""
    held = now.copy()
    for _ in range(20_000):
        before = held.copy()
        for at in range(len(held)):
            slope = gains[at] - matrix[at] @ held + matrix[at, at] * held[at]
            # Without trading, or beyond what its cost is worth.
            wish = now[at]
            for sign in (1.0, -1.0):
                aim = (slope - sign * cost) / matrix[at, at]
                if sign * (aim - now[at]) > 0:
                    wish = aim
            held[at] = min(max(wish, low), high)
        if np.abs(held - before).max() < 1e-13:
            break
    return held


@settings(max_examples=40, deadline=None)
@given(SEED, COUNT, st.sampled_from([0.0, 0.1, 1.0]), st.floats(0.1, 3.0))
def test_mean_variance_is_the_best_of_a_box_with_costs(
    seed: int, count: int, cost: float, aversion: float
) -> None:
    random = np.random.default_rng(seed)
    gains, now = random.normal(size=count), random.uniform(-1, 1, count)
    matrix = covariance(seed, count)
    limits = AllocationLimits(-1.5, 1.5, current=now, cost=cost)
    found = mean_variance(gains, matrix, limits, aversion=aversion)
    best = by_coordinates(gains, aversion * matrix, -1.5, 1.5, cost, now)
    assert found.position == pytest.approx(best, abs=1e-5)
    assert found.cost == pytest.approx(cost * np.abs(found.position - now).sum(), abs=1e-9)
    assert found.risk == pytest.approx(np.sqrt(found.position @ matrix @ found.position))


@settings(max_examples=30, deadline=None)
@given(SEED, st.integers(2, 5))
def test_no_position_under_limits_is_better(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    gains, matrix = random.normal(size=count), covariance(seed, count)
    delivery = random.integers(0, 2, (3, count)).astype(float)
    limits = AllocationLimits(
        -2.0, 2.0, cost=0.05, trade_most=1.5, delivery=delivery, delivery_lower=-1.0,
        delivery_upper=0.5, margin=random.uniform(0.5, 2, count), margin_most=2.0,
    )  # fmt: skip
    margin = np.asarray(limits.margin)
    found = mean_variance(gains, matrix, limits, aversion=0.7).position
    assert (np.abs(found) <= 1.5 + 1e-7).all()
    assert (delivery @ found <= 0.5 + 1e-7).all()
    assert (delivery @ found >= -1.0 - 1e-7).all()
    assert margin @ np.abs(found) <= 2.0 + 1e-7

    def worth(held: np.ndarray) -> float:
        cost = 0.05 * float(np.abs(held).sum())
        return float(gains @ held - 0.35 * held @ matrix @ held) - cost

    trials = np.concatenate(
        [random.uniform(-1.5, 1.5, (400, count)), found + random.normal(0, 0.05, (400, count))]
    )
    for held in trials:
        inside = delivery @ held
        is_good = (np.abs(held) <= 1.5).all() and (inside <= 0.5).all() and (inside >= -1.0).all()
        if is_good and margin @ np.abs(held) <= 2.0:
            assert worth(held) <= worth(found) + 1e-6


@settings(max_examples=25, deadline=None)
@given(SEED, st.integers(2, 40), st.integers(1, 5), st.sampled_from([0.0, 0.05, 0.5]))
def test_cvar_is_that_of_the_dual_simplex(
    seed: int, scenarios: int, count: int, cost: float
) -> None:
    random = np.random.default_rng(seed)
    pnl = random.normal(size=(scenarios, count))
    # Without a mean of their own, all that is left is risk: the hedge's problem.
    pnl -= pnl.mean(axis=0)
    base = random.normal(size=scenarios)
    limits = AllocationLimits(-2.0, 2.0, cost=cost)
    found = cvar_allocation(pnl, limits, confidence=0.9, base=base)
    best = CvarHedge(base, pnl, lower=-2.0, upper=2.0, cost=cost, confidence=0.9).solve()
    assert found.risk + found.cost == pytest.approx(best.objective, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(SEED, COUNT)
def test_risk_parity_is_the_least_of_its_barrier(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    matrix, budgets = covariance(seed, count), random.uniform(0.2, 2.0, count)
    sides = random.choice([-1.0, 1.0], count)
    found = risk_parity(matrix, deviation=3.0, budgets=budgets, sides=sides)
    parts = found * (matrix @ found)
    assert parts == pytest.approx(9.0 * budgets / budgets.sum(), rel=1e-8)
    assert (np.sign(found) == sides).all()
    # Spinu (2013): it is where y' C y / 2 - sum of b log y is least; by Newton's steps from ones.
    own, share = matrix * np.outer(sides, sides), budgets / budgets.sum()
    held = np.sqrt(share / np.diag(own))
    for _ in range(200):
        slope = own @ held - share / held
        step = np.linalg.solve(own + np.diag(share / held**2), slope)
        size = 1.0
        while (held - size * step <= 0).any():
            size /= 2
        held = held - size * step
    scaled = sides * held * 3.0 / np.sqrt(held @ own @ held)
    assert found == pytest.approx(scaled, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(SEED, COUNT, st.integers(1, 4))
def test_views_are_joined_as_two_samples_are(seed: int, count: int, views: int) -> None:
    random = np.random.default_rng(seed)
    matrix, prior = covariance(seed, count), random.normal(size=count)
    about, said = random.normal(size=(views, count)), random.normal(size=views)
    doubt = random.uniform(0.1, 2.0, views)
    found = black_litterman(prior, matrix, about, said, doubt, tau=0.2)
    # Theil's mixed estimation: prior and views weighed by what each is sure of.
    sure = np.linalg.inv(0.2 * matrix)
    both = sure + about.T @ np.diag(1 / doubt) @ about
    mean = np.linalg.solve(both, sure @ prior + about.T @ (said / doubt))
    assert found.mean == pytest.approx(mean, abs=1e-8)
    assert found.covariance == pytest.approx(matrix + np.linalg.inv(both), abs=1e-8)


def slow_order(matrix: np.ndarray) -> list[list[int]]:
    """Return the clusters of single linkage as they join, by looking at every pair each time."""
    scale = np.sqrt(np.diag(matrix))
    apart = np.sqrt(0.5 * (1 - np.clip(matrix / np.outer(scale, scale), -1, 1)))
    clusters = [[at] for at in range(len(matrix))]
    joined = []
    while len(clusters) > 1:
        one, other = min(
            ((a, b) for a in range(len(clusters)) for b in range(a + 1, len(clusters))),
            key=lambda pair: min(
                np.linalg.norm(apart[x] - apart[y])
                for x in clusters[pair[0]]
                for y in clusters[pair[1]]
            ),
        )
        clusters[one] = clusters[one] + clusters.pop(other)
        joined.append(clusters[one])
    return joined


@settings(max_examples=40, deadline=None)
@given(SEED, st.integers(1, 8))
def test_hierarchical_parity_halves_the_clusters(seed: int, count: int) -> None:
    matrix = covariance(seed, count)
    found = hierarchical_parity(matrix, deviation=2.0)
    assert found @ matrix @ found == pytest.approx(4.0)
    assert (found > 0).all()

    def halves(part: list[int]) -> dict[int, float]:
        if len(part) == 1:
            return {part[0]: 1.0}
        sides = [part[: len(part) // 2], part[len(part) // 2 :]]
        risks = []
        for side in sides:
            weight = 1 / matrix[side, side]
            weight = weight / weight.sum()
            risks.append(weight @ matrix[np.ix_(side, side)] @ weight)
        made: dict[int, float] = {}
        for side, own, other in zip(sides, risks, risks[::-1], strict=True):
            share = other / (own + other)
            made |= {at: share * held for at, held in halves(side).items()}
        return made

    order = slow_order(matrix)[-1] if count > 1 else [0]
    weights = halves(order)
    held = np.array([weights[at] for at in range(count)])
    assert found == pytest.approx(2.0 * held / np.sqrt(held @ matrix @ held), rel=1e-7)


@given(st.lists(st.floats(0.1, 5.0), min_size=1, max_size=7))
def test_products_that_have_nothing_in_common_weigh_by_inverse_variance(
    variances: list[float],
) -> None:
    found = hierarchical_parity(np.diag(variances), deviation=1.0)
    ratio = found * np.array(variances)
    assert ratio == pytest.approx(np.full(len(variances), ratio[0]))


def test_a_rebalancing_that_costs_more_than_it_saves_is_not_made() -> None:
    matrix = covariance(3, 3)
    wanted = risk_parity(matrix, deviation=1.0)
    held = wanted * 1.05
    free = nearest(wanted, matrix, AllocationLimits(-9, 9, current=held), aversion=1.0)
    assert free.position == pytest.approx(wanted, abs=1e-6)
    dear = nearest(wanted, matrix, AllocationLimits(-9, 9, current=held, cost=5.0), aversion=1.0)
    assert dear.position == pytest.approx(held, abs=1e-6)
    assert dear.cost == pytest.approx(0.0, abs=1e-5)
    bound = nearest(wanted, matrix, AllocationLimits(0, 0.1, current=0.0), aversion=1.0)
    assert (bound.position <= 0.1 + 1e-7).all()


def test_limits_in_conflict_and_bad_numbers_are_named() -> None:
    gains, matrix = np.zeros(2), np.eye(2)
    tight = AllocationLimits(0.0, 1.0, delivery=[[1.0, 1.0]], delivery_lower=5.0)
    with pytest.raises(InputError, match="in conflict: least and most of a product; deliveries"):
        mean_variance(gains, matrix, tight, aversion=1.0)
    with pytest.raises(InputError, match="product 1: lower 2 is above upper 1"):
        mean_variance(gains, matrix, AllocationLimits([0.0, 2.0], 1.0), aversion=1.0)
    with pytest.raises(InputError, match="not symmetric"):
        mean_variance(gains, [[1.0, 0.5], [0.0, 1.0]], AllocationLimits(0, 1), aversion=1.0)
    with pytest.raises(InputError, match="cost of product 0 is -1"):
        cvar_allocation(np.ones((3, 2)), AllocationLimits(0, 1, cost=-1.0))
    with pytest.raises(InputError, match="no bound"):
        cvar_allocation(np.ones((3, 1)), AllocationLimits(-np.inf, np.inf))
    with pytest.raises(InputError, match="move in step"):
        risk_parity(np.ones((2, 2)), deviation=1.0)
    with pytest.raises(InputError, match="product 1 has no risk"):
        hierarchical_parity(np.diag([1.0, 0.0]), deviation=1.0)
    with pytest.raises(InputError, match="say one thing twice"):
        black_litterman(gains, matrix, [[1.0, 0.0], [1.0, 0.0]], [1.0, 2.0], 0.0)


def test_lots_are_the_best_however_small_the_money_and_named_where_none_fit() -> None:
    matrix = np.array([[2.0, 0.5], [0.5, 1.0]])
    for scale in (1e-6, 1.0, 1e6):
        limits = AllocationLimits(-5.0, 5.0, lot=0.25, cost=0.01 * scale)
        found = mean_variance([scale, scale], scale * matrix, limits, aversion=1.0)
        assert found.position == pytest.approx([0.25, 0.75], abs=1e-9)
        assert found.gap == 0.0
    mixed = AllocationLimits(-5.0, 5.0, lot=[0.25, 0.0])
    found = mean_variance([1.0, 1.0], matrix, mixed, aversion=1.0)
    assert found.position == pytest.approx([0.25, 0.875], abs=1e-6)
    odd = AllocationLimits(0.3, 0.4, lot=0.25)
    with pytest.raises(InputError, match="in conflict: least and most of a product; whole lots"):
        mean_variance([1.0, 1.0], matrix, odd, aversion=1.0)
    endless = AllocationLimits(-np.inf, np.inf, lot=1.0)
    with pytest.raises(InputError, match="gains have no bound"):
        cvar_allocation(np.ones((5, 2)), endless)
    with pytest.raises(InputError, match="a lot has no end"):
        mean_variance([1.0, 1.0], matrix, AllocationLimits(-1, 1, lot=np.inf), aversion=1.0)
