"""Thermal units, heat, water, hydrogen and movable load that serve one demand together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.plants.chp import HeatColumns, add_heat
from wattbook.assets.plants.hydro import HydroColumns, add_hydro
from wattbook.assets.plants.load import HydrogenColumns, ShiftColumns, add_hydrogen, add_shift
from wattbook.assets.plants.reserve import HeldColumns, add_need, hold_hydro, hold_thermal
from wattbook.assets.plants.solve import SECONDS, Power, per_period, power_of, solved
from wattbook.assets.plants.thermal import ThermalColumns, ThermalPlant, add_thermal
from wattbook.assets.program import Label, Program
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattbook.assets.plants.chp import Boiler, ChpPlant, HeatStore
    from wattbook.assets.plants.hydro import Reservoir
    from wattbook.assets.plants.load import Electrolyser, ShiftedLoad

__all__ = [
    "GridTrade",
    "HeatTask",
    "HydrogenTask",
    "PortfolioPart",
    "PortfolioSchedule",
    "ShiftTask",
    "schedule_portfolio",
]

Floats: TypeAlias = "NDArray[np.float64]"
Blocks: TypeAlias = "HeatColumns | HydroColumns | HydrogenColumns | ShiftColumns | ThermalColumns"


@dataclass(frozen=True, eq=False)
class HeatTask:
    """A plant of heat and power with the heat that it owes; arguments as of `schedule_heat`."""

    plant: ChpPlant
    heat_demand: Floats | float
    fuel_prices: Floats | float
    boiler: Boiler | None = None
    store: HeatStore | None = None


@dataclass(frozen=True, eq=False)
class HydrogenTask:
    """An electrolyser with its sales; arguments as of `schedule_hydrogen`."""

    plant: Electrolyser
    hydrogen_prices: Floats | float
    demand_kg: Floats | float = 0.0
    sales_max_kg: Floats | float = np.inf


@dataclass(frozen=True, eq=False)
class ShiftTask:
    """Movable demand and its plan, MW, which counts beside the demand of the portfolio."""

    load: ShiftedLoad
    planned: Floats


@dataclass(frozen=True, eq=False)
class GridTrade:
    """Power bought and sold, each with prices (money a MWh) and most MW by period."""

    buy_prices: Floats | float = 0.0
    sell_prices: Floats | float = 0.0
    buy_max: Floats | float = 0.0
    sell_max: Floats | float = 0.0


@dataclass(frozen=True, eq=False)
class PortfolioPart:
    """A plant in the schedule of a portfolio.

    Parameters
    ----------
    name : str
    cost : float
        Fuel, CO2 and starts, less what it sells beside power and the worth of water left.
    power : ndarray of shape (periods,), MW
        Put into the grid; below zero what it takes. Of movable load: taken less than planned.
    is_on : ndarray of bool, or None
        Of a thermal unit, a plant of heat and an electrolyser.
    reserve_up, reserve_down : ndarray of shape (periods,), MW, or None
        Held by a thermal unit or the reservoirs where reserve is asked for.
    """

    name: str
    cost: float
    power: Floats
    is_on: NDArray[np.bool_] | None
    reserve_up: Floats | None = None
    reserve_down: Floats | None = None


@dataclass(frozen=True, eq=False)
class PortfolioSchedule:
    """A schedule of all plants; powers of parts, bought less sold are demand and plans together.

    Parameters
    ----------
    cost : float
        Of the parts and of trade.
    parts : tuple of PortfolioPart
        Thermal units, heat, the cascade, hydrogen, movable loads, each in their order.
    bought, sold : ndarray of shape (periods,), MW
    gap : float
        Share of the cost that a better schedule could save at most: zero, unless time ran out.
    """

    cost: float
    parts: tuple[PortfolioPart, ...]
    bought: Floats
    sold: Floats
    gap: float


def schedule_portfolio(
    demand: Floats,
    *,
    units: Sequence[ThermalPlant] = (),
    heat: Sequence[HeatTask] = (),
    reservoirs: Sequence[Reservoir] = (),
    hydrogen: Sequence[HydrogenTask] = (),
    loads: Sequence[ShiftTask] = (),
    trade: GridTrade | None = None,
    co2_prices: Floats | float = 0.0,
    reserve_up: Floats | float = 0.0,
    reserve_down: Floats | float = 0.0,
    seconds: float = SECONDS,
) -> PortfolioSchedule:
    """Return the schedule that meets the demand of every hour at the least cost.

    One mixed-integer programme on HiGHS with the rules of each plant, and a row an hour that joins
    their powers.

    Parameters
    ----------
    demand : ndarray of shape (periods,), MW
        Met exactly; a period is an hour.
    units, heat, reservoirs, hydrogen, loads : sequences, optional
        The reservoirs are one cascade.
    trade : GridTrade, optional
        Nothing is bought or sold without it.
    co2_prices : float or ndarray of shape (periods,), money a tonne, optional
    reserve_up, reserve_down : float or ndarray of shape (periods,), MW, optional
        Spinning reserve that thermal units that are on and reservoirs hold together in each hour.
    seconds : float, optional
        How long to search at most; then the best comes back with its gap.

    Raises
    ------
    InputError
        If a value is missing, a name stands twice, selling pays more than buying costs, or rules
        contradict; names them.
    AssetError
        If no schedule was found in time.
    """
    owed = per_period("demand", demand, len(demand)).copy()
    periods = len(owed)
    if not periods:
        raise InputError("a portfolio without a period; give a demand of one hour at least")
    program = Program()
    blocks: list[tuple[str, int, int, Blocks]] = []
    held: dict[str, HeldColumns] = {}
    is_held = bool(np.any(reserve_up) or np.any(reserve_down))

    def add(name: str, first: int, columns: Blocks) -> None:
        if any(name == other for other, _, _, _ in blocks):
            raise InputError(f"two plants of the portfolio are called {name!r}; rename one")
        blocks.append((name, first, program.width, columns))

    for plant in units:
        first = program.width
        made = add_thermal(program, plant, co2_prices, periods)
        owed -= made.fixed
        if is_held:
            held[plant.unit.name] = hold_thermal(program, plant, made)
        add(plant.unit.name, first, made)
    for one in heat:
        first, terms = program.width, (one.heat_demand, one.fuel_prices, co2_prices)
        add(
            one.plant.name,
            first,
            add_heat(program, one.plant, *terms, one.boiler, one.store, periods),
        )
    if reservoirs:
        first, cascade = program.width, add_hydro(program, reservoirs, periods)
        if is_held:
            held["reservoirs"] = hold_hydro(program, cascade)
        add("reservoirs", first, cascade)
    for task in hydrogen:
        first, sales = program.width, (task.hydrogen_prices, task.demand_kg, task.sales_max_kg)
        add(task.plant.name, first, add_hydrogen(program, task.plant, *sales, periods))
    for shift in loads:
        planned = per_period(f"plan of {shift.load.name}", shift.planned, periods)
        owed += planned
        add(shift.load.name, program.width, add_shift(program, shift.load, planned))
    bought, sold = add_trade(program, trade or GridTrade(), periods)
    powers = [columns.power for _, _, _, columns in blocks]
    powers.append(power_of([(bought, 1.0), (sold, -1.0)]))
    add_balance(program, powers, owed)
    if is_held:
        add_need(program, list(held.values()), reserve_up, reserve_down, periods)
    found = solved(program, "the portfolio", seconds=seconds)
    values, costs = found.columns, program.costs()
    parts = tuple(
        PortfolioPart(
            name,
            float(costs[first:end] @ values[first:end]),
            columns.power.at(values, periods)
            + (columns.fixed if isinstance(columns, ThermalColumns) else 0.0),
            None if isinstance(columns, HydroColumns | ShiftColumns) else values[columns.on] > 0.5,
            *(held[name].at(values) if name in held else ()),
        )
        for name, first, end, columns in blocks
    )
    return PortfolioSchedule(found.cost, parts, values[bought], values[sold], found.gap)


def add_trade(
    program: Program, trade: GridTrade, periods: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Add what is bought and sold, and return the columns.

    Raises
    ------
    InputError
        If power sold pays more than it costs to buy in the same hour, so that both would run.
    """
    buy, sell, most, least = (
        per_period(name, getattr(trade, name), periods)
        for name in ("buy_prices", "sell_prices", "buy_max", "sell_max")
    )
    if min(most.min(), least.min()) < 0:
        raise InputError("a limit of buying or selling is below zero; give limits from zero")
    crossed = (sell > buy) & (most > 0) & (least > 0)
    if crossed.any():
        place = int(np.argmax(crossed))
        raise InputError(
            f"period {place}: power sold pays {sell[place]:g} and costs {buy[place]:g} to buy; "
            "give a sell price no higher"
        )
    return program.columns(periods, 0.0, most, buy), program.columns(periods, 0.0, least, -sell)


def add_balance(program: Program, powers: Sequence[Power], owed: Floats) -> None:
    """Add a row an hour: what all put into the grid is what is owed."""
    periods = np.concatenate([power.periods for power in powers])
    columns = np.concatenate([power.columns for power in powers])
    factors = np.concatenate([power.factors for power in powers])
    for period, power in enumerate(owed):
        here = periods == period
        label = Label("demand", f"period {period}")
        program.sum_row(label, power, power, columns[here], factors[here])
