"""Storages and swing contracts: a linear programme, a tree, bounds from both sides."""

from __future__ import annotations

import re
from typing import Any

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wattbook.assets.spot import Jumps, Season, simulate_prices
from wattbook.assets.storage import (
    Factor,
    Ratchet,
    SpotModel,
    Storage,
    intrinsic,
    rolling_intrinsic,
    simulated_value,
    swing,
    tree_value,
)
from wattbook.assets.storage.conflict import is_feasible, rules_of, storage_conflict
from wattbook.errors import InputError
from wattbook.market.auction.highs import quiet_solver

DAYS = 123


def season(days: int) -> NDArray[np.float64]:
    return np.asarray(25.0 - 5.0 * np.sin(2 * np.pi * np.arange(days) / days))


def linear_programme(storage: Storage, prices: list[float]) -> float:
    """Return the most that a storage without ratchets earns, by a linear programme of volumes."""
    (rate,) = storage.ratchets
    days = len(prices)
    solver = quiet_solver()
    low, high = storage.end_mwh or (storage.start_mwh, storage.start_mwh)
    for price in prices:
        solver.addVar(0.0, rate.injection_mwh)
        solver.addVar(0.0, rate.withdrawal_mwh)
        number = solver.getNumCol()
        buy = price * (1 + storage.injection_loss) + rate.injection_cost
        sell = price * (1 - storage.withdrawal_loss) - rate.withdrawal_cost
        solver.changeColCost(number - 2, buy - storage.end_price)
        solver.changeColCost(number - 1, storage.end_price - sell)
    for day in range(days):
        count = 2 * (day + 1)
        bounds = (low, high) if day == days - 1 else (0.0, storage.capacity_mwh)
        solver.addRow(
            bounds[0] - storage.start_mwh,
            bounds[1] - storage.start_mwh,
            count,
            np.arange(count, dtype=np.int32),
            np.tile([1.0, -1.0], day + 1),
        )
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    earned = -solver.getInfo().objective_function_value
    return earned + storage.end_price * storage.start_mwh


@settings(max_examples=30)
@given(
    # Below -18.75 it pays the programme to do both at once, for the sake of what is lost.
    st.lists(st.floats(-18, 90), min_size=1, max_size=12),
    st.integers(0, 6),
    st.integers(1, 3),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.02]),
)
def test_a_storage_with_constant_rates_equals_a_linear_programme(
    prices: list[float], start: int, rate: int, out: int, loss: float
) -> None:
    storage = Storage(
        60.0,
        10.0,
        (Ratchet(0.0, 10.0 * rate, 10.0 * out, 0.5, 0.25),),
        start_mwh=10.0 * start,
        end_mwh=(0.0, 60.0),
        end_price=12.0,
        injection_loss=loss,
        withdrawal_loss=loss,
    )
    found = intrinsic(storage, np.array(prices))
    # The programme is solved to 1e-7 of each rule, ours exactly.
    assert found.value == pytest.approx(linear_programme(storage, prices), abs=1e-5)
    assert found.level_mwh[-1] == pytest.approx(storage.start_mwh + found.change_mwh.sum())


def test_ratchets_slow_a_schedule_down() -> None:
    fast = Storage(600.0, 10.0, (Ratchet(0.0, 20.0, 20.0),))
    ratchets = (Ratchet(0.0, 20.0, 10.0), Ratchet(300.0, 10.0, 20.0))
    slow = Storage(600.0, 10.0, ratchets)
    prices = season(DAYS)
    assert intrinsic(slow, prices).value < intrinsic(fast, prices).value
    found = intrinsic(slow, prices)
    before = np.concatenate([[0.0], found.level_mwh[:-1]])
    assert (found.change_mwh <= np.where(before < 300.0, 20.0, 10.0) + 1e-9).all()
    assert (found.change_mwh >= -np.where(before < 300.0, 10.0, 20.0) - 1e-9).all()
    assert found.level_mwh.max() <= 600.0
    assert found.level_mwh[-1] == 0.0


def test_values_stand_in_order_and_bounds_enclose_the_tree() -> None:
    storage = Storage(200.0, 10.0, (Ratchet(0.0, 20.0, 10.0), Ratchet(100.0, 10.0, 20.0)))
    model = SpotModel(season(60), (Factor(0.05, 0.06),))
    known = intrinsic(storage, model.forward).value
    tree = tree_value(storage, model)
    rolling = rolling_intrinsic(storage, model, paths=100)
    found = simulated_value(storage, model, paths=2_000)
    assert known < tree
    assert rolling.mean < tree + 3 * rolling.error
    assert found.lower.mean < tree + 3 * found.lower.error
    assert found.upper.mean > tree - 3 * found.upper.error
    assert found.gap < 0.01 + 3 * found.lower.error / tree


