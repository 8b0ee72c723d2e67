"""A plant offers runs that it can make, at what they cost, whatever part of them is taken."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.unit.strategy.test_wind import HOUR, START, Context

from wattbook.strategy.bidder import Block, BlockBidder
from wattbook.strategy.plant import PlantTrader
from wattbook.strategy.programmes import forecasts
from wattbook.strategy.runs import Plant, better, blocks_of, changes
from wattbook.strategy.wind import Bidding

Floats = NDArray[np.float64]
LIMITS = (-9_999.0, 9_999.0)
COUNT = 12


def plant(ramp: float = 20.0, start_cost: float = 500.0, up_min: int = 3) -> Plant:
    return Plant(
        power_min=40.0,
        power_max=100.0,
        marginal_cost=60.0,
        no_load_cost=100.0,
        start_cost=start_cost,
        ramp=ramp,
        up_min=up_min,
        down_min=2,
        periods_off=5,
        hours=1.0,
    )


def power_of(block: Block) -> Floats:
    power = np.zeros(COUNT)
    for period, volume in block.power:
        power[period] = volume
    return power


prices_of_a_day = st.lists(st.floats(-100.0, 300.0), min_size=COUNT, max_size=COUNT)


@settings(max_examples=40, deadline=None)
@given(prices=prices_of_a_day, ramp=st.sampled_from([10.0, 20.0, 60.0]))
def test_every_selection_of_an_auction_can_be_run(prices: list[float], ramp: float) -> None:
    made = plant(ramp)
    blocks = blocks_of(made, forecasts(np.array(prices)), LIMITS)
    for number, parent in enumerate(blocks):
        if not parent.is_exclusive:
            continue
        children = [block for block in blocks if block.parent == number]
        least = power_of(parent)
        # At its limit a parent just pays for the least power and its starts.
        assert parent.limit * least.sum() >= made.cost(least) - 1e-6
        assert (parent.limit - 0.01) * least.sum() <= made.cost(least)
        for taken in product([False, True], repeat=min(len(children), 6)):
            programme = least.copy()
            for child, is_taken in zip(children, taken, strict=False):
                programme += power_of(child) * is_taken
            assert made.broken(programme) == []


@settings(max_examples=40, deadline=None)
@given(first=prices_of_a_day, second=prices_of_a_day, opens=st.integers(0, COUNT - 1))
def test_a_change_leads_to_another_run_and_pays_for_it(
    first: list[float], second: list[float], opens: int
) -> None:
    made = plant()
    sold = made.best(np.array(first), np.zeros(0))
    assert made.broken(sold) == []
    is_open = np.arange(COUNT) >= opens
    for block in changes(made, sold, forecasts(np.array(second)), is_open, LIMITS):
        trade = power_of(block)
        assert not trade[:opens].any()
        assert made.broken(sold + trade) == []
        added = made.cost(sold + trade) - made.cost(sold)
        assert block.limit * trade.sum() >= added - 1e-6 or block.limit == 0.0


@settings(max_examples=60, deadline=None)
@given(
    first=prices_of_a_day, bid=prices_of_a_day, spread=st.floats(0.0, 10.0),
    room=st.lists(st.sampled_from([0.0, 5.0, 80.0]), min_size=COUNT, max_size=COUNT),
)  # fmt: skip
def test_a_trade_keeps_the_runs_and_earns(
    first: list[float], bid: list[float], spread: float, room: list[float]
) -> None:
    made = plant()
    sold = made.best(np.array(first), np.zeros(0))
    bids, asks = np.array(bid), np.array(bid) + spread
    trade = better(made, sold, bids, asks, np.array([room, room]), 0.5)
    assert ((sold + trade > 0) == (sold > 0)).all()
    assert (np.abs(trade) <= np.array(room) + 1e-6).all()
    # Rounding to lots may leave the ramp by one: then nothing is sent.
    if not made.broken(sold + trade):
        paid = float((trade * np.where(trade > 0, bids, asks)).sum())
        assert paid - (made.cost(sold + trade) - made.cost(sold)) >= -1e-6


def test_rules_are_told_by_what_breaks_them() -> None:
    made = plant()
    on = np.full(COUNT, 60.0)
    assert made.broken(on) == []
    low = np.where(np.arange(COUNT) == 4, 39.0, on)
    assert "power outside of least and most" in made.broken(low)
    assert made.broken(np.where(np.arange(COUNT) == 4, 100.0, on)) == ["a change beyond the ramp"]
    short = np.where((np.arange(COUNT) > 3) & (np.arange(COUNT) < 6), 60.0, 0.0)
    assert made.broken(short) == ["a run that is too short"]
    assert made.broken(np.where(np.arange(COUNT) == 5, 0.0, on)) == ["a pause that is too short"]
    # It starts at its least power and a ramp.
    assert made.broken(np.where(np.arange(COUNT) > 3, 100.0, 0.0)) == ["a change beyond the ramp"]


def trader(quotes: dict[int, tuple[float, float]]) -> tuple[PlantTrader, Context]:
    """Return a plant with twelve hours, sold as 0 to 11, with books 20 to 31."""
    starts = START + HOUR * np.arange(COUNT)
    made = PlantTrader(
        bidder=BlockBidder(
            biddings=[Bidding(START - 18 * HOUR, START - 17 * HOUR, range(12), range(12), LIMITS)],
            delivery_start=starts,
            books=list(range(20, 32)),
        ),
        plant=plant(),
        expected=np.where(np.arange(COUNT) < 6, 20.0, 120.0),
        gates=starts - 5 * 60 * 10**9,
        fee=0.1,
    )
    context = Context(tops=quotes)
    made.on_start(context)  # type: ignore[arg-type]
    return made, context


def test_it_offers_the_least_power_of_its_run_with_the_start_in_its_limit() -> None:
    made, context = trader({})
    made.on_time(START - 18 * HOUR)
    first = [offer for offer in context.offers if offer[0] in range(6, 12)][:6]
    assert [(side, volume) for _, side, _, volume in first] == [("sell", 40.0)] * 6
    # Marginal 60, idle 100 / 40, start 500 / 240.
    assert {price for *_, price, _ in first} == {64.59}


def test_it_buys_back_what_others_produce_for_less() -> None:
    quotes = {20 + hour: (70.0, 72.0) for hour in range(COUNT)}
    quotes[28] = (48.0, 50.0)
    made, context = trader(quotes)
    context.positions = dict.fromkeys(range(6, 12), -60.0)
    made.on_time(START - HOUR // 3)
    assert (28, "buy", 50.0, 5.0) in context.orders
    assert all(side == "sell" for book, side, *_ in context.orders if book != 28)
    assert all(volume <= 5.0 for *_, volume in context.orders)


def test_it_keeps_what_it_sold_where_no_quote_pays() -> None:
    made, context = trader({20 + hour: (59.9, 60.1) for hour in range(COUNT)})
    context.positions = dict.fromkeys(range(6, 12), -60.0)
    made.on_time(START - HOUR // 3)
    assert context.orders == []
    assert made.plant.broken(made.bidder.programme()) == []
