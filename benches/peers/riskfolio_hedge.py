"""Hedges of least conditional value at risk by Riskfolio-Lib.

Usage: ``riskfolio_hedge.py SCENARIOS INSTRUMENTS``. The problem is that of ``hedge.py``. The
library takes weights that are not below zero and add up to a budget, and no costs: so each
instrument is two columns, one to buy and one to sell, each less its cost (what is certain moves a
conditional value at risk by itself), the base is a column of weight 1, and what is left of the
budget lies in zeros.
"""

import sys

import numpy as np
import pandas as pd
import riskfolio
from hedge import BOUND, CONFIDENCE, COST, main


def by_riskfolio(base, pnl):
    scenarios, width = pnl.shape
    columns = np.column_stack([pnl - COST, -pnl - COST, base, np.zeros(scenarios)])
    portfolio = riskfolio.Portfolio(returns=pd.DataFrame(columns), alpha=1.0 - CONFIDENCE)
    # Neither is used to minimize risk, but they are asked for.
    portfolio.assets_stats(method_mu="hist", method_cov="hist")
    portfolio.solvers = ["SCIPY"]  # HiGHS: the fastest here of those that it knows
    portfolio.budget = portfolio.upperlng = BOUND * 2 * width + 1.0
    capped = np.eye(2 * width + 2)[: 2 * width + 1]
    portfolio.ainequality = np.vstack([capped, -capped[-1:]])
    portfolio.binequality = np.r_[np.full(2 * width, BOUND), 1.0, -1.0][:, None]
    found = portfolio.optimization(model="Classic", rm="CVaR", obj="MinRisk")
    weights = found["weights"].to_numpy()
    return weights[:width] - weights[width : 2 * width]


if __name__ == "__main__":
    main(by_riskfolio, *sys.argv[1:])
