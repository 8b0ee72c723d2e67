"""Capture, cannibalization, joint scenarios, and the parts of a PPA's risk."""

import datetime as dt
import math

import numpy as np
import pytest

from wattbook.assets.contracts import (
    Baseload,
    FixedPrice,
    History,
    PayAsProduced,
    Ppa,
    added_capacity,
    cannibalization,
    capture,
    expected_production,
    fair_level,
    joint_scenarios,
    merit_order_slope,
    monthly_capture,
    ppa_risk,
    production_profile,
    scenario_values,
)
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid, curve_grid

DAY = dt.date(2027, 5, 1)
PPA = Ppa("wind", dt.date(2027, 1, 1), FixedPrice(50.0), PayAsProduced())


def hours(first: dt.date, after: dt.date, step: str = "hour") -> CurveGrid:
    return curve_grid("ES", first, after, step)


def past(seed: int = 2) -> History:
    """Return a year of sun and prices that fall with it."""
    grid = hours(dt.date(2025, 1, 1), dt.date(2026, 1, 1))
    chance = np.random.default_rng(seed)
    clear = np.repeat(chance.uniform(0.2, 1.0, len(grid.days)), np.diff(grid.day_start))
    sun = np.maximum(np.sin((grid.slot - 6) / 12 * np.pi), 0.0) * clear
    price = 60.0 - 30.0 * sun + chance.normal(0, 5, len(grid))
    return History(grid, price, 10.0 * sun, 10.0)


def test_capture_weighs_prices_by_production() -> None:
    price, made = np.array([80.0, 40.0, -20.0]), np.array([1.0, 4.0, 5.0])
    found = capture(price, made, np.array([1.0, 1.0, 2.0]))
    # 80 + 160 - 100 over ten MWh; base: 80 + 40 - 40 over four hours.
    assert (found.base_price, found.capture_price) == (20.0, 14.0)
    assert found.capture_rate == pytest.approx(0.7)
    assert math.isnan(capture(price, np.zeros(3), np.ones(3)).capture_price)
    assert math.isnan(capture(-price, made, np.ones(3)).capture_rate)


def test_months_are_captured_one_by_one() -> None:
    grid = hours(dt.date(2027, 5, 31), dt.date(2027, 6, 2))
    price = np.array([10.0] * 24 + [20.0, 60.0] * 12)
    table = monthly_capture(grid, price, np.array([1.0] * 24 + [3.0, 1.0] * 12))
    assert table["capture_price"].to_list() == [10.0, 30.0]
    assert table["capture_rate"].to_list() == [1.0, 0.75]


def test_a_line_of_capture_rates_has_the_error_of_least_squares() -> None:
    across, up = np.array([0.0, 0.1, 0.2, 0.3]), np.array([1.0, 0.98, 0.88, 0.86])
    found = cannibalization(across, up)
    design = np.stack([np.ones(4), across], axis=1)
    fitted, squares = np.linalg.lstsq(design, up, rcond=None)[:2]
    error = np.sqrt(float(squares[0]) / 2 * np.linalg.inv(design.T @ design)[1, 1])
    assert [found.intercept, found.slope] == pytest.approx(fitted.tolist())
    assert found.slope_error == pytest.approx(error)
    assert found.r_squared == pytest.approx(1 - squares[0] / ((up - up.mean()) ** 2).sum())
    with pytest.raises(InputError, match="give months that differ"):
        cannibalization(np.full(3, 0.2), np.ones(3))
    with pytest.raises(InputError, match="give three or more"):
        cannibalization(np.ones(2), np.ones(2))


