"""An old signal loses confidence, by a half-life that past forecasts teach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.forecast import SeasonalRegression
from wattbook.forecast.decay import confidence_at, half_life
from wattbook.forecast.facts import ModelFacts
from wattbook.ingest import normalize
from wattbook.sources import SOURCES


def shares(life: float, ages: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return forecasts that are right as often, at each age, as a half-life says."""
    rng = np.random.default_rng(11)
    forecast = np.where(rng.random(count) < 0.5, 1.0, -1.0) * (1.0 + rng.random(count))
    real = np.zeros(count)
    known = []
    for age in range(ages):
        right = rng.random(count) < 0.5 + 0.4 * 2.0 ** (-age / life)
        known.append(np.where(right, -1e-9, 1e-9) * np.sign(forecast))
    return forecast, np.stack(known), real


@pytest.mark.parametrize("life", [2.0, 6.0, 20.0])
def test_the_half_life_of_the_record_is_found(life: float) -> None:
    assert half_life(*shares(life, 10, 40_000)) == pytest.approx(life, rel=0.25)


def test_a_share_that_does_not_fall_and_too_short_a_record_teach_none() -> None:
    forecast, known, real = shares(1e9, 8, 4_000)
    assert half_life(forecast, np.repeat(known[:1], 8, axis=0), real) == 0.0
    assert half_life(forecast[:50], known[:, :50], real[:50]) == 0.0
    assert half_life(forecast * np.nan, known, real) == 0.0


@given(st.floats(0.0, 1.0), st.floats(0.0, 1e6), st.floats(0.1, 1e6))
def test_confidence_only_falls_and_never_below_a_coin(sure: float, age: float, life: float) -> None:
    left = confidence_at(sure, age, life)
    assert min(sure, 0.5) <= left <= sure + 1e-12
    assert confidence_at(sure, 2.0 * age, life) <= left + 1e-12


def test_longer_horizons_learn_their_own_and_forecasts_carry_it() -> None:
    series, _ = normalize(SOURCES["generated"].read(None, 7)[0])
    until = int(series.delivery_start[-1])
    lives = {h: SeasonalRegression(h).fit(series, until).half_life for h in (1, 12)}
    # One period ahead there is no age to learn from.
    assert lives[1] == 0.0
    assert lives[12] > 0.0
    fitted = SeasonalRegression(12).fit(series, until)
    made = fitted.predict(series, series.delivery_start[-2:])
    assert made.half_life_ns == round(fitted.half_life * series.interval_seconds * 1e9)
    facts = ModelFacts(made.model, made.features)
    assert facts.digests().features_hash == int(made.features, 16)
