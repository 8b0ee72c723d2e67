"""NautilusTrader over our inputs. Usage: ``nautilus.py MODE FILE [ROWS [FAST SLOW]]``.

=========  ==================================================================
l3-book    apply book deltas, prebuilt, a thousand a call
quotes     a strategy in Python sees every quote and crosses two averages
callback   a strategy in Python sees every quote and does next to nothing
churn      every quote: cancel the resting order, enter another
=========  ==================================================================
"""

import json
import sys
import time
from decimal import Decimal

import numpy as np
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.currencies import EUR
from nautilus_trader.model.data import BookOrder, OrderBookDelta, OrderBookDeltas, QuoteTick
from nautilus_trader.model.enums import (
    AccountType,
    AssetClass,
    BookAction,
    BookType,
    OmsType,
    OrderSide,
)
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TraderId, Venue
from nautilus_trader.model.instruments import FuturesContract
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

TICK = 0.01
BATCH = 1000
FAST, SLOW = 10, 20
VENUE = Venue("EEX")
INSTRUMENT = InstrumentId(Symbol("TTFM1"), VENUE)
UNLIMITED = "100000000/00:00:01"


class Crossing(Strategy):
    """Long while the fast average is above the slow one, else short, once the slow one is warm."""

    def __init__(self, future):
        super().__init__()
        self.future = future
        self.seen = self.orders = 0
        self.is_long = None
        self.fast = self.slow = 0.0

    def on_start(self):
        self.subscribe_quote_ticks(self.future.id)

    def on_quote_tick(self, quote):
        middle = (quote.bid_price.as_double() + quote.ask_price.as_double()) * 0.5
        self.seen += 1
        if self.seen == 1:
            self.fast = self.slow = middle
        self.fast += 2 / (FAST + 1) * (middle - self.fast)
        self.slow += 2 / (SLOW + 1) * (middle - self.slow)
        is_above = self.fast > self.slow
        if self.seen > SLOW and is_above is not self.is_long:
            volume = self.future.make_qty(1 if self.is_long is None else 2)
            side = OrderSide.BUY if is_above else OrderSide.SELL
            self.submit_order(self.order_factory.market(self.future.id, side, volume))
            self.orders += 1
            self.is_long = is_above


class Callback(Crossing):
    """Only counts."""

    def on_quote_tick(self, _quote):
        self.seen += 1


class Churn(Crossing):
    """Keeps one order far from the market and replaces it at every quote."""

    def __init__(self, future):
        super().__init__(future)
        self.resting = None

    def on_quote_tick(self, _quote):
        self.seen += 1
        if self.resting is not None:
            self.cancel_order(self.resting)
        self.resting = self.order_factory.limit(
            self.future.id, OrderSide.BUY, self.future.make_qty(1), self.future.make_price(1.0)
        )
        self.submit_order(self.resting)
        self.orders += 1


def instrument():
    return FuturesContract(
        instrument_id=INSTRUMENT,
        raw_symbol=INSTRUMENT.symbol,
        asset_class=AssetClass.COMMODITY,
        currency=EUR,
        price_precision=2,
        price_increment=Price.from_str("0.01"),
        multiplier=Quantity.from_int(1),
        lot_size=Quantity.from_int(1),
        underlying="TTF",
        activation_ns=0,
        expiration_ns=2_000_000_000_000_000_000,
        ts_event=0,
        ts_init=0,
        margin_init=Decimal(0),
        margin_maint=Decimal(0),
    )


def quote_ticks(rows):
    prices = {int(ticks): Price(int(ticks) * TICK, 2) for ticks in np.unique(rows[:, 1:3])}
    volumes = {int(lots): Quantity.from_int(int(lots)) for lots in np.unique(rows[:, 3:5])}
    return [
        QuoteTick(
            INSTRUMENT, prices[bid], prices[ask], volumes[bid_lots], volumes[ask_lots], ts, ts
        )
        for ts, bid, ask, bid_lots, ask_lots in rows.tolist()
    ]


def backtest(rows, make):
    future = instrument()
    quotes = quote_ticks(rows)
    engine = BacktestEngine(
        BacktestEngineConfig(
            trader_id=TraderId("PEER-001"),
            logging=LoggingConfig(bypass_logging=True),
            risk_engine=RiskEngineConfig(
                max_order_submit_rate=UNLIMITED, max_order_modify_rate=UNLIMITED
            ),
            run_analysis=False,
        )
    )
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=EUR,
        starting_balances=[Money(1_000_000_000, EUR)],
        book_type=BookType.L1_MBP,
    )
    engine.add_instrument(future)
    engine.add_data(quotes, sort=False)
    strategy = make(future)
    engine.add_strategy(strategy)
    wall, cpu = time.perf_counter(), time.process_time()
    engine.run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    done = strategy.orders if make is Churn else len(rows)
    unit = "pairs/s" if make is Churn else "quotes/s"
    return wall, cpu, done, unit, {"quotes": strategy.seen, "orders": strategy.orders}


def l3_book(rows):
    actions = {1: BookAction.ADD, 2: BookAction.UPDATE, 3: BookAction.DELETE}
    sides = {1: OrderSide.BUY, 2: OrderSide.SELL}
    prices = {int(ticks): Price(int(ticks) * TICK, 2) for ticks in np.unique(rows[:, 3])}
    volumes = {int(lots): Quantity.from_int(int(lots)) for lots in np.unique(rows[:, 4])}
    deltas = [
        OrderBookDelta(
            INSTRUMENT,
            actions[action],
            BookOrder(sides[side], prices[price], volumes[lots], order),
            0,
            at,
            at,
            at,
        )
        for at, (action, order, side, price, lots) in enumerate(rows.tolist())
    ]
    batches = [
        OrderBookDeltas(INSTRUMENT, deltas[at : at + BATCH]) for at in range(0, len(deltas), BATCH)
    ]
    book = OrderBook(INSTRUMENT, BookType.L3_MBO)
    wall, cpu = time.perf_counter(), time.process_time()
    for batch in batches:
        book.apply_deltas(batch)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    top = {
        "bid_ticks": round(book.best_bid_price().as_double() / TICK),
        "ask_ticks": round(book.best_ask_price().as_double() / TICK),
        "bid_lots": int(book.best_bid_size().as_double()),
        "ask_lots": int(book.best_ask_size().as_double()),
    }
    return wall, cpu, len(rows), "deltas/s", top


def main(mode, file, limit=None, fast=10, slow=20):
    global FAST, SLOW
    FAST, SLOW = int(fast), int(slow)
    rows = np.fromfile(file, "<i8").reshape(-1, 5)[: int(limit) if limit else None]
    if mode == "l3-book":
        wall, cpu, done, unit, work = l3_book(rows)
    else:
        make = {"quotes": Crossing, "callback": Callback, "churn": Churn}[mode]
        wall, cpu, done, unit, work = backtest(rows, make)
    rate, wall_rate = done / cpu, done / wall
    line = {"rate": rate, "wall_rate": wall_rate, "unit": unit, "n": len(rows), "work": work}
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
