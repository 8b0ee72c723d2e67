"""The steps of a dispatched battery, held against the rules of its loop and against each other.

Written from the rules, not from the loop: it shares no code with `wattbook.assets.dispatch`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.assets.dispatch import SetpointLimits
from wattbook.errors import DeskError
from wattbook.runtime.desk import load_desk
from wattbook.runtime.desk.spec import BatterySpec, Desk
from wattbook.runtime.dispatch.calls import Call, called_by, calls_of
from wattbook.runtime.dispatch.entry import limits_of
from wattbook.runtime.figures import Ledger
from wattbook.runtime.folder import RunFolder, slug
from wattbook.runtime.verify.reserves import check_reserves
from wattbook.runtime.verify.result import Tally
from wattbook.sources import SOURCES

__all__ = ["check_dispatches", "check_steps"]

Row = dict[str, Any]
HOUR_NS = 3_600 * 10**9
HAIR = 1e-6
METER_MWH = 0.002
"""Two readings whose energy is told in whole kWh."""
SHOWN = 3


def check_dispatches(tally: Tally, folder: RunFolder, ledger: Ledger) -> None:
    """Hold steps and reserves of every battery that was really run against the desk file."""
    if not folder.dispatch.is_dir():
        return
    try:
        desk = load_desk(folder.desk)
    except DeskError as fault:
        tally.check(folder.desk.name, "a desk file", str(fault))
        return
    for spec in desk.strategy:
        if not isinstance(spec, BatterySpec) or spec.dispatch is None:
            continue
        path = folder.dispatch / f"{slug(spec.name)}.parquet"
        try:
            steps = pl.read_parquet(path)
            limits = limits_of(spec, spec.dispatch)
            seconds = spec.dispatch.step_seconds
            place = f"dispatch/{path.name}"
            check_steps(tally, place, steps, limits, seconds, LimitsAtSteps(desk, spec, steps))
            market = next(one for one in desk.market if one.name == spec.market)
            zone = SOURCES[market.source].time_zone
            check_reserves(tally, folder, ledger, spec, steps, zone)
        except (OSError, KeyError, DeskError, pl.exceptions.PolarsError) as fault:
            tally.check(f"dispatch/{path.name}", "steps of the loop", repr(fault))


class LimitsAtSteps:
    """What a battery's reserves are called for at each step, and what may then be set.

    A plant behind the same connection goes first.

    Parameters
    ----------
    desk : Desk
    spec : BatterySpec
        Whose `dispatch` is told.
    steps : polars.DataFrame
        Of the day whose calls are looked up.
    """

    def __init__(self, desk: Desk, spec: BatterySpec, steps: pl.DataFrame) -> None:
        assert spec.dispatch is not None, "only batteries that are run have steps"  # noqa: S101
        self.spec, self.dispatch = spec, spec.dispatch
        self.calls: tuple[Call, ...] = ()
        market = next(one for one in desk.market if one.name == spec.market)
        self.zone = SOURCES[market.source].time_zone
        if steps.height and any(one.call for one in spec.dispatch.reserve):
            first = dt.datetime.fromtimestamp(steps["at"][0] / 1e9, ZoneInfo(self.zone))
            self.calls = calls_of(spec.dispatch, first.date(), self.zone)

    def at(self, instant: int) -> tuple[float, SetpointLimits]:
        """Return the power that is called at an instant, MW, and the limits while it is."""
        called = called_by(self.calls, instant)
        limits = limits_of(self.spec, self.dispatch, called)
        plant, connection = self.dispatch.colocated, self.dispatch.grid_export
        if plant is not None and connection is not None:
            hour = dt.datetime.fromtimestamp(instant // 10**9, ZoneInfo(self.zone)).hour
            left = float(connection - (plant.forecast if plant.made is None else plant.made)[hour])
            limits = replace(limits, export_mw=min(limits.export_mw, max(left, 0.0)))
        return sum(called.values()), limits


def check_steps(
    tally: Tally,
    place: str,
    steps: pl.DataFrame,
    limits: SetpointLimits,
    hold_seconds: float,
    calls: LimitsAtSteps | None = None,
) -> None:
    """Hold each step against the limits and the step before it.

    - What was written keeps power, availability and grid, and the cells bear it for `hold_seconds`,
      whatever of the recorded range they hold.
    - The setpoint lies in what may be in force. What was written and did not become the setpoint
      may be; it stays so until telemetry is new or another value than the one before is read back,
      and until then something is written at every step.
    - The range of energy follows from what may have run since the step before; a new reading lies
      in the range that follows for its time.
    - What is called of reserves at a step is what the desk file calls then; only that much more may
      be set. What stays set fits beside what a plant behind the same connection makes.

    Parameters
    ----------
    steps : polars.DataFrame
        As `wattbook.runtime.dispatch.record.StepRow`.
    """
    rows = steps.sort("at").rows(named=True)
    failed = 0
    for number, row in enumerate(rows):
        called, within = (0.0, limits) if calls is None else calls.at(row["at"])
        found = list(faults_of(row, within, hold_seconds))
        if abs(row.get("called", 0.0) - called) > HAIR:
            found.append((f"{called:g} MW called of reserves", f"{row['called']:g}"))
        stays = row["written"] is None and not row["is_held"]
        if stays and row["setpoint"] > within.export_mw + HAIR:
            found.append((f"at most {within.export_mw:g} MW left set", f"{row['setpoint']:g}"))
        if number:
            found += faults_between(rows[number - 1], row, limits)
        tally.passed += not found
        failed += bool(found)
        if failed <= SHOWN:
            for expected, got in found:
                tally.check(f"{place} step {number}", expected, got)
    if failed > SHOWN:
        tally.check(f"{place} other steps", 0, failed - SHOWN)


def faults_of(row: Row, limits: SetpointLimits, seconds: float) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one step in itself, as what is expected and what was got."""
    low, high = row["setpoint_low"], row["setpoint_high"]
    if not low <= row["setpoint"] <= high:
        yield f"a setpoint in {low:g} to {high:g} MW", f"{row['setpoint']:g}"
    written = row["written"]
    if written is None:
        return
    if not low <= written <= high:
        yield f"what was written in {low:g} to {high:g} MW", f"{written:g}"
    hours = max(seconds, 1.0) / 3_600
    room_out = (row["energy_low"] - limits.floor_mwh) * limits.discharge_efficiency / hours
    room_in = (limits.ceiling_mwh - row["energy_high"]) / limits.charge_efficiency / hours
    out = min(limits.discharge_mw, limits.export_mw, row["available"], max(room_out, 0.0))
    into = min(limits.charge_mw, limits.import_mw, row["available"], max(room_in, 0.0))
    if not -into - HAIR <= written <= out + HAIR:
        yield f"no more written than {-into:g} to {out:g} MW", f"{written:g}"


