"""Prices of five minutes, one step ahead: a point, an interval and the direction of the move."""

from wattbook.forecast.five_minute.backtest import (
    FiveMinuteBacktest,
    FiveMinuteForecasts,
    forecast_test,
)
from wattbook.forecast.five_minute.inputs import INPUTS, inputs
from wattbook.forecast.five_minute.market import FILES, FiveMinuteMarket, load_five_minute
from wattbook.forecast.five_minute.online import OnlineInterval
from wattbook.forecast.five_minute.score import FiveMinuteScore, score

__all__ = [
    "FILES",
    "INPUTS",
    "FiveMinuteBacktest",
    "FiveMinuteForecasts",
    "FiveMinuteMarket",
    "FiveMinuteScore",
    "OnlineInterval",
    "forecast_test",
    "inputs",
    "load_five_minute",
    "score",
]
