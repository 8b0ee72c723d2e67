"""Clears an auction: which blocks, at which prices, with which flows."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.market.auction.choice import Choice, Master
from wattbook.market.auction.hourly import Convex, ConvexResult
from wattbook.market.auction.legs import Legs
from wattbook.market.auction.orders import Auction, Floats
from wattbook.market.auction.support import supporting_prices
from wattbook.market.auction.units import units

__all__ = ["Clearing", "Status", "clear"]

MONEY_EPSILON = 1e-4
"""A block that loses less than this, in currency per h, loses nothing."""


class Status(enum.Enum):
    """What became of a block."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PARADOXICALLY_REJECTED = "paradoxically_rejected"
    """Not taken although it would earn at the prices: taking it would move them against it."""


@dataclass(frozen=True, slots=True)
class Clearing:
    """A cleared auction.

    Parameters
    ----------
    prices : ndarray of shape (n_periods, n_zones), currency per MWh
        What every accepted order of a zone pays or is paid.
    prices_min, prices_max : ndarray of shape (n_periods, n_zones), currency per MWh
        Between what hourly orders and plain links alone would leave them.
    net_positions : ndarray of shape (n_periods, n_zones), MW
        What leaves each zone, accepted blocks included.
    flows : ndarray of shape (n_periods, n_links), MW
        From the first zone of each link to the second, as it leaves.
    acceptance : ndarray of shape (n_blocks,)
        Share of each block that is taken.
    surplus : ndarray of shape (n_blocks,), currency
        What each would earn, taken in full.
    statuses : tuple of Status
        One a block.
    welfare : float, currency
        Value to buyers less cost of sellers; injections cost nothing.
    bound : float, currency
        What no choice of blocks can exceed; the welfare itself where the choice is proved best.
    is_complete : bool
        Whether the search ended; else it ran out of time and `gap` is what may be missed.
    seconds : float
        How long it took.
    """

    prices: Floats
    prices_min: Floats
    prices_max: Floats
    net_positions: Floats
    flows: Floats
    acceptance: Floats
    surplus: Floats
    statuses: tuple[Status, ...]
    welfare: float
    bound: float
    is_complete: bool
    seconds: float

    @property
    def gap(self) -> float:
        """What a better choice of blocks could add at most, currency."""
        return max(self.bound - self.welfare, 0.0)


@dataclass(frozen=True, slots=True)
class Trial:
    """A choice of blocks with its clearing."""

    share: Floats
    result: ConvexResult
    prices: Floats
    surplus: Floats
    losing: NDArray[np.bool_]
    welfare: float


def clear(
    auction: Auction,
    *,
    seconds_max: float = 600.0,
    watch: Callable[[float, float], None] | None = None,
) -> Clearing:
    """Clear an auction so that welfare is maximal and no accepted block loses.

    Hourly orders and flows are optimal for the blocks taken. Each clearing bounds the welfare of
    every choice of blocks (its prices are dual feasible for all), and HiGHS finds the choice that
    these bounds leave the best; that is cleared, and so on until the bound is met (Benders 1962).
    A best choice in which a block loses at all optimal prices is cut off: at least one of its
    blocks must go, since whoever takes more blocks, all of which earn, would have been better
    still (Madani and Van Vyve 2015, *Computationally efficient MIP formulation and algorithms for
    European day-ahead electricity market auctions*, theorem 6). Of a linked family a parent may
    lose what its accepted children earn.

    Parameters
    ----------
    auction : Auction
        What is cleared.
    seconds_max : float
        After this long, the best choice so far is returned, with its gap.
    watch : callable, optional
        Called with the best welfare so far (minus infinity before there is any) and the bound.

    Raises
    ------
    InputError
        If some zones cannot be balanced at any price, or the time was too short for any choice.
    """
    begun = time.perf_counter()
    search = Search(auction)
    complete = search.run(begun + seconds_max, watch or (lambda _best, _bound: None))
    best = search.best
    if best is None:
        # Names the zones if it is that they cannot be balanced.
        Convex(auction).clear(np.zeros_like(auction.injections))
        raise InputError(
            f"no choice of blocks without losses within {seconds_max} s; allow more time"
        )
    share, surplus = (values[: len(auction.blocks)] for values in (best.share, best.surplus))
    return Clearing(
        prices=best.prices,
        prices_min=best.result.prices_min,
        prices_max=best.result.prices_max,
        net_positions=best.result.net_positions - search.carried(best.share),
        flows=best.result.flows + search.carried_flows(best.share),
        acceptance=share,
        surplus=surplus,
        statuses=tuple(map(status, share, surplus)),
        welfare=best.welfare,
        bound=best.welfare if complete else max(search.bound, best.welfare),
        is_complete=complete,
        seconds=time.perf_counter() - begun,
    )


def status(share: float, surplus: float) -> Status:
    """Return what became of a block."""
    if share > 0:
        return Status.ACCEPTED
    return Status.PARADOXICALLY_REJECTED if surplus > MONEY_EPSILON else Status.REJECTED


