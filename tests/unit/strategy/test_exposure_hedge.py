"""Hedges of many exposures against every hedge there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.pricing import Model, european
from wattbook.strategy.exposure_hedge import hedge_exposure

whole = st.integers(-6, 6).map(float)


@settings(max_examples=40, deadline=None)
@given(
    base=st.lists(whole, min_size=3, max_size=3),
    shapes=st.lists(st.lists(st.integers(-2, 2).map(float), min_size=2, max_size=2),
                    min_size=3, max_size=3),
    weight=st.lists(st.integers(0, 3).map(float), min_size=3, max_size=3),
    cost=st.lists(st.integers(0, 2).map(float), min_size=2, max_size=2),
)  # fmt: skip
def test_no_other_position_is_better(
    base: list[float], shapes: list[list[float]], weight: list[float], cost: list[float]
) -> None:
    found = hedge_exposure(base, shapes, weight=weight, cost=cost, lot=[1.0, 2.0], most=4.0)
    unit = np.array(shapes)

    def objective(position: np.ndarray) -> float:
        left = np.abs(np.array(base) + unit @ position)
        return float(np.array(weight) @ left + np.array(cost) @ np.abs(position))

    best = min(
        objective(np.array(position))
        for position in itertools.product(np.arange(-4.0, 5.0), np.arange(-4.0, 5.0, 2.0))
    )
    assert objective(found.position) == pytest.approx(best, abs=1e-6)
    assert found.gap == 0.0
    np.testing.assert_allclose(found.left, np.array(base) + unit @ found.position)


def test_delta_and_vega_of_an_option_book_are_closed() -> None:
    # A short call of each of two months, hedged with futures and calls at the money.
    sold = european(
        Model.BLACK, "call", forward=[60.0, 55.0], strike=[70.0, 60.0], time=[0.25, 0.5],
        volatility=[0.5, 0.45],
    )  # fmt: skip
    bought = european(
        Model.BLACK, "call", forward=[60.0, 55.0], strike=[60.0, 55.0], time=[0.25, 0.5],
        volatility=[0.5, 0.45],
    )  # fmt: skip
    exposure = -100.0 * np.concatenate([sold.delta, sold.vega])
    futures = np.vstack([np.eye(2), np.zeros((2, 2))])
    calls = np.vstack([np.diag(bought.delta), np.diag(bought.vega)])
    found = hedge_exposure(exposure, np.hstack([futures, calls]), lot=1.0)
    assert found.after < 0.03 * found.before
    # Vega comes from calls alone; what they bring of delta is sold in futures.
    assert np.all(found.position[2:] > 0.0)
    small = hedge_exposure(exposure, np.hstack([futures, calls]), most=[100.0, 100.0, 10.0, 10.0])
    assert np.all(np.abs(small.position[2:]) <= 10.0)
    assert small.after > found.after


def test_a_cost_above_the_worth_of_what_it_hedges_is_not_paid() -> None:
    found = hedge_exposure([10.0], [[1.0]], weight=0.1, cost=0.2)
    assert found.position.tolist() == [0.0]
    assert found.cost == 0.0
    assert found.before == found.after == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("given_values", "words"),
    [
        ({"lot": 0.0}, "lot 0 is 0; give numbers above 0"),
        ({"weight": [1.0, -1.0]}, "weight 1 is -1"),
        ({"cost": [1.0, 2.0, 3.0]}, "cost has shape"),
        ({"most": np.nan}, "most 0 is nan"),
    ],
)
def test_what_does_not_fit_is_refused(given_values: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        hedge_exposure([1.0, 2.0], [[1.0], [1.0]], **given_values)  # type: ignore[arg-type]


def test_exposures_that_are_not_known_are_refused() -> None:
    with pytest.raises(InputError, match="must be finite"):
        hedge_exposure([np.nan], [[1.0]])
    with pytest.raises(InputError, match="exposure has shape"):
        hedge_exposure([1.0], [[1.0], [2.0]])