def test_more_sun_makes_sunny_hours_cheaper() -> None:
    history = past()
    slope = merit_order_slope(history.grid, history.price, history.production)
    assert slope == pytest.approx(-3.0, abs=0.05)
    grid = hours(DAY, dt.date(2027, 5, 2))
    price, made = np.full(24, 60.0), np.zeros(24)
    made[:12] = 10.0
    table = added_capacity(grid, price, made, -2.0, np.array([0.0, 1.0, 1.5]))
    # At half as much again, 10 MWh cost 10 money less in half of the hours.
    assert table["base_price"].to_list() == pytest.approx([70.0, 60.0, 55.0])
    assert table["capture_price"].to_list()[1:] == pytest.approx([60.0, 50.0])
    with pytest.raises(InputError, match="does not change within any day"):
        merit_order_slope(grid, price, np.ones(24))


def test_a_profile_is_the_mean_of_the_month_and_keeps_gaps_out() -> None:
    history = past()
    gone = history.production.copy()
    gone[12] = np.nan
    with_gap = History(history.grid, history.price, gone, 10.0)
    profile = production_profile(with_gap)
    own = history.by_hour(history.production)[1:31] / 10.0
    assert profile[0] == pytest.approx(own.mean(axis=0))
    grid = hours(dt.date(2027, 1, 1), dt.date(2028, 1, 1), "quarter_hour")
    made = expected_production(grid, profile, 40.0)
    assert made.sum() / 40.0 == pytest.approx((profile.mean(axis=1) @ month_hours(grid)), rel=2e-3)


def month_hours(grid: CurveGrid) -> list[float]:
    days = np.bincount(grid.days.astype("datetime64[M]").astype(np.int64) % 12, minlength=12)
    return [24.0 * count for count in days.tolist()]


def test_scenarios_keep_the_curve_and_what_belongs_together() -> None:
    history = past()
    grid = hours(dt.date(2027, 6, 1), dt.date(2027, 8, 1))
    forward = np.full(len(grid), 45.0)
    drawn = joint_scenarios(
        grid, forward, history, capacity_mw=5.0, as_of=DAY, level_volatility=0.3, paths=60
    )
    assert drawn.spot.shape == drawn.production.shape == (60, len(grid))
    assert drawn.spot.mean(axis=0) == pytest.approx(forward, abs=1e-9)
    again = joint_scenarios(
        grid, forward, history, capacity_mw=5.0, as_of=DAY, level_volatility=0.3, paths=60
    )
    assert (again.spot == drawn.spot).all()
    noon = grid.slot == 12
    apart = drawn.spot[:, noon] - drawn.spot[:, noon].mean(axis=0)
    made = drawn.production[:, noon] - drawn.production[:, noon].mean(axis=0)
    assert (apart * made).mean() < 0.0
    assert drawn.production.max() <= 5.0 + 1e-9
    with pytest.raises(InputError, match="3 scenarios; give an even number"):
        joint_scenarios(grid, forward, history, capacity_mw=5.0, as_of=DAY, paths=3)


def test_level_shape_and_volume_add_up_and_each_stands_alone() -> None:
    grid = hours(DAY, dt.date(2027, 5, 2))
    even = np.ones((2, 24))
    tilt = np.array([10.0] * 12 + [-10.0] * 12)
    level = ppa_risk(PPA, grid, np.array([[40.0], [80.0]]) * even, even)
    assert level.parts["level"].tolist() == pytest.approx([-480.0, 480.0])
    assert [level.parts[name].tolist() for name in ("shape", "volume")] == [[0.0, 0.0]] * 2
    volume = ppa_risk(PPA, grid, np.full((2, 24), 60.0), np.array([[0.5], [1.5]]) * even)
    assert volume.parts["volume"].tolist() == pytest.approx([-120.0, 120.0])
    assert volume.parts["level"].tolist() == pytest.approx([0.0, 0.0])
    # Prices tilt one way while production tilts with them or against them.
    made = np.array([[1.5] * 12 + [0.5] * 12, [0.5] * 12 + [1.5] * 12])
    shape = ppa_risk(PPA, grid, np.stack([60.0 + tilt, 60.0 + tilt]), made)
    assert shape.parts["shape"].tolist() == pytest.approx([120.0, -120.0])
    assert shape.at_means == pytest.approx(240.0)
    assert shape.of(None).tolist() == pytest.approx([360.0, 120.0])


