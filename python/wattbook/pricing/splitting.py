"""Options on differences by operator splitting, an approximation by name.

C. F. Lo, "Pricing spread options by the operator splitting method", Wilmott 2015 (79), 64-67:
Kirk's formula is the solution of one part of the pricing operator; the other part acts on it twice.

Let ``x`` be the logarithm of the first price over the second and the strike, ``y`` that of the
second and the strike, and ``w(y)`` the variance of Kirk's formula ``G(x, w)``. The other part is
then ``s^2 / 2 (d_yy + d_y) + c d_xy`` with ``s`` and ``c`` polynomials of the strike's share
``u = K e^-y``, for which ``d_y = -u d_u``. As ``G_w = H G`` with ``H = (d_xx - d_x) / 2``, every
term is a polynomial of ``u`` times powers of ``d_x`` and ``H`` of one normal density, whose
derivatives are Hermite polynomials.
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.polynomial import Polynomial
from numpy.polynomial.hermite_e import hermeval

__all__ = ["split_correction"]

Terms: TypeAlias = dict[tuple[int, int], Polynomial]
"""By the powers of ``d_x`` and of ``H``, the polynomial of ``u`` before them."""

SHARE = Polynomial([0.0, 1.0])
ALONG = Polynomial([0.0, 1.0])
HEAT = Polynomial([0.0, -0.5, 0.5])
"""``d_x`` and ``H``, as polynomials of ``d_x``."""


def _by_log(of_share: Polynomial) -> Polynomial:
    return -SHARE * of_share.deriv()


def split_correction(
    moneyness: float, share: float, deviations: tuple[float, float], correlation: float
) -> float:
    """Correction of Kirk's call by two orders, in units of second price plus strike.

    Parameters
    ----------
    moneyness : float, above 0
        First price over second price plus strike.
    share : float
        Strike over second price plus strike.
    deviations : (float, float)
        Volatilities times the root of the time.
    correlation : float
        Of the logarithms.

    Returns
    -------
    float
        Undiscounted; 0 where Kirk's variance is nothing.
    """
    first, second = deviations
    slope = second * (1.0 - SHARE)
    cross = (correlation * first - slope) * slope
    variance = first * first - 2.0 * correlation * first * slope + slope * slope
    once, twice = _by_log(variance), _by_log(_by_log(variance))
    half = 0.5 * slope * slope
    acted: Terms = {
        (0, 0): half * (twice + once),
        (0, 1): half * once * once,
        (1, 0): cross * once,
    }
    again: Terms = {}
    for (along, heat), factor in acted.items():
        moved, bent = _by_log(factor), _by_log(_by_log(factor))
        for key, term in (
            ((along, heat), half * (bent + moved)),
            ((along, heat + 1), half * (2.0 * moved * once + factor * (twice + once))),
            ((along, heat + 2), half * factor * once * once),
            ((along + 1, heat), cross * moved),
            ((along + 1, heat + 1), cross * factor * once),
        ):
            again[key] = again.get(key, Polynomial([0.0])) + term
    deviation = math.sqrt(max(float(variance(share)), 0.0))
    if deviation == 0.0:
        return 0.0
    lower = math.log(moneyness) / deviation - 0.5 * deviation
    density = 0.5 * math.exp(-0.5 * lower * lower) / (math.sqrt(2.0 * math.pi) * deviation)

    def value(terms: Terms) -> float:
        total = 0.0
        for (along, heat), factor in terms.items():
            powers = np.asarray((ALONG**along * HEAT**heat).coef, dtype=np.float64)
            # Derivatives of a normal density are its Hermite polynomials, signs alternating.
            scaled = powers * (-1.0 / deviation) ** np.arange(powers.size)
            total += float(factor(share)) * float(hermeval(lower, scaled))
        return density * total

    return value(acted) / 2.0 + value(again) / 8.0
