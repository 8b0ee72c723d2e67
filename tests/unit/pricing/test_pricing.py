"""Columns cross, broadcast and come back in shape; refusals name their place."""

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.pricing import Model, american, european, implied_volatility
from wattbook.pricing.columns import Kind


def test_a_surface_broadcasts_and_keeps_its_shape() -> None:
    strikes = np.linspace(40.0, 80.0, 7)
    times = np.array([[0.1], [0.5], [2.0]])
    values = european(Model.BLACK, "call", forward=60.0, strike=strikes, time=times, volatility=0.4)
    assert values.price.shape == values.rho.shape == (3, 7)
    alone = european(Model.BLACK, "call", forward=60.0, strike=strikes[4], time=0.5, volatility=0.4)
    assert values.price[1, 4] == alone.price
    again = implied_volatility(
        Model.BLACK, "call", price=values.price, forward=60.0, strike=strikes, time=times
    )
    np.testing.assert_allclose(again, 0.4, rtol=1e-12)


@pytest.mark.parametrize("kinds", [["call", "put"], [True, False], np.array(["call", "put"])])
def test_each_row_may_be_a_call_or_a_put(kinds: Kind) -> None:
    values = european(Model.BACHELIER, kinds, forward=-5.0, strike=10.0, time=1.0, volatility=20.0)
    call, put = values.price
    assert call - put == pytest.approx(-15.0, abs=1e-13)
    prices = american(kinds, underlying=90.0, strike=100.0, time=0.1, volatility=0.35, rate=0.1)
    assert prices[1] == pytest.approx(10.883781310423997, abs=1e-7)


def test_a_slice_that_is_not_contiguous_is_read_right() -> None:
    forwards = np.arange(40.0, 80.0)
    values = european(
        Model.BLACK, "put", forward=forwards[::3], strike=60.0, time=1.0, volatility=0.3
    )
    straight = european(Model.BLACK, "put", forward=forwards, strike=60.0, time=1.0, volatility=0.3)
    assert np.array_equal(values.price, straight.price[::3])


def test_no_rows_are_no_values() -> None:
    assert european(
        Model.BLACK, "put", forward=[], strike=60.0, time=1.0, volatility=0.3
    ).price.shape == (0,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "straddle"}, "kind is 'straddle'"),
        ({"kind": ["call", "cal"]}, "row 1: kind is 'cal'"),
        (
            {"forward": [1.0, 2.0], "strike": [1.0, 2.0, 3.0]},
            "do not broadcast: forward (2,), strike (3,)",
        ),
        ({"forward": "dear"}, "forward: could not convert"),
        ({"forward": [60.0, float("nan")]}, "row 1: forward is NaN"),
        ({"volatility": -0.1}, "row 0: volatility is -0.1"),
        ({"shift": 4.0}, "choose Model.SHIFTED"),
        ({"model": Model.SHIFTED, "shift": float("inf")}, "shift is inf"),
    ],
)
def test_a_refusal_names_the_place(change: dict[str, object], message: str) -> None:
    given: dict[str, object] = {
        "model": Model.BLACK,
        "kind": "call",
        "forward": 60.0,
        "strike": 60.0,
        "time": 1.0,
        "volatility": 0.3,
    }
    with pytest.raises(InputError) as caught:
        european(**{**given, **change})  # type: ignore[arg-type]
    assert message in str(caught.value)
