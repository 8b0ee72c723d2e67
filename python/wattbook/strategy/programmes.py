"""What else a battery that is sold could run: other programmes, as blocks around its position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.assets import StoreLimits
from wattbook.assets.battery_plan import Committed, Wear, plan_battery
from wattbook.strategy.bidder import Block

__all__ = ["Store", "changes", "fitted", "forecasts", "limit_for", "whole"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LOT = 0.1
HAIR = 1e-6
PASSES = 20
CLOSED_EUR_MWH = 1e5
"""Nobody trades a closed period: no price is high enough to plan with."""
BUMP_EUR_MWH = 15.0
"""By so much a part of the day may come out dearer or cheaper than the last price says."""
PARTS = 4


@dataclass(frozen=True, slots=True)
class Store:
    """A battery as it is planned with.

    Parameters
    ----------
    limits : StoreLimits
        Of the battery.
    energy_mwh : float
        In the cells before the first period.
    hours : float
        Length of a period.
    wear_cost : float, EUR/MWh
        Of energy that leaves the battery at the meter.
    cycles_per_day : float
        Most energy that leaves the cells in the day, in multiples of what they hold.
    """

    limits: StoreLimits
    energy_mwh: float
    hours: float
    wear_cost: float
    cycles_per_day: float

    def discharged(self, power: Floats) -> float:
        """Return the energy that is delivered at the meter, MWh."""
        return float(np.maximum(power, 0.0).sum()) * self.hours

    def energy(self, power: Floats) -> Floats:
        """Return the energy in the cells after each period, MWh."""
        limits = self.limits
        into = np.where(power < 0, limits.charge_efficiency, 1 / limits.discharge_efficiency)
        after: Floats = self.energy_mwh - np.cumsum(power * into) * self.hours
        return after

    def runnable(self, power: Floats) -> Floats:
        """Return what of a programme can be run, one period after the other, MW."""
        limits, hours = self.limits, self.hours
        energy, ran = self.energy_mwh, np.zeros(power.size)
        left = self.cycles_per_day * limits.ceiling_mwh
        for at, wanted in enumerate(power.tolist()):
            out = max(min(energy - limits.floor_mwh, left), 0.0) * limits.discharge_efficiency
            into = max(limits.ceiling_mwh - energy, 0.0) / limits.charge_efficiency
            up = min(limits.discharge_mw, out / hours)
            down = min(limits.charge_mw, into / hours)
            run = min(max(wanted, -down), up)
            cells = (
                run
                * hours
                * (limits.charge_efficiency if run < 0 else 1 / limits.discharge_efficiency)
            )
            energy -= cells
            left -= max(cells, 0.0)
            ran[at] = run
        return ran

    def best(self, sold: Floats, bid: Floats, ask: Floats) -> Floats:
        """Return the trades that earn the most beside `sold`, MW; not rounded.

        Parameters
        ----------
        sold : ndarray of shape (n_periods,), MW
            Sold less bought so far.
        bid, ask : ndarray of shape (n_periods,), EUR/MWh
            At what more is sold and bought.
        """
        plan = plan_battery(
            self.limits,
            (bid + ask) / 2,
            hours=self.hours,
            wear=Wear(
                self.wear_cost * self.limits.discharge_efficiency,
                cycles_per_day=self.cycles_per_day,
            ),
            initial_mwh=self.energy_mwh,
            committed=Committed(sold, bid, ask),
        )
        trade: Floats = plan.discharge_mw - plan.charge_mw - sold
        return trade


def forecasts(prices: Floats) -> list[Floats]:
    """Return ways in which prices may come out: as they are, and a part of the day off.

    Examples
    --------
    >>> [way.tolist() for way in forecasts(np.zeros(4))][:3]
    [[0.0, 0.0, 0.0, 0.0], [15.0, 0.0, 0.0, 0.0], [-15.0, 0.0, 0.0, 0.0]]
    """
    part = np.arange(prices.size) * PARTS // prices.size
    bumps = [sign * BUMP_EUR_MWH * (part == n) for n in range(PARTS) for sign in (1.0, -1.0)]
    return [prices, *(prices + bump for bump in bumps)]


def fitted(store: Store, sold: Floats, wanted: Floats) -> Floats | None:
    """Return the part of the trades `wanted`, in whole lots, that can be run beside `sold`.

    Returns
    -------
    ndarray of shape (n_periods,), MW, or None
        None where what is left over is no whole lot: the position itself cannot be run.
    """
    trade = whole(wanted)
    for _ in range(PASSES):
        programme = sold + trade
        ran = store.runnable(programme)
        if np.abs(ran - programme).max() < HAIR:
            return trade
        trade = whole(ran - sold)
    return None


def whole(trade: Floats) -> Floats:
    """Return trades in whole lots, rounded towards nothing."""
    lots: Floats = np.trunc(trade / LOT + np.sign(trade) * HAIR)
    return np.round(lots * LOT, 6) + 0.0


def changes(
    store: Store, sold: Floats, ways: Sequence[Floats], is_open: Flags, limits: tuple[float, float]
) -> list[Block]:
    """Return the best programmes of some forecasts as changes of the position, none twice.

    Parameters
    ----------
    store : Store
        The battery.
    sold : ndarray of shape (n_periods,), MW
        Sold less bought so far.
    ways : sequence of ndarray of shape (n_periods,), EUR/MWh
        How prices may come out; the first one is planned for first.
    is_open : ndarray of bool, shape (n_periods,)
        Which periods can be traded.
    limits : pair of float
        Lowest and highest limit of a block, EUR/MWh.

    Returns
    -------
    list of Block
        Each can be run by itself: cells and power bear the position with it.
    """
    found: list[Block] = []
    seen: set[tuple[tuple[int, float], ...]] = set()
    for prices in ways:
        bid = np.where(is_open, prices, -CLOSED_EUR_MWH)
        ask = np.where(is_open, prices, CLOSED_EUR_MWH)
        trade = fitted(store, sold, np.where(is_open, store.best(sold, bid, ask), 0.0))
        if trade is None or trade[~is_open].any():
            continue
        power = tuple((int(at), float(trade[at])) for at in np.flatnonzero(trade))
        limit = limit_of_change(store, sold, trade, limits)
        if power and power not in seen and limit is not None:
            seen.add(power)
            found.append(Block(power, limit))
    return found


def limit_of_change(
    store: Store, sold: Floats, trade: Floats, limits: tuple[float, float]
) -> float | None:
    """Return the limit at which a block pays the wear that it adds, EUR/MWh; None without one."""
    gain = store.wear_cost * (store.discharged(sold + trade) - store.discharged(sold))
    return limit_for(gain, float(trade.sum()) * store.hours, limits)


def limit_for(gain: float, net_mwh: float, limits: tuple[float, float]) -> float | None:
    """Return the limit at which a block earns `gain` (EUR); None where no limit asks for it.

    A block earns the sum of volume x hours x (price - limit), so a limit asks for limit x net
    energy. Without net energy no limit asks for any: then no gain may be needed.

    Examples
    --------
    >>> limit_for(-30.0, -2.0, (-500.0, 4000.0)), limit_for(30.0, 0.0, (-500.0, 4000.0))
    (15.0, None)
    """
    if abs(gain) < HAIR or (abs(net_mwh) < HAIR and gain < 0):
        return 0.0
    if abs(net_mwh) < HAIR:
        return None
    # Rounded to the side on which the block earns more.
    cents = gain / net_mwh * 100
    limit = float(np.ceil(cents - HAIR) if net_mwh > 0 else np.floor(cents + HAIR)) / 100
    return limit if limits[0] <= limit <= limits[1] else None
