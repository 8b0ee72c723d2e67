"""Options of structured trades: values, volatilities, decisions at expiry."""

from __future__ import annotations

import datetime as dt
import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.portfolio.structured_deals import (
    DAY,
    EUR,
    NO_DEALS,
    call,
    prices,
    table,
    worth_of,
)

from wattbook.errors import CurveError, InputError
from wattbook.portfolio.book import (
    EXERCISED,
    CloseInputs,
    StructuredInputs,
    close_book,
    decisions,
    structured_values,
)
from wattbook.portfolio.book.structured import index_positions
from wattbook.pricing import Model, average_price, european, spread


def test_a_plain_option_is_worth_what_black_says() -> None:
    flows = table(call(30.0))
    value = worth_of(flows, prices(("TTF", dt.date(2027, 4, 1), 32.0)))
    years = (dt.date(2027, 4, 1) - DAY).days / 365
    known = european(
        Model.BLACK, "call", forward=32.0, strike=30.0, time=years, volatility=0.5
    ).price
    assert math.isclose(value, 100.0 * float(known), rel_tol=1e-12)


def test_a_normal_volatility_prices_what_is_below_zero() -> None:
    below = prices(("TTF", dt.date(2027, 4, 1), -2.0, "EUR", "megawatt_hour", None, 12.0))
    flows = table(call(-1.0))
    years = (dt.date(2027, 4, 1) - DAY).days / 365
    known = european(
        Model.BACHELIER, "call", forward=-2.0, strike=-1.0, time=years, volatility=12.0
    ).price
    assert math.isclose(worth_of(flows, below, DAY), 100.0 * float(known))
    with pytest.raises(CurveError, match=r"deal S-1 .*no lognormal price.*normal_volatility"):
        worth_of(flows, prices(("TTF", dt.date(2027, 4, 1), -2.0)))


def test_an_option_on_a_mean_is_worth_what_its_fixings_say() -> None:
    april = dt.date(2027, 4, 1)
    flows = table(call(30.0, averages=True, expiry=dt.date(2027, 4, 30)))
    there = prices(("TTF", april, 32.0))
    days = [april + dt.timedelta(days=at) for at in range(30)]
    ahead = [(one - DAY).days / 365 for one in days if one.weekday() < 5]
    known = average_price("call", forwards=32.0, times=ahead, volatilities=0.5, strike=30.0)
    assert math.isclose(worth_of(flows, there, DAY), 100.0 * float(known))
    last = worth_of(flows, there, dt.date(2027, 4, 30))
    assert math.isclose(last, 200.0)


@given(
    strike=st.floats(5.0, 80.0), forward=st.floats(5.0, 80.0), sold=st.booleans(),
    unit=st.sampled_from(["megawatt_hour", "gigajoule", "million_btu"]),
)  # fmt: skip
@settings(max_examples=50)
def test_a_call_less_a_put_is_the_swap(
    strike: float, forward: float, sold: bool, unit: str
) -> None:
    sign = -1.0 if sold else 1.0
    there = prices(("TTF", dt.date(2027, 4, 1), forward, "USD", unit))
    bought = call(strike, sign=sign)
    put = call(strike, sign=sign, quantity=-100.0, amount=100.0 * strike)
    swap = call(strike, exercise=0, quantity=sign * 100.0, amount=-sign * 100.0 * strike)
    values = [worth_of(table(one), there, DAY) for one in (bought, put, swap)]
    assert math.isclose(values[0] - values[1], values[2], rel_tol=1e-9, abs_tol=1e-6)


@given(forwards=st.lists(st.floats(10.0, 60.0), min_size=2, max_size=6), strike=st.floats(10, 60))
@settings(max_examples=50)
def test_months_exercised_together_are_worth_no_more_than_each_by_itself(
    forwards: list[float], strike: float
) -> None:
    months = [dt.date(2027, 4 + at, 1) for at in range(len(forwards))]
    there = prices(*(("TTF", month, one) for month, one in zip(months, forwards, strict=True)))
    together = table(*(call(strike, month=month) for month in months))
    apart = table(*(call(strike, month=month, exercise=at) for at, month in enumerate(months, 1)))
    least = worth_of(together, there, DAY)
    most = worth_of(apart, there, DAY)
    intrinsic = max(sum(100.0 * (one - strike) for one in forwards), 0.0)
    assert intrinsic - 1e-6 <= least <= most + 1e-6


