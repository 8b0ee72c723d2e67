"""A battery that leaves it to auctions when it runs: exclusive groups of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook._core import StrategyContext
from wattbook.strategy.book_battery import BookBattery
from wattbook.strategy.programmes import Store, changes, forecasts
from wattbook.strategy.wind import MINUTE_NS, SURE, Bidding

__all__ = ["BlockBattery", "Cycle", "cycles", "limit_of"]

Floats = NDArray[np.float64]
NOMINATES_BEFORE_NS = 7 * MINUTE_NS
LOT = 0.1


@dataclass(frozen=True, slots=True)
class Cycle:
    """One way to run: power at the meter by period, MW; above zero delivers, below zero charges."""

    power: tuple[tuple[int, float], ...]


def run(first: int, energy_mwh: float, power_mw: float, hours: Floats) -> list[tuple[int, float]]:
    """Return power by period from `first` on until `energy_mwh` are done, in whole lots."""
    legs, left, period = [], energy_mwh, first
    while left > 1e-9 and period < hours.size:
        lots = np.floor(min(power_mw, left / hours[period]) / LOT + 1e-9)
        if lots < 1:
            break
        legs.append((period, round(float(lots) * LOT, 6)))
        left -= lots * LOT * float(hours[period])
        period += 1
    return legs


def cycles(
    expected: Floats, hours: Floats, power_mw: float, room_mwh: float, one_way: float, count: int
) -> list[Cycle]:
    """Return the `count` ways to charge once and then discharge that should earn the most.

    Windows of charging do not overlap each other, nor do those of discharging, so that no
    quarter-hour is in all of them.

    Parameters
    ----------
    expected : ndarray of shape (n_periods,), EUR/MWh
        Prices.
    hours : ndarray of shape (n_periods,), h
        Length of each period.
    power_mw : float
        Largest power at the meter.
    room_mwh : float
        What the cells can take.
    one_way : float in (0, 1]
        Share of the energy that is left, each way.
    count : int
        At most so many.

    Examples
    --------
    >>> prices = np.array([10.0, 20.0, 90.0, 50.0])
    >>> cycles(prices, np.ones(4), power_mw=1.0, room_mwh=1.0, one_way=1.0, count=1)
    [Cycle(power=((0, -1.0), (2, 1.0)))]
    """
    charge = room_mwh / one_way
    steps = [len(run(0, energy, power_mw, hours)) for energy in (charge, room_mwh * one_way)]
    if not all(steps):
        return []
    found = []
    for start in range(0, hours.size - steps[0] + 1, steps[0]):
        bought = run(start, charge, power_mw, hours)
        stored = sum(power * hours[period] for period, power in bought) * one_way
        for end in range(start + steps[0], hours.size - steps[1] + 1, steps[1]):
            sold = run(end, stored * one_way, power_mw, hours)
            legs = [(period, -power) for period, power in bought] + sold
            earned = sum(power * hours[period] * expected[period] for period, power in legs)
            found.append((-float(earned), Cycle(tuple(legs))))
    found.sort(key=lambda entry: (entry[0], entry[1].power))
    return [cycle for _, cycle in found[:count]]


def limit_of(cycle: Cycle, hours: Floats, wear_cost: float) -> float:
    """Return the limit of the block, EUR/MWh of its net energy, at which it just earns its wear.

    A block earns Σ volume × hours × (price − limit). A cycle takes more than it gives, so its net
    energy is below zero and a limit below zero asks for a gain.
    """
    sold = sum(power * hours[period] for period, power in cycle.power if power > 0)
    net = sum(power * hours[period] for period, power in cycle.power)
    if wear_cost <= 0.0 or abs(net) < 1e-9:
        return 0.0
    return float(wear_cost * sold / net)


@dataclass(slots=True, kw_only=True)
class Later:
    """What a battery does about its position after the first auction.

    Parameters
    ----------
    store : Store
        The battery as it is planned with.
    biddings : sequence of Bidding
        The later auctions, in order of their gates.
    books : BookBattery or None
        Trades in the continuous contracts; None where there are none.
    """

    store: Store
    biddings: Sequence[Bidding]
    books: BookBattery | None


@dataclass(slots=True, kw_only=True)
class BlockBattery:
    """Offers ways to run as blocks of which the auction takes one at most; runs what was taken.

    In each later auction it offers other programmes around its position, again as blocks of one
    exclusive group: the cells and the power bear the position with any one of them.

    Parameters
    ----------
    bidding : Bidding
        The first auction.
    cycles : sequence of Cycle
        What is offered.
    limits : sequence of float, EUR/MWh
        Limit of each.
    delivery_start : ndarray of shape (n_periods,)
        ns UTC.
    books : sequence of int, optional
        The continuous contract of each period, whose position is nominated as well.
    later : Later, optional
        How the position is changed after the first auction; it is kept if left out.
    """

    bidding: Bidding
    cycles: Sequence[Cycle]
    limits: Sequence[float]
    delivery_start: NDArray[np.int64]
    books: Sequence[int] = ()
    later: Later | None = None
    context: StrategyContext = field(init=False, repr=False)
    _has_bid: int = field(init=False, default=0)
    _next: int = field(init=False, default=0)
    _blocks: int = field(init=False, default=0)
    _instruments: list[list[int]] = field(init=False, default_factory=list)
    _period: dict[int, int] = field(init=False, default_factory=dict)
    _price: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out which instruments deliver when."""
        self._instruments = [[] for _ in range(self.delivery_start.size)]
        self._price = np.full(self.delivery_start.size, np.nan)
        for bidding in self.biddings:
            for period, instrument in zip(bidding.periods, bidding.instruments, strict=True):
                self._instruments[period].append(instrument)
                self._period[instrument] = period

    @property
    def biddings(self) -> list[Bidding]:
        """The auctions that it bids into."""
        return [self.bidding, *(self.later.biddings if self.later else ())]

    @property
    def alarms(self) -> NDArray[np.int64]:
        """When it wants to be told the time, ns UTC."""
        times = [bidding.offer_at for bidding in self.biddings]
        trader = self.later.books if self.later else None
        if trader is not None:
            times += trader.wakes.tolist()
        nominations = self.delivery_start - NOMINATES_BEFORE_NS
        return np.unique(np.append(np.array(times, np.int64), nominations))

    def on_start(self, context: StrategyContext) -> None:
        """Keep the context."""
        self.context = context

    def on_reference_price(self, instrument: int, _kind: object, price: float) -> None:
        """Remember the newest auction price of a period."""
        period = self._period.get(instrument)
        if period is not None:
            self._price[period] = price

    def on_time(self, ts: int) -> None:
        """Offer once in each auction; trade; nominate each period before it begins."""
        biddings = self.biddings
        while self._has_bid < len(biddings) and ts >= biddings[self._has_bid].offer_at:
            self._has_bid += 1
            if self._has_bid == 1:
                legs = [cycle.power for cycle in self.cycles]
                self._bid(self.bidding, legs, self.limits)
            else:
                self._bid_again(biddings[self._has_bid - 1])
        trader = self.later.books if self.later else None
        if trader is not None:
            sold = np.array([self.sold(period) for period in range(self.delivery_start.size)])
            trader.on_time(self.context, ts, sold)
        starts, instruments = self.delivery_start, self.bidding.instruments
        while self._next < starts.size and starts[self._next] - NOMINATES_BEFORE_NS <= ts:
            self.context.submit_schedule(instruments[self._next], self.sold(self._next))
            self._next += 1

    def sold(self, period: int) -> float:
        """Return what is sold of a period less what is bought, MW."""
        held = sum(self.context.position(number) for number in self._instruments[period])
        if self.books:
            held += self.context.position(self.books[period])
        return round(-held, 6) + 0.0

    def _bid_again(self, bidding: Bidding) -> None:
        """Offer what else could be run from the position on, at the newest prices."""
        assert self.later is not None, "only a later auction comes here"  # noqa: S101 - an invariant
        count = self.delivery_start.size
        is_open = np.zeros(count, np.bool_)
        is_open[list(bidding.periods)] = True
        is_open &= ~np.isnan(self._price)
        sold = np.array([self.sold(period) for period in range(count)])
        ways = forecasts(np.nan_to_num(self._price))
        found = changes(self.later.store, sold, ways, is_open, bidding.limits)
        self._bid(bidding, [change.power for change in found], [change.limit for change in found])

    def _bid(
        self,
        bidding: Bidding,
        blocks: Sequence[Sequence[tuple[int, float]]],
        limits: Sequence[float],
    ) -> None:
        """Offer blocks of one exclusive group."""
        instrument_of = dict(zip(bidding.periods, bidding.instruments, strict=True))
        signals: dict[int, int] = {}
        for legs, limit in zip(blocks, limits, strict=True):
            self._blocks += 1
            for period, power in legs:
                instrument = instrument_of[period]
                if period not in signals:
                    # The auction chooses: the battery states no view, only what it would accept.
                    signals[period] = self.context.record_signal(
                        instrument, "flat", SURE, limit, bidding.valid_until
                    )
                self.context.submit_offer(
                    instrument,
                    "sell" if power > 0 else "buy",
                    limit,
                    round(abs(power), 6),
                    signal=signals[period],
                    block=self._blocks,
                    block_legs=len(legs),
                    exclusive_group=self._has_bid,
                )
