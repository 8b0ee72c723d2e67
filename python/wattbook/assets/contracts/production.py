"""Production of wind and sun: expected by month and hour, and drawn together with prices."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.contracts.periods import (
    YEAR_DAYS,
    clock_hours,
    days_of,
    group_starts,
    months_of,
    period_column,
)
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = ["History", "Scenarios", "expected_production", "joint_scenarios", "production_profile"]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
HOURS = 24
BLOCK_DAYS = 7
SEASON_DAYS = 45
SEED = 1


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Prices and production of the past, hour by hour or finer, over whole local days.

    Parameters
    ----------
    grid : CurveGrid
    price : ndarray of shape (n,), money a MWh
    production : ndarray of shape (n,), MWh
        NaN in either marks a gap; days with gaps are left out.
    capacity_mw : float, MW
        That produced.

    Raises
    ------
    InputError
        If a column does not fit the grid, or the capacity is not above zero.
    """

    grid: CurveGrid
    price: Floats
    production: Floats
    capacity_mw: float

    def __post_init__(self) -> None:
        for name, column in (("price", self.price), ("production", self.production)):
            if np.shape(column) != (len(self.grid),):
                raise InputError(
                    f"history's {name} has shape {np.shape(column)}; give one value for each of "
                    f"its {len(self.grid)} periods"
                )
        if not self.capacity_mw > 0.0:
            raise InputError(f"history's capacity_mw is {self.capacity_mw}; give MW above 0")

    def by_hour(self, values: Floats) -> Floats:
        """Return the mean of each day and clock hour, shape (days, 24); NaN where one is missing.

        The hour that a clock skips takes the value of the hour before.
        """
        hour, place = (
            clock_hours(self.grid),
            np.repeat(np.arange(len(self.grid.days)), np.diff(self.grid.day_start)),
        )
        slot = place * HOURS + hour
        size = len(self.grid.days) * HOURS
        spent = np.bincount(slot, self.grid.hours, size)
        summed = np.bincount(slot, values * self.grid.hours, size)
        mean = np.divide(summed, spent, out=np.full(size, np.nan), where=spent > 0.0)
        is_skipped = (spent == 0.0).reshape(-1, HOURS)
        made: Floats = mean.reshape(-1, HOURS)
        for day, skipped in np.argwhere(is_skipped).tolist():
            made[day, skipped] = made[day, max(skipped - 1, 0)]
        return made


def production_profile(history: History) -> Floats:
    """Return the mean share of the capacity by month and clock hour, shape (12, 24).

    Raises
    ------
    InputError
        If a month is not in the history; names it.
    """
    share = history.by_hour(history.production / history.grid.hours) / history.capacity_mw
    month = history.grid.days.astype("datetime64[M]").astype(np.int64) % 12
    is_whole = np.isfinite(share).all(axis=1)
    made = np.empty((12, HOURS))
    for number in range(12):
        own = share[(month == number) & is_whole]
        if not len(own):
            raise InputError(
                f"history has no whole day in month {number + 1}; give a whole year of production"
            )
        made[number] = own.mean(axis=0)
    return made


def expected_production(grid: CurveGrid, profile: Floats, capacity_mw: float) -> Floats:
    """Return what a plant is expected to produce in each period, MWh.

    Parameters
    ----------
    grid : CurveGrid
    profile : ndarray of shape (12, 24), share of the capacity
        From `production_profile`.
    capacity_mw : float, MW

    Raises
    ------
    InputError
        If the profile has another shape or the grid has whole days.
    """
    profile = np.asarray(profile, np.float64)
    if profile.shape != (12, HOURS) or not np.isfinite(profile).all():
        raise InputError(f"production profile of shape {profile.shape}; give 12 months of 24 hours")
    month = months_of(grid).astype(np.int64) % 12
    made: Floats = profile[month, clock_hours(grid)] * capacity_mw * grid.hours
    return made


@dataclass(frozen=True, slots=True, eq=False)
class Scenarios:
    """Prices and production that were drawn together.

    Parameters
    ----------
    spot : ndarray of shape (scenarios, n), money a MWh
    production : ndarray of shape (scenarios, n), MWh
    """

    spot: Floats
    production: Floats


