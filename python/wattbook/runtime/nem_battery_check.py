"""A battery in energy and the ten FCAS once more: the same market, written independently.

It checks `wattbook.runtime.nem_battery`; nothing of that formulation is used here.
"""

from __future__ import annotations

import highspy
import numpy as np

from wattbook.runtime.nem_battery import DispatchPrices, NemBattery

__all__ = ["second_value"]

HOURS = 1 / 12
SECONDS = {"1SEC": 6, "6SEC": 60, "60SEC": 300, "5MIN": 600, "REG": 300}
"""Until the next slower service takes over; regulation holds a dispatch interval."""


def second_value(
    battery: NemBattery, prices: DispatchPrices, *, initial_mwh: float | None = None
) -> float:
    """Return the best value by a second, independent formulation of the same rules.

    It shares no code with `plan_battery`, nor what a service and a trapezium are: row by row, with
    what enters and leaves the cells as variables, energy as running sums of them, and each side of
    a trapezium as the line through two of its corners.

    References
    ----------
    AEMO, FCAS Model in NEMDE: a contingency service lies inside its trapezium over the energy
    target with the regulation of its direction given in full (joint capacity constraint);
    regulation inside its own over the energy target (energy and regulating capacity constraint).
    """
    solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS's own call
    solver.setOptionValue("primal_feasibility_tolerance", 1e-9)
    solver.setOptionValue("dual_feasibility_tolerance", 1e-9)
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    infinity, none = highspy.kHighsInf, (0, np.empty(0, np.int32), np.empty(0))
    limits = battery.limits
    count = 0

    def variable(value: float, low: float, high: float) -> int:
        nonlocal count
        solver.addCol(value, low, high, *none)
        count += 1
        return count - 1

    def row(low: float, terms: dict[int, float], high: float) -> None:
        columns = np.fromiter(terms, np.int32, len(terms))
        solver.addRow(low, high, len(terms), columns, np.fromiter(terms.values(), float))

    into, out = limits.charge_efficiency, limits.discharge_efficiency
    before = variable(0.0, *(2 * [limits.floor_mwh if initial_mwh is None else initial_mwh]))
    for place, price in enumerate(prices.energy.tolist()):
        entered = variable(-price / into, 0.0, limits.charge_mw * HOURS * into)
        left = variable(price * out, 0.0, limits.discharge_mw * HOURS / out)
        row(
            -infinity,
            {entered: 1 / (limits.charge_mw * into), left: out / limits.discharge_mw},
            HOURS,
        )
        after = variable(0.0, limits.floor_mwh, limits.ceiling_mwh)
        row(0.0, {after: 1.0, before: -1.0, entered: -1.0, left: 1.0}, 0.0)
        target = {left: out / HOURS, entered: -1 / (into * HOURS)}
        given = {
            name: variable(float(values[place]) * HOURS, 0.0, most_of(battery, name))
            for name, values in prices.services.items()
        }
        raised, lowered = given["RAISEREG"], given["LOWERREG"]
        row(-infinity, {**target, raised: 1.0}, limits.discharge_mw)
        row(-limits.charge_mw, {**target, lowered: -1.0}, infinity)
        for name, volume in given.items():
            is_regulation = name.endswith("REG")
            upper = target if is_regulation else {**target, raised: 1.0}
            lower = target if is_regulation else {**target, lowered: -1.0}
            top, near, far = corners_of(battery, name)
            # The line through (discharge, 0) and (far, top): volume x width <= top x room.
            width = limits.discharge_mw - far
            terms = {at: top * weight for at, weight in upper.items()}
            row(-infinity, {**terms, volume: width}, top * limits.discharge_mw)
            # The line through (-charge, 0) and (near, top).
            width = near + limits.charge_mw
            terms = {at: top * weight for at, weight in lower.items()}
            row(-top * limits.charge_mw, {**terms, volume: -width}, infinity)
            if not is_regulation and name.startswith("RAISE"):
                # A contingency service also keeps its own power, beside regulation.
                row(-infinity, {**upper, volume: 1.0}, limits.discharge_mw)
            elif not is_regulation:
                row(-limits.charge_mw, {**lower, volume: -1.0}, infinity)
        for energy in (before, after):
            for way, sign, bound, share in (
                ("RAISE", 1.0, limits.floor_mwh, 1 / out),
                ("LOWER", -1.0, -limits.ceiling_mwh, into),
            ):
                held = {
                    volume: -hours_of(name) * share
                    for name, volume in given.items()
                    if name.startswith(way)
                }
                row(bound, {energy: sign, **held}, infinity)
        before = after
    solver.run()
    return float(solver.getInfo().objective_function_value)


def most_of(battery: NemBattery, name: str) -> float:
    """Return how much of a service it may give, MW: no more than from charge to discharge."""
    registered = battery.regulation_mw if name.endswith("REG") else battery.contingency_mw
    return min(registered, battery.limits.charge_mw + battery.limits.discharge_mw)


def corners_of(battery: NemBattery, name: str) -> tuple[float, float, float]:
    """Return a trapezium's height and the energy targets of its left and right upper corner, MW.

    It stands from full charge to full discharge. Raising needs room above the target, lowering room
    below, a MW for each MW.
    """
    limits, top = battery.limits, most_of(battery, name)
    if name.startswith("RAISE"):
        return top, -limits.charge_mw, limits.discharge_mw - top
    return top, top - limits.charge_mw, limits.discharge_mw


def hours_of(name: str) -> float:
    """Return for how long a service is held, h (market ancillary service specification)."""
    return SECONDS[name.removeprefix("RAISE").removeprefix("LOWER")] / 3_600
