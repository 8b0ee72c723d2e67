"""Discount curves and exchange rates: no value for free, and no value from an old curve."""

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError, StaleCurveError
from wattbook.pricing import (
    Deposit,
    DiscountCurve,
    ForeignExchange,
    InterestSwap,
    RateFuture,
    bootstrap_discount_curve,
)

MADE = dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC)
RATES = st.lists(st.floats(-0.02, 0.2), min_size=3, max_size=3)


def curve(currency: str, rates: list[float]) -> DiscountCurve:
    return DiscountCurve(currency, MADE, [0.25, 1.0, 3.0], rates)


@given(rates=RATES, years=st.floats(0.0, 3.0))
def test_a_curve_gives_back_its_quotes_and_its_rate_its_factor(
    rates: list[float], years: float
) -> None:
    found = curve("EUR", rates)
    np.testing.assert_allclose(found.rate([0.25, 1.0, 3.0], at=MADE), rates, atol=1e-12)
    factor = found.factor(years, at=MADE)
    assert float(factor) == pytest.approx(float(np.exp(-years * found.rate(years, at=MADE))))
    assert found.factor(0.0, at=MADE) == 1.0


@given(home=RATES, abroad=RATES, spot=st.floats(0.1, 10.0), years=st.floats(0.0, 3.0))
def test_money_lent_abroad_and_sold_forward_earns_the_rate_at_home(
    home: list[float], abroad: list[float], spot: float, years: float
) -> None:
    domestic, foreign = curve("EUR", home), curve("USD", abroad)
    exchange = ForeignExchange(spot, MADE, domestic=domestic, foreign=foreign)
    grown = 1.0 / spot / foreign.factor(years, at=MADE)
    assert float(grown * exchange.forward(years, at=MADE)) == pytest.approx(
        1.0 / float(domestic.factor(years, at=MADE)), rel=1e-12
    )
    assert float(exchange.converted(2.0, at=MADE)) == 2.0 * spot


@pytest.mark.parametrize("after", [dt.timedelta(seconds=-1), dt.timedelta(days=1, seconds=1)])
def test_what_is_too_old_or_not_made_yet_is_refused(after: dt.timedelta) -> None:
    euro, dollar = curve("EUR", [0.02] * 3), curve("USD", [0.04] * 3)
    exchange = ForeignExchange(0.9, MADE, domestic=euro, foreign=dollar)
    for ask in (euro.factor, euro.rate, exchange.forward, exchange.converted):
        with pytest.raises(StaleCurveError, match="give a newer one") as refused:
            ask(1.0, at=MADE + after)
        assert refused.value.made == MADE
    assert euro.factor(1.0, at=MADE + dt.timedelta(days=1)) > 0.0


