"""Margin needs, liquidity at risk and cash flows against plain sums; sums to the cent."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.risk.liquidity import (
    MarginTerms,
    MarketDepth,
    cash_flow_at_risk,
    closing_days,
    earnings_at_risk,
    first_shortfall,
    horizon_paths,
    liquidity_adjusted_risk,
    liquidity_at_risk,
    margin_needs,
)

CLEARED = MarginTerms(is_cleared=True, initial_window=30, initial_floor=0.1, lodged=100.0)


def prices(seed: int, days: int = 60, series: int = 2) -> np.ndarray:
    return 50 + np.cumsum(np.random.default_rng(seed).normal(0, 2, (days, series)), axis=0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=2))
def test_a_cleared_account_calls_what_is_lost_and_its_initial_margin(
    seed: int, held: list[float]
) -> None:
    past = prices(seed)
    paths = horizon_paths(past, 5)[:4]
    found = margin_needs(CLEARED, held, paths, past[:-1])
    worth = np.concatenate([past[:-1] @ held, paths[2] @ held])
    for day in range(6):
        now = len(past) - 1 + day
        losses = sorted(worth[at - 2] - worth[at] for at in range(now - 29, now + 1))
        # 99 % of 30 moves: the worst of them.
        initial = max(losses[-1], 0.1 * float(np.abs(paths[2, day]) @ np.abs(held)), 0.0)
        expected = -(worth[now] - worth[len(past) - 1]) + max(initial - 100.0, 0.0)
        assert found[2, day] / 100 == pytest.approx(expected, abs=0.011)


def test_a_threshold_stands_open_and_small_calls_wait() -> None:
    terms = MarginTerms(is_cleared=False, threshold=100.0, minimum_transfer=50.0)
    path = np.array([[[10.0], [11.0], [11.2], [12.5], [10.0], [7.0]]])
    found = margin_needs(terms, [-100.0], path, np.empty((0, 1)))
    # Lost 0, 100, 120, 250, 0, won 300: calls of 150, back again, 200 come in.
    assert found.tolist() == [[0, 0, 0, 15_000, 0, -20_000]]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 30),
    st.integers(1, 6),
    st.integers(0, 99),
    st.floats(0.5, 0.99),
)
def test_the_tail_is_a_path_that_accounts_sum_to(
    accounts: int, paths: int, days: int, seed: int, level: float
) -> None:
    needs = np.random.default_rng(seed).integers(-(10**9), 10**9, (accounts, paths, days))
    found = liquidity_at_risk(needs, level)
    assert int(found.by_account_cents.sum()) == found.peak_cents
    peaks = needs.sum(axis=0).max(axis=1)
    # An observation; a product above a whole number by its last bit is that number.
    place = math.ceil(round(level * paths, 9)) - 1
    assert found.peak_cents == np.sort(peaks)[place]
    short = first_shortfall(needs[:, 0], 1_000)
    total = needs[:, 0].sum(axis=0).tolist()
    above = [at for at, one in enumerate(total) if one > 1_000]
    assert short.day == (above[0] if above else None)
    assert short.lacking_cents == max(max(total) - 1_000, 0)
    assert int(short.by_account_cents.sum()) == short.peak_cents == max(total)


def test_paths_begin_now_and_keep_the_moves_of_days_in_a_row() -> None:
    past = prices(4, days=200)
    made = horizon_paths(past, 10)
    assert made.shape == (190, 11, 2)
    assert (made[:, 0] == past[-1]).all()
    flat = horizon_paths(np.cumsum(np.tile([[1.0], [-1.0]], (40, 1)), axis=0), 3)
    assert np.allclose(np.abs(np.diff(flat[:, :, 0], axis=1)), 1.0, rtol=0.2)
    with pytest.raises(InputError, match="stands still"):
        horizon_paths(np.ones((60, 1)), 3)


def test_selling_over_days_costs_more_and_a_day_costs_the_spread_only() -> None:
    pnl = np.random.default_rng(1).normal(0, 1_000, (500, 2))
    deep = MarketDepth(spread=0.4, daily_volume=1e6, spread_deviation=0.1)
    thin = MarketDepth(spread=0.4, daily_volume=1e4, spread_deviation=0.1)
    easy = liquidity_adjusted_risk([1_000.0, 2_000.0], pnl, (deep, deep), 0.95)
    hard = liquidity_adjusted_risk([1_000.0, 2_000.0], pnl, (thin, thin), 0.95)
    assert easy.longer == 0.0
    assert easy.spread == pytest.approx(0.5 * 3_000 * 0.7)
    assert hard.days.tolist() == [1.0, 2.0]
    assert hard.longer > 0.0
    assert hard.value_at_risk == easy.value_at_risk
    # Equal parts over n days: variances of n (1 + 1/n) (2 + 1/n) / 6 days, here by their sum.
    one = liquidity_adjusted_risk([5_000.0], pnl[:, :1], (thin,), 0.95)
    shares = [(5 - sold) / 5 for sold in range(5)]
    scale = np.sqrt(sum(share**2 for share in shares))
    assert one.longer + one.value_at_risk == pytest.approx(scale * one.value_at_risk)
    assert closing_days(0.0, thin) == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(1, 50), st.integers(1, 8), st.floats(0.5, 0.99))
def test_sources_sum_to_the_shortfall_and_periods_to_earnings(
    sources: int, scenarios: int, periods: int, level: float
) -> None:
    flows = np.random.default_rng(scenarios).normal(10, 100, (sources, scenarios, periods))
    cash = cash_flow_at_risk(flows, level)
    earned = earnings_at_risk(flows, level)
    assert cash.at_risk_so_far[-1] == pytest.approx(earned.at_risk)
    assert cash.expected.sum() == pytest.approx(earned.expected)
    assert earned.by_source.sum() == pytest.approx(earned.shortfall)
    assert earned.shortfall >= earned.at_risk - 1e-9
    total = np.sort(flows.sum(axis=(0, 2)))
    tail = (1 - level) * scenarios
    weights = np.clip(tail - np.arange(scenarios), 0, 1)
    assert earned.shortfall == pytest.approx(total.mean() - total @ weights / tail, abs=1e-6)
    assert cash.lowest >= 0.0


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: margin_needs(CLEARED, [1.0], np.ones((1, 2, 1)), np.ones((5, 1))), "begin later"),
        (lambda: margin_needs(CLEARED, [1.0, 2.0], np.ones((1, 2, 1)), np.ones((40, 1))), "shape"),
        (lambda: MarginTerms(is_cleared=True, threshold=-1.0), "threshold is -1"),
        (lambda: MarketDepth(spread=0.1, daily_volume=0.0), "daily_volume is 0"),
        (lambda: liquidity_at_risk(np.zeros((1, 0, 2), np.int64), 0.9), "accounts, paths and days"),
        (lambda: cash_flow_at_risk([[[1.0, np.nan]]], 0.9), "source 0, scenario 0, period 1"),
        (lambda: earnings_at_risk([[1.0]], 0.9), "sources, scenarios, periods"),
    ],
)
def test_what_does_not_fit_is_named(make, told) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=told):
        make()
