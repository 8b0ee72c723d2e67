"""Heat, water, hydrogen and movable load: what a person can reckon, and what must hold always."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.plants import (
    Boiler,
    ChpPlant,
    Electrolyser,
    HeatSchedule,
    HeatStore,
    HydroSchedule,
    Reservoir,
    ShiftedLoad,
    schedule_heat,
    schedule_hydro,
    schedule_hydrogen,
    schedule_shift,
)
from wattbook.assets.storage import Ratchet, Storage, intrinsic
from wattbook.errors import InputError

# Back pressure: 10 MW power and 20 MW heat of 36 units of fuel at most, 5 and 10 of 20 at least.
PLANT = ChpPlant("town", ((5.0, 10.0, 20.0), (10.0, 20.0, 36.0)), start_cost=50.0)
PRICES = st.lists(st.floats(-50, 150), min_size=2, max_size=10)


def test_heat_is_met_by_the_cheaper_of_plant_and_boiler() -> None:
    boiler = Boiler(30.0, 1.1)
    found = schedule_heat(PLANT, np.array([100.0, 0.0]), np.full(2, 20.0), 20.0, boiler=boiler)
    # Period 0: 1000 - 720 and no boiler; period 1: 22 of boiler fuel cost 440 against 720.
    assert found.value == pytest.approx(1_000 - 720 - 50 - 440)
    assert list(found.is_on) == [True, False]
    assert found.boiler_heat == pytest.approx([0.0, 20.0])


def test_a_heat_store_lets_the_plant_run_when_power_is_dear() -> None:
    boiler = Boiler(30.0, 1.1)
    store = HeatStore(20.0, 20.0)
    prices, demand = np.array([100.0, 0.0]), np.full(2, 10.0)
    without = schedule_heat(PLANT, prices, demand, 20.0, boiler=boiler)
    found = schedule_heat(PLANT, prices, demand, 20.0, boiler=boiler, store=store)
    assert found.value > without.value
    assert found.power == pytest.approx([10.0, 0.0])
    assert found.store_mwh == pytest.approx([10.0, 0.0])
    assert found.heat + found.boiler_heat == pytest.approx([20.0, 0.0])


def test_co2_is_paid_for() -> None:
    plant = ChpPlant("town", PLANT.corners, emission_t=0.2, is_on=True)
    free = schedule_heat(plant, np.array([100.0]), np.array([20.0]), 20.0)
    paid = schedule_heat(plant, np.array([100.0]), np.array([20.0]), 20.0, co2_prices=50.0)
    assert free.value - paid.value == pytest.approx(36 * 0.2 * 50)


def test_heat_that_nobody_can_make_is_named() -> None:
    with pytest.raises(InputError, match="heat demand of period 1"):
        schedule_heat(PLANT, np.full(3, 50.0), np.array([15.0, 45.0, 15.0]), 20.0)


@settings(max_examples=25)
@given(PRICES, st.integers(0, 3))
def test_a_pumped_storage_is_a_storage(prices: list[float], start: int) -> None:
    found = schedule_hydro(
        [
            Reservoir(
                "top",
                volume_max=6.0,
                turbine_max=2.0,
                energy_mwh=1.0,
                pump_max=1.0,
                pump_energy_mwh=1.25,
                start=start,
                end=start,
                end_value=0.0,
            )
        ],
        np.array(prices),
    )
    # A turbine and a pump at once is the same as none, but for losses.
    storage = Storage(
        6.0, 1.0, (Ratchet(0.0, 1.0, 2.0),), float(start), (float(start), 6.0), injection_loss=0.25
    )
    known = intrinsic(storage, np.array(prices)).value
    if min(prices) >= 0.0:
        assert found.value == pytest.approx(known, abs=1e-6)
    else:
        # Below zero, spilling while pumping pays, which the storage cannot.
        assert found.value >= known - 1e-6
    assert (found.volume >= -1e-9).all()
    assert (found.volume <= 6.0 + 1e-9).all()
    assert found.power @ np.array(prices) == pytest.approx(found.value)


def test_water_falls_through_a_cascade_with_its_delay() -> None:
    top = Reservoir("top", 10.0, 5.0, 1.0, start=5.0, below="foot", delay=2)
    foot = Reservoir("foot", 10.0, 5.0, 2.0)
    found = schedule_hydro([top, foot], np.array([10.0, 30.0, 20.0, 40.0]))
    # From the top at 30, two periods later from the foot at 40.
    assert found.value == pytest.approx(5 * 30 + 5 * 2 * 40)
    assert found.turbined[0] == pytest.approx([0.0, 5.0, 0.0, 0.0])
    assert found.turbined[1] == pytest.approx([0.0, 0.0, 0.0, 5.0])


def test_the_water_value_is_what_one_more_unit_earns() -> None:
    def value(inflow: list[float]) -> HydroSchedule:
        lake = Reservoir("lake", 4.0, 1.0, 1.0, inflow=np.array(inflow), start=1.5, end_value=15.0)
        return schedule_hydro([lake], np.array([10.0, 30.0, 20.0]))

    found = value([0.0, 0.0, 0.0])
    more = value([0.001, 0.0, 0.0])
    assert found.water_value[0, 0] == pytest.approx((more.value - found.value) / 0.001)
    # One unit is sold at 30, half a one at 20, and so would be more.
    assert found.water_value[0, 0] == pytest.approx(20.0)


def test_a_reservoir_below_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="'sea'"):
        schedule_hydro([Reservoir("lake", 1.0, 1.0, 1.0, below="sea")], np.zeros(2))


def test_a_volume_out_of_reach_is_named() -> None:
    with pytest.raises(InputError, match="volume of lake"):
        schedule_hydro([Reservoir("lake", 5.0, 1.0, 1.0, end=3.0)], np.zeros(2))


def test_an_electrolyser_runs_when_power_is_cheap_and_delivers_from_its_tank() -> None:
    plant = Electrolyser("h2", ((1.0, 20.0), (10.0, 180.0)), tank_kg=200.0)
    prices = np.array([10.0, 90.0])
    found = schedule_hydrogen(plant, prices, 3.0, demand_kg=50.0, sales_max_kg=100.0)
    assert found.sold_kg == pytest.approx([100.0, 80.0])
    assert found.power == pytest.approx([10.0, 0.0])
    assert found.value == pytest.approx(3.0 * 180 - 10.0 * 10)


def test_an_electrolyser_that_cannot_deliver_says_when() -> None:
    plant = Electrolyser("h2", ((1.0, 20.0), (10.0, 180.0)))
    with pytest.raises(InputError, match="sales of hydrogen of period 1"):
        schedule_hydrogen(plant, np.zeros(2), 3.0, demand_kg=np.array([50.0, 500.0]))


def test_a_curve_that_bends_up_is_refused() -> None:
    plant = Electrolyser("h2", ((1.0, 10.0), (5.0, 20.0), (10.0, 100.0)))
    with pytest.raises(InputError, match="bends down"):
        schedule_hydrogen(plant, np.zeros(2), 3.0)


@settings(max_examples=25)
@given(PRICES, st.integers(0, 3))
def test_moved_load_is_all_taken_and_never_costs_more(paid: list[float], window: int) -> None:
    prices, planned = np.array(paid), np.full(len(paid), 3.0)
    load = ShiftedLoad("cold store", up_mw=2.0, down_mw=1.0, window=window, cost=1.0)
    found = schedule_shift(load, planned, prices)
    assert found.load.sum() == pytest.approx(planned.sum())
    assert found.saved >= -1e-9
    moved = np.maximum(found.load - planned, 0.0).sum()
    cheaper = (planned - found.load) @ prices - moved * load.cost
    assert found.saved == pytest.approx(cheaper, abs=1e-6)
    assert (found.load <= 5.0 + 1e-9).all()
    assert (found.load >= 2.0 - 1e-9).all()


def test_load_is_shed_when_power_is_dearer_than_that() -> None:
    load = ShiftedLoad("mill", 0.0, 3.0, window=0, shed_mw=2.0, shed_cost=500.0)
    found = schedule_shift(load, np.full(3, 2.5), np.array([40.0, 900.0, 60.0]))
    assert found.shed == pytest.approx([0.0, 2.0, 0.0])
    assert found.saved == pytest.approx(2.0 * 400)


def test_time_that_runs_out_gives_the_best_so_far_with_its_gap() -> None:
    hours = np.arange(60)
    chance = np.random.default_rng(6)
    prices = 60.0 + 40.0 * np.sin(hours / 4) + 30.0 * chance.standard_normal(len(hours))
    demand = 12.0 + 6.0 * np.cos(hours / 20)
    plant = ChpPlant(
        "town", ((5.0, 10.0, 20.0), (10.0, 20.0, 36.0)), start_cost=400.0, up_min=9, down_min=7
    )
    boiler, store = Boiler(30.0, 1.1), HeatStore(60.0, 8.0, loss=0.01)

    def found(seconds: float) -> HeatSchedule:
        return schedule_heat(
            plant, prices, demand, 20.0, boiler=boiler, store=store, seconds=seconds
        )

    # Time is over at once: the first schedule found comes back.
    short = found(1e-9)
    full = found(300.0)
    assert full.gap == 0.0
    assert short.value <= full.value + 1e-5 * abs(full.value)
    # What the gap says is missing at most is no less than what is.
    missing = (full.value - short.value) / abs(short.value)
    assert missing <= short.gap + 1e-5


@pytest.mark.parametrize(
    ("reservoirs", "reason"),
    [
        ((), "a cascade without a reservoir"),
        (
            (
                Reservoir("a", 10.0, 5.0, 1.0, below="b"),
                Reservoir("b", 10.0, 5.0, 1.0, below="a"),
            ),
            "reservoir a: its water comes back to a",
        ),
        (
            (Reservoir("a", 10.0, 5.0, 0.75, pump_max=2.0, pump_energy_mwh=0.5),),
            "reservoir a: a pump takes 0.5 MWh",
        ),
    ],
)
def test_water_that_would_make_energy_of_nothing_is_refused(
    reservoirs: tuple[Reservoir, ...], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        schedule_hydro(reservoirs, np.array([50.0, 80.0]))
