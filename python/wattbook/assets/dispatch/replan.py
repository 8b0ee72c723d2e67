"""After a deviation: what can still be run, what cannot, and what to trade about it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattbook.assets.battery_plan import Committed, Site, Wear, plan_battery
from wattbook.assets.foresight import StoreLimits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.assets.dispatch.limits import SetpointLimits
    from wattbook.assets.linear import Floats

__all__ = ["Outlook", "Replan", "energy_after", "fitted", "replan", "restoring", "runnable"]

BEYOND = 50.0
"""By so much what the best price does not hold is expected to be worse, currency per MWh."""
PASSES = 20
KEEPS_MWH = 1e-6
"""A hair of energy that rounding may take from the cells."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The rest of the day as it is known now, one value a delivery period.

    Parameters
    ----------
    hours : float
        Length of a period. Of the one under way, count what is left of it as sold power.
    sold_mw : ndarray of shape (n_periods,)
        Sold less bought.
    available : ndarray of shape (n_periods,)
        Share of the battery's power that is expected to run.
    bid, ask : ndarray of shape (n_periods,), currency per MWh
        At what more is sold and what is bought back.
    bid_mw, ask_mw : ndarray of shape (n_periods,) or float, optional
        How much of it; more is planned with at prices that are `BEYOND` worse.
    export_mw : ndarray of shape (n_periods,) or float, optional
        What a plant beside the battery leaves of the connection.
    """

    hours: float
    sold_mw: Floats
    available: Floats
    bid: Floats
    ask: Floats
    bid_mw: Floats | float = np.inf
    ask_mw: Floats | float = np.inf
    export_mw: Floats | float = np.inf

    @property
    def exports(self) -> Floats:
        """What is left of the connection, one value a period."""
        return np.broadcast_to(np.asarray(self.export_mw, np.float64), len(self.sold_mw))


@dataclass(frozen=True, slots=True)
class Replan:
    """A new plan of the rest of the day.

    Parameters
    ----------
    run_mw : ndarray of shape (n_periods,)
        What runs, above zero delivers.
    energy_mwh : ndarray of shape (n_periods,)
        In the cells after each period.
    trade_mw : ndarray of shape (n_periods,)
        What more is sold, below zero bought back.
    seconds : float
        What it took to find.
    gain : float, currency
        What its trades earn, at bid and ask less fees and wear, beyond trading only what cannot be
        run as sold.
    """

    run_mw: Floats
    energy_mwh: Floats
    trade_mw: Floats
    seconds: float
    gain: float


def runnable(limits: SetpointLimits, energy_mwh: float, outlook: Outlook) -> Floats:
    """Return what of each period's sold power can be run, one after the other, MW.

    Examples
    --------
    >>> from wattbook.assets.dispatch.limits import SetpointLimits
    >>> limits = SetpointLimits(charge_mw=2, discharge_mw=2, floor_mwh=0, ceiling_mwh=4)
    >>> day = Outlook(1.0, np.array([2.0, 2.0]), np.ones(2), np.zeros(2), np.zeros(2))
    >>> runnable(limits, 3.0, day)
    array([2., 1.])
    """
    hours, energy = outlook.hours, energy_mwh
    ran = np.zeros(len(outlook.sold_mw))
    rows = (outlook.sold_mw, outlook.available, outlook.exports)
    for place, (wanted, share, left) in enumerate(
        zip(*(one.tolist() for one in rows), strict=True)
    ):
        up = (energy - limits.floor_mwh) * limits.discharge_efficiency / hours
        down = (limits.ceiling_mwh - energy) / limits.charge_efficiency / hours
        up = min(limits.discharge_mw * share, limits.export_mw, left, max(up, 0.0))
        down = min(limits.charge_mw * share, limits.import_mw, max(down, 0.0))
        power = min(max(wanted, -down), up)
        into = limits.charge_efficiency if power < 0 else 1 / limits.discharge_efficiency
        energy -= power * hours * into
        ran[place] = power
    return ran


def restoring(
    limits: SetpointLimits,
    energy_mwh: float,
    outlook: Outlook,
    is_open: NDArray[np.bool_],
    *,
    lot_mw: float = 0.1,
) -> Floats:
    """Return trades that bring cells outside floor and ceiling back, as early as can be, MW.

    A call of a reserve may leave them there: the energy that the next call needs is bought, or what
    it has too much of is sold, in the first periods that trade. Whole lots; zeros where they lie
    within, or come back by what is sold.

    Examples
    --------
    >>> from wattbook.assets.dispatch.limits import SetpointLimits
    >>> limits = SetpointLimits(charge_mw=2, discharge_mw=2, floor_mwh=1, ceiling_mwh=4)
    >>> day = Outlook(0.5, np.zeros(3), np.ones(3), np.zeros(3), np.zeros(3))
    >>> restoring(limits, -0.5, day, np.array([False, True, True]))
    array([ 0., -2., -1.])
    """
    hours, energy = outlook.hours, energy_mwh
    trade = np.zeros(len(outlook.sold_mw))
    rows = (outlook.sold_mw, outlook.available, outlook.exports)
    for place, (sold, share, left) in enumerate(zip(*(one.tolist() for one in rows), strict=True)):
        one = replace(
            outlook, sold_mw=np.array([sold]), available=np.array([share]), export_mw=left
        )
        ran = float(runnable(limits, energy, one)[0])
        after = energy_with(limits, energy, ran * hours)
        most_in = min(limits.charge_mw * share, limits.import_mw) + ran
        most_out = min(limits.discharge_mw * share, limits.export_mw, left) - ran
        back = 0.0
        if is_open[place] and after < limits.floor_mwh:
            need = (limits.floor_mwh - after) / limits.charge_efficiency / hours
            back = -min(need, max(most_in, 0.0))
        elif is_open[place] and after > limits.ceiling_mwh:
            need = (after - limits.ceiling_mwh) * limits.discharge_efficiency / hours
            back = min(need, max(most_out, 0.0))
        trade[place] = float(whole(np.array([back]), lot_mw)[0])
        energy = energy_with(limits, energy, (ran + trade[place]) * hours)
        if limits.floor_mwh <= energy <= limits.ceiling_mwh:
            break
    return trade


def energy_with(limits: SetpointLimits, energy_mwh: float, delivered_mwh: float) -> float:
    """Return the energy in the cells once so much was delivered at the meter, below zero taken."""
    into = limits.charge_efficiency if delivered_mwh < 0 else 1 / limits.discharge_efficiency
    return energy_mwh - delivered_mwh * into


def energy_after(
    limits: SetpointLimits, energy_mwh: float, wanted_mw: float, hours: float, share: float
) -> float:
    """Return the energy in the cells once `wanted_mw` has run for `hours`, as far as it can.

    Parameters
    ----------
    limits : SetpointLimits
        Of the battery and its connection.
    energy_mwh : float
        In the cells now.
    wanted_mw : float
        At the meter; above zero delivers.
    hours : float
        For how long.
    share : float in [0, 1]
        Of the power that is available.

    Examples
    --------
    >>> from wattbook.assets.dispatch.limits import SetpointLimits
    >>> limits = SetpointLimits(charge_mw=2, discharge_mw=2, floor_mwh=0, ceiling_mwh=4)
    >>> energy_after(limits, 3.0, 2.0, hours=0.5, share=0.5)
    2.5
    """
    if hours <= 0:
        return energy_mwh
    one = np.array([wanted_mw])
    ran = float(runnable(limits, energy_mwh, Outlook(hours, one, np.array([share]), one, one))[0])
    return energy_with(limits, energy_mwh, ran * hours)


def replan(
    limits: SetpointLimits,
    energy_mwh: float,
    outlook: Outlook,
    *,
    terminal_price: float = 0.0,
    wear_cost: float = 0.0,
    fee: float = 0.0,
    lot_mw: float = 0.1,
) -> Replan:
    """Return the plan of the rest of the day that earns most, given what is sold and the prices.

    One linear programme (`wattbook.assets.battery_plan.plan_battery`). Trades are rounded to whole
    lots towards what is sold.

    Parameters
    ----------
    limits : SetpointLimits
        Of the battery and its connection.
    energy_mwh : float
        In the cells now; outside floor and ceiling it counts as the nearer of them.
    outlook : Outlook
        The rest of the day.
    terminal_price : float, optional, currency per MWh
        What energy above the floor is worth in the end.
    wear_cost : float, optional, currency per MWh
        Of energy that leaves the cells.
    fee : float, optional, currency per MWh
        Of a trade; it is planned with prices that are so much worse.
    lot_mw : float, optional
        Smallest step of a trade.

    Raises
    ------
    InputError
        If the outlook does not fit, or a bid is above its ask.
    """
    began = time.perf_counter()
    store = StoreLimits(
        charge_mw=limits.charge_mw,
        discharge_mw=limits.discharge_mw,
        ceiling_mwh=limits.ceiling_mwh + KEEPS_MWH,
        floor_mwh=limits.floor_mwh,
        charge_efficiency=limits.charge_efficiency,
        discharge_efficiency=limits.discharge_efficiency,
    )
    plan = plan_battery(
        store,
        (outlook.bid + outlook.ask) / 2,
        hours=outlook.hours,
        site=Site(
            import_mw=limits.import_mw, export_mw=np.minimum(limits.export_mw, outlook.exports)
        ),
        wear=Wear(throughput_cost=wear_cost),
        initial_mwh=min(max(energy_mwh, limits.floor_mwh), limits.ceiling_mwh),
        terminal_price=terminal_price,
        available=np.clip(outlook.available, 0.0, 1.0),
        committed=Committed(
            outlook.sold_mw,
            outlook.bid - fee,
            outlook.ask + fee,
            outlook.bid_mw,
            outlook.ask_mw,
            BEYOND,
        ),
    )
    run = plan.discharge_mw - plan.charge_mw
    trade = whole(run - outlook.sold_mw, lot_mw)
    seconds = time.perf_counter() - began
    ran = runnable(limits, energy_mwh, outlook)
    terms = (limits, outlook, wear_cost, fee)
    gain = earned(terms, trade, run) - earned(terms, ran - outlook.sold_mw, ran)
    if terminal_price and len(run):
        into = np.where(ran < 0, limits.charge_efficiency, 1 / limits.discharge_efficiency)
        left = energy_mwh - float((ran * into).sum()) * outlook.hours
        gain += terminal_price * (float(plan.energy_mwh[-1]) - left)
    return Replan(run, plan.energy_mwh, trade, seconds, gain)


def whole(trade_mw: Floats, lot_mw: float) -> Floats:
    """Return trades in whole lots, rounded towards nothing."""
    lots: Floats = np.trunc(trade_mw / lot_mw + np.sign(trade_mw) * 1e-6)
    return np.round(lots * lot_mw, 6) + 0.0


def earned(
    terms: tuple[SetpointLimits, Outlook, float, float], trade_mw: Floats, run_mw: Floats
) -> float:
    """Return the cash of trades at bid and ask, less fees and the wear of what then runs."""
    limits, outlook, wear_cost, fee = terms
    price = np.where(trade_mw > 0, outlook.bid - fee, outlook.ask + fee)
    delivered = float(np.maximum(run_mw, 0.0).sum()) / limits.discharge_efficiency
    return (float(trade_mw @ price) - wear_cost * delivered) * outlook.hours


def fitted(
    limits: SetpointLimits,
    energy_mwh: float,
    outlook: Outlook,
    wanted_mw: Floats,
    *,
    wear_cost: float = 0.0,
    fee: float = 0.0,
    lot_mw: float = 0.1,
) -> tuple[Floats, float]:
    """Return the part of some trades that can be run beside what is sold, and what it earns.

    No trade where `wanted_mw` has none, the other way, or beyond what the best prices hold.

    Returns
    -------
    tuple of ndarray of shape (n_periods,), MW in whole lots, and float
        Nothing, which earns 0, where no part can be run.
    """
    none = np.zeros(len(wanted_mw))
    trade = whole(np.clip(wanted_mw, -np.asarray(outlook.ask_mw), outlook.bid_mw), lot_mw)
    least, most = np.minimum(trade, 0.0), np.maximum(trade, 0.0)
    for _ in range(PASSES):
        programme = outlook.sold_mw + trade
        ran = runnable(limits, energy_mwh, replace(outlook, sold_mw=programme))
        if np.abs(ran - programme).max(initial=0.0) < lot_mw / 2:
            terms = (limits, outlook, wear_cost, fee)
            kept = runnable(limits, energy_mwh, outlook)
            return trade, earned(terms, trade, ran) - earned(terms, none, kept)
        trade = whole(np.clip(ran - outlook.sold_mw, least, most), lot_mw)
    return none, 0.0
