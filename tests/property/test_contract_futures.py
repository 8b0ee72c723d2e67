"""A cascade keeps a position's energy in every period, and its money, to the last unit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.contracts import (
    FuturesPosition,
    cascade,
    delivery_table,
    energy_mwh,
    final_settlement,
    fully_cascaded,
)
from wattbook.domain.numbers import Money, Price, Volume
from wattbook.errors import InputError
from wattbook.market.curves import curve_grid

ONE_DAY = dt.timedelta(days=1)
LONG = st.one_of(
    st.tuples(st.just("EEX"), st.sampled_from(["DE-LU", "FR", "ES", "HU"]),
              st.sampled_from(["Cal", "Q1", "Q2", "Q3", "Q4"]), st.sampled_from(["Base", "Peak"])),
    st.tuples(st.just("EEX"), st.just("GB"), st.sampled_from(["Sum", "Win"]), st.just("Base")),
    st.tuples(st.just("ICE"), st.sampled_from(["TTF", "NBP"]),
              st.sampled_from(["Cal", "Sum", "Win", "Q1", "Q4"]), st.just("Base")),
)  # fmt: skip
MILLIONTHS = st.integers(-5_000 * 10**6, 5_000 * 10**6)


def position(made: tuple[str, str, str, str], year: int, mw: int, price: int) -> FuturesPosition:
    _, place, tenor, load = made
    name = f"{place} {tenor}-{year}" + ("" if place in {"TTF", "NBP"} else f" {load}")
    return FuturesPosition.of(name, Decimal(mw) / 10**6, Decimal(price) / 10**6)  # type: ignore[arg-type]


@settings(max_examples=30)
@given(LONG, st.integers(26, 29), MILLIONTHS.filter(bool), MILLIONTHS)
def test_months_deliver_what_the_long_contract_would(
    made: tuple[str, str, str, str], year: int, mw: int, price: int
) -> None:
    whole = position(made, year, mw, price)
    months = fully_cascaded(whole, made[0])
    assert {one.product.tenor for one in months} == {"month"}
    assert energy_mwh(months) == energy_mwh([whole])
    assert sum((one.value for one in months), Money.from_units(0)) == whole.value
    as_whole, as_months = delivery_table([whole]), delivery_table(months)
    assert as_whole.equals(as_months)
    assert set(as_months["volume_mw"]) == {Decimal(mw) / 10**6}
    hours = (as_months["delivery_end"] - as_months["delivery_start"]).dt.total_seconds().sum()
    assert Fraction(hours) == Fraction(whole.product.delivery_seconds)
    # A long and a short one leave nothing to deliver.
    short = FuturesPosition(whole.product, Volume.from_millionths(-mw), whole.price)
    assert energy_mwh([*months, short]) == 0
    assert set(delivery_table([*months, short])["volume_mw"]) == {Decimal(0)}


@settings(max_examples=30)
@given(LONG, st.integers(26, 29), MILLIONTHS.filter(bool), MILLIONTHS, st.randoms())
def test_a_cascade_books_exact_money(
    made: tuple[str, str, str, str], year: int, mw: int, price: int, chance: object
) -> None:
    whole = position(made, year, mw, price)
    legs = whole.product.cascade(made[0])
    draw = getattr(chance, "randint")  # noqa: B009 - hypothesis hands out a plain Random
    prices = {str(leg): Price.from_millionths(draw(-(10**9), 10**9)) for leg in legs}
    final = Price("61.37")
    moved = cascade(whole, made[0], final, prices)
    entered = sum((one.position.value for one in moved), Money.from_units(0))
    assert entered == Money.of_delivery(final, whole.volume, whole.product.delivery_seconds)
    marked = sum(
        (Money.of_delivery(prices[str(leg)], whole.volume, leg.delivery_seconds) for leg in legs),
        Money.from_units(0),
    )
    assert sum((one.pnl for one in moved), Money.from_units(0)) == marked - entered


@pytest.mark.parametrize(("month", "hours"), [("Mar-27", 743), ("Oct-27", 745), ("Feb-28", 696)])
def test_a_month_settles_on_the_average_of_its_hours(month: str, hours: int) -> None:
    future = FuturesPosition.of(f"DE-LU {month} Base", "-3.5", "80")
    begin = dt.datetime.fromtimestamp(future.product.delivery_start / 1e9, dt.UTC) + ONE_DAY / 2
    first = begin.date().replace(day=1)
    after = (first + 32 * ONE_DAY).replace(day=1)
    grid = curve_grid("DE-LU", first, after, "quarter_hour")
    spot = np.round(np.random.default_rng(3).normal(70, 40, len(grid)), 2)
    price, money = final_settlement(future, grid, spot)
    exact = Fraction(0)
    for one, seconds in zip(spot.tolist(), (grid.hours * 3_600).tolist(), strict=True):
        exact += Fraction(str(one)) * Fraction(round(seconds))
    mean = exact / (hours * 3_600)
    assert Fraction(price.millionths, 10**6) == Fraction(round(mean * 100), 100)
    due = (mean - 80) * Fraction(-7, 2) * hours
    assert Fraction(money.units, 3_600 * 10**12) == due


def test_what_a_position_becomes_needs_every_price_and_a_known_exchange() -> None:
    year = FuturesPosition.of("DE-LU Cal-27 Base", 1, 80)
    with pytest.raises(InputError, match="becomes DE-LU Jan-27 Base, which has no sett"):
        cascade(year, "EEX", Price(80), {})
    with pytest.raises(InputError, match="exchange 'CME' is unknown; use one of EEX, ICE"):
        fully_cascaded(year, "CME")
    month = FuturesPosition.of("DE-LU Jan-27 Base", 1, 80)
    assert fully_cascaded(month, "EEX") == (month,)
    with pytest.raises(InputError, match="no cascade for DE-LU Jan-27"):
        cascade(month, "EEX", Price(80), {})
    other = FuturesPosition.of("FR Jan-27 Base", 1, 80)
    with pytest.raises(InputError, match="deliver at DE-LU, FR; make a table for each"):
        delivery_table([month, other])
    january = curve_grid("DE-LU", dt.date(2027, 1, 1), dt.date(2027, 1, 31), "hour")
    with pytest.raises(InputError, match="leaves the curve, which has the delivery days"):
        final_settlement(month, january, np.zeros(len(january)))
    with pytest.raises(InputError, match="720 spot prices of DE-LU for FR Jan-27 Base"):
        final_settlement(other, january, np.zeros(len(january)))


def test_a_peak_delivers_in_peak_hours_alone() -> None:
    peak = delivery_table([FuturesPosition.of("DE-LU Mar-27 Peak", 2, 95)])
    local = peak["delivery_start"].dt.convert_time_zone("Europe/Berlin")
    assert peak.height == 23 * 12
    assert set(local.dt.hour()) == set(range(8, 20))
    assert peak["energy_mwh"].sum() == pytest.approx(23 * 12 * 2)
    assert isinstance(peak["volume_mw"].dtype, pl.Decimal)
