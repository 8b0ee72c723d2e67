"""Schedules of heat and power, water, hydrogen and load that can move."""

from __future__ import annotations

import numpy as np

from wattbook.assets.plants import (
    Boiler,
    ChpPlant,
    Electrolyser,
    HeatStore,
    Reservoir,
    ShiftedLoad,
    schedule_heat,
    schedule_hydro,
    schedule_hydrogen,
    schedule_shift,
)
from wattbook.runtime.asset.found import Found, Plot
from wattbook.runtime.asset.parse import AssetFile
from wattbook.runtime.asset.spec import (
    BoilerSpec,
    ChpSpec,
    ElectrolyserData,
    ElectrolyserSpec,
    HeatStoreSpec,
    LoadSpec,
    ReservoirSpec,
)

__all__ = [
    "boiler_of",
    "chp_of",
    "chp_schedule",
    "electrolyser_of",
    "heat_store_of",
    "hydro_schedule",
    "hydrogen_schedule",
    "load_of",
    "load_schedule",
    "marked",
    "reservoirs_of",
]


def marked(gap: float) -> tuple[str, ...]:
    """Return what to say of a schedule that time did not suffice to prove best."""
    if gap == 0.0:
        return ()
    return (f"time ran out: a better schedule could add {gap:.3%} at most",)


def chp_of(spec: ChpSpec, name: str) -> ChpPlant:
    """Return the plant of ``[chp]``."""
    return ChpPlant(
        name,
        tuple((float(power), float(heat), float(used)) for power, heat, used in spec.corners),
        start_cost=float(spec.start_cost),
        up_min=spec.up_min_hours,
        down_min=spec.down_min_hours,
        emission_t=float(spec.emission_t),
        is_on=spec.is_on,
    )


def boiler_of(spec: BoilerSpec | None) -> Boiler | None:
    """Return the boiler of ``[boiler]``."""
    if spec is None:
        return None
    return Boiler(float(spec.heat_max_mw), float(spec.fuel), float(spec.emission_t))


def heat_store_of(spec: HeatStoreSpec | None) -> HeatStore | None:
    """Return the store of ``[heat_store]``."""
    if spec is None:
        return None
    return HeatStore(
        float(spec.capacity_mwh), float(spec.power_mw), float(spec.loss), float(spec.level_mwh)
    )


def reservoirs_of(file: AssetFile) -> list[Reservoir]:
    """Return the cascade of ``[[reservoir]]``."""
    specs: tuple[ReservoirSpec, ...] = file.said["reservoir"]
    return [
        Reservoir(
            one.name,
            volume_max=float(one.volume_max),
            turbine_max=float(one.turbine_max),
            energy_mwh=float(one.energy_mwh),
            inflow=file.series(("reservoir", place, "inflow"), one.inflow),
            volume_min=float(one.volume_min),
            start=float(one.start),
            end=float(one.end),
            end_value=float(one.end_value),
            pump_max=float(one.pump_max),
            pump_energy_mwh=float(one.pump_energy_mwh),
            below=one.below,
            delay=one.delay,
        )
        for place, one in enumerate(specs)
    ]


def electrolyser_of(spec: ElectrolyserSpec, name: str) -> Electrolyser:
    """Return the plant of ``[electrolyser]``."""
    return Electrolyser(
        name,
        tuple((float(power), float(made)) for power, made in spec.curve),
        standby_mw=float(spec.standby_mw),
        start_cost=float(spec.start_cost),
        up_min=spec.up_min_hours,
        down_min=spec.down_min_hours,
        tank_kg=float(spec.tank_kg),
        is_on=spec.is_on,
    )


def load_of(spec: LoadSpec, name: str) -> ShiftedLoad:
    """Return the load of ``[load]``."""
    return ShiftedLoad(
        name,
        up_mw=float(spec.up_mw),
        down_mw=float(spec.down_mw),
        window=spec.window_hours,
        cost=float(spec.cost),
        shed_mw=float(spec.shed_mw),
        shed_cost=float(spec.shed_cost),
    )


