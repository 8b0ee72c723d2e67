"""Hedges of least conditional value at risk.

Usage: ``hedge.py SIDE SCENARIOS INSTRUMENTS``; SIDE is ours, highs, or warm (one more scenario).
"""

import json
import statistics
import sys
import time

import highspy
import numpy as np

from wattbook.strategy.hedging import CvarHedge

BOUND, COST, CONFIDENCE = 3.0, 0.02, 0.95


def problem(scenarios, instruments):
    random = np.random.default_rng(7)
    pnl = random.normal(size=(scenarios, instruments))
    share = np.arange(instruments) % 3
    return 5.0 * random.normal(size=scenarios) - pnl @ share, pnl


def ours(base, pnl):
    return CvarHedge(base, pnl, lower=-BOUND, upper=BOUND, cost=COST, confidence=CONFIDENCE)


def by_highs(base, pnl):
    """The linear programme of Rockafellar and Uryasev, handed over in arrays."""
    scenarios, width = pnl.shape
    columns = 2 * width + 1 + scenarios
    cost = np.concatenate(
        [
            np.full(2 * width, COST),
            [1.0],
            np.full(scenarios, 1.0 / ((1.0 - CONFIDENCE) * scenarios)),
        ]
    )
    infinite = highspy.kHighsInf
    lower = np.concatenate([np.zeros(2 * width), [-infinite], np.zeros(scenarios)])
    upper = np.concatenate([np.full(2 * width, BOUND), np.full(1 + scenarios, infinite)])
    rows = np.hstack([pnl, -pnl, np.ones((scenarios, 1))])
    wide = rows.shape[1]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, scenarios
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
    lp.row_lower_, lp.row_upper_ = -base, np.full(scenarios, infinite)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.arange(scenarios + 1) * (wide + 1)
    index = np.hstack(
        [np.tile(np.arange(wide), (scenarios, 1)), np.arange(scenarios)[:, None] + wide]
    )
    lp.a_matrix_.index_ = index.ravel()
    lp.a_matrix_.value_ = np.hstack([rows, np.ones((scenarios, 1))]).ravel()
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    solver.run()
    return solver.getInfo().objective_function_value


def timed(side, base, pnl):
    if side == "warm":
        hedge = ours(base[:-1], pnl[:-1])
        hedge.solve()
    wall, cpu = time.perf_counter(), time.process_time()
    gap = 0.0
    if side == "highs":
        value = by_highs(base, pnl)
    elif side == "warm":
        hedge.add_scenario(float(base[-1]), pnl[-1])
        found = hedge.solve()
        value, gap = found.objective, found.gap
    else:
        found = ours(base, pnl).solve()
        value, gap = found.objective, found.gap
    return value, gap, time.perf_counter() - wall, time.process_time() - cpu


def main(side, scenarios, instruments):
    base, pnl = problem(int(scenarios), int(instruments))
    repeats = 3 if side == "highs" else 9
    runs = [timed(side, base, pnl) for _ in range(repeats)]
    wall = statistics.median(run[2] for run in runs)
    line = {
        "rate": 1.0 / statistics.median(run[3] for run in runs),
        "wall_rate": 1.0 / wall,
        "unit": "hedges/s",
        "n": 1,
        "ms": 1_000.0 * wall,
        "gap": max(run[1] for run in runs),
        "work": {"objective": round(runs[0][0] * 1e6)},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
