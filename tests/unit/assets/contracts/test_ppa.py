"""What a PPA pays in each period, by hand: price, volume, clauses, bounds, differences."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

from wattbook.assets.contracts import (
    AvailabilityGuarantee,
    Baseload,
    Collar,
    EscalatingPrice,
    FixedPrice,
    IndexedPrice,
    MarketPrice,
    NegativePriceClause,
    PayAsProduced,
    Ppa,
    Shaped,
    YearBounds,
    fair_level,
    lines,
    settle_ppa,
    value_ppa,
)
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid, curve_grid

START = dt.date(2027, 1, 1)


def days(first: dt.date, count: int = 1, step: str = "hour", place: str = "DE-LU") -> CurveGrid:
    return curve_grid(place, first, first + dt.timedelta(days=count), step)


def agreement(price: Any = None, volume: Any = None, **terms: Any) -> Ppa:
    return Ppa("test", START, price or FixedPrice(50.0), volume or PayAsProduced(), **terms)


@pytest.mark.parametrize(
    ("first", "hours"),
    [(dt.date(2027, 3, 28), 23), (dt.date(2027, 5, 1), 24), (dt.date(2027, 10, 31), 25)],
)
@pytest.mark.parametrize(("step", "in_hour"), [("hour", 1), ("quarter_hour", 4)])
def test_a_baseload_day_has_as_many_hours_as_its_clock(
    first: dt.date, hours: int, step: str, in_hour: int
) -> None:
    grid = days(first, step=step)
    found = settle_ppa(
        agreement(volume=Baseload(2.0)), grid, np.full(len(grid), 70.0), np.zeros(len(grid))
    )
    assert len(grid) == hours * in_hour
    assert found.amount == Decimal(hours * 2 * 50)
    assert found.table["volume_mwh"].sum() == pytest.approx(2.0 * hours, abs=1e-12)


def test_pay_as_produced_takes_a_share_up_to_its_cap_and_no_consumption() -> None:
    grid = days(dt.date(2027, 5, 1))
    production = np.zeros(24)
    production[:3] = (10.0, 4.0, -0.5)
    found = lines(agreement(volume=PayAsProduced(0.8, cap_mw=5.0)), grid, np.zeros(24), production)
    assert found.volume[:3].tolist() == pytest.approx([5.0, 3.2, 0.0])
    assert found.payment[:3].tolist() == pytest.approx([250.0, 160.0, 0.0])


def test_a_shaped_profile_follows_the_clock_over_its_changes() -> None:
    profile = tuple(tuple(float(hour) for hour in range(24)) for _ in range(12))
    for first, missing in ((dt.date(2027, 3, 28), -2.0), (dt.date(2027, 10, 31), 2.0)):
        grid = days(first)
        found = lines(
            agreement(volume=Shaped(profile)), grid, np.zeros(len(grid)), np.zeros(len(grid))
        )
        assert found.volume.sum() == pytest.approx(276.0 + missing)
    months = Shaped(tuple((float(month),) for month in range(1, 13)))
    grid = days(dt.date(2027, 2, 28), 2)
    found = lines(agreement(volume=months), grid, np.zeros(48), np.zeros(48))
    assert found.volume.tolist() == [2.0] * 24 + [3.0] * 24


def test_an_escalating_price_steps_on_the_anniversary() -> None:
    ppa = Ppa("wind", dt.date(2026, 7, 1), EscalatingPrice(50.0, 0.02, dt.date(2026, 7, 1)),
              Baseload(1.0))  # fmt: skip
    grid = days(dt.date(2028, 6, 30), 2)
    found = lines(ppa, grid, np.zeros(48), np.zeros(48))
    assert found.price[[0, 24]].tolist() == pytest.approx([51.0, 52.02])


def test_an_indexed_price_needs_the_index_of_its_month() -> None:
    price = IndexedPrice(40.0, 100.0, ((dt.date(2027, 5, 1), 125.0),), share=0.4)
    grid = days(dt.date(2027, 5, 31))
    assert lines(agreement(price), grid, np.zeros(24), np.zeros(24)).price[0] == 44.0
    later = days(dt.date(2027, 6, 1))
    with pytest.raises(InputError, match="no value for 2027-06; add it"):
        lines(agreement(price), later, np.zeros(24), np.zeros(24))


def test_a_collar_bounds_each_period_or_the_average_of_the_month() -> None:
    grid = days(dt.date(2027, 5, 1))
    spot = np.array([10.0, 50.0, 90.0] + [40.0] * 21)
    production = np.array([1.0, 1.0, 2.0] + [0.0] * 21)
    each = agreement(MarketPrice(fee=1.0), collar=Collar(30.0, 60.0))
    assert lines(each, grid, spot, production).payment[:3].tolist() == [30.0, 49.0, 120.0]
    # The mean of 9, 49 and twice 89 is 59: within. Less 5 for the cap of 54, in every period.
    over = agreement(MarketPrice(fee=1.0), collar=Collar(30.0, 54.0, "month"))
    assert lines(over, grid, spot, production).payment[:3].tolist() == [4.0, 44.0, 168.0]
    # Nothing is produced: no average, and no payment.
    assert lines(over, grid, spot, np.zeros(24)).payment.tolist() == [0.0] * 24


def test_a_difference_is_paid_against_its_reference() -> None:
    grid = days(dt.date(2027, 5, 1))
    spot = np.array([30.0] * 12 + [70.0] * 12)
    production = np.array([3.0] * 12 + [1.0] * 12)
    paid = {
        reference: lines(
            agreement(settlement="difference", reference=reference), grid, spot, production
        ).payment.sum()
        for reference in ("period", "month_base", "month_capture")
    }
    # 36 MWh get 20, 12 MWh cost 20; the base is 50, so nothing; 48 MWh get 10 above capture.
    assert paid == {"period": 480.0, "month_base": 0.0, "month_capture": 480.0}
    value = value_ppa(agreement(settlement="difference"), grid, spot, production)
    physical = value_ppa(agreement(), grid, spot, production)
    assert value.buyer_value == physical.buyer_value == -480.0


@pytest.mark.parametrize(
    ("hours", "counts", "unpaid"),
    [
        (3.0, "whole", [2, 3, 4]),
        (3.0, "after", []),
        (2.0, "after", [4]),
        (1.0, "whole", [0, 2, 3, 4]),
        (0.0, "whole", [0, 2, 3, 4]),
        (3.25, "whole", []),
    ],
)
def test_a_spell_of_negative_prices_ends_payment(
    hours: float, counts: Any, unpaid: list[int]
) -> None:
    price = [-1.0, 0.0, -5.0, -0.01, -3.0, 20.0]
    for step, times in (("hour", 1), ("quarter_hour", 4)):
        grid = days(dt.date(2027, 5, 1), step=step)
        spot = np.repeat(np.array(price + [40.0] * 18), times)
        clause = NegativePriceClause(hours, counts)
        suspended = clause.suspended(grid, spot)
        assert np.flatnonzero(suspended.reshape(24, times)[:, 0]).tolist() == unpaid
        assert suspended.sum() == len(unpaid) * times
        both = clause.suspended(grid, np.stack([spot, np.full(24 * times, -1.0)]))
        assert both[0].tolist() == suspended.tolist()
        found = lines(agreement(negative_prices=clause), grid, spot, np.ones(24 * times))
        assert (found.payment == 0.0).tolist() == suspended.tolist()


def test_hours_count_by_the_mean_of_their_quarter_hours_where_the_contract_says_so() -> None:
    grid = days(dt.date(2027, 5, 1), step="quarter_hour")
    spot = np.full(96, 10.0)
    spot[8:12] = (-9.0, 2.0, 2.0, 2.0)
    by_hour = NegativePriceClause(1, by_hour=True).suspended(grid, spot)
    assert np.flatnonzero(by_hour).tolist() == [8, 9, 10, 11]
    assert not NegativePriceClause(1).suspended(grid, spot).any()


def test_volume_above_the_year_is_paid_at_spot_and_what_is_short_is_bought() -> None:
    grid = curve_grid("DE-LU", START, dt.date(2028, 1, 1), "hour")
    count = len(grid)
    production, spot = np.full(count, 2.0), np.full(count, 65.0)
    above = agreement(bounds=YearBounds(most_mwh=17_519.0, excess_share=0.9))
    found = lines(above, grid, spot, production)
    assert found.excess[-2:].tolist() == [0.0, 1.0]
    assert found.payment.sum() == pytest.approx(17_519 * 50.0 + 1.0 * 58.5)
    short = agreement(bounds=YearBounds(least_mwh=17_620.0))
    # A hundred MWh short, each 15 dearer in the market.
    assert lines(short, grid, spot, production).payment.sum() == pytest.approx(876_000 - 1_500)
    fixed = agreement(bounds=YearBounds(least_mwh=17_620.0, shortfall_price=7.0))
    settled = settle_ppa(fixed, grid, spot, production)
    assert settled.amount == Decimal("875300.00")
    assert settled.table["shortfall_amount"].sum() == 700
    # A guarantee is due when its year is over.
    months = curve_grid("DE-LU", START, dt.date(2027, 12, 1), "hour")
    part = settle_ppa(fixed, months, spot[: len(months)], production[: len(months)])
    assert part.table["shortfall_amount"].sum() == 0


def test_bounds_count_from_the_start_of_a_contract_year() -> None:
    grid = days(dt.date(2027, 5, 1))
    with pytest.raises(InputError, match="start on 2027-01-01, from which the year counts"):
        lines(agreement(bounds=YearBounds(5.0)), grid, np.zeros(24), np.zeros(24))


def test_an_invoice_is_the_rounded_sum_of_exact_rows() -> None:
    grid = days(dt.date(2027, 1, 31), 2)
    production = np.full(48, 0.000_1)
    found = settle_ppa(agreement(FixedPrice(33.333_333)), grid, np.zeros(48), production)
    exact = Decimal("33.333333") * Decimal("0.0001")
    assert found.table["amount_exact"].to_list() == [exact] * 48
    invoices = found.invoices()
    assert invoices["amount"].to_list() == [Decimal("0.08")] * 2
    assert invoices["hours"].to_list() == [24.0, 24.0]
    assert found.amount == Decimal("0.16")


def test_the_fair_price_of_a_fixed_one_is_the_capture_price_of_its_volume() -> None:
    grid = days(dt.date(2027, 5, 1), 31)
    chance = np.random.default_rng(4)
    spot, production = chance.normal(60, 30, len(grid)), chance.uniform(0, 5, len(grid))
    value = value_ppa(agreement(), grid, spot, production)
    assert value.fair_level == pytest.approx(value.volume_capture.capture_price, abs=1e-9)
    at_fair = value_ppa(agreement(FixedPrice(value.fair_level)), grid, spot, production)
    assert at_fair.buyer_value == pytest.approx(0.0, abs=1e-6)
    assert value.buyer_value == pytest.approx(float(((spot - 50.0) * production).sum()))
    assert value.months["buyer_value"].sum() == pytest.approx(value.buyer_value)


def test_a_collar_is_seen_through_and_one_that_binds_everywhere_has_no_fair_price() -> None:
    grid = days(dt.date(2027, 5, 1))
    spot = np.array([20.0] * 11 + [50.0] * 2 + [80.0] * 11)
    ppa = agreement(MarketPrice(), collar=Collar(30.0, 70.0))
    level = fair_level(ppa, grid, spot, np.ones(24))
    # What the floor gives in eleven hours the cap takes in eleven; the rest is paid at spot.
    assert level == pytest.approx(0.0, abs=1e-9)
    tight = agreement(MarketPrice(), collar=Collar(30.0, 30.0))
    with pytest.raises(InputError, match="no price makes it worth nothing"):
        fair_level(tight, grid, spot, np.ones(24))
    assert np.isnan(value_ppa(tight, grid, spot, np.ones(24)).fair_level)


def test_a_gap_is_named_and_not_filled() -> None:
    grid = days(dt.date(2027, 10, 31))
    spot = np.zeros(25)
    spot[3] = np.nan
    with pytest.raises(InputError, match=r"1 periods, the first at 2027-10-31T02:00:00\+01:00"):
        settle_ppa(agreement(), grid, spot, np.zeros(25))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PayAsProduced(1.2), "share of production is 1.2; give above 0 to 1"),
        (lambda: PayAsProduced(cap_mw=0.0), "cap_mw is 0.0 MW"),
        (lambda: Baseload(-1.0), "power_mw is -1.0 MW"),
        (lambda: Shaped(((1.0,),) * 11), "has 11 months of"),
        (lambda: Shaped(((1.0, 2.0),) * 12), "12 months of 1 or of 24"),
        (lambda: Shaped(((float("nan"),),) * 12), "a power below 0 or none"),
        (lambda: Collar(60.0, 50.0), "floor of 60.0 above its cap of 50.0"),
        (lambda: YearBounds(10.0, 5.0), "guarantees 10.0 MWh and takes up to 5.0"),
        (lambda: EscalatingPrice(1.0, -1.0, START), "rate -1.0"),
        (lambda: IndexedPrice(1.0, 0.0, ()), "index base 0.0"),
        (lambda: IndexedPrice(1.0, 1.0, (), 2.0), "index share 2.0"),
        (lambda: NegativePriceClause(-1.0), "hours is -1.0"),
        (lambda: agreement(settlement="paper"), "use physical or difference"),
        (lambda: agreement(reference="month_base"), "needs settlement difference"),
        (lambda: agreement(reference="year", settlement="difference"), "use one of period"),
    ],
)
def test_bad_terms_name_what_to_mend(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_periods_before_the_contract_and_columns_of_another_length_are_refused() -> None:
    grid = days(dt.date(2026, 12, 31))
    with pytest.raises(InputError, match="starts on 2027-01-01, the delivery periods on 2026-12"):
        lines(agreement(), grid, np.zeros(24), np.zeros(24))
    with pytest.raises(InputError, match=r"production has shape \(23,\), but DE-LU has 24 periods"):
        lines(agreement(), days(START), np.zeros(24), np.zeros(23))
    with pytest.raises(InputError, match="settle one outcome"):
        settle_ppa(agreement(), days(START), np.zeros((2, 24)), np.zeros(24))


def test_a_year_short_of_its_availability_costs_what_the_rest_costs_to_buy() -> None:
    year = curve_grid("DE-LU", dt.date(2027, 1, 1), dt.date(2028, 1, 1), "day")
    made, lost = np.full(365, 24.0), np.zeros(365)
    made[100:120], lost[100:120] = 0.0, 24.0
    spot = np.full(365, 80.0)
    terms = Ppa(
        "park", dt.date(2027, 1, 1), FixedPrice(60.0), PayAsProduced(0.5),
        availability=AvailabilityGuarantee(0.97),
    )  # fmt: skip
    found = settle_ppa(terms, year, spot, made, lost)
    # Half of 345 days of 24 MWh came, of 365; 97 % of these are 354.05.
    damages = (0.97 * 365 - 345) * 12 * (80 - 60)
    due = found.table["availability_damages"].cast(pl.Float64)
    assert due.sum() == pytest.approx(damages)
    assert due[-1] == pytest.approx(damages)
    assert float(found.amount) == pytest.approx(345 * 12 * 60 - damages)
    # Enough was there, or the rest is cheaper than the contract, or the price is agreed.
    for availability, expected in (
        (AvailabilityGuarantee(0.94), 0.0),
        (AvailabilityGuarantee(0.97, price=5.0), (0.97 * 365 - 345) * 12 * 5),
        # Days 100 to 119 are 11 to 30 April: ten days of it came.
        (AvailabilityGuarantee(0.97, over="month"), (0.97 * 30 - 10) * 12 * 20),
    ):
        again = settle_ppa(replace(terms, availability=availability), year, spot, made, lost)
        owed = again.table["availability_damages"].cast(pl.Float64)
        assert owed.sum() == pytest.approx(expected), availability
        if availability.over == "month":
            assert np.flatnonzero(owed.to_numpy()).tolist() == [119]
    cheap = settle_ppa(terms, year, np.full(365, 50.0), made, lost)
    assert cheap.table["availability_damages"].sum() == 0


def test_availability_is_counted_over_whole_years_and_months_only() -> None:
    terms = Ppa(
        "park", dt.date(2027, 1, 1), FixedPrice(60.0), PayAsProduced(),
        availability=AvailabilityGuarantee(1.0, over="month"),
    )  # fmt: skip
    part = curve_grid("DE-LU", dt.date(2027, 1, 1), dt.date(2027, 2, 15), "day")
    made = np.full(len(part), 24.0)
    owed = settle_ppa(terms, part, made + 60.0, made, made).table["availability_damages"]
    assert np.flatnonzero(owed.cast(pl.Float64).to_numpy()).tolist() == [30]
    middle = curve_grid("DE-LU", dt.date(2027, 1, 15), dt.date(2027, 3, 1), "day")
    made = np.full(len(middle), 24.0)
    with pytest.raises(InputError, match=r"by month, .* start on the first of the month"):
        settle_ppa(terms, middle, made, made, made)
    by_year = replace(terms, availability=AvailabilityGuarantee(1.0))
    with pytest.raises(InputError, match="counts by contract year"):
        settle_ppa(by_year, middle, made, made, made)


def test_a_guarantee_that_cannot_be_counted_is_refused() -> None:
    day = curve_grid("DE-LU", dt.date(2027, 1, 1), dt.date(2027, 1, 2), "day")
    one = np.ones(1)
    terms = Ppa(
        "park", dt.date(2027, 1, 1), FixedPrice(60.0), PayAsProduced(),
        availability=AvailabilityGuarantee(0.97),
    )  # fmt: skip
    with pytest.raises(InputError, match="give what outages lost in each period"):
        settle_ppa(terms, day, one, one)
    with pytest.raises(InputError, match="lost energy is below 0"):
        settle_ppa(terms, day, one, one, -one)
    with pytest.raises(InputError, match="guaranteed of what a plant produces"):
        replace(terms, volume=Baseload(1.0))
    for share, over, price in ((0.0, "year", None), (0.9, "week", None), (0.9, "year", -1.0)):
        with pytest.raises(InputError, match="PPA"):
            AvailabilityGuarantee(share, over, price)  # type: ignore[arg-type]
