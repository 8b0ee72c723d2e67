"""Gaussian process regression of a day's 24 prices: days alike in their inputs have like prices.

Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, chapter 2. Hours of a block
share one covariance between days, in which inputs of hours nearby count most: a fit is one system
of linear equations a block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.inputs import WEEKDAYS, DayInput, Design
from wattbook.forecast.day_ahead.known import Floats, Instants
from wattbook.forecast.day_ahead.lesson import Lesson, lesson, told
from wattbook.forecast.day_ahead.market import PRICE, Market
from wattbook.forecast.day_ahead.members import DayPrices, weekly_naive
from wattbook.forecast.day_ahead.ridge import ridge
from wattbook.forecast.day_ahead.tame import Tame, ready

__all__ = ["GaussianProcessMember", "changes", "day_by_day", "nearness", "relevance"]

YEAR_DAYS = 365.2425
PRICE_RELEVANCE = {1: 1.5}
EXOGENOUS_RELEVANCE = {0: 2.25, 1: 0.4}
OTHER_RELEVANCE = 0.35
NEWEST = DayInput(PRICE, 1)
REACH_HOURS, LEAST_NEARNESS = 1.2, 0.2
EVENING_HOURS, EVENING_SHARE = 6.0, 0.8


def nearness(hours: NDArray[np.int64], reach_hours: float = REACH_HOURS) -> Floats:
    """Return how much each of the 24 hours counts for a block of hours; its mean square is one.

    Examples
    --------
    >>> nearness(np.arange(24)).round(9).tolist() == [1.0] * 24
    True
    """
    apart = np.abs(np.arange(24)[:, None] - hours).min(axis=1)
    near = LEAST_NEARNESS + np.exp(-apart / reach_hours)
    found: Floats = near / np.sqrt((near**2).mean())
    return found


def relevance(inputs: tuple[DayInput, ...], hours: NDArray[np.int64]) -> Floats:
    """Return how much each column of inputs counts in the distance of two days, 24 an input.

    Of yesterday's prices the last hours, which are the newest, count more than those nearby.

    Examples
    --------
    >>> counts = relevance((DayInput("load", 0), DayInput("load", 7)), np.arange(24))
    >>> counts[[0, 24]].round(9).tolist()
    [2.25, 0.35]
    """
    near, evening = nearness(hours), nearness(np.array([23]), EVENING_HOURS)
    newest = np.sqrt((1.0 - EVENING_SHARE) * near**2 + EVENING_SHARE * evening**2)
    each = [
        (PRICE_RELEVANCE if one.quantity == PRICE else EXOGENOUS_RELEVANCE).get(
            one.lag_days, OTHER_RELEVANCE
        )
        * (newest if one == NEWEST else near)
        for one in inputs
    ]
    return np.concatenate(each)


def changes(inputs: tuple[DayInput, ...], rows: Floats) -> Floats:
    """Return how each forecast that is known for the day differs from that of the day before.

    Parameters
    ----------
    inputs : tuple of DayInput
        What the columns are, 24 an input.
    rows : ndarray of float64, shape (n, n_columns)
        Tame inputs.

    Returns
    -------
    ndarray of shape (n, n_forecasts, 24)

    Examples
    --------
    >>> inputs = (DayInput("load", 0), DayInput("load", 1))
    >>> changes(inputs, np.array([[5.0] * 24 + [3.0] * 24]))[0, 0, 0].tolist()
    2.0
    """
    place = {one: at for at, one in enumerate(inputs)}
    pairs = [
        (at, place[before])
        for one, at in place.items()
        if one.lag_days == 0 and (before := DayInput(one.quantity, 1)) in place
    ]
    today, yesterday = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    hours = rows[:, : 24 * len(inputs)].reshape(rows.shape[0], len(inputs), 24)
    found: Floats = hours[:, today] - hours[:, yesterday]
    return found


def day_by_day(mean: Floats, covariance: Floats, noise: float, errors: list[Floats]) -> Floats:
    """Return means of consecutive days, each given what the days before it turned out to be.

    Parameters
    ----------
    mean : ndarray of float64, shape (n_days, n_hours)
        As of the first day.
    covariance : ndarray of float64, shape (n_days, n_days)
        Of these days given the past, without noise.
    noise : float
        Variance of a day's noise.
    errors : list of ndarray of float64, shape (n_before, n_hours)
        By day: what is known then of the days before it, less `mean`; rows with NaN teach nothing.

    Returns
    -------
    ndarray of shape (n_days, n_hours)
    """
    found = mean.copy()
    for day, error in enumerate(errors):
        seen = np.flatnonzero(np.isfinite(error).all(axis=1))
        if seen.size:
            among = covariance[np.ix_(seen, seen)] + noise * np.eye(seen.size)
            found[day] += covariance[day, seen] @ np.linalg.solve(among, error[seen])
    return found


def patience(left: Floats, tail: float) -> Floats:
    """Return how much noisier each day is than an ordinary one, by what was left of its prices.

    One step of reweighting for the tails of Student's t (Lange, Little and Taylor, 1989), so that
    spikes teach less: (tail + z squared) / (tail + 1), the median over hours.
    """
    usual = np.median(np.abs(left), axis=0) * 1.4826
    size = left / np.where(usual > 0.0, usual, 1.0)
    times: Floats = np.median((tail + size**2) / (tail + 1.0), axis=1)
    found: Floats = times / np.exp(np.log(times).mean())
    return found


def solved(
    left: Floats,
    noises: Floats,
    among: Floats,
    between: Floats,
    ahead: Floats,
    news: list[Floats],
    noise: float,
    tail: float,
) -> Floats:
    """Return what the process of a block says of the days that are asked.

    Parameters
    ----------
    left : ndarray of float64, shape (n_past, n_hours)
        What it learns.
    noises : ndarray of float64, shape (n_past,)
        Variances of the noise of past days, before their tails.
    among, between, ahead : ndarray of float64
        Covariances of past days, of asked with past days, and of asked days, without noise.
    news : list of ndarray of float64, shape (n_before, n_hours)
        As `left`, by asked day: what is known then of the asked days before it.
    noise : float
        Variance of the noise of asked days.
    tail : float
        As `patience` takes it.

    Returns
    -------
    ndarray of shape (n_days, n_hours)
    """
    hours = left.shape[1]
    diagonal = np.eye(left.shape[0], dtype=bool)
    noisy = among.copy()
    noisy[diagonal] += noises
    missed = np.linalg.solve(noisy, left) * noises[:, None]
    noisy[diagonal] += noises * (patience(missed, tail) - 1.0)
    parts = np.linalg.solve(noisy, np.hstack([left, between.T]))
    mean = between @ parts[:, :hours]
    errors = [new - mean[: new.shape[0]] for new in news]
    return day_by_day(mean, ahead - between @ parts[:, hours:], noise, errors)


@dataclass(frozen=True, slots=True)
class GaussianProcessMember:
    """Gaussian processes over tame inputs, the weekday and the season, one a block of hours.

    The covariance of two days falls exponentially with a power of the distance of their inputs (the
    gamma-exponential of Rasmussen and Williams, equation 4.18), to which today's forecasts less
    yesterday's belong; parts that are linear in the inputs and that fall with the days between them
    can join it. With a ridge penalty, it is on what a ridge regression leaves of the tame prices,
    and the ridge's forecast is among the inputs: each past day is shown with that of a fit without
    it. Days after the first of a fit are also given the prices that became known since.

    Parameters
    ----------
    window_days : int
        Newest days that it learns from.
    refit_days : int, optional
        How many days one fit forecasts.
    block_hours : int, optional
        Hours that share a covariance, a divisor of 24.
    penalty : float or None, optional
        Of the ridge below; None for the mean alone.
    linear, trend : float, optional
        Variances of the linear part and of that which falls with time, by that of the distance's.
    trend_days : float, optional
        Days after which the latter is 1/e.
    length : float, optional
        Distance at which the covariance is 1/e, in root mean squares over columns.
    power : float, optional
        Of the distance over `length`, above 0 and up to 2: 1 is rough, 2 is smooth.
    noise : float, optional
        Variance of the newest day's noise; it doubles each `half_life_days`.
    half_life_days : float, optional
        See `noise`.
    tail : float, optional
        Degrees of freedom of the noise: how little days teach that were far off.
    weekday, season, base : float, optional
        How much the weekday, the season and the ridge's forecast count in the distance.

    Raises
    ------
    ForecastError
        If blocks do not make up a day, or `power` is none of a covariance.
    """

    window_days: int
    refit_days: int = 7
    block_hours: int = 4
    penalty: float | None = 8.0
    linear: float = 3.5
    trend: float = 0.03
    trend_days: float = 80.0
    length: float = 1.85
    power: float = 1.35
    noise: float = 0.04
    half_life_days: float = 1400.0
    tail: float = 2.0
    weekday: float = 0.15
    season: float = 1.0
    base: float = 2.5

    def __post_init__(self) -> None:
        """Refuse blocks that do not make up a day, and powers without a covariance."""
        if self.block_hours not in (1, 2, 3, 4, 6, 8, 12, 24):
            message = f"blocks of {self.block_hours} hours make no day; give a divisor of 24"
            raise ForecastError(message)
        if not 0.0 < self.power <= 2.0:
            message = f"a distance to the power {self.power} gives no covariance; give 0 to 2"
            raise ForecastError(message)

    @property
    def name(self) -> str:
        """As files and tables name it."""
        kind = "gp_mean" if self.penalty is None else "gp"
        return f"{kind}_{self.window_days}"

    def forecast(self, market: Market, design: Design, days: Instants) -> list[DayPrices]:
        """Return forecasts of `days`, each from what its gate knew."""
        starts = range(0, days.size, self.refit_days)
        parts = (self.part(market, design, days[at : at + self.refit_days]) for at in starts)
        return [day for part in parts for day in part]

    def part(self, market: Market, design: Design, days: Instants) -> list[DayPrices]:
        """Return the forecasts of one fit."""
        shown = lesson(market, design, days, self.window_days)
        if shown is None:
            return [weekly_naive(market, int(day)) for day in days]
        gates = market.gate(days)
        since = [
            market.values(PRICE, days[:at], np.repeat(gates[at], at)) for at in range(days.size)
        ]
        return told(design, days, self.prices(shown, design.inputs, since), "medians for")

    def prices(self, shown: Lesson, inputs: tuple[DayInput, ...], since: list[Floats]) -> Floats:
        """Return forecasts of the days that are asked, shape (n_days, 24).

        Parameters
        ----------
        shown : Lesson
            Past days, and those that are asked.
        inputs : tuple of DayInput
            What the columns are.
        since : list of ndarray of float64, shape (n_before, 24)
            By day: the prices of the asked days before it that its gate knew, NaN for others.
        """
        scale, goal = Tame.of(shown.inputs[:, :-WEEKDAYS]), Tame.of(shown.targets)
        known, ahead = (
            ready(scale, rows).astype(np.float64) for rows in (shown.inputs, shown.asked)
        )
        tame = goal.into(shown.targets).astype(np.float64)
        if self.penalty is None:
            below: Floats = np.broadcast_to(tame.mean(axis=0), tame.shape)
            level: Floats = np.broadcast_to(below[0], (shown.days.size, 24))
        else:
            below, straight = ridge(known, tame, self.penalty)
            level = straight.predict(ahead)
        news = [
            np.where(np.isfinite(real), goal.into(real), np.nan) - level[: real.shape[0]]
            for real in since
        ]
        noise = self.noise * 2.0 ** (shown.ages / self.half_life_days)
        made = level.copy()
        for hours in np.split(np.arange(24), 24 // self.block_hours):
            past = self.place(known, inputs, hours, shown.past)
            asked = self.place(ahead, inputs, hours, shown.days)
            if self.penalty is not None:
                near = self.base * nearness(hours)
                past = np.hstack([past, near * below])
                asked = np.hstack([asked, near * level])
            made[:, hours] += solved(
                (tame - below)[:, hours],
                noise,
                self.covariance(past, past, shown.past, shown.past),
                self.covariance(asked, past, shown.days, shown.past),
                self.covariance(asked, asked, shown.days, shown.days),
                [new[:, hours] for new in news],
                self.noise,
                self.tail,
            )
        return goal.back(made)

    def place(
        self, rows: Floats, inputs: tuple[DayInput, ...], hours: NDArray[np.int64], days: Instants
    ) -> Floats:
        """Return where days lie in the space whose distances count for a block of hours."""
        counted = rows[:, :-WEEKDAYS] * relevance(inputs, hours)
        moved = (changes(inputs, rows) * nearness(hours)).reshape(rows.shape[0], -1)
        turn = 2.0 * np.pi * days[:, None] / YEAR_DAYS
        season = np.hstack([np.cos(turn), np.sin(turn)]) * self.season
        calendar = np.hstack([rows[:, -WEEKDAYS:] * self.weekday, season])
        # A calendar column counts as much as 24 columns of an input.
        return np.hstack([counted, moved, calendar * np.sqrt(24.0)])

    def covariance(
        self, first: Floats, second: Floats, first_days: Instants, second_days: Instants
    ) -> Floats:
        """Return the covariance of each of the first days with each of the second."""
        columns = np.float32(first.shape[1])
        # 32 bits round far below the noise, and take less than a third of the time.
        first, second = first.astype(np.float32), second.astype(np.float32)
        products = first @ second.T
        squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2.0 * products
        distance = np.maximum(squares, np.float32(0.0)) / (columns * np.float32(self.length**2))
        found = np.exp(-(distance ** np.float32(self.power / 2.0)))
        if self.linear:
            found += np.float32(self.linear) / columns * products
        if self.trend:
            between = np.abs(first_days[:, None] - second_days).astype(np.float32)
            found += np.float32(self.trend) * np.exp(-between / np.float32(self.trend_days))
        covariance: Floats = found.astype(np.float64)
        return covariance
