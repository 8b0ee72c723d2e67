"""Greeks of the approximations by name against differences of their own values."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.pricing import (
    AmericanMethod,
    AverageMethod,
    SpreadMethod,
    american,
    american_greeks,
    average_greeks,
    average_price,
    spread,
    spread_greeks,
)

Array = NDArray[np.float64]
ROWS = 200
FORMULAS = [
    AmericanMethod.BARONE_ADESI_WHALEY,
    AmericanMethod.JU_ZHONG,
    AmericanMethod.BJERKSUND_STENSLAND,
    AmericanMethod.QD_PLUS,
]
APPROXIMATE_SPREADS = [method for method in SpreadMethod if method is not SpreadMethod.EXACT]
APPROXIMATE_AVERAGES = [method for method in AverageMethod if method is not AverageMethod.EXACT]


def slope(value: Callable[..., Array], given: dict[str, Any], step: float, *names: str) -> Array:
    """Slope by inputs moved together, by central differences at two steps."""

    def at(by: float) -> Array:
        return value(**{**given, **{name: given[name] + by for name in names}})

    wide, near = ((at(h) - at(-h)) / (2.0 * h) for h in (step, 0.5 * step))
    return (4.0 * near - wide) / 3.0


def bend(
    value: Callable[..., Array], given: dict[str, Any], step: float, one: str, other: str
) -> Array:
    """Second derivative by two inputs, or by one twice."""

    def sloped(**moved: Any) -> Array:
        return slope(value, moved, step, one)

    return slope(sloped, given, step, other)


def american_options(on_future: bool) -> tuple[NDArray[np.bool_], dict[str, Any]]:
    random = np.random.default_rng(7)
    given: dict[str, Any] = {
        "underlying": random.uniform(70.0, 140.0, ROWS),
        "strike": np.full(ROWS, 100.0),
        "time": random.uniform(0.05, 2.0, ROWS),
        "volatility": random.uniform(0.1, 0.8, ROWS),
        "rate": random.uniform(0.005, 0.1, ROWS),
    }
    if not on_future:
        given["carry_yield"] = random.uniform(-0.02, 0.1, ROWS)
    return random.random(ROWS) < 0.5, given


@pytest.mark.parametrize("on_future", [True, False])
@pytest.mark.parametrize("method", FORMULAS)
def test_american_approximations_have_their_own_greeks(
    method: AmericanMethod, on_future: bool
) -> None:
    is_call, given = american_options(on_future)

    def value(**moved: Any) -> Array:
        return american(is_call, method=method, **moved)

    found = american_greeks(is_call, method=method, **given)
    assert found.price == pytest.approx(value(**given), abs=1e-12)
    # A difference across the price at which exercise begins is no slope.
    intrinsic = np.where(is_call, 1.0, -1.0) * (given["underlying"] - given["strike"])
    smooth = found.price > intrinsic + 0.02
    assert smooth.sum() > 0.5 * ROWS
    for ours, theirs, near in (
        (found.delta, slope(value, given, 1e-3, "underlying"), 1e-7),
        (found.gamma, bend(value, given, 0.02, "underlying", "underlying"), 1e-6),
        (found.vega, slope(value, given, 1e-4, "volatility"), 1e-5),
        (found.theta, -slope(value, given, 1e-5, "time"), 1e-5),
        (found.rho, slope(value, given, 1e-5, "rate"), 2e-4),
    ):
        assert ours[smooth] == pytest.approx(theirs[smooth], abs=near, rel=1e-6)


@pytest.mark.parametrize(
    "method", [way for way in AmericanMethod if way is not AmericanMethod.QD_PLUS]
)
def test_an_option_that_is_exercised_now_moves_as_its_payoff(method: AmericanMethod) -> None:
    # The exact price of some is above the gain by a rounding; QD+ is an integral, above it by more.
    underlying = np.linspace(60.0, 78.0, 19)
    terms: dict[str, Any] = {"strike": 100.0, "time": 1.2, "volatility": 0.11, "rate": 0.072}
    found = american_greeks("put", underlying=underlying, method=method, **terms)
    assert found.price == pytest.approx(100.0 - underlying, abs=1e-12)
    assert found.delta == pytest.approx(-np.ones(19), abs=1e-12)
    for other in (found.gamma, found.vega, found.theta, found.rho):
        assert other == pytest.approx(np.zeros(19), abs=1e-9)


def test_greeks_of_a_binomial_tree_are_near_the_exact_ones() -> None:
    is_call, given = american_options(on_future=True)
    few: dict[str, Any] = {name: column[:25] for name, column in given.items()}
    found = american_greeks(is_call[:25], method=AmericanMethod.BINOMIAL, **few)
    exact = american_greeks(is_call[:25], **few)
    price = american(is_call[:25], method=AmericanMethod.BINOMIAL, **few)
    assert found.price == pytest.approx(price, abs=1e-12)
    waits = exact.vega != 0.0
    assert found.delta == pytest.approx(exact.delta, abs=1e-3)
    assert found.gamma[waits] == pytest.approx(exact.gamma[waits], abs=1e-3, rel=0.01)
    assert found.vega[waits] == pytest.approx(exact.vega[waits], abs=0.3, rel=0.02)
    assert found.theta[waits] == pytest.approx(exact.theta[waits], abs=0.1, rel=0.02)
    assert found.rho[waits] == pytest.approx(exact.rho[waits], abs=0.3, rel=0.02)


def test_an_option_without_interest_has_every_greek() -> None:
    for method in AmericanMethod:
        found = american_greeks(
            "put", underlying=95.0, strike=100.0, time=0.5, volatility=0.3, rate=0.0, method=method
        )
        assert found.vega == pytest.approx(26.4, abs=0.3)
        assert np.isfinite([found.delta, found.gamma, found.theta, found.rho]).all()


@pytest.mark.parametrize("method", APPROXIMATE_SPREADS)
def test_spread_approximations_have_their_own_greeks(method: SpreadMethod) -> None:
    random = np.random.default_rng(11)
    is_call = random.random(ROWS) < 0.5
    given: dict[str, Any] = {
        "first": random.uniform(20.0, 150.0, ROWS),
        "second": random.uniform(20.0, 150.0, ROWS),
        "strike": random.uniform(-15.0, 40.0, ROWS),
        "time": random.uniform(0.05, 3.0, ROWS),
        "first_volatility": random.uniform(0.1, 1.0, ROWS),
        "second_volatility": random.uniform(0.1, 1.0, ROWS),
        "correlation": random.uniform(-0.9, 0.9, ROWS),
        "rate": random.uniform(-0.02, 0.1, ROWS),
    }

    def value(**moved: Any) -> Array:
        return spread(is_call, method=method, **moved)

    found = spread_greeks(is_call, method=method, **given)
    assert found.price == pytest.approx(value(**given), abs=1e-12)
    for ours, theirs, near in (
        (found.delta[:, 0], slope(value, given, 1e-3, "first"), 1e-6),
        (found.delta[:, 1], slope(value, given, 1e-3, "second"), 1e-6),
        (found.gamma[:, 0, 0], bend(value, given, 0.01, "first", "first"), 1e-5),
        (found.gamma[:, 0, 1], bend(value, given, 0.01, "first", "second"), 1e-5),
        (found.gamma[:, 1, 1], bend(value, given, 0.01, "second", "second"), 1e-5),
        (found.vega[:, 0], slope(value, given, 1e-4, "first_volatility"), 1e-4),
        (found.vega[:, 1], slope(value, given, 1e-4, "second_volatility"), 1e-4),
        (found.correlation[:, 0, 1], slope(value, given, 1e-4, "correlation"), 1e-4),
        (found.theta, -slope(value, given, 1e-5, "time"), 1e-4),
        (found.rho, slope(value, given, 1e-5, "rate"), 1e-4),
    ):
        assert ours == pytest.approx(theirs, abs=near, rel=1e-5)


@pytest.mark.parametrize("kind", ["call", "put"])
@pytest.mark.parametrize("method", APPROXIMATE_AVERAGES)
def test_average_approximations_have_their_own_greeks(method: AverageMethod, kind: str) -> None:
    random = np.random.default_rng(3)
    given: dict[str, Any] = {
        "forwards": 60.0 + random.uniform(-5.0, 5.0, 12),
        "times": np.linspace(0.1, 0.6, 12),
        "volatilities": random.uniform(0.3, 0.6, 12),
        "payment": 0.7,
        "rate": 0.04,
        "weights": random.uniform(0.5, 2.0, 12),
        "fixed": [61.0, 58.0],
        "fixed_weights": [1.0, 0.5],
    }
    strike = np.array([45.0, 60.0, 70.0])

    def value(**moved: Any) -> Array:
        return average_price(kind, strike=strike, method=method, **moved)

    found = average_greeks(kind, strike=strike, method=method, **given)
    assert found.price == pytest.approx(value(**given), abs=1e-12)
    for ours, theirs, near in (
        (found.delta, slope(value, given, 1e-3, "forwards"), 1e-8),
        (found.gamma, bend(value, given, 0.02, "forwards", "forwards"), 1e-7),
        (found.vega, slope(value, given, 1e-4, "volatilities"), 1e-6),
        (found.theta, -slope(value, given, 1e-5, "times", "payment"), 1e-6),
        (found.rho, slope(value, given, 1e-5, "rate"), 1e-6),
    ):
        assert ours == pytest.approx(theirs, abs=near, rel=1e-6)


def test_what_kirk_has_no_price_of_has_no_greeks() -> None:
    with pytest.raises(InputError, match=r"row 1: second price plus strike is -5: .*EXACT"):
        spread_greeks(
            "call",
            first=60.0,
            second=20.0,
            strike=[5.0, -25.0],
            time=1.0,
            first_volatility=0.3,
            second_volatility=0.3,
            correlation=0.5,
            method=SpreadMethod.KIRK,
        )
