"""A market's five-minute forecasts as they are made live: refitted beside, swapped in between.

Every quarter of an hour a thread of its own warms the model up on what came since, and once a day
fits it from nothing; whoever asks meanwhile is answered by the model before. Two lines of models
forecast: *daily*, as fitted once a day, and *warm*, with the trees of the newest warm-up. One of
them trades, the other is its challenger. A sequential test promotes; the line before stays as the
next challenger, so that winning back is the rollback.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from wattbook.forecast.five_minute.inputs import inputs
from wattbook.forecast.five_minute.market import SLOTS, FiveMinuteMarket
from wattbook.forecast.five_minute.names import CLOCK, input_names
from wattbook.forecast.five_minute.one_step import OneStep, fit_one_step, warmed
from wattbook.forecast.monitor import Contest, Drift, Verdict, drift
from wattbook.forecast.serving.slot import Slot

if TYPE_CHECKING:
    from wattbook.forecast.five_minute.backtest import FiveMinuteBacktest

__all__ = ["LiveFigures", "forecast_live"]

REFIT_SLOTS: Final = 3
"""Fifteen minutes."""
RECENT_DAYS: Final = 28
BASE_SLOTS: Final = SLOTS
"""The base is fitted anew once a day."""


@dataclass(slots=True)
class LiveFigures:
    """What came of a stretch of live forecasts.

    Parameters
    ----------
    asked, answered : int
        Intervals, and forecasts; one that was missed would show here.
    between : int
        Further answers that were asked for while a refit was under way.
    errors, persistence : list of float
        Absolute errors, one for each interval with a price.
    refits, base_fits : int
        How many models were warmed up, and how many were fitted from nothing.
    refit_seconds : list of float
        From the start of a refit to its model answering.
    swap_seconds : list of float
        How long answers stood still for a swap.
    answer_seconds : list of float
        Of each forecast.
    promotions : list of str
        Who followed whom, after how many intervals.
    drops : int
        Contests that the challenger lost.
    drift : Drift or None
        At the end.
    """

    asked: int = 0
    answered: int = 0
    between: int = 0
    errors: list[float] = field(default_factory=list)
    persistence: list[float] = field(default_factory=list)
    refits: int = 0
    base_fits: int = 0
    refit_seconds: list[float] = field(default_factory=list)
    swap_seconds: list[float] = field(default_factory=list)
    answer_seconds: list[float] = field(default_factory=list)
    promotions: list[str] = field(default_factory=list)
    drops: int = 0
    drift: Drift | None = None


@dataclass(slots=True)
class Lines:
    """The two lines of models, and which of them trades."""

    models: dict[str, OneStep]
    champion: str = "daily"
    challenger: str = "warm"


def forecast_live(
    market: FiveMinuteMarket, how: FiveMinuteBacktest, intervals: int, *, alpha: float = 0.01
) -> LiveFigures:
    """Forecast the last intervals of a market one by one, as if they came.

    Parameters
    ----------
    market : FiveMinuteMarket
        Prices up to the last day.
    how : FiveMinuteBacktest
        Sizes, rates and the window that a fit learns from.
    intervals : int
        How many.
    alpha : float, optional
        Of the contest.

    Raises
    ------
    ForecastError
        If the history before is shorter than a fit needs.
    """
    table = inputs(market)
    move = market.price - table[:, 0]
    first = market.price.size - intervals
    figures = LiveFigures(base_fits=1)

    def window(now: int) -> slice:
        return slice(max(0, now - how.window_days * SLOTS), now)

    def refit(now: int, base: OneStep | None) -> tuple[OneStep, OneStep, float]:
        """Fit on what was known when interval `now` began; return both lines and the seconds."""
        began = time.perf_counter()
        known = window(now)
        daily = base or fit_one_step(how, table[known], move[known], f"daily@{now}")
        warm = warmed(daily, how, table[known], move[known], f"warm@{now}")
        return daily, warm, time.perf_counter() - began

    daily, warm, _ = refit(first, None)
    lines = Lines({"daily": daily, "warm": warm})
    slot = Slot(daily)
    contest = Contest(lines.champion, lines.challenger, alpha)
    pending: Future[tuple[OneStep, OneStep, float]] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="refit") as beside:
        for now in range(first, market.price.size):
            row = np.ascontiguousarray(table[now : now + 1])
            if pending is not None:
                taken_in(slot, lines, pending, row, figures)
            said = answered(slot, row, figures)
            other = lines.models[lines.challenger].predict(row)
            figures.asked += 1
            figures.answered += said.shape[0]
            if np.isfinite(move[now]):
                errors = [abs(float(each[0, 0]) - float(move[now])) for each in (said, other)]
                figures.errors.append(errors[0])
                figures.persistence.append(abs(float(move[now])))
                contest = decided(contest, (errors[0], errors[1]), slot, lines, figures)
            if (now + 1 - first) % REFIT_SLOTS == 0:
                is_base = (now + 1 - first) % BASE_SLOTS == 0
                figures.base_fits += is_base
                pending = beside.submit(refit, now + 1, None if is_base else lines.models["daily"])
            else:
                pending = None
    figures.drift = at_the_end(market, table, window(first), figures)
    return figures


def answered(slot: Slot, row: np.ndarray, figures: LiveFigures) -> np.ndarray:
    """Return what the model in the slot says, with the time that it took."""
    began = time.perf_counter()
    made: np.ndarray = slot.model.predict(row)
    figures.answer_seconds.append(time.perf_counter() - began)
    return made


def taken_in(
    slot: Slot,
    lines: Lines,
    pending: Future[tuple[OneStep, OneStep, float]],
    row: np.ndarray,
    figures: LiveFigures,
) -> None:
    """Ask on until the refit is done, then swap it in."""
    while not pending.done():
        figures.between += answered(slot, row, figures).shape[0]
    daily, warm, seconds = pending.result()
    lines.models = {"daily": daily, "warm": warm}
    began = time.perf_counter()
    slot.swap(lines.models[lines.champion])
    spent = time.perf_counter() - began
    figures.swap_seconds.append(spent)
    figures.refit_seconds.append(seconds + spent)
    figures.refits += 1


def decided(
    contest: Contest,
    losses: tuple[float, float],
    slot: Slot,
    lines: Lines,
    figures: LiveFigures,
) -> Contest:
    """Tell the contest of one interval; return it, or the next one once it is decided."""
    verdict = contest.told([losses])
    if verdict is Verdict.GOES_ON:
        return contest
    if verdict is Verdict.PROMOTE:
        lines.champion, lines.challenger = lines.challenger, lines.champion
        slot.swap(lines.models[lines.champion])
        figures.promotions.append(
            f"{lines.champion} for {lines.challenger} after {contest.better.count} intervals"
        )
    else:
        figures.drops += 1
    return Contest(lines.champion, lines.challenger, contest.alpha)


def at_the_end(
    market: FiveMinuteMarket, table: np.ndarray, fitted_on: slice, figures: LiveFigures
) -> Drift:
    """Return the drift of the newest month against what the first model was fitted on.

    Hour and weekday are left out: they come round. Errors are compared by halves, from two days on.
    """
    names = input_names(market.ahead_slots)
    kept = [place for place, name in enumerate(names) if name not in CLOCK]
    half = len(figures.errors) // 2
    parts = (figures.errors[:half], figures.errors[half:]) if half >= SLOTS else ([0.0], [0.0])
    return drift(
        [names[place] for place in kept],
        table[fitted_on][:, kept],
        table[-RECENT_DAYS * SLOTS :, kept],
        error=float(np.mean(parts[1])),
        error_before=float(np.mean(parts[0])),
    )