@pytest.mark.parametrize("shift", [0.0, 10.0, None])
def test_several_factors_are_worth_between_the_known_curve_and_foresight(
    shift: float | None,
) -> None:
    storage = Storage(200.0, 10.0, (Ratchet(0.0, 20.0, 10.0), Ratchet(100.0, 10.0, 20.0)))
    unit = 1.0 if shift is not None else 25.0
    model = SpotModel(
        season(60),
        (Factor(0.08, 0.05 * unit), Factor(0.0, 0.01 * unit)),
        np.array([[1.0, 0.3], [0.3, 1.0]]),
        Season(0.3, 10.0),
        shift=shift,
    )
    known = intrinsic(storage, model.forward).value
    rolling = rolling_intrinsic(storage, model, paths=200)
    found = simulated_value(storage, model, paths=2_000)
    assert rolling.mean > known - 3 * rolling.error
    assert rolling.mean < found.upper.mean + 3 * (rolling.error + found.upper.error)
    assert found.lower.mean > known - 3 * found.lower.error
    noise = 3 * (found.lower.error + found.upper.error) / found.upper.mean
    assert -noise < found.gap < 0.01 + noise
    # What is simulated in Python has the same law: the best schedule with foresight earns no less.
    spot = simulate_prices(model, paths=300, seed=2).spot
    foresight = np.array([intrinsic(storage, path).value for path in spot])
    error = foresight.std(ddof=1) / np.sqrt(len(foresight))
    assert foresight.mean() + 3 * error > found.upper.mean - 3 * found.upper.error


def test_the_same_seed_gives_the_same_value_whatever_the_threads() -> None:
    storage = Storage(60.0, 10.0, (Ratchet(0.0, 20.0, 10.0),))
    model = SpotModel(season(20), (Factor(0.08, 0.05), Factor(0.0, 0.01)))
    first, second = (
        simulated_value(storage, model, paths=200, threads=threads) for threads in (1, 3)
    )
    assert first == second


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"jumps": Jumps(0.1, 0.1, 0.1, 0.5)}, "valued without jumps"),
        ({"factors": (Factor(0.1, 0.1),) * 5}, "one to four factors"),
        ({"factors": (Factor(0.1, 0.0),)}, "above zero for one factor"),
    ],
)
def test_a_model_that_a_storage_cannot_be_valued_with_is_refused(
    fields: dict[str, Any], message: str
) -> None:
    storage = Storage(60.0, 10.0, (Ratchet(0.0, 20.0, 10.0),))
    model = SpotModel(**{"forward": season(5), "factors": (Factor(0.1, 0.1),), **fields})
    with pytest.raises(InputError, match=message):
        simulated_value(storage, model, paths=32)


def test_a_tree_moves_a_day_as_paths_do_when_prices_return_fast() -> None:
    right = swing(strike=20.0, step_mwh=1.0, day_mwh=(0.0, 1.0), period_mwh=(0.0, 3.0))
    model = SpotModel(np.full(10, 20.0), (Factor(0.6, 0.3),))
    found = simulated_value(right, model, paths=20_000)
    for substeps in (4, 16):
        tree = tree_value(right, model, substeps=substeps)
        assert found.lower.mean - 4 * found.lower.error < tree
        assert tree == pytest.approx(found.upper.mean, rel=0.01)


def test_a_tree_refuses_what_it_cannot_hold() -> None:
    storage = Storage(60.0, 10.0, (Ratchet(0.0, 20.0, 10.0),))
    for fields in ({"season": Season(0.1)}, {"shift": None}):
        model = SpotModel(season(5), (Factor(0.1, 0.1),), **fields)
        with pytest.raises(InputError, match="another method than a tree"):
            tree_value(storage, model)


def test_a_swing_right_takes_the_dearest_days() -> None:
    right = swing(strike=20.0, step_mwh=1.0, day_mwh=(0.0, 2.0), period_mwh=(0.0, 4.0))
    found = intrinsic(right, np.array([25.0, 40.0, 19.0, 30.0]))
    assert found.value == pytest.approx(2 * 20.0 + 2 * 10.0)
    must = swing(strike=20.0, step_mwh=1.0, day_mwh=(1.0, 2.0), period_mwh=(5.0, 6.0))
    assert intrinsic(must, np.full(4, 10.0)).value == pytest.approx(-10.0 * 5)


