"""A thermal plant: bids its runs, changes them in later auctions, and trades around them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook._core import StrategyContext
from wattbook.strategy.bidder import Block, BlockBidder, send_linked
from wattbook.strategy.book_battery import GAIN_LEAST_EUR, LEGS_MOST, MARGIN_EUR_MWH, quotes
from wattbook.strategy.programmes import forecasts
from wattbook.strategy.runs import Plant, better, blocks_of, changes
from wattbook.strategy.wind import MINUTE_NS

__all__ = ["PlantTrader"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WAKES_BEFORE_NS = 24 * MINUTE_NS
EVERY = 2
LEVELS_EUR_MWH = (-30.0, -15.0, 15.0, 30.0, 45.0, 60.0)
"""By so much the whole day may come out cheaper or dearer than the day before."""


@dataclass(slots=True, kw_only=True)
class PlantTrader:
    """Sells the runs that earn most, and buys back what others produce for less than it does.

    Parameters
    ----------
    bidder : BlockBidder
        Its auctions and contracts.
    plant : Plant
        What runs.
    expected : ndarray of shape (n_periods,), EUR/MWh
        Prices of the day before.
    gates : ndarray of shape (n_periods,)
        When each continuous contract closes, ns UTC; not used without contracts.
    fee : float, EUR/MWh
        Of what is taken from the book.
    """

    bidder: BlockBidder
    plant: Plant
    expected: Floats
    gates: Ints
    fee: float
    _next: int = field(init=False, default=0)
    _sets: int = field(init=False, default=0)

    @property
    def wakes(self) -> Ints:
        """When it looks at its contracts, ns UTC."""
        return self.bidder.delivery_start[::EVERY] - WAKES_BEFORE_NS

    @property
    def alarms(self) -> Ints:
        """When it wants to be told the time, ns UTC."""
        wakes = self.wakes if self.bidder.books else np.zeros(0, np.int64)
        return np.unique(np.append(self.bidder.alarms, wakes))

    def on_start(self, context: StrategyContext) -> None:
        """Keep the context."""
        self.bidder.context = context

    def on_reference_price(self, instrument: int, _kind: object, price: float) -> None:
        """Remember the newest auction price of a period."""
        self.bidder.see(instrument, price)

    def on_time(self, ts: int) -> None:
        """Offer once in each auction; trade; nominate each period before it begins."""
        bidder = self.bidder
        for number in bidder.due(ts):
            bidder.offer(number, self._again(number) if number else self._first())
        first, wakes = self._next, self.wakes
        while self._next < wakes.size and wakes[self._next] <= ts:
            self._next += 1
        if self._next > first and bidder.books:
            self._trade(ts)
        bidder.nominate(ts)

    def _first(self) -> list[Block]:
        """Return the runs of the day as families of blocks."""
        levels = [self.expected + level for level in LEVELS_EUR_MWH]
        ways = [*forecasts(self.expected), *levels]
        return blocks_of(self.plant, ways, self.bidder.biddings[0].limits)

    def _again(self, number: int) -> list[Block]:
        """Return other runs from the position on, at the newest prices."""
        bidder = self.bidder
        ways = forecasts(np.nan_to_num(bidder.price))
        limits = bidder.biddings[number].limits
        return changes(self.plant, bidder.programme(), ways, bidder.open_periods(number), limits)

    def _trade(self, ts: int) -> None:
        """Trade power above the least where the quotes pay for it, all or nothing."""
        bidder, plant = self.bidder, self.plant
        context, books, sold = bidder.context, bidder.books, bidder.programme()
        if any(abs(context.working(book)) > 0 for book in books) or plant.broken(sold):
            return
        bid, ask, room = quotes(context, books, self.gates - MINUTE_NS > ts)
        trade = better(plant, sold, bid, ask, room, self.fee + MARGIN_EUR_MWH)
        legs = np.flatnonzero(trade).tolist()
        best = np.where(trade > 0, bid, ask)
        paid = float((trade * best).sum() - np.abs(trade).sum() * self.fee) * plant.hours
        gain = paid - (plant.cost(sold + trade) - plant.cost(sold))
        if gain < GAIN_LEAST_EUR or not 1 <= len(legs) <= LEGS_MOST or plant.broken(sold + trade):
            return
        self._sets += 1
        starts = bidder.delivery_start
        send_linked(
            context,
            self._sets,
            [(books[at], float(trade[at]), float(best[at]), int(starts[at])) for at in legs],
        )
