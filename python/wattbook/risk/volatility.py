"""Volatilities that follow the market, and historical scenarios scaled to them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.risk.checked import (
    above,
    finite_array,
    finite_figure,
    finite_figures,
    from_zero,
    moving,
    overflow_refused,
    share,
    whole,
)
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
        If returns have gaps, the decay is no share, the first variance is below zero, or no number
        holds a variance.

    Examples
    --------
    >>> [round(float(value), 6) for value in ewma_volatility([-0.03], 0.94, 0.015**2)]
    [0.015, 0.016294]
    """
    column = finite_array("returns", returns, least=0)
    decay = share("decay", decay)
    variances = np.empty(column.size + 1)
    variances[0] = from_zero("first_variance", first_variance)
    with overflow_refused():
        for row, value in enumerate(column):
            variances[row + 1] = decay * variances[row] + (1.0 - decay) * value * value
        return finite_figures("volatility", np.sqrt(variances))


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
    first = from_zero("volatility", volatility)
    return float(law.volatility([value], first * first)[-1]), law.long_run


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
        If there are fewer returns than `warm_up`, a gap among them or no volatility at all; if the
        last 20 returns are 0, or so many that the value at risk is: the series is stale.
    """
    scale = math.sqrt(above("horizon_days", horizon_days))
    warm_up = whole("warm_up", warm_up, WARM_UP_MIN)
    column = moving("series", finite_array("returns", returns, least=warm_up))
    with overflow_refused():
        first_variance = finite_figure("variance", float(np.var(column[:warm_up])))
        volatilities = law_volatility(column, decay, first_variance)
        met = np.flatnonzero(~(volatilities[:-1] > 0.0))
        if met.size:
            message = (
                f"row {int(met[0])}: the returns before it are all alike: there is no volatility "
                "to scale by"
            )
            raise InputError(message)
        scenarios = finite_figures("scenario", column / volatilities[:-1] * volatilities[-1])
    lost = value_at_risk(scenarios, confidence, Quantile.INVERTED_CDF)
    if lost == 0.0:
        moved = int(np.count_nonzero(column))
        message = (
            f"series moved on {moved} of {column.size} days: it is stale, and no value at risk of "
            "0; bring it up to date or leave it out"
        )
        raise InputError(message)
    shortfall = expected_shortfall(scenarios, confidence, Shortfall.WORST_OBSERVATIONS)
    return Filtered(
        next_volatility=float(volatilities[-1]),
        scenarios=scenarios,
        value_at_risk=finite_figure("value at risk", scale * lost),
        expected_shortfall=finite_figure("expected shortfall", scale * shortfall),
    )
