"""Assets against the numbers that public tests state (`risk/assets.json` of the recorded data)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattbook.assets.unit import PointCurve, Startup, Unit, best_schedule

FAMILIES = {"vpp_intrinsic_milp"}
"""Those that a test below asks for; a new one fails until it is asked for."""

pytestmark = pytest.mark.data


def cases(folder: Path, family: str) -> list[dict[str, Any]]:
    """Return the cases of a family."""
    document = json.loads((folder / "risk" / "assets.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = document["families"][family]
    return found


def power_plant(inputs: dict[str, Any]) -> Unit:
    """Return the plant of a case; what is added to the fuel's price is paid with the fuel."""
    rate, low, high = inputs["heat_rate"], inputs["p_min"], inputs["p_max"]
    return Unit(
        "plant",
        PointCurve(((low, rate * low), (high, rate * high))),
        (Startup(inputs["t_min_down"], inputs["start_up_fix_cost"], inputs["start_up_fuel"]),),
        up_min=inputs["t_min_up"],
        down_min=inputs["t_min_down"],
    )


def test_every_family_of_known_answers_is_asked_for(recorded_data: Path) -> None:
    document = json.loads((recorded_data / "risk" / "assets.json").read_text(encoding="utf-8"))
    assert set(document["families"]) == FAMILIES


@pytest.mark.parametrize("number", [0, 1])
def test_a_plant_at_given_prices_earns_what_is_known(recorded_data: Path, number: int) -> None:
    case = cases(recorded_data, "vpp_intrinsic_milp")[number]
    inputs = case["inputs"]
    power = np.array(inputs["power_prices"], float)
    fuel = np.array(inputs["fuel_prices"], float) + inputs["fuel_cost_addon"]
    assert len(power) == len(fuel) == inputs["hours"]
    # Its state before the first hour is free.
    plant = power_plant(inputs)
    found = best_schedule(plant, power, fuel)
    assert found.value == pytest.approx(case["expected"], abs=case["tol"])
    # Reckoned anew from the schedule, by code that did not find it.
    start = inputs["start_up_fix_cost"] + fuel * inputs["start_up_fuel"]
    starts = np.diff(found.is_on.astype(int)) == 1
    earned = found.power @ (power - inputs["heat_rate"] * fuel) - start[1:][starts].sum()
    assert earned == pytest.approx(case["expected"], abs=case["tol"])
    assert set(np.round(found.power[found.is_on], 9)) <= {inputs["p_min"], inputs["p_max"]}
    runs = np.flatnonzero(np.diff(found.is_on.astype(int)))
    assert (np.diff(runs) >= min(inputs["t_min_up"], inputs["t_min_down"])).all()
