"""Day-ahead forecasts of 24 prices by the protocol of Lago et al. (2021).

What became known after a forecast's gate cannot reach it: all inputs are asked of a `History` as of
the gate. `Backtest` forecasts the benchmark's test week by week with the members of the ensemble;
`Aggregation` weights them by what their errors were, and `Correction` adds what these repeat.
"""

from wattbook.forecast.day_ahead.aggregate import Aggregation
from wattbook.forecast.day_ahead.backtest import (
    MEMBERS,
    VERSION,
    Backtest,
    Made,
    combined,
    ensemble,
)
from wattbook.forecast.day_ahead.correction import Correction
from wattbook.forecast.day_ahead.gaussian_process import GaussianProcessMember
from wattbook.forecast.day_ahead.inputs import (
    DayInput,
    Design,
    design,
    features_hash,
    lear_inputs,
)
from wattbook.forecast.day_ahead.known import History, Versions
from wattbook.forecast.day_ahead.market import TEST_DAYS, Market, load_market
from wattbook.forecast.day_ahead.members import DayPrices, LearMember, Member, weekly_naive
from wattbook.forecast.day_ahead.network import NetworkMember
from wattbook.forecast.day_ahead.score import DieboldMariano, diebold_mariano, mae, rmae, smape
from wattbook.forecast.day_ahead.trees import TreesMember

__all__ = [
    "MEMBERS",
    "TEST_DAYS",
    "VERSION",
    "Aggregation",
    "Backtest",
    "Correction",
    "DayInput",
    "DayPrices",
    "Design",
    "DieboldMariano",
    "GaussianProcessMember",
    "History",
    "LearMember",
    "Made",
    "Market",
    "Member",
    "NetworkMember",
    "TreesMember",
    "Versions",
    "combined",
    "design",
    "diebold_mariano",
    "ensemble",
    "features_hash",
    "lear_inputs",
    "load_market",
    "mae",
    "rmae",
    "smape",
    "weekly_naive",
]
