"""Hedges of least conditional value at risk, by a library for portfolios.

Usage: ``hedge.py SCENARIOS INSTRUMENTS``. The problem is that of ``ours/hedge.py``; skfolio takes
weights of columns, so the base is one of weight 1.
"""

import json
import statistics
import sys
import time
import warnings

import numpy as np

BOUND, COST, CONFIDENCE = 3.0, 0.02, 0.95


def problem(scenarios, instruments):
    random = np.random.default_rng(7)
    pnl = random.normal(size=(scenarios, instruments))
    share = np.arange(instruments) % 3
    return 5.0 * random.normal(size=scenarios) - pnl @ share, pnl


def objective(base, pnl, position):
    """Conditional value at risk and costs, whatever the solver says of them."""
    loss = np.sort(-(base + pnl @ position))[::-1]
    tail = (1.0 - CONFIDENCE) * len(loss)
    whole = int(tail + 1e-9)
    worst = loss[:whole].sum() + (tail - whole) * loss[whole]
    return worst / tail + COST * np.abs(position).sum()


def by_skfolio(base, pnl):
    from skfolio import RiskMeasure
    from skfolio.optimization import MeanRisk, ObjectiveFunction

    width = pnl.shape[1]
    model = MeanRisk(
        objective_function=ObjectiveFunction.MINIMIZE_RISK,
        risk_measure=RiskMeasure.CVAR,
        cvar_beta=CONFIDENCE,
        min_weights=np.r_[np.full(width, -BOUND), 1.0],
        max_weights=np.r_[np.full(width, BOUND), 1.0],
        budget=None,
        l1_coef=COST,
    )
    return model.fit(np.column_stack([pnl, base])).weights_[:width]


def main(solve, scenarios, instruments):
    warnings.simplefilter("ignore")
    base, pnl = problem(int(scenarios), int(instruments))
    solve(base, pnl)  # imports are not timed
    runs = []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        position = solve(base, pnl)
        runs.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall = statistics.median(run[0] for run in runs)
    line = {
        "rate": 1.0 / statistics.median(run[1] for run in runs),
        "wall_rate": 1.0 / wall,
        "unit": "hedges/s",
        "n": 1,
        "ms": 1_000.0 * wall,
        "work": {"objective": round(objective(base, pnl, position) * 1e6)},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(by_skfolio, *sys.argv[1:])
