"""How prices differ by season, weekday, holiday and hour: fitted from history, laid over a grid."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import CurveError
from wattbook.market.curves.daytypes import DAY_GROUPS, DAY_TYPES, day_types
from wattbook.market.curves.grid import DAY_MINUTES, CurveGrid, curve_grid

__all__ = ["Shape", "ShapeKind", "fit_shape", "flat_shape"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Sums = NDArray[np.float64] | NDArray[np.int64]

MONTHS = 12
GROUPS = 3
DAYS_LEAST = 28
WHOLE_DAY = 0.9
"""Days with fewer of their periods are left out."""
DAYS_OF_A_SEASON = 365
"""A season is fitted where the history is at least so long."""
YEAR_DAYS = 365.2425


class ShapeKind(enum.Enum):
    """How a shape is laid on a level."""

    ADDITIVE = "additive"
    """As a difference, in the unit of the price. Prices may be negative."""
    MULTIPLICATIVE = "multiplicative"
    """As a factor around one. Averages of the history must be above zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Effects of season, type of day and time of day.

    Parameters
    ----------
    kind : ShapeKind
        Differences that add up, or factors that multiply.
    minutes : int, min
        Length of a slot of the day; 1,440 where days have no inner shape.
    season : ndarray of float64, shape (4,)
        Weights of the cosine and sine of one and of two turns a year.
    day : ndarray of float64, shape (8,)
        Effect of each of `DAY_TYPES`.
    hours : ndarray of float64, shape (12, 3, slots)
        Effect of the time of day by month and group of days, by wall clock.
    source : str
        What it was fitted from.
    """

    kind: ShapeKind
    minutes: int
    season: Floats
    day: Floats
    hours: Floats
    source: str

    @property
    def digest(self) -> str:
        """SHA-256 of everything that `values` depends on."""
        parts = [f"{self.kind.value} {self.minutes}".encode()]
        parts += [
            np.ascontiguousarray(one).tobytes() for one in (self.season, self.day, self.hours)
        ]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def values(self, grid: CurveGrid) -> Floats:
        """Return the shape in each period of a grid.

        Returns
        -------
        ndarray of float64, shape (n,)
            In the unit of the price (additive), or factors (multiplicative).

        Raises
        ------
        CurveError
            If a factor is not above zero; the text says when.
        """
        neutral = self.neutral
        if not (self.season.any() or (self.day != neutral).any() or (self.hours != neutral).any()):
            return np.full(len(grid), neutral)
        kinds = day_types(grid.place, grid.days)
        month = grid.days.astype("datetime64[M]").astype(np.int64) % MONTHS
        season = neutral + harmonics(grid.days) @ self.season
        counts = np.diff(grid.day_start)
        hours = self.hours_of(grid.minutes)
        table = hours.reshape(MONTHS * GROUPS, -1)
        group = month * GROUPS + DAY_GROUPS[kinds]
        slots = table.shape[1]
        made = table.ravel()[np.repeat(group * slots, counts) + grid.slot]
        if self.kind is ShapeKind.ADDITIVE:
            made += np.repeat(season + self.day[kinds], counts)
            return made
        made *= np.repeat(season * self.day[kinds], counts)
        if made.min() <= 0:
            place = int(made.argmin())
            when = np.datetime64(int(grid.start[place]), "ns").astype("M8[m]")
            raise CurveError(
                f"the factor of the shape at {when} UTC is {made[place]:.4g}, not above zero; "
                "use an additive shape"
            )
        return made

    @property
    def neutral(self) -> float:
        """What changes nothing: zero or one."""
        return 0.0 if self.kind is ShapeKind.ADDITIVE else 1.0

    def hours_of(self, minutes: int) -> Floats:
        """Return the hours of the day in periods of another length: repeated, or their means."""
        slots = DAY_MINUTES // minutes
        own = self.hours.shape[2]
        if slots >= own:
            return np.repeat(self.hours, slots // own, axis=2)
        means: Floats = self.hours.reshape(MONTHS, GROUPS, slots, -1).mean(axis=3)
        return means


def flat_shape(kind: ShapeKind = ShapeKind.ADDITIVE) -> Shape:
    """Return the shape that knows no hour, weekday or season."""
    neutral = 0.0 if kind is ShapeKind.ADDITIVE else 1.0
    return Shape(
        kind=kind,
        minutes=DAY_MINUTES,
        season=np.zeros(4),
        day=np.full(len(DAY_TYPES), neutral),
        hours=np.full((MONTHS, GROUPS, 1), neutral),
        source="flat",
    )


def harmonics(days: NDArray[np.datetime64]) -> Floats:
    """Return cosine and sine of one and of two turns a year, shape (n, 4)."""
    turn = 2.0 * np.pi * days.astype(np.int64) / YEAR_DAYS
    return np.column_stack([np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)])


@dataclass(frozen=True, slots=True)
class History:
    """Prices placed on the days and slots of a grid that is as long as they are.

    Parameters
    ----------
    grid : CurveGrid
        From the first day to the last.
    period, day : ndarray of int64, shape (n,)
        Index of each price's period and day.
    price : ndarray of float64, shape (n,)
        Prices.
    """

    grid: CurveGrid
    period: Numbers
    day: Numbers
    price: Floats


def fit_shape(
    place: str,
    delivery_start: Numbers,
    price: Floats,
    step: str,
    kind: ShapeKind = ShapeKind.ADDITIVE,
) -> Shape:
    """Return the shape of a history of prices.

    The season is the least-squares fit of one and two turns a year beside a straight trend, on
    daily means, where the history has a year or more; the effect of a day's type is its mean
    distance from the mean of its month; the effect of an hour is its mean distance from its day's
    mean, by month and group of days, or of all months where a month has no such day. Days that lack
    more than a tenth of their periods are left out. Multiplicative effects are ratios of sums.

    Parameters
    ----------
    place : str
        Whose calendar and holidays.
    delivery_start : ndarray of int64, shape (n,), ns UTC
        First instant of each period, rising.
    price : ndarray of float64, shape (n,)
        Finite; may be negative for an additive shape.
    step : {"quarter_hour", "half_hour", "hour", "day"}
        How long the periods are.
    kind : ShapeKind
        Differences or factors.

    Raises
    ------
    CurveError
        If columns differ in length, a price is not finite, starts do not rise or do not begin
        periods of the place, there are fewer than 28 whole days, or a factor has no mean above zero
        to refer to.
    """
    history = placed(place, delivery_start, price, step)
    grid, price = history.grid, history.price
    n_days = len(grid.days)
    count = np.bincount(history.day, minlength=n_days)
    has_day = count > 0
    daily = np.bincount(history.day, price, n_days) / np.maximum(count, 1)
    kinds = day_types(place, grid.days)
    season = season_weights(grid.days[has_day], daily[has_day], kind)
    day = day_effects(grid.days[has_day], daily[has_day], kinds[has_day], kind)
    hours = hour_effects(history, daily, kinds, kind)
    last = grid.after - dt.timedelta(days=1)
    return Shape(kind, grid.minutes, season, day, hours, f"{place}, {grid.first} to {last}")


def placed(place: str, delivery_start: Numbers, price: Floats, step: str) -> History:
    """Return prices with their periods and days.

    Raises
    ------
    CurveError
        As `fit_shape`.
    """
    start = np.asarray(delivery_start, np.int64)
    price = np.asarray(price, np.float64)
    if start.shape != price.shape or start.ndim != 1:
        raise CurveError(
            f"history of {place}: {start.shape} starts, {price.shape} prices; give a price a start"
        )
    if not np.isfinite(price).all():
        place_in_history = int(np.argmin(np.isfinite(price)))
        raise CurveError(
            f"history of {place}: price {place_in_history} is {price[place_in_history]}; "
            "leave rows without a price out"
        )
    if len(start) == 0 or (np.diff(start) <= 0).any():
        raise CurveError(f"history of {place}: delivery starts do not rise; sort them, one each")
    # A day more at both ends: days of power in GB begin on the evening before.
    first, last = (
        dt.datetime.fromtimestamp(int(at) // 10**9, dt.UTC).date() for at in start[[0, -1]]
    )
    margin = dt.timedelta(days=2)
    wide = curve_grid(place, first - margin, last + margin, step)
    period = np.searchsorted(wide.start, start)
    is_off = wide.start[period] != start
    if is_off.any():
        when = np.datetime64(int(start[is_off.argmax()]), "ns").astype("M8[s]")
        raise CurveError(
            f"history of {place}: {when} UTC begins no {step} of its calendar; give the step "
            "that the history has"
        )
    day = np.searchsorted(wide.day_start, period, side="right") - 1
    # A day of a few hours has no mean to speak of.
    is_whole = (np.bincount(day) >= WHOLE_DAY * np.diff(wide.day_start)[: day[-1] + 1])[day]
    day, period, price = day[is_whole], period[is_whole], price[is_whole]
    if len(np.unique(day)) < DAYS_LEAST:
        raise CurveError(
            f"history of {place} has {len(np.unique(day))} whole days; a shape needs {DAYS_LEAST}"
        )
    days = wide.days[day[[0, -1]]].tolist()
    grid = curve_grid(place, days[0], days[1] + dt.timedelta(days=1), step)
    return History(grid, period - wide.day_start[day[0]], day - day[0], price)


def season_weights(days: NDArray[np.datetime64], daily: Floats, kind: ShapeKind) -> Floats:
    """Return the weights of `harmonics` in daily means; none of less than a year."""
    if (days[-1] - days[0]).astype(np.int64) + 1 < DAYS_OF_A_SEASON:
        return np.zeros(4)
    number = days.astype(np.float64)
    trend = 2.0 * (number - number[0]) / (number[-1] - number[0]) - 1.0
    if kind is ShapeKind.MULTIPLICATIVE:
        level = np.polynomial.Polynomial.fit(trend, daily, 1)(trend)
        if level.min() <= 0:
            raise CurveError(
                f"the trend of the history falls to {level.min():.4g}, not above zero; "
                "use an additive shape"
            )
        daily = np.asarray(daily / level, np.float64)
    columns = np.column_stack([np.ones(len(days)), trend, harmonics(days)])
    weights: Floats = np.linalg.lstsq(columns, daily, rcond=None)[0][2:]
    return weights


def day_effects(
    days: NDArray[np.datetime64], daily: Floats, kinds: Numbers, kind: ShapeKind
) -> Floats:
    """Return the effect of each type of day against the means of its months."""
    month = np.unique(days.astype("datetime64[M]"), return_inverse=True)[1]
    means = (np.bincount(month, daily) / np.bincount(month))[month]
    count = np.bincount(kinds, minlength=len(DAY_TYPES))
    own = np.bincount(kinds, daily, len(DAY_TYPES))
    usual = np.bincount(kinds, means, len(DAY_TYPES))
    # A type that did not occur: holidays are as Sundays.
    made = effects(own, usual, count, kind, "type of day", DAY_TYPES)
    made[-1] = made[-1] if count[-1] else made[6]
    return made


def hour_effects(history: History, daily: Floats, kinds: Numbers, kind: ShapeKind) -> Floats:
    """Return the effect of each slot by month and group of days against its day's mean."""
    grid = history.grid
    slots = DAY_MINUTES // grid.minutes
    month = grid.days.astype("datetime64[M]").astype(np.int64) % MONTHS
    cell = (month * GROUPS + DAY_GROUPS[kinds])[history.day] * slots + grid.slot[history.period]
    size = MONTHS * GROUPS * slots
    own = np.bincount(cell, history.price, size).reshape(MONTHS, GROUPS, slots)
    usual = np.bincount(cell, daily[history.day], size).reshape(MONTHS, GROUPS, slots)
    count = np.bincount(cell, minlength=size).reshape(MONTHS, GROUPS, slots)
    # Months without such a day take that group's mean over the year; a slot that no day of the
    # group has (a skipped hour of the only Sunday) that of all days.
    for axes in ((0,), (0, 1)):
        is_empty = count == 0
        for table in (own, usual, count):
            filled = np.broadcast_to(table.sum(axis=axes, keepdims=True), table.shape)
            table[is_empty] = filled[is_empty]
    return effects(own, usual, count, kind, "time of day", None)


def effects(
    own: Sums,
    usual: Sums,
    count: Numbers,
    kind: ShapeKind,
    what: str,
    names: tuple[str, ...] | None,
) -> Floats:
    """Return mean differences of sums, or their ratios; neutral where nothing was counted.

    Raises
    ------
    CurveError
        If a ratio has no sum above zero to refer to.
    """
    if kind is ShapeKind.ADDITIVE:
        made: Floats = (own - usual) / np.maximum(count, 1)
        return made
    is_bad = (count > 0) & (usual <= 0)
    if is_bad.any():
        where = int(is_bad.argmax())
        name = (
            names[where] if names else f"month, group and slot {np.unravel_index(where, own.shape)}"
        )
        raise CurveError(
            f"{what}: the history has no mean above zero at {name}; use an additive shape"
        )
    return np.where(count > 0, own / np.where(count > 0, usual, 1.0), 1.0)
