"""Potential future exposure of deals on paths, from draws to quantiles.

Usage: ``exposure.py DEALS PATHS DATES``. No deal is netted, so that each is valued at each date of
each path, and a tenth of them once more under an agreement with collateral.
"""

import json
import sys
import time

import numpy as np

from wattbook.risk.credit import (
    CollateralTerms,
    DealLoadings,
    ForwardMoves,
    exposures,
    profile_of,
    simulated_moves,
)

PLACES = 4


def made_deals(deals, days):
    random = np.random.default_rng(1)
    hours = random.uniform(100, 5_000, (deals, 1)) * np.maximum(1 - days / days[-1], 0)
    place = random.integers(0, PLACES, deals)
    away = random.normal(0, 10, (deals, 1))
    side = random.choice([-1.0, 1.0], (deals, 1))
    factor = np.stack([2 * place, 2 * place + 1], axis=1)
    loading = np.stack([0.3 * side * hours, side * hours], axis=1)
    return DealLoadings(side * hours * away, factor, loading)


def main(deals, paths, dates):
    days = np.arange(0, 7 * int(dates), 7)
    times = np.unique(np.concatenate([days, days - 10]))
    times = times[times >= 0]
    held = made_deals(int(deals), times)
    tenth = DealLoadings(
        *(one[: int(deals) // 10] for one in (held.base, held.factor, held.loading))
    )
    wall, cpu = time.perf_counter(), time.process_time()
    moves = [ForwardMoves(45.0, 6.0, 14.0)] * PLACES
    made = simulated_moves(moves, times / 365, int(paths), correlation=0.8)
    found = exposures(held, made, days / 365, is_netted=False)
    secured = exposures(
        tenth, made, days / 365, is_netted=True, collateral=CollateralTerms(threshold=1e5)
    )
    peaks = [profile_of(one, days / 365, 0.95).peak for one in (found, secured)]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    count = int(deals) * int(paths) * len(days)
    line = {
        "rate": count / cpu,
        "wall_rate": count / wall,
        "unit": "values/s",
        "n": count,
        "seconds": wall,
        "work": {"peaks": [round(one) for one in peaks]},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
