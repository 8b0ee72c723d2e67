"""Simulated prices: the mean of every day is its forward price, whatever moves them."""

from __future__ import annotations

import numpy as np
import pytest

from wattbook.assets.spot import Factor, Jumps, Season, fit_factor, simulate_prices
from wattbook.errors import InputError

FORWARD = 30.0 + 10.0 * np.cos(np.arange(60) / 9.0)
FACTORS = (Factor(0.15, 0.08), Factor(0.0, 0.01))


def simulated(**changes):
    fields = {
        "correlation": np.array([[1.0, 0.3], [0.3, 1.0]]),
        "season": Season(0.4, 20.0),
        "jumps": Jumps(0.05, 0.3, 0.2, 0.5),
        "shift": 5.0,
        "paths": 20_000,
        "seed": 3,
        **changes,
    }
    return simulate_prices(FORWARD, FACTORS, **fields)


def test_the_mean_of_every_day_is_its_forward_price():
    spot = simulated().spot
    error = spot.std(axis=0, ddof=1) / np.sqrt(len(spot))
    assert (np.abs(spot.mean(axis=0) - FORWARD) <= 5 * error + 1e-9).all()
    assert (spot[:, 0] == FORWARD[0]).all()


def test_every_later_curve_starts_at_the_spot_and_has_the_first_curve_as_its_mean():
    found = simulated()
    curve = found.forward_curve(25)
    assert np.allclose(curve[:, 0], found.spot[:, 25])
    error = curve.std(axis=0, ddof=1) / np.sqrt(len(curve))
    assert (np.abs(curve.mean(axis=0) - FORWARD[25:]) <= 5 * error).all()


def test_jumps_down_make_prices_below_zero_and_never_below_the_shift():
    found = simulated(jumps=Jumps(0.2, -2.0, 0.5, 0.5), shift=20.0)
    assert found.spot.min() < 0.0
    assert found.spot.min() > -20.0


def test_volatility_follows_the_season():
    calm = simulated(jumps=None, season=Season(0.9, 0.0))
    steps = np.diff(calm.factors[0], axis=1).std(axis=0)
    assert steps[0] > steps[-1]


def test_a_fit_finds_what_made_the_prices():
    flat = np.full(4_000, 40.0)
    found = simulate_prices(flat, (Factor(0.2, 0.05),), jumps=Jumps(0.02, 1.0, 0.1, 0.2), paths=1)
    factor, jumps = fit_factor(found.spot[0], flat)
    assert factor.mean_reversion == pytest.approx(0.2, rel=0.15)
    assert factor.volatility == pytest.approx(0.05, rel=0.05)
    assert jumps is not None
    assert jumps.chance == pytest.approx(0.02, rel=0.3)
    assert jumps.mean == pytest.approx(1.0, rel=0.05)


def test_prices_without_jumps_fit_none():
    flat = np.full(2_000, 40.0)
    found = simulate_prices(flat, (Factor(0.2, 0.05),), paths=1, seed=5)
    factor, jumps = fit_factor(found.spot[0], flat, jump_deviations=6.0)
    assert jumps is None
    assert factor.volatility == pytest.approx(0.05, rel=0.06)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shift": -30.0}, "larger shift"),
        ({"correlation": np.array([[1.0, 2.0], [2.0, 1.0]])}, "positive definite"),
        ({"correlation": np.eye(3)}, "2 factors"),
        ({"jumps": Jumps(2.0, 0.0, 0.1, 0.5)}, "chance from 0 to 1"),
        ({"season": Season(1.5)}, "amplitude"),
    ],
)
def test_a_model_that_cannot_be_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        simulated(paths=2, **change)
