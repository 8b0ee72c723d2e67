"""Forward curves: calendars, smoothness, extrapolation, versions and their history."""

from __future__ import annotations

import datetime as dt
import json
import runpy
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from wattbook.domain.calendars import PLACES, DeliveryProduct, load_periods
from wattbook.errors import CurveError, StoreError
from wattbook.market.curves import (
    BASES,
    CurveHistory,
    ForwardQuote,
    ShapeKind,
    averages,
    build_curve,
    curve_grid,
    fit_shape,
    flat_shape,
)
from wattbook.market.curves.daytypes import public_holidays
from wattbook.market.curves.smooth import OFFSET_VARIANCE, YEAR_DAYS, kernel_times

AS_OF = dt.date(2026, 11, 25)
EXAMPLE = Path(__file__).parents[3] / "examples" / "forward_curve.py"


def at(*named: tuple[str, float]) -> list[ForwardQuote]:
    return [ForwardQuote.at(name, price) for name, price in named]


# --- the grid ------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(("first", "after"), [(1999, 2001), (2099, 2101), (2027, 2301)])
def test_a_curve_of_another_century_is_refused_at_once(first: int, after: int) -> None:
    # Names of products would mean other years there, and nanoseconds end in 2262.
    with pytest.raises(CurveError, match="within 2000-01-01 to 2099-12-31"):
        curve_grid("DE-LU", dt.date(first, 1, 1), dt.date(after, 1, 1), "quarter_hour")
    assert len(curve_grid("DE-LU", dt.date(2099, 12, 31), dt.date(2100, 1, 1), "hour")) == 24


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


# --- smoothness ----------------------------------------------------------------------------------


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


# --- extrapolation -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "price"),
    [
        ("DE-LU 2027-02-06 OffPeak", 60.0),  # a Saturday, all of it off-peak
        ("DE-LU 2027-02-05 OffPeak", 60.0),
        ("DE-LU 2027-02-05 Peak", 300.0),
    ],
)
def test_one_day_tells_no_spread_of_peak_over_off_peak(name: str, price: float) -> None:
    quotes = at(("DE-LU Q1-27", 90.0), ("DE-LU Q2-27", 80.0), (name, price))
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, step="hour")
    assert curve.average(name) == pytest.approx(price)
    base, peak = (curve.average(f"DE-LU Apr-27 {load}") for load in ("Base", "Peak"))
    assert abs(peak - base) < 0.1


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


# --- averages, versions, history -----------------------------------------------------------------


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


def test_a_weekend_has_off_peak_averages_and_no_peak_ones() -> None:
    grid = curve_grid("DE-LU", dt.date(2026, 10, 24), dt.date(2026, 10, 26), "hour")
    price = np.arange(len(grid), dtype=np.float64)
    found = averages(grid, price, "day", "off_peak")
    assert found["hours"].to_list() == [24.0, 25.0]
    assert found["price"].to_list() == [11.5, 36.0]
    with pytest.raises(CurveError, match="DE-LU has no day Peak from 2026-10-24 on; take base"):
        averages(grid, price, "day", "peak")


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


def test_what_was_saved_keeps_the_ages_that_its_quotes_had(tmp_path: Path) -> None:
    history = CurveHistory(tmp_path)
    product = DeliveryProduct("TTF Cal-27")
    for made, (price, age) in enumerate(((30.0, 1.0), (31.0, 1.0), (30.0, 50.0))):
        quotes = [ForwardQuote.at(product, price, age)]
        history.save(build_curve("TTF", quotes, as_of=AS_OF), made)
    first = history.load("TTF", AS_OF, known_at_ns=0)
    assert first.fits["age_hours"].to_list() == [1.0]


def test_a_day_whose_curve_has_too_long_periods_does_not_hide_the_others(tmp_path: Path) -> None:
    history = CurveHistory(tmp_path)
    quotes = at(("DE-LU Cal-27", 80.0))
    for step, as_of in (("hour", AS_OF), ("day", AS_OF + dt.timedelta(1))):
        history.save(build_curve("DE-LU", quotes, as_of=as_of, step=step), 1)
    assert history.prices("DE-LU Q1-27 Peak")["as_of"].to_list() == [AS_OF]
    assert history.prices("DE-LU Q1-27")["as_of"].len() == 2


# --- the example ---------------------------------------------------------------------------------


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
