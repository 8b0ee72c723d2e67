"""A model that is fitted anew beside the trading day, swapped in between two prices, and judged.

Two lines of it forecast: *daily*, as it was when the day began, and *warm*, fitted anew every
quarter of an hour on what came since. One trades, the other is its challenger; a sequential test
decides. Winning back is the rollback.

What a refit learnt from the price before counts from the next price on, whether it took a
millisecond or was waited for: the same prices at the same instants give the same forecasts, live,
in a replay and after a kill.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

import numpy as np

from wattbook.errors import ForecastError
from wattbook.forecast.model import Grid, Named
from wattbook.forecast.monitor import Contest, Drift, Verdict, drift
from wattbook.forecast.seasonal import PRICE_INPUTS, FittedSeasonal

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from wattbook.forecast.model import FittedModel, Forecast
    from wattbook.ingest import Series

__all__ = [
    "WARM",
    "Decision",
    "RefitFigures",
    "Refits",
    "Warmable",
    "day_drift",
    "unnamed",
]

DAILY: Final = "daily"
WARM: Final = "warm"
RECENT_DAYS: Final = 7


@runtime_checkable
class Warmable(Protocol):
    """A fitted model that newer prices can be added to."""

    def warmed(self, series: Series, until: int) -> FittedModel:
        """Return the model fitted on, on the periods of `series` that end by `until` (ns UTC)."""
        ...


@dataclass(frozen=True, slots=True)
class Decision:
    """A contest that was decided.

    Parameters
    ----------
    winner, loser : str
        Lines.
    model : FittedModel
        The winner's newest model.
    at : int
        ns UTC.
    intervals : int
        How many forecasts were compared.
    is_promotion : bool
        Whether the challenger won and trades from now on.
    """

    winner: str
    loser: str
    model: FittedModel
    at: int
    intervals: int
    is_promotion: bool


@dataclass(slots=True)
class RefitFigures:
    """What came of refits; seconds are of the machine and belong to no journal.

    Parameters
    ----------
    asked, made : int
        Forecasts; one that a refit held up or lost would show here.
    refits, failed : int
        Swapped in, and given up for want of data.
    fit_seconds : list of float
        From the start of each refit to its model being there, in a thread of its own.
    swap_seconds : list of float
        How long each price stood still for a swap.
    errors : list of float
        Absolute errors of the line that traded, in order of the prices.
    """

    asked: int = 0
    made: int = 0
    refits: int = 0
    failed: int = 0
    fit_seconds: list[float] = field(default_factory=list)
    swap_seconds: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)


def unnamed(model: FittedModel) -> FittedModel:
    """Return a model without the names that its forecasts carry."""
    while isinstance(model, Named):
        model = model.fitted
    return model


class Refits:
    """Both lines of a model through a day.

    Parameters
    ----------
    base : FittedModel
        As it was fitted when the day began. One that cannot be warmed up forecasts alone.
    name : str
        Of the model, before the number of the refit.
    every : int
        ns from one refit to the next; 0 for none.
    alpha : float, optional
        Chance, at most, of promoting a line that is no better.
    """

    def __init__(self, base: FittedModel, name: str, every: int, *, alpha: float = 0.01) -> None:
        self.base, self.name, self.every = base, name, every
        self.lines: dict[str, FittedModel] = {DAILY: base, WARM: base}
        self.contest = Contest(DAILY, WARM, alpha)
        self.figures = RefitFigures()
        # Whoever watches is told of each refit by its name, from its begin to its end.
        self.around: Callable[[str], AbstractContextManager[object]] = nullcontext
        self._said: dict[int, tuple[float, float]] = {}
        self._pending: Future[tuple[FittedModel, float]] | None = None
        self._begun_at: int | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="refit")

    @property
    def champion(self) -> str:
        """Return the line that trades."""
        return self.contest.champion

    def told(self, delivery_start: int, price: float, at: int) -> Decision | None:
        """Take in the price of a period; return what the contest decided, if it did."""
        said = self._said.pop(delivery_start, None)
        if said is None or not np.isfinite([*said, price]).all():
            return None
        losses = (abs(said[0] - price), abs(said[1] - price))
        self.figures.errors.append(losses[0])
        verdict = self.contest.told([losses])
        if verdict is Verdict.GOES_ON:
            return None
        before, count = self.contest, self.contest.better.count
        is_promotion = verdict is Verdict.PROMOTE
        winner, loser = (
            (before.challenger, before.champion)
            if is_promotion
            else (before.champion, before.challenger)
        )
        self.contest = Contest(winner, loser, before.alpha)
        # Forecasts that are still out were ordered by who traded when they were made.
        if is_promotion:
            self._said = {start: (two, one) for start, (one, two) in self._said.items()}
        return Decision(winner, loser, self.lines[winner], at, count, is_promotion)

    def forecast(self, series: Series, delivery_start: int, at: int) -> Forecast:
        """Return the forecast of the line that trades, made at `at` from `series` (ns UTC)."""
        self._swap()
        asked = np.array([delivery_start], dtype=np.int64)
        self.figures.asked += 1
        made = self.lines[self.champion].predict(series, asked)
        self.figures.made += made.price.size
        if self.every:
            other = self.lines[self.contest.challenger].predict(series, asked)
            self._said[delivery_start] = (float(made.price[0]), float(other.price[0]))
            self._begin(series, at)
        return made

    def _begin(self, series: Series, at: int) -> None:
        """Begin a refit if one is due."""
        if self._begun_at is None:
            self._begun_at = at
        base = unnamed(self.base)
        if at - self._begun_at < self.every or not isinstance(base, Warmable):
            return
        self._begun_at = at
        number = self.figures.refits + self.figures.failed + 1
        name = f"{self.name} refit {number}"

        def refit() -> tuple[FittedModel, float]:
            began = time.perf_counter()
            with self.around(name):
                model = Named(name, base.warmed(series, at))
            return model, time.perf_counter() - began

        self._pending = self._thread.submit(refit)

    def _swap(self) -> None:
        """Put the refit that the price before began in place."""
        if self._pending is None:
            return
        began = time.perf_counter()
        pending, self._pending = self._pending, None
        try:
            model, seconds = pending.result()
        except ForecastError:
            # The model before goes on; the figures say so.
            self.figures.failed += 1
            return
        self.lines[WARM] = model
        self.figures.refits += 1
        self.figures.fit_seconds.append(seconds)
        self.figures.swap_seconds.append(time.perf_counter() - began)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)


def day_drift(model: FittedModel, series: Series, start: int, errors: list[float]) -> Drift | None:
    """Return how far prices and errors have moved from what a model was fitted on.

    Parameters
    ----------
    model : FittedModel
        As it was fitted when the day began.
    series : Series
        All prices that are known.
    start : int
        When the day began, ns UTC.
    errors : list of float
        Absolute errors of the day's forecasts.

    Returns
    -------
    Drift or None
        Of the newest week's inputs against the window before the day, and of the newest third of
        a day's errors; None for a model that has no inputs to compare, or before the first error.
    """
    fitted = unnamed(model)
    if not isinstance(fitted, FittedSeasonal) or not errors:
        return None
    grid = Grid.of(series)
    begin = int(grid.places(np.array([start]))[0])
    window = fitted.model.window_days * grid.per_day

    def prices(first: int, last: int) -> np.ndarray:
        places = np.arange(max(first, 0), last)
        table = fitted.model.inputs(grid, fitted.scale, places, series.time_zone)
        return table[:, : len(PRICE_INPUTS)]

    newest = errors[-max(1, grid.per_day // 3) :]
    return drift(
        PRICE_INPUTS,
        prices(begin - window, begin),
        prices(grid.price.size - RECENT_DAYS * grid.per_day, grid.price.size),
        error=float(np.mean(newest)),
        error_before=fitted.mean_absolute_error,
    )
