"""Shapes under curves: what they find in past prices, and what they refuse."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import CurveError, SourceError
from wattbook.market.curves import (
    ForwardQuote,
    ShapeKind,
    averages,
    build_curve,
    curve_grid,
    fit_shape,
    flat_shape,
    weather_normal,
)
from wattbook.market.curves.past_prices import read_past_prices
from wattbook.market.curves.smooth import YEAR_DAYS

AS_OF = dt.date(2026, 11, 25)


def at(*named: tuple[str, float]) -> list[ForwardQuote]:
    return [ForwardQuote.at(name, price) for name, price in named]


# --- shapes --------------------------------------------------------------------------------------


def test_a_shape_finds_the_effects_that_prices_were_made_of() -> None:
    past = curve_grid("DE-LU", dt.date(2023, 1, 1), dt.date(2026, 1, 1), "quarter_hour")
    day = np.repeat(past.days, np.diff(past.day_start))
    weekend = (day.astype(np.int64) + 3) % 7 >= 5
    season = 12.0 * np.cos(2 * np.pi * day.astype(np.int64) / YEAR_DAYS)
    price = 60.0 + season - 9.0 * weekend + np.where(past.slot // 4 == 19, 24.0, -1.0)
    shape = fit_shape("DE-LU", past.start[:-1], price, "quarter_hour")
    made = shape.values(curve_grid("DE-LU", dt.date(2027, 6, 7), dt.date(2027, 6, 14), "hour"))
    hours = made.reshape(7, 24)
    assert hours[1, 19] - hours[1, 18] == pytest.approx(25.0, abs=1e-6)
    assert hours[:5].mean() - hours[5:].mean() == pytest.approx(9.0, abs=0.3)
    grid = curve_grid("DE-LU", dt.date(2027, 1, 1), dt.date(2028, 1, 1), "day")
    days = shape.values(grid)
    winter, summer = days[10:17].mean(), days[190:197].mean()
    assert winter - summer == pytest.approx(24.0, abs=1.5)


def test_an_hour_that_the_clock_repeats_has_its_shape_twice_and_one_that_it_skips_none() -> None:
    # No clock changes in the past, whose days would have another mean.
    past = curve_grid("DE-LU", dt.date(2025, 4, 1), dt.date(2025, 10, 1), "hour")
    shape = fit_shape("DE-LU", past.start[:-1], past.slot.astype(np.float64), "hour")
    grid = curve_grid("DE-LU", dt.date(2027, 10, 31), dt.date(2027, 11, 1), "hour")
    values = np.diff(shape.values(grid))
    assert values[:5].round(9).tolist() == [1.0, 1.0, 0.0, 1.0, 1.0]
    grid = curve_grid("DE-LU", dt.date(2027, 3, 28), dt.date(2027, 3, 29), "hour")
    values = np.diff(shape.values(grid))
    assert values[:4].round(9).tolist() == [1.0, 2.0, 1.0, 1.0]


def test_holidays_are_as_sundays_where_the_past_has_none() -> None:
    past = curve_grid("DE-LU", dt.date(2026, 6, 8), dt.date(2026, 8, 8), "hour")
    weekend = np.repeat((past.days.astype(np.int64) + 3) % 7 == 6, np.diff(past.day_start))
    shape = fit_shape("DE-LU", past.start[:-1], 50.0 - 20.0 * weekend, "hour")
    assert shape.day[7] == shape.day[6] < shape.day[0] - 19
    assert not shape.season.any()


def test_negative_prices_make_a_shape_of_differences_and_none_of_factors() -> None:
    past = curve_grid("DE-LU", dt.date(2026, 5, 1), dt.date(2026, 8, 1), "hour")
    price = np.where(past.slot == 12, -60.0, 40.0) - 60.0
    shape = fit_shape("DE-LU", past.start[:-1], price, "hour")
    assert np.isfinite(shape.hours).all()
    with pytest.raises(CurveError, match=r"no mean above zero.*use an additive shape"):
        fit_shape("DE-LU", past.start[:-1], price, "hour", ShapeKind.MULTIPLICATIVE)


def test_a_factor_that_is_not_positive_is_named() -> None:
    past = curve_grid("DE-LU", dt.date(2026, 5, 1), dt.date(2026, 8, 1), "hour")
    price = np.where(past.slot == 12, -60.0, 40.0)
    shape = fit_shape("DE-LU", past.start[:-1], price, "hour", ShapeKind.MULTIPLICATIVE)
    with pytest.raises(
        CurveError, match=r"the factor of the shape at 2027-\d\d-\d\dT1[01]:00 UTC is -"
    ):
        build_curve("DE-LU", at(("DE-LU Cal-27", 80.0)), as_of=AS_OF, shape=shape)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda start, price: (start[:-1], price), "give a price a start"),
        (lambda start, price: (start[::-1], price), "do not rise"),
        (lambda start, price: (start, np.where(price > 30, np.nan, price)), "is nan; leave rows"),
        (lambda start, price: (start + 60_000_000_000, price), "begins no hour of its calendar"),
        (lambda start, price: (start[:200], price[:200]), "has 8 whole days; a shape needs 28"),
    ],
)
def test_a_past_that_cannot_be_used_is_refused(spoil, says: str) -> None:  # type: ignore[no-untyped-def]
    past = curve_grid("DE-LU", dt.date(2026, 5, 1), dt.date(2026, 8, 1), "hour")
    start, price = spoil(past.start[:-1], np.linspace(20, 40, len(past)))
    with pytest.raises(CurveError, match=says):
        fit_shape("DE-LU", start, price, "hour")


def test_unusual_weather_is_taken_out_of_prices() -> None:
    grid = curve_grid("DE-LU", dt.date(2023, 1, 1), dt.date(2026, 1, 1), "hour")
    random = np.random.default_rng(11)
    at_days = grid.start[:-1] / 86_400e9
    usual = 9.0 - 10.0 * np.cos(2 * np.pi * at_days / YEAR_DAYS)
    spells = np.repeat(random.normal(0.0, 4.0, len(grid) // 72 + 1), 72)[: len(grid)]
    temperature = usual + spells
    price = 60.0 + 2.5 * np.maximum(15.0 - temperature, 0.0)
    temperature[100] = np.nan
    found = weather_normal(grid.start[:-1], price, temperature)
    assert found.per_heating_degree == pytest.approx(2.5, rel=0.02)
    assert found.rows_without_weather == 1
    assert found.price[100] == price[100]
    winter = np.abs(at_days % YEAR_DAYS - YEAR_DAYS / 2) > 130
    assert found.price[winter].std() < 0.5 * price[winter].std()
    with pytest.raises(CurveError, match="takes a year or more"):
        weather_normal(grid.start[:2_000], price[:2_000], temperature[:2_000])
    backwards = weather_normal(grid.start[-2::-1], price[::-1], temperature[::-1])
    assert np.abs(backwards.price[::-1] - found.price).max() < 1e-6
    price[7] = np.nan
    with pytest.raises(CurveError, match="price 7 is nan; leave rows without a price out"):
        weather_normal(grid.start[:-1], price, temperature)


def test_factors_are_not_laid_on_a_level_below_zero() -> None:
    past = curve_grid("DE-LU", dt.date(2026, 5, 1), dt.date(2026, 8, 1), "hour")
    price = 50.0 + 20.0 * (past.slot == 19)
    quotes = [
        ForwardQuote.at("DE-LU 2027-05-01", -12.0),
        ForwardQuote.at("DE-LU 2027-05-02", 40.0),
    ]
    made = {kind: fit_shape("DE-LU", past.start[:-1], price, "hour", kind) for kind in ShapeKind}
    with pytest.raises(CurveError, match="level of 2027-05-01 is -12, not above zero"):
        build_curve("DE-LU", quotes, as_of=AS_OF, shape=made[ShapeKind.MULTIPLICATIVE])
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, shape=made[ShapeKind.ADDITIVE], step="hour")
    assert curve.price[:24].argmax() == 19


# --- past prices, recorded data ------------------------------------------------------------------


def test_past_prices_are_read_by_name_and_rows_without_one_are_counted(tmp_path: Path) -> None:
    start = pl.datetime_range(
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        "1h",
        eager=True,
    )
    price = np.arange(len(start), dtype=np.float64)
    table = pl.DataFrame({"from": start, "eur": price}).with_columns(
        pl.when(pl.col("eur") == 5).then(None).otherwise("eur").alias("eur")
    )
    file = tmp_path / "past.parquet"
    table.write_parquet(file)
    past = read_past_prices(file, "DE-LU", ["from", "eur"])
    assert (past.step, past.dropped, past.temperature_c) == ("hour", 1, None)
    table.with_columns(pl.col("from").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_csv(
        tmp_path / "past.csv"
    )
    same = read_past_prices(tmp_path / "past.csv", "DE-LU", ["from", "eur"])
    assert same.delivery_start.tolist() == past.delivery_start.tolist()
    with pytest.raises(SourceError, match="not delivery_start, price"):
        read_past_prices(file, "DE-LU")
    table.gather_every(2).write_parquet(file)
    with pytest.raises(SourceError, match="every 120 minutes"):
        read_past_prices(file, "DE-LU", ["from", "eur"])


@pytest.mark.data
def test_the_shape_of_spanish_years_tells_hours_of_the_next(recorded_data: Path) -> None:
    """Fitted to 2015 and 2016, laid under the monthly averages of 2017."""
    file = recorded_data / "power" / "spain_hourly_price_generation_2015_2018.parquet"
    past = read_past_prices(file, "ES", ["ts_utc", "price_eur_mwh"])
    edge = DeliveryProduct("ES Cal-17").delivery_start
    end = DeliveryProduct("ES Cal-17").delivery_end
    is_past = past.delivery_start < edge
    shape = fit_shape("ES", past.delivery_start[is_past], past.price[is_past], "hour")
    grid = curve_grid("ES", dt.date(2017, 1, 1), dt.date(2018, 1, 1), "hour")
    inside = (past.delivery_start >= edge) & (past.delivery_start < end)
    place = np.searchsorted(grid.start, past.delivery_start[inside])
    real = np.full(len(grid), np.nan)
    real[place] = past.price[inside]
    known = np.isfinite(real)
    filled = np.where(known, real, np.nanmean(real))
    quotes = [
        ForwardQuote.at(row["product"], row["price"])
        for load in ("base", "peak")
        for row in averages(grid, filled, "month", load).iter_rows(named=True)
    ]
    errors = []
    for own in (flat_shape(), shape):
        curve = build_curve("ES", quotes, as_of=dt.date(2016, 12, 31), step="hour", shape=own)
        assert curve.fits()["outside"].to_numpy().max() <= 1e-10
        errors.append(float(np.abs(curve.price - real)[known].mean()))
    assert errors[1] < 0.85 * errors[0]


def test_dates_are_delivery_days_of_the_place(tmp_path: Path) -> None:
    days = pl.date_range(dt.date(2026, 2, 1), dt.date(2026, 4, 30), eager=True)
    file = tmp_path / "days.csv"
    pl.DataFrame({"delivery_start": days, "price": range(len(days))}).write_csv(file)
    past = read_past_prices(file, "TTF")
    assert past.step == "day"
    assert past.delivery_start[0] == DeliveryProduct("TTF 2026-02-01").delivery_start
    assert past.delivery_start[-1] == DeliveryProduct("TTF 2026-04-30").delivery_start


@pytest.mark.data
def test_recorded_german_gas_days_make_the_shape_of_a_gas_year(recorded_data: Path) -> None:
    file = recorded_data / "futures" / "de_gas_vtp_index_daily_2015_2022.parquet"
    past = read_past_prices(file, "THE", ["date", "price_eur_mwh"])
    # Before the crisis.
    calm = past.delivery_start < DeliveryProduct("THE Cal-20").delivery_start
    shape = fit_shape("THE", past.delivery_start[calm], past.price[calm], past.step)
    quotes = at(("THE Win-26", 32.0), ("THE Sum-27", 27.0))
    curve = build_curve("THE", quotes, as_of=dt.date(2026, 9, 30), shape=shape)
    assert curve.fits()["outside"].to_numpy().max() <= 1e-10
    # Less is burnt at weekends, and gas was dearer in winters, those of autumn 2018 included.
    assert shape.day[5:7].mean() < shape.day[:5].mean()
    days = shape.values(curve.grid)
    winter, summer = (curve.grid.average(quote.product, days) for quote in quotes)
    assert winter > summer + 1.0


@pytest.mark.data
def test_recorded_henry_hub_months_make_gas_day_curves(recorded_data: Path) -> None:
    table = pl.read_parquet(
        recorded_data / "futures" / "us_energy_futures_curves_2007_2023.parquet"
    )
    # Between the last trading day of December's contract and that of January's.
    day = dt.date(2023, 12, 15)
    rows = table.filter(
        (pl.col("date").dt.date() == day) & pl.col("series").str.starts_with("NG")
    ).sort("series")
    grid_months = averages(
        curve_grid("HENRY-HUB", dt.date(2024, 1, 1), dt.date(2027, 1, 1), "day"),
        np.zeros(1_096),
        "month",
    )["product"]
    quotes = at(*zip(grid_months, rows["value"], strict=True))
    curve = build_curve("HENRY-HUB", quotes, as_of=day)
    assert curve.fits()["outside"].to_numpy().max() <= 1e-10
    assert len(curve.price) == 1_096
    assert set(curve.grid.hours.tolist()) == {23.0, 24.0, 25.0}
    assert curve.price.min() > 0.8 * rows["value"].to_numpy().min()
