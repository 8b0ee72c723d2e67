"""What every asset does that bids blocks: offer, know what it has sold, nominate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook._core import StrategyContext
from wattbook.domain import Conditions
from wattbook.strategy.wind import MINUTE_NS, SURE, Bidding

__all__ = ["Block", "BlockBidder", "send_linked"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOMINATES_BEFORE_NS = 7 * MINUTE_NS


@dataclass(frozen=True, slots=True)
class Block:
    """What is taken whole or not at all.

    Parameters
    ----------
    power : sequence of (int, float)
        Power by period, MW; above zero is sold, below zero bought.
    limit : float, EUR/MWh
        A block earns the sum of volume x hours x (price - limit).
    parent : int or None, optional
        Place among the blocks offered together of the one that it needs.
    is_exclusive : bool, optional
        Whether one at most is taken of those with this set.
    """

    power: Sequence[tuple[int, float]]
    limit: float
    parent: int | None = None
    is_exclusive: bool = True


@dataclass(slots=True, kw_only=True)
class BlockBidder:
    """Offers blocks into auctions, adds up what is sold of each period, and nominates it.

    Parameters
    ----------
    biddings : sequence of Bidding
        Auctions, in order of their gates; the first one sells every period.
    delivery_start : ndarray of shape (n_periods,)
        ns UTC.
    books : sequence of int, optional
        The continuous contract of each period; empty without any.
    """

    biddings: Sequence[Bidding]
    delivery_start: Ints
    books: Sequence[int] = ()
    context: StrategyContext = field(init=False, repr=False)
    price: Floats = field(init=False, repr=False)
    """Newest auction price of each period, EUR/MWh; NaN before the first."""
    _instruments: list[list[int]] = field(init=False)
    _period: dict[int, int] = field(init=False, default_factory=dict)
    _book_period: dict[int, int] = field(init=False, default_factory=dict)
    _nominated: list[float] = field(init=False, default_factory=list)
    _next: int = field(init=False, default=0)
    _next_bid: int = field(init=False, default=0)
    _blocks: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Work out which instruments deliver when."""
        self._instruments = [[] for _ in range(self.delivery_start.size)]
        self.price = np.full(self.delivery_start.size, np.nan)
        for bidding in self.biddings:
            for period, instrument in zip(bidding.periods, bidding.instruments, strict=True):
                self._instruments[period].append(instrument)
                self._period[instrument] = period
        for period, book in enumerate(self.books):
            self._instruments[period].append(book)
            self._book_period[book] = period

    @property
    def alarms(self) -> Ints:
        """When it wants to be told the time, ns UTC."""
        times = [bidding.offer_at for bidding in self.biddings]
        return np.append(np.array(times, np.int64), self.delivery_start - NOMINATES_BEFORE_NS)

    @property
    def auctions(self) -> list[list[int]]:
        """Instruments of auctions that deliver in each period."""
        return [
            [number for number in numbers if number in self._period]
            for numbers in self._instruments
        ]

    def see(self, instrument: int, price: float) -> None:
        """Remember the newest auction price of a period."""
        period = self._period.get(instrument)
        if period is not None:
            self.price[period] = price

    def period_of(self, instrument: int) -> int | None:
        """Return the period that a contract of an auction or of the continuous market delivers."""
        period = self._period.get(instrument)
        return self._book_period.get(instrument) if period is None else period

    def sold(self, period: int) -> float:
        """Return what is sold of a period less what is bought, MW; as nominated from then on.

        A period that is settled leaves the position, and the cells remember it all the same.
        """
        return self._nominated[period] if period < self._next else self.held(period)

    def held(self, period: int) -> float:
        """Return what is sold of a period less what is bought and not settled yet, MW."""
        held = sum(self.context.position(number) for number in self._instruments[period])
        return round(-held, 6) + 0.0

    def programme(self) -> Floats:
        """Return what is sold of every period less what is bought, MW."""
        return np.array([self.sold(period) for period in range(self.delivery_start.size)])

    def due(self, ts: int) -> list[int]:
        """Return the auctions to bid into by now, each once, by number."""
        first = self._next_bid
        while self._next_bid < len(self.biddings) and ts >= self.biddings[self._next_bid].offer_at:
            self._next_bid += 1
        return list(range(first, self._next_bid))

    def open_periods(self, number: int) -> NDArray[np.bool_]:
        """Return which periods a later auction sells at prices that are known."""
        is_open = np.zeros(self.delivery_start.size, np.bool_)
        is_open[list(self.biddings[number].periods)] = True
        return is_open & ~np.isnan(self.price)

    def nominate(self, ts: int) -> None:
        """State what will be delivered of each period that is about to begin: what is sold."""
        starts, instruments = self.delivery_start, self.biddings[0].instruments
        while self._next < starts.size and starts[self._next] - NOMINATES_BEFORE_NS <= ts:
            sold = self.sold(self._next)
            self.context.submit_schedule(instruments[self._next], sold)
            self._nominated.append(sold)
            self._next += 1

    def offer(self, number: int, blocks: Sequence[Block]) -> None:
        """Offer blocks into an auction; those that are exclusive make one group."""
        bidding = self.biddings[number]
        instrument_of = dict(zip(bidding.periods, bidding.instruments, strict=True))
        signals: dict[int, int] = {}
        first = self._blocks + 1
        self._blocks += len(blocks)
        for place, block in enumerate(blocks):
            for period, power in block.power:
                instrument = instrument_of[period]
                if period not in signals:
                    # The auction chooses: an asset states no view, only what it would accept.
                    signals[period] = self.context.record_signal(
                        instrument, "flat", SURE, block.limit, bidding.valid_until
                    )
                self.context.submit_offer(
                    instrument,
                    "sell" if power > 0 else "buy",
                    block.limit,
                    round(abs(power), 6),
                    signal=signals[period],
                    block=first + place,
                    block_legs=len(block.power),
                    parent_block=None if block.parent is None else first + block.parent,
                    exclusive_group=number + 1 if block.is_exclusive else None,
                )


def send_linked(
    context: StrategyContext,
    number: int,
    legs: Sequence[tuple[int, float, float, int]],
) -> list[int]:
    """Send orders of which all are filled in whole or none; return their numbers.

    Parameters
    ----------
    context : StrategyContext
        Of the strategy.
    number : int
        Of the set; the strategy's own.
    legs : sequence of (int, float, float, int)
        Contract, power (MW, above zero is sold), price, and until when the signal holds, ns UTC.
    """
    linked = Conditions(linked=number, linked_orders=len(legs)) if len(legs) > 1 else None
    sent = []
    for book, power, price, until in legs:
        way = "fall" if power > 0 else "rise"
        signal = context.record_signal(book, way, SURE, price, until)
        order = context.submit(
            book,
            "sell" if power > 0 else "buy",
            price,
            round(abs(power), 6),
            time_in_force="fill_or_kill",
            signal=signal,
            conditions=linked,
        )
        sent.append(order)
    return sent