def joint_scenarios(
    grid: CurveGrid,
    forward: Floats,
    history: History,
    *,
    capacity_mw: float,
    as_of: dt.date,
    level_volatility: float = 0.0,
    paths: int = 200,
    seed: int = SEED,
) -> Scenarios:
    """Return scenarios of prices around a forward curve and of the production that belongs to them.

    Weeks of the past, from the same time of the year and whole, are laid end to end. Each brings
    its production and its prices' distance from their month's mean, so that windy hours stay cheap
    hours. The distances are centred over the scenarios, and added to the curve: the mean of the
    spot prices in every period is the forward price. The level of the curve moves as one lognormal
    factor.

    Parameters
    ----------
    grid : CurveGrid
        Hours or quarter-hours.
    forward : ndarray of shape (n,), money a MWh
    history : History
        At least a year; of the same place or one like it.
    capacity_mw : float, MW
        Of the plant; production is scaled from the history's capacity.
    as_of : date
        From which the level moves.
    level_volatility : float, a square root of a year, optional
    paths : int, optional
        Number of scenarios; even, because levels come in mirrored pairs.
    seed : int, optional

    Raises
    ------
    InputError
        If the history has no whole week at some time of the year, or `paths` is odd or below 2.
    """
    forward = period_column(grid, "forward", forward)
    if paths < 2 or paths % 2:
        raise InputError(f"{paths} scenarios; give an even number from 2")
    chance = np.random.default_rng(seed)
    drawn = drawn_days(grid, history, paths, chance)
    price = history.by_hour(history.price)
    share = history.by_hour(history.production / history.grid.hours) / history.capacity_mw
    apart = price - month_means(history, price)[:, None]
    day = np.repeat(np.arange(len(grid.days)), np.diff(grid.day_start))
    hour = clock_hours(grid)
    moved = apart[drawn[:, day], hour]
    moved += level_shifts(grid, forward, as_of, level_volatility, paths, chance)
    moved -= moved.mean(axis=0)
    production = share[drawn[:, day], hour] * (capacity_mw * grid.hours)
    return Scenarios(forward + moved, np.maximum(production, 0.0))


def month_means(history: History, price: Floats) -> Floats:
    """Return for each day of the history the mean price of its month, gaps left out."""
    months = history.grid.days.astype("datetime64[M]")
    made = np.empty(len(months))
    for month in np.unique(months):
        own = months == month
        known = price[own]
        made[own] = np.nanmean(known) if np.isfinite(known).any() else np.nan
    return made


def drawn_days(
    grid: CurveGrid, history: History, paths: int, chance: np.random.Generator
) -> NDArray[np.int64]:
    """Return for each scenario and day of the grid the day of the history that it takes."""
    by_hour = np.isfinite(history.by_hour(history.price + history.production))
    known: Flags = np.asarray(by_hour.all(axis=-1), np.bool_)
    days = history.grid.days
    # A week is whole if the next seven days are.
    whole = np.array(
        [known[at : at + BLOCK_DAYS].all() for at in range(len(days) - BLOCK_DAYS + 1)], np.bool_
    )
    starts = np.flatnonzero(whole)
    weekday = (days.astype(np.int64) + 3) % 7
    of_year = (days - days.astype("datetime64[Y]")).astype(np.int64)
    drawn = np.empty((paths, len(grid.days)), np.int64)
    for begin in range(0, len(grid.days), BLOCK_DAYS):
        first = grid.days[begin]
        place = int((first - first.astype("datetime64[Y]")).astype(np.int64))
        distance = np.abs(of_year[starts] - place)
        near = np.minimum(distance, 365 - distance) <= SEASON_DAYS
        same = weekday[starts] == (int(first.astype(np.int64)) + 3) % 7
        found = starts[near & same]
        if not len(found):
            raise InputError(
                f"history has no whole week within {SEASON_DAYS} days of {first} in the year; give "
                "a longer history"
            )
        length = min(BLOCK_DAYS, len(grid.days) - begin)
        chosen = found[chance.integers(len(found), size=paths)]
        drawn[:, begin : begin + length] = chosen[:, None] + np.arange(length)
    return drawn


def level_shifts(
    grid: CurveGrid,
    forward: Floats,
    as_of: dt.date,
    volatility: float,
    paths: int,
    chance: np.random.Generator,
) -> Floats:
    """Return how far each scenario's level lies from the curve, shape (scenarios, n)."""
    if not volatility >= 0.0:
        raise InputError(f"level_volatility is {volatility}; give a share from 0")
    half = chance.standard_normal(paths // 2)
    factor = np.concatenate([half, -half])
    elapsed = (days_of(grid) - np.datetime64(as_of, "D")).astype(np.float64) / YEAR_DAYS
    deviation = volatility * np.sqrt(np.maximum(elapsed, 0.0))
    first = group_starts(months_of(grid))
    counts = np.diff(np.append(first, len(grid)))
    mean = np.add.reduceat(forward * grid.hours, first) / np.add.reduceat(grid.hours, first)
    level = np.abs(np.repeat(mean, counts))
    made: Floats = level * (np.exp(factor[:, None] * deviation - deviation**2 / 2.0) - 1.0)
    return made
