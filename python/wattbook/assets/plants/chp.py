"""A plant that makes power and heat, with a boiler and a heat store beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.commitment.formulation import earlier
from wattbook.assets.plants.solve import SECONDS, Power, add_states, per_period, power_of, solved
from wattbook.assets.program import INFINITY, Label, Program
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Boiler", "ChpPlant", "HeatSchedule", "HeatStore", "add_heat", "schedule_heat"]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True)
class ChpPlant:
    """A plant of combined heat and power. While on it runs anywhere between its corners.

    Parameters
    ----------
    name : str
    corners : tuple of (MW power, MW heat, fuel of a period)
        Back pressure is a line of two corners, extraction a polygon.
    start_cost : float, money, optional
    up_min, down_min : int, periods, optional
    emission_t : float, optional
        Tonnes of CO2 a unit of fuel.
    is_on : bool, optional
        Before the first period; its least time is then served.
    """

    name: str
    corners: tuple[tuple[float, float, float], ...]
    start_cost: float = 0.0
    up_min: int = 1
    down_min: int = 1
    emission_t: float = 0.0
    is_on: bool = False


@dataclass(frozen=True)
class Boiler:
    """Makes heat alone: at most `heat_max` MW, from `fuel` units a MWh."""

    heat_max: float
    fuel: float
    emission_t: float = 0.0


@dataclass(frozen=True)
class HeatStore:
    """Keeps heat: capacity in MWh, most change in MW, share lost a period, level at both ends."""

    capacity_mwh: float
    power_max: float
    loss: float = 0.0
    level_mwh: float = 0.0


@dataclass(frozen=True, eq=False)
class HeatSchedule:
    """A schedule of power and heat, one value a period.

    Parameters
    ----------
    value : float
        Earnings of power less fuel, CO2 and starts; heat is owed and earns nothing here.
    is_on : ndarray of bool
    power, heat, boiler_heat : ndarray, MW
    store_mwh : ndarray, MWh
        After each period.
    gap : float
        Share of the value that a better schedule could add at most: zero, unless time ran out.
    """

    value: float
    is_on: NDArray[np.bool_]
    power: Floats
    heat: Floats
    boiler_heat: Floats
    store_mwh: Floats
    gap: float


def schedule_heat(
    plant: ChpPlant,
    power_prices: Floats,
    heat_demand: Floats,
    fuel_prices: Floats | float,
    *,
    co2_prices: Floats | float = 0.0,
    boiler: Boiler | None = None,
    store: HeatStore | None = None,
    seconds: float = SECONDS,
) -> HeatSchedule:
    """Return the schedule that earns most and meets the demand for heat in every period.

    Parameters
    ----------
    plant : ChpPlant
    power_prices : ndarray of shape (periods,), money a MWh
    heat_demand : ndarray of shape (periods,), MW
    fuel_prices, co2_prices : float or ndarray of shape (periods,), money a unit of fuel, a tonne
    boiler : Boiler, optional
    store : HeatStore, optional
    seconds : float, optional
        How long to search at most; then the best comes back with its gap.

    Raises
    ------
    InputError
        If a value is missing or rules contradict; names the periods.
    AssetError
        If no schedule was found in time.
    """
    prices = per_period("power_prices", power_prices, len(power_prices))
    periods = len(prices)
    program = Program()
    columns = add_heat(program, plant, heat_demand, fuel_prices, co2_prices, boiler, store, periods)
    power = columns.power
    program.add_cost(power.columns, -power.factors * prices[power.periods])
    found = solved(program, plant.name, seconds=seconds)
    return columns.schedule(found.columns, -found.cost, found.gap)


@dataclass(frozen=True, eq=False)
class HeatColumns:
    """The columns of a plant of heat and power in a programme."""

    plant: ChpPlant
    on: NDArray[np.int64]
    shares: tuple[NDArray[np.int64], ...]
    boiled: NDArray[np.int64]
    level: NDArray[np.int64]

    @property
    def power(self) -> Power:
        """What it puts into the grid."""
        made = [
            (share, power)
            for share, (power, _, _) in zip(self.shares, self.plant.corners, strict=True)
        ]
        return power_of(made)

    def schedule(self, values: Floats, value: float, gap: float) -> HeatSchedule:
        """Return the schedule at the values of all columns."""
        corners = np.array(self.plant.corners)
        weights = np.array([values[share] for share in self.shares])
        return HeatSchedule(
            value,
            values[self.on] > 0.5,
            corners[:, 0] @ weights,
            corners[:, 1] @ weights,
            values[self.boiled],
            values[self.level],
            gap,
        )


def add_heat(
    program: Program,
    plant: ChpPlant,
    heat_demand: Floats | float,
    fuel_prices: Floats | float,
    co2_prices: Floats | float,
    boiler: Boiler | None,
    store: HeatStore | None,
    periods: int,
) -> HeatColumns:
    """Add a plant and its heat, at the cost of fuel, CO2 and starts; power earns nothing yet.

    Raises
    ------
    InputError
        If a value is missing.
    """
    demand = per_period("heat_demand", heat_demand, periods)
    fuel = per_period("fuel_prices", fuel_prices, periods)
    co2 = per_period("co2_prices", co2_prices, periods)
    if not plant.corners:
        raise InputError(f"{plant.name} has no corners; give power, heat and fuel of at least one")
    on = add_states(program, plant, periods)
    burnt = fuel + plant.emission_t * co2
    shares = tuple(program.columns(periods, 0.0, 1.0, used * burnt) for _, _, used in plant.corners)
    label = Label("operating range", plant.name)
    program.rows(label, 0.0, 0.0, [(on, -1.0), *((share, 1.0) for share in shares)])
    kept = boiler or Boiler(0.0, 0.0)
    boiled = program.columns(
        periods, 0.0, kept.heat_max, kept.fuel * (fuel + kept.emission_t * co2)
    )
    held = store or HeatStore(0.0, 0.0)
    level = program.columns(periods, 0.0, held.capacity_mwh, 0.0)
    change = program.columns(periods, -held.power_max, held.power_max, 0.0)
    left = 1.0 - held.loss
    before = np.zeros(periods)
    before[0] = left * held.level_mwh
    terms = [(level, 1.0), (earlier(level, 1), -left), (change, -1.0)]
    program.rows(Label("level", "the heat store"), before, before, terms)
    end = Label("last level", "the heat store")
    program.rows(end, held.level_mwh, INFINITY, [(level[-1:], 1.0)])
    heats = [(share, heat) for share, (_, heat, _) in zip(shares, plant.corners, strict=True)]
    for period in range(periods):
        here = slice(period, period + 1)
        made = [(share[here], heat) for share, heat in heats]
        terms = [*made, (boiled[here], 1.0), (change[here], -1.0)]
        owed = demand[period]
        program.rows(Label("heat demand", f"period {period}"), owed, owed, terms)
    return HeatColumns(plant, on, shares, boiled, level)
