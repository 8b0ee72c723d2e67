"""Prices at which units that schedule themselves nearly serve a fleet's demand and reserve.

Demand and reserve are taken out of the programme and paid for instead: what is left falls apart
into units, each scheduled exactly. Their total cost less what they are paid bounds the cost of any
commitment from below; prices are moved until it is as high as can be. The mean of the schedules on
the way shows which units would run. No large programme is solved: this is for fleets whose
relaxation alone takes minutes.

References
----------
Muckstadt and Koenig (1977), An application of Lagrangian relaxation to scheduling in
power-generation systems.
Dantzig and Wolfe (1960), Decomposition principle for linear programs.
Pessoa, Sadykov, Uchoa and Vanderbeck (2018), Automation and combination of linear-programming based
stabilization techniques in column generation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.program import INFINITY
from wattbook.errors import InputError
from wattbook.market.auction.highs import quiet_solver

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from wattbook._core import ThermalUnit
    from wattbook.assets.commitment.fleet import Fleet
    from wattbook.assets.commitment.formulation import Group
    from wattbook.assets.unit import Unit

__all__ = ["Priced", "ample", "priced"]

Floats: TypeAlias = "NDArray[np.float64]"
CAP = 10.0
"""Times the dearest unit's cost that what is short or too much costs at first."""
LEAN = 0.8
"""Weight of the best prices so far in those that are tried, at first."""
PARTS_MAX = 16
"""Of a ramp up, in the common step of two ramps: it makes the powers of a schedule many."""
WIDER = 1.01
"""Times what a ramp may be for fewer such parts."""
TINY = 1e-9
DONE = 1e-5
"""Share of the mix's cost above the bound at which no round gains anything."""


@dataclass(eq=False)
class Priced:
    """The best prices so far.

    Parameters
    ----------
    bound : float
        No commitment costs less.
    power, reserve : ndarray of shape (periods,), money a MW and period
    share : ndarray of shape (groups, periods)
        Units on, by group: the mean over the schedules of the last prices.
    """

    bound: float
    power: Floats
    reserve: Floats
    share: Floats


@dataclass(frozen=True, eq=False)
class Made:
    """What a unit of each group does at some prices, by group and period, and what that costs."""

    is_on: NDArray[np.bool_]
    power: Floats
    reserve: Floats
    costs: Floats
    bound: float


def priced(fleet: Fleet, groups: Sequence[Group], goes_on: Callable[[Priced], bool]) -> Priced:
    """Return prices and a bound, made better as long as `goes_on` and there is something to gain.

    Each round takes the prices of the best mix of schedules so far, leaned towards the best prices
    so far, asks every unit for its schedule at them, and adds those to the mix.
    """
    market = Market(fleet, groups)
    periods = fleet.periods
    best = np.concatenate([market.merit_prices(), np.zeros(periods)])
    made = market.made(best)
    master = Master(fleet, market, CAP * float(np.abs(best).max()) + 1.0)
    master.add(made)
    share = market.counts[:, None] * made.is_on
    found = Priced(made.bound, best[:periods], best[periods:], share)
    lean = LEAN
    while goes_on(found):
        cost, prices, found.share = master.solved()
        if cost - found.bound <= DONE * max(abs(cost), 1.0):
            if not master.is_short():
                break
            master.raise_cap()
            continue
        tried = lean * best + (1.0 - lean) * prices
        made = market.made(tried)
        master.add(made)
        if made.bound > found.bound:
            best = tried
            found = Priced(made.bound, best[:periods], best[periods:], found.share)
            lean = max(lean - 0.1, 0.0)
    return found


def ample(fleet: Fleet, groups: Sequence[Group], found: Priced, lift: float) -> NDArray[np.bool_]:
    """Return which unit is on when, if each schedules itself at prices that pay more for power.

    At the best prices the mix serves the fleet, one schedule of each unit may not; units at the
    margin come on with a `lift`: a share of the power price, for power and on top for reserve.
    """
    more = lift * np.abs(found.power)
    prices = np.concatenate([found.power + more, np.maximum(found.reserve, 0.0) + more])
    made = Market(fleet, groups).made(prices)
    is_on = np.zeros((len(fleet.units), fleet.periods), bool)
    for group, states in zip(groups, made.is_on, strict=True):
        is_on[list(group.members)] = states
    return is_on


