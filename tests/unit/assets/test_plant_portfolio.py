"""A portfolio of plants: known answers, every schedule of a small unit, and plants alone."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.plants import (
    Boiler,
    ChpPlant,
    Electrolyser,
    GridTrade,
    HeatTask,
    HydrogenTask,
    Reservoir,
    ShiftedLoad,
    ShiftTask,
    ThermalPlant,
    schedule_heat,
    schedule_hydro,
    schedule_hydrogen,
    schedule_portfolio,
    schedule_shift,
)
from wattbook.assets.unit import PointCurve, Startup, Unit, best_schedule
from wattbook.errors import InputError

CURVE = PointCurve(((10.0, 20.0), (30.0, 50.0)))
COST = st.integers(0, 80).map(float)


def gas(**terms: object) -> Unit:
    """Return a unit that has been off for long, with what is told otherwise."""
    told: dict[str, object] = {"startups": (Startup(1, 100.0),), "periods_on": -9, **terms}
    return Unit("gas", CURVE, **told)  # type: ignore[arg-type]


def test_fuel_and_co2_prices_choose_the_unit_of_an_hour() -> None:
    coal = Unit("coal", CURVE, emission_t=0.4, periods_on=5, power=20.0)
    other = gas(startups=(Startup(1, 0.0),), emission_t=0.2)
    found = schedule_portfolio(
        np.full(2, 30.0),
        units=[ThermalPlant(coal, 10.0), ThermalPlant(other, np.array([40.0, 15.0]))],
        co2_prices=np.array([10.0, 100.0]),
    )
    assert found.parts[0].power == pytest.approx([30.0, 0.0])
    assert found.parts[1].power == pytest.approx([0.0, 30.0])
    # 50 units of fuel at 10 + 0.4 * 10, then at 15 + 0.2 * 100.
    assert found.cost == pytest.approx(50 * 14 + 50 * 35)
    assert sum(part.cost for part in found.parts) == pytest.approx(found.cost)


def test_a_unit_comes_up_and_goes_down_by_its_powers() -> None:
    plant = ThermalPlant(gas(down_min=3), 1.0, start_power=(3.0, 6.0), stop_power=(4.0,))
    demand = np.array([0.0, 3.0, 6.0, 25.0, 4.0, 0.0])
    found = schedule_portfolio(demand, units=[plant])
    assert list(found.parts[0].is_on) == [False, False, False, True, False, False]  # type: ignore[arg-type]
    assert found.parts[0].power == pytest.approx(demand)
    assert found.cost == pytest.approx(42.5 + 100)


def test_a_stop_before_the_first_hour_still_gives_power() -> None:
    plant = ThermalPlant(gas(down_min=3, periods_on=-1), 1.0, stop_power=(8.0, 5.0, 2.0))
    found = schedule_portfolio(np.array([5.0, 2.0, 0.0]), units=[plant])
    assert found.parts[0].power == pytest.approx([5.0, 2.0, 0.0])
    assert found.cost == pytest.approx(0.0)


@pytest.mark.parametrize(("off", "cost"), [(1, 40), (2, 40), (3, 90), (4, 90), (5, 150), (9, 150)])
def test_a_start_costs_by_the_time_off(off: int, cost: int) -> None:
    starts = (Startup(1, 40.0), Startup(3, 90.0), Startup(5, 150.0))
    before = schedule_portfolio(
        np.full(1, 10.0), units=[ThermalPlant(gas(startups=starts, periods_on=-off))]
    )
    assert before.cost == pytest.approx(20 + cost)
    on = gas(startups=starts, periods_on=1, power=10.0)
    demand = np.array([10.0, *[0.0] * off, 10.0])
    within = schedule_portfolio(demand, units=[ThermalPlant(on)])
    assert within.cost == pytest.approx(40 + cost)


def walk(unit: Unit, plant: ThermalPlant, states: tuple[bool, ...]) -> tuple[float, list[float]]:
    """Return starts' cost at a fuel price of 1 and power on the way, or an endless cost."""
    count = unit.periods_on or 0
    ways, cost = [0.0] * len(states), 0.0
    if count < 0:
        for place, power in enumerate(plant.stop_power[-count:][: len(states)]):
            ways[place] += power
    for place, is_on in enumerate(states):
        if is_on == (count > 0):
            count += 1 if is_on else -1
            continue
        if is_on:
            if -count < unit.down_min or place < len(plant.start_power):
                return math.inf, ways
            kind = unit.startup(-count)
            cost += kind.cost + kind.fuel
            for back, power in enumerate(reversed(plant.start_power), start=1):
                ways[place - back] += power
        else:
            if count < unit.up_min:
                return math.inf, ways
            for ahead, power in enumerate(plant.stop_power):
                if place + ahead < len(states):
                    ways[place + ahead] += power
        count = 1 if is_on else -1
    return cost, ways


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_schedule_of_a_unit_costs_less(data: st.DataObject) -> None:
    periods = 6
    draw = data.draw
    ways = draw(st.sampled_from([((), ()), ((4.0,), ()), ((3.0, 6.0), (5.0,)), ((), (7.0, 2.0))]))
    unit = gas(
        startups=(Startup(1, 40.0, 1.0), Startup(3, 90.0, 2.0), Startup(5, 150.0)),
        up_min=draw(st.integers(1, 3)),
        down_min=max(draw(st.integers(1, 3)), len(ways[0]) + len(ways[1])),
        periods_on=draw(st.sampled_from([-6, -4, -2, -1, 1, 2, 5])),
        power=10.0,
    )
    plant = ThermalPlant(unit, 1.0, *ways)
    demand = np.array(draw(st.lists(st.integers(0, 40), min_size=periods, max_size=periods)), float)
    buy = np.array(draw(st.lists(COST, min_size=periods, max_size=periods))) / 10
    sell = buy - 0.5
    trade = GridTrade(buy, sell, 1_000.0, 1_000.0)
    found = schedule_portfolio(demand, units=[plant], trade=trade)

    def hour(period: int, made: float) -> float:
        left = demand[period] - made
        return float(left * (buy[period] if left > 0 else sell[period]))

    best = math.inf
    for states in itertools.product((False, True), repeat=periods):
        cost, way = walk(unit, plant, states)
        if not math.isfinite(cost):
            continue
        for period, is_on in enumerate(states):
            # What is paid is made of straight pieces: the best lies at one of their ends.
            corners = {10.0, 30.0, min(max(demand[period] - way[period], 10.0), 30.0)}
            powers = corners if is_on else {0.0}
            cost += min(
                (unit.cost(power) if is_on else 0.0) + hour(period, power + way[period])
                for power in powers
            )
        best = min(best, cost)
    assert found.cost == pytest.approx(best, abs=1e-4)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(COST, min_size=6, max_size=6),
    st.lists(COST, min_size=6, max_size=6),
    st.sampled_from([3.0, 8.0, math.inf]),
)
def test_at_one_price_each_plant_does_as_alone(
    costs: list[float], fuels: list[float], ramp: float
) -> None:
    prices, fuel = np.array(costs), 1.0 + np.array(fuels) / 4
    owed, planned = np.full(6, 12.0), np.full(6, 5.0)
    town = ChpPlant("town", ((5.0, 10.0, 20.0), (10.0, 20.0, 36.0)), start_cost=50.0)
    boiler = Boiler(30.0, 1.1)
    water = [Reservoir("top", 6.0, 2.0, 1.0, start=3.0, end_value=20.0)]
    cell = Electrolyser("cell", ((2.0, 40.0), (5.0, 90.0)), standby_mw=0.1, start_cost=5.0)
    load = ShiftedLoad("cold store", 2.0, 2.0, 2, cost=1.0, shed_mw=0.5, shed_cost=60.0)
    unit = gas(ramp_up=ramp, ramp_down=ramp, up_min=2, emission_t=0.2)
    found = schedule_portfolio(
        np.zeros(6),
        units=[ThermalPlant(unit, fuel)],
        heat=[HeatTask(town, owed, fuel, boiler)],
        reservoirs=water,
        hydrogen=[HydrogenTask(cell, 2.0)],
        loads=[ShiftTask(load, planned)],
        trade=GridTrade(prices, prices, 1_000.0, 1_000.0),
        co2_prices=30.0,
    )
    alone = (
        best_schedule(unit, prices, fuel, co2_prices=30.0).value
        + schedule_heat(town, prices, owed, fuel, co2_prices=30.0, boiler=boiler).value
        + schedule_hydro(water, prices).value
        + schedule_hydrogen(cell, prices, 2.0).value
        + schedule_shift(load, planned, prices).saved
        - float(planned @ prices)
    )
    assert -found.cost == pytest.approx(alone, abs=1e-3)
    made = sum(part.power for part in found.parts)
    assert made + found.bought - found.sold == pytest.approx(planned)


