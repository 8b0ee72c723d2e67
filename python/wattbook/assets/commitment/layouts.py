"""Fleets in files: the layout of power-grid-lib's unit commitment instances (pglib-uc)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from wattbook.assets.commitment.fleet import Fleet
from wattbook.assets.unit import PointCurve, Startup, Unit
from wattbook.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["instance_files", "load_fleet"]

CURVE_MW = 1e-3
"""Instances round their powers; what differs by more contradicts."""


def instance_files(place: Path) -> list[Path]:
    """Return the instance that `place` is, or those in the folder.

    Raises
    ------
    InputError
        If there is none.
    """
    if place.is_file():
        return [place]
    files = sorted(place.glob("*.json"))
    if not files:
        raise InputError(f"{place} is no file and holds no *.json; name an instance or its folder")
    return files


def load_fleet(file: Path) -> Fleet:
    """Return the fleet of an instance in the layout of pglib-uc.

    A start's category follows from the periods off alone. All renewable units are added up.

    Raises
    ------
    InputError
        If a key is missing or a value is no number; names file, unit and key.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise InputError(
            f"{file} cannot be read as JSON: {fault}; give an instance of pglib-uc"
        ) from fault
    if not isinstance(document, dict):
        raise InputError(f"{file}: it is no JSON object; give an instance of pglib-uc")
    place = "the instance"
    try:
        periods = int(document["time_periods"])
        units = []
        for name, one in units_of(document, "thermal_generators"):
            place = f"thermal generator {name}"
            units.append(unit_of(name, one))
        low, high = np.zeros(periods), np.zeros(periods)
        for name, one in units_of(document, "renewable_generators"):
            place = f"renewable generator {name}"
            low += np.asarray(one["power_output_minimum"], float)
            high += np.asarray(one["power_output_maximum"], float)
        place = "the instance"
        demand = np.asarray(document["demand"], float)
        reserve = np.asarray(document["reserves"], float)
    except KeyError as fault:
        raise InputError(f"{file}: {place} has no key {fault}; add it") from fault
    except (TypeError, ValueError, AttributeError, IndexError) as fault:
        raise InputError(f"{file}: {place}: {fault}; correct it") from fault
    if len(demand) != periods:
        raise InputError(f"{file}: demand has {len(demand)} values, time_periods is {periods}")
    if (low > high).any():
        period = int(np.argmax(low > high)) + 1
        raise InputError(
            f"{file}: renewables give {low[period - 1]:g} MW at least and {high[period - 1]:g} at "
            f"most in period {period}; give least, then most"
        )
    fleet = Fleet(file.stem, tuple(units), demand, reserve, low, high)
    if not units:
        raise InputError(f"{file}: it has no thermal generators; give one at least")
    return fleet


def units_of(document: dict[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the units of a kind by name.

    Raises
    ------
    KeyError, TypeError
        If there are none, or no object holds them.
    """
    units = document[kind]
    if not isinstance(units, dict):
        message = f"{kind} is no object of units by name"
        raise TypeError(message)
    return list(units.items())


def unit_of(name: str, one: dict[str, Any]) -> Unit:
    """Return a thermal generator of an instance.

    Raises
    ------
    ValueError
        If its limits contradict its curve, or a least time is below zero.
    """
    curve = tuple((float(row["mw"]), float(row["cost"])) for row in one["piecewise_production"])
    for key, (power, _) in (("minimum", curve[0]), ("maximum", curve[-1])):
        said = float(one[f"power_output_{key}"])
        if not abs(said - power) <= CURVE_MW:
            message = f"power_output_{key} is {said:g} MW, piecewise_production has {power:g}"
            raise ValueError(message)
    for key in ("time_up_minimum", "time_down_minimum", "time_up_t0", "time_down_t0"):
        if int(one[key]) < 0:
            message = f"{key} is {one[key]}, below zero"
            raise ValueError(message)
    down_min = max(int(one["time_down_minimum"]), 1)
    starts = [Startup(int(row["lag"]), float(row["cost"])) for row in one["startup"]]
    # A first lag above the least time off says nothing more: no start is sooner.
    starts[0] = Startup(min(starts[0].lag, down_min), starts[0].cost)
    is_on = bool(one["unit_on_t0"])
    return Unit(
        name=name,
        curve=PointCurve(curve),
        startups=tuple(starts),
        ramp_up=float(one["ramp_up_limit"]),
        ramp_down=float(one["ramp_down_limit"]),
        startup_limit=float(one["ramp_startup_limit"]),
        shutdown_limit=float(one["ramp_shutdown_limit"]),
        up_min=max(int(one["time_up_minimum"]), 1),
        down_min=down_min,
        must_run=bool(one["must_run"]),
        periods_on=max(int(one["time_up_t0"]), 1) if is_on else -max(int(one["time_down_t0"]), 1),
        power=float(one["power_output_t0"]) if is_on else 0.0,
    )