def test_a_price_a_volatility_or_a_rate_that_is_missing_is_named() -> None:
    flows = table(call(30.0))
    with pytest.raises(CurveError, match="deal S-1 is priced by 'TTF' in 2027-04"):
        worth_of(flows, prices(), DAY)
    bare = prices(("TTF", dt.date(2027, 4, 1), 32.0, "EUR", "megawatt_hour", None))
    with pytest.raises(CurveError, match="option on 'TTF' in 2027-04, of which there is no vol"):
        worth_of(flows, bare, DAY)
    with pytest.raises(InputError, match="CHF"):
        worth_of(flows, prices(("TTF", dt.date(2027, 4, 1), 32.0, "CHF")))
    with pytest.raises(InputError, match="'megawatt_hour' and prices for 'barrel'"):
        worth_of(flows, prices(("TTF", dt.date(2027, 4, 1), 32.0, "EUR", "barrel")))


def test_positions_are_deltas_in_the_unit_of_the_price() -> None:
    there = prices(("TTF", dt.date(2027, 4, 1), 32.0))
    flows = table(call(30.0), call(0.0, exercise=0, quantity=-40.0, amount=0.0))
    (row,) = index_positions(StructuredInputs(flows, there), DAY, EUR).to_dicts()
    years = (dt.date(2027, 4, 1) - DAY).days / 365
    delta = european(
        Model.BLACK, "call", forward=32.0, strike=30.0, time=years, volatility=0.5
    ).delta
    assert math.isclose(row["quantity"], 100.0 * float(delta) - 40.0, rel_tol=1e-6)
    assert index_positions(StructuredInputs(flows, there), dt.date(2027, 4, 30), EUR).height == 0


@given(data=st.data())
@settings(max_examples=25)
def test_amended_and_late_options_are_decided_as_if_they_had_been_known(
    data: st.DataObject,
) -> None:
    days = [DAY + dt.timedelta(days=at) for at in (0, 7, 15, 30)]
    month = dt.date(2027, 4, 1)
    level = st.floats(5.0, 90.0)
    markets = [prices(("TTF", month, data.draw(level), "USD")) for _ in days]
    rates = [{"EUR": 1.0, "USD": data.draw(st.floats(0.5, 1.5))} for _ in days]

    def past(date: dt.date) -> tuple[pl.DataFrame, dict[str, float]] | None:
        return next(
            ((there, fx) for one, there, fx in zip(days, markets, rates, strict=True)
             if one >= date), None,
        )  # fmt: skip

    versions = [
        call(
            data.draw(level), expiry=DAY + dt.timedelta(days=data.draw(st.integers(0, 30))),
            settles=data.draw(st.booleans()), quantity=data.draw(st.floats(1.0, 500.0)),
            sign=data.draw(st.sampled_from([-1.0, 1.0])),
        )
        for _ in range(3)
    ]  # fmt: skip
    # From which close on each version is known; before the first the trade is late.
    known = data.draw(st.lists(st.integers(0, 3), min_size=3, max_size=3).map(sorted))
    before, exercised = None, pl.DataFrame(schema=EXERCISED)
    for at, (day, market, fx) in enumerate(zip(days, markets, rates, strict=True)):
        version = sum(one <= at for one in known)
        flows = table(versions[version - 1], version=version) if version else table()
        held = StructuredInputs(flows, market)
        exercised = decisions(held, day, fx, exercised, past)
        now = CloseInputs(day, NO_DEALS, {}, fx, StructuredInputs(flows, market, exercised))
        found = close_book(now, before)
        scale = 1.0 + max((abs(one) for one in found.value.values()), default=0.0)
        assert all(abs(one) <= 1e-9 * scale * 100 for one in found.unexplained.values())
        assert found.digest == close_book(now, before).digest
        before = now
    told = {version: brings for _, version, _, _, brings in exercised.iter_rows()}
    for version, one in enumerate(versions, 1):
        flows = table(one, version=version)
        alone = decisions(StructuredInputs(flows, markets[-1]), days[-1], rates[-1],
                          pl.DataFrame(schema=EXERCISED), past)  # fmt: skip
        assert alone.height == 1
        if version in told:
            assert told[version] == alone["brings"][0]
    assert 3 in told


def decided(inputs: StructuredInputs, day: dt.date, before: pl.DataFrame) -> StructuredInputs:
    return StructuredInputs(inputs.flows, inputs.prices, decisions(inputs, day, EUR, before))


