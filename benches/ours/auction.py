"""A day of the Italian auction, 24 hours. Usage: ``auction.py SIDE DATA``.

Sides: ``wattbook`` clears hourly orders, from columns to prices; ``highs`` solves the same as one
linear program a day, written the obvious way (an order a column, a zone and hour a row), of which
only the solving is timed; ``blocks`` decides blocks as well, borders at their prices;
``blocks-scheduled`` with borders at their schedules, where blocks move prices.
"""

import json
import statistics
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

from wattbook.market.auction import clear
from wattbook.market.auction.highs import quiet_solver
from wattbook.market.auction.recorded import Borders, load_recorded

DAY = date(2025, 4, 1)
REPEATS = {"wattbook": 31, "highs": 3, "blocks": 15, "blocks-scheduled": 5}


def program(auction):
    """Return HiGHS with orders and flows as columns and balances as rows."""
    network, orders = auction.network, auction.hourly
    zones, links, periods = len(network.zones), len(network.links), network.periods
    solver = quiet_solver()
    sign = np.where(orders.is_demand, -1.0, 1.0)
    flows = periods * links
    count = len(orders) + flows
    cost = np.concatenate([sign * orders.price_start, np.zeros(flows)])
    low = np.concatenate([np.zeros(len(orders)), network.flow_min.ravel()])
    high = np.concatenate([orders.volume, network.flow_max.ravel()])
    ends = [(network.zone(first), network.zone(second)) for first, second in network.links]
    rows = [*(orders.period * zones + orders.zone)]
    starts = list(range(len(orders)))
    values = list(sign)
    for period in range(periods):
        for start, end in ends:
            starts.append(len(rows))
            rows += [period * zones + start, period * zones + end]
            values += [-1.0, 1.0]
    balance = -auction.injections.ravel()
    solver.addRows(
        len(balance), balance, balance, 0, np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0)
    )
    solver.addCols(
        count,
        cost,
        low,
        high,
        len(rows),
        np.array(starts, np.int32),
        np.array(rows, np.int32),
        np.array(values),
    )
    return solver


def runs(side, day):
    """Yield the prices, wall and processor seconds of each repeat."""
    convex, whole = day.convex(Borders.PRICED), day.whole(Borders.PRICED)
    if side == "blocks-scheduled":
        whole = day.whole(Borders.NEARLY_SCHEDULED)
    for _ in range(REPEATS[side]):
        solver = program(convex) if side == "highs" else None
        wall, cpu = time.perf_counter(), time.process_time()
        if solver is not None:
            solver.run()
        else:
            result = clear(convex if side == "wattbook" else whole)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if solver is not None:
            # A cost that falls by a MWh more demand is minus the dual of the balance.
            duals = np.array(solver.getSolution().row_dual)
            prices = duals.reshape(convex.network.periods, -1)
        else:
            prices = result.prices
        yield prices[:, : len(day.zones)], wall, cpu


def main(side, data):
    day = load_recorded(Path(data) / "sources/gme-italy-2025-04").day(DAY)
    done = list(runs(side, day))
    prices = done[-1][0]
    line = {
        "rate": len(prices) / statistics.median(cpu for _, _, cpu in done),
        "wall_rate": len(prices) / statistics.median(wall for _, wall, _ in done),
        "unit": "hours/s",
        "n": len(prices),
        "day_ms": 1000 * statistics.median(wall for _, wall, _ in done),
        "work": {"prices": round(float(np.abs(prices).sum()), 2)},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