class Master:
    """The mix of schedules so far that serves the fleet at the least cost, and its prices.

    What is short or too much costs a cap, so that there always is a mix.
    """

    def __init__(self, fleet: Fleet, market: Market, cap: float) -> None:
        self.fleet, self.market, self.cap = fleet, market, cap
        self.solver = quiet_solver()
        self.states: list[NDArray[np.bool_]] = []
        periods = fleet.periods
        lows = np.concatenate([fleet.demand, fleet.reserve, market.counts])
        highs = np.concatenate([fleet.demand, np.full(periods, INFINITY), market.counts])
        none = np.zeros(0)
        self.solver.addRows(
            len(lows), lows, highs, 0, np.zeros(len(lows), np.int32), np.zeros(0, np.int32), none
        )
        rows = np.arange(2 * periods, dtype=np.int32)
        ones = np.ones(periods)
        self.own = 4 * periods
        self._columns(
            np.zeros(periods), fleet.renewable_min, fleet.renewable_max, rows[:periods], ones
        )
        for at, sign in ((rows[:periods], 1.0), (rows[:periods], -1.0), (rows[periods:], 1.0)):
            self._columns(
                np.full(periods, cap), 0 * ones, np.full(periods, INFINITY), at, sign * ones
            )

    def _columns(
        self, cost: Floats, low: Floats, high: Floats, rows: NDArray[np.int32], values: Floats
    ) -> None:
        """Add columns of one entry each."""
        count = len(cost)
        self.solver.addCols(
            count, cost, low, high, count, np.arange(count, dtype=np.int32), rows, values
        )

    def add(self, made: Made) -> None:
        """Add the schedules of all groups at some prices."""
        periods, count = self.fleet.periods, len(self.market.counts)
        entries = np.concatenate([made.power, made.reserve, np.ones((count, 1))], axis=1)
        rows = np.tile(np.arange(2 * periods + 1, dtype=np.int32), (count, 1))
        rows[:, -1] = 2 * periods + np.arange(count)
        is_there = entries != 0.0
        starts = np.concatenate([[0], np.cumsum(is_there.sum(axis=1))[:-1]]).astype(np.int32)
        self.solver.addCols(
            count,
            made.costs,
            np.zeros(count),
            np.full(count, INFINITY),
            int(is_there.sum()),
            starts,
            rows[is_there],
            entries[is_there],
        )
        self.states.append(made.is_on)

    def solved(self) -> tuple[float, Floats, Floats]:
        """Return the cost of the best mix, its prices, and the units on by group and period."""
        self.solver.run()
        solution = self.solver.getSolution()
        values = np.array(solution.col_value)[self.own :].reshape(len(self.states), -1)
        share = np.einsum("sg,sgt->gt", values, np.array(self.states, float))
        prices = np.array(solution.row_dual)[: 2 * self.fleet.periods]
        return float(self.solver.getInfo().objective_function_value), prices, share

    def is_short(self) -> bool:
        """Whether the mix pays the cap somewhere."""
        periods = self.fleet.periods
        values = np.array(self.solver.getSolution().col_value)[periods : 4 * periods]
        return bool(values.max() > 1e-6)

    def raise_cap(self) -> None:
        """Let what is short cost ten times as much."""
        periods = self.fleet.periods
        self.cap *= 10.0
        columns = np.arange(periods, 4 * periods, dtype=np.int32)
        self.solver.changeColsCost(len(columns), columns, np.full(len(columns), self.cap))


