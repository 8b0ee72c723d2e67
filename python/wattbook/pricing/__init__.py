"""Option values, Greeks and implied volatilities, whole columns at a time.

Every function takes numbers or arrays that NumPy can broadcast and gives arrays of the broadcast
shape (or numbers, if all inputs are). Nothing becomes NaN: an option that its model cannot price
is refused with its row, its field and what to give instead.
"""

from wattbook.pricing.american import AmericanMethod, american
from wattbook.pricing.asian import (
    AverageMethod,
    average_price,
    average_strike_geometric,
    continuous_average,
)
from wattbook.pricing.digital import digital
from wattbook.pricing.discount import DiscountCurve, ForeignExchange
from wattbook.pricing.european import Model, OptionValues, european, implied_volatility
from wattbook.pricing.rainbow import RainbowOn, rainbow
from wattbook.pricing.samuelson import SamuelsonVolatility, fit_samuelson
from wattbook.pricing.smile import QuotedSmile, VolatilitySurface
from wattbook.pricing.spread import SpreadMethod, basket, spread
from wattbook.pricing.strip import strip_cap, strip_swaption

__all__ = [
    "AmericanMethod",
    "AverageMethod",
    "DiscountCurve",
    "ForeignExchange",
    "Model",
    "OptionValues",
    "QuotedSmile",
    "RainbowOn",
    "SamuelsonVolatility",
    "SpreadMethod",
    "VolatilitySurface",
    "american",
    "average_price",
    "average_strike_geometric",
    "basket",
    "continuous_average",
    "digital",
    "european",
    "fit_samuelson",
    "implied_volatility",
    "rainbow",
    "spread",
    "strip_cap",
    "strip_swaption",
]
"""Rates are per year and continuously compounded, times are years, volatilities are for the square
root of a year."""
