"""Signals abstain below the threshold, look at no later day, and lose confidence without data."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead import Backtest, LearMember
from wattbook.forecast.reliability import reliability
from wattbook.forecast.signals import Signal, sides, signals_of_day
from wattbook.runtime.forecast_signals import day_signals


def made_and_real(days: int, noise: float = 6.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    made = 40.0 + 10.0 * np.sin(np.arange(24) / 24 * 2 * np.pi) + rng.normal(0, 2, (days, 24))
    return made, made + rng.normal(0.0, noise, (days, 24))


def test_confidences_are_earned_and_mean_what_they_say() -> None:
    made, real = made_and_real(200)
    found = sides(made, real, np.ones(200))
    assert (found.confidence[:2] == 0.0).all()
    known = found.confidence > 0.0
    assert reliability(found.confidence[known], found.is_right[known]).expected_error < 0.03
    sure = found.confidence >= 0.8
    assert 0.2 < sure.mean() < 0.8
    assert found.is_right[sure].mean() > 0.85


@given(day=st.integers(5, 29), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_permuting_later_prices_changes_no_confidence(day: int, seed: int) -> None:
    made, real = made_and_real(30)
    other = real.copy()
    other[day:] = np.random.default_rng(seed).permutation(other[day:].ravel()).reshape(-1, 24)
    ours, again = (sides(made, each, np.ones(30)).confidence for each in (real, other))
    np.testing.assert_array_equal(ours[: day + 1], again[: day + 1])


def test_members_that_lacked_data_lower_the_confidence() -> None:
    made, real = made_and_real(60)
    intact = np.ones(60)
    intact[-1] = 0.5
    whole, holed = sides(made, real, np.ones(60)), sides(made, real, intact)
    np.testing.assert_allclose(holed.confidence[-1], 0.5 * whole.confidence[-1])
    with pytest.raises(ForecastError, match="outside of 0 to 1"):
        sides(made, real, intact + 1.0)


def signals(threshold: float, known_at: int = 0) -> list[Signal]:
    made, real = made_and_real(60)
    found = sides(made, real, np.ones(60))
    return signals_of_day(
        found,
        59,
        made[59],
        model="m 1",
        features="f",
        known_at=known_at,
        delivery_start=np.arange(24, dtype=np.int64) + 10,
        fallback="without wind",
        threshold=threshold,
    )


def test_a_signal_names_its_model_inputs_and_cause_and_abstains_below_the_threshold() -> None:
    given_all, given_sure = signals(0.0), signals(0.8)
    for each, sure in zip(given_all, given_sure, strict=True):
        assert sure.direction == (each.direction if each.confidence >= 0.8 else 0)
        assert (each.model, each.features, each.fallback) == ("m 1", "f", "without wind")
    assert {each.direction for each in given_sure} == {-1, 0, 1}
    assert len({each.identity for each in given_all}) == 24
    with pytest.raises(ForecastError, match="begins before its signal"):
        signals(0.8, known_at=11)


def test_a_day_of_a_backtest_has_signals(benchmark_folder: Path, tmp_path: Path) -> None:
    members = (LearMember(56), LearMember(84))
    backtest = Backtest(benchmark_folder, "XX", tmp_path, 14, members, warm_up_weeks=1)
    list(backtest.run())
    first = dt.date(2020, 1, 6) + dt.timedelta(days=120)
    found = day_signals(backtest, first + dt.timedelta(days=13), 0.8)
    assert len(found.signals) == 24
    # Days without the two that had too short a record.
    assert found.days == 7 + 13 - 3
    assert found.right > 0.8
    with pytest.raises(ForecastError, match="is not forecast in"):
        day_signals(backtest, first + dt.timedelta(days=14), 0.8)
    with pytest.raises(ForecastError, match="no confidence was earned"):
        day_signals(backtest, first - dt.timedelta(days=7), 0.8)
