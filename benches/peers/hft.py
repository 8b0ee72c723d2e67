"""hftbacktest over our inputs. Usage: ``hft.py MODE FILE [ROWS]``; prints one JSON line.

=========  ==================================================================
l3-replay  replay book deltas with queue position by order and latency
quotes     cross two averages at every change of the top of the book
churn      every quote: cancel the resting order, enter another
=========  ==================================================================

A quote becomes up to four level-2 events: the levels that vanish, then the levels that are there.
"""

import json
import sys
import time

import numpy as np
from hftbacktest import (
    ADD_ORDER_EVENT,
    BUY_EVENT,
    CANCEL_ORDER_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    GTC,
    LIMIT,
    LOCAL_EVENT,
    MARKET,
    MODIFY_ORDER_EVENT,
    SELL_EVENT,
    BacktestAsset,
    ROIVectorMarketDepthBacktest,
)
from hftbacktest.order import IOC
from hftbacktest.types import event_dtype
from numba import njit

TICK = 0.01
T0 = 1_700_000_000_000_000_000
LATENCY_NS = 1000
WAIT_NS = 10_000_000_000
FEED = 2
FAST, SLOW = 10, 20
BOTH = EXCH_EVENT | LOCAL_EVENT


def quote_events(rows):
    ts, bid, ask, bid_lots, ask_lots = rows.T
    before_bid, before_ask = np.roll(bid, 1), np.roll(ask, 1)
    before_bid[0], before_ask[0] = bid[0], ask[0]
    here = np.ones(len(rows), bool)
    nothing = np.zeros(len(rows), np.int64)
    kinds = [
        (BUY_EVENT, before_bid, nothing, before_bid != bid),
        (SELL_EVENT, before_ask, nothing, before_ask != ask),
        (BUY_EVENT, bid, bid_lots, here),
        (SELL_EVENT, ask, ask_lots, here),
    ]
    parts = []
    for place, (side, price, lots, chosen) in enumerate(kinds):
        part = np.zeros(int(chosen.sum()), event_dtype)
        part["ev"] = BOTH | DEPTH_EVENT | side
        part["exch_ts"] = ts[chosen]
        part["local_ts"] = ts[chosen] + LATENCY_NS
        part["px"] = price[chosen] * TICK
        part["qty"] = lots[chosen]
        parts.append((np.flatnonzero(chosen) * len(kinds) + place, part))
    order = np.argsort(np.concatenate([keys for keys, _ in parts]), kind="stable")
    return np.concatenate([part for _, part in parts])[order]


def delta_events(rows):
    action, order, side, price, lots = rows.T
    kinds = np.array([0, ADD_ORDER_EVENT, MODIFY_ORDER_EVENT, CANCEL_ORDER_EVENT], np.uint64)
    events = np.zeros(len(rows), event_dtype)
    sides = np.where(side == 1, BUY_EVENT, SELL_EVENT).astype(np.uint64)
    events["ev"] = kinds[action] | sides | np.uint64(BOTH)
    events["exch_ts"] = T0 + np.arange(len(rows)) * 1000
    events["local_ts"] = events["exch_ts"] + 100
    events["px"] = price * TICK
    events["qty"] = lots
    events["order_id"] = order
    return events


@njit
def replay(backtest):
    seen = 0
    while backtest.wait_next_feed(False, WAIT_NS) == FEED:
        seen += 1
    return seen, 0


@njit
def cross(backtest):
    seen = orders = side = 0
    fast = slow = 0.0
    while backtest.wait_next_feed(False, WAIT_NS) == FEED:
        seen += 1
        depth = backtest.depth(0)
        middle = (depth.best_bid + depth.best_ask) * 0.5
        if seen == 1:
            fast = slow = middle
        fast += 2 / (FAST + 1) * (middle - fast)
        slow += 2 / (SLOW + 1) * (middle - slow)
        wanted = 1 if fast > slow else -1
        if seen > SLOW and wanted != side:
            orders += 1
            volume = 1.0 if side == 0 else 2.0
            if wanted > 0:
                backtest.submit_buy_order(0, orders, depth.best_ask, volume, IOC, MARKET, False)
            else:
                backtest.submit_sell_order(0, orders, depth.best_bid, volume, IOC, MARKET, False)
            side = wanted
        if seen % 1024 == 0:
            backtest.clear_inactive_orders(0)
    return seen, orders


@njit
def churn(backtest):
    seen = orders = 0
    while backtest.wait_next_feed(False, WAIT_NS) == FEED:
        seen += 1
        if orders > 0:
            backtest.cancel(0, orders, False)
        orders += 1
        backtest.submit_buy_order(0, orders, 5.0, 1.0, GTC, LIMIT, False)
        backtest.clear_inactive_orders(0)
    return seen, orders


def make(mode, events):
    asset = (
        BacktestAsset()
        .data(events)
        .linear_asset(1.0)
        .constant_order_latency(LATENCY_NS, LATENCY_NS)
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(TICK)
        .lot_size(1.0)
        .roi_lb(0.0)
        .roi_ub(200.0)
    )
    by_order = mode == "l3-replay"
    asset = asset.l3_fifo_queue_model() if by_order else asset.risk_adverse_queue_model()
    return ROIVectorMarketDepthBacktest([asset])


def main(mode, file, limit=None):
    rows = np.fromfile(file, "<i8").reshape(-1, 5)[: int(limit) if limit else None]
    events = delta_events(rows) if mode == "l3-replay" else quote_events(rows)
    run = {"l3-replay": replay, "quotes": cross, "churn": churn}[mode]
    run(make(mode, events[:5000].copy()))
    backtest = make(mode, events)
    wall, cpu = time.perf_counter(), time.process_time()
    seen, orders = run(backtest)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    done, unit = {
        "l3-replay": (len(rows), "events/s"),
        "quotes": (len(rows), "quotes/s"),
        "churn": (orders, "pairs/s"),
    }[mode]
    line = {
        "rate": done / cpu,
        "wall_rate": done / wall,
        "unit": unit,
        "n": len(rows),
        "feed_events": len(events),
        "wake_ups": seen,
        "work": {"rows": len(rows)},
    }
    if mode == "l3-replay":
        depth = backtest.depth(0)
        line["work"] |= {
            "bid_ticks": round(depth.best_bid / TICK),
            "ask_ticks": round(depth.best_ask / TICK),
        }
    # The last quote wakes nobody, so the orders of `churn` are one fewer than ours.
    if mode == "quotes":
        line["work"] |= {"orders": orders, "crossings": orders}
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
