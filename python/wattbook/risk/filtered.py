"""Value at risk of each day by filtered historical simulation, and how it held."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from wattbook.choice import chosen
from wattbook.errors import InputError
from wattbook.risk.checked import (
    STILL_DAYS,
    finite_array,
    finite_figures,
    overflow_refused,
    share,
    whole,
)
from wattbook.risk.garch import GarchLaw
from wattbook.risk.measures import Quantile
from wattbook.risk.volatility import law_volatility

__all__ = [
    "DailyRisk",
    "acerbi_szekely",
    "daily_filtered_risk",
    "daily_historical_risk",
    "fitted_decay",
    "holm",
]

Array = NDArray[np.float64]

_WARM_UP = 60
_SIMULATIONS = 500


@dataclass(frozen=True, slots=True)
class DailyRisk:
    """Risk of each day as it was known the evening before, and what the day brought."""

    first: int
    """Place of the first day among the moves that were given."""
    pnl: Array
    value_at_risk: Array
    expected_shortfall: Array
    scenarios: Array
    """Shape (days, window): the outcomes that each day's risk was taken of, rising."""

    @property
    def hits(self) -> NDArray[np.bool_]:
        """Whether the day's loss exceeded its value at risk."""
        return -self.pnl > self.value_at_risk


def fitted_decay(series: Sequence[ArrayLike], decays: ArrayLike) -> float:
    """Return the decay of exponentially weighted volatility that fits all `series` best.

    Gaussian quasi-likelihood (T. Bollerslev and J. Wooldridge, Econometric Reviews 11, 1992), one
    decay for all, so that none is tuned for itself.

    Raises
    ------
    InputError
        If a series has gaps or fewer than 120 moves.
    """
    columns = [finite_array("moves", moves, least=2 * _WARM_UP) for moves in series]
    scores = []
    for decay in np.asarray(decays, dtype=np.float64):
        score = 0.0
        for moves in columns:
            volatility = _volatility(moves, float(decay), None)[_WARM_UP:-1]
            score += float(np.sum(np.log(volatility) + 0.5 * (moves[_WARM_UP:] / volatility) ** 2))
        scores.append(score)
    return float(np.asarray(decays)[int(np.argmin(scores))])


def _volatility(moves: Array, law: float | GarchLaw, target: int | None) -> Array:
    first = float(np.mean(moves[:_WARM_UP] ** 2))
    if not first > 0.0:
        message = f"the first {_WARM_UP} moves are all 0: there is no volatility to scale by"
        raise InputError(message)
    return law_volatility(moves, law, first, target)


def _daily(
    scenarios: Array, scale: Array, pnl: Array, first: int, confidence: float, quantile: Quantile
) -> DailyRisk:
    confidence, quantile = share("confidence", confidence), chosen(Quantile, quantile)
    count = scenarios.shape[1]
    tail = round((1.0 - confidence) * count, 9)
    if not tail > 0.0:
        message = f"confidence {confidence} leaves no tail of {count} scenarios: give less"
        raise InputError(message)
    with overflow_refused():
        ordered = finite_figures("scenario", np.sort(scenarios, axis=1) * scale[:, None])
        losses = np.quantile(-ordered, confidence, axis=1, method=quantile.value)
        entire = int(tail)
        sums = ordered[:, :entire].sum(axis=1) + (tail - entire) * ordered[:, entire]
        shortfalls = finite_figures("expected shortfall", -sums / tail)
        finite_figures("value at risk", losses)
    _refuse_still(losses == 0.0, first)
    return DailyRisk(first, pnl, losses, shortfalls, ordered)


def _refuse_still(still: NDArray[np.bool_], first: int) -> None:
    """Refuse days whose risk would be 0 because their series stands still."""
    rows = np.flatnonzero(still)
    if rows.size:
        message = (
            f"day {first + int(rows[0])}: the series stood still before it: it is stale, and no "
            "value at risk of 0; bring it up to date or leave it out"
        )
        raise InputError(message)


