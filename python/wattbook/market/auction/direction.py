"""Which way power flows over a link that loses some: one way at a time.

With losses and a negative price it would pay to send power both ways at once, only to lose it. A
clearing that does so bounds the welfare of both directions; the search branches on the link, the
most promising branch first, until a clearing that keeps to one way is proved best (Land and Doig
1960, *An automatic method of solving discrete programming problems*).
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from wattbook.errors import InputError
from wattbook.market.auction.network import FlowBased
from wattbook.market.auction.orders import Auction
from wattbook.market.auction.outcome import Clearing

__all__ = ["BothWays", "Found", "decide"]

MONEY_EPSILON = 1e-4
Ways = Mapping[tuple[int, int], bool]
"""By period and link: whether power flows from the first zone to the second, or back."""


@dataclass(frozen=True, slots=True)
class BothWays:
    """A link that carries power both ways in a period.

    Parameters
    ----------
    period, link : int
        Which.
    forth, back : float, MW
        What goes each way, with what flowed before.
    """

    period: int
    link: int
    forth: float
    back: float


@dataclass(frozen=True, slots=True)
class Found:
    """A clearing, and where it sends power both ways.

    Parameters
    ----------
    clearing : Clearing
        The result where it keeps to one way everywhere; else a bound.
    both_ways : tuple of BothWays
        Where it does not.
    """

    clearing: Clearing
    both_ways: tuple[BothWays, ...]


Solve = Callable[[Auction], Found]


def decide(auction: Auction, first: Found, solve: Solve, until: float) -> Clearing:
    """Return the best clearing in which every link carries one way at a time.

    Parameters
    ----------
    auction : Auction
        What is cleared.
    first : Found
        Its clearing with both ways allowed.
    solve : callable
        Clears an auction.
    until : float
        On the clock of ``time.perf_counter``: then the best so far is returned, with its gap.
    """
    if not first.both_ways:
        return first.clearing
    if not is_separable(auction):
        return branch(auction, first, solve, until)[0]
    # Nothing ties the periods, so each is decided on its own.
    ways: dict[tuple[int, int], bool] = {}
    gap = 0.0
    for period in sorted({one.period for one in first.both_ways}):
        part = only(auction, period)
        cleared, chosen = branch(part, solve(part), solve, until)
        gap += 0.0 if cleared.is_complete else cleared.gap
        ways |= {(period, link): is_forth for (_, link), is_forth in chosen.items()}
    held = with_ways(auction, ways)
    # Another of several best clearings may send power both ways elsewhere: that is branched on too.
    cleared = branch(held, solve(held), solve, until)[0]
    is_proved = cleared.is_complete and gap <= 0.0
    return (
        cleared
        if is_proved
        else replace(cleared, is_complete=False, bound=max(cleared.bound, cleared.welfare) + gap)
    )


def is_separable(auction: Auction) -> bool:
    """Return whether no block, complex order, product or ramp ties periods of an auction."""
    return not (
        len(auction.blocks)
        or len(auction.complex_orders)
        or auction.covers
        or not np.isnan(auction.network.ramp).all()
    )


def only(auction: Auction, period: int) -> Auction:
    """Return one period of an auction whose periods nothing ties."""
    network, hourly = auction.network, auction.hourly
    at, kept = slice(period, period + 1), hourly.period == period
    limits = auction.flow_based
    if limits is not None:
        held = limits.period == period
        limits = FlowBased(
            limits.period[held] - period, limits.ptdf[held], limits.low[held], limits.high[held]
        )
    return replace(
        auction,
        network=replace(
            network,
            flow_min=network.flow_min[at],
            flow_max=network.flow_max[at],
            hours=network.hours[at],
            flow_before=network.flow_before[at],
        ),
        hourly=replace(
            hourly,
            period=np.zeros(int(kept.sum()), np.int64),
            zone=hourly.zone[kept],
            is_demand=hourly.is_demand[kept],
            price_start=hourly.price_start[kept],
            price_end=hourly.price_end[kept],
            volume=hourly.volume[kept],
            is_virtual=hourly.is_virtual[kept],
        ),
        injections=auction.injections[at],
        flow_based=limits,
    )


def with_ways(auction: Auction, ways: Ways) -> Auction:
    """Return an auction in which some links carry one way only, with what flowed before."""
    network = auction.network
    low, high = network.flow_min.copy(), network.flow_max.copy()
    for (period, link), is_forth in ways.items():
        before = network.flow_before[period, link]
        if is_forth:
            low[period, link] = max(low[period, link], -before)
        else:
            high[period, link] = min(high[period, link], -before)
    return replace(auction, network=replace(network, flow_min=low, flow_max=high))


def branch(
    auction: Auction, first: Found, solve: Solve, until: float
) -> tuple[Clearing, dict[tuple[int, int], bool]]:
    """Return the best clearing with one way a link, and the ways that it needed fixed."""
    best, ways = dive(auction, first, solve)
    number = count()
    heap: list[tuple[float, int, dict[tuple[int, int], bool], Found]] = []
    if first.both_ways:
        heap.append((-first.clearing.bound, next(number), {}, first))
    while heap and time.perf_counter() < until:
        bound, _, held, found = heap[0]
        if best is not None and -bound <= best.welfare + MONEY_EPSILON:
            break
        heapq.heappop(heap)
        wide = max(found.both_ways, key=lambda one: (min(one.forth, one.back), -one.period))
        for is_forth in (True, False):
            tried = {**held, (wide.period, wide.link): is_forth}
            child = solved(auction, tried, solve)
            if child is None:
                continue
            if child.both_ways:
                # A branch is never better than what it came from.
                most = min(-bound, child.clearing.bound)
                heapq.heappush(heap, (-most, next(number), tried, child))
            elif best is None or child.clearing.welfare > best.welfare:
                best, ways = child.clearing, tried
    if best is None:
        raise InputError(
            "no time was left to decide which way power flows over a link with losses; allow more"
        )
    bound = max(best.welfare, -heap[0][0]) if heap else best.welfare
    is_proved = bound <= best.welfare + MONEY_EPSILON
    if not is_proved:
        best = replace(best, bound=max(bound, best.bound), is_complete=False)
    return best, ways


def dive(
    auction: Auction, first: Found, solve: Solve
) -> tuple[Clearing | None, dict[tuple[int, int], bool]]:
    """Return a clearing in which what flowed both ways goes the way of the greater flow."""
    ways: dict[tuple[int, int], bool] = {}
    found: Found | None = first
    while found is not None and found.both_ways:
        ways |= {(one.period, one.link): one.forth >= one.back for one in found.both_ways}
        found = solved(auction, ways, solve)
    return (None if found is None else found.clearing), ways


def solved(auction: Auction, ways: Ways, solve: Solve) -> Found | None:
    """Return the clearing with some ways fixed; None where the limits leave nothing."""
    try:
        return solve(with_ways(auction, ways))
    except InputError:
        return None
