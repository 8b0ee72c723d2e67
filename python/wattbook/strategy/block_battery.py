"""A battery that leaves it to an auction when it runs: an exclusive group of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook._core import StrategyContext
from wattbook.strategy.wind import MINUTE_NS, SURE, Bidding

__all__ = ["BlockBattery", "Cycle", "cycles", "limit_of"]

Floats = NDArray[np.float64]
NOMINATES_BEFORE_NS = 7 * MINUTE_NS
LOT = 0.1
GROUP = 1


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
class BlockBattery:
    """Offers ways to run as blocks of which the auction takes one at most; runs what was taken.

    Parameters
    ----------
    bidding : Bidding
        The auction.
    cycles : sequence of Cycle
        What is offered.
    limits : sequence of float, EUR/MWh
        Limit of each.
    delivery_start : ndarray of shape (n_periods,)
        ns UTC.
    books : sequence of int, optional
        The continuous contract of each period, whose position is nominated as well.
    """

    bidding: Bidding
    cycles: Sequence[Cycle]
    limits: Sequence[float]
    delivery_start: NDArray[np.int64]
    books: Sequence[int] = ()
    context: StrategyContext = field(init=False, repr=False)
    _has_bid: bool = field(init=False, default=False)
    _next: int = field(init=False, default=0)

    @property
    def alarms(self) -> NDArray[np.int64]:
        """When it wants to be told the time, ns UTC."""
        return np.append(self.bidding.offer_at, self.delivery_start - NOMINATES_BEFORE_NS)

    def on_start(self, context: StrategyContext) -> None:
        """Keep the context."""
        self.context = context

    def on_time(self, ts: int) -> None:
        """Offer once; nominate each period before it begins."""
        if not self._has_bid and ts >= self.bidding.offer_at:
            self._has_bid = True
            self._bid()
        starts, instruments = self.delivery_start, self.bidding.instruments
        while self._next < starts.size and starts[self._next] - NOMINATES_BEFORE_NS <= ts:
            sold = self.sold(self._next)
            if sold:
                self.context.submit_schedule(instruments[self._next], round(sold, 6))
            self._next += 1

    def sold(self, period: int) -> float:
        """Return what is sold of a period less what is bought, MW."""
        held = self.context.position(self.bidding.instruments[period])
        if self.books:
            held += self.context.position(self.books[period])
        return round(-held, 6)

    def _bid(self) -> None:
        """Offer every cycle as a block of one exclusive group."""
        instruments, until = self.bidding.instruments, self.bidding.valid_until
        signals: dict[int, int] = {}
        offers = zip(self.cycles, self.limits, strict=True)
        for number, (cycle, limit) in enumerate(offers, start=1):
            for period, power in cycle.power:
                instrument = instruments[period]
                if period not in signals:
                    # The auction chooses: the battery states no view, only what it would accept.
                    signals[period] = self.context.record_signal(
                        instrument, "flat", SURE, limit, until
                    )
                self.context.submit_offer(
                    instrument,
                    "sell" if power > 0 else "buy",
                    limit,
                    abs(power),
                    signal=signals[period],
                    block=number,
                    block_legs=len(cycle.power),
                    exclusive_group=GROUP,
                )
