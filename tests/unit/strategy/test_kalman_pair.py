"""A spread whose ratio drifts, followed by a filter that only knows the past."""

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.strategy.kalman_pair import KalmanPair, pair_backtest


def cointegrated(seed: int, count: int = 2_000) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    second = 50 + np.cumsum(draw.normal(0, 0.5, count))
    spread = np.zeros(count)
    for step in range(1, count):
        spread[step] = 0.9 * spread[step - 1] + draw.normal(0, 0.5)
    return 3 + 1.4 * second + spread, second


def test_the_filter_finds_the_ratio() -> None:
    draw = np.random.default_rng(1)
    second = 50 + np.cumsum(draw.normal(0, 0.5, 3_000))
    pair = KalmanPair(drift=1e-8)
    for price in second:
        pair.update(3 + 1.4 * price + draw.normal(0, 0.3), price)
    assert pair.state[1] == pytest.approx(1.4, abs=0.02)
    assert pair.noise == pytest.approx(0.09, rel=0.3)


def test_a_spread_that_returns_is_earned_and_a_random_walk_is_not() -> None:
    earned = [pair_backtest(*cointegrated(seed), cost=0.01).pnl.sum() for seed in range(8)]
    assert min(earned) > 0
    lost = []
    for seed in range(8):
        draw = np.random.default_rng(seed)
        walks = 50 + np.cumsum(draw.normal(0, 0.5, (2, 2_000)), axis=1)
        lost.append(pair_backtest(walks[0], walks[1], cost=0.05).pnl.sum())
    assert np.mean(lost) < np.mean(earned) / 4


def test_nothing_is_known_before_it_comes() -> None:
    first, second = cointegrated(3)
    whole = pair_backtest(first, second)
    part = pair_backtest(first[:900], second[:900])
    np.testing.assert_array_equal(whole.pnl[:900], part.pnl)
    np.testing.assert_array_equal(whole.position[:900], part.position)


def test_costs_are_taken_off() -> None:
    first, second = cointegrated(4)
    free, paid = pair_backtest(first, second), pair_backtest(first, second, cost=0.05)
    assert paid.trades == free.trades > 10
    assert free.pnl.sum() - paid.pnl.sum() == pytest.approx(paid.costs)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="entry 1"):
        pair_backtest([1.0], [1.0], entry=1, leave=1)
    with pytest.raises(InputError, match="two finite columns"):
        pair_backtest([1.0], [1.0, 2.0])
    with pytest.raises(InputError, match="drift 0"):
        KalmanPair(drift=0)