def test_a_demand_that_nobody_meets_is_named() -> None:
    with pytest.raises(InputError, match=r"demand of period 1.*relax one"):
        schedule_portfolio(np.array([0.0, 50.0]), units=[ThermalPlant(gas())])
    # Load that can move by some MW does not make the sentence long.
    cold = ShiftTask(ShiftedLoad("cold store", 2.0, 2.0, 2), np.full(8, 5.0))
    with pytest.raises(InputError, match=r"other: demand of period \d; relax one"):
        schedule_portfolio(np.full(8, 90.0), units=[ThermalPlant(gas())], loads=[cold])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="longer down_min"):
        ThermalPlant(gas(), 1.0, start_power=(3.0, 6.0))
    with pytest.raises(InputError, match="10 MW"):
        ThermalPlant(gas(), 1.0, start_power=(12.0,))
    with pytest.raises(InputError, match="give a sell price no higher"):
        schedule_portfolio(np.zeros(1), trade=GridTrade(1.0, 2.0, 5.0, 5.0))
    with pytest.raises(InputError, match="'gas'"):
        schedule_portfolio(np.zeros(1), units=[ThermalPlant(gas()), ThermalPlant(gas())])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_choice_of_units_that_holds_the_reserve_costs_less(data: st.DataObject) -> None:
    draw, numbers = data.draw, st.integers
    limits = [(draw(numbers(2, 20)), draw(numbers(1, 40))) for _ in range(3)]
    fuel = [draw(numbers(5, 60)) for _ in limits]
    units = [
        Unit(f"unit {at}", PointCurve(((low, low), (low + span, low + span))), periods_on=-5)
        for at, (low, span) in enumerate(limits)
    ]
    demand, up, down = draw(numbers(0, 90)), draw(numbers(0, 25)), draw(numbers(0, 15))
    best = math.inf
    for states in itertools.product((False, True), repeat=3):
        on = [(fuel[at], *limits[at]) for at in range(3) if states[at]]
        least, most = sum(low for _, low, _ in on), sum(low + span for _, low, span in on)
        # Without ramps all that is on holds what is left of it, whoever runs how much.
        if least + down <= demand <= most - up:
            left, cost = demand - least, sum(price * low for price, low, _ in on)
            for price, _, span in sorted(on):
                cost += price * min(left, span)
                left -= min(left, span)
            best = min(best, cost)
    plants = [ThermalPlant(unit, price) for unit, price in zip(units, fuel, strict=True)]
    asked = {"units": plants, "reserve_up": float(up), "reserve_down": float(down)}
    if not math.isfinite(best):
        with pytest.raises(InputError, match="contradict"):
            schedule_portfolio(np.full(1, float(demand)), **asked)  # type: ignore[arg-type]
        return
    found = schedule_portfolio(np.full(1, float(demand)), **asked)  # type: ignore[arg-type]
    assert found.cost == pytest.approx(best)
    if up or down:
        held = [(part.reserve_up, part.reserve_down) for part in found.parts]
        assert sum(float(one[0][0]) for one in held if one[0] is not None) >= up - 1e-6
        for part, (low, span) in zip(found.parts, limits, strict=True):
            assert part.reserve_up is not None
            assert part.reserve_down is not None
            if part.is_on is not None and part.is_on[0]:
                assert part.power[0] + part.reserve_up[0] <= low + span + 1e-6
                assert part.power[0] - part.reserve_down[0] >= low - 1e-6
            else:
                assert part.reserve_up[0] == pytest.approx(0.0, abs=1e-6)


