"""A battery that leaves it to auctions when it runs: exclusive groups of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook._core import StrategyContext
from wattbook.strategy.bidder import Block, BlockBidder
from wattbook.strategy.book_battery import BookBattery
from wattbook.strategy.programmes import Store, changes, forecasts

__all__ = ["BlockBattery", "Cycle", "cycles", "limit_of"]

Floats = NDArray[np.float64]
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
    expected: Floats,
    hours: Floats,
    power_mw: float,
    room_mwh: float,
    one_way: float,
    count: int,
    export_mw: Floats | None = None,
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
    export_mw : ndarray of shape (n_periods,), optional
        What the connection leaves; ways that would give more in a period are left out.

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
            if export_mw is not None and any(power > export_mw[at] + 1e-9 for at, power in sold):
                continue
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

    In each later auction it offers other programmes around its position, again as blocks of one
    exclusive group: the cells and the power bear the position with any one of them.

    Parameters
    ----------
    bidder : BlockBidder
        Its auctions and contracts.
    cycles : sequence of Cycle
        What is offered in the first auction.
    limits : sequence of float, EUR/MWh
        Limit of each.
    store : Store or None, optional
        The battery as it is planned with; without, what the first auction takes is kept.
    trader : BookBattery or None, optional
        Trades in the continuous contracts.
    """

    bidder: BlockBidder
    cycles: Sequence[Cycle]
    limits: Sequence[float]
    store: Store | None = None
    trader: BookBattery | None = None

    @property
    def alarms(self) -> NDArray[np.int64]:
        """When it wants to be told the time, ns UTC."""
        wakes = np.zeros(0, np.int64) if self.trader is None else self.trader.wakes
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
        if self.trader is not None and self.trader.is_due(ts):
            self.trader.trade(bidder.context, ts, bidder.programme())
        bidder.nominate(ts)

    def keep(self) -> None:
        """Keep what is sold from now on: no other programme is offered or traded."""
        self.store = self.trader = None

    def _first(self) -> list[Block]:
        """Return the cycles as blocks."""
        pairs = zip(self.cycles, self.limits, strict=True)
        return [Block(cycle.power, limit) for cycle, limit in pairs]

    def _again(self, number: int) -> list[Block]:
        """Return what else could be run from the position on, at the newest prices, as blocks."""
        if self.store is None:
            return []
        bidder = self.bidder
        return changes(
            self.store,
            bidder.programme(),
            forecasts(np.nan_to_num(bidder.price)),
            bidder.open_periods(number),
            bidder.biddings[number].limits,
        )
