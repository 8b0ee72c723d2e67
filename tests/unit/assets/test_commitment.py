"""Unit commitment: against every schedule, known answers and recorded instances."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.commitment import (
    Commitment,
    Fleet,
    broken_rules,
    commit,
    conflict,
    load_fleet,
    search,
    ten_units,
)
from wattbook.assets.commitment.check import cost_of, time_rules
from wattbook.assets.commitment.dispatch import dispatch
from wattbook.assets.commitment.formulation import Formulation
from wattbook.assets.commitment.lagrange import Priced, ample, priced
from wattbook.assets.commitment.search import LIFTS
from wattbook.assets.unit import PointCurve, Startup, Unit
from wattbook.errors import InputError

SECONDS = 120.0


def unit(
    name: str, low: float = 10.0, high: float = 40.0, *, slope: float = 20.0, **changes: Any
) -> Unit:
    points = ((low, 5 * slope + slope * low), (high, 5 * slope + 1.1 * slope * high))
    fields: dict[str, Any] = {
        "startups": (Startup(1, 100.0), Startup(3, 250.0)),
        "periods_on": -2,
        "name": name,
        "curve": PointCurve(points),
    }
    return Unit(**{**fields, **changes})


def fleet(
    units: list[Unit], wanted: list[float], *, reserve: float = 0.0, renewable: float = 0.0
) -> Fleet:
    demand = np.asarray(wanted, float)
    free = np.full(len(demand), float(renewable))
    return Fleet("test", tuple(units), demand, np.full(len(demand), reserve), 0 * free, free)


@st.composite
def small_fleets(draw: st.DrawFn) -> Fleet:
    periods = draw(st.integers(2, 4))
    units = []
    for number in range(draw(st.integers(1, 3))):
        low = draw(st.sampled_from([5.0, 10.0]))
        high = low + draw(st.sampled_from([10.0, 30.0]))
        is_on = draw(st.booleans())
        age = draw(st.integers(1, 4))
        units.append(
            unit(
                f"unit {number}",
                low,
                high,
                slope=draw(st.sampled_from([10.0, 20.0, 30.0])),
                up_min=draw(st.integers(1, 3)),
                down_min=draw(st.integers(1, 3)),
                ramp_up=draw(st.sampled_from([5.0, 12.0, np.inf])),
                ramp_down=draw(st.sampled_from([5.0, 12.0, np.inf])),
                startup_limit=low + draw(st.sampled_from([0.0, 8.0, 50.0])),
                shutdown_limit=low + draw(st.sampled_from([0.0, 8.0, 50.0])),
                periods_on=age if is_on else -age,
                power=low + 3.0 if is_on else 0.0,
            )
        )
    if draw(st.booleans()):
        units.append(replace(units[0], name="twin"))
    demand = [draw(st.sampled_from([0.0, 12.0, 20.0, 33.0, 45.0])) for _ in range(periods)]
    return fleet(units, demand, reserve=draw(st.sampled_from([0.0, 4.0])), renewable=15.0)


def least_cost(one: Fleet) -> float | None:
    """Return the least cost over all states of all units, or None if none keeps the rules."""
    shape = (len(one.units), one.periods)
    patterns = list(itertools.product((False, True), repeat=one.periods))
    allowed = [
        [pattern for pattern in patterns if not list(time_rules(which, list(pattern)))]
        for which in one.units
    ]
    best = None
    for states in itertools.product(*allowed):
        found = dispatch(one, np.array(states).reshape(shape))
        if found is not None and (best is None or found.cost < best):
            best = found.cost
    return best


@pytest.mark.long
@settings(max_examples=25)
@given(small_fleets())
def test_no_commitment_of_a_small_fleet_costs_less(one: Fleet) -> None:
    best = least_cost(one)
    if best is None:
        with pytest.raises(InputError, match="no commitment keeps"):
            commit(one, seconds=SECONDS, gap=1e-7)
        return
    found = commit(one, seconds=SECONDS, gap=1e-7)
    assert found.cost == pytest.approx(best, rel=1e-6, abs=1e-4)
    assert found.bound == pytest.approx(best, rel=1e-5, abs=1e-3)
    assert broken_rules(found) == []
    # Units that schedule themselves at any prices cost no more in all.
    bounds = [priced_rounds(one, rounds).bound for rounds in (1, 3, 30)]
    assert bounds == sorted(bounds)
    assert bounds[-1] <= best + 1e-6 * max(abs(best), 1.0)


def priced_rounds(one: Fleet, rounds: int) -> Priced:
    """Return prices after so many rounds."""
    left = iter(range(rounds))
    return priced(one, Formulation(one).groups, lambda _: next(left, None) is not None)


@settings(max_examples=40)
@given(small_fleets())
def test_one_unit_alone_is_scheduled_as_the_programme_says(one: Fleet) -> None:
    """The exact schedule at given prices equals a mixed-integer programme of the same unit."""
    which = one.units[0]
    prices = one.demand + 3.0
    formulation = Formulation(Fleet("one", (which,), *(0 * one.demand for _ in range(4))))
    program = formulation.program
    solver = program.solver()
    for row in range(formulation.balance, program.height):
        solver.changeRowBounds(row, -np.inf, np.inf)
    (group,) = formulation.groups
    costs = np.array(solver.getLp().col_cost_)
    costs[group.on] -= prices * which.power_min
    if len(group.above):
        costs[group.above] -= prices
    solver.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.run()
    value, power, is_on = which.core().best_schedule(prices, np.ones(one.periods), np.zeros(0))
    assert value == pytest.approx(-solver.getInfo().objective_function_value, rel=1e-6, abs=1e-4)
    cost = cost_of(which, [bool(state) for state in is_on], [float(one) for one in power])
    assert value == pytest.approx(float(prices @ power) - cost)
    assert not list(time_rules(which, [bool(state) for state in is_on]))


@pytest.mark.long
def test_ten_units_reach_the_known_cost() -> None:
    found = commit(ten_units(), seconds=SECONDS, gap=1e-6)
    assert found.cost == pytest.approx(563_937.7, abs=1.0)
    assert broken_rules(found) == []


@pytest.mark.long
def test_prices_bound_the_ten_units_and_lead_to_a_commitment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = priced_rounds(ten_units(), 300)
    assert 0.97 * 563_937 < found.bound <= 563_938
    assert found.share.min() >= -1e-9
    # What a fleet that is too large for its relaxation goes through.
    monkeypatch.setattr(search, "LARGE", 0)
    committed = commit(ten_units(), seconds=SECONDS, gap=0.02)
    assert committed.is_complete
    assert broken_rules(committed) == []
    assert committed.cost >= 563_937
    assert committed.bound <= 563_938


def test_what_is_held_back_is_within_a_ramp_of_the_period_before() -> None:
    # On its own it would stop: what it holds back earns less than its least power costs.
    which = unit(
        "a", 10.0, 40.0, ramp_up=5.0, ramp_down=30.0, periods_on=4, power=10.0, must_run=True
    )
    power_prices, reserve_prices = np.full(2, 1.0), np.full(2, 30.0)
    value, power, is_on = which.core().best_schedule(power_prices, np.ones(2), reserve_prices)
    # Power loses money: it stays least, and no more than a ramp above it is held back.
    assert list(power) == [10.0, 10.0]
    cost = cost_of(which, [bool(state) for state in is_on], [float(one) for one in power])
    assert value == pytest.approx(20.0 - cost + 2 * 5.0 * 30.0)


def test_a_damaged_answer_is_told_rule_by_rule() -> None:
    found = commit(fleet([unit("a"), unit("b", slope=30.0)], [30.0, 60.0, 60.0]), seconds=SECONDS)
    assert broken_rules(found) == []
    power = found.power.copy()
    power[0, 1] -= 1.0
    sentences = broken_rules(replaced(found, power=power))
    assert any("demand is 60.0" in one for one in sentences)
    assert any("the cost is" in one for one in sentences)
    is_on = found.is_on.copy()
    is_on[0, 1] = False
    assert any("while off" in one for one in broken_rules(replaced(found, is_on=is_on)))
    assert any("bound" in one for one in broken_rules(replaced(found, bound=2 * found.cost)))


def replaced(found: Commitment, **changes: Any) -> Commitment:
    return Commitment(**{**vars(found), **changes})


def test_rules_in_conflict_are_named_and_none_is_idle() -> None:
    one = fleet([unit("small", high=20.0), unit("large")], [30.0, 90.0, 30.0])
    with pytest.raises(InputError, match=r"together: demand of period 1; relax"):
        commit(one, seconds=SECONDS)
    # A unit that is on and may not stop makes more than is wanted; both rules are needed for that.
    held = unit("held", periods_on=1, power=10.0, up_min=3)
    one = fleet([held, unit("other")], [2.0, 30.0])
    names = {str(label) for label in conflict(one)}
    assert "demand of period 0" in names
    assert "least time on before the first period of held" in names
    assert not any("other" in name or "period 1" in name for name in names)


def test_a_conflict_that_only_whole_units_have_is_named() -> None:
    # Half a unit could make 5 MW; a whole one makes 10 at least.
    one = fleet([unit("a", periods_on=5, power=10.0, ramp_down=100.0)], [5.0, 5.0])
    with pytest.raises(InputError, match="demand of period"):
        commit(one, seconds=SECONDS)


@pytest.mark.long
def test_time_that_runs_out_gives_the_best_so_far_marked() -> None:
    found = commit(ten_units(), seconds=30.0, gap=0.0)
    if not found.is_complete:
        assert found.gap > 0.0
    assert broken_rules(found) == []
    # Time is over at once: units schedule themselves.
    soon = commit(ten_units(), seconds=1e-9)
    assert not soon.is_complete
    assert broken_rules(soon) == []
    assert 0.0 < soon.gap < 0.2
    assert soon.bound <= found.cost <= soon.cost


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"demand": [1.0, float("nan")]}, "demand is nan in period 1"),
        ({"demand": [1.0]}, "time_periods is 2"),
        ({"time_periods": "x"}, "the instance"),
        ({"thermal_generators": []}, "thermal_generators is no object of units by name"),
    ],
)
def test_a_bad_instance_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    document = {
        "time_periods": 2,
        "demand": [1.0, 1.0],
        "reserves": [0.0, 0.0],
        "thermal_generators": {},
        "renewable_generators": {},
    }
    file = tmp_path / "bad.json"
    file.write_text(json.dumps({**document, **change}))
    with pytest.raises(InputError, match=message):
        load_fleet(file)


@pytest.mark.data
@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("power_output_minimum", None, "has no key 'power_output_minimum'"),
        ("power_output_minimum", 1e6, "power_output_minimum is 1e[+]06 MW, piecewise_production"),
        ("power_output_maximum", "a", "could not convert"),
        ("time_up_minimum", -3, "time_up_minimum is -3, below zero"),
    ],
)
def test_a_generator_that_contradicts_itself_is_named(
    recorded_data: Path, tmp_path: Path, key: str, value: object, message: str
) -> None:
    text = (recorded_data / "uc" / "rts_gmlc_2020-07-06.json").read_text()
    document = json.loads(text)
    name, one = next(iter(document["thermal_generators"].items()))
    if value is None:
        del one[key]
    else:
        one[key] = value
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(document))
    with pytest.raises(InputError, match=f"thermal generator {name}.*{message}"):
        load_fleet(file)


def test_a_generator_without_a_key_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text(json.dumps({"time_periods": 1, "thermal_generators": {"G1": {}}}))
    with pytest.raises(InputError, match=r"thermal generator G1 has no key 'piecewise_production'"):
        load_fleet(file)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["rts_gmlc_2020-11-25", "rts_gmlc_2020-07-06", "ca_Scenario400_reserves_3"]
)
def test_recorded_instances_are_solved_within_half_a_percent(
    recorded_data: Path, name: str
) -> None:
    one = load_fleet(recorded_data / "uc" / f"{name}.json")
    found = commit(one, seconds=900.0, gap=0.005)
    assert broken_rules(found) == []
    assert found.gap <= 0.005
    if name == "rts_gmlc_2020-11-25":
        assert found.cost >= 963_903
        assert found.bound <= 976_832


@pytest.mark.data
@pytest.mark.slow
def test_the_largest_recorded_instance_is_bounded_and_committed_by_its_units(
    recorded_data: Path,
) -> None:
    one = load_fleet(recorded_data / "uc" / "ferc_2015-07-01_hw.json")
    assert (len(one.units), one.periods) == (978, 48)
    first, later = (priced_rounds(one, rounds) for rounds in (1, 15))
    # Its demand at the price of the cheapest unit, and the first prices, are both passed.
    assert 0.0 < first.bound < later.bound
    groups = Formulation(one).groups
    found = (dispatch(one, ample(one, groups, later, lift)) for lift in LIFTS)
    cost = next(one.cost for one in found if one is not None)
    assert later.bound < cost < 1.05 * later.bound
