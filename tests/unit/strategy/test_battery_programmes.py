"""What a battery may run instead of what it has sold: always within cells and power."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.unit.strategy.test_wind import HOUR, START, Context

from wattbook.assets import StoreLimits
from wattbook.strategy.bidder import BlockBidder
from wattbook.strategy.block_battery import BlockBattery, Cycle, cycles, limit_of
from wattbook.strategy.book_battery import BatteryBooks, BookBattery
from wattbook.strategy.programmes import Store, changes, fitted, forecasts
from wattbook.strategy.wind import Bidding

Floats = NDArray[np.float64]
COUNT = 12
LIMITS = (-9_999.0, 9_999.0)


def battery(wear: float = 0.0, cycles_per_day: float = 1.5, start: float = 0.0) -> Store:
    limits = StoreLimits.symmetric(2.0, 4.0, round_trip=0.81)
    return Store(limits, start, hours=1.0, wear_cost=wear, cycles_per_day=cycles_per_day)


def check(store: Store, programme: Floats) -> None:
    """Hold a programme against the battery, by another way than it was made."""
    energy = store.energy(programme)
    assert energy.min() >= store.limits.floor_mwh - 1e-6
    assert energy.max() <= store.limits.ceiling_mwh + 1e-6
    assert np.abs(programme).max() <= 2.0 + 1e-6
    out = np.maximum(programme, 0.0).sum() / store.limits.discharge_efficiency
    assert out <= store.cycles_per_day * store.limits.ceiling_mwh + 1e-6


prices_of_a_day = st.lists(st.floats(-200.0, 900.0), min_size=COUNT, max_size=COUNT)


@settings(max_examples=40, deadline=None)
@given(
    first=prices_of_a_day, second=prices_of_a_day, start=st.floats(0.0, 4.0),
    wear=st.floats(0.0, 30.0), is_open=st.lists(st.booleans(), min_size=COUNT, max_size=COUNT),
)  # fmt: skip
def test_any_offered_change_can_be_run_beside_the_position(
    first: list[float], second: list[float], start: float, wear: float, is_open: list[bool]
) -> None:
    store = battery(wear, start=start)
    everything = np.ones(COUNT, np.bool_)
    before = changes(store, np.zeros(COUNT), [np.array(first)], everything, LIMITS)
    sold = np.zeros(COUNT)
    for period, power in before[0].power if before else ():
        sold[period] += power
    check(store, sold)
    free = np.array(is_open)
    for change in changes(store, sold, forecasts(np.array(second)), free, LIMITS):
        trade = np.zeros(COUNT)
        for period, power in change.power:
            trade[period] = power
        assert not trade[~free].any()
        assert np.abs(trade / 0.1 - np.round(trade / 0.1)).max() < 1e-6
        check(store, sold + trade)
        # At its limit in every period a block earns nothing: what it asks for is the added wear.
        asked = change.limit * trade.sum()
        wears = wear * (np.maximum(sold + trade, 0).sum() - np.maximum(sold, 0).sum())
        assert asked >= wears - 0.01 * abs(trade.sum()) - 1e-6


def test_the_first_change_follows_the_newest_prices() -> None:
    store = battery()
    sold = np.zeros(COUNT)
    sold[[0, 1, 5, 6]] = [-2.0, -2.0, 1.8, 1.4]
    prices = np.full(COUNT, 50.0)
    prices[[0, 1]], prices[10:] = 10.0, 90.0
    (change, *_) = changes(store, sold, forecasts(prices), np.ones(COUNT, np.bool_), LIMITS)
    power = dict(change.power)
    assert (power[5], power[6]) == (-1.8, -1.4)
    # The cells are filled up as well: 0.36 MWh were free.
    assert power[10] + power[11] == 3.5


def test_what_cannot_be_run_is_left_out_of_a_trade() -> None:
    store = battery()
    wanted = np.array([-1.0, 0.0, 2.0, 0.0])
    trade = fitted(store, np.zeros(4), wanted)
    # 1 MWh bought is 0.9 in the cells and 0.81 at the meter.
    assert trade is not None
    assert trade.tolist() == [-1.0, 0.0, 0.8, 0.0]


def test_a_day_has_no_more_cycles_than_are_allowed() -> None:
    store = battery(cycles_per_day=1.0)
    prices = np.array([0.0, 0.0, 0.0, 100.0, 100.0, 100.0] * 2)
    for change in changes(store, np.zeros(COUNT), [prices], np.ones(COUNT, np.bool_), LIMITS):
        programme = np.zeros(COUNT)
        for period, power in change.power:
            programme[period] = power
        check(store, programme)


def trader(books: dict[int, tuple[float, float]]) -> tuple[BlockBattery, Context]:
    """Return a battery with four hours, sold as 0 to 3 and 4 to 7, with books 8 to 11."""
    store, starts = battery(cycles_per_day=0.45), START + HOUR * np.arange(4)
    hours = np.ones(4)
    ways: list[Cycle] = cycles(np.array([10.0, 20.0, 60.0, 50.0]), hours, 2.0, 2.0, 0.9, 2)
    books_of = [8, 9, 10, 11]
    made = BlockBattery(
        bidder=BlockBidder(
            biddings=[
                Bidding(START - 18 * HOUR, START - 17 * HOUR, range(4), range(4), LIMITS),
                Bidding(START - 6 * HOUR, START - 5 * HOUR, range(4), range(4, 8), LIMITS),
            ],
            delivery_start=starts,
            books=books_of,
        ),
        cycles=ways,
        limits=[limit_of(cycle, hours, 0.0) for cycle in ways],
        store=store,
        trader=BookBattery(
            where=BatteryBooks(
                store=store,
                books=books_of,
                gates=starts - 5 * 60 * 10**9,
                delivery_start=starts,
                fee=0.1,
            )
        ),
    )
    context = Context(tops=books)
    made.on_start(context)  # type: ignore[arg-type]
    return made, context


def test_it_bids_again_around_what_it_was_awarded() -> None:
    made, context = trader({})
    made.on_time(START - 18 * HOUR)
    assert {number for number, *_ in context.offers} <= {0, 1, 2, 3}
    context.offers.clear()
    context.positions = {0: 2.0, 2: -1.6}
    for instrument, price in enumerate([10.0, 20.0, 60.0, 90.0]):
        made.on_reference_price(instrument, "day_ahead", price)
    made.on_time(START - 6 * HOUR)
    first = [(number, side, volume) for number, side, _, volume in context.offers[:2]]
    # The last hour is the dearest now: what was sold of the third is bought back for it.
    assert first == [(6, "buy", 1.6), (7, "sell", 1.6)]
    assert made.bidder.sold(0) == -2.0


def test_it_trades_to_the_better_programme_all_or_nothing() -> None:
    quotes = {8: (9.0, 11.0), 9: (19.0, 21.0), 10: (49.0, 51.0), 11: (88.0, 92.0)}
    made, context = trader(quotes)
    context.positions = {0: 2.0, 2: -1.6}
    made.on_time(START - HOUR // 3)
    assert context.orders == [(10, "buy", 51.0, 1.6), (11, "sell", 88.0, 1.6)]


def test_it_leaves_a_spread_that_does_not_pay() -> None:
    quotes = {8: (9.0, 11.0), 9: (19.0, 21.0), 10: (59.0, 61.0), 11: (61.0, 63.0)}
    made, context = trader(quotes)
    context.positions = {0: 2.0, 2: -1.6}
    made.on_time(START - HOUR // 3)
    assert context.orders == []