def test_what_an_option_brought_stands_after_its_expiry() -> None:
    april, later = dt.date(2027, 4, 1), dt.date(2027, 4, 5)
    nothing = pl.DataFrame(schema=EXERCISED)
    out, into = (prices(("TTF", april, one)) for one in (29.0, 33.0))
    for settles, worth in ((True, 300.0), (False, 600.0)):
        flows = table(call(30.0, settles=settles))
        missed = decided(StructuredInputs(flows, out), april, nothing)
        assert missed.exercised["is_exercised"].to_list() == [False]
        # In the money later, and still nothing.
        then = decided(StructuredInputs(flows, into), later, missed.exercised)
        assert then.exercised.height == 1
        assert structured_values(then, then, later, EUR).sum() == 0.0
        taken = decided(StructuredInputs(flows, into), april, nothing)
        more = prices(("TTF", april, 36.0))
        then = decided(StructuredInputs(flows, more), later, taken.exercised)
        # Paid at the price of its expiry, or a swap whose worth goes on to move.
        assert math.isclose(structured_values(then, then, later, EUR).sum(), worth)
        less = decided(StructuredInputs(flows, out), later, taken.exercised)
        left = 300.0 if settles else -100.0
        assert math.isclose(structured_values(less, less, later, EUR).sum(), left)


def test_the_mean_of_a_normal_price_moves_less_than_the_price() -> None:
    june, last = dt.date(2027, 6, 1), dt.date(2027, 6, 30)
    there = prices(("TTF", june, 30.0, "EUR", "megawatt_hour", None, 15.0))
    near = prices(("TTF", june, 30.0, "EUR", "megawatt_hour", 0.5))
    mean = table(call(30.0, month=june, expiry=last, averages=True))
    for day in (DAY, dt.date(2027, 6, 15), dt.date(2027, 6, 28)):
        # At the money both models agree where volatility is half the price's.
        normal, lognormal = worth_of(mean, there, day), worth_of(mean, near, day)
        assert math.isclose(normal, lognormal, rel_tol=0.02)
        assert normal < worth_of(table(call(30.0, month=june, expiry=last)), there, day)


def test_a_moved_price_below_zero_leaves_an_option_with_what_it_brings() -> None:
    april = dt.date(2027, 4, 1)
    held = StructuredInputs(table(call(30.0, quantity=-100.0, amount=3_000.0)),
                            prices(("TTF", april, -5.0)))  # fmt: skip
    with pytest.raises(CurveError, match="no lognormal price"):
        structured_values(held, held, DAY, EUR)
    assert math.isclose(structured_values(held, held, DAY, EUR, falls_back=True).sum(), 3_500.0)


def test_an_option_to_exchange_two_prices_is_a_spread() -> None:
    april = dt.date(2027, 4, 1)
    both = [("TTF", april, 32.0), ("NBP", april, 30.0, "EUR", "megawatt_hour", 0.4)]
    gets = call(0.0, amount=-200.0, correlation=0.7)
    gives = call(0.0, index="NBP", quantity=-90.0, amount=0.0, correlation=0.7)
    years = (april - DAY).days / 365
    expected = spread(
        "call", first=3_200.0, second=2_700.0, strike=200.0, time=years, first_volatility=0.5,
        second_volatility=0.4, correlation=0.7,
    )  # fmt: skip
    found = worth_of(table(gets, gives), prices(*both))
    assert math.isclose(found, float(expected), rel_tol=1e-12)
    # The put on the same: the parties' sides are exchanged.
    put = worth_of(
        table(*(call(0.0, index=one.index, quantity=-one.quantity, amount=-one.amount,
                     correlation=0.7) for one in (gets, gives))), prices(*both))  # fmt: skip
    assert math.isclose(found - put, 3_200.0 - 2_700.0 - 200.0, rel_tol=1e-9)
    normal = [(*row[:3], "EUR", "megawatt_hour", None, 9.0) for row in both]
    width = math.sqrt(900.0**2 + 810.0**2 - 2 * 0.7 * 900.0 * 810.0)
    plain = european(
        Model.BACHELIER, "call", forward=500.0, strike=200.0, time=years, volatility=width
    )
    assert math.isclose(worth_of(table(gets, gives), prices(*normal)), float(plain.price))
    blind = [call(0.0, index=one.index, quantity=one.quantity) for one in (gets, gives)]
    with pytest.raises(CurveError, match="exchanges NBP and TTF, of which the correlation"):
        worth_of(table(*blind), prices(*both))
    with pytest.raises(InputError, match="2 prices that are not one exchanged"):
        worth_of(table(gets, call(0.0, index="NBP", correlation=0.7)), prices(*both))
