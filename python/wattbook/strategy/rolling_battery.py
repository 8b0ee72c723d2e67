"""A battery on the continuous market by its rolling intrinsic: a look at every change of a book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook._core import RollingBattery
from wattbook.domain import OrderStateChanged, PositionChanged, Quote
from wattbook.strategy.bidder import send_linked
from wattbook.strategy.block_battery import BlockBattery
from wattbook.strategy.book_battery import LEGS_MOST, MARGIN_EUR_MWH, BatteryBooks
from wattbook.strategy.programmes import HAIR

__all__ = ["RollingBlockBattery", "RollingBook"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LOT_MW = 0.1
STATES = 21
"""Points of the grid of stored energy."""
ENDED = frozenset({"filled", "cancelled", "expired", "rejected"})


@dataclass(slots=True, kw_only=True)
class RollingBook:
    """What a battery holds and could trade of each period, and the trades that earn most.

    Parameters
    ----------
    where : BatteryBooks
        What it trades.

    References
    ----------
    Löhndorf and Wozabal (2021), Gas storage valuation in incomplete markets, European Journal of
    Operational Research 288(1), of the rolling intrinsic; `wattbook.assets.rolling_intrinsic`.
    """

    where: BatteryBooks
    _core: RollingBattery = field(init=False, repr=False)
    _ends: Ints = field(init=False, repr=False)
    _period: dict[int, int] = field(init=False, repr=False)
    _closed: int = field(init=False, default=0)
    _begun: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Begin with nothing sold and no quotes."""
        where, store, limits = self.where, self.where.store, self.where.store.limits
        self._core = RollingBattery(
            store=(
                limits.charge_mw, limits.discharge_mw, limits.floor_mwh, limits.ceiling_mwh,
                limits.charge_efficiency, limits.discharge_efficiency,
            ),
            costs=(where.fee + MARGIN_EUR_MWH, store.wear_cost / 2),
            periods=len(where.books),
            hours=store.hours,
            states=STATES,
            initial_mwh=store.energy_mwh,
        )  # fmt: skip
        self._ends = where.ends
        self._period = {book: period for period, book in enumerate(where.books)}

    def period_of(self, instrument: int) -> int | None:
        """Return the period of a continuous contract that can still be traded."""
        period = self._period.get(instrument)
        return None if period is None or period < self._closed else period

    def pass_time(self, ts: int) -> None:
        """Close what has no time left before its gate, and run what has begun."""
        ends, starts = self._ends, self.where.delivery_start
        while self._closed < ends.size and ends[self._closed] <= ts:
            self._core.close(self._closed)
            self._closed += 1
        while self._begun < self._closed and starts[self._begun] <= ts:
            self._begun += 1
        self._core.deliver_before(self._begun)

    def hold(self, period: int, sold_mw: float) -> None:
        """Take over what is sold of a period; its quote is to be shown anew."""
        if period >= self._begun:
            self._core.set_position(period, -round(sold_mw / LOT_MW))

    def show(self, period: int, bid: tuple[float, float] | None, ask: tuple[float, float] | None
             ) -> None:  # fmt: skip
        """Take over best prices and volumes (MW) of a period; crossed or missing ones close it."""
        if bid is None or ask is None or bid[0] > ask[0]:
            return self._core.close(period)
        lots = [int(side[1] / LOT_MW + HAIR) for side in (bid, ask)]
        return self._core.set_quote(period, bid[0], lots[0], ask[0], lots[1])

    def trades(self) -> list[tuple[int, float]]:
        """Return period and power (MW, above zero is sold) of the trades that earn most."""
        return [(period, -lots * LOT_MW) for period, lots in self._core.trades()]


@dataclass(slots=True, kw_only=True)
class RollingBlockBattery(BlockBattery):
    """Bids as a `BlockBattery`, and trades whenever a quote makes another programme pay.

    What it trades at an instant is one set of linked orders; while one is on its way it waits.

    Parameters
    ----------
    rolling : RollingBook
        Its continuous contracts.
    """

    rolling: RollingBook
    _waits: set[int] = field(init=False, default_factory=set)
    _sets: int = field(init=False, default=0)

    def on_event(self, event: object) -> None:
        """Follow quotes, own orders and positions."""
        if isinstance(event, Quote):
            period = self.rolling.period_of(event.instrument)
            if period is not None:
                self._see(period)
        elif isinstance(event, PositionChanged):
            period = self.bidder.period_of(event.instrument)
            if period is not None:
                self.rolling.hold(period, self.bidder.sold(period))
                self._show(period)
        elif isinstance(event, OrderStateChanged) and str(event.state) in ENDED:
            self._waits.discard(event.order_id)

    def _show(self, period: int) -> None:
        """Show the book of a period."""
        context, book = self.bidder.context, self.rolling.where.books[period]
        if self.rolling.period_of(book) is not None:
            self.rolling.show(period, context.best_bid(book), context.best_ask(book))

    def _see(self, period: int) -> None:
        """Take over a quote and trade if that pays."""
        context = self.bidder.context
        self.rolling.pass_time(context.now)
        self._show(period)
        if self._waits:
            return
        found = self.rolling.trades()
        if not found:
            return
        trade = np.zeros(len(self.rolling.where.books))
        for at, power in found:
            trade[at] = power
        sold = self.bidder.programme()
        programme = sold + trade
        can_run = np.abs(self.rolling.where.store.runnable(programme) - programme).max() < HAIR
        if can_run and len(found) <= LEGS_MOST:
            self._send(found)
            return
        # The cycles of the day, or the size of a set, forbid it.
        for at, _ in found:
            self.rolling.hold(at, float(sold[at]))
            self._show(at)

    def _send(self, found: Sequence[tuple[int, float]]) -> None:
        """Send trades at the best prices as one set."""
        context, legs = self.bidder.context, []
        for at, power in found:
            book = self.rolling.where.books[at]
            best = context.best_bid(book) if power > 0 else context.best_ask(book)
            if best is None:
                return
            legs.append((book, power, best[0], int(self.rolling.where.delivery_start[at])))
        self._sets += 1
        self._waits.update(send_linked(context, self._sets, legs))
