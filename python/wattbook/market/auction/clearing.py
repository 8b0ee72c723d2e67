"""Clears an auction: which blocks, at which prices, with which flows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from wattbook.errors import InputError
from wattbook.market.auction.conflict import find_conflict
from wattbook.market.auction.direction import Found, decide
from wattbook.market.auction.orders import Auction
from wattbook.market.auction.outcome import Clearing, Status
from wattbook.market.auction.search import MONEY_EPSILON, Search, Trial

__all__ = ["clear"]


NONE_SECONDS = 60.0
"""How long it may take, after the time is over, to clear without any block."""


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
    lose what its accepted children earn. A link with losses carries power one way at a time
    (`wattbook.market.auction.direction`).

    Parameters
    ----------
    auction : Auction
        What is cleared.
    seconds_max : float
        After this long, the best choice so far is returned, with its gap; that of no block and no
        complex order, if none was found, for which up to a minute more is taken.
    watch : callable, optional
        Called with the best welfare so far (minus infinity before there is any) and the bound.

    Raises
    ------
    InputError
        If some zones cannot be balanced at any price, or the time was too short for any choice.
    """
    if not seconds_max >= 0:
        raise InputError(f"a search of {seconds_max} s: give seconds_max from 0")
    begun = time.perf_counter()
    until = begun + seconds_max
    first = found(auction, until, watch or (lambda _best, _bound: None))
    cleared = decide(
        auction, first, lambda other: found(other, until, lambda _best, _bound: None), until
    )
    return replace(cleared, seconds=time.perf_counter() - begun)


def found(auction: Auction, until: float, watch: Callable[[float, float], None]) -> Found:
    """Return the best clearing if links with losses may carry power both ways, and where they do.

    Raises
    ------
    InputError
        As `clear`.
    """
    begun = time.perf_counter()
    search = Search(auction)
    try:
        complete = search.run(until, watch)
        if search.best is None and search.beyond is None:
            search.take_none(time.perf_counter() + NONE_SECONDS)
    except InputError:
        explain(auction)
        raise
    best = search.best
    if best is None:
        explain(auction)
        if search.beyond is not None:
            period, zone = search.beyond
            low, high = auction.price_limits
            raise InputError(
                f"zone {auction.network.zones[zone]}, period {period}: no price from {low} to "
                f"{high} balances what must be traded; offer curtailable volume"
            )
        raise InputError(
            f"no choice of blocks without losses within {until - begun:.3g} s; allow more time"
        )
    cleared = result(auction, search, best, begun, complete=complete)
    return Found(cleared, search.both_ways(best.share))


def explain(auction: Auction) -> None:
    """Say which zones and limits contradict, if it is that they cannot be balanced.

    Raises
    ------
    InputError
        If there are any.
    """
    conflict = find_conflict(auction)
    if conflict is not None:
        raise InputError(conflict.sentence(auction)) from None


def result(
    auction: Auction, search: Search, best: Trial, begun: float, *, complete: bool
) -> Clearing:
    """Return what a search found."""
    blocks = len(auction.blocks)
    share, surplus = best.share[:blocks], best.surplus[:blocks]
    margin = search.conditions.margin(best.taken, best.share, best.prices)
    for order in np.flatnonzero(best.taken < 0.5):
        margin[order] = search.conditions.best_margin(int(order), best.prices)
    return Clearing(
        prices=best.prices,
        prices_min=best.result.prices_min,
        prices_max=best.result.prices_max,
        net_positions=best.result.net_positions - search.carried(best.share),
        flows=best.result.flows + search.carried_flows(best.share),
        exports=search.exports(best.share),
        acceptance=share,
        surplus=surplus,
        statuses=tuple(map(status, share, surplus)),
        complex_power=search.conditions.power(best.share),
        complex_margin=margin,
        complex_statuses=tuple(map(status, best.taken, margin)),
        welfare=best.welfare,
        bound=best.welfare if complete else max(search.bound, best.welfare),
        is_complete=complete,
        seconds=time.perf_counter() - begun,
    )


def status(share: float, surplus: float) -> Status:
    """Return what became of a block or complex order."""
    if share > 0:
        return Status.ACCEPTED
    return Status.PARADOXICALLY_REJECTED if surplus > MONEY_EPSILON else Status.REJECTED