class Market:
    """Units that schedule themselves at given prices."""

    def __init__(self, fleet: Fleet, groups: Sequence[Group]) -> None:
        self.fleet = fleet
        self.groups = groups
        self.counts = np.array([float(group.count) for group in groups])
        cores = [core_of(group.unit, fleet.periods) for group in groups]
        self.cores = [core for core, _ in cores]
        units = [group.unit for group in groups]
        self.high = column([one.power_max for one in units])
        self.first = column([one.edge[0] for one in units])
        self.last = column([one.stop_top for one in units])
        self.rise = column(
            [
                one.ramp_up if is_ramped else math.inf
                for one, (_, is_ramped) in zip(units, cores, strict=True)
            ]
        )
        self.before = column([one.power for one in units])
        self.was_on = np.array([[(one.periods_on or 0) > 0] for one in units])

    def merit_prices(self) -> Floats:
        """Return the price of the dearest unit that each period needs, were all free to choose."""
        costs, powers = [], []
        for group in self.groups:
            high = group.unit.power_max
            costs.append(group.unit.cost(high) / max(high, 1e-9))
            powers.append(group.count * high)
        order = np.argsort(costs, kind="stable")
        supply = np.cumsum(np.array(powers)[order])
        needed = self.fleet.demand + self.fleet.reserve - self.fleet.renewable_max
        place = np.minimum(np.searchsorted(supply, needed), len(order) - 1)
        return np.asarray(np.array(costs)[order][place], np.float64)

    def made(self, prices: Floats) -> Made:
        """Return what units do at prices of power and reserve, and the bound that follows."""
        fleet, periods = self.fleet, self.fleet.periods
        pays, holds = np.ascontiguousarray(prices[:periods]), np.ascontiguousarray(prices[periods:])
        fuel = np.ones(periods)
        values = np.zeros(len(self.cores))
        power, on = np.zeros((len(values), periods)), np.zeros((len(values), periods), bool)
        for number, core in enumerate(self.cores):
            values[number], power[number], on[number] = core.best_schedule(pays, fuel, holds)
        reserve = self.reserve(power, on)
        renewable = np.where(pays >= 0.0, fleet.renewable_max, fleet.renewable_min)
        paid = pays @ (fleet.demand - renewable) + holds @ fleet.reserve
        costs = power @ pays + reserve @ holds - values
        return Made(on, power, reserve, costs, float(paid - self.counts @ values))

    def reserve(self, power: Floats, on: NDArray[np.bool_]) -> Floats:
        """Return what each unit holds back: all that its schedule may."""
        was_on = np.concatenate([self.was_on, on[:, :-1]], axis=1)
        before = np.concatenate([self.before, power[:, :-1]], axis=1)
        goes_on = np.concatenate([on[:, 1:], np.ones_like(self.was_on)], axis=1)
        top = np.where(was_on, np.minimum(before + self.rise, self.high), self.first)
        top = np.where(goes_on, top, np.minimum(top, self.last))
        return np.where(on, np.maximum(top - power, 0.0), 0.0)


def column(values: list[float]) -> Floats:
    """Return a value a unit, in an array that fits one of units and periods."""
    return np.array(values, np.float64)[:, None]


def core_of(unit: Unit, periods: int) -> tuple[ThermalUnit, bool]:
    """Return what schedules the unit, and whether with its ramps: those have a common step.

    If they have none, the ramp down is widened until it does; if that is not enough, ramps are left
    out. A unit that may do more earns no less, so that the bound holds.
    """
    first, last = unit.edge[0], unit.stop_top
    loose = replace(
        unit, ramp_up=math.inf, ramp_down=math.inf, startup_limit=first, shutdown_limit=last
    )
    for one, is_ramped in ((unit, True), (widened(unit), True), (loose, False)):
        core = one.core()
        try:
            core.best_schedule(np.zeros(periods), np.ones(periods), np.zeros(periods))
        except InputError:
            continue
        return core, is_ramped
    raise InputError(f"unit {unit.name}: no schedule keeps its rules; correct its least times")


def widened(unit: Unit) -> Unit:
    """Return the unit with its ramp down made longer, by what two ramps need for a common step."""
    ratio = unit.ramp_down / unit.ramp_up if unit.ramp_up > 0 else math.inf
    if not math.isfinite(ratio):
        return unit
    parts = [math.ceil(ratio * part - TINY) / part for part in range(1, PARTS_MAX + 1)]
    wide = next((one for one in parts if one <= WIDER * ratio), parts[-1])
    return replace(unit, ramp_down=wide * unit.ramp_up)
