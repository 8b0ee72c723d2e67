"""Backtests at the speed of research: sweeps, splits in time, and how much of a result is luck."""

from wattbook.runtime.research.record import StrategyRecord, strategy_records
from wattbook.runtime.research.splits import Split, combinatorial_purged, walk_forward
from wattbook.runtime.research.statistics import (
    DeflatedSharpe,
    deflated_sharpe,
    expected_best_sharpe,
    overfit_probability,
    probabilistic_sharpe,
    sharpe,
)
from wattbook.runtime.research.study import Study, study

__all__ = [
    "DeflatedSharpe",
    "Split",
    "StrategyRecord",
    "Study",
    "combinatorial_purged",
    "deflated_sharpe",
    "expected_best_sharpe",
    "overfit_probability",
    "probabilistic_sharpe",
    "sharpe",
    "strategy_records",
    "study",
    "walk_forward",
]
