"""A battery on the continuous market: other programmes wherever quotes pay for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook._core import StrategyContext
from wattbook.strategy.bidder import NOMINATES_BEFORE_NS, send_linked
from wattbook.strategy.programmes import CLOSED_EUR_MWH, HAIR, Store, fitted

__all__ = ["BatteryBooks", "BookBattery", "quotes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MINUTE_NS = 60 * 10**9
WAKES_BEFORE_NS = 22 * MINUTE_NS
EVERY = 2
"""It looks at its books once in so many periods."""
MARGIN_EUR_MWH = 0.5
"""Each traded megawatt-hour must earn so much more than fees and wear: quotes may be gone."""
GAIN_LEAST_EUR = 5.0
LEGS_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryBooks:
    """A battery and the continuous contracts that it may trade.

    Parameters
    ----------
    store : Store
        The battery as it is planned with.
    books : sequence of int
        The continuous contract of each period.
    gates : ndarray of shape (n_periods,)
        When each closes, ns UTC.
    delivery_start : ndarray of shape (n_periods,)
        ns UTC.
    fee : float, EUR/MWh
        Of what is taken from the book.
    """

    store: Store
    books: Sequence[int]
    gates: Ints
    delivery_start: Ints
    fee: float

    @property
    def ends(self) -> Ints:
        """Until when each is traded, ns UTC: later orders may miss the gate, or the nomination."""
        ends: Ints = np.minimum(self.gates, self.delivery_start - NOMINATES_BEFORE_NS) - MINUTE_NS
        return ends


@dataclass(slots=True, kw_only=True)
class BookBattery:
    """Trades from its position to a programme that earns more at the best prices, all or nothing.

    What it trades at an instant is one set of linked orders: the venue fills all of them in whole
    or none, so the cells bear the position whatever comes of it.

    Parameters
    ----------
    where : BatteryBooks
        What it trades.
    """

    where: BatteryBooks
    _next: int = field(init=False, default=0)
    _sets: int = field(init=False, default=0)

    @property
    def wakes(self) -> Ints:
        """When it looks at its books, ns UTC."""
        return self.where.delivery_start[::EVERY] - WAKES_BEFORE_NS

    def is_due(self, ts: int) -> bool:
        """Return whether it is time to trade; each time once."""
        first, wakes = self._next, self.wakes
        while self._next < wakes.size and wakes[self._next] <= ts:
            self._next += 1
        return self._next > first

    def trade(self, context: StrategyContext, ts: int, sold: Floats) -> None:
        """Trade to a better programme than `sold`, what is sold less bought by period, MW."""
        where, store = self.where, self.where.store
        if any(abs(context.working(book)) > 0 for book in where.books):
            return
        bid, ask, room = quotes(context, where.books, where.ends > ts)
        cost = where.fee + MARGIN_EUR_MWH
        is_quoted = room.min(axis=0) > 0
        if not is_quoted.any():
            return
        wanted = np.where(is_quoted, store.best(sold, bid - cost, ask + cost), 0.0)
        # No more than the best prices hold, in the proportions of the plan.
        size = np.where(wanted > 0, room[0], room[1])
        moves = np.abs(wanted) > HAIR
        if not moves.any():
            return
        share = min(float((size[moves] / np.abs(wanted[moves])).min()), 1.0)
        trade = fitted(store, sold, share * wanted)
        if trade is None or trade[~is_quoted].any() or (np.abs(trade) > size + HAIR).any():
            return
        price = np.where(trade > 0, bid - where.fee, ask + where.fee)
        wear = store.discharged(sold + trade) - store.discharged(sold)
        gain = float((trade * price).sum()) * store.hours - wear * store.wear_cost
        legs = np.flatnonzero(trade).tolist()
        if gain < GAIN_LEAST_EUR or not 1 <= len(legs) <= LEGS_MOST:
            return
        self._sets += 1
        best = np.where(trade > 0, bid, ask)
        send_linked(
            context,
            self._sets,
            [
                (where.books[at], float(trade[at]), float(best[at]), int(where.delivery_start[at]))
                for at in legs
            ],
        )


def quotes(
    context: StrategyContext, books: Sequence[int], is_open: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    """Return best bid and ask of each period, and their volumes; no volume where nothing trades.

    Returns
    -------
    tuple of ndarray of shape (n_periods,), (n_periods,) and (2, n_periods)
    """
    bid, ask = np.full(len(books), -CLOSED_EUR_MWH), np.full(len(books), CLOSED_EUR_MWH)
    room = np.zeros((2, len(books)))
    for period in np.flatnonzero(is_open).tolist():
        best_bid, best_ask = context.best_bid(books[period]), context.best_ask(books[period])
        if best_bid is None or best_ask is None or best_bid[0] > best_ask[0]:
            continue
        bid[period], room[0, period] = best_bid
        ask[period], room[1, period] = best_ask
    return bid, ask, room
