"""Gaussian process regression of a day's 24 prices: days alike in their inputs have like prices.

Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, chapter 2. All hours share
one covariance between days, so a fit is one system of linear equations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wattbook.forecast.day_ahead.inputs import WEEKDAYS, DayInput, Design
from wattbook.forecast.day_ahead.known import Floats, Instants
from wattbook.forecast.day_ahead.lesson import Lesson, lesson, told
from wattbook.forecast.day_ahead.market import PRICE, Market
from wattbook.forecast.day_ahead.members import DayPrices, weekly_naive
from wattbook.forecast.day_ahead.ridge import ridge
from wattbook.forecast.day_ahead.tame import Tame, ready

__all__ = ["GaussianProcessMember", "relevance"]

YEAR_DAYS = 365.2425
PRICE_RELEVANCE = {1: 1.0}
EXOGENOUS_RELEVANCE = {0: 1.5, 1: 0.7}
OTHER_RELEVANCE = 0.5


def relevance(inputs: tuple[DayInput, ...]) -> Floats:
    """Return how much each column of inputs counts in the distance of two days, 24 an input.

    Examples
    --------
    >>> relevance((DayInput("price", 1), DayInput("load", 7)))[[0, 24]].tolist()
    [1.0, 0.5]
    """
    each = [
        (PRICE_RELEVANCE if one.quantity == PRICE else EXOGENOUS_RELEVANCE).get(
            one.lag_days, OTHER_RELEVANCE
        )
        for one in inputs
    ]
    return np.repeat(np.array(each), 24)


@dataclass(frozen=True, slots=True)
class GaussianProcessMember:
    """A Gaussian process over tame inputs, the weekday and the season.

    The covariance of two days falls exponentially with the distance of their inputs (Matern, order
    one half); parts that are linear in the inputs and that fall with the days between them can join
    it. With a ridge penalty, it is on what a ridge regression leaves of the tame prices, and the
    ridge's forecast is among the inputs: each past day is shown with that of a fit without it.

    Parameters
    ----------
    window_days : int
        Newest days that it learns from.
    refit_days : int, optional
        How many days one fit forecasts.
    penalty : float or None, optional
        Of the ridge below; None for the mean alone.
    linear, trend : float, optional
        Variances of the linear part and of that which falls with time, by that of the distance's.
    trend_days : float, optional
        Days after which the latter is 1/e.
    length : float, optional
        Distance at which the covariance is 1/e, in root mean squares over columns.
    noise : float, optional
        Variance of the newest day's noise; it doubles each `half_life_days`.
    half_life_days : float, optional
        See `noise`.
    weekday, season, base : float, optional
        How much the weekday, the season and the ridge's forecast count in the distance.
    """

    window_days: int
    refit_days: int = 1
    penalty: float | None = 20.0
    linear: float = 0.0
    trend: float = 0.1
    trend_days: float = 200.0
    length: float = 2.0
    noise: float = 0.1
    half_life_days: float = 700.0
    weekday: float = 0.5
    season: float = 0.5
    base: float = 2.5

    @property
    def name(self) -> str:
        """As files and tables name it."""
        kind = "gp_mean" if self.penalty is None else "gp"
        return f"{kind}_{self.window_days}"

    def forecast(self, market: Market, design: Design, days: Instants) -> list[DayPrices]:
        """Return forecasts of `days`; each fit is made at the gate of the first of its days."""
        starts = range(0, days.size, self.refit_days)
        parts = (self.part(market, design, days[at : at + self.refit_days]) for at in starts)
        return [day for part in parts for day in part]

    def part(self, market: Market, design: Design, days: Instants) -> list[DayPrices]:
        """Return the forecasts of one fit."""
        shown = lesson(market, design, days, self.window_days)
        if shown is None:
            return [weekly_naive(market, int(day)) for day in days]
        prices = self.prices(shown, relevance(design.inputs))
        return told(design, days, prices, "medians for")

    def prices(self, shown: Lesson, counts: Floats) -> Floats:
        """Return forecasts of the days that are asked, shape (n_days, 24).

        Parameters
        ----------
        shown : Lesson
            Past days, and those that are asked.
        counts : ndarray of float64, shape (n_inputs - 7,)
            As `relevance` gives them.
        """
        scale, goal = Tame.of(shown.inputs[:, :-WEEKDAYS]), Tame.of(shown.targets)
        known, ahead = (
            ready(scale, rows).astype(np.float64) for rows in (shown.inputs, shown.asked)
        )
        tame = goal.into(shown.targets).astype(np.float64)
        past = self.place(known, counts, shown.past)
        asked = self.place(ahead, counts, shown.days)
        if self.penalty is None:
            below: Floats = np.broadcast_to(tame.mean(axis=0), tame.shape)
            level: Floats = below[:1]
        else:
            below, straight = ridge(known, tame, self.penalty)
            level = straight.predict(ahead)
            past = np.hstack([past, self.base * below])
            asked = np.hstack([asked, self.base * level])
        covariance = self.covariance(past, past, shown.past, shown.past)
        doublings = shown.ages / self.half_life_days
        covariance[np.diag_indices_from(covariance)] += self.noise * 2.0**doublings
        parts = np.linalg.solve(covariance, tame - below)
        made = level + self.covariance(asked, past, shown.days, shown.past) @ parts
        return goal.back(made)

    def place(self, rows: Floats, counts: Floats, days: Instants) -> Floats:
        """Return where days lie in the space whose distances count."""
        turn = 2.0 * np.pi * days[:, None] / YEAR_DAYS
        season = np.hstack([np.cos(turn), np.sin(turn)]) * self.season
        calendar = np.hstack([rows[:, -WEEKDAYS:] * self.weekday, season])
        # A calendar column counts as much as 24 columns of an input.
        return np.hstack([rows[:, :-WEEKDAYS] * counts, calendar * np.sqrt(24.0)])

    def covariance(
        self, first: Floats, second: Floats, first_days: Instants, second_days: Instants
    ) -> Floats:
        """Return the covariance of each of the first days with each of the second."""
        columns = first.shape[1]
        products = first @ second.T
        squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2.0 * products
        distance = np.sqrt(np.maximum(squares, 0.0) / columns)
        found: Floats = np.exp(-distance / self.length)
        if self.linear:
            found += self.linear / columns * products
        if self.trend:
            between = np.abs(first_days[:, None] - second_days)
            found += self.trend * np.exp(-between / self.trend_days)
        return found
