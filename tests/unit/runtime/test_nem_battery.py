"""A battery in energy and ten FCAS on recorded intervals, against a second formulation."""

import json
from pathlib import Path

import numpy as np
import pytest

from wattbook.assets.foresight import StoreLimits
from wattbook.cli import main
from wattbook.errors import SourceError
from wattbook.runtime.nem_battery import (
    NemBattery,
    cash_by_market,
    dispatch_prices,
)
from wattbook.runtime.nem_battery_check import second_value

pytestmark = pytest.mark.data


@pytest.mark.parametrize(("contingency", "regulation"), [(60.0, 40.0), (180.0, 150.0)])
def test_energy_and_ten_services_earn_what_a_second_formulation_does(
    recorded_data: Path, contingency: float, regulation: float
) -> None:
    prices = dispatch_prices(recorded_data, "NSW1")
    limits = StoreLimits.symmetric(100.0, 200.0, round_trip=0.85)
    battery = NemBattery(limits, contingency, regulation)
    plan = battery.plan(prices, initial_mwh=100.0)
    second = second_value(battery, prices, initial_mwh=100.0)
    assert len(prices.energy) == 576
    assert plan.value == pytest.approx(second, abs=1e-6)
    cash = cash_by_market(plan, prices)
    assert sum(cash.values()) == pytest.approx(plan.value, abs=1e-6)
    assert len(cash) == 11
    for service, volume in plan.reserves_mw.items():
        shape = battery.trapezium(service)
        net = plan.discharge_mw - plan.charge_mw
        given = volume > 1e-7
        assert (net[given] + shape.upper_slope * volume[given] <= shape.enablement_max + 1e-6).all()
        assert (net[given] - shape.lower_slope * volume[given] >= shape.enablement_min - 1e-6).all()


def test_the_command_says_both_values(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["battery", "nem", "--data", str(recorded_data), "--region", "SA1", "--json"]
    assert main(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["intervals"] == 576
    assert np.isclose(found["value_aud"], found["second_value_aud"], rtol=0.0, atol=1e-6)
    assert found["value_aud"] > 0


def test_a_region_that_is_not_there_is_named(recorded_data: Path) -> None:
    with pytest.raises(SourceError, match="its regions are NSW1, SA1"):
        dispatch_prices(recorded_data, "VIC1")
