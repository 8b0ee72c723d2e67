"""A thermal unit in a programme: fuel and CO2 by period, start-up and shut-down power."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.commitment.formulation import earlier
from wattbook.assets.plants.solve import Power, per_period, power_of
from wattbook.assets.program import INFINITY, Label
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.assets.program import Program
    from wattbook.assets.unit import Unit

__all__ = ["ThermalColumns", "ThermalPlant", "add_thermal"]

Floats: TypeAlias = "NDArray[np.float64]"
Columns: TypeAlias = "NDArray[np.int64]"
PIECES = 33


@dataclass(frozen=True, eq=False)
class ThermalPlant:
    """A thermal unit with what it burns and how it comes up and goes down.

    Parameters
    ----------
    unit : Unit
        With its state before the first period. A quadratic curve is taken in 33 pieces.
    fuel_prices : float or ndarray of shape (periods,), money a unit of fuel
        A start pays that of its first period on.
    start_power : tuple of float, MW, optional
        In the periods before the first one on; its fuel is part of the start's.
    stop_power : tuple of float, MW, optional
        In the periods after the last one on, without fuel. Both together last no longer than the
        least time off.
    """

    unit: Unit
    fuel_prices: Floats | float = 1.0
    start_power: tuple[float, ...] = ()
    stop_power: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check what the unit itself does not."""
        unit, ways = self.unit, (*self.start_power, *self.stop_power)
        unit.core(pieces=2)
        if not unit.periods_on:
            raise InputError(
                f"unit {unit.name}: periods_on is missing; say how long it is on or off"
            )
        if len(ways) > unit.down_min:
            raise InputError(
                f"unit {unit.name}: it comes up and goes down in {len(ways)} periods, but is off "
                f"for {unit.down_min} at least; give a longer down_min, or fewer powers"
            )
        if not all(0.0 <= power <= unit.power_min for power in ways):
            raise InputError(
                f"unit {unit.name}: powers of starting and stopping {ways} leave 0 to its least "
                f"power, {unit.power_min:g} MW; give powers within"
            )


@dataclass(frozen=True, eq=False)
class ThermalColumns:
    """The columns of a unit in a programme.

    Parameters
    ----------
    on, start, stop : ndarray of int
    parts : tuple of ndarray of int
        Power above the least, MW, piece by piece.
    power : Power
    fixed : ndarray, MW
        What still comes of a stop before the first period.
    """

    on: Columns
    start: Columns
    stop: Columns
    parts: tuple[Columns, ...]
    power: Power
    fixed: Floats


def add_thermal(
    program: Program, plant: ThermalPlant, co2_prices: Floats | float, periods: int
) -> ThermalColumns:
    """Add a unit at the cost of fuel, CO2, operation and starts; power earns nothing yet.

    Start, stop and least times as Rajan and Takriti (2005); a start's category is matched to the
    stop before it, and power on the way up and down follows starts and stops, as Morales-España,
    Latorre and Ramos (2013), "Tight and compact MILP formulation of start-up and shut-down
    ramping in unit commitment".

    Raises
    ------
    InputError
        If a price is missing.
    """
    unit = plant.unit
    fuel = per_period(f"fuel prices of {unit.name}", plant.fuel_prices, periods)
    burnt = fuel + unit.emission_t * per_period("co2_prices", co2_prices, periods)
    points = unit.curve.below(PIECES)
    low, least = points[0]
    running = least * burnt + unit.operation_cost * low
    on = program.columns(periods, 0.0, 1.0, running, whole=True)
    start = program.columns(periods, 0.0, 1.0, 0.0, whole=True)
    stop = program.columns(periods, 0.0, 1.0, 0.0, whole=True)
    add_times(program, plant, on, start, stop)
    add_categories(program, plant, start, stop, burnt)
    parts = []
    for (here, used), (there, more) in itertools.pairwise(points):
        cost = (more - used) / (there - here) * burnt + unit.operation_cost
        parts.append(program.columns(periods, 0.0, there - here, cost))
    add_limits(program, plant, on, start, stop, parts)
    ways = [(earlier(start, -back), mw) for back, mw in enumerate(plant.start_power[::-1], start=1)]
    ways += [(earlier(stop, back), mw) for back, mw in enumerate(plant.stop_power)]
    fixed = np.zeros(periods)
    # The stop of a unit that has been off for so many periods was that many before the first.
    rest = plant.stop_power[-(unit.periods_on or 0) :] if (unit.periods_on or 0) < 0 else ()
    fixed[: len(rest)] = rest[:periods]
    power = power_of([(on, low), *((part, 1.0) for part in parts), *ways])
    return ThermalColumns(on, start, stop, tuple(parts), power, fixed)


