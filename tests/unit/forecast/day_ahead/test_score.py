"""Scores are those of the benchmark, and refuse what would flatter."""

import numpy as np
import pytest

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead import Aggregation, diebold_mariano, mae, rmae


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
