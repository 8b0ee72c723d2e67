"""A wind farm sells what it expects, then what its forecast has changed by, and knows no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wattbook.strategy.block_battery import cycles, limit_of
from wattbook.strategy.wind import Bidding, WindTrader

HOUR = 3_600 * 10**9
START = 100 * HOUR


@dataclass
class Context:
    """What a strategy asks for, in place of the engine's; positions are set by the test."""

    positions: dict[int, float] = field(default_factory=dict)
    tops: dict[int, tuple[float, float]] = field(default_factory=dict)
    offers: list[tuple[int, str, float, float]] = field(default_factory=list)
    orders: list[tuple[int, str, float, float]] = field(default_factory=list)
    schedules: list[tuple[int, float]] = field(default_factory=list)

    def position(self, instrument: int) -> float:
        return self.positions.get(instrument, 0.0)

    def working(self, _instrument: int) -> float:
        return 0.0

    def best_bid(self, instrument: int) -> tuple[float, float] | None:
        return (self.tops[instrument][0], 5.0) if instrument in self.tops else None

    def best_ask(self, instrument: int) -> tuple[float, float] | None:
        return (self.tops[instrument][1], 5.0) if instrument in self.tops else None

    def record_signal(self, *_arguments: object) -> int:
        return 1

    def submit_offer(
        self, instrument: int, side: str, price: float, volume: float, **_terms: object
    ) -> int:
        self.offers.append((instrument, side, price, volume))
        return len(self.offers)

    def submit(
        self, instrument: int, side: str, price: float, volume: float, **_terms: object
    ) -> int:
        self.orders.append((instrument, side, price, volume))
        return len(self.orders)

    def submit_schedule(self, instrument: int, volume: float) -> None:
        self.schedules.append((instrument, volume))


def trader(
    forecast: list[list[float]], cost: float = -20.0, share: float = 1.0
) -> tuple[WindTrader, Context]:
    """Return a farm with two periods, sold in two auctions (0, 1 and 2, 3) and in books 4 and 5."""
    made = WindTrader(
        published=np.array([START - 20 * HOUR, START - 8 * HOUR, START - HOUR // 2]),
        forecast=np.array(forecast),
        delivery_start=np.array([START, START + HOUR]),
        biddings=[
            Bidding(START - 18 * HOUR, START - 17 * HOUR, [0, 1], [0, 1], (-500.0, 4_000.0)),
            Bidding(START - 6 * HOUR, START - 5 * HOUR, [0, 1], [2, 3], (-9_999.0, 9_999.0)),
        ],
        books=[4, 5],
        marginal_cost=cost,
        update_share=share,
    )
    context: Any = Context()
    made.on_start(context)
    return made, context


UPDATES = [[10.0, 20.0], [12.0, 15.0], [13.0, 15.0]]


def test_it_offers_its_forecast_at_cost_and_schedules_it() -> None:
    made, context = trader(UPDATES)
    made.on_time(START - 18 * HOUR)
    assert context.offers == [(0, "sell", -20.0, 10.0), (1, "sell", -20.0, 20.0)]
    assert context.schedules == [(0, 10.0), (1, 20.0)]


def test_a_later_auction_gets_what_the_forecast_has_changed_by() -> None:
    made, context = trader(UPDATES)
    made.on_time(START - 18 * HOUR)
    context.positions = {0: -10.0, 1: -20.0}
    made.on_reference_price(1, "day_ahead", 40.0)
    context.offers.clear()
    made.on_time(START - 6 * HOUR)
    # 2 MW more are sold at cost; 5 MW less are bought back, dearer than the last price.
    assert context.offers == [(2, "sell", -20.0, 2.0), (3, "buy", 90.0, 5.0)]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_share_of_what_the_forecast_changed_by_is_traded_and_no_more(share: float) -> None:
    made, context = trader(UPDATES, share=share)
    context.positions = {0: -10.0, 1: -20.0}
    made.on_time(START - 6 * HOUR)
    traded = {number: volume for number, _, _, volume in context.offers if number in (2, 3)}
    asked = {2: 2.0 * share, 3: 5.0 * share}
    assert traded == {number: volume for number, volume in asked.items() if volume}
    context.tops = {4: (33.0, 34.0)}
    context.orders.clear()
    made.on_time(START - HOUR // 4)
    # At each look; nothing fills here.
    assert {volume for _, _, _, volume in context.orders} == ({3.0 * share} if share else set())


def test_the_rest_is_traded_in_the_book_at_its_best_price() -> None:
    made, context = trader(UPDATES)
    context.positions = {0: -10.0, 2: -2.0}
    context.tops = {4: (33.0, 34.0)}
    made.on_time(START - HOUR // 4)
    assert (4, "sell", 33.0, 1.0) in context.orders


def test_nobody_paying_its_cost_switches_it_off() -> None:
    for bid, scheduled in ((-30.0, 0.0), (-10.0, 13.0)):
        made, context = trader(UPDATES)
        context.tops = {4: (bid, bid + 1.0)}
        made.on_time(START - HOUR // 10)
        assert (0, scheduled) in context.schedules


@pytest.mark.parametrize("later", [[[0.0, 0.0], [0.0, 0.0]], [[80.0, 80.0], [80.0, 80.0]]])
def test_what_is_published_after_the_gate_changes_no_bid(later: list[list[float]]) -> None:
    made, context = trader(UPDATES)
    other, same = trader([UPDATES[0], *later])
    for one in (made, other):
        one.on_time(START - 18 * HOUR)
    assert context.offers == same.offers
    assert context.schedules == same.schedules


def energy(power: tuple[tuple[int, float], ...], hours: NDArray[np.float64]) -> tuple[float, float]:
    """Return what a cycle takes and gives at the meter, MWh."""
    bought = -sum(mw * hours[at] for at, mw in power if mw < 0)
    sold = sum(mw * hours[at] for at, mw in power if mw > 0)
    return float(bought), float(sold)


def test_a_cycle_gives_what_it_takes_less_losses_and_within_its_power() -> None:
    hours = np.full(96, 0.25)
    prices = 50.0 + 30.0 * np.sin(np.arange(96) / 10.0)
    found = cycles(prices, hours, power_mw=20.0, room_mwh=40.0, one_way=0.9, count=12)
    assert len(found) == 12
    for cycle in found:
        bought, sold = energy(cycle.power, hours)
        assert 0.9 * bought <= 40.0 + 1e-6
        assert sold <= 0.81 * bought + 1e-6
        assert sold >= 0.81 * bought - 0.25 * 0.1 - 1e-6
        assert all(abs(mw) <= 20.0 for _, mw in cycle.power)
        assert max(at for at, mw in cycle.power if mw < 0) < min(
            at for at, mw in cycle.power if mw > 0
        )


def test_the_limit_of_a_block_asks_just_for_the_wear() -> None:
    hours = np.full(4, 1.0)
    (cycle,) = cycles(np.array([10.0, 0.0, 90.0, 0.0]), hours, 1.0, 0.9, 0.9, 1)
    limit = limit_of(cycle, hours, wear_cost=8.0)
    bought, sold = energy(cycle.power, hours)
    assert limit * (sold - bought) == pytest.approx(8.0 * sold)
    assert limit_of(cycle, hours, wear_cost=0.0) == 0.0
