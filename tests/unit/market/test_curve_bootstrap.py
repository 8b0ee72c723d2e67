"""Curves of power futures, one quote after the other."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import CurveError
from wattbook.market.curves import AverageQuote, Between, bootstrap_curve, nerc_peak_days

AS_OF = dt.date(2020, 4, 27)
MONTHS = [(2020, 5), (2020, 6), (2020, 7)]


def month(year: int, number: int) -> tuple[dt.date, ...]:
    first = dt.date(year, number, 1)
    return nerc_peak_days(first, (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(1))


@given(
    between=st.sampled_from(Between),
    averages=st.lists(st.floats(-50.0, 500.0), min_size=3, max_size=3),
    dailies=st.lists(st.floats(-50.0, 500.0), max_size=12),
)
def test_every_quote_has_its_price(
    between: Between, averages: list[float], dailies: list[float]
) -> None:
    daily = {AS_OF + dt.timedelta(days=place + 1): price for place, price in enumerate(dailies)}
    quotes = [AverageQuote(month(*at), price) for at, price in zip(MONTHS, averages, strict=True)]
    curve = bootstrap_curve(AS_OF, daily, quotes, between=between)
    np.testing.assert_allclose(curve.price(list(daily)), list(daily.values()), atol=1e-9)
    for quote in quotes:
        assert np.mean(curve.price(quote.days)) == pytest.approx(quote.price, abs=1e-8)


def test_an_average_that_has_begun_needs_fixings() -> None:
    april = AverageQuote(month(2020, 4), 20.0)
    with pytest.raises(CurveError, match="2020-04-01 has no fixing"):
        bootstrap_curve(AS_OF, {}, [april])
    past = {day: 19.0 for day in april.days if day <= AS_OF}
    curve = bootstrap_curve(AS_OF, {}, [april], fixings=past)
    left = len(april.days) - len(past)
    assert curve.price([april.days[-1]])[0] == pytest.approx(19.0 + len(april.days) / left)


def test_where_a_day_and_an_average_end_together_one_stays() -> None:
    may = AverageQuote(month(2020, 5), 20.0)
    daily = {may.days[-1]: 30.0}
    assert bootstrap_curve(AS_OF, daily, [may]).prices.tolist() == [30.0]
    assert bootstrap_curve(AS_OF, daily, [may], averages_first=True).prices.tolist() == [20.0]


@pytest.mark.parametrize(
    ("daily", "message"),
    [({}, "no quote ends after"), ({dt.date(2020, 5, 1): float("nan")}, "2020-05-01 is nan")],
)
def test_a_curve_without_prices_is_refused(daily: dict[dt.date, float], message: str) -> None:
    with pytest.raises(CurveError, match=message):
        bootstrap_curve(AS_OF, daily, [])
