"""A battery that is sold in an auction, run by its device, and traded again when it deviates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.dispatch import (
    Delivery,
    Dispatcher,
    SetpointLimits,
    SimulatedBattery,
    Step,
)
from wattbook.assets.dispatch.replan import (
    Outlook,
    energy_after,
    fitted,
    replan,
    restoring,
    runnable,
)
from wattbook.runtime.dispatch.calls import called_by, called_mwh
from wattbook.runtime.dispatch.outages import Outages
from wattbook.runtime.dispatch.record import DispatchRecord, Replanned, row_of
from wattbook.runtime.dispatch.reserve import activated, reserves_paid
from wattbook.runtime.dispatch.site import Site
from wattbook.strategy import StrategyContext
from wattbook.strategy.bidder import send_linked
from wattbook.strategy.block_battery import BlockBattery

__all__ = ["DispatchedBattery", "Trading"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NANOS = 1_000_000_000
SURE = 1.0
LOT = 0.1
HAIR_MW = 1e-6
LEGS_MOST = 100
FIRST_SET = 1_000_000
"""Its own sets of linked orders are numbered from here on, after those of its seller."""
IMBALANCE_MARGIN = 50.0
"""By so much an imbalance is expected to be worse than the last known price, EUR/MWh."""
UNKNOWN_MARGIN = 2.0
"""Half the spread expected of a contract that nobody quotes yet, EUR/MWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trading:
    """Where a battery's periods trade after the auction.

    Parameters
    ----------
    books : sequence of int
        The continuous contract of each period.
    gates : ndarray of shape (n_periods,)
        When each closes, ns UTC.
    seconds : int
        Length of a period.
    expected : ndarray of shape (n_periods,), EUR/MWh
        Prices of the day before, for periods without any better.
    wear_cost : float, EUR/MWh
        Of energy that leaves the cells.
    fee : float, EUR/MWh
        Of what is taken from a book.
    gain : float, EUR
        What a new plan must earn beyond covering what cannot be run.
    reoptimizes : bool
        Whether it looks for other programmes again once it is repaired.
    export_mw : ndarray of shape (n_periods,), MW, or None
        What a plant beside the battery should leave of the connection in each period.
    """

    books: Sequence[int]
    gates: Ints
    seconds: int
    expected: Floats
    wear_cost: float
    fee: float
    gain: float
    reoptimizes: bool
    export_mw: Floats | None = None


