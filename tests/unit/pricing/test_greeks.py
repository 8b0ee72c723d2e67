"""Greeks against differences of the values, refined by Richardson's rule."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.pricing import (
    Model,
    RainbowOn,
    SamuelsonVolatility,
    american,
    american_greeks,
    average_greeks,
    average_price,
    basket,
    basket_greeks,
    digital,
    digital_greeks,
    rainbow,
    rainbow_greeks,
    spread,
    spread_greeks,
    strip_cap,
    strip_cap_greeks,
    strip_swaption,
    strip_swaption_greeks,
)

Value = Callable[[float], float]


def slope(value: Value, at: float, step: float) -> float:
    """Slope by central differences at two steps: the error is of the fourth order."""
    wide, near = ((value(at + h) - value(at - h)) / (2.0 * h) for h in (step, step / 2.0))
    return (4.0 * near - wide) / 3.0


def bend(value: Value, at: float, step: float) -> float:
    """Second derivative, in the same way."""
    wide, near = (
        (value(at + h) - 2.0 * value(at) + value(at - h)) / (h * h) for h in (step, step / 2.0)
    )
    return (4.0 * near - wide) / 3.0


def moved(value: Callable[..., Any], given: dict[str, Any], name: str) -> Value:
    """Return the value as a function of one input."""
    return lambda x: float(value(**{**given, name: x}))


def along(value: Callable[..., Any], given: dict[str, Any], name: str, place: int) -> Value:
    """Return the value as a function of one entry of an input."""

    def at(x: float) -> float:
        entries = np.array(given[name], dtype=float)
        entries[place] = x
        return float(value(**{**given, name: entries}))

    return at


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(["call", "put"]),
    second=st.floats(30.0, 90.0),
    strike=st.floats(-30.0, 40.0),
    volatilities=st.tuples(st.floats(0.1, 0.8), st.floats(0.1, 0.8)),
    correlation=st.sampled_from([-1.0, -0.9, -0.3, 0.0, 0.5, 0.95, 1.0]),
)
def test_spread(
    kind: str,
    second: float,
    strike: float,
    volatilities: tuple[float, float],
    correlation: float,
) -> None:
    legs: dict[str, Any] = {
        "kind": kind,
        "first": 70.0,
        "second": second,
        "strike": strike,
        "time": 0.75,
        "first_volatility": volatilities[0],
        "second_volatility": volatilities[1],
        "correlation": correlation,
        "rate": 0.04,
    }
    found = spread_greeks(**legs)
    names = ("first", "second")
    # Where one shock moves both prices the value may bend sharply, and is exact: short steps.
    share = 0.1 if abs(correlation) == 1.0 else 1.0
    for place, name in enumerate(names):
        by_price = slope(moved(spread, legs, name), legs[name], 0.4 * share)
        assert found.delta[place] == pytest.approx(by_price, abs=2e-5)
        twice = bend(moved(spread, legs, name), legs[name], 0.8 * share)
        assert found.gamma[place, place] == pytest.approx(twice, abs=2e-4)
        by = f"{name}_volatility"
        by_volatility = slope(moved(spread, legs, by), legs[by], 0.01 * share)
        assert found.vega[place] == pytest.approx(by_volatility, abs=3e-3)
    for name, expected in [("time", -found.theta), ("rate", found.rho)]:
        assert expected == pytest.approx(
            slope(moved(spread, legs, name), legs[name], 0.01), abs=2e-3
        )
    if abs(correlation) < 0.95:
        by_correlation = slope(moved(spread, legs, "correlation"), correlation, 0.01)
        assert found.correlation[0, 1] == pytest.approx(by_correlation, abs=2e-3)


def test_spreads_of_many_rows_keep_their_shape() -> None:
    found = spread_greeks(
        ["call", "put"],
        first=62.0,
        second=[[40.0, 55.0], [60.0, 70.0], [20.0, 62.0]],
        strike=5.0,
        time=0.5,
        first_volatility=0.45,
        second_volatility=0.3,
        correlation=0.6,
        rate=0.03,
    )
    assert found.price.shape == (3, 2)
    assert found.delta.shape == (3, 2, 2)
    assert found.gamma.shape == (3, 2, 2, 2)
    # Call and put of one spread differ by its forward.
    both = spread_greeks(
        ["call", "put"],
        first=62.0,
        second=55.0,
        strike=5.0,
        time=0.5,
        first_volatility=0.45,
        second_volatility=0.3,
        correlation=0.6,
        rate=0.03,
    )
    discount = np.exp(-0.015)
    assert both.delta[0] - both.delta[1] == pytest.approx([discount, -discount], abs=1e-9)
    assert both.gamma[0] == pytest.approx(both.gamma[1], abs=1e-12)


@pytest.mark.parametrize("kind", ["call", "put"])
def test_basket(kind: str) -> None:
    parts: dict[str, Any] = {
        "kind": kind,
        "weights": np.array([1.0, -0.5, -0.4, 0.2]),
        "forwards": np.array([70.0, 40.0, 80.0, 10.0]),
        "volatilities": np.array([0.4, 0.5, 0.35, 0.0]),
        "correlations": np.array(
            [[1.0, 0.6, 0.3, 0.0], [0.6, 1.0, 0.2, 0.0], [0.3, 0.2, 1.0, 0.0], [0, 0, 0, 1.0]]
        ),
        "strike": 12.0,
        "time": 0.75,
        "rate": 0.02,
    }
    found = basket_greeks(**parts)
    for place in range(4):
        at = parts["forwards"][place]
        by_price = along(basket, parts, "forwards", place)
        assert found.delta[place] == pytest.approx(slope(by_price, at, 0.2), abs=1e-6)
        assert found.gamma[place, place] == pytest.approx(bend(by_price, at, 0.4), abs=1e-5)
    for place in range(3):
        by_volatility = along(basket, parts, "volatilities", place)
        at = parts["volatilities"][place]
        assert found.vega[place] == pytest.approx(slope(by_volatility, at, 0.01), abs=1e-4)

    def together(correlation: float) -> float:
        matrix = parts["correlations"].copy()
        matrix[0, 1] = matrix[1, 0] = correlation
        return basket(**{**parts, "correlations": matrix})

    assert found.correlation[0, 1] == pytest.approx(slope(together, 0.6, 0.02), abs=1e-4)
    assert -found.theta == pytest.approx(slope(moved(basket, parts, "time"), 0.75, 0.01), abs=1e-4)
    assert found.rho == pytest.approx(slope(moved(basket, parts, "rate"), 0.02, 0.01), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(["call", "put"]),
    on=st.sampled_from(RainbowOn),
    forwards=st.tuples(st.floats(50.0, 70.0), st.floats(50.0, 70.0)),
    volatilities=st.tuples(st.floats(0.2, 0.8), st.floats(0.2, 0.8)),
    correlation=st.floats(-0.9, 0.9),
)
def test_rainbow(
    kind: str,
    on: RainbowOn,
    forwards: tuple[float, float],
    volatilities: tuple[float, float],
    correlation: float,
) -> None:
    terms: dict[str, Any] = {
        "kind": kind,
        "on": on,
        "forwards": forwards,
        "volatilities": volatilities,
        "correlation": correlation,
        "strike": 60.0,
        "time": 0.5,
        "rate": 0.03,
    }
    found = rainbow_greeks(**terms)
    assert found.price == rainbow(**terms)
    assert found.gamma[0, 1] == pytest.approx(found.gamma[1, 0], abs=1e-12)
    for place in range(2):
        by_price = along(rainbow, terms, "forwards", place)
        at = forwards[place]
        assert found.delta[place] == pytest.approx(slope(by_price, at, 0.2), abs=2e-6)
        assert found.gamma[place, place] == pytest.approx(bend(by_price, at, 0.4), abs=2e-5)
        by_volatility = along(rainbow, terms, "volatilities", place)
        at = volatilities[place]
        assert found.vega[place] == pytest.approx(slope(by_volatility, at, 0.01), abs=2e-3)
    together = moved(rainbow, terms, "correlation")
    assert found.correlation[0, 1] == pytest.approx(slope(together, correlation, 0.01), abs=2e-3)
    assert -found.theta == pytest.approx(slope(moved(rainbow, terms, "time"), 0.5, 0.01), abs=2e-3)
    assert found.rho == pytest.approx(slope(moved(rainbow, terms, "rate"), 0.03, 0.01), abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(["call", "put"]),
    strike=st.floats(45.0, 75.0),
    volatility=st.floats(0.1, 0.6),
    made=st.integers(0, 3),
)
def test_average(kind: str, strike: float, volatility: float, made: int) -> None:
    terms: dict[str, Any] = {
        "kind": kind,
        "times": np.array([0.2, 0.4, 0.7]),
        "strike": strike,
        "rate": 0.03,
        "weights": [1.0, 2.0, 1.0],
        "fixed": np.full(made, 58.0),
        "fixed_weights": np.ones(made),
    }

    def value(
        forward: float = 60.0, more: float = 0.0, later: float = 0.0, rate: float = 0.03
    ) -> float:
        return float(
            average_price(
                **{**terms, "times": terms["times"] + later, "rate": rate},
                forwards=forward + np.array([0.0, 1.0, -1.0]),
                volatilities=volatility + more,
            )
        )

    found = average_greeks(
        forwards=60.0 + np.array([0.0, 1.0, -1.0]), volatilities=volatility, **terms
    )
    assert found.price == value()
    assert found.delta == pytest.approx(slope(value, 60.0, 0.3), abs=2e-5)
    assert found.gamma == pytest.approx(bend(value, 60.0, 0.6), abs=2e-4)
    by_volatility = slope(lambda more: value(more=more), 0.0, 0.004)
    assert found.vega == pytest.approx(by_volatility, abs=2e-3)
    assert -found.theta == pytest.approx(slope(lambda t: value(later=t), 0.0, 0.01), abs=3e-3)
    assert found.rho == pytest.approx(slope(lambda r: value(rate=r), 0.03, 0.01), abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["call", "put"]),
    strike=st.floats(52.0, 70.0),
    time=st.floats(0.1, 2.0),
    volatility=st.floats(0.15, 0.8),
    rate=st.floats(0.005, 0.1),
)
def test_american_on_a_future(
    kind: str, strike: float, time: float, volatility: float, rate: float
) -> None:
    terms: dict[str, Any] = {
        "kind": kind,
        "underlying": 60.0,
        "strike": strike,
        "time": time,
        "volatility": volatility,
        "rate": rate,
    }
    found = american_greeks(**terms)
    assert found.price == american(**terms)
    # Gamma jumps where the option is exercised.
    gain = 60.0 - strike if kind == "call" else strike - 60.0
    assume(float(found.price) > gain + 0.05)
    assert found.delta == pytest.approx(
        slope(moved(american, terms, "underlying"), 60.0, 0.3), abs=2e-5
    )
    assert found.gamma == pytest.approx(
        bend(moved(american, terms, "underlying"), 60.0, 0.2), abs=5e-4
    )
    by_volatility = slope(moved(american, terms, "volatility"), volatility, 0.004)
    assert found.vega == pytest.approx(by_volatility, abs=2e-3)
    assert found.rho == pytest.approx(slope(moved(american, terms, "rate"), rate, 0.001), abs=5e-3)
    assert -found.theta == pytest.approx(
        slope(moved(american, terms, "time"), time, 0.01), abs=5e-3
    )


@pytest.mark.parametrize("kind", ["call", "put"])
@pytest.mark.parametrize("carry_yield", [0.0, 0.02, 0.09])
def test_american_on_a_spot_price(kind: str, carry_yield: float) -> None:
    terms: dict[str, Any] = {
        "kind": kind,
        "underlying": 60.0,
        "strike": 62.0,
        "time": 0.8,
        "volatility": 0.35,
        "rate": 0.05,
        "carry_yield": carry_yield,
    }
    found = american_greeks(**terms)
    by_price = moved(american, terms, "underlying")
    assert found.delta == pytest.approx(slope(by_price, 60.0, 0.3), abs=2e-5)
    assert found.gamma == pytest.approx(bend(by_price, 60.0, 0.9), abs=5e-5)
    assert found.vega == pytest.approx(
        slope(moved(american, terms, "volatility"), 0.35, 0.004), abs=2e-3
    )
    assert found.rho == pytest.approx(slope(moved(american, terms, "rate"), 0.05, 0.001), abs=5e-3)
    assert -found.theta == pytest.approx(slope(moved(american, terms, "time"), 0.8, 0.01), abs=5e-3)


def test_what_is_exercised_now_moves_with_the_price_alone() -> None:
    found = american_greeks(
        "put", underlying=20.0, strike=65.0, time=1.0, volatility=0.3, rate=0.05
    )
    assert [float(found.price), float(found.delta)] == [45.0, -1.0]
    rest = (found.gamma, found.vega, found.theta, found.rho)
    assert [float(one) for one in rest] == [0.0] * 4


@settings(max_examples=60, deadline=None)
@given(
    model=st.sampled_from([Model.BLACK, Model.BACHELIER, Model.SHIFTED]),
    kind=st.sampled_from(["call", "put"]),
    strike=st.floats(40.0, 80.0),
    time=st.floats(0.1, 2.0),
)
def test_digital(model: Model, kind: str, strike: float, time: float) -> None:
    terms: dict[str, Any] = {
        "model": model,
        "kind": kind,
        "forward": 60.0,
        "strike": strike,
        "time": time,
        "volatility": 20.0 if model is Model.BACHELIER else 0.35,
        "rate": 0.04,
        "shift": 15.0 if model is Model.SHIFTED else 0.0,
    }
    found = digital_greeks(**terms)
    deviation = terms["volatility"]
    assert found.delta == pytest.approx(
        slope(moved(digital, terms, "forward"), 60.0, 0.1), abs=1e-7
    )
    assert found.gamma == pytest.approx(bend(moved(digital, terms, "forward"), 60.0, 0.3), abs=1e-6)
    by = slope(moved(digital, terms, "volatility"), deviation, 0.003 * deviation)
    assert found.vega == pytest.approx(by, rel=1e-4, abs=1e-6)
    assert -found.theta == pytest.approx(
        slope(moved(digital, terms, "time"), time, 0.003), abs=1e-5
    )
    assert found.rho == pytest.approx(slope(moved(digital, terms, "rate"), 0.04, 0.01), abs=1e-6)


def test_a_certain_digital_has_no_slope() -> None:
    found = digital_greeks(
        Model.BLACK, "call", forward=[60.0, 60.0], strike=[50.0, 70.0], time=0.0, volatility=0.4
    )
    assert found.price.tolist() == [1.0, 0.0]
    assert not found.delta.any()
    assert np.isfinite(found.gamma).all()


SAMUELSON = SamuelsonVolatility(near=0.4, far=0.2, decay=2.0)
STRIP: dict[str, Any] = {
    "forwards": np.array([60.0, 62.0, 58.0]),
    "volumes": np.array([744.0, 672.0, 743.0]),
    "strike": 61.0,
    "rate": 0.03,
}
DELIVERIES = np.array([0.5, 0.58, 0.66])


@pytest.mark.parametrize("kind", ["call", "put"])
@pytest.mark.parametrize("is_swaption", [False, True])
def test_strip(kind: str, is_swaption: bool) -> None:
    def terms(scale: float = 1.0, later: float = 0.0) -> dict[str, Any]:
        own = SamuelsonVolatility(scale * SAMUELSON.near, scale * SAMUELSON.far, SAMUELSON.decay)
        expiry = (
            {"expiry": 0.45 + later} if is_swaption else {"expiries": DELIVERIES - 0.05 + later}
        )
        return {
            "kind": kind,
            "volatility": own,
            "deliveries": DELIVERIES + later,
            **expiry,
            **STRIP,
        }

    value = strip_swaption if is_swaption else strip_cap
    found = (strip_swaption_greeks if is_swaption else strip_cap_greeks)(**terms())
    for place in range(3):
        at = STRIP["forwards"][place]
        by_price = along(value, terms(), "forwards", place)
        assert found.delta[place] == pytest.approx(slope(by_price, at, 0.2), rel=1e-6)
        assert found.gamma[place, place] == pytest.approx(bend(by_price, at, 0.5), rel=1e-4)
    assert found.vega == pytest.approx(
        slope(lambda s: value(**terms(scale=s)), 1.0, 0.01), rel=1e-6
    )
    later = slope(lambda t: value(**terms(later=t)), 0.0, 0.01)
    assert -found.theta == pytest.approx(later, rel=1e-4)
    assert found.rho == pytest.approx(slope(moved(value, terms(), "rate"), 0.03, 0.01), rel=1e-6)


def test_what_cannot_be_priced_has_no_greeks() -> None:
    with pytest.raises(InputError, match="row 1"):
        american_greeks(
            "put", underlying=[60.0, -1.0], strike=65.0, time=0.5, volatility=0.4, rate=0.0
        )
    with pytest.raises(InputError, match="row 0: correlation"):
        spread_greeks(
            "call",
            first=60.0,
            second=50.0,
            strike=1.0,
            time=1.0,
            first_volatility=0.4,
            second_volatility=0.3,
            correlation=1.2,
        )
