"""Hedge paths: the best whole lots, inside their corridor; what is left adds up."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.strategy.hedge_path import block_hedge, hedge_path, linear_tranches, residual_of

PEAK = np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0] * 4)
FIRST = np.array([1.0] * 12 + [0.0] * 12)
PRODUCTS = np.stack([np.ones(24), PEAK, FIRST], axis=1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9_999), st.sampled_from([1.0, 5.0]), st.floats(-3, 3))
def test_no_other_lots_leave_less(seed: int, lot: float, start: float) -> None:
    load = np.random.default_rng(seed).normal(20, 8, 24)
    found = block_hedge(load, PRODUCTS, lot, start=start)
    steps = (found - start) / lot
    assert np.allclose(steps, np.round(steps), atol=1e-9)

    def left(held: np.ndarray) -> float:
        return float(np.square(load - PRODUCTS @ held).sum())

    exact = start + lot * np.round((np.linalg.lstsq(PRODUCTS, load, rcond=None)[0] - start) / lot)
    least = min(left(exact + lot * np.array(move)) for move in product(range(-3, 4), repeat=3))
    assert left(found) <= least + 1e-6 * max(least, 1.0)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9_999), st.integers(1, 8), st.floats(0.05, 0.3))
def test_a_path_stays_in_its_corridor_and_leaves_the_rest_alone(
    seed: int, dates: int, width: float
) -> None:
    random = np.random.default_rng(seed)
    profiles = (
        400 + 100 * PEAK + random.normal(0, 20, (dates, 24)) + random.normal(0, 40, (dates, 1))
    )
    is_traded = random.integers(0, 2, (dates, 3)).astype(bool)
    is_traded[:, 0] = True  # base trades on every date
    shares = np.arange(1, dates + 1) / dates
    path = hedge_path(profiles, PRODUCTS, is_traded, 1.0, shares, width=width)
    assert (np.abs(path.share - shares) <= width + 1e-9).all()
    assert (path.trades[~is_traded] == 0).all()
    assert path.position == pytest.approx(np.cumsum(path.trades, axis=0))
    energy = (PRODUCTS @ path.position[-1]).sum() / profiles[-1].sum()
    assert path.share[-1] == pytest.approx(energy)


def test_a_rise_of_the_load_is_followed_and_linear_tranches_are_not() -> None:
    first = 100 + 50 * PEAK
    profiles = np.stack([first, first * 1.1, first * 1.2, first * 1.3])
    shares = [0.25, 0.5, 0.75, 1.0]
    path = hedge_path(profiles, PRODUCTS[:, :2], np.ones((4, 2), bool), 1.0, shares, width=0.1)
    assert path.position[-1].tolist() == [130.0, 65.0]
    linear = linear_tranches(first, PRODUCTS[:, :2], 1.0, 4)
    assert linear.position.tolist() == [[25.0, 12.0], [50.0, 25.0], [75.0, 38.0], [100.0, 50.0]]
    ours, others = (
        residual_of(profiles[-1], PRODUCTS[:, :2] @ one.position[-1], PRODUCTS[:, :2])
        for one in (path, linear)
    )
    assert ours.total == pytest.approx(0.0, abs=1e-9)
    assert others.volume == pytest.approx(others.total)
    assert others.total > 30.0


@given(st.integers(0, 9_999))
def test_volume_and_shape_add_up_in_squares(seed: int) -> None:
    random = np.random.default_rng(seed)
    found = residual_of(random.normal(50, 9, 24), random.normal(50, 9, 24), PRODUCTS)
    assert found.total**2 == pytest.approx(found.volume**2 + found.shape**2)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="a lot is 0 MW"):
        block_hedge(np.ones(24), PRODUCTS, 0.0)
    with pytest.raises(InputError, match="missing; fill it"):
        block_hedge(np.full(24, np.nan), PRODUCTS, 1.0)
    with pytest.raises(InputError, match="dates, products"):
        hedge_path(np.ones((2, 24)), PRODUCTS, np.ones((1, 3), bool), 1.0, [0.5, 1.0], width=0.1)
    with pytest.raises(InputError, match="width is 0"):
        hedge_path(np.ones((1, 24)), PRODUCTS, np.ones((1, 3), bool), 1.0, [1.0], width=0.0)
    with pytest.raises(InputError, match="at least 1"):
        linear_tranches(np.ones(24), PRODUCTS, 1.0, 0)
