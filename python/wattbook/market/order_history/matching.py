"""A small price-time matching book that tells every action on its orders."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from wattbook.errors import InputError

__all__ = ["BUY", "SELL", "Action", "MatchingBook"]

BUY, SELL = 1, 2
"""Sides, as `wattbook.market.L3Book` numbers them."""


class Action(NamedTuple):
    """One action on an order.

    ``code`` is one of EPEX's letters, prices are ticks, ``lots`` is what the order has open
    afterwards (what it came with for ``A``); ``ts`` is ns UTC.
    """

    ts: int
    order: int
    side: int
    code: str
    price: int
    lots: int


@dataclass(slots=True)
class Resting:
    """An order in the book."""

    side: int
    price: int
    lots: int


class MatchingBook:
    """Orders by price, then time; an order that reaches the other side trades at once.

    Python on purpose: it makes histories to try estimates on, and turns order lifetimes into
    actions. The books of live markets are `wattbook.market.L3Book`.

    Examples
    --------
    >>> book = MatchingBook()
    >>> _ = book.enter(0, order=1, side=SELL, price=5000, lots=10)
    >>> [(one.order, one.code, one.lots) for one in book.enter(1, 2, BUY, 5010, 4)]
    [(2, 'A', 4), (1, 'P', 6), (2, 'M', 0)]
    >>> book.best(SELL)
    5000
    """

    def __init__(self) -> None:
        self.orders: dict[int, Resting] = {}
        # Heaps hold prices that come first as the least number, and may hold prices long empty.
        self._heaps: dict[int, list[int]] = {BUY: [], SELL: []}
        self._queues: dict[tuple[int, int], deque[int]] = {}

    def best(self, side: int) -> int | None:
        """Return the best price of `side`, None if it has no order."""
        heap = self._heaps[side]
        while heap:
            price = -heap[0] if side == BUY else heap[0]
            queue = self._queues[side, price]
            while queue and not self._stands(queue[0], side, price):
                queue.popleft()
            if queue:
                return price
            heapq.heappop(heap)
            del self._queues[side, price]
        return None

    def _stands(self, order: int, side: int, price: int) -> bool:
        found = self.orders.get(order)
        return found is not None and found.side == side and found.price == price

    def enter(self, ts: int, order: int, side: int, price: int, lots: int) -> list[Action]:
        """Take an order in, match it as far as its price goes, and return the actions.

        Raises
        ------
        InputError
            If the number is one of an order in the book, or there is no volume.
        """
        if order in self.orders or lots < 1:
            raise InputError(f"order {order} of {lots} lots; give a new number and 1 lot or more")
        told = [Action(ts, order, side, "A", price, lots)]
        other = BUY + SELL - side
        while lots:
            best = self.best(other)
            if best is None or (best > price if side == BUY else best < price):
                break
            number = self._queues[other, best][0]
            resting = self.orders[number]
            matched = min(lots, resting.lots)
            lots -= matched
            resting.lots -= matched
            if not resting.lots:
                del self.orders[number]
            code = "P" if resting.lots else "M"
            told.append(Action(ts, number, other, code, best, resting.lots))
        if len(told) > 1:
            told.append(Action(ts, order, side, "P" if lots else "M", price, lots))
        if lots:
            self._rest(order, Resting(side, price, lots))
        return told

    def _rest(self, order: int, resting: Resting) -> None:
        self.orders[order] = resting
        place = resting.side, resting.price
        if place not in self._queues:
            self._queues[place] = deque()
            key = -resting.price if resting.side == BUY else resting.price
            heapq.heappush(self._heaps[resting.side], key)
        self._queues[place].append(order)

    def remove(self, ts: int, order: int, code: str = "D") -> list[Action]:
        """Take an order out and return the action; none if it is not in the book."""
        found = self.orders.pop(order, None)
        if found is None:
            return []
        return [Action(ts, order, found.side, code, found.price, found.lots)]

    def depth(self, side: int, within: int) -> int:
        """Return the lots of `side` at most `within` ticks behind its best price."""
        best = self.best(side)
        return sum(
            one.lots
            for one in self.orders.values()
            if one.side == side and best is not None and abs(one.price - best) <= within
        )
