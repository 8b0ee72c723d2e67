"""Whether a commitment keeps every rule and costs what it says, told rule by rule from its numbers.

This knows nothing of the programme that found it: it walks through periods and units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattbook.assets.commitment.result import Commitment
    from wattbook.assets.unit import Unit

__all__ = ["broken_rules"]

SLACK_MW = 1e-4
SLACK_COST = 1e-6


def broken_rules(found: Commitment) -> list[str]:
    """Return a sentence for each rule that `found` breaks, its cost among them."""
    sentences = [*system_rules(found)]
    cost = 0.0
    for number, unit in enumerate(found.fleet.units):
        is_on = [bool(one) for one in found.is_on[number]]
        power = [float(one) for one in found.power[number]]
        reserve = [float(one) for one in found.reserve[number]]
        sentences += time_rules(unit, is_on)
        sentences += power_rules(unit, is_on, power, reserve)
        cost += cost_of(unit, is_on, power)
    if abs(cost - found.cost) > SLACK_COST * max(abs(cost), 1.0):
        sentences.append(f"the cost is {cost}, not {found.cost}")
    if found.bound > cost + SLACK_COST * max(abs(cost), 1.0):
        sentences.append(f"the bound of {found.bound} is above the cost of {cost}")
    return sentences


def system_rules(found: Commitment) -> Iterator[str]:
    """Yield what is wrong with demand, reserve and renewables."""
    fleet = found.fleet
    for period in range(fleet.periods):
        made = float(found.power[:, period].sum() + found.renewable[period])
        if abs(made - fleet.demand[period]) > SLACK_MW:
            yield f"period {period}: {made} MW are made, demand is {fleet.demand[period]}"
        held = float(found.reserve[:, period].sum())
        if held < fleet.reserve[period] - SLACK_MW:
            yield f"period {period}: {held} MW are held back, reserve is {fleet.reserve[period]}"
        low, high = fleet.renewable_min[period], fleet.renewable_max[period]
        if not low - SLACK_MW <= found.renewable[period] <= high + SLACK_MW:
            yield f"period {period}: renewables of {found.renewable[period]} not in {low} to {high}"


def time_rules(unit: Unit, is_on: list[bool]) -> Iterator[str]:
    """Yield what is wrong with the times of a unit on and off."""
    age = unit.periods_on or 0
    for period, now in enumerate(is_on):
        if unit.must_run and not now:
            yield f"unit {unit.name}, period {period}: off, but must run"
        if now != (age > 0) and abs(age) < (unit.up_min if age > 0 else unit.down_min):
            state = "on" if age > 0 else "off"
            yield f"unit {unit.name}, period {period}: {state} for {abs(age)} periods only"
        age = older(age, is_on=now)


def older(age: int, *, is_on: bool) -> int:
    """Return periods on (above zero) or off (below zero) after one more period."""
    return max(age, 0) + 1 if is_on else min(age, 0) - 1


def power_rules(
    unit: Unit, is_on: list[bool], power: list[float], reserve: list[float]
) -> Iterator[str]:
    """Yield what is wrong with powers, ramps and reserves of a unit."""
    was_on, before = (unit.periods_on or 0) > 0, unit.power
    for period, now in enumerate(is_on):
        place = f"unit {unit.name}, period {period}"
        made, held = power[period], reserve[period]
        if held < -SLACK_MW:
            yield f"{place}: reserve of {held} MW"
        if not now:
            if abs(made) > SLACK_MW or held > SLACK_MW:
                yield f"{place}: {made} MW and reserve of {held} MW while off"
            if was_on and before > unit.shutdown_limit + SLACK_MW:
                yield f"{place}: stops from {before} MW, at most {unit.shutdown_limit} allowed"
            if was_on and before - unit.power_min > unit.ramp_down + SLACK_MW:
                yield f"{place}: stops from {before} MW by a ramp of {unit.ramp_down}"
            was_on, before = False, 0.0
            continue
        if not unit.power_min - SLACK_MW <= made or made + held > unit.power_max + SLACK_MW:
            yield f"{place}: {made} and {held} MW not in {unit.power_min} to {unit.power_max}"
        is_last = period + 1 < len(is_on) and not is_on[period + 1]
        if is_last and made + held > unit.shutdown_limit + SLACK_MW:
            yield f"{place}: {made} and {held} MW before the stop, at most {unit.shutdown_limit}"
        if not was_on and made + held > unit.startup_limit + SLACK_MW:
            yield f"{place}: {made} and {held} MW at the start, at most {unit.startup_limit}"
        base = before if was_on else unit.power_min
        if made + held - base > unit.ramp_up + SLACK_MW:
            yield f"{place}: from {base} to {made} and {held} MW by a ramp of {unit.ramp_up}"
        if was_on and before - made > unit.ramp_down + SLACK_MW:
            yield f"{place}: from {before} to {made} MW by a ramp of {unit.ramp_down}"
        was_on, before = True, made


def cost_of(unit: Unit, is_on: list[bool], power: list[float]) -> float:
    """Return what a unit's running and starts cost."""
    cost, age = 0.0, unit.periods_on or 0
    for period, now in enumerate(is_on):
        if now:
            cost += unit.curve.fuel(power[period]) + unit.operation_cost * power[period]
            if age < 0:
                # The dearest time off that the category's lag is within.
                cost += [one.cost for one in unit.startups if one.lag <= -age][-1]
        age = older(age, is_on=now)
    return cost
