"""Levels as orders, and a book of them played back with an order of ours in its queue."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from wattbook.domain import Instrument, Owner, Venue
from wattbook.execution import Simulation
from wattbook.runtime.research.recorded import (
    ADD,
    BUY,
    DELETE,
    MODIFY,
    SELL,
    TRADE,
    Levels,
    from_lines,
)
from wattbook.strategy import StrategyContext

SECOND = 10**9
HOUR = 3_600 * SECOND


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30))
def test_orders_of_a_level_sum_to_it_and_keep_their_places(told: list[tuple[int, int]]) -> None:
    levels = Levels()
    held: dict[int, int] = {}
    for traded, volume in told:
        before = list(held)
        if traded:
            levels.trade(SELL, 100, traded)
        for action, number, left in levels.set(BUY, 100, volume):
            assert action in (ADD, MODIFY, DELETE)
            if action == DELETE:
                del held[number]
            else:
                held[number] = left
        assert sum(held.values()) == volume
        assert [one for one in held if one in before] == [one for one in before if one in held]


def test_what_traded_leaves_at_the_front_and_what_was_taken_back_at_the_end() -> None:
    levels = Levels()
    for volume in (5, 8, 9):
        list(levels.set(BUY, 100, volume))
    levels.trade(SELL, 100, 6)
    # Six of nine are traded, one is taken back: the first order, then one of three; then the last.
    assert list(levels.set(BUY, 100, 2)) == [(DELETE, 1, 0), (MODIFY, 2, 2), (DELETE, 3, 0)]


def test_a_capture_begins_with_its_snapshot() -> None:
    def line(at: int, data: dict[str, object]) -> str:
        return f"{at} {json.dumps({'data': data})}\n"

    rows = list(
        from_lines(
            [
                line(1, {"e": "trade", "p": "1.0", "q": "1.0", "m": False}),
                '2 {"lastUpdateId": 7, "bids": [["10.0", "2.0"]], "asks": [["11.0", "3.0"]]}\n',
                line(3, {"e": "depthUpdate", "u": 7, "b": [["9.0", "1.0"]], "a": []}),
                line(4, {"e": "trade", "p": "11.0", "q": "1.0", "m": False}),
                line(5, {"e": "depthUpdate", "u": 8, "b": [], "a": [["11.0", "2.0"]]}),
            ]
        )
    )
    assert [row[0] for row in rows] == [2, 2, 2, 4, 5]
    assert rows[3] == (4, TRADE, 0, BUY, 11_000_000, 1_000_000)
    assert rows[4] == (5, MODIFY, 2, SELL, 11_000_000, 2_000_000)


class Joins:
    """Joins the bid of 10 at 2 s with two units."""

    def on_start(self, context: StrategyContext) -> None:
        self.context = context
        context.wake_at(2 * SECOND)

    def on_time(self, ts: int) -> None:
        if ts == 2 * SECOND:
            self.context.submit(0, "buy", 10, 2)


def test_an_order_of_ours_trades_once_those_before_it_have() -> None:
    made = Simulation(seed=1, desk_currency="EUR", start=0)
    made.add_reference(
        Venue(venue=0, name="recorded", market_model="continuous_book", time_zone="UTC",
              is_synthetic=False)
    )  # fmt: skip
    made.add_reference(
        Instrument(
            instrument=0, symbol="H", venue=0, location="DE-LU", commodity="power", form="intraday",
            tenor="hour", load="base", delivery_kind="physical", delivery_start=2 * HOUR,
            delivery_end=3 * HOUR, delivery_seconds=3_600, gate_closure=HOUR, currency="EUR",
            price_unit="megawatt_hour", volume_unit="megawatt", tick="0.5", lot="1",
            min_price=-500, max_price=4000,
        )
    )  # fmt: skip
    rows = [
        (1, ADD, 1, BUY, 10.0, 5), (1, ADD, 2, SELL, 11.0, 5),
        # Behind ours.
        (3, ADD, 3, BUY, 10.0, 5),
        # Four of the five before us, then the last of them and one of ours.
        (4, TRADE, 0, SELL, 10.0, 4), (4, MODIFY, 1, BUY, 10.0, 1),
        (5, TRADE, 0, SELL, 10.0, 2), (5, DELETE, 1, BUY, 10.0, 0),
        # Off the tick.
        (6, ADD, 4, BUY, 9.75, 1),
    ]  # fmt: skip
    table = np.array(rows)
    left_out = made.add_recorded_book(
        0,
        ts=(table[:, 0] * SECOND).astype(np.int64),
        action=table[:, 1].astype(np.int64),
        order_id=table[:, 2].astype(np.int64),
        side=table[:, 3].astype(np.int64),
        price=(table[:, 4] * 1e6).astype(np.int64),
        volume=(table[:, 5] * 1e6).astype(np.int64),
    )
    assert left_out == 1
    made.add_strategy(Owner(trading_book=1, trader=1, strategy=1), Joins())
    made.open(keeps_market=True)
    assert made.run_until(10 * SECOND).is_done
    tables = {name: pl.DataFrame(found) for name, found in made.drain().items()}
    made.close()
    fills = tables["Filled"]
    assert fills["volume"].to_list() == [1]
    assert fills["is_maker"].to_list() == [True]
    assert fills["ts_recv"].dt.epoch("s").to_list() == [5]
    assert tables["Quote"].height == 4
    assert tables["Trade"].height == 2
