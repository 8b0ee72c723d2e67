"""A schedule that holds up when some prices turn out worse than forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattbook.assets.foresight import Schedule, StoreLimits, column
from wattbook.assets.linear import Floats, LinearProgramme, Term
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["RobustSchedule", "robust_schedule", "worst_case"]


@dataclass(frozen=True, slots=True)
class RobustSchedule:
    """A schedule and what it earns at least.

    Parameters
    ----------
    worst : float
        What it earns when prices turn against it as far as the budget lets them.
    expected : Schedule
        The schedule, and what it earns at the forecast.
    """

    worst: float
    expected: Schedule


def robust_schedule(
    limits: StoreLimits,
    prices: ArrayLike,
    deviations: ArrayLike,
    *,
    budget: float,
    hours: float = 1.0,
    initial_mwh: float | None = None,
    terminal_price: float = 0.0,
    discharge_cost: float = 0.0,
) -> RobustSchedule:
    """Return the schedule that earns most when some prices turn against it.

    Each price may miss its forecast by its deviation, and the misses together, each as a share of
    its deviation, by no more than the budget.

    Parameters
    ----------
    limits : StoreLimits
        Of the battery; charge and discharge share one inverter.
    prices : array_like of shape (n_intervals,), currency per MWh
        Forecast.
    deviations : array_like of shape (n_intervals,), currency per MWh
        Most that each may miss, zero or more.
    budget : float
        How many prices may miss in full: 0 trusts the forecast, `n_intervals` fears them all.
    hours, initial_mwh, terminal_price, discharge_cost
        As for `foresight`.

    Raises
    ------
    InputError
        If a deviation or the budget is below zero, or lengths differ.

    References
    ----------
    Bertsimas and Sim (2004), The price of robustness, theorem 1: the dual of the worst case.

    Examples
    --------
    >>> battery = StoreLimits.symmetric(1.0, 1.0)
    >>> robust_schedule(battery, [10.0, 50.0], [5.0, 20.0], budget=1.0).worst
    20.0
    """
    forecast, missed = column(prices, "prices"), column(deviations, "deviations")
    if len(forecast) != len(missed) or (missed < 0).any() or not budget >= 0:
        raise InputError(
            f"{len(forecast)} prices, {len(missed)} deviations and a budget of {budget}; "
            "give a deviation of zero or more for each price, and a budget of zero or more"
        )
    start = limits.floor_mwh if initial_mwh is None else initial_mwh
    count, programme = len(forecast), LinearProgramme()
    charge = programme.columns(count, upper=limits.charge_mw, value=-forecast * hours)
    worth = (forecast - discharge_cost) * hours
    discharge = programme.columns(count, upper=limits.discharge_mw, value=worth)
    ends = np.zeros(count)
    ends[-1:] = terminal_price
    energy = programme.columns(count, lower=limits.floor_mwh, upper=limits.ceiling_mwh, value=ends)
    into, out = limits.charge_efficiency * hours, hours / limits.discharge_efficiency
    terms: list[Term] = [(energy[:1], 1.0), (charge[:1], -into), (discharge[:1], out)]
    programme.rows("energy at the start", terms, lower=start, upper=start)
    if count > 1:
        terms = [(energy[1:], 1.0), (energy[:-1], -1.0), (charge[1:], -into), (discharge[1:], out)]
        programme.rows("energy", terms, lower=0.0, upper=0.0)
    if limits.charge_mw > 0 and limits.discharge_mw > 0:
        shares: list[Term] = [
            (charge, 1.0 / limits.charge_mw),
            (discharge, 1.0 / limits.discharge_mw),
        ]
        programme.rows("one inverter", shares, upper=1.0)
    # What all misses cost at most is, by duality, the least of budget times level plus excesses.
    level = programme.columns(1, value=-budget)
    excess = programme.columns(count, value=-1.0)
    for sign in (1.0, -1.0):
        lost = sign * missed * hours
        terms = [(level, 1.0), (excess, 1.0), (discharge, -lost), (charge, lost)]
        programme.rows("worst prices", terms, lower=0.0)
    value, found = programme.maximum()
    floor = terminal_price * limits.floor_mwh
    bought, sold = found[charge] * hours, found[discharge] * hours
    left = terminal_price * float(found[energy[-1]]) if count else 0.0
    expected = float(forecast @ (sold - bought)) - discharge_cost * float(sold.sum()) + left - floor
    return RobustSchedule(value - floor, Schedule(expected, bought, sold, found[energy]))


def worst_case(schedule: Schedule, deviations: ArrayLike, budget: float) -> float:
    """Return what a schedule earns when prices turn against it as far as the budget lets them.

    Examples
    --------
    >>> flat = Schedule(40.0, np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    >>> worst_case(flat, [5.0, 20.0], 1.5)
    17.5
    """
    losses: Floats = np.sort(np.abs(schedule.net_mwh) * column(deviations, "deviations"))[::-1]
    shares = np.clip(budget - np.arange(len(losses)), 0.0, 1.0)
    return schedule.value - float(losses @ shares)
