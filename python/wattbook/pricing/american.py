"""American options on spot prices and futures."""

import math
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.choice import chosen
from wattbook.pricing.columns import Kind, flat, shaped, signs

__all__ = ["AmericanMethod", "american"]


class AmericanMethod(Enum):
    """How an American option is valued."""

    EXACT = "exact"
    """By its exercise boundary (L. Andersen, M. Lake and D. Offengenden, 2016)."""
    BARONE_ADESI_WHALEY = "barone_adesi_whaley"
    """G. Barone-Adesi and R. Whaley, Journal of Finance 42 (1987)."""
    JU_ZHONG = "ju_zhong"
    """N. Ju and R. Zhong, Journal of Derivatives 7 (1999)."""
    BJERKSUND_STENSLAND = "bjerksund_stensland"
    """P. Bjerksund and G. Stensland, Scandinavian Journal of Management 9 (1993)."""
    QD_PLUS = "qd_plus"
    """Q. Li, Review of Derivatives Research 13 (2010), on eight points of the boundary."""
    BINOMIAL = "binomial"
    """J. Cox, S. Ross and M. Rubinstein, Journal of Financial Economics 7 (1979): the mean of trees
    of 1,000 and 1,001 steps, or of as many as the drift needs; the exact value beyond 10,000."""


def american(
    kind: Kind,
    *,
    underlying: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    volatility: ArrayLike,
    rate: ArrayLike,
    carry_yield: ArrayLike | None = None,
    method: AmericanMethod = AmericanMethod.EXACT,
) -> NDArray[np.float64]:
    """Present value of American options: float64, the inputs' broadcast shape, in units of price.

    The underlying is lognormal. The exercise boundary is the fixed point of its integral equation
    (L. Andersen, M. Lake and D. Offengenden, Journal of Computational Finance 20, 2016), the value
    within 5e-8 of the strike (1e-6 where the drift over the time is strong against its deviation)
    for volatilities of 3 % to 100 % and up to three years.

    Parameters
    ----------
    kind : str or array
        ``"call"`` or ``"put"``; an array of these, or booleans that are true for calls.
    underlying, strike : array
        Price of the underlying and strike, in units of price.
    time : array
        Years to expiry.
    volatility : array
        Lognormal volatility.
    rate : array
        Discount rate.
    carry_yield : array, optional
        What the underlying yields per year; by default `rate`, as for a future.
    method : AmericanMethod, optional
        Exact unless an approximation is asked for by name.

    Raises
    ------
    InputError
        With row, field and remedy, for what a lognormal price cannot be, and where exercise pays
        between two boundaries (both rates below zero, the yield below the rate for a put).

    Examples
    --------
    >>> put = american("put", underlying=110.0, strike=100.0, time=0.5, volatility=0.25, rate=0.1)
    >>> round(float(put), 6)
    3.298422
    """
    shape, columns = flat(
        {
            "kind": signs(kind),
            "underlying": underlying,
            "strike": strike,
            "time": time,
            "volatility": volatility,
            "rate": rate,
            "carry_yield": rate if carry_yield is None else carry_yield,
        }
    )
    way = chosen(AmericanMethod, method).value
    return shaped(_core.american_prices(math.prod(shape), way, *columns), shape)
