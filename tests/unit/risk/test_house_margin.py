"""Margin by filtered scenarios, its parts, collateral and calls."""

import dataclasses
import math

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.risk.house_margin import (
    Collateral,
    MarginModel,
    collateral_value,
    filtered_margin,
    margin_call,
    shocked_pnl,
    variation_margin,
)

RANDOM = np.random.default_rng(12)
MODEL = MarginModel(
    filtered=RANDOM.standard_normal((3, 750)).astype(np.float32),
    stressed=4.0 * RANDOM.standard_normal((3, 100)),
    long_run=1.5 * RANDOM.standard_normal((3, 2_500)),
    half_spread=np.array([0.1, 0.1, 0.2]),
    daily_volume=np.array([1_000.0, 1_000.0, 50.0]),
)


def test_parts_make_the_total_and_can_be_taken_apart() -> None:
    parts = filtered_margin([10.0, -5.0, 2.0], MODEL)
    assert parts.blended == pytest.approx(0.75 * parts.filtered + 0.25 * parts.stressed)
    assert parts.total == max(parts.blended, parts.floor) + parts.liquidity + parts.concentration
    assert parts.concentration == 0.0
    bare = dataclasses.replace(MODEL, stressed_share=0.0, floor_share=0.0, half_spread=np.zeros(3))
    assert filtered_margin([10.0, -5.0, 2.0], bare).total == pytest.approx(parts.filtered)


def test_calm_times_do_not_lower_it_below_the_floor() -> None:
    calm = dataclasses.replace(MODEL, filtered=0.01 * MODEL.filtered, stressed_share=0.0)
    parts = filtered_margin([10.0, 0.0, 0.0], calm)
    assert parts.blended < parts.floor
    assert parts.total == parts.floor + parts.liquidity


def test_a_position_beyond_the_volume_costs_more_than_in_proportion() -> None:
    small, large = (filtered_margin([0.0, 0.0, size], MODEL) for size in (1.0, 500.0))
    assert large.concentration > 0.0
    assert large.total > 500.0 * small.total
    offset = filtered_margin([10.0, -10.0, 0.0], MODEL)
    assert offset.filtered < 2.0 * filtered_margin([10.0, 0.0, 0.0], MODEL).filtered


def test_four_bytes_give_what_eight_do() -> None:
    quantities = RANDOM.integers(-9, 10, 4_000).astype(float)
    shocks = RANDOM.standard_normal((4_000, 300))
    exact = quantities @ shocks
    assert np.allclose(shocked_pnl(quantities, shocks), exact, rtol=0, atol=1e-9)
    single = shocked_pnl(quantities, shocks.astype(np.float32))
    assert np.abs(single - exact).max() < 1e-7 * np.abs(quantities).sum()
    with pytest.raises(InputError, match="needed"):
        shocked_pnl(quantities[:5], shocks)
    with pytest.raises(InputError, match="no number"):
        shocked_pnl([1.0], np.array([[1.0, np.nan]]))


def test_calls_keep_threshold_transfer_amount_and_rounding() -> None:
    assert margin_call(100.0, 95.0, minimum_transfer=10.0).amount == 0.0
    assert margin_call(100.0, 20.0, threshold=50.0).amount == pytest.approx(30.0)
    assert margin_call(100.0, 133.0, rounding=10.0).amount == -30.0
    assert margin_call(100.0, 0.0, variation=250.0).amount == 0.0
    for wrong in (math.nan, math.inf):
        with pytest.raises(InputError):
            margin_call(wrong, 0.0)


def test_collateral_counts_less_its_haircuts_up_to_its_cap() -> None:
    lodged = [Collateral("bond", 200.0, 0.05, cap=100.0), Collateral("cash", 10.0)]
    assert collateral_value(lodged) == 110.0
    with pytest.raises(InputError, match="haircut of bond"):
        collateral_value([Collateral("bond", 1.0, 1.5)])
    with pytest.raises(InputError, match="give as many"):
        variation_margin([1.0], [2.0], [3.0, 4.0])
