"""Enters a battery that is really run into a coupled market's day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np

from wattbook.assets.dispatch import Dispatcher, Fault, SetpointLimits, SimulatedBattery
from wattbook.compliance import Participant
from wattbook.domain import Owner
from wattbook.domain.instants import nanoseconds
from wattbook.errors import DeskError
from wattbook.execution import Simulation
from wattbook.runtime.desk.spec import BatterySpec, DispatchSpec
from wattbook.runtime.dispatch.calls import calls_of, is_sold, price_of
from wattbook.runtime.dispatch.colocated import expected_exports, limits_beside
from wattbook.runtime.dispatch.outages import Outages
from wattbook.runtime.dispatch.record import DispatchRecord, HeldReserve
from wattbook.runtime.dispatch.site import Site
from wattbook.runtime.dispatch.trader import DispatchedBattery, Trading
from wattbook.runtime.plan.coupled import CoupledPlan
from wattbook.strategy.block_battery import BlockBattery

__all__ = ["add_dispatched", "limits_of"]

MINUTE_NS = 60 * 10**9
WATCHDOG_STEPS = 3
"""A device that misses so many heartbeats stops by itself."""


def add_dispatched(
    made: Simulation,
    owner: Owner,
    spec: BatterySpec,
    dispatch: DispatchSpec,
    part: CoupledPlan,
    seller: BlockBattery,
) -> DispatchedBattery:
    """Add a battery that is really run, and settle it by its meter; return it.

    Raises
    ------
    DeskError
        If the market has no continuous contracts.
    """
    books = part.books
    if books is None:
        message = f"strategy {spec.name!r}: {spec.market!r} has no book to trade in; add one"
        raise DeskError(message)
    book = part.spec.synthetic_book

    def limits_at(at: int, called: Mapping[str, float]) -> SetpointLimits | None:
        if not called and dispatch.colocated is None:
            return None
        held = limits_of(spec, dispatch, called)
        return limits_beside(held, dispatch, at, part.source.time_zone)

    limits = limits_of(spec, dispatch)
    hold = float(WATCHDOG_STEPS * dispatch.step_seconds)
    battery = SimulatedBattery(
        power_mw=float(spec.power),
        capacity_mwh=float(spec.energy),
        energy_mwh=float(spec.initial_energy),
        now=int(part.starts[0]),
        inverters=dispatch.inverters,
        charge_efficiency=limits.charge_efficiency,
        discharge_efficiency=limits.discharge_efficiency,
        ramp_mw_minute=limits.ramp_mw_minute,
        watchdog_seconds=hold,
        faults=faults_of(dispatch, part),
    )
    trader = DispatchedBattery(
        seller=seller,
        trading=Trading(
            books=books.numbers,
            gates=books.gates,
            seconds=part.seconds,
            expected=part.expected,
            wear_cost=float(spec.wear_cost),
            fee=0.0 if book is None else float(book.taker_fee),
            gain=float(dispatch.replan_gain),
            reoptimizes=dispatch.reoptimize,
            export_mw=expected_exports(dispatch, part.starts, part.source.time_zone),
        ),
        open_site=lambda: Site(dispatch, battery, spec.name),
        make_dispatcher=lambda site: Dispatcher(
            site.device,
            limits,
            stale_seconds=dispatch.stale_seconds,
            # Between two steps; what comes after is held and clamped anew.
            hold_seconds=dispatch.step_seconds,
            name=spec.name,
        ),
        outages=Outages(
            participant=Participant(
                dispatch.participant, dispatch.participant_code, dispatch.unit, dispatch.unit_eic,
                dispatch.zone_eic,
            ),
            installed_mw=float(spec.power),
            repair_ns=dispatch.repair_minutes * MINUTE_NS,
            published_after_ns=dispatch.published_after_minutes * MINUTE_NS,
        ),
        record=DispatchRecord(
            strategy=spec.name,
            market=spec.market,
            power_mw=float(spec.power),
            floor_mwh=0.0,
            ceiling_mwh=float(spec.energy),
            import_mw=limits.import_mw,
            export_mw=limits.export_mw,
            charge_efficiency=limits.charge_efficiency,
            discharge_efficiency=limits.discharge_efficiency,
            seconds=part.seconds,
            reserves=tuple(
                HeldReserve(
                    one.product, one.direction, float(one.power), float(one.price),
                    float(one.penalty), one.minutes, float(one.energy_price),
                    {int(at): price_of(one, int(at), part.source.time_zone) for at in part.starts},
                )
                for one in dispatch.reserve
                if is_sold(one)
            ),
            calls=calls_of(dispatch, part.day.date, part.source.time_zone),
        ),
        step_seconds=dispatch.step_seconds,
        limits_at=limits_at,
    )  # fmt: skip
    made.add_alarms(trader.alarms)
    made.add_meter(
        owner, part.venue, instrument=part.auctions[0].instruments.tolist(), read=trader.read_meter
    )
    made.add_strategy(owner, trader)
    return trader


def limits_of(
    spec: BatterySpec, dispatch: DispatchSpec, called: Mapping[str, float] = MappingProxyType({})
) -> SetpointLimits:
    """Return what no setpoint of the battery may leave: what reserves hold back is left out.

    A reserve needs the grid connection as much as the battery: it is held back from the lesser.
    What is called of a product (MW, above zero more delivery) is not held back, nor its energy.
    What is sold in any block is held back all day.

    Raises
    ------
    DeskError
        If reserves and the grid connection leave no power or energy, or the cells begin outside
        what they leave.
    """
    one_way = float(np.sqrt(float(spec.efficiency)))
    power = spec.power
    held, kept = {"up": 0.0, "down": 0.0}, {"up": 0.0, "down": 0.0}
    for one in dispatch.reserve:
        if not is_sold(one):
            continue
        asked = called.get(one.product, 0.0)
        for way, part in (("up", max(asked, 0.0)), ("down", max(-asked, 0.0))):
            if one.direction in (way, "both"):
                held[way] += float(one.held_power) - part
                kept[way] += (float(one.power) - part) * one.minutes / 60
    floor, ceiling = kept["up"] / one_way, float(spec.energy) - kept["down"] * one_way
    export = power if dispatch.grid_export is None else min(power, dispatch.grid_export)
    import_ = power if dispatch.grid_import is None else min(power, dispatch.grid_import)
    up, down = float(export) - held["up"], float(import_) - held["down"]
    if min(up, down) <= 0 or floor >= ceiling:
        message = (
            f"strategy {spec.name!r}: reserves leave {up:g} MW to discharge, {down:g} MW to charge "
            f"and {ceiling - floor:g} MWh: battery and grid carry {export:g} MW out and "
            f"{import_:g} MW in; sell less reserve, or raise grid_export and grid_import"
        )
        raise DeskError(message)
    if not floor <= float(spec.initial_energy) <= ceiling:
        message = (
            f"strategy {spec.name!r}: reserves need {floor:g} to {ceiling:g} MWh in the cells, "
            f"which begin with {spec.initial_energy}; give initial_energy in between"
        )
        raise DeskError(message)
    return SetpointLimits(
        charge_mw=down,
        discharge_mw=up,
        floor_mwh=floor,
        ceiling_mwh=ceiling,
        charge_efficiency=one_way,
        discharge_efficiency=one_way,
        ramp_mw_minute=float(dispatch.ramp),
        import_mw=float(import_),
        export_mw=float(export),
    )


def faults_of(dispatch: DispatchSpec, part: CoupledPlan) -> tuple[Fault, ...]:
    """Return the day's faults as instants; times of day are those of the market."""
    zone = ZoneInfo(part.source.time_zone)

    def instant(at: dt.time) -> int:
        return nanoseconds(dt.datetime.combine(part.day.date, at, zone))

    return tuple(
        Fault(
            kind=fault.kind,
            start=instant(fault.at),
            end=int(part.ends[-1]) if fault.until is None else instant(fault.until),
            inverters=fault.inverters,
        )
        for fault in dispatch.fault
    )
