"""Forecasts know only the past, and their confidence is what the past earned."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import ForecastError
from wattbook.forecast import Persistence, SeasonalRegression, calibrate, day_forecast
from wattbook.forecast.confidence import not_falling
from wattbook.forecast.contributions import along_path
from wattbook.ingest import NANOS_PER_SECOND, Series, normalize
from wattbook.sources import SOURCES

INTERVAL = 300 * NANOS_PER_SECOND
MODELS = [
    SeasonalRegression(1),
    SeasonalRegression(12),
    Persistence(3),
    Persistence(3, "week"),
    Persistence(1, "last"),
]


@pytest.fixture(scope="module")
def series() -> Series:
    return normalize(SOURCES["generated"].read(None, 7)[0])[0]


def shuffled_after(series: Series, instant: int, seed: int) -> Series:
    """Return the series with all prices of periods that end after `instant` permuted."""
    later = series.delivery_end > instant
    price = series.price.copy()
    price[later] = np.random.default_rng(seed).permutation(price[later]) + 1.0
    return dataclasses.replace(series, price=price)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_permuting_the_future_changes_no_forecast(
    model: SeasonalRegression | Persistence, series: Series
) -> None:
    day = int(series.delivery_start[-288])
    for offset in (0, 1, 100, 250):
        target = np.array([day + offset * INTERVAL])
        fitted = model.fit(series, day)
        known_at = int(fitted.predict(series, target).known_at[0])
        other = shuffled_after(series, max(known_at, day), seed=offset)
        again = model.fit(other, day)
        one, two = fitted.predict(series, target), again.predict(other, target)
        assert one.price.tolist() == two.price.tolist()
        assert one.confidence.tolist() == two.confidence.tolist()
        assert one.last_price.tolist() == two.last_price.tolist()


def test_a_fit_ignores_every_price_after_it(series: Series) -> None:
    day = int(series.delivery_start[-288])
    model = SeasonalRegression(12)
    one, two = model.fit(series, day), model.fit(shuffled_after(series, day, seed=1), day)
    assert np.array_equal(one.coefficients, two.coefficients)
    assert np.array_equal(one.calibration.confidence, two.calibration.confidence)


def test_a_day_forecast_ignores_the_day(series: Series) -> None:
    day, end = int(series.delivery_start[-288]), int(series.delivery_end[-1])
    model = SeasonalRegression(290)
    until = day - 2 * INTERVAL
    one = day_forecast(model, series, day, end, until)
    two = day_forecast(model, shuffled_after(series, until, seed=3), day, end, until)
    assert np.array_equal(one.price, two.price)
    assert np.array_equal(one.confidence, two.confidence)
    with pytest.raises(ForecastError, match="use 290 periods or more"):
        day_forecast(SeasonalRegression(288), series, day, end, until)


def test_forecasts_beat_guessing_where_they_are_sure(series: Series) -> None:
    fit_at = int(series.delivery_start[-288 * 14])
    model = SeasonalRegression(12).fit(series, fit_at)
    target = series.delivery_start[-288 * 14 :]
    made = model.predict(series, target)
    sure = made.confidence > 0.8
    moved = np.sign(series.price[-288 * 14 :] - made.last_price)
    right = np.sign(made.price - made.last_price) == moved
    assert sure.sum() > 300
    # What was promised at 0.8 must hold on days that were in no fit.
    assert right[sure].mean() > 0.8
    assert right[sure].mean() > right[~sure].mean() + 0.1


def test_a_missing_input_gives_no_forecast_and_no_confidence(series: Series) -> None:
    hole = series.delivery_start != series.delivery_start[-20]
    holed = dataclasses.replace(
        series,
        delivery_start=series.delivery_start[hole],
        price=series.price[hole],
        covariates={},
    )
    model = SeasonalRegression(1).fit(holed, int(series.delivery_start[-288]))
    made = model.predict(holed, series.delivery_start[-19:-18])
    assert np.isnan(made.price[0])
    assert made.confidence[0] == 0.0


def test_too_little_history_is_refused_with_what_is_needed(series: Series) -> None:
    with pytest.raises(ForecastError, match="load more history"):
        SeasonalRegression(1).fit(series, int(series.delivery_start[100]))
    with pytest.raises(ForecastError, match="no price before"):
        SeasonalRegression(1).fit(series, 0)
    with pytest.raises(ForecastError, match="50"):
        calibrate(np.ones(10), np.ones(10))
    with pytest.raises(ForecastError, match="cycle"):
        Persistence(1, "month")


def test_the_newest_price_names_no_direction(series: Series) -> None:
    made = Persistence(1, "last").fit(series, int(series.delivery_start[-288]))
    forecast = made.predict(series, series.delivery_start[-288:])
    assert np.array_equal(forecast.price, forecast.last_price)
    assert not forecast.confidence.any()


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1.0))
def test_confidence_of_a_coin_is_near_one_half_and_of_an_oracle_near_one(
    seed: int, noise: float
) -> None:
    rng = np.random.default_rng(seed)
    move = rng.normal(size=4_000)
    coin = calibrate(move, rng.normal(size=4_000)).of(move)
    assert ((coin > 0.3) & (coin < 0.7)).all()
    oracle = calibrate(move, move * (1.0 + noise)).of(move)
    assert (oracle > 0.95).all()


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30))
def test_pooling_never_falls_and_keeps_the_mean(values: list[float]) -> None:
    pooled = not_falling(np.array(values), np.ones(len(values)))
    assert (np.diff(pooled) >= -1e-12).all()
    assert pooled.mean() == pytest.approx(np.mean(values))


PART = st.floats(-5.0, 5.0)


@given(st.lists(PART, min_size=1, max_size=9), PART)
def test_parts_along_the_path_add_up_to_the_change_and_keep_their_sign(
    parts: list[float], start: float
) -> None:
    found = along_path(np.array([parts]), start, np.sinh)[0]
    change = np.sinh(start + sum(parts)) - np.sinh(start)
    assert found.sum() == pytest.approx(change, rel=1e-6, abs=1e-4)
    assert (found * parts >= 0.0).all()


@pytest.mark.parametrize("horizon", [1, 12])
def test_what_the_inputs_added_adds_up_to_each_forecast(horizon: int, series: Series) -> None:
    day = int(series.delivery_start[-288])
    fitted = SeasonalRegression(horizon).fit(series, day)
    made = fitted.predict(series, series.delivery_start[-288:])
    found = made.contributions
    assert found is not None
    assert found.parts.shape == (288, len(found.inputs))
    assert found.base + found.parts.sum(axis=1) == pytest.approx(made.price, abs=1e-6)
    first = found.of(np.arange(288) < 1)
    assert first.parts.tolist() == found.parts[:1].tolist()
