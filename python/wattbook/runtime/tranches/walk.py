"""Hedge paths walk-forward: bought in the months before each quarter by what was known then."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.runtime.tranches.forecast import expected, months_of
from wattbook.runtime.tranches.load import BlockLoad
from wattbook.runtime.tranches.weeks import Weeks, weeks_of
from wattbook.strategy.hedge_path import (
    HedgePath,
    Residual,
    block_hedge,
    hedge_path,
    linear_tranches,
    residual_of,
)

__all__ = ["METHODS", "PathTest", "TestedQuarter", "walk_forward"]

Floats = NDArray[np.float64]
METHODS = ("path", "path_before", "linear", "linear_months", "linear_weeks")
"""Ours; ours until delivery begins; quarters, and months, in equal tranches; quarters in equal
tranches and then weeks, as ours trades them."""
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
    In the quarter, base and peak of each whole week trade on the Friday before it.

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
    weeks = weeks_of(load, past)
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
        until = Dates(profiles, products, is_traded, shares)
        through = with_weeks(until, weeks, inside)
        made = {
            "path": (until_end := through.path(lot_mw, width), through.products),
            "path_before": (until.path(lot_mw, width), products),
            "linear": (
                linear_tranches(profiles[0], products[:, :2], lot_mw, dates),
                products[:, :2],
            ),
            "linear_months": (
                linear_tranches(profiles[0], products[:, 2:], lot_mw, dates),
                products[:, 2:],
            ),
        }
        off += int((np.abs(until_end.share - through.shares) > width + 1e-9).sum())
        left: dict[str, Residual] = {}
        for method, (path, delivers) in made.items():
            counts[method] += traded(path) / lot_mw
            hedge = delivers @ path.position[-1]
            left[method] = residual_of(load.load_mw[inside], hedge, products[:, :2])
            if method == "linear":
                hedge, more_mw = topped_up(hedge, through, products.shape[1], lot_mw)
                counts["linear_weeks"] += (traded(path) + more_mw) / lot_mw
                left["linear_weeks"] = residual_of(load.load_mw[inside], hedge, products[:, :2])
        tested.append(TestedQuarter(str(first), left))
    mean = float(load.load_mw.mean())
    trades = {method: count / len(quarters) for method, count in counts.items()}
    return PathTest(tuple(tested), mean, trades, off)


@dataclass(frozen=True, eq=False)
class Dates:
    """Dates on which a quarter is traded.

    Parameters
    ----------
    profiles : ndarray of shape (n_dates, n_hours), MW
        What is expected on each.
    products : ndarray of shape (n_hours, n_products)
    is_traded : ndarray of bool, shape (n_dates, n_products)
    shares : ndarray of shape (n_dates,)
        That are due.
    """

    profiles: Floats
    products: Floats
    is_traded: NDArray[np.bool_]
    shares: Floats

    def path(self, lot_mw: float, width: float) -> HedgePath:
        """Return the path of positions."""
        return hedge_path(
            self.profiles, self.products, self.is_traded, lot_mw, self.shares, width=width
        )


def with_weeks(before: Dates, weeks: Weeks, inside: NDArray[np.bool_]) -> Dates:
    """Return the dates before a quarter and those in it: base and peak of each whole week."""
    whole = weeks.within(inside)
    monday, peak = weeks.monday[inside], before.products[:, 1]
    own = [(monday == week).astype(np.float64) for week in whole]
    added = [column for one in own for column in (one, one * peak)]
    count, known = len(added), len(before.shares)
    is_traded = np.zeros((known + len(whole), before.products.shape[1] + count), np.bool_)
    is_traded[:known, : before.products.shape[1]] = before.is_traded
    for at in range(len(whole)):
        first = before.products.shape[1] + 2 * at
        is_traded[known + at, first : first + 2] = True
    return Dates(
        np.concatenate([before.profiles, [weeks.expected(inside, week) for week in whole]]),
        np.column_stack([before.products, *added]),
        is_traded,
        np.concatenate([before.shares, np.ones(len(whole))]),
    )


def topped_up(hedge: Floats, through: Dates, known: int, lot_mw: float) -> tuple[Floats, float]:
    """Return a hedge after the trades of its weeks, and the MW that these are.

    Parameters
    ----------
    hedge : ndarray of shape (n_hours,), MW
        Held when delivery begins.
    through : Dates
        Dates before and in the quarter, as `with_weeks` gives them.
    known : int
        Products before the weeks'.
    lot_mw : float
    """
    weeks = (through.products.shape[1] - known) // 2
    more_mw = 0.0
    for at, profile in enumerate(through.profiles[len(through.profiles) - weeks :]):
        own = through.products[:, known + 2 * at : known + 2 * at + 2]
        bought = block_hedge(profile - hedge, own, lot_mw)
        hedge = hedge + own @ bought
        more_mw += float(np.abs(bought).sum())
    return hedge, more_mw


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
