"""Scores are those of the benchmark, and refuse what would flatter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead import Aggregation, Correction, diebold_mariano, mae, rmae


def test_equal_forecasts_are_not_better_than_each_other() -> None:
    real = np.random.default_rng(0).normal(size=(30, 24))
    assert diebold_mariano(real, real + 1.0, real + 1.0).p_value == pytest.approx(0.5)


def test_the_test_is_one_sided_and_by_day() -> None:
    rng = np.random.default_rng(1)
    real = rng.normal(size=(200, 24))
    good = real + rng.normal(0.0, 1.0, real.shape)
    bad = real + rng.normal(0.0, 1.2, real.shape)
    better, worse = diebold_mariano(real, bad, good), diebold_mariano(real, good, bad)
    assert better.p_value < 1e-6
    assert better.p_value + worse.p_value == pytest.approx(1.0)
    loss = np.abs(bad - real).mean(axis=1) - np.abs(good - real).mean(axis=1)
    assert better.statistic == pytest.approx(loss.mean() / (loss.std() / np.sqrt(200)))


def test_a_forecast_with_holes_gets_no_score() -> None:
    real = np.ones((8, 24))
    made = real.copy()
    made[3, 4] = np.nan
    with pytest.raises(ForecastError, match="1 of 192 forecasts or prices are NaN"):
        mae(real, made)
    with pytest.raises(ForecastError, match="do not face"):
        rmae(real, made[:5])


def test_weights_move_to_the_better_member_and_never_look_ahead() -> None:
    rng = np.random.default_rng(2)
    real = rng.normal(40.0, 5.0, (60, 24))
    made = np.stack(
        [real + rng.normal(0.0, 1.0, real.shape), real + rng.normal(0.0, 3.0, real.shape)]
    )
    combined, weights = Aggregation().combine(made, real)
    np.testing.assert_allclose(weights.sum(axis=0), 1.0)
    np.testing.assert_allclose(weights[:, 0], 0.5)
    assert (weights[0, -1] > 0.9).all()
    other = real.copy()
    other[40:] += 100.0
    np.testing.assert_array_equal(combined[:41], Aggregation().combine(made, other)[0][:41])


def test_a_member_without_a_forecast_has_no_weight_that_day() -> None:
    real = np.ones((5, 24))
    made = np.stack([real + 1.0, real - 1.0])
    made[0, 3] = np.nan
    combined, weights = Aggregation().combine(made, real)
    assert (weights[0, 3] == 0.0).all()
    np.testing.assert_allclose(combined[3], 0.0)
    made[:, 4] = np.nan
    assert np.isnan(Aggregation().combine(made, real)[0][4]).all()


@given(seed=st.integers(0, 2**32 - 1), first=st.integers(1, 39))
@settings(max_examples=20)
def test_a_correction_knows_errors_of_earlier_days_alone(seed: int, first: int) -> None:
    rng = np.random.default_rng(seed)
    made, real = rng.normal(size=(2, 40, 24))
    other = real.copy()
    other[first:] = rng.normal(size=(40 - first, 24)) * 50.0
    correction = Correction()
    before, after = (correction.apply(made, each) for each in (real, other))
    np.testing.assert_array_equal(before[: first + 1], after[: first + 1])
    assert (before[0] == made[0]).all()


def test_a_correction_adds_its_share_of_a_lasting_error_and_carries_no_spike_on() -> None:
    made, real = np.zeros((200, 24)), np.full((200, 24), 8.0)
    real[:, 3] = np.nan
    lasting = Correction(share=0.25).apply(made, real)
    assert np.delete(lasting[-1], 3) == pytest.approx(2.0, rel=1e-6)
    assert (lasting[:, 3] == 0.0).all()
    real = np.ones((200, 24))
    real[100, 5] = 10_000.0
    spiked = Correction(memory_days=10.0, share=1.0, limit=2.0).apply(made, real)
    # The spike itself is a tenth of 1/24 of the mean error's sum: held to twice that.
    assert spiked[101, 5] < 10.0
    with pytest.raises(ForecastError, match="do not face"):
        Correction().apply(made, real[:3])
