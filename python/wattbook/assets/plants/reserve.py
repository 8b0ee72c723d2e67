"""Spinning reserve in a portfolio: what thermal units and turbines hold beside their power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.commitment.formulation import earlier
from wattbook.assets.plants.solve import per_period
from wattbook.assets.program import INFINITY, Label
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattbook.assets.plants.hydro import HydroColumns
    from wattbook.assets.plants.thermal import ThermalColumns, ThermalPlant
    from wattbook.assets.program import Program

__all__ = ["HeldColumns", "add_need", "hold_hydro", "hold_thermal"]

Floats: TypeAlias = "NDArray[np.float64]"
Columns: TypeAlias = "NDArray[np.int64]"


@dataclass(frozen=True, eq=False)
class HeldColumns:
    """What a part holds upwards and downwards, each one array of columns or more, in MW."""

    up: tuple[Columns, ...]
    down: tuple[Columns, ...]

    def at(self, values: Floats) -> tuple[Floats, Floats]:
        """Return what is held upwards and downwards at the values of all columns, MW."""
        up, down = (
            np.sum([values[columns] for columns in way], axis=0) for way in (self.up, self.down)
        )
        return up, down


def hold_thermal(program: Program, plant: ThermalPlant, made: ThermalColumns) -> HeldColumns:
    """Let a unit that is on hold reserve within its limits and ramps, as Carrion and Arroyo (2006).

    "A computationally efficient mixed-integer linear formulation for the thermal unit commitment
    problem", IEEE Transactions on Power Systems 21, with its limits of starting and stopping.
    """
    unit, periods = plant.unit, len(made.on)
    top = unit.power_max - unit.power_min
    first, last = (edge - unit.power_min for edge in unit.edge)
    up, down = (program.columns(periods, 0.0, top, 0.0) for _ in range(2))
    above = [(part, 1.0) for part in made.parts]
    label = Label("reserve held", unit.name)
    program.rows(
        label, -INFINITY, 0.0, [*above, (up, 1.0), (made.on, -top), (made.start, top - first)]
    )
    stops = earlier(made.stop, -1)
    program.rows(label, -INFINITY, 0.0, [*above, (up, 1.0), (made.on, -top), (stops, top - last)])
    program.rows(label, 0.0, INFINITY, [*above, (down, -1.0)])
    if unit.is_ramped:
        was = np.zeros(periods)
        was[0] = unit.power - unit.power_min if (unit.periods_on or 0) > 0 else 0.0
        change = [*above, *((earlier(part, 1), -1.0) for part in made.parts)]
        program.rows(label, -INFINITY, was + unit.ramp_up, [*change, (up, 1.0)])
        program.rows(label, was - unit.ramp_down, INFINITY, [*change, (down, -1.0)])
    return HeldColumns((up,), (down,))


def hold_hydro(program: Program, made: HydroColumns) -> HeldColumns:
    """Let turbines hold what they leave free, and pumps what they take; an hour of it needs water.

    Upwards a turbine gives more, or a pump stops, as far as the reservoir keeps its least volume;
    downwards a turbine gives less.
    """
    ups, downs = [], []
    for one, (turbined, pumped, _, volume) in zip(made.reservoirs, made.flows, strict=True):
        up, down = (program.columns(len(turbined), 0.0, INFINITY, 0.0) for _ in range(2))
        label = Label("reserve held", one.name)
        most = one.energy_mwh * one.turbine_max
        terms = [(up, 1.0), (turbined, one.energy_mwh), (pumped, -one.pump_energy_mwh)]
        program.rows(label, -INFINITY, most, terms)
        least = one.energy_mwh * one.volume_min
        program.rows(label, least, INFINITY, [(volume, one.energy_mwh), (up, -1.0)])
        program.rows(label, 0.0, INFINITY, [(turbined, one.energy_mwh), (down, -1.0)])
        ups.append(up)
        downs.append(down)
    return HeldColumns(tuple(ups), tuple(downs))


def add_need(
    program: Program,
    held: Sequence[HeldColumns],
    reserve_up: Floats | float,
    reserve_down: Floats | float,
    periods: int,
) -> None:
    """Add a row an hour and direction: all hold what is asked for.

    Raises
    ------
    InputError
        If less than nothing is asked for, or nobody can hold any.
    """
    for name, need, ways in (
        ("reserve_up", reserve_up, [one.up for one in held]),
        ("reserve_down", reserve_down, [one.down for one in held]),
    ):
        asked = per_period(name, need, periods)
        if asked.min() < 0:
            raise InputError(f"{name} is {asked.min():g} MW; give MW from zero")
        columns = [column for way in ways for column in way]
        if not columns:
            raise InputError(f"{name}: no unit and no reservoir can hold reserve; add one")
        for period, power in enumerate(asked):
            here = np.array([column[period] for column in columns])
            program.sum_row(Label(name, f"period {period}"), power, INFINITY, here, 1.0)