def _last_moves_are_none(moves: Array, window: int) -> NDArray[np.bool_]:
    """Return whether all of the last `STILL_DAYS` moves before each day were 0."""
    looked = min(STILL_DAYS, window)
    runs = sliding_window_view(moves == 0.0, looked)[window - looked : -1]
    still: NDArray[np.bool_] = np.logical_and.reduce(runs, axis=1)
    return still


def daily_filtered_risk(
    moves: ArrayLike,
    *,
    decay: float | GarchLaw,
    confidence: float,
    window: int = 500,
    quantile: Quantile = Quantile.WEIBULL,
) -> DailyRisk:
    """Risk of one unit held long, each day from the `window` days before it.

    Each move is divided by the volatility that it met and times the one of the day (J. Hull and A.
    White, Journal of Risk 1, 1998), exponentially weighted with `decay` or by a `GarchLaw` in its
    place, whose long run is that of the `window` days before each day: one that was fitted years
    ago draws volatility to a level that the market has left. The day itself is in neither. Moves
    are absolute, in units of price.

    Raises
    ------
    InputError
        If moves have gaps, are fewer than a window and a day, or do not move at first, or stand
        still for 20 days: the series is stale, and its risk is not 0.
    """
    window = whole("window", window, 2)
    column = finite_array("moves", moves, least=window + 1)
    _refuse_still(_last_moves_are_none(column, window), window)
    with overflow_refused():
        volatility = _volatility(column, decay, window)
        if not np.all(volatility > 0.0):
            _refuse_still(~(volatility > 0.0), 0)
        filtered = finite_figures("filtered move", column / volatility[:-1])
    scenarios = sliding_window_view(filtered, window)[:-1]
    return _daily(scenarios, volatility[window:-1], column[window:], window, confidence, quantile)


def daily_historical_risk(
    moves: ArrayLike,
    *,
    confidence: float,
    window: int = 500,
    quantile: Quantile = Quantile.WEIBULL,
) -> DailyRisk:
    """As `daily_filtered_risk`, of the moves as they were: plain historical simulation."""
    window = whole("window", window, 2)
    column = finite_array("moves", moves, least=window + 1)
    scenarios = sliding_window_view(column, window)[:-1]
    return _daily(
        scenarios, np.ones(scenarios.shape[0]), column[window:], window, confidence, quantile
    )


def acerbi_szekely(risk: DailyRisk, confidence: float, seed: int = 1) -> tuple[float, float]:
    """Statistic of the expected shortfall and its probability under the model.

    ``Z = 1 + sum(x I) / (T (1 - a) ES)``: 0 on average under a right model and below it where
    losses are larger (C. Acerbi and B. Szekely, Risk, December 2014, second test). Its probability
    is that of as low a value in simulations of each day from its own scenarios.

    Raises
    ------
    InputError
        If a day's shortfall is not above 0: a loss has no ratio to it.
    """
    level = 1.0 - share("confidence", confidence)
    seed = whole("seed", seed)
    _refuse_still(~(risk.expected_shortfall > 0.0), risk.first)
    days = risk.pnl.size

    def statistic(pnl: Array) -> Array:
        beyond = -pnl > risk.value_at_risk
        ratio = np.where(beyond, pnl / risk.expected_shortfall, 0.0)
        value: Array = 1.0 + ratio.sum(axis=-1) / (days * level)
        return value

    random = np.random.default_rng(seed)
    rows = np.arange(days)
    simulated = np.empty(_SIMULATIONS)
    for number in range(_SIMULATIONS):
        drawn = random.integers(0, risk.scenarios.shape[1], days)
        simulated[number] = statistic(risk.scenarios[rows, drawn])
    found = float(statistic(risk.pnl))
    return found, float((1 + np.sum(simulated <= found)) / (1 + _SIMULATIONS))


def holm(p_values: ArrayLike) -> Array:
    """Probabilities for a family of tests: S. Holm, Scandinavian Journal of Statistics 6 (1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(2)
    array([0.03, 0.06, 0.06])
    """
    values = finite_array("p-values", p_values)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(values.size, 0, -1)
    adjusted = np.empty(values.size)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
