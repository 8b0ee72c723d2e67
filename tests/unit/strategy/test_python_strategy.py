"""A strategy written in Python sees the market and acts through its context."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.execution.test_simulation import HOUR, OWNER, SECOND, run, simulation

from wattbook._core import Owner
from wattbook.domain import Filled, Trade

OTHER = Owner(trading_book=1, trader=1, strategy=2)


class Buyer:
    """Buys once at the ask, then takes an order far away back in the same breath."""

    instrument = 0

    def __init__(self) -> None:
        self.quotes: list[tuple[int, ...]] = []
        self.events: list[Any] = []
        self.times: list[Any] = []
        self.forecasts: list[Any] = []

    def on_start(self, context: Any) -> None:
        self.context = context

    def on_quote(self, ts: int, bid: int, ask: int, bid_volume: int, ask_volume: int) -> None:
        self.quotes.append((ts, bid, ask, bid_volume, ask_volume))
        context = self.context
        if context.position(0) or context.working(0) or not ask_volume:
            return
        assert context.now == ts
        assert context.best_ask(0) == (ask, ask_volume)
        signal = context.record_signal(0, "rise", 0.95, ask, ts + SECOND)
        context.submit(0, "buy", ask, 1, time_in_force="good_for_session", signal=signal)
        far = context.submit(0, "buy", ask - 50, 1, signal=signal)
        context.cancel(far)

    def on_event(self, event: Any) -> None:
        self.events.append(event)
        self.position = self.context.position(0)

    def on_time(self, ts: int) -> None:
        self.times.append(ts)

    def on_forecast(self, instrument: Any, price: Any, confidence: Any, valid_until: Any) -> None:
        self.forecasts.append((instrument, price, confidence, valid_until))


def test_it_sees_quotes_trades_fills_forecasts_and_time() -> None:
    sim, buyer = simulation(), Buyer()
    sim.add_strategy(OTHER, buyer)
    sim.add_alarms(np.array([60 * SECOND]))
    one = np.array([1])
    sim.add_forecasts(
        instrument=np.array([0]),
        ts=one * 30 * SECOND,
        valid_until=one * HOUR,
        price=one * -5_000_000,
        confidence_ppm=one * 900_000,
    )
    _, tables = run(sim)
    assert len(buyer.quotes) > 100
    assert any(isinstance(event, Trade) for event in buyer.events)
    fills = [event for event in buyer.events if isinstance(event, Filled)]
    assert sum(float(fill.volume) for fill in fills) == buyer.position == 1.0
    assert buyer.forecasts == [(0, -5.0, 0.9, HOUR)]
    assert 60 * SECOND in buyer.times
    mine = tables["OrderStateChanged"].filter(pl.col("order_id") // 2**48 == 2)
    assert "cancelled" in mine["state"].cast(pl.String).to_list()


def test_an_order_without_a_sure_signal_is_refused_by_the_gate() -> None:
    class Unsure:
        def on_start(self, context: Any) -> None:
            assert not context.is_sure(0.8)
            signal = context.record_signal(0, "rise", 0.8, 0, HOUR)
            context.submit(0, "buy", -10, 1, signal=signal)

    sim = simulation()
    sim.add_strategy(OTHER, Unsure())
    sim.open()
    sim.run_until(3 * HOUR)
    tables = sim.drain()
    # Strategy 2 has no threshold of its own, so the engine's default of 0.8 holds.
    assert pl.DataFrame(tables["Refused"]).height == 1


def test_an_exception_ends_the_run_and_is_raised() -> None:
    class Broken:
        def on_quote(self, *_: Any) -> None:
            message = "no idea"
            raise ValueError(message)

    sim = simulation()
    sim.add_strategy(OWNER, Broken())
    sim.open()
    with pytest.raises(ValueError, match="no idea"):
        sim.run_until(HOUR)
