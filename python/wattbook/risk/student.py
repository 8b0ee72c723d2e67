"""Student's distribution, scaled to a deviation: tails fatter than the normal's."""

import math
from statistics import NormalDist
from typing import Final

from wattbook.errors import InputError
from wattbook.risk.checked import above, finite_figure, finite_number, share
from wattbook.risk.measures import Tail

__all__ = ["student_quantile", "student_risk"]


_NEARLY_NORMAL: Final = 1e6
"""Degrees of freedom beyond which series around the normal distribution are exact."""
_FARTHEST: Final = 1e150


def _log_half_step(at: float) -> float:
    """Logarithm of ``gamma(at + 1/2) / gamma(at)``; by its series where the logarithms cancel.

    F. Tricomi and A. Erdelyi, Pacific Journal of Mathematics 1 (1951).
    """
    if at < 1e3:
        return math.lgamma(at + 0.5) - math.lgamma(at)
    return 0.5 * math.log(at) - 1.0 / (8.0 * at) + 1.0 / (192.0 * at**3)


def _beta_fraction(first: float, second: float, at: float) -> float:
    """Continue the fraction of the incomplete beta function.

    W. Press and others, Numerical Recipes, 2007, section 6.4.
    """
    tiny = 1e-300
    value, upper = 1.0, 1.0
    lower = 1.0 - (first + second) * at / (first + 1.0)
    lower = 1.0 / (lower if abs(lower) > tiny else tiny)
    value = lower
    for step in range(1, 500):
        even = step * (second - step) * at / ((first + 2 * step - 1.0) * (first + 2 * step))
        odd = -(first + step) * (first + second + step) * at
        odd /= (first + 2 * step) * (first + 2 * step + 1.0)
        change = 1.0
        for term in (even, odd):
            lower = 1.0 + term * lower
            lower = 1.0 / (lower if abs(lower) > tiny else tiny)
            upper = 1.0 + term / upper
            upper = upper if abs(upper) > tiny else tiny
            change = lower * upper
            value *= change
        if abs(change - 1.0) < 1e-16:
            break
    return value


def _above(quantile: float, freedom: float) -> float:
    """Probability above `quantile`, which is at least 0."""
    at = freedom / (freedom + quantile * quantile)
    first, second = freedom / 2.0, 0.5
    log = _log_half_step(first) - math.lgamma(second)
    log += first * math.log(at) + (second * math.log1p(-at) if at < 1.0 else -math.inf)
    if at < (first + 1.0) / (first + second + 2.0):
        return 0.5 * math.exp(log) * _beta_fraction(first, second, at) / first
    other = math.exp(log) * _beta_fraction(second, first, 1.0 - at) / second
    return 0.5 * (1.0 - other)


def student_quantile(confidence: float, freedom: float) -> float:
    """Quantile of Student's distribution with `freedom` degrees of freedom.

    Raises
    ------
    InputError
        If the confidence is no share or the degrees are not above 0, or so few that the quantile is
        beyond 1e150.

    Examples
    --------
    >>> round(student_quantile(0.99, 4.0), 6)
    3.746947
    """
    confidence, freedom = share("confidence", confidence), above("freedom", freedom)
    if confidence < 0.5:
        return -student_quantile(1.0 - confidence, freedom)
    if freedom > _NEARLY_NORMAL:
        # M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, 26.7.5.
        normal = NormalDist().inv_cdf(confidence)
        first = (normal**3 + normal) / 4.0
        second = (5.0 * normal**5 + 16.0 * normal**3 + 3.0 * normal) / 96.0
        return normal + first / freedom + second / freedom / freedom
    tail = 1.0 - confidence
    low, high = 0.0, 1.0
    while _above(high, freedom) > tail:
        high *= 2.0
        if high > _FARTHEST:
            message = (
                f"freedom is {freedom}: the quantile at {confidence} is beyond {_FARTHEST:g}; give "
                "more degrees of freedom"
            )
            raise InputError(message)
    while high - low > 1e-14 * max(1.0, high):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if _above(middle, freedom) > tail else (low, middle)
    return 0.5 * (low + high)


def student_risk(mean: float, deviation: float, freedom: float, confidence: float) -> Tail:
    """Value at risk and expected shortfall of a P&L that is Student's, scaled to `deviation`.

    ``VaR = t c - m`` and ``ES = c f(t) (v + t^2) / ((v - 1) (1 - a)) - m`` with the scale
    ``c = s sqrt((v - 2) / v)`` (A. McNeil, R. Frey and P. Embrechts, Quantitative Risk Management,
    2015, section 2.3).

    Raises
    ------
    InputError
        If a number is not finite, the deviation is not above 0, the confidence is no share, or
        there are no more than 2 degrees of freedom, which leave no deviation.

    Examples
    --------
    >>> round(student_risk(0.0, 20_000.0, 4.0, 0.95).value_at_risk, 2)
    30148.87
    """
    mean, deviation = finite_number("mean", mean), above("deviation", deviation)
    confidence = share("confidence", confidence)
    if not finite_number("freedom", freedom) > 2.0:
        message = f"freedom is {freedom}: above 2 there is a deviation"
        raise InputError(message)
    quantile = student_quantile(confidence, freedom)
    scale = deviation * math.sqrt((freedom - 2.0) / freedom)
    log = _log_half_step(freedom / 2.0)
    density = math.exp(log - (freedom + 1.0) / 2.0 * math.log1p(quantile**2 / freedom))
    density /= math.sqrt(freedom * math.pi)
    excess = density * (freedom + quantile**2) / ((freedom - 1.0) * (1.0 - confidence))
    return Tail(
        value_at_risk=finite_figure("value at risk", scale * quantile - mean),
        expected_shortfall=finite_figure("expected shortfall", scale * excess - mean),
    )
