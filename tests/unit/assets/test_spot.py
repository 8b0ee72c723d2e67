"""Simulated prices: the mean of every day is its forward price, whatever moves them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wattbook.assets.spot import Factor, Jumps, PricePaths, Season, SpotModel, simulate_prices
from wattbook.assets.spot_fit import fit_curves, fit_factor
from wattbook.errors import InputError

FORWARD = 30.0 + 10.0 * np.cos(np.arange(60) / 9.0)
FACTORS = (Factor(0.15, 0.08), Factor(0.0, 0.01))


def simulated(**changes: Any) -> PricePaths:
    fields: dict[str, Any] = {
        "correlation": np.array([[1.0, 0.3], [0.3, 1.0]]),
        "season": Season(0.4, 20.0),
        "jumps": Jumps(0.05, 0.3, 0.2, 0.5),
        "shift": 5.0,
        **changes,
    }
    return simulate_prices(SpotModel(FORWARD, FACTORS, **fields), paths=20_000, seed=3)


LOGARITHMS: dict[str, Any] = {}
SUMS: dict[str, Any] = {"shift": None, "jumps": Jumps(0.05, 10.0, 5.0, 0.5)}


@pytest.mark.parametrize("form", [LOGARITHMS, SUMS])
def test_the_mean_of_every_day_is_its_forward_price(form: dict[str, Any]) -> None:
    spot = simulated(**form).spot
    error = spot.std(axis=0, ddof=1) / np.sqrt(len(spot))
    assert (np.abs(spot.mean(axis=0) - FORWARD) <= 5 * error + 1e-9).all()
    assert (spot[:, 0] == FORWARD[0]).all()


@pytest.mark.parametrize("form", [LOGARITHMS, SUMS])
def test_every_later_curve_starts_at_the_spot_and_has_the_first_curve_as_its_mean(
    form: dict[str, Any],
) -> None:
    found = simulated(**form)
    curve = found.forward_curve(25)
    assert np.allclose(curve[:, 0], found.spot[:, 25])
    error = curve.std(axis=0, ddof=1) / np.sqrt(len(curve))
    assert (np.abs(curve.mean(axis=0) - FORWARD[25:]) <= 5 * error).all()


def test_jumps_down_make_prices_below_zero_and_never_below_the_shift() -> None:
    found = simulated(jumps=Jumps(0.2, -2.0, 0.5, 0.5), shift=20.0)
    assert found.spot.min() < 0.0
    assert found.spot.min() > -20.0


def test_volatility_follows_the_season() -> None:
    calm = simulated(jumps=None, season=Season(0.9, 0.0))
    steps = np.diff(calm.factors[0], axis=1).std(axis=0)
    assert steps[0] > steps[-1]


def test_a_fit_finds_what_made_the_prices() -> None:
    flat = np.full(4_000, 40.0)
    jumping = SpotModel(flat, (Factor(0.2, 0.05),), jumps=Jumps(0.02, 1.0, 0.1, 0.2))
    found = simulate_prices(jumping, paths=1)
    factor, jumps = fit_factor(found.spot[0], flat)
    assert factor.mean_reversion == pytest.approx(0.2, rel=0.15)
    assert factor.volatility == pytest.approx(0.05, rel=0.05)
    assert jumps is not None
    assert jumps.chance == pytest.approx(0.02, rel=0.3)
    assert jumps.mean == pytest.approx(1.0, rel=0.05)


def test_prices_without_jumps_fit_none() -> None:
    flat = np.full(2_000, 40.0)
    found = simulate_prices(SpotModel(flat, (Factor(0.2, 0.05),)), paths=1, seed=5)
    factor, jumps = fit_factor(found.spot[0], flat, jump_deviations=6.0)
    assert jumps is None
    assert factor.volatility == pytest.approx(0.05, rel=0.06)


def test_prices_that_are_sums_go_far_below_zero() -> None:
    model = SpotModel(np.full(60, 1.0), (Factor(0.1, 5.0),), shift=None)
    spot = simulate_prices(model, paths=2_000, seed=4).spot
    assert spot.min() < -20.0
    # The stationary variance of the factor.
    known = 25.0 * (1 - np.exp(-0.2 * 59)) / (1 - np.exp(-0.2))
    assert spot[:, -1].var() == pytest.approx(known, rel=0.1)


def curve_changes(factors: tuple[Factor, ...], correlation: Any, days: int) -> Any:
    """Return changes of forward prices at constant times to delivery, and those times."""
    ages = np.array([15.0, 45.0, 75.0, 135.0, 225.0, 345.0, 700.0])
    chance = np.random.default_rng(8)
    levels = np.array([one.volatility for one in factors])
    shocks = chance.multivariate_normal(
        np.zeros(len(factors)), correlation * np.outer(levels, levels), days
    )
    loads = np.exp(-np.outer(ages, [one.mean_reversion for one in factors]))
    return shocks @ loads.T, ages


def test_a_fit_of_curves_finds_both_factors() -> None:
    factors = (Factor(0.02, 0.04), Factor(0.0005, 0.015))
    correlation = np.array([[1.0, 0.4], [0.4, 1.0]])
    changes, ages = curve_changes(factors, correlation, 4_000)
    found = fit_curves(changes, ages)
    for one, known in zip(found.factors, factors, strict=True):
        assert one.mean_reversion == pytest.approx(known.mean_reversion, rel=0.2, abs=1e-4)
        assert one.volatility == pytest.approx(known.volatility, rel=0.05)
    assert found.correlation[0, 1] == pytest.approx(0.4, abs=0.06)
    assert found.explained > 0.999
    # One factor cannot give what two did.
    assert fit_curves(changes, ages, count=1).explained < found.explained


def test_noise_of_a_contract_is_left_out_of_the_factors() -> None:
    factors = (Factor(0.02, 0.04), Factor(0.0, 0.015))
    changes, ages = curve_changes(factors, np.eye(2), 4_000)
    noisy = changes + np.random.default_rng(9).normal(0.0, 0.001, changes.shape)
    found = fit_curves(noisy, ages)
    assert found.factors[0].volatility == pytest.approx(0.04, rel=0.1)
    assert found.explained > 0.99


@pytest.mark.parametrize(
    ("changes", "count", "message"),
    [
        (np.zeros((10, 7)), 2, "30 days"),
        (np.zeros((40, 3)), 2, "an age a contract"),
        (np.full((40, 7), np.nan), 2, "no number"),
        (np.zeros((40, 7)), 8, "one to 7"),
    ],
)
def test_changes_that_cannot_be_fitted_are_refused(changes: Any, count: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit_curves(changes, np.arange(7.0), count=count)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shift": -30.0}, "larger shift"),
        ({"correlation": np.array([[1.0, 2.0], [2.0, 1.0]])}, "negative eigenvalue"),
        ({"correlation": np.eye(3)}, "2 factors"),
        ({"jumps": Jumps(2.0, 0.0, 0.1, 0.5)}, "chance from 0 to 1"),
        ({"season": Season(1.5)}, "amplitude"),
    ],
)
def test_a_model_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        simulated(**change)
