"""A market maker quotes around the middle, leans against its inventory and is flat at the gate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.strategy.market_maker import SECOND_NS, MarketMaker, Quoting, Volatility, half_spreads

GATE = 3_600 * SECOND_NS


@dataclass
class Desk:
    """A context that keeps what is asked of it."""

    bid: float = 49.9
    ask: float = 50.1
    held: float = 0.0
    orders: list[dict[str, Any]] = field(default_factory=list)
    cancels: list[int] = field(default_factory=list)

    def best_bid(self, _instrument: int) -> tuple[float, float]:
        return self.bid, 5.0

    def best_ask(self, _instrument: int) -> tuple[float, float]:
        return self.ask, 5.0

    def position(self, _instrument: int) -> float:
        return self.held

    def working(self, _instrument: int) -> float:
        return 0.0

    def record_signal(self, *_: object) -> int:
        return 7

    def submit(
        self, instrument: int, side: str, price: float, volume: float, **terms: object
    ) -> int:
        one = {"instrument": instrument, "side": side, "price": price, "volume": volume}
        self.orders.append(one | terms)
        return len(self.orders)

    def cancel(self, order: int) -> None:
        self.cancels.append(order)


def maker(desk: Desk, **quoting: Any) -> MarketMaker:
    made = MarketMaker(
        instrument=0,
        rolls=((GATE, 1), (2 * GATE, 2)),
        volume=1.0,
        quoting=Quoting(**quoting),
    )
    made.on_start(desk)  # type: ignore[arg-type]
    return made


def quote(made: MarketMaker, seconds: float) -> None:
    made.on_quote(int(seconds * SECOND_NS), 0, 0, 0, 0)


@given(
    inventory=st.integers(-20, 20),
    volatility=st.floats(0.001, 1.0),
    gamma=st.floats(0.01, 1.0),
    decay=st.floats(0.2, 5.0),
)
def test_inventory_moves_both_quotes_and_not_their_distance(
    inventory: int, volatility: float, gamma: float, decay: float
) -> None:
    quoting = Quoting(risk_aversion=gamma, decay=decay)
    flat = half_spreads(quoting, 0, volatility)
    below, above = half_spreads(quoting, inventory, volatility)
    assert below + above == pytest.approx(sum(flat))
    assert (below - above) * inventory >= 0
    mirrored = half_spreads(quoting, -inventory, volatility)
    assert (below, above) == pytest.approx(mirrored[::-1])


def test_it_quotes_both_sides_and_leaves_what_is_near() -> None:
    desk = Desk()
    made = maker(desk, requote=0.05)
    quote(made, 0)
    assert [one["side"] for one in desk.orders] == ["buy", "sell"]
    assert desk.orders[0]["price"] < 50.0 < desk.orders[1]["price"]
    assert all(one["signal"] == 7 for one in desk.orders)
    desk.bid, desk.ask = 49.92, 50.12
    quote(made, 1)
    assert (len(desk.orders), desk.cancels) == (2, [])
    desk.bid, desk.ask = 51.9, 52.1
    quote(made, 2)
    quote(made, 3)
    # Both are taken back once; the new ones wait for the answer.
    assert (len(desk.orders), desk.cancels) == (2, [1, 2])
    assert made.sent == 4


def test_a_full_inventory_is_quoted_on_the_other_side_only() -> None:
    desk = Desk(held=10.0)
    made = maker(desk, most=10.0)
    quote(made, 0)
    assert [one["side"] for one in desk.orders] == ["sell"]


def test_it_widens_before_the_gate_and_is_flattened_at_the_end() -> None:
    desk = Desk()
    made = maker(desk, widen_seconds=900, widen=3.0, stop_seconds=300)
    early = made.wanted(0, 50.0, 0.05)
    late = made.wanted(GATE - 400 * SECOND_NS, 50.0, 0.05)
    assert early["buy"] is not None
    assert late["buy"] is not None
    assert late["buy"] < early["buy"]
    desk.held = 3.0
    quote(made, 3_400)
    (order,) = desk.orders
    assert (order["side"], order["price"], order["volume"]) == ("sell", 49.9, 3.0)
    assert order["time_in_force"] == "immediate_or_cancel"


def test_it_may_take_its_rest_to_imbalance() -> None:
    desk = Desk(held=3.0)
    quote(maker(desk, takes_to_imbalance=True), 3_400)
    assert desk.orders == []


def test_the_budget_holds_messages_back_and_keeps_some_for_cancels() -> None:
    desk = Desk()
    made = maker(desk, messages=10, requote=0.01)
    for second in range(200):
        move = 0.5 * (second % 2)
        desk.bid, desk.ask = 49.9 + move, 50.1 + move
        quote(made, second / 10)
        for side, resting in made._resting.items():
            if resting is not None and resting.is_cancelled:
                made._resting[side] = None
    # Ten at once, and what 20 seconds bring: a third of ten.
    assert made.sent <= 14
    assert len(desk.cancels) > 0


def test_the_next_contract_is_quoted_after_the_gate() -> None:
    desk = Desk()
    made = maker(desk)
    quote(made, 0)
    quote(made, 3_601)
    assert made.front == 1
    assert [one["instrument"] for one in desk.orders] == [0, 0, 1, 1]


def test_volatility_is_that_of_the_moves() -> None:
    measured = Volatility(1.0, memory_seconds=50.0)
    for second in range(2_000):
        value = measured.update(second * SECOND_NS, 50.0 + 0.1 * (second % 2))
    assert value == pytest.approx(0.1, rel=1e-3)


def test_what_cannot_be_quoted_with_is_refused() -> None:
    with pytest.raises(InputError, match="decay is 0"):
        Quoting(decay=0)
    with pytest.raises(InputError, match="begin before the stop"):
        Quoting(stop_seconds=1_000)


def test_it_has_no_attribute_that_binds_quotes_to_one_contract() -> None:
    assert not hasattr(maker(Desk()), "instrument")


@given(forecast=st.floats(40.0, 60.0), confidence=st.floats(0.0, 1.0), follow=st.floats(0.0, 1.0))
def test_quotes_lean_towards_a_forecast_while_it_holds(
    forecast: float, confidence: float, follow: float
) -> None:
    desk = Desk()
    made = maker(desk, follow=follow, lean=0.02)
    assert made.lean_at(0, 50.0) == 0.02
    made.on_forecast(0, forecast, confidence, 100)
    made.on_forecast(1, 99.0, 1.0, 100)
    leaned = made.lean_at(100, 50.0) - 0.02
    assert leaned == pytest.approx(follow * confidence * (forecast - 50.0), abs=1e-9)
    assert made.lean_at(101, 50.0) == 0.02
    made.forecasts.clear()
    flat = made.wanted(50, 50.0, 0.05)
    made.on_forecast(0, forecast, confidence, 100)
    leaning = made.wanted(50, 50.0, 0.05)
    for side in ("buy", "sell"):
        before, after = flat[side], leaning[side]
        assert before is not None
        assert after is not None
        # The lean goes the forecast's way, but for the rounding to the tick, and never across.
        assert (after - before) * (forecast - 50.0) >= -1e-9
    assert leaning["buy"] < 50.0 < leaning["sell"]  # type: ignore[operator]


def test_orders_for_each_fill_are_limited_and_cancels_are_not() -> None:
    desk = Desk()
    made = maker(desk, order_to_trade=4.0, free_messages=6, messages=10_000)
    for second in range(1, 200):
        desk.bid, desk.ask = 49.9 + second % 7, 50.1 + second % 7
        made.look(second * SECOND_NS)
        for quote in tuple(made._resting.values()):
            if quote is not None and quote.is_cancelled:
                made._resting = {
                    side: None if one is quote else one for side, one in made._resting.items()
                }
        assert made.sent <= 6
    assert made.sent > 0
    made.fills = 2
    made.look(200 * SECOND_NS)
    assert 6 < made.sent <= 6 + 2 * 4


@pytest.mark.parametrize(
    "wrong",
    [{"follow": 1.5}, {"lean": float("nan")}, {"order_to_trade": 0.5}, {"free_messages": -1}],
)
def test_budgets_and_leans_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Quoting(**wrong)  # type: ignore[arg-type]
