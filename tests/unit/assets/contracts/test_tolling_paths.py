"""Tolling at moving prices: a strip of options, a plant that a lattice knows, and no movement."""

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from wattbook.assets.contracts import GAS_MWH, Conversion, Tolling, kirk, value_tolling
from wattbook.assets.contracts.tolling_paths import simulated_tolling
from wattbook.assets.spot import Factor, Jumps, SpotModel
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid, curve_grid

FREE = Tolling("free", Conversion(GAS_MWH, 0.5, "HHV"), 100.0, hours_on=-10.0)
STIFF = Tolling(
    "stiff",
    Conversion(GAS_MWH, 0.5, "HHV", operation_cost=2.0),
    100.0,
    power_min_mw=40.0,
    efficiency_loss=0.1,
    start_cost=8_000.0,
    start_fuel=100.0,
    up_min_hours=6.0,
    down_min_hours=30.0,
    toll_per_mw_month=310.0,
    hours_on=-40.0,
)


def days(count: int) -> CurveGrid:
    first = dt.date(2027, 1, 4)
    return curve_grid("DE-LU", first, first + dt.timedelta(days=count), "hour")


def hourly(count: int) -> Any:
    return 60.0 + 12.0 * np.sin(np.arange(24 * count) * 2 * np.pi / 24)


def model(forward: float, count: int, speed: float, volatility: float) -> SpotModel:
    return SpotModel(np.full(count, forward), (Factor(speed, volatility),))


@pytest.mark.long
def test_without_starts_a_toll_is_a_strip_of_exchange_options() -> None:
    count, rho = 20, 0.5
    power, fuel = model(60.0, count, 0.1, 0.09), model(30.0, count, 0.02, 0.04)
    found = simulated_tolling(
        FREE, days(count), hourly(count), 30.0, power=power, fuel=fuel,
        correlation=np.array([[rho]]), paths=6_000,
    )  # fmt: skip
    exact = 0.0
    for day in range(count):
        ages = np.arange(day)
        own = [
            float(one.factors[0].volatility ** 2)
            * np.exp(-2 * one.factors[0].mean_reversion * ages).sum()
            for one in (power, fuel)
        ]
        shared = rho * 0.09 * 0.04 * np.exp(-0.12 * ages).sum()
        both = np.sqrt(own)
        between = shared / both.prod() if day else 0.0
        hour = hourly(count)[24 * day : 24 * day + 24]
        # Two MWh of gas for one of power; over one unit of time.
        moves = (float(both[0]), float(both[1]))
        exact += 100 * kirk(hour, 60.0, 0.0, 1.0, volatilities=moves, correlation=between).sum()
    assert found.earned.lower.mean == pytest.approx(exact, abs=4 * found.earned.lower.error)
    # Nothing ties one day to the next, so the policy is the best there is.
    assert found.earned.upper.mean == pytest.approx(found.earned.lower.mean)
    assert found.extrinsic > 0.1 * found.intrinsic
    assert found.earned.lower.error < 0.005 * exact


