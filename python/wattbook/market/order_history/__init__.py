"""Order histories of one's own: read, rebuilt to books, fitted by time to gate, held to account."""

from wattbook.market.order_history.compare import MEASURES, FitError, fit_error
from wattbook.market.order_history.history import (
    LOTS_PER_MW,
    TICKS_PER_EUR,
    Contract,
    OrderHistory,
    load_history,
)
from wattbook.market.order_history.matching import BUY, SELL, Action, MatchingBook
from wattbook.market.order_history.rates import BookRates, Grid, HistoryFit, fit_rates
from wattbook.market.order_history.rebuild import ANOMALIES, PartialVolume, Rebuilt, rebuild
from wattbook.market.order_history.simulate import simulate

__all__ = [
    "ANOMALIES",
    "BUY",
    "LOTS_PER_MW",
    "MEASURES",
    "SELL",
    "TICKS_PER_EUR",
    "Action",
    "BookRates",
    "Contract",
    "FitError",
    "Grid",
    "HistoryFit",
    "MatchingBook",
    "OrderHistory",
    "PartialVolume",
    "Rebuilt",
    "fit_error",
    "fit_rates",
    "load_history",
    "rebuild",
    "simulate",
]
