"""What a battery would trade of quoted periods, against the linear programme of the same quotes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets import StoreLimits
from wattbook.errors import InputError
from wattbook.strategy.book_battery import MARGIN_EUR_MWH, BatteryBooks
from wattbook.strategy.programmes import Store
from wattbook.strategy.rolling_battery import RollingBook

PERIODS = 6
QUARTER_NS = 900 * 10**9
prices = st.lists(st.integers(-50, 200), min_size=PERIODS, max_size=PERIODS)


def rolling(energy: float = 0.0, efficiency: float = 1.0) -> RollingBook:
    limits = StoreLimits(
        charge_mw=4.0,
        discharge_mw=4.0,
        ceiling_mwh=2.0,
        charge_efficiency=efficiency,
        discharge_efficiency=efficiency,
    )
    store = Store(limits=limits, energy_mwh=energy, hours=0.25, wear_cost=0.0, cycles_per_day=24.0)
    starts = np.arange(1, PERIODS + 1, dtype=np.int64) * QUARTER_NS
    where = BatteryBooks(
        store=store, books=list(range(PERIODS)), gates=starts, delivery_start=starts, fee=0.0
    )
    return RollingBook(where=where)


def quote(book: RollingBook, mids: list[int], volume: float = 100.0) -> None:
    for period, mid in enumerate(mids):
        book.show(period, (mid - 0.25, volume), (mid + 0.25, volume))


def gain(mids: list[int], trades: list[tuple[int, float]]) -> float:
    """Return cash less the margin, EUR."""
    cash = sum(power * (mids[at] - np.sign(power) * 0.25) for at, power in trades)
    return float(cash - sum(abs(power) for _, power in trades) * MARGIN_EUR_MWH) / 4


@settings(max_examples=60, deadline=None)
@given(prices, st.sampled_from([0.0, 1.0, 2.0]))
def test_it_earns_what_the_linear_programme_earns(mids: list[int], energy: float) -> None:
    book = rolling(energy)
    quote(book, mids)
    found = book.trades()
    trade = np.zeros(PERIODS)
    for at, power in found:
        trade[at] = power
    # Whole lots of a battery whose power and energy are whole lots: the bound is reached.
    bid, ask = np.array(mids) - 0.25, np.array(mids) + 0.25
    best = book.where.store.best(np.zeros(PERIODS), bid - MARGIN_EUR_MWH, ask + MARGIN_EUR_MWH)
    bound = [(at, float(power)) for at, power in enumerate(best) if abs(power) > 1e-9]
    assert gain(mids, found) == pytest.approx(gain(mids, bound), abs=1e-6)
    assert np.abs(book.where.store.runnable(trade) - trade).max() < 1e-9


def test_what_is_done_is_not_traded_again_and_what_failed_is() -> None:
    book, mids = rolling(), [10, 10, 10, 90, 90, 90]
    quote(book, mids)
    first = book.trades()
    assert sum(power for _, power in first) == pytest.approx(0.0)
    assert book.trades() == []
    for at, _ in first:
        book.hold(at, 0.0)
    quote(book, mids)
    assert book.trades() == first


def test_a_period_that_has_begun_is_run_and_its_energy_sold_later() -> None:
    book = rolling()
    book.hold(0, -4.0)
    quote(book, [50] * PERIODS)
    book.pass_time(QUARTER_NS)
    assert book.period_of(0) is None
    book.show(3, (80.0, 100.0), (80.5, 100.0))
    assert book.trades() == [(3, 4.0)]


def test_no_more_than_is_quoted_is_traded_and_crossed_books_are_not() -> None:
    book = rolling()
    quote(book, [10, 50, 50, 90, 50, 50], volume=0.7)
    found = dict(book.trades())
    assert max(abs(power) for power in found.values()) <= 0.7 + 1e-9
    book = rolling()
    quote(book, [10, 50, 50, 90, 50, 50])
    book.show(0, (12.0, 5.0), (11.0, 5.0))
    book.show(3, None, (90.0, 5.0))
    assert not {0, 3} & {at for at, _ in book.trades()}


def test_a_position_beyond_the_power_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="position is -41"):
        rolling().hold(0, 4.1)
