"""Sizes of strategies from their past: nothing of what follows is known, luck is called luck."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.strategy.allocation import METHODS, walk_allocation


def earned(seed: int, days: int = 120, count: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(rng.normal(0.0, 1.0, count), rng.uniform(1.0, 20.0, count), (days, count))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(METHODS)), st.integers(60, 119))
def test_sizes_do_not_depend_on_what_follows(seed: int, method: str, cut: int) -> None:
    pnl = earned(seed)
    other = pnl.copy()
    other[cut:] = 1e3 * earned(seed + 1)[cut:]
    one = walk_allocation(pnl, method=method, window=40, every=10, draws=100)
    two = walk_allocation(other, method=method, window=40, every=10, draws=100)
    known = one.starts <= cut
    assert np.array_equal(one.sizes[known], two.sizes[known])
    assert (one.sizes >= -1e-9).all()
    assert (one.sizes <= 3.0 + 1e-9).all()
    assert (one.sizes.sum(axis=1) <= pnl.shape[1] + 1e-6).all()


def test_equal_strategies_are_held_alike_and_no_difference_is_shown() -> None:
    pnl = np.random.default_rng(3).normal(0.0, 1.0, (400, 3))
    made = walk_allocation(pnl, method="risk_parity", window=100, every=50)
    assert made.sizes == pytest.approx(np.ones_like(made.sizes), abs=0.25)
    assert not made.gain.excludes_zero
    assert len(made.pnl) == len(made.equal) == 300


def test_a_wild_strategy_that_earns_nothing_is_made_small_and_that_shows() -> None:
    rng = np.random.default_rng(5)
    pnl = np.column_stack([rng.normal(1.0, 1.0, 600), rng.normal(-4.0, 20.0, 600)])
    for method in METHODS:
        made = walk_allocation(pnl, method=method)
        assert (made.sizes[:, 1] < 0.5).all(), method
        assert made.sharpe_gain.excludes_zero, method
        assert made.gain.low < made.gain.value < made.gain.high


def test_who_did_not_trade_keeps_the_size() -> None:
    pnl = earned(1)
    pnl[:, 0] = 0.0
    made = walk_allocation(pnl, window=40)
    assert (made.sizes[:, 0] == 1.0).all()


def test_what_does_not_fit_is_named() -> None:
    for wrong, told in (
        ({"method": "luck"}, "no method"),
        ({"window": 5}, "window is 5; give 10 or more"),
        ({"draws": 10}, "draws is 10; give 100 or more"),
        ({"window": 119}, "too few"),
    ):
        with pytest.raises(InputError, match=told):
            walk_allocation(earned(0), **wrong)
    with pytest.raises(InputError, match="gaps"):
        walk_allocation(np.ones((90, 1)))