def test_reserve_is_held_within_the_ramp_and_by_water_that_is_there() -> None:
    unit = gas(startups=(Startup(1, 0.0),), periods_on=5, power=15.0, ramp_up=6.0, ramp_down=6.0)
    lake = Reservoir(
        "lake", volume_max=9.0, turbine_max=20.0, energy_mwh=2.0, start=4.0, end_value=500.0
    )
    demand = np.array([15.0, 15.0])
    # 6 MW by the ramp of the unit, and 8 by the 4 units of water for an hour.
    found = schedule_portfolio(
        demand, units=[ThermalPlant(unit)], reservoirs=[lake], reserve_up=14.0
    )
    up = [part.reserve_up for part in found.parts]
    assert up[0] == pytest.approx([6.0, 6.0])
    assert up[1] == pytest.approx([8.0, 8.0])
    with pytest.raises(InputError, match=r"reserve_up of period \d"):
        schedule_portfolio(demand, units=[ThermalPlant(unit)], reservoirs=[lake], reserve_up=14.5)
    with pytest.raises(InputError, match="no unit and no reservoir can hold reserve"):
        schedule_portfolio(np.zeros(2), trade=GridTrade(), reserve_down=1.0)
    with pytest.raises(InputError, match=r"reserve_up is -1 MW; give MW from zero"):
        schedule_portfolio(demand, units=[ThermalPlant(unit)], reserve_up=-1.0)
