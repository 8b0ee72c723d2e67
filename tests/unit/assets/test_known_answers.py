"""Known answers of plants and batteries in the recorded data."""

import json

import numpy as np
import pytest

from wattbook.assets.unit import PointCurve, Startup, Unit, best_schedule

FAMILIES = ("vpp_intrinsic_milp",)


@pytest.fixture(scope="module")
def families(recorded_data):
    return json.loads((recorded_data / "risk/assets.json").read_text())["families"]


def test_every_family_of_known_answers_is_tested(families):
    assert tuple(families) == FAMILIES


@pytest.mark.parametrize("case", range(2))
def test_a_virtual_power_plant_earns_what_is_known(families, case):
    answer = families["vpp_intrinsic_milp"][case]
    given = answer["inputs"]
    heat = given["heat_rate"]
    unit = Unit(
        "plant",
        PointCurve(tuple((power, heat * power) for power in (given["p_min"], given["p_max"]))),
        (Startup(1, given["start_up_fix_cost"], given["start_up_fuel"]),),
        up_min=given["t_min_up"],
        down_min=given["t_min_down"],
    )
    fuel = np.array(given["fuel_prices"]) + given["fuel_cost_addon"]
    found = best_schedule(unit, np.array(given["power_prices"]), fuel)
    assert found.value == pytest.approx(answer["expected"], abs=answer["tol"])
