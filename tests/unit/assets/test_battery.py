"""A battery keeps its limits whatever it is asked for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.assets import Battery
from wattbook.errors import InputError


def battery(**changes: Any) -> Any:
    terms = {
        "power": 50,
        "capacity": 100,
        "initial": 50,
        "floor": 10,
        "ceiling": 95,
        "charge_efficiency": 0.92,
        "discharge_efficiency": 0.93,
        "cycles_per_day": 1.0,
    }
    return Battery(**(terms | changes))


@given(st.lists(st.tuples(st.integers(-700, 700), st.integers(1, 7_200)), max_size=40))
def test_no_run_breaks_a_limit(runs: Any) -> None:
    asset = battery()
    discharged = 0.0
    for tenths, seconds in runs:
        before = asset.energy_mwh
        ran = asset.run(tenths / 10, seconds=seconds, day=0)
        assert abs(ran) <= min(50, abs(tenths / 10))
        assert ran * tenths >= 0
        assert 10 <= asset.energy_mwh <= 95
        discharged += max(0.0, before - asset.energy_mwh)
    assert discharged <= 100 + 1e-6


def test_a_round_trip_loses_what_the_efficiencies_say() -> None:
    asset = battery(initial=10)
    assert asset.run(-40, seconds=3_600, day=0) == -40
    assert asset.energy_mwh == pytest.approx(46.8)
    assert asset.run(50, seconds=3_600, day=0) == pytest.approx(34.2)


@pytest.mark.parametrize(
    "wrong", [{"power": 0}, {"initial": 96}, {"floor": 95}, {"charge_efficiency": 1.1}]
)
def test_a_battery_that_does_not_hold_together_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError):
        battery(**wrong)