class Search:
    """The search for the best blocks."""

    def __init__(self, auction: Auction) -> None:
        self.best: Trial | None = None
        self.bound = np.inf
        self._auction = auction
        self._units = units(auction)
        self._convex = Convex(auction, curtails=bool(len(self._units.orders)))
        network = auction.network
        self._legs = Legs(self._units.orders, network.hours, len(network.zones))
        self._hours = network.hours
        self._master = Master(self._units, self._legs, network.periods)
        least = auction.blocks.acceptance_min
        self._is_settled_at_once = not len(self._units.carriers) and bool((least == 1).all())

    def run(self, until: float, watch: Callable[[float, float], None]) -> bool:
        """Search until the best choice is proved; return whether it was, by `until`."""
        count, blocks = len(self._units.orders), self._units.blocks
        if not count:
            self._keep(self._try(np.empty(0)))
            return True
        self._learn(self._try(np.where(np.arange(count) < blocks, 0.5, 0.0)))
        if not self._relax(until):
            return False
        while time.perf_counter() < until:
            choice = self._master.best_choice(until)
            if choice is None:
                return self.best is not None
            self.bound = choice.bound
            if self.best is not None and self.best.welfare >= self.bound - MONEY_EPSILON:
                return True
            self._follow(choice, until)
            watch(self.best.welfare if self.best else -np.inf, self.bound)
        return False

    def carried(self, share: Floats) -> Floats:
        """Return what carriers inject, MW, shape (n_periods, n_zones)."""
        is_carrier = np.arange(len(share)) >= self._units.blocks
        return self._legs.injections(np.where(is_carrier, share, 0.0))

    def carried_flows(self, share: Floats) -> Floats:
        """Return the flows of links that carriers stand for, MW, shape (n_periods, n_links)."""
        network = self._auction.network
        flows = np.zeros(network.flow_min.shape)
        for number, carrier in enumerate(self._units.carriers):
            if carrier.link is not None:
                period, link = carrier.link
                start = (period, network.zone(network.links[link][0]))
                sign = 1.0 if carrier.legs[start] < 0 else -1.0
                flows[period, link] += sign * share[self._units.blocks + number]
        return flows

    def _relax(self, until: float, taken: NDArray[np.bool_] | None = None) -> Trial | None:
        """Learn from choices in which blocks are divisible, or just `taken`, which are quick.

        Returns the last of them, the best, or none if time ran out.
        """
        while time.perf_counter() < until:
            choice = self._master.relaxed_choice(taken)
            trial = self._try(choice.share)
            if not self._learn(trial, choice):
                return trial
        return None

    def _follow(self, choice: Choice, until: float) -> None:
        """Clear a choice: learn its welfare, or that it loses, and keep the best."""
        trial = self._try(choice.share)
        if self._learn(trial, choice):
            self._keep(self._repaired(self._settled(trial, until), until))
            return
        if trial.losing.any():
            self._master.cut_off(choice.share[: self._units.blocks] > 0)
        self._keep(self._repaired(trial, until))

    def _keep(self, trial: Trial | None) -> None:
        if trial is None or (self.best is not None and trial.welfare <= self.best.welfare):
            return
        low, high = self._auction.price_limits
        if low <= trial.prices.min() and trial.prices.max() <= high:
            self.best = trial

    def _repaired(self, found: Trial | None, until: float) -> Trial | None:
        """Reject what loses until nothing does: a choice that holds, if not the best."""
        while found is not None and found.losing.any():
            kept = np.where(found.losing, 0.0, found.share)
            found = self._settled(self._try(self._legs.with_parents_only(kept)), until)
        return found

    def _settled(self, trial: Trial, until: float) -> Trial | None:
        """Give the blocks of a trial their best shares, and its products what they trade."""
        if self._is_settled_at_once:
            return trial
        return self._relax(until, trial.share[: self._units.blocks] > 0)

    def _learn(self, trial: Trial, choice: Choice | None = None) -> bool:
        """Tell the master what it does not know; return whether there was anything."""
        surplus = trial.result.surplus * self._hours
        unknown = (
            np.ones(len(surplus), bool)
            if choice is None
            else choice.surplus > surplus + MONEY_EPSILON
        )
        self._master.learn(trial.share, trial.result.prices, surplus, unknown)
        return bool(unknown.any())

    def _try(self, share: Floats) -> Trial:
        """Clear with a choice of blocks."""
        result = self._convex.clear(self._legs.injections(share))
        prices = result.prices
        surplus = self._legs.surplus(prices)
        losing = self._losing(share, surplus)
        if losing.any() or len(self._units.carriers):
            found = supporting_prices(self._auction, self._units, self._legs, share, result)
            if found is not None:
                prices = found
                surplus = self._legs.surplus(prices)
                losing = self._losing(share, surplus)
        cost = self._legs.cost_of(share)
        welfare = float(result.surplus @ self._hours) - cost
        return Trial(share, result, prices, surplus, losing, welfare)

    def _losing(self, share: Floats, surplus: Floats) -> NDArray[np.bool_]:
        """Return which accepted blocks lose, with what their accepted children earn."""
        family = self._legs.family_surplus(share, surplus)
        is_block = np.arange(len(share)) < self._units.blocks
        return is_block & (share > 0) & (family < -MONEY_EPSILON)