@dataclass(slots=True, kw_only=True)
class DispatchedBattery:
    """Bids, nominates, runs the device step by step, and trades what it cannot run any more.

    Parameters
    ----------
    seller : BlockBattery
        Bids and nominates.
    trading : Trading
        Where the rest is traded.
    open_site : callable
        Returns the site when the day begins.
    make_dispatcher : callable
        Returns what runs the device of a site.
    outages : Outages
        Drafts messages.
    record : DispatchRecord
        Takes what happened.
    step_seconds : int
        Between two steps.
    limits_at : callable
        Returns what no setpoint may leave at an instant (ns UTC) while so much is called of each
        product, MW; None where it is what the dispatcher has.
    """

    seller: BlockBattery
    trading: Trading
    open_site: Callable[[], Site]
    make_dispatcher: Callable[[Site], Dispatcher]
    outages: Outages
    record: DispatchRecord
    step_seconds: int
    limits_at: Callable[[int, Mapping[str, float]], SetpointLimits | None]
    context: StrategyContext = field(init=False, repr=False)
    _site: Site | None = field(init=False, default=None)
    _dispatcher: Dispatcher | None = field(init=False, default=None)
    _next: int = field(init=False)
    _last_price: Floats = field(init=False, repr=False)
    _net: dict[int, float] = field(init=False, default_factory=dict)
    _sold: dict[int, float] = field(init=False, default_factory=dict)
    _is_pending: bool = field(init=False, default=False)
    _is_changed: bool = field(init=False, default=False)
    """Whether the device has lost or regained power, so that it no longer trades as its seller."""
    _sets: int = field(init=False, default=FIRST_SET)

    def __post_init__(self) -> None:
        """Begin with the first period."""
        self._next = int(self.starts[0])
        self._last_price = np.array(self.trading.expected, np.float64)

    @property
    def starts(self) -> Ints:
        """First instants of delivery, ns UTC."""
        return self.seller.bidder.delivery_start

    @property
    def end(self) -> int:
        """When the last period has been delivered, ns UTC."""
        return int(self.starts[-1]) + self.trading.seconds * NANOS

    @property
    def alarms(self) -> Ints:
        """When it wants to be told the time, ns UTC."""
        steps = np.arange(self.starts[0], self.end, self.step_seconds * NANOS)
        return np.unique(np.append(self.seller.alarms, steps))

    def on_start(self, context: StrategyContext) -> None:
        """Keep the context."""
        self.context = context
        self.seller.on_start(context)

    def on_reference_price(self, instrument: int, kind: object, price: float) -> None:
        """Remember the auction's price of a period."""
        self.seller.on_reference_price(instrument, kind, price)
        first = self.seller.bidder.biddings[0].instruments[0]
        if 0 <= instrument - first < len(self._last_price):
            self._last_price[instrument - first] = price

    def on_time(self, ts: int) -> None:
        """Bid, nominate, and run every step that is due."""
        self.seller.on_time(ts)
        while self._next <= ts and self._next < self.end:
            self._step(self._next)
            self._next += self.step_seconds * NANOS

    def read_meter(self, instrument: int) -> tuple[int, int | None]:
        """Return what the operator settles of a period.

        Returns
        -------
        tuple of int and int or None
            What the meter counted, less what was delivered of called reserves, mean 1e-6 MW; and
            what is paid for reserves, in 1 / 3.6e15 of the market's currency, None where none is
            sold.
        """
        period = instrument - self.seller.bidder.biddings[0].instruments[0]
        start = int(self.starts[period])
        until = start + self.trading.seconds * NANOS
        counted = self._counted(until) - self._counted(start)
        if until == self.end:
            self.close()
        called = {
            call.product: called_mwh(self.record.calls, start, until, call.product)
            for call in self.record.calls
            if call.start < until and call.end > start
        }
        if called:
            # What was sold when it ran: a period that is settled is held no more.
            sold = self._sold.get(start, 0.0) * self.trading.seconds / 3_600
            found = self.record.activated[start] = activated(called, counted - sold)
            counted -= sum(found.values())
        mean = round(counted * 3_600 / self.trading.seconds * 1e6)
        return mean, reserves_paid(self.record, start)

    def close(self) -> None:
        """End the connections to the device."""
        if self._site is not None:
            self._site.close()

    def _battery(self) -> SimulatedBattery:
        """Return the battery, opened when it is first needed."""
        if self._site is None:
            self._site = self.open_site()
            self._dispatcher = self.make_dispatcher(self._site)
        return self._site.battery

    def _counted(self, instant: int) -> float:
        """Return the meter at an instant, MWh; the battery runs up to it."""
        if instant not in self._net:
            battery = self._battery()
            battery.advance(instant)
            self._net[instant] = battery.net
        return self._net[instant]

    def _step(self, now: int) -> None:
        """Run one step of the loop, and trade if what is sold cannot be run."""
        self._battery().advance(now)
        period = int(np.searchsorted(self.starts, now, side="right")) - 1
        start = int(self.starts[period])
        if now == start:
            self._counted(now)
        sold = self.seller.bidder.held(period)
        assert self._dispatcher is not None, "the site was opened above"  # noqa: S101 - an invariant
        self._sold[start] = sold
        called = called_by(self.record.calls, now)
        delivery = Delivery(
            start,
            start + self.trading.seconds * NANOS,
            sold,
            sum(called.values()),
            called_mwh(self.record.calls, start, now),
            self.limits_at(now, called),
        )
        step = self._dispatcher.step(now, delivery)
        self.record.alarms += step.alarms
        if step.telemetry is None:
            return
        row = row_of(step, sold, delivery.called_mw)
        self.record.steps.append(row)
        if not step.is_held:
            self.outages.see(now, min(row.available, self.record.power_mw))
            self.record.messages = self.outages.messages
        if called and not self._is_changed:
            # Its seller reckons with cells that no call has moved.
            self.seller.keep()
            self._is_changed = True
        if step.is_plannable:
            self._react(now, period, step, delivery.limits)

    def _react(
        self, now: int, period: int, step: Step, called_limits: SetpointLimits | None
    ) -> None:
        """Plan anew where the rest of the day cannot be run as sold, or more can be run again."""
        dispatcher, known = self._dispatcher, step.telemetry
        if dispatcher is None or known is None or period + 1 >= self.starts.size:
            return
        kinds = {alarm.kind for alarm in step.alarms} & {"availability_lost", "availability_back"}
        # A new plan is worked on until it earns too little, also where trading opens later.
        # Once it is repaired, a battery that reoptimizes looks at every step.
        looks = self.trading.reoptimizes and self._is_changed and not self.outages.is_out
        self._is_pending |= bool(kinds) or looks
        outlook, is_open = self._outlook(now, period)
        energy = self._energy_after(now, period, step, called_limits or dispatcher.limits)
        is_cover = not self.outages.is_published(now)
        wanted = outlook
        if self.record.calls and not is_cover:
            back = restoring(dispatcher.limits, energy, outlook, is_open, lot_mw=LOT)
            wanted = replace(outlook, sold_mw=outlook.sold_mw + back)
        short = runnable(dispatcher.limits, energy, wanted) - outlook.sold_mw
        is_short = bool((np.abs(short[is_open]) >= LOT - HAIR_MW).any())
        goes_on = self._is_pending and not is_cover
        if not (is_short or goes_on or kinds):
            return
        if kinds:
            # From here on the rest of the day is planned with what the device itself tells.
            self.seller.keep()
            self._is_changed = True
        found = replan(
            dispatcher.limits,
            energy,
            outlook,
            wear_cost=self.trading.wear_cost,
            fee=self.trading.fee,
            lot_mw=LOT,
        )
        self.record.solve_seconds.append(found.seconds)
        trade, gain = (
            fitted(
                dispatcher.limits,
                energy,
                outlook,
                np.where(is_open, found.trade_mw, 0.0),
                wear_cost=self.trading.wear_cost,
                fee=self.trading.fee,
                lot_mw=LOT,
            )
            if goes_on and not is_short
            else (short, 0.0)
        )
        if goes_on and not is_short:
            # What pays too little is left until there is another reason to look.
            self._is_pending = found.gain > self.trading.gain
        if is_short:
            asked = self._cover(period + 1, np.where(is_open, short, 0.0))
        elif gain > self.trading.gain:
            asked = self._trade(period + 1, trade)
        else:
            asked = 0.0
        if asked or kinds:
            why = ", ".join(sorted(kinds)) or ("sold more than runs" if is_short else "new plan")
            hours = outlook.hours
            self.record.replans.append(
                Replanned(now, why, is_cover, float(np.abs(short).sum()) * hours, asked * hours)
            )

    def _energy_after(self, now: int, period: int, step: Step, limits: SetpointLimits) -> float:
        """Return the energy in the cells when the period under way has ended, MWh."""
        known = step.telemetry
        assert known is not None, "a step that is traded on has a reading"  # noqa: S101
        end = int(self.starts[period]) + self.trading.seconds * NANOS
        share = min(known.charge_available, known.discharge_available) / self.record.power_mw
        hours = (end - now) / NANOS / 3_600
        wanted = step.setpoint.wanted_mw
        return energy_after(limits, known.energy, wanted, hours, share)

    def _outlook(self, now: int, period: int) -> tuple[Outlook, NDArray[np.bool_]]:
        """Return the periods to come as they are known, and which of them can be traded now."""
        count = self.starts.size
        places = range(period + 1, count)
        sold = np.array([self.seller.bidder.held(place) for place in places])
        share = np.ones(len(sold))
        known = self._dispatcher.telemetry if self._dispatcher is not None else None
        if known is not None and self.outages.is_out:
            is_out = self.starts[period + 1 :] < self.outages.expected_end
            least = min(known.charge_available, known.discharge_available) / self.record.power_mw
            share = np.where(is_out, min(least, 1.0), 1.0)
        bid, ask = np.empty(len(sold)), np.empty(len(sold))
        bid_mw, ask_mw = np.full(len(sold), np.inf), np.full(len(sold), np.inf)
        is_open = np.zeros(len(sold), np.bool_)
        for at, place in enumerate(places):
            book, last = self.trading.books[place], float(self._last_price[place])
            best_bid, best_ask = self.context.best_bid(book), self.context.best_ask(book)
            is_closed = now >= self.trading.gates[place]
            margin = IMBALANCE_MARGIN if is_closed else UNKNOWN_MARGIN
            is_open[at] = not is_closed and best_bid is not None and best_ask is not None
            bid[at], ask[at] = last - margin, last + margin
            if is_open[at] and best_bid is not None and best_ask is not None:
                bid[at], bid_mw[at] = best_bid
                ask[at], ask_mw[at] = best_ask
        # A book may cross for the instant of a call.
        bid = np.minimum(bid, ask)
        exports = self.trading.export_mw
        left = np.inf if exports is None else exports[period + 1 :]
        hours = self.trading.seconds / 3_600
        return Outlook(hours, sold, share, bid, ask, bid_mw, ask_mw, left), is_open

    def _trade(self, first: int, trade: Floats) -> float:
        """Send trades as one set at the best prices, all or nothing; return all, MW.

        So the position that is left can be run whatever comes of it.
        """
        legs = []
        for at in np.flatnonzero(trade).tolist():
            book = self.trading.books[first + at]
            best = self.context.best_bid(book) if trade[at] > 0 else self.context.best_ask(book)
            if best is None or abs(self.context.working(book)) > 0:
                return 0.0
            legs.append((book, float(trade[at]), best[0], int(self.starts[first + at])))
        if not 1 <= len(legs) <= LEGS_MOST:
            return 0.0
        self._sets += 1
        send_linked(self.context, self._sets, legs)
        return float(np.abs(trade).sum())

    def _cover(self, first: int, wanted: Floats) -> float:
        """Send what cannot be run of each period to its book, at the best price; return all, MW."""
        asked = 0.0
        # What is less than a lot is left.
        for at in np.flatnonzero(np.abs(wanted) >= LOT - HAIR_MW).tolist():
            book = self.trading.books[first + at]
            if abs(self.context.working(book)) > 0:
                continue
            is_sale = wanted[at] > 0
            best = self.context.best_bid(book) if is_sale else self.context.best_ask(book)
            volume = round(int(abs(wanted[at]) / LOT + HAIR_MW) * LOT, 6)
            if best is None:
                continue
            side, way = ("sell", "fall") if is_sale else ("buy", "rise")
            until = int(self.starts[first + at])
            signal = self.context.record_signal(book, way, SURE, best[0], until)
            self.context.submit(
                book, side, best[0], volume, time_in_force="immediate_or_cancel", signal=signal
            )
            asked += volume
        return asked
