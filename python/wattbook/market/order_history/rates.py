"""Rates of orders that come and go, by time to gate.

All rates are those of Poisson processes, whose maximum likelihood estimate is count / exposure with
standard error sqrt(count) / exposure (Daley and Vere-Jones 2003, section 7.1). What counts and what
exposes follows Cont, Stoikov and Talreja (2010), section 3: limit orders by distance from the best
price of the other side and market orders over time, cancellations over time that orders rested.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from wattbook.errors import InputError
from wattbook.market.order_history.matching import BUY, SELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattbook.market.order_history.rebuild import Rebuilt

    Floats = NDArray[np.float64]

__all__ = ["BookRates", "Grid", "HistoryFit", "fit_rates"]

SIDES = (BUY, SELL)
MINUTE = 60 * 10**9
HOUR = 60 * MINUTE
MINUTES_MAX = 1_000_000
CANCELS = ("D", "X", "C", "H")
"""How a stay ends other than by a match or another part of an iceberg."""


@dataclass(frozen=True, slots=True)
class Grid:
    """By what rates are told apart.

    Parameters
    ----------
    minutes : tuple of float
        Edges of the bins of time to gate, rising from 0 or more: bin ``k`` is
        ``(minutes[k], minutes[k + 1]]`` before the gate.
    ticks : tuple of int
        Edges of distances from the best price of the other side, ticks of 0.01 EUR/MWh, rising from
        0: bin ``j`` is ``(ticks[j], ticks[j + 1]]``.
    gate_minutes : float
        How long before delivery the gate closes: 5 within a German control area, 30 across Germany,
        60 across most borders (EPEX SPOT's trading rules).

    Raises
    ------
    InputError
        If edges do not rise, or begin below 0, or a time is beyond a million minutes.
    """

    minutes: tuple[float, ...] = (0, 15, 30, 60, 120, 240, 480, 1440)
    ticks: tuple[int, ...] = (0, 10, 50, 100, 200, 500, 1000, 2500)
    gate_minutes: float = 5

    def __post_init__(self) -> None:
        """Refuse edges that make no bins."""
        for name, edges in (("minutes", self.minutes), ("ticks", self.ticks)):
            rises = all(low < high for low, high in pairwise(edges))
            if len(edges) < 2 or edges[0] < 0 or not rises:
                message = f"{name} {edges} make no bins; give two or more, rising from 0 or more"
                raise InputError(message)
        if not (self.minutes[-1] <= MINUTES_MAX and 0 <= self.gate_minutes <= MINUTES_MAX):
            message = (
                f"minutes to {self.minutes[-1]} and a gate {self.gate_minutes} minutes before "
                f"delivery; give 0 to {MINUTES_MAX:,}"
            )
            raise InputError(message)
        if self.ticks[0] != 0:
            raise InputError(f"ticks begin at {self.ticks[0]}; begin at 0, the other side's best")

    @property
    def bins(self) -> int:
        """How many bins of time to gate there are."""
        return len(self.minutes) - 1

    def gate(self, delivery_start: int) -> int:
        """Return when trading ends, ns UTC."""
        return delivery_start - round(self.gate_minutes * MINUTE)

    def bounds(self, delivery_start: int) -> NDArray[np.int64]:
        """Return begin and end of each bin, ns UTC, shape (bins, 2)."""
        gate = self.gate(delivery_start)
        edges = [gate - round(each * MINUTE) for each in self.minutes]
        return np.array([(edges[k + 1], edges[k]) for k in range(self.bins)], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class BookRates:
    """Rates of a zero-intelligence book; arrays by (bin, side buy or sell, distance).

    Parameters
    ----------
    grid : Grid
        The bins.
    limit : ndarray of shape (bins, 2, distances)
        Limit orders per hour.
    market : ndarray of shape (bins, 2)
        Market orders per hour while the other side has orders.
    cancel : ndarray of shape (bins, 2)
        Cancellations per hour and resting order.
    limit_lots, market_lots : tuple of int64 ndarray
        By bin, volumes to draw from, in lots.
    """

    grid: Grid
    limit: Floats
    market: Floats
    cancel: Floats
    limit_lots: tuple[NDArray[np.int64], ...]
    market_lots: tuple[NDArray[np.int64], ...]


@dataclass(frozen=True)
class HistoryFit:
    """Counts and exposures of a history, and the rates that they make most likely.

    Arrays are by (bin, side, distance); exposures are hours, summed over contracts. A rate without
    exposure is NaN.

    Parameters
    ----------
    grid : Grid
        The bins.
    contracts : int
        How many were counted.
    limit_counts, limit_hours : ndarray of shape (bins, 2, distances), (bins, 2)
        Limit orders, and time in which the other side's best price was known.
    market_counts, market_hours : ndarray of shape (bins, 2)
        Orders that reached the other side, and time in which it had orders.
    cancel_counts, order_hours : ndarray of shape (bins, 2)
        Stays that ended without a match, and time that orders rested.
    trade_counts, hours : ndarray of shape (bins,)
        Instants with a match, and time observed.
    spread_ticks : ndarray of shape (bins,)
        Mean over time with both sides.
    best_lots, near_lots : ndarray of shape (bins, 2)
        Mean over time at the best price, and within 1 EUR/MWh of it; nothing counts as 0.
    limit_lots, market_lots : tuple of int64 ndarray
        Volumes seen, by bin.
    left_out : dict of str to int
        Orders that no rate counts: ``beyond`` the last distance, ``through`` the last known price
        of an empty side, ``unplaced`` before any price was known, ``outside`` the bins and after
        the observation.
    """

    grid: Grid
    contracts: int
    limit_counts: Floats
    limit_hours: Floats
    market_counts: Floats
    market_hours: Floats
    cancel_counts: Floats
    order_hours: Floats
    trade_counts: Floats
    hours: Floats
    spread_ticks: Floats
    best_lots: Floats
    near_lots: Floats
    limit_lots: tuple[NDArray[np.int64], ...]
    market_lots: tuple[NDArray[np.int64], ...]
    left_out: dict[str, int]

    @cached_property
    def rates(self) -> BookRates:
        """The most likely rates; 0 where nothing was observed."""
        limit, market, cancel = (
            np.nan_to_num(self.estimate(name)[0]) for name in ("limit", "market", "cancel")
        )
        return BookRates(self.grid, limit, market, cancel, self.limit_lots, self.market_lots)

    def estimate(self, name: str) -> tuple[Floats, Floats]:
        """Return rates per hour and their standard errors.

        Parameters
        ----------
        name : str
            ``limit``, ``market``, ``cancel`` (per resting order) or ``trade``.
        """
        counts, exposure = {
            "limit": (self.limit_counts, self.limit_hours[:, :, None]),
            "market": (self.market_counts, self.market_hours),
            "cancel": (self.cancel_counts, self.order_hours),
            "trade": (self.trade_counts, self.hours),
        }[name]
        with np.errstate(divide="ignore", invalid="ignore"):
            has = exposure > 0
            return (
                np.where(has, counts / exposure, np.nan),
                np.where(has, np.sqrt(counts) / exposure, np.nan),
            )

    def lots(self, name: str) -> tuple[Floats, Floats]:
        """Return mean volumes of ``limit`` or ``market`` orders by bin, and standard errors."""
        seen = {"limit": self.limit_lots, "market": self.market_lots}[name]
        means = [one.mean() if one.size else np.nan for one in seen]
        errors = [one.std(ddof=1) / np.sqrt(one.size) if one.size > 1 else np.nan for one in seen]
        return np.array(means), np.array(errors)


def fit_rates(
    books: Sequence[Rebuilt], grid: Grid | None = None, *, last: int | None = None
) -> HistoryFit:
    """Return the most likely rates of `books`.

    A contract is observed from its first action until the gate, or until `last` (ns UTC; that of
    the last action of all contracts if left out) if that is earlier.

    Raises
    ------
    InputError
        If no book has an action.
    """
    end = last_action(books)
    tally = Tally(grid or Grid())
    for book in books:
        tally.take(book, end if last is None else last)
    return tally.fitted(len(books))


def last_action(books: Sequence[Rebuilt]) -> int:
    """Return the last instant of all books, ns UTC.

    Raises
    ------
    InputError
        If no book has an action.
    """
    ends = [int(book.path["ts_event"][-1]) for book in books if book.path.height]
    if not ends:
        raise InputError("no book to fit; read files with at least one order")
    return max(ends)


def overlap(
    begin: NDArray[np.int64], end: NDArray[np.int64], low: int, high: int
) -> NDArray[np.float64]:
    """Return hours of each span within ``[low, high)``."""
    spans: NDArray[np.int64] = np.maximum(np.minimum(end, high) - np.maximum(begin, low), 0)
    return spans / HOUR


class Tally:
    """Counts and exposures so far."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        bins, distances = grid.bins, len(grid.ticks) - 1
        self.limit = np.zeros((bins, 2, distances))
        self.sums = {
            name: np.zeros((bins, 2))
            for name in ("known", "market", "there", "cancel", "rested", "best", "near")
        }
        self.trades, self.hours = np.zeros(bins), np.zeros(bins)
        self.both, self.spread = np.zeros(bins), np.zeros(bins)
        self.limit_lots: list[list[NDArray[np.int64]]] = [[] for _ in range(bins)]
        self.market_lots: list[list[NDArray[np.int64]]] = [[] for _ in range(bins)]
        self.left_out = {"beyond": 0, "through": 0, "unplaced": 0, "outside": 0}

    def take(self, book: Rebuilt, last: int) -> None:
        """Add a contract that is observed until `last`."""
        inside = 0
        for k, (low, end) in enumerate(self.grid.bounds(book.delivery_start).tolist()):
            # A bin ends where observation does; the instant at its end belongs to it.
            high = min(end, last)
            self.path(k, book, low, high)
            self.stays(k, book, low, high)
            here = pl.col("ts_event").is_between(low, high, closed="right")
            inside += self.arrivals(k, book.arrivals.filter(here))
            self.trades[k] += np.count_nonzero((book.trades > low) & (book.trades <= high))
        self.left_out["outside"] += book.arrivals.height - inside

    def path(self, k: int, book: Rebuilt, low: int, high: int) -> None:
        """Add the time that the states of a book lasted."""
        begin = book.path["ts_event"].to_numpy()
        weight = overlap(begin, np.append(begin[1:], np.iinfo(np.int64).max), low, high)
        self.hours[k] += weight.sum()
        for side, other, name in ((0, 1, "bid"), (1, 0, "ask")):
            there = book.path[name].is_not_null().to_numpy()
            self.sums["there"][k, other] += weight[there].sum()
            self.sums["known"][k, other] += weight[np.maximum.accumulate(there)].sum()
            self.sums["best"][k, side] += weight @ book.path[f"{name}_lots"].to_numpy()
            self.sums["near"][k, side] += weight @ book.path[f"{name}_depth"].to_numpy()
        spread = (book.path["ask"] - book.path["bid"]).cast(pl.Float64).to_numpy()
        has = ~np.isnan(spread)
        self.both[k] += weight[has].sum()
        self.spread[k] += weight[has] @ spread[has]

    def stays(self, k: int, book: Rebuilt, low: int, high: int) -> None:
        """Add the time that orders rested, and those that left."""
        end = book.stays["end"].fill_null(np.iinfo(np.int64).max).to_numpy()
        begin, side = book.stays["begin"].to_numpy(), book.stays["side"].to_numpy()
        left = book.stays["how"].is_in(CANCELS).fill_null(value=False).to_numpy()
        here = left & (end > low) & (end <= high)
        hours = overlap(begin, end, low, high)
        for place, number in enumerate(SIDES):
            self.sums["rested"][k, place] += hours[side == number].sum()
            self.sums["cancel"][k, place] += np.count_nonzero(here & (side == number))

    def arrivals(self, k: int, found: pl.DataFrame) -> int:
        """Add orders that came, and return how many."""
        unplaced = found["distance"].is_null()
        self.left_out["unplaced"] += int(unplaced.sum())
        placed = found.filter(~unplaced)
        market = placed.filter("is_market")
        rest = placed.filter(~pl.col("is_market"))
        place = np.searchsorted(self.grid.ticks, rest["distance"].to_numpy(), side="left") - 1
        distances = len(self.grid.ticks) - 1
        is_in = (place >= 0) & (place < distances)
        self.left_out["through"] += int(np.count_nonzero(place < 0))
        self.left_out["beyond"] += int(np.count_nonzero(place >= distances))
        side = rest["side"].to_numpy() - BUY
        np.add.at(self.limit[k], (side[is_in], place[is_in]), 1)
        np.add.at(self.sums["market"][k], market["side"].to_numpy() - BUY, 1)
        self.limit_lots[k].append(rest["lots"].to_numpy()[is_in])
        self.market_lots[k].append(market["lots"].to_numpy())
        return found.height

    def fitted(self, contracts: int) -> HistoryFit:
        """Return what was counted."""
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = self.spread / self.both
            best, near = (self.sums[name] / self.hours[:, None] for name in ("best", "near"))
        sums = self.sums
        return HistoryFit(
            self.grid,
            contracts,
            *(self.limit, sums["known"], sums["market"], sums["there"]),
            *(sums["cancel"], sums["rested"], self.trades, self.hours, spread, best, near),
            limit_lots=tuple(np.concatenate(each) for each in self.limit_lots),
            market_lots=tuple(np.concatenate(each) for each in self.market_lots),
            left_out=dict(self.left_out),
        )
