"""Digital options, volatility by strike, expiry and time to delivery, options on strips."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.pricing import (
    Model,
    QuotedSmile,
    SamuelsonVolatility,
    VolatilitySurface,
    basket,
    digital,
    european,
    fit_samuelson,
    strip_cap,
    strip_swaption,
)

STRIP: dict[str, Any] = {
    "forwards": [60.0, 75.0],
    "volumes": [700.0, 650.0],
    "deliveries": [0.5, 1.4],
    "rate": 0.03,
}


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([Model.BLACK, Model.BACHELIER, Model.SHIFTED]),
    st.floats(20.0, 120.0), st.floats(20.0, 120.0), st.floats(0.02, 2.0),
)  # fmt: skip
def test_a_digital_is_the_slope_of_the_plain_option_by_its_strike(
    model: Model, forward: float, strike: float, time: float
) -> None:
    volatility = 20.0 if model is Model.BACHELIER else 0.5
    fields: dict[str, Any] = {
        "forward": forward,
        "time": time,
        "volatility": volatility,
        "rate": 0.04,
    }
    shift = 10.0 if model is Model.SHIFTED else 0.0
    both = [
        float(digital(model, kind, strike=strike, shift=shift, **fields))
        for kind in ("call", "put")
    ]
    assert sum(both) == pytest.approx(math.exp(-0.04 * time), abs=1e-12)
    step = 1e-4
    low, high = (
        float(european(model, "call", strike=strike + move, shift=shift, **fields).price)
        for move in (-step, step)
    )
    assert both[0] == pytest.approx((low - high) / (2 * step), abs=1e-6)


@given(st.floats(0.0, 1.0), st.floats(0.05, 0.5), st.floats(0.0, 8.0), st.floats(0.05, 2.0))
def test_the_covariance_is_the_integral_of_both_volatilities(
    near: float, far: float, decay: float, expiry: float
) -> None:
    volatility = SamuelsonVolatility(near, far, decay)
    times = (np.arange(4_000) + 0.5) * expiry / 4_000
    first, second = expiry + 0.1, expiry + 0.9
    product = (near * np.exp(-decay * (first - times)) + far) * (
        near * np.exp(-decay * (second - times)) + far
    )
    found = float(volatility.covariance(expiry, first, second))
    assert found == pytest.approx(float(product.mean()) * expiry, rel=1e-5)


def test_a_fit_finds_the_volatility_that_made_the_quotes() -> None:
    true = SamuelsonVolatility(0.7, 0.18, 1.7)
    expiries = np.array([0.05, 0.2, 0.5, 1.0, 1.8, 3.0])
    quotes = true.average(expiries, expiries + 0.08)
    found = fit_samuelson(expiries, expiries + 0.08, quotes)
    assert found.average(expiries, expiries + 0.08) == pytest.approx(quotes, abs=1e-6)
    assert found.decay == pytest.approx(true.decay, rel=1e-2)
    with pytest.raises(InputError, match="row 1: expiry"):
        fit_samuelson([0.1, -0.2, 0.3], [0.2, 0.3, 0.4], [0.5, 0.4, 0.3])


def test_an_option_on_a_strip_is_that_on_the_sum_of_its_periods() -> None:
    volatility = SamuelsonVolatility(0.6, 0.2, 2.5)
    expiry, strike = 0.45, 65.0
    matrix = np.array(
        [
            [float(volatility.covariance(expiry, one, other)) for other in STRIP["deliveries"]]
            for one in STRIP["deliveries"]
        ]
    )
    deviations = np.sqrt(np.diag(matrix))
    call, put = (
        strip_swaption(kind, volatility=volatility, expiry=expiry, strike=strike, **STRIP)
        for kind in ("call", "put")
    )
    summed = basket(
        "call",
        weights=STRIP["volumes"],
        forwards=STRIP["forwards"],
        volatilities=deviations / math.sqrt(expiry),
        correlations=matrix / np.outer(deviations, deviations),
        strike=strike * sum(STRIP["volumes"]),
        time=expiry,
        rate=0.03,
    )
    assert call == pytest.approx(summed, rel=1e-7)
    gain = 60.0 * 700.0 + 75.0 * 650.0 - strike * 1350.0
    assert call - put == pytest.approx(math.exp(-0.03 * expiry) * gain, rel=1e-9)
    cap = strip_cap(
        "call", volatility=volatility, expiries=[expiry, expiry], strike=strike, **STRIP
    )
    assert cap > call
    one: dict[str, Any] = {name: values[:1] for name, values in STRIP.items() if name != "rate"}
    single = {"volatility": volatility, "strike": strike, "rate": 0.03, **one}
    alone = strip_swaption("put", expiry=expiry, **single)
    assert alone == pytest.approx(strip_cap("put", expiries=[expiry], **single), rel=1e-9)
    with pytest.raises(InputError, match="row 1: forward is -1"):
        strip_cap("call", **{**single, "forwards": [60.0, -1.0], "volumes": [1.0, 1.0]}, expiries=1)


def test_a_smile_gives_back_its_quotes_by_strike_and_by_delta() -> None:
    strikes, quotes = (
        np.array([45.0, 55.0, 60.0, 70.0, 85.0]),
        np.array([0.5, 0.44, 0.42, 0.43, 0.47]),
    )
    smile = QuotedSmile(0.5, 60.0, strikes, quotes)
    assert smile.volatility(strikes) == pytest.approx(quotes, rel=1e-12)
    deltas = european(
        Model.BLACK, "call", forward=60.0, strike=strikes, time=0.5, volatility=quotes
    ).delta
    assert QuotedSmile.from_deltas(0.5, 60.0, deltas, quotes).strikes == pytest.approx(strikes)


def test_prices_of_a_smile_fall_and_bend_with_the_strike() -> None:
    smile = QuotedSmile(
        0.5, 60.0, np.array([45.0, 55.0, 60.0, 70.0, 85.0]), np.array([0.5, 0.44, 0.42, 0.43, 0.47])
    )
    # Over the quotes and far beyond them on both sides, where no kink stands at the outer ones.
    strikes = np.linspace(15.0, 250.0, 941)
    prices = european(
        Model.BLACK, "call", forward=60.0, strike=strikes, time=0.5,
        volatility=smile.volatility(strikes),
    ).price  # fmt: skip
    assert np.all(np.diff(prices) < 0.0)
    assert np.all(np.diff(prices, 2) > -1e-10)


@given(st.floats(-0.3, 0.3), st.floats(0.0, 2.0), st.floats(0.02, 3.0), st.floats(0.2, 1.0))
def test_a_smile_has_no_negative_density_or_is_refused(
    skew: float, curvature: float, time: float, level: float
) -> None:
    moneyness = np.array([-0.4, -0.15, 0.0, 0.2, 0.35])
    quotes = level * (1.0 + skew * moneyness + curvature * moneyness**2)
    smile, refused = None, ""
    try:
        smile = QuotedSmile(time, 60.0, 60.0 * np.exp(moneyness), quotes)
    except InputError as fault:
        refused = str(fault)
    if smile is None:
        assert "a butterfly gains without risk" in refused
        return
    # Strikes apart as much as the law is wide, so that rounding is small beside the bend.
    step = 0.02 * level * math.sqrt(time)
    centre = 60.0 * np.exp(np.linspace(-3.0, 3.0, 121) * level * math.sqrt(time))
    low, middle, high = (
        european(
            Model.BLACK, "call", forward=60.0, strike=centre * share, time=time,
            volatility=smile.volatility(centre * share),
        ).price
        for share in (1.0 - step, 1.0, 1.0 + step)
    )  # fmt: skip
    assert np.all(low - 2.0 * middle + high > -1e-8)
    far = smile.total_variance(np.array([-40.0, -20.0, 20.0, 40.0]))
    assert np.all(far > 0.0)
    assert np.all(np.abs(np.diff(far)[[0, 2]]) <= 2.0 * 20.0)
    with pytest.raises(InputError, match="give numbers above 0"):
        smile.volatility([60.0, -1.0])


def test_far_out_a_later_expiry_has_no_less_total_variance() -> None:
    early = QuotedSmile(0.25, 60.0, np.array([50.0, 60.0, 75.0]), np.array([0.50, 0.42, 0.50]))
    late = QuotedSmile(1.0, 60.0, np.array([45.0, 60.0, 85.0]), np.array([0.36, 0.35, 0.36]))
    far = 60.0 * np.exp(np.array([-8.0, 8.0]))
    assert np.all(early.total_variance([-8.0, 8.0]) > late.total_variance([-8.0, 8.0]))
    surface = VolatilitySurface([early, late])
    totals = [surface.volatility(time, far, 60.0) ** 2 * time for time in (0.25, 0.5, 1.0, 2.0)]
    assert np.all(np.diff(totals, axis=0) > -1e-12)


def test_gains_without_risk_are_refused_by_place() -> None:
    with pytest.raises(InputError, match="between strikes 50 and 55 a butterfly"):
        QuotedSmile(0.1, 60.0, np.array([50.0, 55.0, 60.0, 70.0]), np.array([0.2, 0.2, 0.9, 0.2]))
    early = QuotedSmile(0.5, 60.0, np.array([50.0, 60.0, 70.0]), np.array([0.6, 0.58, 0.6]))
    late = QuotedSmile(0.6, 60.0, np.array([50.0, 60.0, 70.0]), np.array([0.5, 0.48, 0.5]))
    with pytest.raises(InputError, match=r"expiries 0\.5 and 0\.6: at 0\.8333 of the forward"):
        VolatilitySurface([early, late])
    with pytest.raises(InputError, match="row 1: strike 50"):
        QuotedSmile(0.5, 60.0, np.array([60.0, 50.0, 70.0]), np.array([0.6, 0.58, 0.6]))


def test_a_surface_lies_between_its_smiles() -> None:
    early = QuotedSmile(0.25, 60.0, np.array([50.0, 60.0, 75.0]), np.array([0.46, 0.42, 0.45]))
    late = QuotedSmile(1.0, 62.0, np.array([45.0, 62.0, 85.0]), np.array([0.38, 0.35, 0.37]))
    surface = VolatilitySurface([early, late])
    assert float(surface.volatility(0.25, 55.0)) == pytest.approx(float(early.volatility(55.0)))
    assert float(surface.volatility(3.0, 62.0)) == pytest.approx(0.35)
    between = float(surface.volatility(0.5, 60.0, forward=60.0))
    assert 0.35 < between < 0.42