def test_parts_of_drawn_scenarios_add_up_to_the_value() -> None:
    history = past()
    grid = hours(dt.date(2027, 1, 1), dt.date(2027, 4, 1))
    drawn = joint_scenarios(
        grid, np.full(len(grid), 55.0), history, capacity_mw=5.0, as_of=DAY, paths=40,
        level_volatility=0.2,
    )  # fmt: skip
    risk = ppa_risk(PPA, grid, drawn.spot, drawn.production)
    total = risk.at_means + sum(risk.parts[name] for name in risk.parts)
    assert total == pytest.approx(risk.values)
    assert risk.values == pytest.approx(((drawn.spot - 50.0) * drawn.production).sum(axis=1))
    # Sun and price fall together: the agreement earns less than at the means.
    assert risk.joint_effect < 0.0
    assert risk.at_risk(0.95) <= risk.expected_shortfall(0.95)
    assert risk.table()["risk"].to_list() == ["level", "shape", "volume", "together"]
    level = fair_level(PPA, grid, drawn.spot, drawn.production)
    at_fair = scenario_values(PPA.at_level(level), grid, drawn.spot, drawn.production)
    assert at_fair.mean() == pytest.approx(0.0, abs=1e-6)


def test_the_seller_of_a_baseload_carries_the_shape_the_buyer_does_not() -> None:
    grid = hours(DAY, dt.date(2027, 5, 2))
    ppa = Ppa("base", dt.date(2027, 1, 1), FixedPrice(50.0), Baseload(1.0))
    spot = np.stack([np.full(24, 60.0), np.array([100.0] * 12 + [20.0] * 12)])
    made = np.stack([np.ones(24), np.array([0.0] * 12 + [2.0] * 12)])
    assert scenario_values(ppa, grid, spot, made).tolist() == pytest.approx([240.0, 240.0])
    # 24 MWh sold at 50; the second plant produces when it is cheap and buys when it is dear.
    assert scenario_values(ppa, grid, spot, made, side="seller").tolist() == pytest.approx(
        [1_200.0, 1_200.0 - 24 * 40.0]
    )
    with pytest.raises(InputError, match="use buyer or seller"):
        scenario_values(ppa, grid, spot, made, side="broker")  # type: ignore[arg-type]


def test_at_risk_is_the_distance_of_a_quantile_from_the_mean() -> None:
    grid = hours(DAY, dt.date(2027, 5, 2))
    spot = np.arange(1.0, 102.0)[:, None] * np.ones(24)
    risk = ppa_risk(PPA, grid, spot, np.ones((101, 24)) / 24.0)
    assert risk.mean == pytest.approx(1.0)
    assert risk.at_risk(0.95) == pytest.approx(45.0)
    # The worst five of a hundred and one: 1 to 5.
    assert risk.expected_shortfall(0.95) == pytest.approx(48.0)
    with pytest.raises(InputError, match="between 0 and 1"):
        risk.at_risk(1.0)
    with pytest.raises(InputError, match="'weather' is unknown"):
        risk.at_risk(0.9, "weather")


def test_history_without_the_season_is_refused() -> None:
    grid = hours(dt.date(2025, 6, 1), dt.date(2025, 8, 1))
    short = History(grid, np.zeros(len(grid)), np.zeros(len(grid)), 1.0)
    with pytest.raises(InputError, match="no whole day in month 1"):
        production_profile(short)
    winter = hours(dt.date(2027, 1, 1), dt.date(2027, 2, 1))
    with pytest.raises(InputError, match="no whole week within 45 days of 2027-01-01"):
        joint_scenarios(winter, np.zeros(len(winter)), short, capacity_mw=1.0, as_of=DAY)