def faults_between(before: Row, row: Row, limits: SetpointLimits) -> Iterator[tuple[str, str]]:
    """Yield what does not follow from the step before, as what is expected and what was got."""
    hours = (row["at"] - before["at"]) / HOUR_NS
    run = [0.0, before["setpoint_low"], before["setpoint_high"]]
    if not row["is_held"]:
        run.append(before["power"])
    low = before["energy_low"] - max(run) * hours / limits.discharge_efficiency
    high = before["energy_high"] - min(run) * hours * limits.charge_efficiency
    is_read = row["energy_low"] == row["energy_high"] == row["energy"] and not row["is_held"]
    if is_read and not low - METER_MWH <= row["energy"] <= high + METER_MWH:
        yield f"a reading of {low:.3f} to {high:.3f} MWh", f"{row['energy']:.3f}"
    is_reckoned = abs(row["energy_low"] - low) < HAIR and abs(row["energy_high"] - high) < HAIR
    if not is_read and not is_reckoned:
        got = f"{row['energy_low']:.6f} to {row['energy_high']:.6f}"
        yield f"energy reckoned as {low:.6f} to {high:.6f} MWh", got
    was_unsure = before["setpoint_low"] != before["setpoint_high"]
    is_proven = row["written"] == row["setpoint"] != before["setpoint"]
    if was_unsure and not is_read and not is_proven:
        least, most = before["setpoint_low"], before["setpoint_high"]
        if row["setpoint_low"] > least or row["setpoint_high"] < most:
            got = f"{row['setpoint_low']:g} to {row['setpoint_high']:g}"
            yield f"{least:g} to {most:g} MW still possible", got
        if row["written"] is None:
            yield "the safe setpoint written again", "nothing written"
