"""Hedge paths walk-forward: bought in the months before each quarter by what was known then."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.runtime.tranches.load import BlockLoad
from wattbook.strategy.hedge_path import (
    HedgePath,
    Residual,
    hedge_path,
    linear_tranches,
    residual_of,
)

__all__ = ["METHODS", "PathTest", "TestedQuarter", "walk_forward"]

Floats = NDArray[np.float64]
METHODS = ("path", "linear", "linear_months")
"""Ours; quarters in equal tranches; quarters and months in equal tranches."""
YEARS = 3
"""Of the past whose shape counts."""
MONTHS_BEFORE = 23
"""Of the past before the first date: the same month a year before, and its own last twelve."""
MONTHS_TRADED = 3
"""Dates before delivery on which months trade."""


@dataclass(frozen=True, slots=True)
class TestedQuarter:
    """A quarter of delivery: what each method left of its base and peak, and of its shape; MW.

    Parameters
    ----------
    first : str
        Its first month.
    left : dict of str to Residual
        By method.
    """

    first: str
    left: dict[str, Residual]


@dataclass(frozen=True)
class PathTest:
    """A walk forward.

    Parameters
    ----------
    quarters : tuple of TestedQuarter
    mean_load_mw : float
    trades : dict of str to float
        Lots that each method traded in a quarter, on average.
    off_corridor : int
        Dates on which our path was outside of its corridor.
    """

    quarters: tuple[TestedQuarter, ...]
    mean_load_mw: float
    trades: dict[str, float]
    off_corridor: int

    def mean(self, method: str, part: str) -> float:
        """Return the root mean square of a part over all quarters, MW."""
        squares = [getattr(one.left[method], part) ** 2 for one in self.quarters]
        return math.sqrt(float(np.mean(squares)))

    def saved(
        self, against: str, part: str, *, draws: int = 2_000, seed: int = 1
    ) -> tuple[float, float, float]:
        """Return by which share ours leaves less than another, with its 95 % interval.

        The interval is that of whole years drawn with replacement: quarters of a year have the same
        level.
        """
        years = sorted({one.first[:4] for one in self.quarters})
        sums = np.array(
            [
                [
                    sum(
                        getattr(one.left[method], part) ** 2
                        for one in self.quarters
                        if one.first.startswith(year)
                    )
                    for method in ("path", against)
                ]
                for year in years
            ]
        )
        random = np.random.Generator(np.random.Philox(seed))
        drawn = sums[random.integers(0, len(years), (draws, len(years)))].sum(axis=1)
        ratios = 1.0 - np.sqrt(drawn[:, 0] / drawn[:, 1])
        low, high = np.quantile(ratios, [0.025, 0.975])
        ours, others = sums.sum(axis=0)
        return 1.0 - float(ours / others) ** 0.5, float(low), float(high)


def walk_forward(
    load: BlockLoad, *, dates: int = 12, lot_mw: float = 1.0, width: float = 0.1
) -> PathTest:
    """Return what hedge paths of every whole quarter left, against linear tranching.

    Each quarter is bought on the first day of each of the `dates` months before it, by what had
    been recorded until then. Quarters and, on the last three dates, months trade as base and peak.

    Parameters
    ----------
    load : BlockLoad
    dates : int, optional
        Tranches.
    lot_mw : float, optional
    width : float, optional
        Of the corridor, a share of the energy either way.

    Raises
    ------
    InputError
        If the record is too short for one quarter.
    """
    quarters = quarters_of(load, dates)
    if not quarters:
        raise InputError("the record holds no quarter with enough of a past; give a longer one")
    past = months_of(load)
    tested: list[TestedQuarter] = []
    counts = dict.fromkeys(METHODS, 0.0)
    off = 0
    for first in quarters:
        inside = (load.month >= first) & (load.month < first + 3)
        products = products_of(load, inside, first)
        profiles = np.stack(
            [expected(load, past, inside, first - dates + at) for at in range(dates)]
        )
        is_traded = np.ones((dates, products.shape[1]), np.bool_)
        is_traded[: max(dates - MONTHS_TRADED, 0), 2:] = False
        shares = np.arange(1, dates + 1) / dates
        paths = {
            "path": hedge_path(profiles, products, is_traded, lot_mw, shares, width=width),
            "linear": linear_tranches(profiles[0], products[:, :2], lot_mw, dates),
            "linear_months": linear_tranches(profiles[0], products[:, 2:], lot_mw, dates),
        }
        hedges = {
            "path": products @ paths["path"].position[-1],
            "linear": products[:, :2] @ paths["linear"].position[-1],
            "linear_months": products[:, 2:] @ paths["linear_months"].position[-1],
        }
        off += int((np.abs(paths["path"].share - shares) > width + 1e-9).sum())
        for method, path in paths.items():
            counts[method] += traded(path) / lot_mw
        left = {
            method: residual_of(load.load_mw[inside], hedge, products[:, :2])
            for method, hedge in hedges.items()
        }
        tested.append(TestedQuarter(str(first), left))
    mean = float(load.load_mw.mean())
    trades = {method: count / len(quarters) for method, count in counts.items()}
    return PathTest(tuple(tested), mean, trades, off)


def traded(path: HedgePath) -> float:
    """Return the MW that a path traded."""
    return float(np.abs(path.trades).sum())


def quarters_of(load: BlockLoad, dates: int) -> list[np.datetime64]:
    """Return the first months of all quarters that are whole and have a past of over a year."""
    months, counts = np.unique(load.month, return_counts=True)
    # A month may lack the hour that clocks leave out.
    whole = {month for month, count in zip(months, counts, strict=True) if count >= hours_of(month)}
    known = min(whole, default=np.datetime64("2000-01", "M"))
    return [
        month
        for month in months
        if int(month.astype(int)) % 3 == 0
        and {month, month + 1, month + 2} <= whole
        and month - dates - MONTHS_BEFORE >= known
    ]


def hours_of(month: np.datetime64) -> int:
    """Return the hours of a month, less the one that clocks may leave out."""
    begin, end = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]")
    return 24 * int((end - begin) / np.timedelta64(1, "D")) - 1


def products_of(load: BlockLoad, inside: NDArray[np.bool_], first: np.datetime64) -> Floats:
    """Return what base and peak of the quarter, then of its months, deliver in its hours."""
    peak = load.is_peak[inside].astype(np.float64)
    month = load.month[inside]
    made = [np.ones(len(peak)), peak]
    for at in range(3):
        own = (month == first + at).astype(np.float64)
        made += [own, own * peak]
    return np.stack(made, axis=1)


@dataclass(frozen=True, eq=False)
class Months:
    """Recorded months.

    Parameters
    ----------
    month : ndarray of datetime64[M], shape (n,)
    level : ndarray of shape (n,), MW
        Mean of each.
    year_mean : ndarray of shape (n,), MW
        Mean of the last twelve levels; NaN before there are as many.
    shape : ndarray of shape (n, 168)
        Mean of each hour of the week, a share of the level.
    """

    month: NDArray[np.datetime64]
    level: Floats
    year_mean: Floats
    shape: Floats


def months_of(load: BlockLoad) -> Months:
    """Return the months of a load."""
    month, place = np.unique(load.month, return_inverse=True)
    level = np.bincount(place, load.load_mw) / np.bincount(place)
    year_mean = np.full(len(level), np.nan)
    year_mean[11:] = np.convolve(level, np.ones(12), "valid") / 12.0
    cell = place * 168 + slots(load.hour)
    count = np.bincount(cell, minlength=168 * len(month))
    sums = np.bincount(cell, load.load_mw, minlength=168 * len(month))
    shape = (sums / np.maximum(count, 1)).reshape(-1, 168) / level[:, None]
    return Months(month, level, year_mean, shape)


def expected(
    load: BlockLoad, past: Months, inside: NDArray[np.bool_], now: np.datetime64
) -> Floats:
    """Return what is expected of some hours by what was recorded before a month.

    The mean of the last twelve months, times what each month of the calendar was of its own last
    twelve, times the shape of its hours and days of the week; both as means of the last years.
    """
    known = (past.month < now) & np.isfinite(past.year_mean)
    latest = past.year_mean[int(np.flatnonzero(known)[-1])]
    slot, month = slots(load.hour[inside]), load.month[inside]
    found = np.empty(len(slot))
    for target in np.unique(month):
        is_same = known & (past.month.astype(int) % 12 == int(target.astype(int)) % 12)
        same = np.flatnonzero(is_same)[-YEARS:]
        share = float((past.level[same] / past.year_mean[same]).mean())
        own = month == target
        relative = past.shape[same].mean(axis=0)[slot[own]]
        found[own] = relative / relative.mean() * share * latest
    return found


def slots(hour: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return the hour of the week of each hour, from 0."""
    days = hour.astype("datetime64[D]")
    weekday = (days.astype(np.int64) + 3) % 7
    of_day = (hour - days.astype("datetime64[h]")).astype(np.int64)
    return np.asarray(weekday * 24 + of_day, np.int64)
