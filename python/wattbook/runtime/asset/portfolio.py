"""Plants that serve one demand together, from their file."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np

from wattbook.assets.plants import (
    GridTrade,
    HeatTask,
    HydrogenTask,
    PortfolioSchedule,
    ShiftTask,
    ThermalPlant,
    schedule_portfolio,
)
from wattbook.assets.unit import PointCurve, Startup, Unit
from wattbook.runtime.asset.found import Found, Plot
from wattbook.runtime.asset.parse import AssetFile, Floats
from wattbook.runtime.asset.plants import (
    boiler_of,
    chp_of,
    electrolyser_of,
    heat_store_of,
    load_of,
    marked,
    reservoirs_of,
)
from wattbook.runtime.asset.spec import UnitSpec
from wattbook.runtime.contract.reading import fitted

__all__ = ["portfolio_schedule"]


def portfolio_schedule(file: AssetFile) -> Found:
    """Return the schedule of all plants that meets the demand at the least cost.

    Raises
    ------
    InputError
        If a plant lacks its data, or rules contradict; names them.
    """
    demand = file.data("demand_mw")
    specs: tuple[UnitSpec, ...] = file.said["unit"]
    units = [unit_of(file, place, one) for place, one in enumerate(specs)]
    trade = GridTrade(
        *(file.data(name) for name in ("buy_price", "sell_price", "buy_max_mw", "sell_max_mw"))
    )
    shifts = shifts_of(file)
    plan = schedule_portfolio(
        demand,
        units=units,
        heat=heat_of(file),
        reservoirs=reservoirs_of(file),
        hydrogen=hydrogen_of(file),
        loads=shifts,
        trade=trade,
        co2_prices=file.data("co2_price"),
        reserve_up=file.data("reserve_up_mw"),
        reserve_down=file.data("reserve_down_mw"),
        seconds=float(file.head.seconds),
    )
    return told(plan, demand + sum(one.planned for one in shifts), trade)


def told(plan: PortfolioSchedule, demand: Floats, trade: GridTrade) -> Found:
    """Return figures, columns and plots of a schedule."""
    powers = {part.name: part.power for part in plan.parts}
    states = {
        f"{part.name}_is_on": part.is_on.astype(np.float64)
        for part in plan.parts
        if part.is_on is not None
    }
    lines = {"demand": demand, **powers, "bought": plan.bought, "sold": 0.0 - plan.sold}
    reserves = {
        f"{part.name}_reserve_{way}_mw": held
        for part in plan.parts
        for way, held in (("up", part.reserve_up), ("down", part.reserve_down))
        if held is not None
    }
    plots = [Plot("Demand and who meets it", "MW", lines)]
    if reserves:
        plots.append(Plot("Reserve and who holds it", "MW", reserves))
    if states:
        plots.append(Plot("On or off", "1 is on", states))
    return Found(
        {
            "cost": plan.cost,
            **{f"cost of {part.name}": part.cost for part in plan.parts},
            "power bought": float(plan.bought @ trade.buy_prices),
            "power sold": 0.0 - float(plan.sold @ trade.sell_prices),
            "demand, MWh": float(demand.sum()),
        },
        {
            "demand_mw": demand,
            **{f"{name}_mw": power for name, power in powers.items()},
            **states,
            **reserves,
            "bought_mw": plan.bought,
            "sold_mw": plan.sold,
        },
        tuple(plots),
        marked(plan.gap),
    )


def unit_of(file: AssetFile, place: int, spec: UnitSpec) -> ThermalPlant:
    """Return the unit of a ``[[unit]]``.

    Raises
    ------
    DeskError
        If its terms do not fit each other.
    """
    fuel = file.series(("unit", place, "fuel_price"), spec.fuel_price)
    starts = tuple(Startup(lag, float(cost), float(used)) for lag, cost, used in spec.startups) or (
        Startup(1, 0.0),
    )

    def made() -> ThermalPlant:
        unit = Unit(
            spec.name,
            PointCurve(tuple((float(power), float(used)) for power, used in spec.points)),
            starts,
            ramp_up=most(spec.ramp_up_mw),
            ramp_down=most(spec.ramp_down_mw),
            up_min=spec.up_min_hours,
            down_min=spec.down_min_hours,
            must_run=spec.must_run,
            operation_cost=float(spec.operation_cost),
            emission_t=float(spec.emission_t),
            periods_on=spec.hours_on,
            power=float(spec.power_mw),
        )
        ways = (tuple(map(float, way)) for way in (spec.start_power, spec.stop_power))
        return ThermalPlant(unit, fuel, *ways)

    plant: ThermalPlant = fitted(file.reader, ("unit", place), made)
    return plant


def most(limit: Decimal | None) -> float:
    """Return a limit, endless where none is given."""
    return math.inf if limit is None else float(limit)


def needed(file: AssetFile, section: str, name: str) -> Floats:
    """Return a value of each hour that a section cannot do without.

    Raises
    ------
    DeskError
        If ``[data]`` does not give it.
    """
    if getattr(file.said["data"], name) is None:
        raise file.reader.refuse(("data",), f"[{section}] needs {name!r}; add it")
    return file.data(name)


def heat_of(file: AssetFile) -> list[HeatTask]:
    """Return the plant of heat and power, if there is one."""
    if "chp" not in file.said:
        for name in ("boiler", "heat_store"):
            if name in file.said:
                raise file.reader.refuse((name,), "it stands beside a [chp]; add one")
        return []
    return [
        HeatTask(
            chp_of(file.said["chp"], "chp"),
            needed(file, "chp", "heat_mw"),
            needed(file, "chp", "fuel_price"),
            boiler_of(file.said.get("boiler")),
            heat_store_of(file.said.get("heat_store")),
        )
    ]


def hydrogen_of(file: AssetFile) -> list[HydrogenTask]:
    """Return the electrolyser, if there is one."""
    if "electrolyser" not in file.said:
        return []
    most_kg = file.said["data"].sales_max_kg
    return [
        HydrogenTask(
            electrolyser_of(file.said["electrolyser"], "electrolyser"),
            needed(file, "electrolyser", "hydrogen_price"),
            file.data("demand_kg"),
            np.inf if most_kg is None else file.data("sales_max_kg"),
        )
    ]


def shifts_of(file: AssetFile) -> list[ShiftTask]:
    """Return the movable load, if there is one."""
    if "load" not in file.said:
        return []
    return [ShiftTask(load_of(file.said["load"], "load"), needed(file, "load", "planned_mw"))]
