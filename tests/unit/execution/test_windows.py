"""Orders in windows, reckoned by hand, and intervals of series that depend on themselves."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.execution.windows import (
    Tape,
    Window,
    block_interval,
    measure,
    risk_adjusted,
    tape,
)

SECOND = 10**9


def market() -> Tape:
    """Return a middle of 10 for two seconds and of 12 for two more, half a spread of 1."""
    return Tape(
        quoted=np.array([0, 2]) * SECOND,
        middle=np.array([10.0, 12.0]),
        half_spread=np.array([1.0, 1.0]),
        traded=np.array([1, 3]) * SECOND,
        price=np.array([9.0, 13.0]),
        volume=np.array([10.0, 30.0]),
    )


def filled(sign: int, *, price: float, volume: float) -> dict[str, float]:
    """Return what came of an order of four units in those four seconds, filled once at 3 s."""
    window = Window(0, 4 * SECOND, sign, 4.0)
    ts = np.array([3 * SECOND])
    found = measure(market(), window, ts, np.array([price]), np.array([volume]))
    return {name: getattr(found, name) for name in found.__slots__}


def test_a_purchase_against_what_it_is_measured_by() -> None:
    found = filled(1, price=13.0, volume=4.0)
    assert found["fill_rate"] == 1.0
    assert found["unfilled_markout"] == 0.0
    assert found["arrival"] == pytest.approx(3.0)
    assert found["mean_price"] == pytest.approx(2.0), "the middle was 11 on average"
    assert found["middle"] == pytest.approx(1.0)
    assert found["vwap"] == pytest.approx(1.0), "12 = (10 × 9 + 30 × 13) / 40"


def test_what_is_not_filled_is_taken_across_the_spread_at_the_end() -> None:
    found = filled(1, price=13.0, volume=1.0)
    assert found["fill_rate"] == 0.25
    assert found["unfilled_markout"] == pytest.approx(0.75 * 3.0)
    assert found["arrival"] == pytest.approx(3.0), "the rest costs 13 as well"


@given(st.floats(1.0, 30.0), st.floats(0.1, 4.0))
def test_a_purchase_and_a_sale_of_all_at_one_price_cost_nothing_together(
    price: float, volume: float
) -> None:
    bought, sold = (filled(sign, price=price, volume=volume) for sign in (1, -1))
    spread = 2.0 * (4.0 - volume) / 4.0
    for name in ("arrival", "mean_price", "vwap"):
        assert bought[name] + sold[name] == pytest.approx(spread, abs=1e-9)


def test_the_rate_is_looked_at_until_the_order_is_filled() -> None:
    window = Window(0, 30 * SECOND, 1, 2.0)
    shown = Tape(
        quoted=np.array([0]),
        middle=np.array([10.0]),
        half_spread=np.array([1.0]),
        traded=np.arange(30) * SECOND,
        price=np.full(30, 10.0),
        volume=np.full(30, 10.0),
    )
    # Two lots of the tenth that trades a second: on the rate, then done.
    ts = np.array([0, 1]) * SECOND
    on_rate = measure(shown, window, ts, np.full(2, 10.0), np.ones(2), rate=0.1)
    assert on_rate.off_rate == 0.0
    at_once = measure(shown, window, ts[:1], np.full(1, 10.0), np.full(1, 2.0), rate=0.1)
    assert at_once.off_rate == pytest.approx(0.1)


def test_a_market_that_was_not_quoted_is_refused() -> None:
    window = Window(-SECOND, SECOND, 1, 1.0)
    none = np.array([])
    with pytest.raises(InputError, match="begin later"):
        measure(market(), window, none.astype(np.int64), none, none)
    quotes = pl.DataFrame({"bid_volume": [0.0], "ask_volume": [1.0], "ts_recv": [0]})
    with pytest.raises(InputError, match="both sides"):
        tape(quotes, pl.DataFrame())


def test_risk_is_worth_what_half_of_an_even_schedules_variance_is() -> None:
    even = np.array([-2.0, 2.0])
    assert risk_adjusted(np.array([1.0, 1.0]), even) == pytest.approx([1.0, 1.0])
    assert risk_adjusted(even, even).mean() == pytest.approx(2.0 / 8.0 * 4.0)


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(0, 2**31))
def test_an_interval_holds_the_mean_and_widens_with_dependence(block: int, seed: int) -> None:
    values = np.repeat(np.random.default_rng(seed).normal(size=8), 5)
    mean, low, high = block_interval(values, block)
    assert low <= mean <= high
    with pytest.raises(InputError, match="no two blocks"):
        block_interval(values, 21)


def test_blocks_see_that_neighbours_are_alike() -> None:
    values = np.repeat(np.random.default_rng(3).normal(size=20), 5)
    widths = [high - low for _, low, high in (block_interval(values, block) for block in (1, 5))]
    assert widths[1] > 1.5 * widths[0]