def lattice_value(terms: Tolling, count: int, power: SpotModel, gas: float) -> float:
    """Return the value on a fine grid of one factor, states as hours on and off up to 40.

    The grid's chances are those of the factor's normal step between the middles of its cells, and
    hours are stepped one state after the other: nothing is shared with the code under test.
    """
    speed, volatility = power.factors[0].mean_reversion, power.factors[0].volatility
    grid = np.linspace(-6, 6, 401) * volatility / np.sqrt(2 * speed)
    step, kept = grid[1] - grid[0], np.exp(-speed)
    chances = np.exp(-((grid[None, :] - kept * grid[:, None]) ** 2) / (2 * volatility**2))
    chances /= chances.sum(axis=1, keepdims=True)
    assert step < volatility / 2
    states = [*range(1, 41), *range(-40, 0)]
    values = {state: np.zeros(len(grid)) for state in states}
    need = 2.0
    for day in reversed(range(count)):
        if day + 1 < count:
            values = {state: chances @ value for state, value in values.items()}
        variance = volatility**2 * sum(np.exp(-2 * speed * age) for age in range(day))
        move = np.exp(grid - variance / 2)
        for hour in reversed(range(24)):
            price = hourly(count)[24 * day + hour] * move
            full = 100 * (price - 2.0 - need * gas)
            least = 40 * (price - 2.0) - 40 * need / 0.9 * gas
            margin = np.maximum(full, least)
            start = terms.start_cost + terms.start_fuel * gas
            before = {}
            for state in states:
                on = values[min(state + 1, 40) if state > 0 else 1] + margin
                on = on - start if state < 0 else on
                off = values[max(state - 1, -40) if state < 0 else -1]
                if 0 < state < terms.up_min_hours:
                    before[state] = on
                elif -terms.down_min_hours < state < 0:
                    before[state] = off
                else:
                    before[state] = np.maximum(on, off)
            values = before
    return float(values[-40][len(grid) // 2])


@pytest.mark.long
def test_a_plant_with_starts_lies_where_a_lattice_says() -> None:
    count = 12
    power, fuel = model(60.0, count, 0.2, 0.12), model(30.0, count, 0.0, 0.0)
    found = simulated_tolling(
        STIFF, days(count), hourly(count), 30.0, power=power, fuel=fuel, paths=4_000
    )
    exact = lattice_value(STIFF, count, power, 30.0)
    lower, upper = found.earned.lower, found.earned.upper
    assert lower.mean - 4 * lower.error <= exact <= upper.mean + 4 * upper.error
    assert lower.mean <= upper.mean
    assert found.earned.gap < 0.02
    assert exact > found.intrinsic >= 0.0
    assert found.toll == pytest.approx(310.0 * 100.0 * count / 31)
    assert found.value == pytest.approx(lower.mean - found.toll)


@pytest.mark.parametrize("hours_on", [-40.0, -3.0, 2.0, 10.0, None])
def test_prices_that_do_not_move_are_worth_the_best_schedule(hours_on: float | None) -> None:
    count = 4
    terms = replace(STIFF, down_min_hours=4.0, hours_on=hours_on, start_cost=500.0)
    grid, price = days(count), hourly(count) + np.repeat([0.0, 15.0, -20.0, 8.0], 24)
    means = price.reshape(count, 24).mean(axis=1)
    power = SpotModel(means, (Factor(0.1, 0.0),))
    found = simulated_tolling(
        terms, grid, price, 30.0, 0.0, power=power, fuel=model(30.0, count, 0.1, 0.0), paths=100
    )
    exact = value_tolling(terms, grid, price, 30.0)
    assert found.intrinsic == pytest.approx(exact.schedule.value)
    assert found.earned.lower.mean == pytest.approx(found.intrinsic)
    assert found.earned.upper.mean == pytest.approx(found.intrinsic)
    assert found.extrinsic == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"power": model(61.0, 2, 0.1, 0.1)}, "power of 2027-01-04 is 60 in the mean of its curve"),
        ({"fuel": model(30.0, 3, 0.1, 0.1)}, "fuel moves over 3 days, the curve has 2"),
        ({"correlation": np.array([[1.5]])}, "contradicts theirs within"),
        ({"correlation": np.array([1.0])}, r"has shape \(1,\); give \(1, 1\)"),
        ({"paths": 50}, "50 paths; give at least 100"),
        (
            {"power": SpotModel(np.full(2, 60.0), (), jumps=Jumps(0.1, 1.0, 0.1, 1.0))},
            "no jumps",
        ),
    ],
)
def test_what_does_not_fit_is_named(changes: Any, message: str) -> None:
    given = {"power": model(60.0, 2, 0.1, 0.1), "fuel": model(30.0, 2, 0.1, 0.1), "paths": 100}
    with pytest.raises(InputError, match=message):
        simulated_tolling(FREE, days(2), hourly(2), 30.0, **(given | changes))
