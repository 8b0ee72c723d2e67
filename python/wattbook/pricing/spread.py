"""Options on differences and weighted sums of prices."""

import math
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.choice import chosen
from wattbook.errors import InputError
from wattbook.pricing.columns import (
    Kind,
    Shape,
    flat,
    refuse_beyond,
    refuse_wide,
    shaped,
    signs,
)

__all__ = ["SpreadMethod", "basket", "spread"]

PAIR = 2
MOST_DEVIATION_OF_A_PAIR = 20.0
MOST_DEVIATION = 2.0
"""Volatility times the root of time up to which the points of three prices or more are enough."""


class SpreadMethod(Enum):
    """How an option on a difference is valued."""

    EXACT = "exact"
    """By quadrature (J. Choi, Journal of Futures Markets 38, 2018)."""
    KIRK = "kirk"
    """E. Kirk's approximation (Correlation in the energy markets, 1995): the second price and the
    strike as one lognormal price. It is off by up to some tenths of the unit of price, and needs a
    second price and strike above zero together."""
    BJERKSUND_STENSLAND = "bjerksund_stensland"
    """P. Bjerksund and G. Stensland, Quantitative Finance 14 (2014): the payoff of exercising where
    Kirk's approximation would. A lower bound, nearer than Kirk's, with the same needs."""
    OPERATOR_SPLITTING = "operator_splitting"
    """Kirk's approximation with two orders of C. Lo's operator splitting (Wilmott 2015): nearer
    than Kirk's, with the same needs."""


def spread(
    kind: Kind,
    *,
    first: ArrayLike,
    second: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    first_volatility: ArrayLike,
    second_volatility: ArrayLike,
    correlation: ArrayLike,
    rate: ArrayLike = 0.0,
    method: SpreadMethod = SpreadMethod.EXACT,
) -> NDArray[np.float64]:
    """Present value of options on ``first - second``: float64, the inputs' broadcast shape.

    Both prices are lognormal; a spark spread's fuel is given times its heat rate.

    Parameters
    ----------
    kind : str or array
        ``"call"`` or ``"put"``; an array of these, or booleans that are true for calls.
    first, second : array
        Forwards, in units of price, above 0.
    strike : array
        Of the difference; it may be below 0.
    time : array
        Years to expiry.
    first_volatility, second_volatility : array
        Lognormal volatilities.
    correlation : array
        Of the two logarithms, from -1 to 1; at both ends one shock moves both prices and the value
        is in closed form.
    rate : array, optional
        Discount rate.
    method : SpreadMethod, optional
        Exact unless asked otherwise.

    Raises
    ------
    InputError
        With row, field and remedy, for what cannot be priced.

    Examples
    --------
    >>> value = spread(
    ...     "call", first=200.0, second=100.0, strike=100.0, time=1.0,
    ...     first_volatility=0.15, second_volatility=0.3, correlation=-0.3,
    ... )
    >>> round(float(value), 8)
    19.19542014
    """
    fields = {
        "kind": signs(kind),
        "first": first,
        "second": second,
        "strike": strike,
        "time": time,
        "first_volatility": first_volatility,
        "second_volatility": second_volatility,
        "correlation": correlation,
        "rate": rate,
    }
    method = chosen(SpreadMethod, method)
    if method is not SpreadMethod.EXACT:
        shape, prices = spreads_approximated(method, fields, with_slopes=False)
        return shaped(prices, shape)
    shape, columns = flat(fields)
    sign, one, other, level, years, volatility, other_volatility, together, discount_rate = columns
    prices = _core.spread_prices(
        math.prod(shape),
        sign,
        (one, other),
        level,
        years,
        (volatility, other_volatility),
        together,
        discount_rate,
    )
    both = {"first_volatility": first_volatility, "second_volatility": second_volatility}
    refuse_wide(both, time, MOST_DEVIATION_OF_A_PAIR)
    return shaped(prices, shape)


_BOUNDS = {
    "first": (1e-100, 1e100),
    "second": (1e-100, 1e100),
    "strike": (-1e100, 1e100),
    "time": (0.0, 1000.0),
    "first_volatility": (0.0, 1e6),
    "second_volatility": (0.0, 1e6),
    "correlation": (-1.0, 1.0),
    "rate": (-1e6, 1e6),
}


def spreads_approximated(
    method: SpreadMethod, fields: dict[str, ArrayLike], *, with_slopes: bool
) -> tuple[Shape, NDArray[np.float64]]:
    """Shape of the inputs of `spread`, and the kernel's figures, one after the other.

    Raises
    ------
    InputError
        With row, field and remedy, for what the approximation has no value of.
    """
    for name, (least, most) in _BOUNDS.items():
        refuse_beyond(name, fields[name], least, most)
    refuse_beyond("rate times time", np.multiply(fields["rate"], fields["time"]), -100.0, 100.0)
    shape, columns = flat(fields)
    sign, one, other, level, years, volatility, other_volatility, together, discount_rate = columns
    figures = _core.spread_approximations(
        math.prod(shape),
        method.value,
        with_slopes,
        sign,
        (one, other),
        level,
        years,
        (volatility, other_volatility),
        together,
        discount_rate,
    )
    return shape, figures


def basket(
    kind: str,
    *,
    weights: ArrayLike,
    forwards: ArrayLike,
    volatilities: ArrayLike,
    correlations: ArrayLike,
    strike: float,
    time: float,
    rate: float = 0.0,
) -> float:
    """Present value of one option on a weighted sum of lognormal prices, in units of price.

    Parameters
    ----------
    kind : str
        ``"call"`` or ``"put"``.
    weights, forwards, volatilities : array, shape (n,)
        Weight in the sum (short below 0), forward above 0 and lognormal volatility of each.
    correlations : array, shape (n, n)
        Of the logarithms; symmetric, positive definite, 1 on the diagonal.
    strike : float
        Of the sum; it may be below 0.
    time : float
        Years to expiry.
    rate : float, optional
        Discount rate.

    Raises
    ------
    InputError
        With the number of the price, field and remedy, for what cannot be priced; for so many
        prices of like variance that their points cannot be summed.

    Examples
    --------
    >>> value = basket(
    ...     "call", weights=[0.25] * 4, forwards=[100.0] * 4, volatilities=[0.4] * 4,
    ...     correlations=np.full((4, 4), 0.5) + 0.5 * np.eye(4), strike=110.0, time=5.0,
    ... )
    >>> round(value, 6)
    24.66053
    """
    if not 0.0 <= time <= 1000.0 or not abs(rate * time) <= 100.0:
        message = (
            f"time is {time}, rate {rate}: give years from 0 to 1000, their product within 100"
        )
        raise InputError(message)
    matrix = np.asarray(correlations, dtype=np.float64)
    columns = [
        np.ascontiguousarray(values, dtype=np.float64)
        for values in (weights, forwards, np.asarray(volatilities, float) * math.sqrt(time))
    ]
    if any(column.ndim != 1 for column in columns) or matrix.ndim != 2:
        message = "give columns of weights, forwards and volatilities and a matrix of correlations"
        raise InputError(message)
    sizes, prices, spreads = columns
    if sizes.size > PAIR:
        refuse_wide({"volatilities": volatilities}, time, MOST_DEVIATION)
    return _core.basket_value(
        float(signs(kind)),
        sizes,
        prices,
        spreads,
        np.ascontiguousarray(matrix).ravel(),
        strike,
        math.exp(-rate * time),
    )