def chp_schedule(file: AssetFile) -> Found:
    """Return the schedule of power and heat that earns most and meets the demand for heat.

    Raises
    ------
    InputError
        If rules contradict; names them.
    """
    prices, demand, fuel = (file.data(name) for name in ("price", "heat_mw", "fuel_price"))
    plan = schedule_heat(
        chp_of(file.said["chp"], file.head.name),
        prices,
        demand,
        fuel,
        co2_prices=file.data("co2_price"),
        boiler=boiler_of(file.said.get("boiler")),
        store=heat_store_of(file.said.get("heat_store")),
        seconds=float(file.head.seconds),
    )
    on = plan.is_on.astype(np.float64)
    return Found(
        {
            "earned on power, less fuel, CO2 and starts": plan.value,
            "power, MWh": float(plan.power.sum()),
            "sales of power": float(plan.power @ prices),
            "heat of the plant, MWh": float(plan.heat.sum()),
            "heat of the boiler, MWh": float(plan.boiler_heat.sum()),
            "hours on": float(on.sum()),
        },
        {
            "price": prices,
            "is_on": on,
            "power_mw": plan.power,
            "heat_mw": plan.heat,
            "boiler_mw": plan.boiler_heat,
            "heat_demand_mw": demand,
            "heat_store_mwh": plan.store_mwh,
        },
        (
            Plot("Power price", f"{file.head.currency}/MWh", {"price": prices}),
            Plot(
                "Power and heat",
                "MW",
                {
                    "power": plan.power,
                    "heat of the plant": plan.heat,
                    "heat of the boiler": plan.boiler_heat,
                    "demand for heat": demand,
                },
            ),
            Plot("Heat store", "MWh", {"level after the hour": plan.store_mwh}),
        ),
        marked(plan.gap),
    )


def hydro_schedule(file: AssetFile) -> Found:
    """Return the schedule of a cascade that earns most, with the value of its water.

    Raises
    ------
    InputError
        If a reservoir names one below that there is not, or rules contradict; names them.
    """
    specs: tuple[ReservoirSpec, ...] = file.said["reservoir"]
    prices = file.data("price")
    plan = schedule_hydro(reservoirs_of(file), prices, seconds=float(file.head.seconds))
    names = [one.name for one in specs]
    columns = {"price": prices, "power_mwh": plan.power}
    for place, name in enumerate(names):
        columns |= {
            f"{name}_volume": plan.volume[place],
            f"{name}_turbined": plan.turbined[place],
            f"{name}_pumped": plan.pumped[place],
            f"{name}_spilled": plan.spilled[place],
            f"{name}_water_value": plan.water_value[place],
        }
    return Found(
        {
            "earned, and water left at its value": plan.value,
            "power less pumps, MWh": float(plan.power.sum()),
            "sales less purchases of power": float(plan.power @ prices),
            "spilled": float(plan.spilled.sum()),
        },
        columns,
        (
            Plot("Power price", f"{file.head.currency}/MWh", {"price": prices}),
            Plot("Power, pumping below zero", "MWh a period", {"power": plan.power}),
            Plot("Water", "volume", dict(zip(names, plan.volume, strict=True))),
            Plot(
                "Value of one more unit of water",
                file.head.currency,
                dict(zip(names, plan.water_value, strict=True)),
            ),
        ),
        marked(plan.gap),
    )


def hydrogen_schedule(file: AssetFile) -> Found:
    """Return the schedule of an electrolyser that earns most.

    Raises
    ------
    InputError
        If its curve bends up, or rules contradict; names them.
    """
    data: ElectrolyserData = file.said["data"]
    prices = file.data("price")
    plan = schedule_hydrogen(
        electrolyser_of(file.said["electrolyser"], file.head.name),
        prices,
        file.data("hydrogen_price"),
        demand_kg=file.data("demand_kg"),
        sales_max_kg=np.inf if data.sales_max_kg is None else file.data("sales_max_kg"),
        seconds=float(file.head.seconds),
    )
    return Found(
        {
            "sales of hydrogen less power and starts": plan.value,
            "sold, kg": float(plan.sold_kg.sum()),
            "power, MWh": float(plan.power.sum()),
            "hours on": float(plan.is_on.sum()),
        },
        {
            "price": prices,
            "is_on": plan.is_on.astype(np.float64),
            "power_mw": plan.power,
            "made_kg": plan.made_kg,
            "sold_kg": plan.sold_kg,
            "tank_kg": plan.tank_kg,
        },
        (
            Plot("Power price", f"{file.head.currency}/MWh", {"price": prices}),
            Plot("Power", "MW", {"power": plan.power}),
            Plot("Hydrogen", "kg", {"made": plan.made_kg, "sold": plan.sold_kg}),
        ),
        marked(plan.gap),
    )


def load_schedule(file: AssetFile) -> Found:
    """Return the load that costs least.

    Raises
    ------
    InputError
        If a limit is below zero, or rules contradict; names them.
    """
    prices, planned = file.data("price"), file.data("planned_mw")
    plan = schedule_shift(
        load_of(file.said["load"], file.head.name),
        planned,
        prices,
        seconds=float(file.head.seconds),
    )
    return Found(
        {
            "saved": plan.saved,
            "cost of power as planned": float(planned @ prices),
            "cost of power as scheduled": float(plan.load @ prices),
            "left out, MWh": float(plan.shed.sum()),
        },
        {"price": prices, "planned_mw": planned, "load_mw": plan.load, "shed_mw": plan.shed},
        (
            Plot("Power price", f"{file.head.currency}/MWh", {"price": prices}),
            Plot("Load", "MW", {"as planned": planned, "as scheduled": plan.load}),
        ),
        marked(plan.gap),
    )
