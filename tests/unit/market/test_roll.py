"""Futures joined across expiries show no profit that nobody could make."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.ingest import normalize_daily
from wattbook.market import roll_adjusted
from wattbook.sources.recorded.futures import PRODUCTS, contracts, settlements


@given(
    st.lists(st.tuples(st.floats(-50, 150), st.floats(-50, 150)), min_size=2, max_size=60),
    st.sets(st.integers(0, 59), max_size=8),
)
def test_each_daily_change_is_that_of_one_contract(
    prices: list[tuple[float, float]], expiries: set[int]
) -> None:
    day = np.datetime64("2020-01-01") + np.arange(len(prices))
    front = np.array([first for first, _ in prices])
    second = np.array([next_one for _, next_one in prices])
    last_trade = np.array(sorted(day[0] + place for place in expiries), dtype="datetime64[D]")
    joined = roll_adjusted(day, front, second, last_trade)
    for place in range(1, len(prices)):
        # After its last trading day, the contract that was second is in front.
        before = second[place - 1] if day[place - 1] in last_trade else front[place - 1]
        change = joined.price[place] - joined.price[place - 1]
        assert change == pytest.approx(front[place] - before, abs=1e-6)
    assert joined.price[-1] == front[-1]


def test_a_roll_through_a_negative_price_is_by_difference() -> None:
    day = np.array(["2020-04-20", "2020-04-21", "2020-04-22"], dtype="datetime64[D]")
    front, second = np.array([-37.63, 10.01, 13.78]), np.array([20.43, 11.57, 20.69])
    joined = roll_adjusted(day, front, second, np.array(["2020-04-21"], dtype="datetime64[D]"))
    assert np.diff(joined.price).round(2).tolist() == [47.64, 2.21]


def test_days_that_do_not_rise_are_refused() -> None:
    day = np.array(["2020-04-21", "2020-04-20"], dtype="datetime64[D]")
    with pytest.raises(InputError, match="do not rise"):
        roll_adjusted(day, np.zeros(2), np.zeros(2), day)


@pytest.mark.data
@pytest.mark.parametrize("prefix", ["CL", "NG", "HO", "RB"])
def test_recorded_rolls_move_less_once_joined(recorded_data: Path, prefix: str) -> None:
    daily = []
    for place in (1, 2):
        name = f"{prefix}{place:02}"
        daily.append(normalize_daily(name, "curves", *settlements(recorded_data, name))[0])
    common = np.intersect1d(daily[0][0], daily[1][0])
    front, second = (value[np.isin(day, common)] for day, value in daily)
    last_trade = np.array([one.last_trade for one in contracts(recorded_data, PRODUCTS[prefix])])
    joined = roll_adjusted(common, front, second, last_trade)
    before = np.abs(np.diff(joined.settlement))[joined.rolls - 1].mean()
    after = np.abs(np.diff(joined.price))[joined.rolls - 1].mean()
    assert joined.rolls.size > 180
    assert after < 0.95 * before
