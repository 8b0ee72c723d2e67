"""A strategy written in Python submits orders of every type."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.execution.test_simulation import HOUR, instrument, simulation

from wattbook._core import Owner
from wattbook.domain import Conditions, Filled, OrderRouted, OrderStateChanged, Refused, Trade
from wattbook.errors import InputError

OWNER = Owner(trading_book=1, trader=1, strategy=2)


class Once:
    """Calls `act(context, bid, ask, signal)` at the first full quote; keeps what it hears later."""

    instrument = 0

    def __init__(self, act: Any) -> None:
        self.act = act
        self.heard: list[tuple[int, Any]] = []
        self.result: Any = None

    def on_start(self, context: Any) -> None:
        self.context = context

    def on_quote(self, ts: int, bid: float, ask: float, bids: float, asks: float) -> None:
        if self.result is None and bids and asks:
            signal = self.context.record_signal(0, "fall", 0.95, bid - 10, ts + HOUR)
            self.result = self.act(self.context, bid, ask, signal)

    def on_event(self, event: Any) -> None:
        self.heard.append((self.context.now, event))

    def of(self, kind: type) -> list[Any]:
        return [event for _, event in self.heard if isinstance(event, kind)]


def play(act: Any, books: int = 1) -> Once:
    sim, strategy = simulation(), Once(act)
    for number in range(1, books):
        sim.add_reference(instrument(instrument=number, symbol=f"H{number}"))
        sim.add_book(number, opens=0, ts=np.array([0]), price=np.array([-8_000_000]))
    sim.add_strategy(OWNER, strategy)
    sim.open()
    assert sim.run_until(HOUR).is_done
    return strategy


def test_a_stop_waits_for_its_trigger() -> None:
    def act(context: Any, bid: float, _: float, signal: int) -> float:
        trigger = round(bid - 2, 2)
        context.submit(
            0,
            "sell",
            0,
            1,
            order_type="stop",
            time_in_force="good_for_session",
            signal=signal,
            conditions=Conditions(trigger=trigger),
        )
        return trigger

    strategy = play(act)
    filled_at, fill = next(pair for pair in strategy.heard if isinstance(pair[1], Filled))
    trades = [(at, event) for at, event in strategy.heard if isinstance(event, Trade)]
    before = [float(trade.price) for at, trade in trades if at < filled_at]
    assert len(before) > 10
    assert min(before) > strategy.result
    reached = next(at for at, trade in trades if float(trade.price) <= strategy.result)
    # The trade that woke it is on the feed, which is slower than the report of the fill.
    assert 0 <= reached - filled_at < 10**7
    assert float(fill.price) < strategy.result + 1


def test_an_iceberg_reaches_the_venue_with_what_it_shows() -> None:
    conditions = Conditions(display_volume="0.5")

    def act(context: Any, _: float, ask: float, signal: int) -> int:
        return int(context.submit(0, "sell", ask, 3, signal=signal, conditions=conditions))

    strategy = play(act)
    (routed,) = strategy.of(OrderRouted)
    assert routed.order_id == strategy.result
    assert routed.order.conditions == conditions
    fills = [float(fill.volume) for fill in strategy.of(Filled)]
    # No fill takes more than a slice.
    assert sum(fills) > 1
    assert max(fills) <= 0.5


@pytest.mark.parametrize(("limit", "filled"), [(-500, 2), (4000, 0)])
def test_linked_orders_trade_all_or_none(limit: int, filled: int) -> None:
    def act(context: Any, bid: float, ask: float, signal: int) -> bool:
        del bid, ask
        both = Conditions(linked=1, linked_orders=2)
        for number, price in ((0, -500), (1, limit)):
            own = signal if number == 0 else context.record_signal(1, "fall", 0.95, 0, HOUR)
            context.submit(
                number,
                "sell",
                price,
                1,
                time_in_force="fill_or_kill",
                signal=own,
                conditions=both,
            )
        return True

    strategy = play(act, books=2)
    assert sorted({fill.instrument for fill in strategy.of(Filled)}) == list(range(filled))
    states = pl.Series([str(change.state) for change in strategy.of(OrderStateChanged)])
    assert ("filled" in states) == bool(filled)


def test_terms_that_contradict_are_refused_by_name_and_the_run_goes_on() -> None:
    def act(context: Any, bid: float, ask: float, signal: int) -> bool:
        wrong = Conditions(trigger=round(bid, 2))
        context.submit(0, "buy", ask, 1, signal=signal, conditions=wrong)
        return True

    strategy = play(act)
    (refused,) = strategy.of(Refused)
    assert "trigger" in str(refused)
    assert len(strategy.of(Trade)) > 10


def test_values_of_another_kind_are_refused_at_the_call() -> None:
    def act(context: Any, _: float, ask: float, signal: int) -> bool:
        with pytest.raises(TypeError, match="conditions"):
            context.submit(0, "buy", ask, 1, signal=signal, conditions="hidden")
        with pytest.raises(InputError, match="use one of primary, market, midpoint"):
            Conditions(peg="best")
        return True

    strategy = play(act)
    assert strategy.result
    assert not strategy.of(OrderRouted)
