"""A battery on a day of continuous orders. Usage: ``rolling_intrinsic.py RULES FILE``."""

import datetime as dt
import json
import statistics
import sys
import time

import numpy as np

from wattbook.assets import ContinuousOrders, IntrinsicRules, StoreLimits, rolling_intrinsic

REPEATS = 5


def main(rules, file):
    at, until, delivery, side, price, lots = np.fromfile(file, "<i8").reshape(-1, 6).T
    orders = ContinuousOrders(at, until, delivery, side == 1, price / 100, lots / 10)
    first = dt.datetime.fromtimestamp(int(delivery.min()) / 1000, dt.UTC)
    walls, cpus = [], []
    for _ in range(REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        run = rolling_intrinsic(
            StoreLimits.symmetric(5.0, 10.0),
            orders,
            first_delivery=first,
            products=24,
            fee=0.09,
            wear=4.0,
            rules=IntrinsicRules(rules),
        )
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    line = {
        "rate": len(at) / statistics.median(cpus),
        "wall_rate": len(at) / statistics.median(walls),
        "unit": "orders/s",
        "n": len(at),
        "us_per_order": 1e6 * statistics.median(cpus) / len(at),
        "profit": run.profit,
        "solves": run.solves,
        "work": {},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
