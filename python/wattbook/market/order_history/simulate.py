"""A book of zero intelligence: orders come, match and go by rates alone.

In the manner of Smith, Farmer, Gillemot and Krishnamurthy (2003), Statistical theory of the
continuous double auction; distances count from the best price of the other side as in Cont, Stoikov
and Talreja (2010). What differs: rates change with time to gate, and volumes are drawn from those
seen. Events are drawn by Gillespie's direct method; a bin's end draws anew, which changes nothing
because waiting times have no memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from wattbook.errors import InputError
from wattbook.market.order_history.history import ACTION_TYPES, Contract
from wattbook.market.order_history.matching import BUY, SELL, Action, MatchingBook

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.market.order_history.rates import BookRates

__all__ = ["simulate"]

HOUR = 3_600 * 10**9
FAR = 2_000_000
"""Ticks beyond EPEX's price limits (±9,999 EUR/MWh), so that a market order takes what there is."""


def simulate(
    rates: BookRates,
    *,
    delivery_start: int,
    delivery_end: int,
    begin: int,
    bid: int,
    ask: int,
    seed: int,
    end: int | None = None,
) -> Contract:
    """Return a contract whose orders come and go by `rates`.

    Parameters
    ----------
    rates : BookRates
        Of a fit, or made up.
    delivery_start, delivery_end, begin : int
        Delivery period and first instant, ns UTC. Trading ends at the gate of the grid.
    bid, ask : int
        Prices of one order on each side with which the book begins, ticks.
    seed : int
        The same seed gives the same actions.
    end : int, optional
        Last instant, ns UTC, if that is before the gate.

    Raises
    ------
    InputError
        If `begin` is not before the end, or `bid` not below `ask`.
    """
    gate = rates.grid.gate(delivery_start)
    last = gate if end is None else min(end, gate)
    if begin >= last:
        message = (
            f"begin at {begin} ns is not before the end at {last} ns, which is the gate or the end "
            "asked for; begin earlier"
        )
        raise InputError(message)
    if bid >= ask:
        raise InputError(f"bid {bid} is not below ask {ask} ticks; swap them")
    crowd = Crowd(rates, np.random.default_rng(seed), bid, ask)
    crowd.open(begin)
    for k in reversed(range(rates.grid.bins)):
        low, high = rates.grid.bounds(delivery_start)[k].tolist()
        if max(low, begin) < min(high, last):
            crowd.trade(k, max(low, begin), min(high, last))
    frame = pl.DataFrame(
        [(one.ts, one.order, None, *one[2:]) for one in crowd.actions],
        schema=ACTION_TYPES,
        orient="row",
    )
    return Contract(delivery_start, delivery_end, frame)


class Crowd:
    """All who trade without thinking, and their book."""

    def __init__(self, rates: BookRates, rng: np.random.Generator, bid: int, ask: int) -> None:
        self.rates = rates
        self.rng = rng
        self.book = MatchingBook()
        self.known = {BUY: bid, SELL: ask}
        self.actions: list[Action] = []
        # Orders of each side in any order, so that one is drawn and taken out in constant time.
        self.resting: dict[int, list[int]] = {BUY: [], SELL: []}
        self.places: dict[int, int] = {}
        self.orders = 0
        self.ts = 0

    def open(self, ts: int) -> None:
        """Begin with an order on each side."""
        self.ts = ts
        for side in (BUY, SELL):
            self.enter(ts, side, self.known[side], 1)

    def trade(self, k: int, begin: int, end: int) -> None:
        """Let time pass in bin `k`."""
        limit, market = self.rates.limit[k], self.rates.market[k]
        limits = limit.sum(axis=1)
        now = float(begin)
        while True:
            cancels = [
                self.rates.cancel[k, side - BUY] * len(self.resting[side]) for side in (BUY, SELL)
            ]
            markets = [
                market[side - BUY] if self.resting[BUY + SELL - side] else 0.0
                for side in (BUY, SELL)
            ]
            weights = np.cumsum([*limits, *markets, *cancels])
            if weights[-1] <= 0:
                return
            now += self.rng.exponential(HOUR / weights[-1])
            if now > end:
                return
            ts = max(self.ts + 1, round(now))
            self.ts = ts
            kind, place = divmod(self.picked(weights), 2)
            if kind == 0:
                self.place_limit(ts, k, BUY + place)
            elif kind == 1:
                self.place_market(ts, k, BUY + place)
            else:
                self.cancel(ts, BUY + place)

    def picked(self, weights: NDArray[np.float64]) -> int:
        """Return a place, each as likely as its step in the running sum `weights`."""
        # Rounding may reach the sum itself, behind which nothing stands.
        share = min(self.rng.random() * weights[-1], np.nextafter(weights[-1], 0))
        return int(np.searchsorted(weights, share, side="right"))

    def drawn(self, lots: NDArray[np.int64]) -> int:
        """Return one of the volumes seen, one lot if none was."""
        return int(lots[self.rng.integers(lots.size)]) if lots.size else 1

    def place_limit(self, ts: int, k: int, side: int) -> None:
        """Place a limit order at a distance from the other side, even within its bin."""
        weights = np.cumsum(self.rates.limit[k, side - BUY])
        j = self.picked(weights)
        low, high = self.rates.grid.ticks[j : j + 2]
        distance = int(self.rng.integers(low + 1, high + 1))
        other = self.known[BUY + SELL - side]
        price = other - distance if side == BUY else other + distance
        self.enter(ts, side, price, self.drawn(self.rates.limit_lots[k]))

    def place_market(self, ts: int, k: int, side: int) -> None:
        """Take volume at any price; what is left does not rest."""
        order = self.enter(
            ts, side, FAR if side == BUY else -FAR, self.drawn(self.rates.market_lots[k])
        )
        if order in self.places:
            self.actions += self.book.remove(ts, order)
            self.forget(order, side)

    def cancel(self, ts: int, side: int) -> None:
        """Cancel an order, each with the same chance."""
        order = self.resting[side][self.rng.integers(len(self.resting[side]))]
        self.actions += self.book.remove(ts, order)
        self.forget(order, side)
        self.note(side)

    def enter(self, ts: int, side: int, price: int, lots: int) -> int:
        """Enter an order, forget those that it matched, and return its number."""
        self.orders += 1
        order = self.orders
        told = self.book.enter(ts, order, side, price, lots)
        self.actions += told
        for one in told:
            if one.code == "M" and one.order in self.places:
                self.forget(one.order, one.side)
        if order in self.book.orders:
            self.places[order] = len(self.resting[side])
            self.resting[side].append(order)
        # A market order that rests for no time sets no price.
        for each in (BUY, SELL):
            if abs(price) != FAR or each != side:
                self.note(each)
        return order

    def note(self, side: int) -> None:
        """Remember the best price of `side` if it has one."""
        best = self.book.best(side)
        if best is not None:
            self.known[side] = best

    def forget(self, order: int, side: int) -> None:
        """Take an order out of those that may be cancelled."""
        resting, place = self.resting[side], self.places.pop(order)
        moved = resting.pop()
        if moved != order:
            resting[place] = moved
            self.places[moved] = place
