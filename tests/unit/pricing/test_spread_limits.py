"""Spreads at their ends: one shock for both prices, and approximations by name."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.pricing import AmericanMethod, SpreadMethod, american, basket, spread, spread_greeks

LEGS: dict[str, Any] = {"first": 110.0, "second": 90.0, "time": 1.0, "rate": 0.05}


def one_shock(
    sign: float, deviations: tuple[float, float], correlation: float, strike: float
) -> float:
    """Value of a spread of 110 and 90 by the trapezoidal rule over the one shock there is."""
    shock = np.linspace(-10.0, 10.0, 20_001)
    first, second = deviations[0], correlation * deviations[1]
    gain = 110.0 * np.exp(first * shock - 0.5 * first**2) - 90.0 * np.exp(
        second * shock - 0.5 * second**2
    )
    density = np.exp(-0.5 * shock**2) / math.sqrt(2.0 * math.pi)
    paid = np.maximum(sign * (gain - strike), 0.0)
    return float((density * paid).sum() * (shock[1] - shock[0]))


@settings(max_examples=40)
@given(
    kind=st.sampled_from(["call", "put"]),
    deviations=st.tuples(st.floats(0.02, 1.0), st.floats(0.02, 1.0)),
    correlation=st.sampled_from([-1.0, 1.0]),
    strike=st.floats(-60.0, 60.0),
)
def test_one_shock_for_both_prices_has_a_value(
    kind: str, deviations: tuple[float, float], correlation: float, strike: float
) -> None:
    value = spread(
        kind,
        first_volatility=deviations[0],
        second_volatility=deviations[1],
        correlation=correlation,
        strike=strike,
        **LEGS,
    )
    expected = one_shock(1.0 if kind == "call" else -1.0, deviations, correlation, strike)
    assert float(value) == pytest.approx(math.exp(-0.05) * expected, abs=1e-4)


@pytest.mark.parametrize("correlation", [-1.0, 1.0])
@pytest.mark.parametrize("strike", [-5.0, 0.0, 20.0])
def test_a_correlation_of_one_is_the_limit(correlation: float, strike: float) -> None:
    near, at = spread(
        "call",
        first_volatility=0.3,
        second_volatility=0.2,
        correlation=[0.999_999_99 * correlation, correlation],
        strike=strike,
        **LEGS,
    )
    assert at == pytest.approx(near, abs=1e-6)


def test_prices_that_move_as_one_differ_by_a_certain_share() -> None:
    # Equal volatilities: 110 and 90 stay in proportion; the spread is one lognormal price of 20.
    value = spread(
        "call", first_volatility=0.4, second_volatility=0.4, correlation=1.0, strike=0.0, **LEGS
    )
    assert float(value) == pytest.approx(20.0 * math.exp(-0.05), abs=1e-12)


def test_operator_splitting_is_nearer_than_kirk() -> None:
    legs: dict[str, Any] = {
        "first_volatility": 0.3,
        "second_volatility": 0.2,
        "correlation": 0.6,
        **LEGS,
    }
    strikes = np.array([5.0, 10.0, 20.0])
    exact, kirk, split = (
        spread("put", strike=strikes, method=method, **legs)
        for method in (SpreadMethod.EXACT, SpreadMethod.KIRK, SpreadMethod.OPERATOR_SPLITTING)
    )
    assert np.all(np.abs(split - exact) < 0.05 * np.abs(kirk - exact))


def conditioned(strike: float, volatility: float) -> float:
    """Value of a call on 150 - 60 - 50 (Deng, Li and Zhou, 2008) by Black's formula of the first.

    Given the other two prices the first is lognormal and the strike is known: what is left is a
    plain sum over a grid of two shocks, which shares nothing with the kernel.
    """
    correlations = np.array([[1.0, 0.2, 0.8], [0.2, 1.0, 0.4], [0.8, 0.4, 1.0]])
    deviation = volatility * math.sqrt(0.25)
    growth = math.exp(0.05 * 0.25)
    root = np.linalg.cholesky(correlations[np.ix_([1, 2, 0], [1, 2, 0])])
    shocks = np.linspace(-8.0, 8.0, 321)
    one, other = np.meshgrid(shocks, shocks, indexing="ij")

    def price(spot: float, move: NDArray[np.float64], variance: float) -> NDArray[np.float64]:
        return spot * growth * np.exp(deviation * move - 0.5 * deviation**2 * variance)

    due = strike + price(60.0, one, 1.0) + price(50.0, root[1, 0] * one + root[1, 1] * other, 1.0)
    known = 1.0 - root[2, 2] ** 2
    forward = price(150.0, root[2, 0] * one + root[2, 1] * other, known)
    left = deviation * root[2, 2]
    upper = np.log(forward / due) / left + 0.5 * left
    erfc = np.vectorize(math.erfc)
    call = forward * 0.5 * erfc(-upper / math.sqrt(2.0)) - due * 0.5 * erfc(
        -(upper - left) / math.sqrt(2.0)
    )
    density = np.exp(-0.5 * (one**2 + other**2)) / (2.0 * math.pi)
    return float((density * call).sum() * (shocks[1] - shocks[0]) ** 2 / growth)


@pytest.mark.parametrize(
    ("strike", "volatility", "stated"),
    [(50.0, 0.6, 10.914015484), (45.0, 0.3, 5.480801504), (45.0, 0.6, 12.830753953)],
)
def test_stated_values_of_three_prices_are_those_of_91_days(
    strike: float, volatility: float, stated: float
) -> None:
    def value(time: float) -> float:
        return basket(
            "call",
            weights=[1.0, -1.0, -1.0],
            forwards=np.array([150.0, 60.0, 50.0]) * math.exp(0.05 * time),
            volatilities=[volatility] * 3,
            correlations=[[1.0, 0.2, 0.8], [0.2, 1.0, 0.4], [0.8, 0.4, 1.0]],
            strike=strike,
            time=time,
            rate=0.05,
        )

    assert value(0.25) == pytest.approx(conditioned(strike, volatility), abs=1e-8)
    assert value(91.0 / 365.0) == pytest.approx(stated, abs=1e-8)


def test_qd_plus_is_near_the_exact_value() -> None:
    given = {"underlying": 100.0, "time": 1.0, "rate": 0.05, "carry_yield": 0.03}
    strikes = np.linspace(80.0, 120.0, 9)
    exact, approximate = (
        american("put", strike=strikes, volatility=0.25, method=method, **given)
        for method in (AmericanMethod.EXACT, AmericanMethod.QD_PLUS)
    )
    assert np.all(np.abs(approximate - exact) < 0.03)


@settings(max_examples=60)
@given(
    kind=st.sampled_from(["call", "put"]),
    deviations=st.tuples(st.floats(0.05, 0.6), st.floats(0.05, 0.6)),
    correlation=st.floats(-0.9, 0.95),
    strike=st.floats(-60.0, 40.0),
)
def test_bjerksund_and_stensland_bound_the_value_from_below(
    kind: str, deviations: tuple[float, float], correlation: float, strike: float
) -> None:
    legs: dict[str, Any] = {
        "first_volatility": deviations[0],
        "second_volatility": deviations[1],
        "correlation": correlation,
        "strike": strike,
        **LEGS,
    }
    exact, bound = (
        float(spread(kind, method=method, **legs))
        for method in (SpreadMethod.EXACT, SpreadMethod.BJERKSUND_STENSLAND)
    )
    assert exact - 1.0 < bound <= exact + 1e-7


def test_bjerksund_and_stensland_exchange_two_prices_exactly() -> None:
    # At a strike of 0 the rule is the best one: W. Margrabe's formula.
    legs: dict[str, Any] = {"first_volatility": 0.3, "second_volatility": 0.2, "correlation": 0.4}
    exact, bound = (
        float(spread("call", strike=0.0, method=method, **legs, **LEGS))
        for method in (SpreadMethod.EXACT, SpreadMethod.BJERKSUND_STENSLAND)
    )
    assert bound == pytest.approx(exact, abs=1e-9)
    certain = spread(
        "put",
        strike=30.0,
        method=SpreadMethod.BJERKSUND_STENSLAND,
        **{**LEGS, "time": 0.0},
        **legs,
    )
    assert float(certain) == 10.0


def summed(
    deviations: tuple[float, float], correlation: float, strike: float
) -> tuple[float, float, float, float]:
    """Undiscounted call on 100 less 90: Black's formula summed over the second price's shock.

    With it its slopes by both and its second derivative by the first, each times the price.
    """
    first, second = deviations
    own = first * math.sqrt(1.0 - correlation**2)
    shared = correlation * first
    low, high = min(0.0, shared, second) - 9.0, max(0.0, shared, second) + 9.0
    shock = np.linspace(low, high, 60_001)
    density = np.exp(-0.5 * shock**2) / math.sqrt(2.0 * math.pi) * (shock[1] - shock[0])
    forward = 100.0 * np.exp(shared * shock - 0.5 * shared**2)
    other = 90.0 * np.exp(second * shock - 0.5 * second**2)
    due = strike + other
    upper = (np.log(forward) - np.log(np.maximum(due, 1e-280))) / own + 0.5 * own
    chance = np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2.0)))
    taken, given_up = (np.where(due > 0.0, chance(at), 1.0) for at in (upper, upper - own))
    bell = np.where(due > 0.0, np.exp(-0.5 * upper**2), 0.0) / math.sqrt(2.0 * math.pi)
    return (
        float(density @ (forward * taken - due * given_up)),
        float(density @ (forward * taken)),
        float(-density @ (other * given_up)),
        float(density @ (forward * bell / own)),
    )


@settings(max_examples=10, deadline=None)
@given(
    deviations=st.tuples(st.floats(0.5, 20.0), st.floats(0.5, 20.0)),
    correlation=st.floats(-0.97, 0.97),
    strike=st.floats(-50.0, 50.0),
)
def test_prices_that_move_very_much_have_a_value(
    deviations: tuple[float, float], correlation: float, strike: float
) -> None:
    at: dict[str, Any] = {
        "time": 1.0,
        "first_volatility": deviations[0],
        "second_volatility": deviations[1],
        "correlation": correlation,
        "strike": strike,
    }
    value = float(spread("call", first=100.0, second=90.0, **at))
    price, *slopes = summed(deviations, correlation, strike)
    assert value == pytest.approx(price, abs=1e-6)
    found = spread_greeks("call", first=100.0, second=90.0, **at)
    cash = [*(found.delta * [100.0, 90.0]), found.gamma[0, 0] * 1e4]
    # The other sum steps over where the second price meets a strike below 0.
    assert cash == pytest.approx(slopes, abs=1e-6 if strike >= 0.0 else 2e-3)


def test_prices_that_move_beyond_numbers_are_refused() -> None:
    at: dict[str, Any] = {"first": 100.0, "second": 90.0, "time": 1.0, "correlation": 0.3}
    with pytest.raises(InputError, match="give"):
        spread("call", strike=5.0, first_volatility=3.0, second_volatility=21.0, **at)
    with pytest.raises(InputError, match="give"):
        spread_greeks("call", strike=5.0, first_volatility=3.0, second_volatility=21.0, **at)
    with pytest.raises(InputError, match="give"):
        basket(
            "call", weights=[1.0, -0.5, -0.4], forwards=[70.0, 40.0, 80.0],
            volatilities=[4.0, 5.0, 3.5], correlations=np.eye(3), strike=10.0, time=1.0,
        )  # fmt: skip
