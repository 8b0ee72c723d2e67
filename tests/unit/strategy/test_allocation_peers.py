"""Allocations and hedges beside Clarabel and HiGHS behind cvxpy, under the same constraints."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.strategy.allocation import (
    Allocation,
    AllocationLimits,
    cvar_allocation,
    mean_variance,
    nearest,
    risk_parity,
)
from wattbook.strategy.exposure_hedge import hedge_exposure
from wattbook.strategy.hedging import CvarHedge

pytestmark = pytest.mark.long

SEED = st.integers(0, 10_000)
COUNT = st.integers(2, 8)


def covariance(random: np.random.Generator, count: int) -> np.ndarray:
    factors = random.normal(size=(count, count + 2))
    return factors @ factors.T / count + 0.1 * np.eye(count)


def limits_of(random: np.random.Generator, count: int, lot: float = 0.0) -> AllocationLimits:
    """Return limits of every kind; some of them conflict."""
    periods = int(random.integers(1, 5))
    return AllocationLimits(
        random.uniform(-3, 0, count),
        random.uniform(0, 3, count),
        current=random.uniform(-1, 1, count),
        cost=random.uniform(0, 0.2, count),
        trade_most=random.uniform(0.5, 2, count),
        delivery=random.integers(0, 2, (periods, count)).astype(float),
        delivery_lower=random.uniform(-2, 0, periods),
        delivery_upper=random.uniform(0, 1, periods),
        margin=random.uniform(0.5, 2, count),
        margin_most=float(random.uniform(1, 8)),
        lot=lot,
    )


def stated(
    limits: AllocationLimits, held: cp.Variable
) -> tuple[list[cp.Constraint], cp.Expression]:
    """Return the same limits for cvxpy, and what trading costs."""
    moved = held - limits.current
    power = np.asarray(limits.delivery) @ held
    rules = [
        held >= limits.lower,
        held <= limits.upper,
        cp.abs(moved) <= limits.trade_most,
        power >= limits.delivery_lower,
        power <= limits.delivery_upper,
        np.asarray(limits.margin) @ cp.abs(held) <= limits.margin_most,
    ]
    if np.any(limits.lot):
        lots = cp.Variable(held.size, integer=True, bounds=[-50, 50])
        rules.append(moved == np.asarray(limits.lot) * lots)
    return rules, np.asarray(limits.cost) @ cp.abs(moved)


def agree(problem: cp.Problem, ours: Callable[[], Allocation], held: cp.Variable) -> None:
    """Hold an allocation of ours against a problem: both have an optimum of one worth, or none."""
    problem.solve(solver="CLARABEL")
    if problem.status in ("infeasible", "infeasible_inaccurate"):
        with pytest.raises(InputError, match="no position keeps all limits"):
            ours()
        return
    assert problem.status.startswith("optimal")
    best = problem.value
    held.value = ours().position
    assert problem.objective.expr.value == pytest.approx(best, rel=1e-6, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(SEED, COUNT, st.floats(0.1, 3.0))
def test_mean_variance_and_nearest_are_worth_what_clarabel_finds(
    seed: int, count: int, aversion: float
) -> None:
    random = np.random.default_rng(seed)
    gains, matrix, limits = (
        random.normal(size=count),
        covariance(random, count),
        limits_of(random, count),
    )
    held = cp.Variable(count)
    rules, cost = stated(limits, held)
    worth = gains @ held - aversion / 2 * cp.quad_form(held, matrix) - cost
    problem = cp.Problem(cp.Maximize(worth), rules)
    agree(problem, lambda: mean_variance(gains, matrix, limits, aversion=aversion), held)
    wanted = random.normal(size=count)
    strays = aversion / 2 * cp.quad_form(held - wanted, matrix) + cost
    problem = cp.Problem(cp.Minimize(strays), rules)
    agree(problem, lambda: nearest(wanted, matrix, limits, aversion=aversion), held)


@pytest.mark.parametrize(("seed", "count"), [(17, 8), (118, 8), (155, 2), (326, 8), (342, 5)])
def test_what_highs_gives_up_is_found_by_tangents(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    gains, matrix = random.normal(size=count), covariance(random, count)
    limits, held = limits_of(random, count), cp.Variable(count)
    aversion = float(np.random.default_rng(seed + 9).uniform(0.1, 3))
    rules, cost = stated(limits, held)
    worth = gains @ held - aversion / 2 * cp.quad_form(held, matrix) - cost
    problem = cp.Problem(cp.Maximize(worth), rules)
    agree(problem, lambda: mean_variance(gains, matrix, limits, aversion=aversion), held)


def shortfall(pnl: cp.Expression, confidence: float) -> cp.Expression:
    """Return the mean loss of the worst scenarios, by Rockafellar and Uryasev's level."""
    level = cp.Variable()
    return level + cp.sum(cp.pos(-pnl - level)) / ((1 - confidence) * pnl.size)


