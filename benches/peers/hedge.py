"""Hedges of least conditional value at risk, by libraries for portfolios.

Usage: ``hedge.py SIDE SCENARIOS INSTRUMENTS``; SIDE is skfolio or riskfolio. The problem is that of
``ours/hedge.py``. Both take weights of columns: the base is one of weight 1, in Riskfolio-Lib each
instrument is bought and sold in a column of its own, after costs, and one of nothing takes up what
its budget asks for.
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


def by_riskfolio(base, pnl):
    import pandas as pd
    import riskfolio

    scenarios, width = pnl.shape
    columns = np.column_stack([pnl - COST, -pnl - COST, base, np.zeros(scenarios)])
    names = [f"c{at}" for at in range(columns.shape[1])]
    portfolio = riskfolio.Portfolio(returns=pd.DataFrame(columns, columns=names))
    portfolio.assets_stats(method_mu="hist", method_cov="hist")
    count = columns.shape[1]
    portfolio.budget = portfolio.upperlng = 2.0 * BOUND * width + 1.0
    portfolio.alpha = 1.0 - CONFIDENCE
    unit = np.eye(count)
    # At most the bound of each, and of the base one, neither more nor less.
    portfolio.ainequality = np.vstack([unit[: 2 * width + 1], -unit[2 * width]])
    portfolio.binequality = np.r_[np.full(2 * width, BOUND), 1.0, -1.0][:, None]
    found = portfolio.optimization(model="Classic", rm="CVaR", obj="MinRisk", hist=True)
    weights = found["weights"].to_numpy()
    return weights[:width] - weights[width : 2 * width]


SIDES = {"skfolio": by_skfolio, "riskfolio": by_riskfolio}


def main(side, scenarios, instruments):
    warnings.simplefilter("ignore")
    base, pnl = problem(int(scenarios), int(instruments))
    SIDES[side](base, pnl)  # imports are not timed
    runs = []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        position = SIDES[side](base, pnl)
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
    main(*sys.argv[1:])
