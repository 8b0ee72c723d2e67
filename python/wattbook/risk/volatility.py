"""Volatilities that follow the market, and historical scenarios scaled to them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.checked import above, finite_array, finite_number, share
from wattbook.risk.garch import GarchLaw
from wattbook.risk.measures import Quantile, Shortfall, expected_shortfall, value_at_risk

__all__ = [
    "Filtered",
    "ewma_volatility",
    "filtered_historical_simulation",
    "garch_step",
    "law_volatility",
]

WARM_UP_MIN = 2
"""Returns without which there is no deviation."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """Scenarios of the next move, at its volatility."""

    next_volatility: float
    scenarios: NDArray[np.float64]
    """Moves, oldest first: shape (n,), in the unit of the returns."""
    value_at_risk: float
    expected_shortfall: float


def ewma_volatility(returns: ArrayLike, decay: float, first_variance: float) -> NDArray[np.float64]:
    """Volatility before each return and after the last: shape (n + 1,), the first one given.

    ``v' = decay v + (1 - decay) r^2`` (RiskMetrics Technical Document, 1996, section 5.2).

    Raises
    ------
    InputError
        If returns have gaps, the decay is no share, or the first variance is below zero.

    Examples
    --------
    >>> [round(float(value), 6) for value in ewma_volatility([-0.03], 0.94, 0.015**2)]
    [0.015, 0.016294]
    """
    column = finite_array("returns", returns, least=0)
    share("decay", decay)
    if finite_number("first_variance", first_variance) < 0.0:
        message = f"first_variance is {first_variance}: give a number of at least 0"
        raise InputError(message)
    variances = np.empty(column.size + 1)
    variances[0] = first_variance
    for row, value in enumerate(column):
        variances[row + 1] = decay * variances[row] + (1.0 - decay) * value * value
    return np.sqrt(variances)


def garch_step(
    volatility: float, value: float, *, constant: float, shock: float, persistence: float
) -> tuple[float, float]:
    """Volatility after a return, and the one to which it returns in the long run.

    GARCH(1,1): ``v' = constant + shock r^2 + persistence v`` (T. Bollerslev, Journal of
    Econometrics 31, 1986).

    Raises
    ------
    InputError
        If a parameter is below zero, or shock and persistence leave no long run.
    """
    law = GarchLaw(constant, shock, persistence)
    return float(law.volatility([value], volatility * volatility)[-1]), law.long_run


def law_volatility(
    returns: ArrayLike, law: float | GarchLaw, first_variance: float, target: int | None = None
) -> NDArray[np.float64]:
    """Volatility before each return and after the last, by a decay of `ewma_volatility` or a GARCH.

    `target` is that of `GarchLaw.volatility`; a decay has no long run.

    Raises
    ------
    InputError
        As these.
    """
    if isinstance(law, GarchLaw):
        return law.volatility(returns, first_variance, target)
    return ewma_volatility(returns, law, first_variance)


def filtered_historical_simulation(
    returns: ArrayLike,
    *,
    decay: float | GarchLaw,
    confidence: float,
    horizon_days: float = 1.0,
    warm_up: int = 20,
) -> Filtered:
    """Historical moves, each divided by the volatility it met and times the one of tomorrow.

    J. Hull and A. White, Journal of Risk 1 (1998). Volatility is exponentially weighted by `decay`,
    or follows a `GarchLaw` in its place; its first is the deviation of the first `warm_up` returns.
    A horizon of several days scales by its root. Value at risk is an observation, the shortfall a
    mean of whole observations.

    Raises
    ------
    InputError
        If there are fewer returns than `warm_up`, a gap among them, or no volatility at all.
    """
    above("horizon_days", horizon_days)
    if warm_up < WARM_UP_MIN:
        message = f"warm_up is {warm_up}: give at least {WARM_UP_MIN} returns"
        raise InputError(message)
    column = finite_array("returns", returns, least=warm_up)
    volatilities = law_volatility(column, decay, float(np.var(column[:warm_up])))
    if not volatilities[0] > 0.0:
        message = f"the first {warm_up} returns are all alike: there is no volatility to scale by"
        raise InputError(message)
    scenarios = column / volatilities[:-1] * volatilities[-1]
    scale = math.sqrt(horizon_days)
    return Filtered(
        next_volatility=float(volatilities[-1]),
        scenarios=scenarios,
        value_at_risk=scale * value_at_risk(scenarios, confidence, Quantile.INVERTED_CDF),
        expected_shortfall=scale
        * expected_shortfall(scenarios, confidence, Shortfall.WORST_OBSERVATIONS),
    )
