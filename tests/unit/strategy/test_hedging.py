"""Hedges: the least risk, proved, and against a linear programme."""

from __future__ import annotations

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.strategy.hedging import CvarHedge, in_lots, minimum_variance_hedge


def least_by_highs(
    base: np.ndarray, pnl: np.ndarray, bound: float, cost: float, confidence: float
) -> float:
    """Return the least objective by HiGHS, as Rockafellar and Uryasev write it down."""
    scenarios, width = pnl.shape
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    inf = highspy.kHighsInf
    buy = [solver.addVariable(0.0, bound, cost) for _ in range(width)]
    sell = [solver.addVariable(0.0, bound, cost) for _ in range(width)]
    level = solver.addVariable(-inf, inf, 1.0)
    weight = 1.0 / ((1.0 - confidence) * scenarios)
    for row, own in zip(pnl, base, strict=True):
        over = solver.addVariable(0.0, inf, weight)
        gain = sum(
            float(value) * (one - other) for value, one, other in zip(row, buy, sell, strict=True)
        )
        solver.addConstr(over + level + gain >= -float(own))
    solver.run()
    return float(solver.getInfo().objective_function_value)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.05, 0.5]),
    st.sampled_from([0.5, 0.9, 0.95]),
)
def test_it_is_the_optimum_of_the_linear_programme(
    seed: int, scenarios: int, width: int, cost: float, confidence: float
) -> None:
    random = np.random.default_rng(seed)
    pnl = random.normal(size=(scenarios, width)).round(1)
    base = (random.normal(size=scenarios) - pnl.sum(axis=1)).round(1)
    found = CvarHedge(base, pnl, lower=-2.0, upper=2.0, cost=cost, confidence=confidence).solve()
    best = least_by_highs(base, pnl, 2.0, cost, confidence)
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert found.gap < 1e-7
    assert (np.abs(found.position) <= 2.0).all()


def test_a_new_scenario_goes_on_from_the_old_hedge() -> None:
    random = np.random.default_rng(4)
    pnl = random.normal(size=(401, 10))
    base = random.normal(size=401) - pnl[:, :4].sum(axis=1)
    hedge = CvarHedge(base[:-1], pnl[:-1], lower=-3.0, upper=3.0)
    hedge.solve()
    hedge.add_scenario(float(base[-1]), pnl[-1])
    warm = hedge.solve()
    fresh = CvarHedge(base, pnl, lower=-3.0, upper=3.0).solve()
    assert warm.objective == pytest.approx(fresh.objective, abs=1e-9)
    assert warm.steps < fresh.steps


def test_a_hedge_of_a_profile_leaves_only_its_shape() -> None:
    """A load of peak and base is hedged by its products; what they cannot do stays."""
    random = np.random.default_rng(2)
    base_price, spread = random.normal(0, 10, 2_000), random.normal(0, 4, 2_000)
    noise = random.normal(0, 1, 2_000)
    owed = -(100 * base_price + 30 * (base_price + spread) + 10 * noise)
    products = np.column_stack([base_price, base_price + spread])
    found = CvarHedge(owed, products, lower=0.0, upper=500.0).solve()
    assert found.position == pytest.approx([100.0, 30.0], abs=1.0)
    assert found.cvar < 30.0
    assert minimum_variance_hedge(owed, products) == pytest.approx([100.0, 30.0], abs=0.5)
    assert in_lots(found.position, [5.0, 5.0]).tolist() == [100.0, 30.0]


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match=r"exposure has shape \(3,\) and instruments \(2, 1\)"):
        CvarHedge([1, 2, 3], [[1], [2]], lower=0, upper=1)
    with pytest.raises(InputError, match="do not fit 2 instruments"):
        CvarHedge([1.0], [[1.0, 2.0]], lower=[0, 0, 0], upper=1)
    with pytest.raises(InputError, match="pnl is NaN at 1"):
        CvarHedge([1.0], [[1.0, np.nan]], lower=0, upper=1)
    with pytest.raises(InputError, match="bounds 1 to 2"):
        CvarHedge([1.0], [[1.0]], lower=1, upper=2)
    with pytest.raises(InputError, match="no scenarios"):
        CvarHedge([], np.empty((0, 2)), lower=0, upper=1)
    with pytest.raises(InputError, match="2 instruments move like 1"):
        minimum_variance_hedge([1.0, 2.0, 4.0], [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    with pytest.raises(InputError, match="a lot is 0"):
        in_lots([1.0], [0.0])
