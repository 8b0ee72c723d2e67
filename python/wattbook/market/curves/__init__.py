"""Forward curves: a price for each delivery period, from overlapping quotes and a shape.

`build_curve` gives the smoothest curve whose averages are the quotes', or lie within their bands.
"""

from wattbook.market.curves.averages import TENORS, averages
from wattbook.market.curves.bootstrap import (
    AverageQuote,
    Between,
    BootstrappedCurve,
    bootstrap_curve,
    nerc_peak_days,
)
from wattbook.market.curves.conflicts import Conflict
from wattbook.market.curves.curve import BASES, ForwardCurve, build_curve, default_step
from wattbook.market.curves.grid import STEPS, CurveGrid, curve_grid
from wattbook.market.curves.history import CurveHistory, StoredCurve
from wattbook.market.curves.quotes import ForwardQuote, SetAside, read_quotes
from wattbook.market.curves.shape import Shape, ShapeKind, fit_shape, flat_shape
from wattbook.market.curves.weather import WeatherNormal, weather_normal

__all__ = [
    "BASES",
    "STEPS",
    "TENORS",
    "AverageQuote",
    "Between",
    "BootstrappedCurve",
    "Conflict",
    "CurveGrid",
    "CurveHistory",
    "ForwardCurve",
    "ForwardQuote",
    "SetAside",
    "Shape",
    "ShapeKind",
    "StoredCurve",
    "WeatherNormal",
    "averages",
    "bootstrap_curve",
    "build_curve",
    "curve_grid",
    "default_step",
    "fit_shape",
    "flat_shape",
    "nerc_peak_days",
    "read_quotes",
    "weather_normal",
]
