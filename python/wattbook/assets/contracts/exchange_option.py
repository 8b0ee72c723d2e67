"""The right to exchange one delivery for another: Margrabe's and Kirk's formulas, and a normal one.

References
----------
Margrabe (1978), The value of an option to exchange one asset for another, Journal of Finance 33,
177-186. Kirk (1995), Correlation in the energy markets, in Managing Energy Price Risk.
Poitras (1998), Spread options, exchange options, and arithmetic Brownian motion, Journal of Futures
Markets 18, 487-517.
"""

from __future__ import annotations

from math import erf, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError

__all__ = ["kirk", "normal_spread_option"]

Floats: TypeAlias = NDArray[np.float64]
TINY = 1e-12


def normal_cdf(values: Floats) -> Floats:
    """Return the standard normal distribution function."""
    made: Floats = np.vectorize(lambda one: 0.5 * (1.0 + erf(one / sqrt(2.0))), otypes=[float])(
        values
    )
    return made


def kirk(
    there: Floats | float,
    here: Floats | float,
    cost: Floats | float,
    years: Floats | float,
    *,
    volatilities: tuple[float, float],
    correlation: float,
) -> Floats:
    """Return the undiscounted value of the right to `there` less `here` less a cost.

    Both forwards are lognormal; the forward here and the cost together are taken for lognormal too
    (Kirk). Without a cost this is Margrabe's exact formula.

    Parameters
    ----------
    there, here : array_like, money a MWh
        Forward prices, above zero.
    cost : array_like, money a MWh
        From zero.
    years : array_like
        Until the right is used.
    volatilities : (float, float), a square root of a year
        There and here.
    correlation : float in [-1, 1]

    Raises
    ------
    InputError
        If a price is not above zero or a parameter is out of range.

    Examples
    --------
    Two equal prices: the price times the chance within half a deviation of the ratio.

    >>> worth = kirk(50.0, 50.0, 0.0, 1.0, volatilities=(0.4, 0.3), correlation=0.0)
    >>> round(float(worth), 6)
    9.870633
    """
    there, here, cost, years = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (there, here, cost, years))
    )
    check_correlation(correlation)
    if not ((there > 0.0) & (here > 0.0)).all():
        raise InputError(
            f"forward prices fall to {min(there.min(), here.min())}; lognormal ones are above 0, "
            "use normal_spread_option"
        )
    if not ((cost >= 0.0) & (years >= 0.0)).all() or min(volatilities) < 0.0:
        raise InputError("a cost, time or volatility is below 0; give 0 or more")
    paid = here + cost
    first, second = volatilities[0], volatilities[1] * here / paid
    variance = np.maximum(first**2 + second**2 - 2.0 * correlation * first * second, 0.0)
    deviation = np.sqrt(variance * years)
    safe = np.maximum(deviation, TINY)
    upper = np.log(there / paid) / safe + safe / 2.0
    value = there * normal_cdf(upper) - paid * normal_cdf(upper - safe)
    made: Floats = np.where(deviation > TINY, value, np.maximum(there - paid, 0.0))
    return made


def normal_spread_option(
    spread: Floats | float, cost: Floats | float, years: Floats | float, *, volatility: float
) -> Floats:
    """Return the undiscounted value of the right to a spread less a cost, the spread being normal.

    Prices and spread may lie below zero.

    Parameters
    ----------
    spread : array_like, money a MWh
        Forward price there less here.
    cost : array_like, money a MWh
    years : array_like
        Until the right is used.
    volatility : float, money a MWh and square root of a year
        Of the spread.

    Raises
    ------
    InputError
        If a time or the volatility is below zero.

    Examples
    --------
    >>> worth = normal_spread_option(0.0, 0.0, 0.25, volatility=20.0)
    >>> round(float(worth), 6)  # deviation over the square root of two pi
    3.989423
    """
    spread, cost, years = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (spread, cost, years))
    )
    if not (years >= 0.0).all() or not volatility >= 0.0:
        raise InputError("a time or volatility is below 0; give 0 or more")
    apart = spread - cost
    deviation = volatility * np.sqrt(years)
    safe = np.maximum(deviation, TINY)
    ratio = apart / safe
    density = np.exp(-(ratio**2) / 2.0) / sqrt(2.0 * np.pi)
    value = apart * normal_cdf(ratio) + safe * density
    made: Floats = np.where(deviation > TINY, value, np.maximum(apart, 0.0))
    return made


def check_correlation(correlation: float) -> None:
    """Refuse a correlation that is none."""
    if not -1.0 <= correlation <= 1.0:
        raise InputError(f"correlation {correlation}; give -1 to 1")
