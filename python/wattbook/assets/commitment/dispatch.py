"""Powers and reserves of a fleet whose units are on when they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import highspy
import numpy as np

from wattbook.assets.commitment.formulation import Formulation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.assets.commitment.fleet import Fleet

__all__ = ["Dispatch", "dispatch", "start_cost", "starts_of"]

Floats: TypeAlias = "NDArray[np.float64]"
PIECES = 96
"""Of a quadratic curve; its cost is then that of the curve itself."""


@dataclass(frozen=True, eq=False)
class Dispatch:
    """The cheapest powers at given states.

    Parameters
    ----------
    is_on : ndarray of shape (units, periods), bool
    power, reserve : ndarray of shape (units, periods), MW
    renewable : ndarray of shape (periods,), MW
    cost : float
        Fuel, operation and starts, in money.
    prices : ndarray of shape (periods,), money a MW and period
        What a MW more of demand would cost with these states.
    """

    is_on: NDArray[np.bool_]
    power: Floats
    reserve: Floats
    renewable: Floats
    cost: float
    prices: Floats


def starts_of(fleet: Fleet, is_on: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Return unit, period and periods off before it of each start."""
    found = []
    for number, unit in enumerate(fleet.units):
        age = unit.periods_on or 0
        for period, running in enumerate(is_on[number]):
            if running and age < 0:
                found.append((number, period, -age))
            age = (max(age, 0) + 1) if running else (min(age, 0) - 1)
    return found


def start_cost(fleet: Fleet, is_on: NDArray[np.bool_]) -> float:
    """Return what all starts cost."""
    return sum(fleet.units[number].startup(off).cost for number, _, off in starts_of(fleet, is_on))


def dispatch(fleet: Fleet, is_on: NDArray[np.bool_]) -> Dispatch | None:
    """Return the cheapest powers with units on as `is_on` says, or None if there are none."""
    formulation = Formulation(fleet, merges=False, pieces=PIECES, implied=False)
    program = formulation.program
    solver = program.solver(is_relaxed=True)
    for group in formulation.groups:
        states = is_on[group.members[0]].astype(float)
        before = float((group.unit.periods_on or 0) > 0)
        change = np.diff(states, prepend=before)
        for columns, values in (
            (group.on, states),
            (group.start, np.maximum(change, 0.0)),
            (group.stop, np.maximum(-change, 0.0)),
        ):
            solver.changeColsBounds(len(columns), columns.astype(np.int32), values, values)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    values = np.array(solver.getSolution().col_value)
    duals = np.array(solver.getSolution().row_dual)
    power = np.zeros(is_on.shape)
    reserve = np.zeros(is_on.shape)
    for group in formulation.groups:
        unit, member = group.unit, group.members[0]
        above = values[group.above] if len(group.above) else 0.0
        power[member] = is_on[member] * (unit.power_min + above)
        reserve[member] = values[group.reserve]
    balance = formulation.balance
    return Dispatch(
        is_on,
        power,
        reserve,
        values[formulation.renewable],
        running_cost(fleet, is_on, power) + start_cost(fleet, is_on),
        duals[balance : balance + fleet.periods],
    )


def running_cost(fleet: Fleet, is_on: NDArray[np.bool_], power: Floats) -> float:
    """Return fuel and operation of all running units."""
    return sum(
        unit.cost(float(power[number, period]))
        for number, unit in enumerate(fleet.units)
        for period in np.flatnonzero(is_on[number])
    )