def test_take_or_pay_pays_for_what_was_not_taken() -> None:
    right = swing(
        strike=20.0,
        step_mwh=1.0,
        day_mwh=(0.0, 2.0),
        period_mwh=(3.0, 6.0),
        make_up_price=4.0,
    )
    # Taking loses 10 a MWh, leaving it 4.
    assert intrinsic(right, np.full(4, 10.0)).value == pytest.approx(-12.0)
    # Taking loses 1.
    assert intrinsic(right, np.full(4, 19.0)).value == pytest.approx(-3.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"capacity_mwh": 65.0}, "capacity_mwh of 65.0 MWh is no multiple"),
        ({"ratchets": (Ratchet(5.0, 10.0, 10.0),)}, "do not begin at level 0"),
        ({"ratchets": (Ratchet(0.0, 12.0, 10.0),)}, "injection_mwh of 12.0"),
        ({"end_mwh": (60.0, 60.0)}, "0 MWh at the start; 60 to 60 MWh at the end, after day 1"),
        ({"step_mwh": 0.0}, "above zero"),
    ],
)
def test_a_storage_that_cannot_be_is_refused_with_its_value(
    change: dict[str, Any], message: str
) -> None:
    fields: dict[str, Any] = {
        "capacity_mwh": 60.0,
        "step_mwh": 10.0,
        "ratchets": (Ratchet(0.0, 10.0, 10.0),),
        **change,
    }
    with pytest.raises(InputError, match=message):
        intrinsic(Storage(**fields), np.array([10.0, 20.0]))


RATES = (Ratchet(0.0, 10.0, 10.0),)
FREE = (0.0, 100.0)


def bounded(**asked: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    return tuple(asked.get(f"day{day}", FREE) for day in range(30))


@pytest.mark.parametrize(
    ("changes", "named", "idle"),
    [
        ({"end_mwh": (50.0, 60.0), "start_mwh": 0.0}, [], []),
        ({"bounds_mwh": bounded(day3=(80.0, 100.0))}, ["0 MWh at the start", "after day 3"], []),
        (
            # Days 5 and 8 contradict each other whatever the start is; day 20 has no part in it.
            {"bounds_mwh": bounded(day5=(0.0, 10.0), day8=(90.0, 100.0), day20=(0.0, 50.0))},
            ["0 to 10 MWh after day 5", "90 to 100 MWh after day 8"],
            ["start", "day 20", "end"],
        ),
        (
            {"bounds_mwh": bounded(day28=(90.0, 100.0), day2=(0.0, 90.0))},
            ["90 to 100 MWh after day 28", "0 to 0 MWh at the end, after day 29"],
            ["start", "day 2;"],
        ),
        (
            {"bounds_mwh": bounded(day0=(30.0, 40.0), day1=(0.0, 90.0))},
            ["0 MWh at the start", "30 to 40 MWh after day 0"],
            ["day 1;", "at the end"],
        ),
    ],
)
def test_rules_of_a_storage_in_conflict_are_named_and_none_is_idle(
    changes: dict[str, Any], named: list[str], idle: list[str]
) -> None:
    storage = Storage(100.0, 10.0, RATES, **changes)
    prices = np.full(30, 20.0)
    if not named:
        assert storage_conflict(storage, 30) == []
        assert intrinsic(storage, prices).level_mwh[-1] in (50.0, 60.0)
        return
    with pytest.raises(InputError, match="no schedule keeps every rule; in conflict") as refused:
        intrinsic(storage, prices)
    for text in named:
        assert text in str(refused.value)
    for text in idle:
        assert text not in str(refused.value)
    model = SpotModel(prices, (Factor(mean_reversion=0.05, volatility=0.06),))
    for value in (tree_value, rolling_intrinsic, simulated_value):
        with pytest.raises(InputError, match=re.escape(named[-1])):
            value(storage, model)


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(st.just((0, 6)), st.tuples(st.integers(0, 6), st.integers(0, 6))), min_size=6,
        max_size=6,
    ),
    st.integers(0, 6), st.tuples(st.integers(0, 6), st.integers(0, 6)), st.integers(0, 2),
    st.integers(0, 2),
)  # fmt: skip
def test_a_conflict_is_one_and_is_none_without_any_of_its_rules(
    bounds: list[tuple[int, int]], start: int, end: tuple[int, int], filling: int, out: int
) -> None:
    ordered = [(float(min(pair)), float(max(pair))) for pair in bounds]
    storage = Storage(
        6.0, 1.0, (Ratchet(0.0, float(filling), float(out)),), float(start),
        (float(min(end)), float(max(end))), bounds_mwh=tuple(ordered),
    )  # fmt: skip
    prices = np.full(6, 20.0)
    names = storage_conflict(storage, 6)
    if not names:
        assert len(intrinsic(storage, prices).level_mwh) == 6
        return
    with pytest.raises(InputError, match="in conflict") as refused:
        intrinsic(storage, prices)
    assert all(name in str(refused.value) for name in names)
    rules = [rule for rule in rules_of(storage, 6) if rule.text in names]
    assert not is_feasible(storage, 6, rules)
    for rule in rules:
        assert is_feasible(storage, 6, [one for one in rules if one is not rule]), rule.text


def test_bounds_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"after day 5 are 50.0 to 10.0 MWh; give least, then most"
    ):
        Storage(100.0, 10.0, RATES, bounds_mwh=bounded(day5=(50.0, 10.0)))
