"""Options on foreign futures paid at a fixed exchange rate."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.pricing import Model, european, quanto

OPTION: dict[str, Any] = {"strike": 28.0, "rate": 0.02}


@settings(max_examples=30, deadline=None)
@given(
    st.floats(-0.95, 0.95), st.floats(0.0, 0.3), st.floats(0.1, 0.9), st.floats(0.1, 2.0)
)  # fmt: skip
def test_it_is_what_the_foreign_market_pays_for_it(
    correlation: float, exchange: float, volatility: float, time: float
) -> None:
    value = quanto(
        "call", forward=30.0, time=time, volatility=volatility, exchange_volatility=exchange,
        correlation=correlation, fixed_exchange=0.9, **OPTION,
    ).price  # fmt: skip
    # Seen from abroad the forward has no drift, and a unit of the currency paid is worth the
    # inverse of the exchange rate, which moves against it.
    shock = np.linspace(-9.0, 9.0, 36_001)
    density = np.exp(-0.5 * shock**2) / math.sqrt(2.0 * math.pi) * (shock[1] - shock[0])
    root = math.sqrt(time)
    ends = 30.0 * np.exp(volatility * root * shock - 0.5 * volatility**2 * time)
    along = -correlation * exchange * root
    inverse = np.exp(along * shock - 0.5 * along**2)
    expected = (
        0.9 * math.exp(-0.02 * time) * float(density @ (np.maximum(ends - 28.0, 0.0) * inverse))
    )
    assert float(value) == pytest.approx(expected, abs=1e-5)


@given(st.sampled_from(["call", "put"]), st.floats(-0.9, 0.9))
def test_greeks_are_slopes_of_the_value(kind: str, correlation: float) -> None:
    at = {"forward": 30.0, "time": 0.7, "volatility": 0.5, **OPTION}

    def value(**moved: float) -> Any:
        return quanto(
            kind, exchange_volatility=0.15, correlation=correlation, **{**at, **moved}
        )  # fmt: skip

    found = value()
    for name, field, sign in (
        ("delta", "forward", 1.0),
        ("vega", "volatility", 1.0),
        ("theta", "time", -1.0),
        ("rho", "rate", 1.0),
    ):
        up, down = (float(value(**{field: at[field] + step}).price) for step in (1e-4, -1e-4))
        slope = sign * (up - down) / 2e-4
        assert float(getattr(found, name)) == pytest.approx(slope, abs=2e-5)
    up, down = (float(value(forward=30.0 + step).delta) for step in (1e-4, -1e-4))
    assert float(found.gamma) == pytest.approx((up - down) / 2e-4, abs=1e-6)


def test_without_correlation_it_is_the_plain_option_and_what_cannot_be_is_named() -> None:
    at: dict[str, Any] = {"forward": [30.0, 31.0], "time": 0.7, "volatility": 0.5, **OPTION}
    plain = european(Model.BLACK, "put", **at)
    found = quanto("put", exchange_volatility=0.2, correlation=0.0, **at)
    assert found.price == pytest.approx(plain.price, rel=1e-14)
    with pytest.raises(InputError, match=r"row 1: correlation is 1\.5"):
        quanto("put", exchange_volatility=0.2, correlation=[0.0, 1.5], **at)
    with pytest.raises(InputError, match="row 0: volatility is NaN"):
        quanto(
            "put", exchange_volatility=0.2, correlation=0.1, **{**at, "volatility": [np.nan, 0.3]}
        )
    with pytest.raises(InputError, match="move the forward by the exponential"):
        quanto("put", exchange_volatility=90.0, correlation=1.0, **{**at, "volatility": 90.0})
