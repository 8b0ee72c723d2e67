"""Forward curves: shapes, extrapolation, versions, gas days, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import math
import runpy
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from wattbook.domain.calendars import PLACES, DeliveryProduct, load_periods
from wattbook.errors import ContradictionError, CurveError, SourceError, StoreError
from wattbook.market.curves import (
    BASES,
    CurveHistory,
    ForwardCurve,
    ForwardQuote,
    ShapeKind,
    averages,
    build_curve,
    curve_grid,
    fit_shape,
    flat_shape,
    read_quotes,
    weather_normal,
)
from wattbook.market.curves.daytypes import public_holidays
from wattbook.market.curves.past_prices import read_past_prices
from wattbook.market.curves.smooth import OFFSET_VARIANCE, YEAR_DAYS, kernel_times

AS_OF = dt.date(2026, 11, 25)
EXAMPLE = Path(__file__).parents[3] / "examples" / "forward_curve.py"


def at(*named: tuple[str, float]) -> list[ForwardQuote]:
    return [ForwardQuote.at(name, price) for name, price in named]


# --- the grid -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place", ["DE-LU", "GB", "PJM", "ERCOT", "MID-C", "TTF", "NBP", "HENRY-HUB"]
)
def test_grid_days_and_peaks_are_those_of_the_calendar(place: str) -> None:
    grid = curve_grid(place, dt.date(2027, 1, 1), dt.date(2028, 1, 1), "hour")
    year = DeliveryProduct(f"{place} Cal-27")
    assert (grid.start[0], grid.start[-1]) == (year.delivery_start, year.delivery_end)
    assert len(grid) == 8_760
    if not PLACES[place].calendar.endswith("-GAS"):
        peak = DeliveryProduct(f"{place} Cal-27 Peak")
        assert grid.hours[grid.is_peak].sum() * 3_600 == peak.delivery_seconds
        starts = {round(start.timestamp()) * 10**9 for start, _ in load_periods(peak)}
        first = grid.is_peak & ~np.append(False, grid.is_peak[:-1])
        assert set(grid.start[:-1][first].tolist()) == starts
    lengths = np.diff(grid.day_start)
    assert sorted(set(lengths.tolist())) == [23, 24, 25]


def test_five_years_of_quarter_hours_have_days_of_92_96_and_100() -> None:
    grid = curve_grid("DE-LU", dt.date(2027, 1, 1), dt.date(2032, 1, 1), "quarter_hour")
    lengths = np.diff(grid.day_start)
    assert len(grid) == 175_296
    assert [(lengths == length).sum() for length in (92, 96, 100)] == [5, 1_816, 5]
    autumn = int(np.flatnonzero(lengths == 100)[0])
    low, high = grid.day_start[autumn : autumn + 2]
    assert np.bincount(grid.slot[low:high])[8:12].tolist() == [2, 2, 2, 2]


def test_every_place_has_holidays() -> None:
    for place in PLACES:
        assert dt.date(2027, 1, 1) in public_holidays(place, 2027), place


# --- smoothness ---------------------------------------------------------------------------------


def test_running_sums_are_the_kernel_of_the_integrated_wiener_process() -> None:
    weights = np.random.default_rng(3).normal(size=(4, 30))
    first, last = 5, 24
    days = np.clip(np.arange(30), first, last)
    u = (last - days) / YEAR_DAYS
    least = np.minimum.outer(u, u)
    kernel = least**3 / 3 + np.abs(np.subtract.outer(u, u)) * least**2 / 2
    expected = weights @ kernel
    found = kernel_times(weights, first, last)
    assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max()


def test_level_spread_and_offsets_are_those_of_a_program_over_all_hours() -> None:
    """A second implementation: every hour an unknown, all three penalties as one dense matrix."""
    named = at(
        ("DE-LU Nov-26", 70.0),
        ("DE-LU Nov-26 Peak", 88.0),
        ("DE-LU Dec-26", 75.0),
        ("DE-LU Dec-26 OffPeak", 71.0),
        ("DE-LU 2026-11-12", 40.0),
        ("DE-LU 2026-12-01 Peak", 120.0),
        ("DE-LU 2026-12-24 H18", 10.0),
        ("DE-LU WkEnd50-26", 50.0),
    )
    curve = build_curve("DE-LU", named, as_of=AS_OF, step="hour")
    grid, quotes = curve.grid, curve.quotes
    day = np.repeat(np.arange(len(grid.days)), np.diff(grid.day_start))
    rows, short = np.zeros((len(quotes), len(grid))), np.zeros(len(grid), np.bool_)
    for row, quote in zip(rows, quotes, strict=True):
        low, high, delivers = grid.delivers(quote.product)
        row[low:high] = delivers / delivers.sum()
        short[low:high] |= delivers & (quote.product.tenor != "month")

    def wiener(first: int) -> NDArray[np.float64]:
        u = (day[-1] - np.maximum(day, first)) / YEAR_DAYS
        least = np.minimum.outer(u, u)
        return np.asarray(least**3 / 3 + np.abs(np.subtract.outer(u, u)) * least**2 / 2)

    turn = grid.is_peak - grid.is_peak.mean()
    # November begins with a Sunday: no quote tells the spread of its first day.
    covariance = wiener(0) + np.outer(turn, turn) * wiener(1)
    covariance += np.diag(OFFSET_VARIANCE * 24.0 * short)
    free = np.column_stack([np.ones(len(grid)), turn])
    zero = np.zeros((2, 2))
    system = np.block([[rows @ covariance @ rows.T, rows @ free], [(rows @ free).T, zero]])
    wanted = np.append([quote.mid for quote in quotes], [0.0, 0.0])
    solution = np.linalg.solve(system, wanted)
    expected = covariance @ rows.T @ solution[:-2] + free @ solution[-2:]
    assert np.abs(curve.price - expected).max() <= 1e-7


def test_one_quote_gives_a_level_curve() -> None:
    curve = build_curve("DE-LU", at(("DE-LU Cal-27", 80.0)), as_of=AS_OF)
    assert np.ptp(curve.price) < 1e-9


def test_months_on_a_line_give_a_line_that_ends_level() -> None:
    months = [f"TTF {name}-27" for name in ("Jan", "Feb", "Mar", "Apr", "May", "Jun")]
    quotes = at(*((name, 30.0 + number) for number, name in enumerate(months)))
    curve = build_curve("TTF", quotes, as_of=AS_OF)
    # Away from the ends nearly a straight line, at the end level.
    slope = np.diff(curve.price)
    assert slope[:100].min() > 0.02
    assert slope[:100].max() < 0.045
    assert abs(slope[-1]) < 1e-3


def test_a_day_ahead_jump_does_not_bend_the_month() -> None:
    calm = at(("DE-LU Dec-26", 80.0), ("DE-LU Jan-27", 82.0))
    stormy = [*calm, *at(("DE-LU 2026-12-02", 20.0))]
    curves = [build_curve("DE-LU", own, as_of=AS_OF) for own in (calm, stormy)]
    day = DeliveryProduct("DE-LU 2026-12-02")
    low, high = curves[0].grid.span(day)
    other = np.ones(len(curves[0].price), np.bool_)
    other[low:high] = False
    assert curves[1].average(day) == pytest.approx(20.0, abs=1e-10)
    # 60 EUR less on one of 31 days is 2 EUR more on each other; January hardly hears of it.
    assert np.abs(curves[1].price - curves[0].price)[other].max() < 6.0


def test_a_single_hour_is_met_without_moving_its_neighbours() -> None:
    quotes = at(("DE-LU Dec-26", 80.0), ("DE-LU 2026-12-02 H13", -40.0))
    curve = build_curve("DE-LU", quotes, as_of=AS_OF)
    hours = [curve.average(f"DE-LU 2026-12-02 H{hour}") for hour in (12, 13, 14)]
    assert hours[1] == pytest.approx(-40.0, abs=1e-10)
    assert abs(hours[0] - hours[2]) < 0.01
    assert abs(hours[0] - 80.0) < 2.0


def test_base_quotes_leave_the_spread_of_peak_over_off_peak() -> None:
    quotes = at(("DE-LU Cal-27", 80.0), ("DE-LU Cal-27 Peak", 95.0))
    plain = build_curve("DE-LU", quotes, as_of=AS_OF)
    more = build_curve("DE-LU", [*quotes, *at(("DE-LU Mar-27", 120.0))], as_of=AS_OF)

    def spread(month: str) -> float:
        peak, off_peak = (f"DE-LU {month}-27 {load}" for load in ("Peak", "OffPeak"))
        curve_spread = more.average(peak) - more.average(off_peak)
        return curve_spread - (plain.average(peak) - plain.average(off_peak))

    assert abs(spread("Mar")) < 4.0


# --- extrapolation ------------------------------------------------------------------------------


def test_what_no_quote_tells_is_said_and_level() -> None:
    quotes = at(("TTF Jan-27", 30.0), ("TTF Mar-27", 33.0))
    curve = build_curve(
        "TTF", quotes, as_of=AS_OF, first=dt.date(2026, 12, 1), after=dt.date(2027, 6, 1)
    )
    counts = [int((curve.basis == number).sum()) for number in range(len(BASES))]
    assert counts == [62, 28, 31, 61]
    assert np.ptp(curve.price[curve.basis == 2]) < 1e-12
    assert np.ptp(curve.price[curve.basis == 3]) < 1e-12
    table = curve.table()
    assert table["basis"].unique().sort().to_list() == sorted(BASES)
    assert table.filter(pl.col("basis") != "quoted")["quoted_tenor"].null_count() == 120
    start, end = curve.quoted
    assert (start, end) == (quotes[0].product.delivery_start, quotes[1].product.delivery_end)


def test_beyond_the_quotes_the_shape_goes_on() -> None:
    past = curve_grid("DE-LU", dt.date(2024, 1, 1), dt.date(2026, 1, 1), "hour")
    shape = fit_shape("DE-LU", past.start[:-1], np.where(past.slot >= 12, 90.0, 80.0), "hour")
    curve = build_curve(
        "DE-LU",
        at(("DE-LU Jan-27", 90.0)),
        as_of=AS_OF,
        after=dt.date(2028, 1, 1),
        shape=shape,
    )
    noon = curve.average("DE-LU 2027-11-17 H18") - curve.average("DE-LU 2027-11-17 H06")
    assert noon == pytest.approx(10.0, abs=1e-9)


# --- shapes -------------------------------------------------------------------------------------


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


# --- quotes -------------------------------------------------------------------------------------


def test_lines_that_are_no_quote_are_set_aside_with_place_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text(
        "product,price,bid,ask\n"
        "Cal-27 Base,80.5,,\n"
        "DE-LU Q1-27 Peak,,99,101\n"
        "Q2-27,,,70\n"
        "FR Cal-27,70,,\n"
        "Cal-27 Base,81,,\n"
        "Q3-27,seventy,,\n"
        "Q4-27,,95,90\n"
        "Jan-28,,,\n"
        "Feb-28,1,2,\n"
        "2027-01-02 Peak,5,,\n"
        ",5,,\n"
    )
    quotes, aside = read_quotes(file, "DE-LU")
    assert [quote.band_text() for quote in quotes] == [
        "DE-LU Cal-27 Base 80.5",
        "DE-LU Q1-27 Peak 99 to 101",
        "DE-LU Q2-27 Base -inf to 70",
    ]
    assert [one.place for one in aside] == [f"row {number}" for number in range(4, 12)]
    says = [
        "not at DE-LU", "stands in row 1", "is no number", "lies above ask", "neither bid nor ask",
        "a price and a band", "has no such hours", "no product",
    ]  # fmt: skip
    for one, words in zip(aside, says, strict=True):
        assert words in one.reason


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "product\nCal-27\n"])
def test_a_file_without_quotes_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text(text)
    with pytest.raises(SourceError, match=r"quotes\.csv"):
        read_quotes(file, "DE-LU")
    with pytest.raises(SourceError, match=r"none\.csv cannot be read"):
        read_quotes(tmp_path / "none.csv", "DE-LU")


@pytest.mark.parametrize(
    ("named", "options", "says"),
    [
        (["DE-LU Cal-27", "DE-LU Cal-27"], {}, "is quoted twice"),
        (["FR Cal-27"], {}, "make a curve for FR"),
        (["DE-LU Cal-27"], {"first": dt.date(2027, 2, 1)}, "leaves the curve"),
        (["DE-LU 2027-01-04 QH09"], {"step": "hour"}, "take a finer step"),
        (["DE-LU Cal-27 Peak"], {"step": "day"}, "in parts of days"),
        (["DE-LU Cal-27"], {"step": "minute"}, "step 'minute' is unknown"),
        (["DE-LU Cal-27"], {"tick": -0.01}, "tick -0.01"),
        ([], {}, "no quote of DE-LU is left"),
    ],
)
def test_what_no_curve_can_be_made_of_is_refused(
    named: list[str], options: dict[str, object], says: str
) -> None:
    quotes = at(*((name, 80.0) for name in named))
    with pytest.raises(CurveError, match=says):
        build_curve("DE-LU", quotes, as_of=AS_OF, **options)  # type: ignore[arg-type]


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(CurveError, match="place 'XX' is unknown"):
        build_curve("XX", at(("DE-LU Cal-27", 80.0)), as_of=AS_OF)


def test_old_quotes_are_left_out_and_listed() -> None:
    quotes = [
        ForwardQuote.at("DE-LU Cal-27", 80.0),
        ForwardQuote.at("DE-LU Q1-27", 300.0, age_hours=50.0),
    ]
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, age_hours_max=48.0)
    assert np.ptp(curve.price) < 1e-9
    assert curve.fits().row(-1, named=True)["met"] == "stale, left out"


def test_settlements_rounded_to_their_tick_are_no_contradiction() -> None:
    quarters = [("DE-LU Q1-27", 91.11), ("DE-LU Q2-27", 70.37), ("DE-LU Q3-27", 75.92)]
    year = ForwardQuote.at("DE-LU Cal-27", 81.73)
    quotes = [*at(*quarters, ("DE-LU Q4-27", 89.6)), year]
    hours = np.array([quote.product.delivery_seconds for quote in quotes[:4]], np.float64)
    exact = float(hours @ [quote.mid for quote in quotes[:4]] / hours.sum())
    assert 0 < abs(exact - year.mid) < 0.01
    with pytest.raises(CurveError, match="no curve averages"):
        build_curve("DE-LU", quotes, as_of=AS_OF)
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, tick=0.01)
    errors = [abs(curve.average(quote.product) - quote.mid) for quote in quotes]
    # The quarters are met; the year is theirs, which rounds to its price.
    assert max(errors[:4]) <= 1e-10
    assert 1e-4 < errors[4] <= 0.005


def test_where_rounding_is_not_enough_for_one_price_all_move_within_theirs() -> None:
    quarters = at(*((f"DE-LU Q{number}-27", 80.0) for number in (1, 2, 3, 4)))
    quotes = [*quarters, ForwardQuote.at("DE-LU Cal-27", 80.008)]
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, tick=0.01)
    errors = [abs(curve.average(quote.product) - quote.mid) for quote in quotes]
    assert max(errors) <= 0.005 + 1e-9
    assert min(errors[:4]) > 1e-3
    quotes[4] = ForwardQuote.at("DE-LU Cal-27", 80.02)
    with pytest.raises(CurveError, match=r"79\.995 to 80\.005.*±0\.005 on each"):
        build_curve("DE-LU", quotes, as_of=AS_OF, tick=0.01)


def test_a_side_that_nobody_quotes_does_not_bind() -> None:
    offer = ForwardQuote(DeliveryProduct("DE-LU Q1-27"), -math.inf, 70.0)
    quotes = [*at(("DE-LU Cal-27", 80.0)), offer]
    curve = build_curve("DE-LU", quotes, as_of=AS_OF)
    assert curve.average(offer.product) == pytest.approx(70.0, abs=1e-9)
    quotes[1] = ForwardQuote(offer.product, -math.inf, 95.0)
    assert build_curve("DE-LU", quotes, as_of=AS_OF).average(offer.product) == pytest.approx(80.0)


def test_bands_that_touch_are_met_and_those_that_miss_by_a_rounding_are_named() -> None:
    quarters = [
        ForwardQuote(DeliveryProduct(f"DE-LU Q{number}-27"), 80.0, 90.0) for number in (1, 2, 3, 4)
    ]

    def curve(apart: float) -> ForwardCurve:
        year = ForwardQuote(DeliveryProduct("DE-LU Cal-27"), 90.0 + apart, 100.0)
        return build_curve("DE-LU", [year, *quarters], as_of=AS_OF)

    assert np.ptp(curve(0.0).price) < 1e-6
    assert curve(0.0).price.mean() == pytest.approx(90.0, abs=1e-9)
    with pytest.raises(CurveError, match="leave no more room than rounding takes; widen each"):
        curve(1.7e-10)
    with pytest.raises(ContradictionError, match=r"±5e-10 on each") as caught:
        curve(1e-9)
    assert len(caught.value.conflicts[0].quotes) == 5


@pytest.mark.parametrize(
    "names",
    [
        ["GB 2026-12-02 EFA3", "GB Dec-26", "GB Dec-26 Peak", "GB Q1-27"],
        ["GB Win-26", "GB Mar-27 OffPeak", "GB 2026-10-25"],
        ["PJM Cal-27", "PJM Cal-27 Peak", "PJM Jul-27 Peak"],
        ["MID-C Cal-27", "MID-C Mar-27 OffPeak"],
        ["VIC1 Cal-26", "VIC1 Cal-26 Peak"],
        ["NSW1 Cal-27", "NSW1 Q1-27"],
        ["NBP Win-26", "NBP 2027-03-28", "NBP Sum-27"],
        ["HENRY-HUB Mar-27", "HENRY-HUB 2027-03-14", "HENRY-HUB Q1-27"],
    ],
)
def test_every_calendar_averages_back(names: list[str]) -> None:
    quotes = at(*((name, 40.0 + 17.0 * number) for number, name in enumerate(names)))
    curve = build_curve(names[0].split()[0], quotes, as_of=AS_OF)
    assert max(abs(curve.average(quote.product) - quote.mid) for quote in quotes) <= 1e-10


# --- averages, versions, history ----------------------------------------------------------------


def test_averages_of_longer_periods_are_products_of_the_market() -> None:
    curve = build_curve(
        "DE-LU", at(("DE-LU Cal-27", 80.0), ("DE-LU Cal-27 Peak", 100.0)), as_of=AS_OF
    )
    base = averages(curve.grid, curve.price, "quarter")
    assert base["product"].to_list() == [f"DE-LU Q{number}-27 Base" for number in (1, 2, 3, 4)]
    assert float((base["price"] * base["hours"]).sum()) / 8_760 == pytest.approx(80.0, abs=1e-10)
    peak = averages(curve.grid, curve.price, "day", "peak")
    assert peak.height == 261
    assert averages(curve.grid, curve.price, "season").height == 1
    with pytest.raises(CurveError, match="tenor 'decade' is unknown"):
        averages(curve.grid, curve.price, "decade")
    gas = build_curve("TTF", at(("TTF Win-26", 30.0)), as_of=AS_OF)
    assert averages(gas.grid, gas.price, "month").height == 6
    with pytest.raises(CurveError, match="take base"):
        averages(gas.grid, gas.price, "month", "peak")


def test_a_version_names_everything_that_a_curve_was_made_of() -> None:
    quotes = at(("DE-LU Cal-27", 80.0), ("DE-LU Q1-27", 90.0))
    plain = build_curve("DE-LU", quotes, as_of=AS_OF)
    assert plain.version == build_curve("DE-LU", quotes[::-1], as_of=AS_OF).version
    others = [
        build_curve("DE-LU", quotes, as_of=AS_OF - dt.timedelta(1)),
        build_curve("DE-LU", quotes, as_of=AS_OF, step="hour"),
        build_curve("DE-LU", quotes, as_of=AS_OF, tick=0.01),
        build_curve("DE-LU", quotes, as_of=AS_OF, after=dt.date(2029, 1, 1)),
        build_curve("DE-LU", quotes[:1], as_of=AS_OF),
        build_curve("DE-LU", at(("DE-LU Cal-27", 80.1), ("DE-LU Q1-27", 90.0)), as_of=AS_OF),
        build_curve("DE-LU", quotes, as_of=AS_OF, shape=flat_shape(ShapeKind.MULTIPLICATIVE)),
    ]
    assert len({plain.version, *(one.version for one in others)}) == len(others) + 1


def test_a_history_keeps_every_version_and_what_was_known_when(tmp_path: Path) -> None:
    history = CurveHistory(tmp_path / "curves")
    day = dt.timedelta(days=1)
    first, wrong, mended = (
        build_curve("TTF", at(("TTF Cal-27", price)), as_of=as_of)
        for price, as_of in ((30.0, AS_OF), (3.1, AS_OF + day), (31.0, AS_OF + day))
    )
    assert [history.save(*one) for one in ((first, 1), (wrong, 2), (wrong, 3), (mended, 4))] == [
        True, True, False, True,
    ]  # fmt: skip
    again = CurveHistory(tmp_path / "curves")
    assert again.load("TTF", AS_OF + day).price.tolist() == mended.price.tolist()
    assert again.load("TTF", AS_OF + day, known_at_ns=3).version == wrong.version
    assert again.load("TTF", AS_OF + day, version=wrong.version).average("TTF Jan-27") == (
        pytest.approx(3.1)
    )
    assert again.versions("TTF")["version"].to_list() == [
        first.version, wrong.version, mended.version,
    ]  # fmt: skip
    prices = again.prices("TTF Q1-27")
    assert prices["as_of"].to_list() == [AS_OF, AS_OF + day]
    assert prices["price"].to_numpy() == pytest.approx([30.0, 31.0])
    assert again.prices("TTF Q1-29").height == 0
    with pytest.raises(
        CurveError, match="no such curve of TTF as of 2026-11-20; it has 2026-11-25"
    ):
        again.load("TTF", dt.date(2026, 11, 20))
    damaged = tmp_path / "curves" / "TTF" / AS_OF.isoformat() / f"{first.version}.parquet"
    damaged.write_bytes(damaged.read_bytes()[:100])
    with pytest.raises(StoreError, match="put back a copy"):
        again.load("TTF", AS_OF)


def test_a_saved_wrong_version_can_be_made_the_latest_again(tmp_path: Path) -> None:
    history = CurveHistory(tmp_path)
    one, other = (
        build_curve("TTF", at(("TTF Cal-27", price)), as_of=AS_OF) for price in (30.0, 31.0)
    )
    assert [history.save(curve, made) for made, curve in enumerate((one, other, one))] == [True] * 3
    assert history.load("TTF", AS_OF).version == one.version


# --- past prices, recorded data -----------------------------------------------------------------


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


# --- the example --------------------------------------------------------------------------------


def test_the_example_meets_its_quotes_and_says_which_was_too_old(
    capsys: pytest.CaptureFixture[str],
) -> None:
    curve = runpy.run_path(str(EXAMPLE))["example_curve"]()
    fits = curve.fits()
    assert fits["outside"].drop_nulls().to_numpy().max() <= 1e-9
    assert fits["met"].to_list().count("stale, left out") == 1
    assert len(curve.price) > 175_296
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert "DE-LU Cal-31 Base" in capsys.readouterr().out
    assert json.loads(json.dumps(curve.version)) == curve.version
