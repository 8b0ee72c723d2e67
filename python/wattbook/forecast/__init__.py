"""Price forecasts with a confidence that past forecasts earned.

A model is fitted on prices that were known at one instant and predicts delivery periods from
prices known a fixed number of periods before each. Later models join by the same two methods.

Examples
--------
>>> from wattbook.ingest import normalize
>>> from wattbook.sources import SOURCES
>>> series, _ = normalize(SOURCES["generated"].read(None, 7)[0])
>>> day = int(series.delivery_start[-288])
>>> fitted = SeasonalRegression(horizon=3).fit(series, until=day)
>>> made = fitted.predict(series, series.delivery_start[-288:])
>>> made.price.shape, bool(((made.confidence >= 0) & (made.confidence <= 1)).all())
((288,), True)
"""

from wattbook.forecast.confidence import Calibration, calibrate
from wattbook.forecast.day import day_forecast
from wattbook.forecast.model import FittedModel, Forecast, Model
from wattbook.forecast.persistence import Persistence
from wattbook.forecast.seasonal import SeasonalRegression
from wattbook.forecast.spread import spread_forecast

__all__ = [
    "Calibration",
    "FittedModel",
    "Forecast",
    "Model",
    "Persistence",
    "SeasonalRegression",
    "calibrate",
    "day_forecast",
    "spread_forecast",
]