@settings(max_examples=20, deadline=None)
@given(SEED, COUNT, st.integers(5, 60), st.sampled_from([0.8, 0.9, 0.95]))
def test_cvar_allocation_is_worth_what_clarabel_finds(
    seed: int, count: int, scenarios: int, confidence: float
) -> None:
    random = np.random.default_rng(seed)
    pnl, base = random.normal(0.1, 1.0, (scenarios, count)), random.normal(size=scenarios)
    limits, held = limits_of(random, count), cp.Variable(count)
    rules, cost = stated(limits, held)
    loss = shortfall(base + pnl @ held, confidence)
    objective = cp.Maximize(pnl.mean(axis=0) @ held - 0.5 * loss - cost)
    problem = cp.Problem(objective, rules)
    problem.solve(solver="CLARABEL")
    if problem.status == "infeasible":
        with pytest.raises(InputError, match="no position keeps all limits"):
            cvar_allocation(pnl, limits, confidence=confidence, aversion=0.5, base=base)
        return
    found = cvar_allocation(pnl, limits, confidence=confidence, aversion=0.5, base=base)
    worth = found.expected - 0.5 * found.risk - found.cost
    assert worth == pytest.approx(problem.value, rel=1e-6, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(SEED, st.integers(2, 5), st.sampled_from([0.25, 0.5, 1.0]))
def test_cvar_in_whole_lots_is_what_highs_behind_cvxpy_finds(
    seed: int, count: int, lot: float
) -> None:
    random = np.random.default_rng(seed)
    pnl, limits = random.normal(0.1, 1.0, (30, count)), limits_of(random, count, lot)
    held = cp.Variable(count, bounds=[-5, 5])
    rules, cost = stated(limits, held)
    loss = shortfall(pnl @ held, 0.9)
    problem = cp.Problem(cp.Maximize(pnl.mean(axis=0) @ held - 0.5 * loss - cost), rules)
    problem.solve(solver="HIGHS", mip_rel_gap=1e-7, mip_abs_gap=0.0)
    if problem.status == "infeasible":
        with pytest.raises(InputError, match="no position keeps all limits"):
            cvar_allocation(pnl, limits, confidence=0.9, aversion=0.5)
        return
    found = cvar_allocation(pnl, limits, confidence=0.9, aversion=0.5)
    assert found.gap == 0.0
    lots = (found.position - np.asarray(limits.current, np.float64)) / lot
    assert lots == pytest.approx(np.round(lots), abs=1e-6)
    worth = found.expected - 0.5 * found.risk - found.cost
    assert worth == pytest.approx(problem.value, rel=2e-6, abs=1e-6)


@settings(max_examples=12, deadline=None)
@given(SEED, st.integers(1, 3))
def test_mean_variance_in_whole_lots_is_the_best_of_all_of_them(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    gains, matrix = random.normal(size=count), covariance(random, count)
    now = random.uniform(-1, 1, count)
    limits = AllocationLimits(
        -2.0, 2.0, current=now, cost=0.05, lot=0.5, delivery=np.ones((1, count)),
        delivery_lower=-1.0, delivery_upper=1.5,
    )  # fmt: skip
    worths = []
    for lots in itertools.product(range(-6, 7), repeat=count):
        held = now + 0.5 * np.array(lots)
        if (np.abs(held) <= 2.0).all() and -1.0 <= held.sum() <= 1.5:
            cost = 0.05 * np.abs(held - now).sum()
            worths.append(gains @ held - 0.6 * held @ matrix @ held - cost)
    found = mean_variance(gains, matrix, limits, aversion=1.2)
    worth = found.expected - 0.6 * found.risk**2 - found.cost
    assert found.gap == 0.0
    assert worth == pytest.approx(max(worths), rel=2e-6, abs=1e-7)


@settings(max_examples=10, deadline=None)
@given(SEED, COUNT)
def test_risk_parity_is_what_clarabel_makes_of_the_barrier(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    matrix, budgets = covariance(random, count), random.uniform(0.2, 2.0, count)
    held = cp.Variable(count)
    barrier = cp.quad_form(held, matrix) / 2 - budgets @ cp.log(held)
    problem = cp.Problem(cp.Minimize(barrier))
    with warnings.catch_warnings():
        # Some of these the peer gives up half-way, and says so.
        warnings.simplefilter("ignore", UserWarning)
        problem.solve(solver="CLARABEL")
    assume(problem.status == cp.OPTIMAL)
    best = held.value * 3.0 / np.sqrt(held.value @ matrix @ held.value)
    assert risk_parity(matrix, deviation=3.0, budgets=budgets) == pytest.approx(best, rel=1e-3)


@settings(max_examples=15, deadline=None)
@given(SEED, st.integers(1, 6), st.integers(4, 60))
def test_the_cvar_hedge_leaves_what_clarabel_leaves(seed: int, count: int, scenarios: int) -> None:
    random = np.random.default_rng(seed)
    base, pnl = random.normal(size=scenarios), random.normal(size=(scenarios, count))
    cost, held = random.uniform(0, 0.2, count), cp.Variable(count)
    loss = shortfall(base + pnl @ held, 0.9) + cost @ cp.abs(held)
    problem = cp.Problem(cp.Minimize(loss), [held >= -2, held <= 2])
    best = problem.solve(solver="CLARABEL")
    found = CvarHedge(base, pnl, lower=-2.0, upper=2.0, cost=cost, confidence=0.9).solve()
    assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(SEED, st.integers(1, 4), st.integers(2, 12))
def test_an_exposure_in_lots_is_hedged_as_highs_behind_cvxpy_does(
    seed: int, count: int, exposures: int
) -> None:
    random = np.random.default_rng(seed)
    base = random.uniform(-30, 30, exposures)
    shapes = random.integers(0, 2, (exposures, count)).astype(float)
    lots = cp.Variable(count, integer=True, bounds=[-4, 4])
    size = cp.sum(cp.abs(base + 5.0 * shapes @ lots)) + 0.3 * cp.sum(cp.abs(5.0 * lots))
    best = cp.Problem(cp.Minimize(size)).solve(solver="HIGHS")
    found = hedge_exposure(base, shapes, lot=5.0, most=20.0, cost=0.3)
    assert found.after + found.cost == pytest.approx(best, rel=1e-5)
