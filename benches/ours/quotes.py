"""Quotes to a strategy in Python. Usage: ``quotes.py MODE FILE [ROWS [FAST SLOW]]``.

========  ======================================================================
bare      the callback of ``callback`` in a loop of Python over the same numbers
callback  ``on_quote``: two averages in Python, orders through gate and journal
batch     ``on_batch``: the same averages with NumPy, 4,096 quotes at a time;
          acts at the end of a block
churn     every quote: cancel the resting order, enter another
========  ======================================================================
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from wattbook.domain import Instrument, Money, Owner, SetLimits, Venue
from wattbook.execution import replay_quotes, write_quotes

TICK, LOT = 10_000, 100_000
FAST, SLOW = 10, 20
LATENCY_NS = 1_000
WIDTH = 64
OWNER = Owner(trading_book=1, trader=1, strategy=0)
SECOND = 10**9
START = 1_900_000_000 * SECOND


def references():
    plenty = Money.from_units(10**30)
    return [
        Venue(
            venue=0,
            name="quotes",
            market_model="continuous_book",
            time_zone="Europe/Berlin",
            is_synthetic=True,
        ),
        Instrument(
            instrument=0,
            symbol="H12",
            venue=0,
            location="DE-LU",
            commodity="power",
            form="intraday",
            tenor="hour",
            load="base",
            delivery_kind="physical",
            delivery_start=START,
            delivery_end=START + 3_600 * SECOND,
            delivery_seconds=3_600,
            gate_closure=START,
            currency="EUR",
            price_unit="megawatt_hour",
            volume_unit="megawatt",
            tick="0.01",
            lot="0.1",
            min_price=-9_999,
            max_price=9_999,
        ),
        SetLimits(
            trading_book=1,
            order_volume=10**6,
            order_value=plenty,
            position_volume=10**9,
            loss=plenty,
            price_collar=10**6,
        ),
    ]


class Crossing:
    """Turns its position when the fast average of the middle crosses the slow one."""

    def __init__(self):
        self.seen = self.side = self.orders = 0
        self.fast = self.slow = 0.0

    def on_start(self, context):
        self.context = context

    def on_quote(self, ts, bid, ask, bid_volume, ask_volume):
        middle = (bid + ask) * 0.5
        self.seen += 1
        if self.seen == 1:
            self.fast = self.slow = middle
        self.fast += 2 / (FAST + 1) * (middle - self.fast)
        self.slow += 2 / (SLOW + 1) * (middle - self.slow)
        wanted = 1 if self.fast > self.slow else -1
        if self.seen > SLOW and wanted != self.side:
            self.turn(ts, wanted, ask if wanted > 0 else bid)

    def turn(self, ts, wanted, price):
        self.orders += 1
        volume = 0.1 if self.side == 0 else 0.2
        context, side = self.context, "buy" if wanted > 0 else "sell"
        view = "rise" if wanted > 0 else "fall"
        signal = context.record_signal(0, view, 1.0, price, ts + SECOND)
        context.submit(0, side, price, volume, time_in_force="immediate_or_cancel", signal=signal)
        self.side = wanted


class BareCrossing(Crossing):
    """The same, but a turn is only counted: there is nobody to trade with."""

    def turn(self, _ts, wanted, _price):
        self.orders += 1
        self.side = wanted


class Average:
    """An exponential average of a whole block, by rows of `WIDTH` at a time."""

    def __init__(self, quotes):
        keep = 1 - 2 / (quotes + 1)
        age = np.arange(WIDTH)[:, None] - np.arange(WIDTH)[None, :]
        self.weights = np.where(age >= 0, (1 - keep) * keep ** np.maximum(age, 0), 0.0).T
        self.decay = keep ** np.arange(1, WIDTH + 1)
        self.value = None

    def __call__(self, prices):
        if self.value is None:
            self.value = prices[0]
        padded = np.full(-(-len(prices) // WIDTH) * WIDTH, prices[-1])
        padded[: len(prices)] = prices
        within = padded.reshape(-1, WIDTH) @ self.weights
        carried = np.empty(len(within))
        value, decay = self.value, float(self.decay[-1])
        for row, last in enumerate(within[:, -1].tolist()):
            carried[row] = value
            value = last + decay * value
        averages = (within + carried[:, None] * self.decay).ravel()[: len(prices)]
        self.value = float(averages[-1])
        return averages


class Batch(Crossing):
    """Counts every crossing and turns its position at the end of a block."""

    def __init__(self):
        super().__init__()
        self.averages = Average(FAST), Average(SLOW)
        self.was_above = np.zeros(0, bool)
        self.crossings = 0

    on_quote = None

    def on_batch(self, ts, bid, ask, _bid_volume, _ask_volume):
        fast, slow = (average((bid + ask) * 0.5) for average in self.averages)
        is_above = np.concatenate([self.was_above, fast > slow])
        if self.seen == 0:
            is_above = is_above[SLOW:]
            self.crossings += 1
        self.crossings += int(np.count_nonzero(is_above[1:] != is_above[:-1]))
        self.seen += len(ts)
        self.was_above = is_above[-1:]
        wanted = 1 if is_above[-1] else -1
        if wanted != self.side:
            self.turn(int(ts[-1]), wanted, float(ask[-1] if wanted > 0 else bid[-1]))


class Churn:
    """Replaces its order at every quote."""

    def __init__(self):
        self.orders, self.resting = 0, None

    def on_start(self, context):
        self.context = context

    def on_quote(self, _ts, _bid, _ask, _bid_volume, _ask_volume):
        context = self.context
        if self.resting is not None:
            context.cancel(self.resting)
        self.resting = context.submit(0, "buy", 0.05, 0.1, time_in_force="good_till_cancelled")
        self.orders += 1


def bare(rows):
    strategy = BareCrossing()
    units = np.array([1, TICK / 1e6, TICK / 1e6, LOT / 1e6, LOT / 1e6])
    ts, *columns = [rows[:, 0], *(rows[:, 1:] * units[1:]).T]
    on_quote = strategy.on_quote
    lists = [ts.tolist(), *(column.tolist() for column in columns)]
    wall, cpu = time.perf_counter(), time.process_time()
    for at, bid, ask, bid_volume, ask_volume in zip(*lists, strict=True):
        on_quote(at, bid, ask, bid_volume, ask_volume)
    return strategy, time.perf_counter() - wall, time.process_time() - cpu


def replayed(rows, strategy):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quotes.wbq"
        write_quotes(
            path,
            instrument=0,
            tick="0.01",
            lot="0.1",
            ts=rows[:, 0],
            bid_price=rows[:, 1] * TICK,
            ask_price=rows[:, 2] * TICK,
            bid_volume=rows[:, 3] * LOT,
            ask_volume=rows[:, 4] * LOT,
            is_synthetic=True,
        )
        wall, cpu = time.perf_counter(), time.process_time()
        done = replay_quotes(
            path,
            strategy,
            owner=OWNER,
            references=references(),
            desk_currency="EUR",
            latency_ns=LATENCY_NS,
        )
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert done.quotes == len(rows)
    assert done.orders == strategy.orders
    return strategy, wall, cpu


def main(mode, file, limit=None, fast=10, slow=20):
    global FAST, SLOW
    FAST, SLOW = int(fast), int(slow)
    rows = np.fromfile(file, "<i8").reshape(-1, 5)[: int(limit) if limit else None]
    if mode == "bare":
        strategy, wall, cpu = bare(rows)
    else:
        made = {"callback": Crossing, "batch": Batch, "churn": Churn}[mode]
        strategy, wall, cpu = replayed(rows, made())
    line = {
        "rate": len(rows) / cpu,
        "wall_rate": len(rows) / wall,
        "unit": "pairs/s" if mode == "churn" else "quotes/s",
        "n": len(rows),
        "work": {"quotes": len(rows), "orders": strategy.orders},
    }
    if mode == "batch":
        line["work"] = {"crossings": strategy.crossings}
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
