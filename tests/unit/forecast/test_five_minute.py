"""Five-minute forecasts know only what came before, and their intervals answer to misses."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import ForecastError
from wattbook.forecast.five_minute import (
    FiveMinuteBacktest,
    FiveMinuteForecasts,
    FiveMinuteMarket,
    OnlineInterval,
    forecast_test,
    inputs,
    load_five_minute,
    score,
)
from wattbook.forecast.reliability import reliability

HOW = FiveMinuteBacktest(test_days=8, warm_up_days=4, refit_days=4, trees=30, depth=4)


@pytest.fixture(scope="module")
def market() -> FiveMinuteMarket:
    """Return prices that swing back to a level which follows the day."""
    rng = np.random.default_rng(11)
    count = 55 * 288
    slot = np.arange(count, dtype=np.int64) + 5_000_000
    level = 40.0 + 10.0 * np.sin(slot % 288 / 288 * 2 * np.pi)
    price = level + rng.normal(0.0, 4.0, count)
    return FiveMinuteMarket("made", slot, price, 5_000.0 + 20.0 * level, -1)


def run(market: FiveMinuteMarket, how: FiveMinuteBacktest = HOW) -> FiveMinuteForecasts:
    told: list[tuple[int, int]] = []
    made = forecast_test(market, how, lambda done, total: told.append((done, total)))
    total = how.test_days + how.warm_up_days
    assert told == [(done, total) for done in range(0, total + 1, how.refit_days)]
    return made


def test_a_price_that_swings_back_is_forecast_better_than_persistence(
    market: FiveMinuteMarket,
) -> None:
    found = score(run(market))
    assert found.intervals == 8 * 288
    assert found.mae < 0.8 * found.persistence_mae
    assert 0.93 < found.coverage < 0.97
    assert found.winkler < 0.9 * found.plain_winkler
    assert found.right_top_1 > 0.9
    assert found.right_top_1 >= found.right_top_10
    assert found.right_calls > 0.75


@given(seed=st.integers(0, 2**32 - 1), place=st.integers(2_500, 4_000))
@settings(max_examples=15)
def test_permuting_later_prices_changes_no_input(
    market: FiveMinuteMarket, seed: int, place: int
) -> None:
    other = market.price.copy()
    other[place:] = np.random.default_rng(seed).permutation(other[place:]) + 5.0
    second = market.second.copy()
    second[place:] += 100.0
    changed = dataclasses.replace(market, price=other, second=second)
    np.testing.assert_array_equal(inputs(market)[: place + 1], inputs(changed)[: place + 1])


def test_permuting_later_prices_changes_no_forecast(market: FiveMinuteMarket) -> None:
    how = dataclasses.replace(HOW, trees=8)
    place = market.price.size - 3 * 288
    other = market.price.copy()
    other[place:] = np.random.default_rng(0).permutation(other[place:]) + 50.0
    made, again = run(market, how), run(dataclasses.replace(market, price=other), how)
    cut = slice(0, 5 * 288 + 1)
    for name in ("point", "lower", "upper", "plain_lower", "lean", "confidence"):
        np.testing.assert_array_equal(getattr(made, name)[cut], getattr(again, name)[cut])


def test_a_gap_in_prices_stops_nothing(market: FiveMinuteMarket) -> None:
    price = market.price.copy()
    price[-600:-580] = np.nan
    made = run(dataclasses.replace(market, price=price), dataclasses.replace(HOW, trees=8))
    assert np.isfinite(made.point).all()
    assert np.isfinite(made.lower).all()
    assert score(made).intervals == 8 * 288 - 20


def test_online_intervals_hold_their_share_when_moves_grow() -> None:
    rng = np.random.default_rng(3)
    size = np.where(np.arange(20_000) < 10_000, 1.0, 5.0)
    real = size * rng.normal(size=20_000)
    ends = np.full(20_000, 1.96)
    low, high = OnlineInterval(0.95, 0.1).of(real, -ends, ends, np.ones(20_000))
    later = slice(12_000, None)
    inside = (real >= low) & (real <= high)
    assert inside[later].mean() == pytest.approx(0.95, abs=0.01)
    assert ((real >= -ends) & (real <= ends))[later].mean() < 0.4
    with pytest.raises(ForecastError, match="not above zero"):
        OnlineInterval().of(real, low, high, np.zeros(20_000))


def test_too_little_history_and_unknown_markets_are_refused(
    market: FiveMinuteMarket, tmp_path: Path
) -> None:
    with pytest.raises(ForecastError, match=r"55 days; 395 days of forecasts"):
        run(market, FiveMinuteBacktest())
    with pytest.raises(ForecastError, match="choose of VIC1, "):
        load_five_minute(tmp_path, "QLD1")
    with pytest.raises(ForecastError, match="does not exist"):
        load_five_minute(tmp_path, "VIC1")


def test_reliability_refuses_what_is_no_confidence() -> None:
    with pytest.raises(ForecastError, match="outside of 0 to 1"):
        reliability(np.array([0.5, 1.5]), np.array([True, False]))
    with pytest.raises(ForecastError, match="0 confidences"):
        reliability(np.empty(0), np.empty(0, dtype=np.bool_))


@pytest.mark.data
def test_recorded_markets_are_read_by_their_stamps(recorded_data: Path) -> None:
    found = load_five_minute(recorded_data / "rt5", "VIC1")
    # 2024-01-01 00:05 ends the first interval of the year.
    assert found.slot[0] * 300 == 1_704_067_200
    assert found.price[0] == 51.8
