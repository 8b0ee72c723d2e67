"""A wind or solar farm that sells its forecast in auctions and trades what changes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook._core import StrategyContext

__all__ = ["Bidding", "WindTrader"]

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
MINUTE_NS = 60 * 10**9
TRADES_BEFORE_NS = (45 * MINUTE_NS, 30 * MINUTE_NS, 15 * MINUTE_NS, 7 * MINUTE_NS)
"""How long before delivery what the forecast has changed by is traded; the last one nominates."""
BUY_MARGIN = 50.0
"""What has been sold is bought back in an auction for so much more than its last price, EUR/MWh."""
SURE = 1.0


@dataclass(frozen=True, slots=True)
class Bidding:
    """An auction as a strategy meets it.

    Parameters
    ----------
    offer_at : int
        When to offer, ns UTC: before the gate.
    valid_until : int
        Its gate, ns UTC.
    periods : sequence of int
        Delivery periods that it sells, numbers from 0.
    instruments : sequence of int
        Their instruments.
    limits : pair of float
        Lowest and highest price that it takes, EUR/MWh.
    """

    offer_at: int
    valid_until: int
    periods: Sequence[int]
    instruments: Sequence[int]
    limits: tuple[float, float]


@dataclass(slots=True, kw_only=True)
class WindTrader:
    """Sells expected power at its marginal cost and keeps what is sold at the newest forecast.

    With an `update_share` below 1 it goes only that share of the way from the forecast of the first
    auction to the newest, and leaves the rest to the imbalance.

    In the first auction it offers its forecast, in the later ones and on the continuous market
    what the forecast has changed by. Seven minutes before delivery it nominates; where nothing is
    sold and nobody pays its cost, it nominates zero and is switched off.

    Parameters
    ----------
    published : ndarray of shape (n_updates,)
        When each forecast is known, ns UTC, ascending.
    forecast : ndarray of shape (n_updates, n_periods), MW
        Expected power.
    delivery_start : ndarray of shape (n_periods,)
        ns UTC.
    biddings : sequence of Bidding
        Auctions in order of their gates.
    books : sequence of int
        The continuous contract of each period; empty without any.
    marginal_cost : float, EUR/MWh
        What a produced megawatt-hour costs; below zero with a subsidy.
    lot : float, MW
        Smallest step of volumes.
    update_share : float in [0, 1], optional
        How much of what the forecast has changed by since the first auction is traded.
    """

    published: Numbers
    forecast: Floats
    delivery_start: Numbers
    biddings: Sequence[Bidding]
    books: Sequence[int]
    marginal_cost: float
    lot: float = 0.1
    update_share: float = 1.0
    context: StrategyContext = field(init=False, repr=False)
    _wakes: list[tuple[int, int, int]] = field(init=False, default_factory=list)
    _next: int = field(init=False, default=0)
    _instruments: list[list[int]] = field(init=False, default_factory=list)
    _period: dict[int, int] = field(init=False, default_factory=dict)
    _price: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out when to act, and which instruments deliver when."""
        count = self.delivery_start.size
        self._instruments = [[] for _ in range(count)]
        self._price = np.full(count, np.nan)
        for number, bidding in enumerate(self.biddings):
            self._wakes.append((bidding.offer_at, 0, number))
            for period, instrument in zip(bidding.periods, bidding.instruments, strict=True):
                self._instruments[period].append(instrument)
                self._period[instrument] = period
        for period, book in enumerate(self.books):
            self._instruments[period].append(book)
        for period, start in enumerate(self.delivery_start.tolist()):
            if self.books:
                self._wakes += [(start - before, 1, period) for before in TRADES_BEFORE_NS]
            self._wakes.append((start - TRADES_BEFORE_NS[-1], 2, period))
        self._wakes.sort()

    @property
    def alarms(self) -> Numbers:
        """When it wants to be told the time, ns UTC."""
        return np.array(sorted({at for at, _, _ in self._wakes}), np.int64)

    def on_start(self, context: StrategyContext) -> None:
        """Keep the context."""
        self.context = context

    def on_reference_price(self, instrument: int, _kind: object, price: float) -> None:
        """Remember the newest auction price of a period."""
        period = self._period.get(instrument)
        if period is not None:
            self._price[period] = price

    def on_time(self, ts: int) -> None:
        """Do what is due."""
        while self._next < len(self._wakes) and self._wakes[self._next][0] <= ts:
            _, kind, number = self._wakes[self._next]
            self._next += 1
            if kind == 0:
                self._bid(self.biddings[number], ts)
            elif kind == 1:
                self._trade(number, ts)
            else:
                self._nominate(number, ts)

    def _expected(self, period: int, ts: int) -> float:
        """Return the newest forecast known at `ts`, MW in whole lots."""
        place = int(np.searchsorted(self.published, ts, side="right")) - 1
        return 0.0 if place < 0 else self._in_lots(float(self.forecast[place, period]))

    def _in_lots(self, power: float) -> float:
        return float(np.floor(power / self.lot + 1e-9) * self.lot)

    def _wanted(self, period: int, ts: int) -> float:
        """Return what should be sold at `ts`, MW in whole lots."""
        newest = self._expected(period, ts)
        if self.update_share == 1.0:
            return newest
        first = self._expected(period, self.biddings[0].offer_at)
        return self._in_lots(first + self.update_share * (newest - first))

    def _sold(self, period: int) -> float:
        """Return what is sold of a period, net, MW."""
        return -sum(self.context.position(number) for number in self._instruments[period])

    def _bid(self, bidding: Bidding, ts: int) -> None:
        """Offer the forecast, less what is sold; buy back what will not come."""
        is_first = bidding is self.biddings[0]
        low, high = bidding.limits
        pairs = list(zip(bidding.periods, bidding.instruments, strict=True))
        if is_first:
            for period, instrument in pairs:
                self.context.submit_schedule(instrument, round(self._expected(period, ts), 6))
        for period, instrument in pairs:
            more = round(self._wanted(period, ts) - self._sold(period), 6)
            if abs(more) < self.lot / 2:
                continue
            # An asset offers at cost and buys back what it must: it needs no view on the price.
            side, limit = "sell", self.marginal_cost
            if more < 0:
                known = self._price[period]
                side, limit = "buy", high if np.isnan(known) else known + BUY_MARGIN
            limit = round(min(max(limit, low), high), 2)
            way = "fall" if side == "sell" else "rise"
            signal = self.context.record_signal(instrument, way, SURE, limit, bidding.valid_until)
            self.context.submit_offer(instrument, side, limit, abs(more), signal=signal)

    def _trade(self, period: int, ts: int) -> None:
        """Sell or buy the difference to the forecast at the best price of the book."""
        book = self.books[period]
        more = round(self._wanted(period, ts) - self._sold(period), 6)
        if abs(more) < self.lot / 2 or abs(self.context.working(book)) > 0:
            return
        best = self.context.best_bid(book) if more > 0 else self.context.best_ask(book)
        if best is None or (more > 0 and best[0] < self.marginal_cost):
            return
        side, way = ("sell", "fall") if more > 0 else ("buy", "rise")
        until = int(self.delivery_start[period])
        signal = self.context.record_signal(book, way, SURE, best[0], until)
        self.context.submit(
            book, side, best[0], abs(more), time_in_force="immediate_or_cancel", signal=signal
        )

    def _nominate(self, period: int, ts: int) -> None:
        """State what will be produced; nothing where it would only cost."""
        first = self._instruments[period][0]
        best = self.context.best_bid(self.books[period]) if self.books else None
        paid = best[0] if best is not None else float(np.nan_to_num(self._price[period]))
        is_off = self._sold(period) < self.lot / 2 and paid < self.marginal_cost
        self.context.submit_schedule(first, 0 if is_off else round(self._expected(period, ts), 6))
