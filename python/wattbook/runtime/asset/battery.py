"""A battery's best plan in energy and reserves, over the markets that it can sell in."""

from __future__ import annotations

import numpy as np

from wattbook.assets.battery_model import ReserveOffer, Site
from wattbook.assets.battery_plan import Misses, Plan, Wear, plan_battery
from wattbook.assets.foresight import StoreLimits
from wattbook.assets.positions import Stage
from wattbook.assets.reserves import (
    AFRR_DOWN,
    AFRR_ENERGY_DOWN,
    AFRR_ENERGY_UP,
    AFRR_UP,
    ERCOT,
    FCAS,
    FCR,
    Direction,
    Trapezium,
)
from wattbook.market.curves import STEPS
from wattbook.runtime.asset.found import Found, Plot
from wattbook.runtime.asset.parse import AssetFile, Floats
from wattbook.runtime.asset.spec import BatterySpec, ReserveSpec, RobustSpec, StageSpec

__all__ = ["battery_schedule"]

AFRR = (AFRR_UP, AFRR_DOWN, AFRR_ENERGY_UP, AFRR_ENERGY_DOWN)
PRODUCTS = {one.name: one for one in (FCR, *AFRR)} | ERCOT | FCAS
"""Reserves by the market's name of them."""


def battery_schedule(file: AssetFile) -> Found:
    """Return the plan of a battery that earns most, or the one that earns most in the worst case.

    Raises
    ------
    InputError
        If no plan keeps all limits; names those in conflict.
    """
    if file.head.step == "day":
        raise file.reader.refuse(
            ("asset", "step"), "a battery runs by the hour or less; give step = 'hour'"
        )
    spec: BatterySpec = file.said["battery"]
    if not spec.floor_mwh < spec.capacity_mwh:
        raise file.reader.refuse(
            ("battery", "floor_mwh"), f"{spec.floor_mwh} leaves nothing to use; give less"
        )
    hours = STEPS[file.head.step] / 60.0
    prices = file.data("price")
    offers = tuple(offer_of(file, place, one) for place, one in enumerate(file.said["reserve"]))
    stages = tuple(stage_of(file, place, one) for place, one in enumerate(file.said["stage"]))
    asked: RobustSpec | None = file.said.get("robust")
    misses = None
    if asked is not None:
        missed = file.series(("robust", "deviation"), asked.deviation)
        misses = Misses(missed, float(asked.budget))
    plan = planned(file, offers, stages, misses)
    net = plan.export_mw - plan.import_mw
    figures = {"value": plan.value}
    for stage in stages:
        sold = plan.traded_mw[stage.name]
        price = np.repeat(np.asarray(stage.prices), len(prices) // len(np.asarray(stage.prices)))
        figures[f"{stage.name}, less its costs"] = hours * float(
            price @ sold - stage.cost * np.abs(sold).sum()
        )
    left = net - sum(plan.traded_mw.values())
    figures["real time" if stages else "energy"] = hours * float(left @ prices)
    for offer in offers:
        given = plan.reserves_mw[offer.product.name]
        figures[f"{offer.product.name}, capacity"] = hours * float(given @ np.asarray(offer.prices))
    figures["called energy, wear, fees and energy left"] = plan.value - sum(
        list(figures.values())[1:]
    )
    limits = limits_of(spec)
    called = sum(
        float(plan.reserves_mw[offer.product.name] @ offer.shares(np.asarray(prices)))
        for offer in offers
        if offer.product.direction is not Direction.DOWN
    )
    used = (float(plan.discharge_mw.sum()) + called) * hours / limits.discharge_efficiency
    figures["cycles"] = used / (limits.ceiling_mwh - limits.floor_mwh)
    columns, plots = columns_of(plan, prices, stages), plots_of(file, plan, prices)
    if misses is None:
        return Found(figures, columns, plots)
    more = fears(file, offers, stages, plan, np.asarray(misses.deviations))
    return Found(more.figures | figures, columns | more.columns, more.plots + plots)


def limits_of(spec: BatterySpec) -> StoreLimits:
    """Return the limits of ``[battery]``."""
    one_way = float(spec.round_trip) ** 0.5
    return StoreLimits(
        charge_mw=float(spec.power_mw),
        discharge_mw=float(spec.power_mw),
        ceiling_mwh=float(spec.capacity_mwh),
        floor_mwh=float(spec.floor_mwh),
        charge_efficiency=one_way,
        discharge_efficiency=one_way,
    )


def offer_of(file: AssetFile, place: int, spec: ReserveSpec) -> ReserveOffer:
    """Return a reserve that may be given.

    Raises
    ------
    DeskError
        If no market calls a reserve so.
    """
    key = ("reserve", place)
    product = PRODUCTS[file.reader.choice((*key, "name"), spec.name, PRODUCTS, "reserve")]
    power = float(file.said["battery"].power_mw)
    is_nem = spec.name in FCAS
    called = None
    if spec.called_price is not None:
        called = file.series((*key, "called_price"), spec.called_price)
    return ReserveOffer(
        product,
        file.series((*key, "price"), spec.price),
        float(spec.max_mw),
        Trapezium.of_battery(power, power, float(spec.max_mw), product.direction)
        if is_nem
        else None,
        file.series((*key, "called_share"), spec.called_share),
        called,
        None if spec.bid is None else float(spec.bid),
    )


def stage_of(file: AssetFile, place: int, spec: StageSpec) -> Stage:
    """Return a market that closes before real time.

    Raises
    ------
    DeskError
        If its periods are shorter than the battery's, or its prices change within one.
    """
    key = ("stage", place)
    parts, rest = divmod(STEPS[spec.step], STEPS[file.head.step])
    if rest or not parts:
        raise file.reader.refuse(
            (*key, "step"), f"a {spec.step} is no whole number of {file.head.step}s; give a longer"
        )
    prices = file.series((*key, "price"), spec.price).reshape(-1, parts)
    if (prices != prices[:, :1]).any():
        row = int(np.argmax((prices != prices[:, :1]).any(axis=1)))
        at = file.grid.start[row * parts].astype("datetime64[ns]").astype("datetime64[m]")
        raise file.reader.refuse(
            (*key, "price"), f"prices change within the {spec.step} from {at} UTC; give one each"
        )
    return Stage(
        spec.name,
        prices[:, 0],
        float(spec.cost),
        np.inf if spec.max_mw is None else float(spec.max_mw),
    )


def planned(
    file: AssetFile,
    offers: tuple[ReserveOffer, ...],
    stages: tuple[Stage, ...],
    misses: Misses | None,
) -> Plan:
    """Return the plan of the battery of a file."""
    spec: BatterySpec = file.said["battery"]
    hours = STEPS[file.head.step] / 60.0
    return plan_battery(
        limits_of(spec),
        file.data("price"),
        hours=hours,
        reserves=offers,
        stages=stages,
        site=Site(
            np.inf if spec.import_mw is None else float(spec.import_mw),
            np.inf if spec.export_mw is None else float(spec.export_mw),
            float(spec.import_fee),
            float(spec.auxiliary_mw),
            file.data("generation_mw"),
        ),
        wear=Wear(
            float(spec.throughput_cost),
            tuple(float(cost) for cost in spec.depth_costs),
            np.inf if spec.cycles_per_day is None else float(spec.cycles_per_day),
            np.inf if spec.cycles is None else float(spec.cycles),
        ),
        ramp_mw=np.inf if spec.ramp_mw is None else float(spec.ramp_mw),
        initial_mwh=None if spec.initial_mwh is None else float(spec.initial_mwh),
        terminal_price=float(spec.terminal_price),
        clock_hours=file.grid.slot * hours,
        day=np.repeat(np.arange(len(file.grid.day_start) - 1), np.diff(file.grid.day_start)),
        misses=misses,
    )


def fears(
    file: AssetFile,
    offers: tuple[ReserveOffer, ...],
    stages: tuple[Stage, ...],
    plan: Plan,
    missed: Floats,
) -> Found:
    """Return what the worst case earns, and what fearing it gives up."""
    prices, trusting = file.data("price"), planned(file, offers, stages, None)
    power = {
        "robust": plan.discharge_mw - plan.charge_mw,
        "trusting the forecast": trusting.discharge_mw - trusting.charge_mw,
    }
    return Found(
        {
            "earned in the worst case": plan.worst,
            "earned at the forecast": plan.value,
            "most at the forecast, which trusts it": trusting.value,
            "given up at the forecast": trusting.value - plan.value,
        },
        {"deviation": missed},
        (
            Plot(
                "Forecast and how far it may miss",
                f"{file.head.currency}/MWh",
                {"forecast": prices, "below": prices - missed, "above": prices + missed},
            ),
            Plot("Power of the robust plan and of one that trusts", "MW", power),
        ),
    )


def columns_of(plan: Plan, prices: Floats, stages: tuple[Stage, ...]) -> dict[str, Floats]:
    """Return the columns of a plan by name."""
    return {
        "price": prices,
        **{f"sold {one.name}_mw": plan.traded_mw[one.name] for one in stages},
        "charge_mw": plan.charge_mw,
        "discharge_mw": plan.discharge_mw,
        "energy_mwh": plan.energy_mwh,
        "import_mw": plan.import_mw,
        "export_mw": plan.export_mw,
        "generation_mw": plan.generation_mw,
        **{f"{name}_mw": given for name, given in plan.reserves_mw.items()},
    }


def plots_of(file: AssetFile, plan: Plan, prices: Floats) -> tuple[Plot, ...]:
    """Return price, power, positions, reserves and energy."""
    unit = f"{file.head.currency}/MWh"
    made = [
        Plot("Price", unit, {"price": prices}),
        Plot(
            "Power at the meter, charging below zero",
            "MW",
            {"battery": plan.discharge_mw - plan.charge_mw},
        ),
    ]
    if plan.traded_mw:
        made.append(Plot("Sold by market, bought below zero", "MW", dict(plan.traded_mw)))
    if plan.reserves_mw:
        made.append(Plot("Reserves", "MW", dict(plan.reserves_mw)))
    made.append(Plot("Energy in the cells", "MWh", {"after the period": plan.energy_mwh}))
    return tuple(made)
