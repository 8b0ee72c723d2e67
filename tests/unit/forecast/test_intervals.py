"""Intervals keep their share when errors grow, look at no later price, and beat plain ones."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import ForecastError
from wattbook.forecast.intervals import (
    AdaptiveIntervals,
    Intervals,
    coverage,
    historical_intervals,
    winkler,
)
from wattbook.runtime.forecast_intervals import interval_years


def prices(days: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return prices whose errors are four times as large in the second half, and two forecasts."""
    rng = np.random.default_rng(seed)
    size = np.where(np.arange(days) < days // 2, 2.0, 8.0)[:, None]
    point = rng.normal(50.0, 10.0, (days, 24))
    members = np.stack([point + 0.5, point - 0.5])
    return point + size * rng.normal(size=(days, 24)), members


def test_they_hold_their_share_after_errors_grew() -> None:
    real, members = prices(300)
    made = AdaptiveIntervals(0.9).of(real, members)
    plain = historical_intervals(real, members.mean(axis=0), 0.9, 182)
    later = slice(150, 300)
    cut = Intervals(0.9, made.lower[later], made.upper[later])
    plain_cut = Intervals(0.9, plain.lower[later], plain.upper[later])
    assert 0.87 < coverage(real[later], cut) < 0.92
    assert coverage(real[later], plain_cut) < 0.85
    assert winkler(real[later], cut) < winkler(real[later], plain_cut)


@pytest.mark.long
@given(seed=st.integers(0, 2**32 - 1), day=st.integers(28, 59))
@settings(max_examples=10)
def test_permuting_later_prices_changes_no_interval(seed: int, day: int) -> None:
    real, members = prices(60)
    other = real.copy()
    other[day:] = np.random.default_rng(seed).permutation(other[day:].ravel()).reshape(-1, 24)
    made, again = (AdaptiveIntervals().of(each, members) for each in (real, other))
    assert np.isfinite(made.lower[day]).all()
    np.testing.assert_array_equal(made.lower[: day + 1], again.lower[: day + 1])
    np.testing.assert_array_equal(made.upper[: day + 1], again.upper[: day + 1])


def test_missing_prices_teach_nothing_and_stop_nothing() -> None:
    real, members = prices(60)
    real[30:33] = np.nan
    real[40, 5] = np.nan
    made = AdaptiveIntervals().of(real, members)
    assert np.isfinite(made.lower[28:]).all()
    assert np.isnan(made.lower[:28]).all()


def test_bad_tables_and_levels_are_refused() -> None:
    real, members = prices(40)
    with pytest.raises(ForecastError, match="two or more forecasts"):
        AdaptiveIntervals().of(real, members[:1])
    with pytest.raises(ForecastError, match=r"level 1\.5 is no share"):
        AdaptiveIntervals(1.5).of(real, members)
    members[0, 3, 3] = np.nan
    with pytest.raises(ForecastError, match="1 member forecasts are NaN"):
        AdaptiveIntervals().of(real, members)
    with pytest.raises(ForecastError, match="does not exist"):
        interval_years(Path("nowhere.parquet"), 0.9)


@pytest.mark.long
@pytest.mark.data
def test_each_year_of_the_german_market_is_covered(recorded_data: Path) -> None:
    years = interval_years(recorded_data / "epf" / "epex_de_lear_2018_2021.parquet", 0.9)
    found = {year.year: year for year in years}
    assert sorted(found) == [2019, 2020, 2021]
    for year in years:
        assert 0.88 <= year.coverage <= 0.92
        assert year.winkler < year.plain_winkler
    assert found[2020].winkler < 28.9
    assert found[2021].winkler < 89.5
    assert found[2021].plain_coverage < 0.80