def add_times(
    program: Program, plant: ThermalPlant, on: Columns, start: Columns, stop: Columns
) -> None:
    """Add the rows of starts, stops and least times, with what is left of them at the beginning."""
    unit, periods = plant.unit, len(on)
    state = unit.periods_on or 0
    before = np.zeros(periods)
    before[0] = float(state > 0)
    terms = [(on, 1.0), (earlier(on, 1), -1.0), (start, -1.0), (stop, 1.0)]
    program.rows(Label("starts and stops", unit.name), before, before, terms)
    started = [(earlier(start, back), 1.0) for back in range(min(unit.up_min, periods))]
    stopped = [(earlier(stop, back), 1.0) for back in range(min(unit.down_min, periods))]
    up, down = Label("least time on", unit.name), Label("least time off", unit.name)
    program.rows(up, -INFINITY, 0.0, [*started, (on, -1.0)])
    program.rows(down, -INFINITY, 1.0, [*stopped, (on, 1.0)])
    if state > 0 and (left := min(unit.up_min - state, periods)) > 0:
        program.rows(up, 1.0, 1.0, [(on[:left], 1.0)])
    if state < 0 and (left := min(unit.down_min + state, periods)) > 0:
        program.rows(down, 0.0, 0.0, [(on[:left], 1.0)])
    if state < 0 and plant.start_power:
        # A start takes its way first, and none has begun.
        label = Label("way up", unit.name)
        program.rows(label, 0.0, 0.0, [(start[: len(plant.start_power)], 1.0)])
    if unit.must_run:
        program.rows(Label("must run", unit.name), 1.0, 1.0, [(on, 1.0)])


def add_categories(
    program: Program, plant: ThermalPlant, start: Columns, stop: Columns, burnt: Floats
) -> None:
    """Add what a start costs: a category other than the last needs a stop of its time before."""
    unit, periods = plant.unit, len(start)
    kinds = [
        program.columns(periods, 0.0, 1.0, one.cost + one.fuel * burnt) for one in unit.startups
    ]
    label = Label("category of a start", unit.name)
    program.rows(label, 0.0, 0.0, [(start, -1.0), *((kind, 1.0) for kind in kinds)])
    for number, kind in enumerate(kinds[:-1]):
        first = unit.startups[number].lag if number else 1
        span = range(first, min(unit.startups[number + 1].lag, periods + 1))
        known = np.zeros(periods)
        if (state := unit.periods_on or 0) < 0:
            off = np.arange(periods) - state
            known[(first <= off) & (off < unit.startups[number + 1].lag)] = 1.0
        terms = [(kind, 1.0), *((earlier(stop, back), -1.0) for back in span)]
        program.rows(label, -INFINITY, known, terms)


def add_limits(
    program: Program,
    plant: ThermalPlant,
    on: Columns,
    start: Columns,
    stop: Columns,
    parts: list[Columns],
) -> None:
    """Add limits of power above the least: running, starting, stopping and ramping."""
    unit, periods = plant.unit, len(on)
    low, high = unit.power_min, unit.power_max
    top = high - low
    first, last = (edge - low for edge in unit.edge)
    above = [(part, 1.0) for part in parts]
    if parts:
        label = Label("most power", unit.name)
        starting = [*above, (on, -top), (start, top - first)]
        stopping = [*above, (on, -top), (earlier(stop, -1), top - last)]
        program.rows(label, -INFINITY, 0.0, starting)
        program.rows(label, -INFINITY, 0.0, stopping)
    is_on = (unit.periods_on or 0) > 0
    begun = unit.power - low if is_on else 0.0
    if is_on and unit.power > low + last + 1e-9:
        program.rows(Label("shut-down limit", unit.name), 0.0, 0.0, [(stop[:1], 1.0)])
    if unit.is_ramped:
        was = np.zeros(periods)
        was[0] = begun
        change = [*above, *((earlier(part, 1), -1.0) for part in parts)]
        label = Label("ramp", unit.name)
        program.rows(label, was - unit.ramp_down, was + unit.ramp_up, change)
