"""Options on averages: the delivery month, weights, what is fixed already."""

from typing import Any

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.pricing import AverageMethod, Model, average_price, european

DAYS = np.arange(1, 22) / 252
MONTH: dict[str, Any] = {"forwards": 60.0, "times": DAYS, "volatilities": 0.5, "rate": 0.03}


def test_one_fixing_is_a_european_option() -> None:
    value = average_price(
        "put", forwards=60.0, times=[0.5], volatilities=0.4, strike=[50.0, 70.0], rate=0.02
    )
    price = european(
        Model.BLACK, "put", forward=60.0, strike=[50.0, 70.0], time=0.5, volatility=0.4, rate=0.02
    ).price
    assert value == pytest.approx(price, abs=1e-9)


def test_an_average_lies_between_geometric_and_moments_of_the_same_fixings() -> None:
    exact = average_price("call", strike=60.0, **MONTH)
    geometric = average_price("call", strike=60.0, method=AverageMethod.GEOMETRIC, **MONTH)
    moments = average_price("call", strike=60.0, method=AverageMethod.MOMENTS, **MONTH)
    assert geometric < exact
    assert exact == pytest.approx(moments, abs=5e-3)


def test_a_simulation_agrees() -> None:
    random = np.random.default_rng(8)
    weights = np.linspace(1.0, 3.0, 21)
    steps = random.standard_normal((100_000, 21)) * 0.5 * np.sqrt(1 / 252)
    paths = 60.0 * np.exp(np.cumsum(steps, axis=1) - 0.125 * DAYS)
    average = (20.0 * 70.0 + paths @ weights) / (20.0 + weights.sum())
    gains = np.exp(-0.03 * DAYS[-1]) * np.maximum(average - 61.0, 0.0)
    value = average_price(
        "call", strike=61.0, weights=weights, fixed=[70.0], fixed_weights=[20.0], **MONTH
    )
    assert abs(value - gains.mean()) < 4 * gains.std() / np.sqrt(gains.size)


def test_what_is_fixed_can_decide_the_option() -> None:
    fixed = np.full(20, 90.0)
    call = average_price("call", strike=60.0, fixed=fixed, **MONTH)
    put = average_price("put", strike=40.0, fixed=fixed, **MONTH)
    forward = (20 * 90.0 + 21 * 60.0) / 41
    assert call == pytest.approx(np.exp(-0.03 * DAYS[-1]) * (forward - 60.0), abs=1e-3)
    assert put == 0.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"forwards": -1.0}, "forwards is -1"),
        ({"volatilities": np.nan}, "volatilities are"),
        ({"times": DAYS[::-1]}, "times are"),
        ({"weights": [1.0]}, None),
        ({"weights": np.full(21, -1.0)}, "give weights from 0"),
        ({"weights": np.ones(3)}, "weights has shape"),
        ({"fixed": [np.nan]}, "finite fixings"),
        ({"strike": np.inf}, "strike is inf"),
    ],
)
def test_what_cannot_be_priced_is_named(change: dict[str, Any], said: str | None) -> None:
    given = {"strike": 60.0, **MONTH, **change}
    if said is None:
        assert average_price("call", **given) > 0.0
        return
    with pytest.raises(InputError, match=said):
        average_price("call", **given)