@pytest.mark.parametrize(
    ("years", "rates", "message"),
    [
        ([1.0, 1.0], [0.0, 0.0], "row 1"),
        ([0.0, 1.0], [0.0, 0.0], "row 0"),
        ([1.0, 2.0], [0.0, float("nan")], "row 1"),
        ([1.0], [0.0, 0.0], "as many rates"),
        ([], [], "at least one"),
    ],
)
def test_a_curve_without_sense_is_refused(
    years: list[float], rates: list[float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        DiscountCurve("EUR", MADE, years, rates)


def test_a_time_beyond_the_curve_is_refused_by_row() -> None:
    for years in ([1.0, 3.1], [1.0, -0.1], [1.0, float("nan")]):
        with pytest.raises(InputError, match="row 1"):
            curve("EUR", [0.02] * 3).factor(years, at=MADE)


def test_an_instant_without_a_zone_and_a_rate_of_nothing_are_refused() -> None:
    euro = curve("EUR", [0.02] * 3)
    with pytest.raises(InputError, match="time zone"):
        DiscountCurve("EUR", MADE.replace(tzinfo=None), [1.0], [0.02])
    with pytest.raises(InputError, match="time zone"):
        euro.factor(1.0, at=MADE.replace(tzinfo=None))
    with pytest.raises(InputError, match="above 0"):
        ForeignExchange(0.0, MADE, domestic=euro, foreign=curve("USD", [0.02] * 3))
    with pytest.raises(InputError, match="two currencies"):
        ForeignExchange(0.9, MADE, domestic=euro, foreign=euro)
    with pytest.raises(InputError, match="'euro' is no currency"):
        curve("euro", [0.02] * 3)


def test_a_rate_at_no_time_is_the_first_and_below_0_it_is_refused() -> None:
    euro = curve("EUR", [0.02, 0.03, 0.04])
    assert euro.rate(0.0, at=MADE) == 0.02
    assert euro.rate([0.0, 1e-9, 0.25, 1.0], at=MADE).tolist() == pytest.approx(
        [0.02, 0.02, 0.02, 0.03], rel=1e-15
    )
    for wrong in (-5.0, -1e-12, math.nan, "soon"):
        with pytest.raises(InputError, match="years"):
            euro.rate(wrong, at=MADE)


@pytest.mark.parametrize("present", [math.nan, math.inf, 1.7e308, "much"])
def test_what_is_no_number_is_not_converted(present: object) -> None:
    euro, dollar = curve("EUR", [0.02] * 3), curve("USD", [0.04] * 3)
    exchange = ForeignExchange(90.0, MADE, domestic=euro, foreign=dollar)
    with pytest.raises(InputError, match="present"):
        exchange.converted(present, at=MADE)  # type: ignore[arg-type]


LEVELS = st.lists(st.floats(-0.02, 0.15), min_size=6, max_size=6)


@given(levels=LEVELS, per_year=st.sampled_from([1, 2, 4]))
def test_a_bootstrapped_curve_gives_back_every_quote(levels: list[float], per_year: int) -> None:
    deposit, near, later, two, five, ten = levels
    quotes: list[Deposit | RateFuture | InterestSwap] = [
        Deposit(0.25, deposit),
        RateFuture(0.2, 0.5, 100.0 - 100.0 * near, 0.0001),
        RateFuture(0.5, 0.75, 100.0 - 100.0 * later),
        InterestSwap(2.0, two, per_year),
        InterestSwap(5.0, two + 0.2 * five, per_year),
        InterestSwap(10.3, two + 0.2 * ten, per_year),
    ]
    found = bootstrap_discount_curve("EUR", MADE, quotes)
    factor = found.factor(0.25, at=MADE)
    assert float(1.0 / factor - 1.0) / 0.25 == pytest.approx(deposit, abs=1e-12)
    for future, rate in ((quotes[1], near - 0.0001), (quotes[2], later)):
        assert isinstance(future, RateFuture)
        begin, end = found.factor([future.start, future.end], at=MADE)
        assert (begin / end - 1.0) / (future.end - future.start) == pytest.approx(rate, abs=1e-12)
    for swap in quotes[3:]:
        assert isinstance(swap, InterestSwap)
        times = np.arange(swap.years, 1e-9, -1.0 / per_year)[::-1]
        factors = found.factor(times, at=MADE)
        annuity = float(np.diff(times, prepend=0.0) @ factors)
        assert (1.0 - factors[-1]) / annuity == pytest.approx(swap.rate, abs=1e-10)


@pytest.mark.parametrize(
    ("quotes", "words"),
    [
        ([], "no quote"),
        ([Deposit(0.5, 0.02), Deposit(0.5, 0.02)], "row 1: .* ends no later than 0.5"),
        ([Deposit(0.25, np.nan)], "row 0: .* give a number for each field"),
        ([Deposit(0.25, 0.02), RateFuture(0.3, 0.5, 98.0)], "covers the gap"),
        ([Deposit(0.25, 0.02), RateFuture(0.5, 0.4, 98.0)], "before its end"),
        ([Deposit(1.0, -1.5)], "pays back nothing"),
        ([InterestSwap(2.0, 0.02, 0)], "at least 1"),
        ([Deposit(1.0, 0.02), InterestSwap(2.0, 30.0)], "no rate between"),
    ],
)
def test_quotes_that_make_no_curve_are_named(
    quotes: list[Deposit | RateFuture | InterestSwap], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        bootstrap_discount_curve("EUR", MADE, quotes)
