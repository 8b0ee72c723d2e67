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
from wattbook.pricing.bootstrap import (
    Deposit,
    InterestSwap,
    RateFuture,
    bootstrap_discount_curve,
)
from wattbook.pricing.digital import digital
from wattbook.pricing.discount import DiscountCurve, ForeignExchange
from wattbook.pricing.european import Model, OptionValues, european, implied_volatility
from wattbook.pricing.option_greeks import american_greeks, average_greeks, digital_greeks
from wattbook.pricing.quanto import quanto
from wattbook.pricing.rainbow import RainbowOn, rainbow
from wattbook.pricing.samuelson import SamuelsonVolatility, fit_samuelson
from wattbook.pricing.smile import QuotedSmile, VolatilitySurface
from wattbook.pricing.spread import SpreadMethod, basket, spread
from wattbook.pricing.strip import strip_cap, strip_swaption
from wattbook.pricing.strip_greeks import StripGreeks, strip_cap_greeks, strip_swaption_greeks
from wattbook.pricing.sum_greeks import SumGreeks, basket_greeks, rainbow_greeks, spread_greeks

__all__ = [
    "AmericanMethod",
    "AverageMethod",
    "Deposit",
    "DiscountCurve",
    "ForeignExchange",
    "InterestSwap",
    "Model",
    "OptionValues",
    "QuotedSmile",
    "RainbowOn",
    "RateFuture",
    "SamuelsonVolatility",
    "SpreadMethod",
    "StripGreeks",
    "SumGreeks",
    "VolatilitySurface",
    "american",
    "american_greeks",
    "average_greeks",
    "average_price",
    "average_strike_geometric",
    "basket",
    "basket_greeks",
    "bootstrap_discount_curve",
    "continuous_average",
    "digital",
    "digital_greeks",
    "european",
    "fit_samuelson",
    "implied_volatility",
    "quanto",
    "rainbow",
    "rainbow_greeks",
    "spread",
    "spread_greeks",
    "strip_cap",
    "strip_cap_greeks",
    "strip_swaption",
    "strip_swaption_greeks",
]
"""Rates are per year and continuously compounded, times are years, volatilities are for the square
root of a year."""
