"""Take or pay at moving prices: a tree of every decision, one year as a swing, no movement."""

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from wattbook.assets.contracts import ContractYear, TakeOrPay, take_or_pay_value
from wattbook.assets.contracts.take_or_pay_paths import simulated_take_or_pay
from wattbook.assets.spot import Factor, SpotModel
from wattbook.assets.storage import swing, tree_value
from wattbook.errors import InputError

SPEED, VOLATILITY = 0.15, 0.25
CARRY = {"carry_from_mwh": 3.0, "carry_most_mwh": 1.0}


def contract(forward: list[float], years: int, **terms: Any) -> tuple[Any, ...]:
    """Return terms, years and a model of one factor."""
    given = {"make_up_share": 0.25, "deficiency_share": 0.9} | terms
    made = TakeOrPay(1.0, (0.0, 2.0), (0.0, 4.0), 2.0, **given)
    days = np.array_split(np.array(forward), years)
    discounts = np.array_split(0.99 ** np.arange(len(forward)), years)
    each = [ContractYear(20.0, *one) for one in zip(days, discounts, strict=True)]
    return made, each, SpotModel(np.array(forward), (Factor(SPEED, VOLATILITY),))


def every_decision(terms: TakeOrPay, years: list[ContractYear]) -> float:
    """Return the value where the factor walks a fine lattice and each decision is tried.

    Banks and volumes are floats in a table that grows as states are met; nothing is bounded,
    clipped or regressed.
    """
    grid = np.linspace(-6, 6, 481) * VOLATILITY / np.sqrt(2 * SPEED)
    chances = np.exp(-((grid[None] - np.exp(-SPEED) * grid[:, None]) ** 2) / (2 * VOLATILITY**2))
    chances /= chances.sum(axis=1, keepdims=True)
    known: dict[tuple[int, int, float, float, float], Any] = {}

    def value(number: int, day: int, taken: float, make_up: float, carry: float) -> Any:
        if number == len(years):
            return np.zeros(len(grid))
        state = (number, day, taken, make_up, carry)
        if state in known:
            return known[state]
        year = years[number]
        age = day + sum(len(one.spot) for one in years[:number])
        variance = VOLATILITY**2 * sum(np.exp(-2 * SPEED * back) for back in range(age))
        price = year.spot[day] * np.exp(grid - variance / 2) * year.factors[day]
        best = np.full(len(grid), -math.inf)
        for volume in np.arange(terms.day_mwh[0], terms.day_mwh[1] + 1e-9, terms.step_mwh):
            sum_taken = taken + float(volume)
            if sum_taken > terms.year_mwh[1]:
                continue
            if day + 1 < len(year.spot):
                later = chances @ value(number, day + 1, sum_taken, make_up, carry)
            else:
                later = settled(number, sum_taken, make_up, carry)
            best = np.maximum(best, volume * price + later)
        known[state] = best
        return best

    def settled(number: int, taken: float, make_up: float, carry: float) -> Any:
        year = years[number]
        if taken < terms.year_mwh[0]:
            return np.full(len(grid), -math.inf)
        best = np.full(len(grid), -math.inf)
        used_most = min(make_up, max(taken - terms.pay_mwh, 0.0))
        lowered_most = min(carry, terms.carry_most_mwh, max(terms.pay_mwh - taken, 0.0))
        for used, lowered in product(range(int(used_most) + 1), range(int(lowered_most) + 1)):
            short = max(terms.pay_mwh - lowered - taken, 0.0)
            units = taken - used + terms.make_up_share * used + terms.deficiency_share * short
            earned = max(taken - used - terms.carry_from_mwh, 0.0)
            later = chances @ value(
                number + 1, 0, 0.0, make_up - used + short, carry - lowered + earned
            )
            best = np.maximum(best, later - units * year.price * year.factors[-1])
        return best

    return float(value(0, 0, 0.0, 0.0, 0.0)[len(grid) // 2])


FORWARDS = [
    ([18.0, 22.0, 19.0, 21.0, 24.0, 17.0, 26.0, 20.0, 23.0], 3),
    ([16.0, 15.0, 17.0, 16.0, 25.0, 27.0, 24.0, 26.0], 2),
]


@pytest.mark.parametrize("carry", [{}, CARRY])
@pytest.mark.parametrize(("forward", "years"), FORWARDS)
def test_the_value_of_every_decision_lies_between_the_bounds(
    forward: list[float], years: int, carry: dict[str, float]
) -> None:
    terms, each, model = contract(forward, years, **carry)
    found = simulated_take_or_pay(terms, each, model, paths=4_000)
    exact = every_decision(terms, each)
    lower, upper = found.value.lower, found.value.upper
    assert lower.mean - 4 * lower.error <= exact <= upper.mean + 4 * upper.error
    assert lower.mean == pytest.approx(exact, abs=0.02 * abs(exact) + 4 * lower.error)
    assert upper.mean - lower.mean <= 0.03 * abs(exact) + 4 * lower.error
    assert exact > found.intrinsic


def test_banks_are_worth_more_when_prices_move() -> None:
    forward, years = FORWARDS[0]
    values = []
    for terms in ({"make_up_share": 1.0}, {"make_up_share": 0.0}, CARRY | {"make_up_share": 0.0}):
        made, each, model = contract(forward, years, **terms)
        values.append(simulated_take_or_pay(made, each, model).value.lower.mean)
    assert values == sorted(values)
    assert values[1] > values[0] + 1.0


def test_a_year_alone_is_a_swing_contract_on_a_tree() -> None:
    forward = np.linspace(18.0, 24.0, 12)
    model = SpotModel(forward, (Factor(SPEED, VOLATILITY),))
    terms = TakeOrPay(1.0, (0.0, 1.0), (0.0, 8.0), 5.0)
    found = simulated_take_or_pay(terms, [ContractYear(20.0, forward)], model, paths=4_000)
    right = swing(
        strike=20.0, step_mwh=1.0, day_mwh=(0.0, 1.0), period_mwh=(5.0, 8.0), make_up_price=20.0
    )
    tree = tree_value(right, model, substeps=8)
    assert found.value.lower.mean == pytest.approx(tree, rel=0.01)
    assert found.value.upper.mean >= tree - 4 * found.value.upper.error - 0.005 * tree


@pytest.mark.parametrize("terms", [{}, CARRY, CARRY | {"make_up_share": 1.0}])
def test_prices_that_do_not_move_are_worth_the_plan(terms: dict[str, float]) -> None:
    made, each, model = contract([12.0, 13.0, 11.0, 14.0, 30.0, 28.0, 26.0, 29.0, 10.0], 3, **terms)
    still = SpotModel(model.forward, (Factor(0.1, 0.0),))
    found = simulated_take_or_pay(made, each, still, paths=100)
    exact = take_or_pay_value(made, each).value
    assert found.intrinsic == exact
    assert found.value.lower.mean == pytest.approx(exact)
    assert found.value.upper.mean == pytest.approx(exact)


@pytest.mark.long
def test_what_does_not_fit_is_named() -> None:
    terms, each, model = contract([20.0] * 4, 2)
    with pytest.raises(InputError, match="prices move over 3 days, the years have 4"):
        simulated_take_or_pay(terms, each, SpotModel(np.full(3, 20.0), model.factors))
    off = SpotModel(np.array([20.0, 21.0, 20.0, 20.0]), model.factors)
    with pytest.raises(InputError, match="day 2 is 20 in its year and 21 in the forward"):
        simulated_take_or_pay(terms, each, off)
    wide = TakeOrPay(1.0, (0.0, 2.0), (0.0, 150.0), 75.0, carry_from_mwh=80.0, carry_most_mwh=50.0)
    flat = SpotModel(np.full(300, 20.0), model.factors)
    with pytest.raises(InputError, match="states of volume and banks on 2000 paths; give fewer"):
        simulated_take_or_pay(wide, [ContractYear(20.0, np.full(100, 20.0))] * 3, flat)
