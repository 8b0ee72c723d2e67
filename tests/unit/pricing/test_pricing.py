"""Columns cross, broadcast and come back in shape; refusals name their place."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.pricing import (
    Model,
    OptionValues,
    american,
    european,
    implied_volatility,
    spread,
)
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


def test_values_may_be_written_to_memory_that_is_there() -> None:
    forward = np.linspace(20.0, 120.0, 70_001)

    def calls(out: OptionValues | None = None) -> OptionValues:
        return european(
            Model.BLACK, "call", forward=forward, strike=60.0, time=0.5, volatility=0.4, out=out
        )

    new = calls()
    memory = np.empty((6, 70_002))
    # An offset of one number, so that not every array begins on 16 bytes.
    out = OptionValues(*(row[1:] for row in memory))
    assert calls(out) is out
    for name in OptionValues.__slots__:
        assert np.array_equal(getattr(out, name), getattr(new, name))
    with pytest.raises(InputError, match=r"out.price: give a contiguous float64 array"):
        calls(OptionValues(*(row[2:] for row in memory)))


def wild(random: np.random.Generator, rows: int, usual: tuple[float, float]) -> NDArray[np.float64]:
    """Return numbers of which most are usual, some of any size and a few none at all."""
    low, high = usual
    numbers = random.uniform(low, high, rows)
    odd = random.random(rows) < 0.02
    sizes = 10.0 ** random.uniform(-120.0, 120.0, rows) * random.choice([-1.0, 1.0], rows)
    numbers = np.where(odd, sizes, numbers)
    ends = np.array([0.0, -0.0, np.nan, np.inf, -np.inf])
    return np.where(random.random(rows) < 0.002, random.choice(ends, rows), numbers)


def value_wild(random: np.random.Generator, rows: int) -> NDArray[np.float64]:
    """Return one figure of options of any numbers, by one kernel in turn."""
    price = (10.0, 120.0)
    forward, strike = wild(random, rows, price), wild(random, rows, price)
    time, rate = wild(random, rows, (0.0, 3.0)), wild(random, rows, (-0.05, 0.1))
    volatility = wild(random, rows, (0.0, 2.0))
    calls = random.random(rows) < 0.5
    turn = random.random()
    if turn < 0.9:
        return european(
            Model.BLACK if turn < 0.5 else Model.BACHELIER,
            calls,
            forward=forward,
            strike=strike,
            time=time,
            volatility=volatility,
            rate=rate,
        ).theta
    if turn < 0.95:
        return american(
            calls, underlying=forward, strike=strike, time=time, volatility=volatility, rate=rate
        )
    return spread(
        calls,
        first=forward,
        second=wild(random, rows, price),
        strike=strike,
        time=time,
        first_volatility=volatility,
        second_volatility=0.3,
        correlation=random.uniform(-1.0, 1.0),
        rate=rate,
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_million_options_of_any_numbers_are_finite_or_refused_by_row(seed: int) -> None:
    random = np.random.default_rng(seed)
    refusals, priced = [], 0
    for _ in range(3_125):
        try:
            found = value_wild(random, 32)
        except InputError as fault:
            refusals.append(str(fault))
        else:
            priced += 1
            assert np.isfinite(found).all()
    assert all(text.startswith("row ") for text in refusals)
    assert len(refusals) > 100
    assert priced > 100
