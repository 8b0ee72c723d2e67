"""Structured trades by month: volumes, flows, values, and why they change."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import CurveError, DecodeError, InputError
from wattbook.portfolio.book import (
    EXERCISED,
    FLOWS,
    GREEKS,
    INDEX_PRICES,
    CloseInputs,
    Flow,
    StructuredInputs,
    Trade,
    close_book,
    decisions,
    flow_rows,
    flows_of,
    read_fpml,
    structured_values,
)
from wattbook.portfolio.book.flows import volume_of
from wattbook.portfolio.book.structured import index_positions
from wattbook.portfolio.book.structured_greeks import option_pnl
from wattbook.portfolio.book.volumes import Span, settlement_count, spans_of, volumes_of
from wattbook.pricing import Model, average_price, european, spread
from wattbook.sources.xml import Element, tree

EUR = {"EUR": 1.0, "USD": 0.9}
DAY = dt.date(2027, 1, 4)
ZONES = {"American/Los Angeles": "America/Los_Angeles"}
DATE = "<adjustableDates><unadjustedDate>2027-04-01</unadjustedDate></adjustableDates>"
NO_DEALS = pl.DataFrame(schema={
    "deal": pl.String, "version": pl.Int64, "trade_date": pl.Date, "book": pl.String,
    "currency": pl.String, "fee": pl.Int64, "power": pl.Int64, "price": pl.Int64,
    "product": pl.String, "counterparty": pl.String,
})  # fmt: skip
EXAMPLES = Path(__file__).parents[3] / "examples" / "book" / "structured"


def sample(folder: Path, name: str) -> Trade:
    (file,) = (folder / "regulatory" / "fpml" / "samples").glob(f"{name}*.xml")
    return read_fpml(file.read_bytes())[0]


def product(text: str) -> Element:
    return tree(text.encode())


def prices(*rows: tuple[object, ...]) -> pl.DataFrame:
    """Index, month, price; then currency, unit and volatilities where they matter."""
    full = [(*row, *("EUR", "megawatt_hour", 0.5, None, DAY)[len(row) - 3 :]) for row in rows]
    return pl.DataFrame(full, schema=INDEX_PRICES, orient="row")


def table(*flows: Flow, deal: str = "S-1", version: int = 1, traded: dt.date = DAY) -> pl.DataFrame:
    return flow_rows(
        flows, deal=deal, version=version, trade_date=traded, book="gas", counterparty="Nordkraft"
    )


def worth_of(flows: pl.DataFrame, there: pl.DataFrame, day: dt.date = DAY) -> float:
    inputs = StructuredInputs(flows, there)
    return float(structured_values(inputs, inputs, day, EUR).sum())


def call(strike: float, **more: object) -> Flow:
    told = {
        "month": dt.date(2027, 4, 1), "index": "TTF", "quantity": 100.0, "unit": "megawatt_hour",
        "amount": -100.0 * strike, "currency": "EUR", "exercise": 1, "expiry": dt.date(2027, 4, 1),
    }  # fmt: skip
    return Flow(**{**told, **more})  # type: ignore[arg-type]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "total", "unit"),
    [
        ("com-ex1-", 77_500.0, "million_btu"),  # stated by the document
        ("com-ex12-", 74_400.0, "gigajoule"),
        ("com-ex22-", 36_500.0, "million_btu"),
        ("com-ex4-", 83_776.0, "megawatt_hour"),
        ("com-ex6-", 1_700_000.0, "million_btu"),
        ("com-ex16-", 21 * 16 * 200.0, "megawatt_hour"),  # weekdays of August 2009, HE 7 to 22
        ("msg-ex69", 10_000.0, "barrel"),
    ],
)
def test_a_recorded_trade_comes_to_the_volume_that_it_states(
    recorded_data: Path, name: str, total: float, unit: str
) -> None:
    trade = sample(recorded_data, name)
    flows = [one for one in flows_of(trade, trade.parties[0].reference, ZONES) if one.index]
    assert math.isclose(sum(abs(one.quantity) for one in flows) % total, 0.0, abs_tol=1e-6)
    assert {one.unit for one in flows} == {unit}


@pytest.mark.data
def test_each_party_of_a_recorded_trade_gets_what_the_other_gives(recorded_data: Path) -> None:
    for file in sorted((recorded_data / "regulatory" / "fpml" / "samples").glob("*.xml")):
        for trade in read_fpml(file.read_bytes()):
            ours, theirs = (flows_of(trade, one.reference, ZONES) for one in trade.parties)
            assert len(ours) == len(theirs) > 0
            for one, other in zip(ours, theirs, strict=True):
                if one.exercise:
                    assert (one.sign, one.quantity) == (-other.sign, other.quantity)
                else:
                    assert (one.quantity, one.amount) == (-other.quantity, -other.amount)


@pytest.mark.data
def test_the_shaped_power_of_a_recorded_trade_by_month(recorded_data: Path) -> None:
    flows = flows_of(sample(recorded_data, "com-ex18-"), "partyB", ZONES)
    power: dict[int, float] = {}
    for one in flows:
        if one.index:
            power[one.month.month] = power.get(one.month.month, 0.0) + one.quantity
    # Days of Monday to Saturday but NERC holidays, 16 and 6 hours; Sundays and holidays, 2 hours.
    days = {5: (26, 5), 6: (25, 5), 7: (26, 5)}
    peak = {5: 200.0, 6: 50.0, 7: 650.0}
    for month, (week, rest) in days.items():
        assert power[month] == peak[month] * week * 16 + 400.0 * (week * 6 + rest * 2)
    money = sum(one.amount for one in flows)
    assert math.isclose(money, -58.6 * sum(power.values()))


@pytest.mark.parametrize(
    ("day", "count"), [("2027-03-27", 24), ("2027-03-28", 23), ("2027-10-31", 25)]
)
def test_settlement_periods_of_days_when_the_clock_changes(day: str, count: int) -> None:
    periods = product(
        "<settlementPeriods><duration>1Hour</duration><applicableDay>SAT</applicableDay>"
        "<applicableDay>SUN</applicableDay><startTime><time><hourMinuteTime>01:00:00"
        "</hourMinuteTime><location>Europe/Berlin</location></time></startTime><endTime><time>"
        "<hourMinuteTime>00:00:00</hourMinuteTime></time></endTime></settlementPeriods>"
    )
    date = dt.date.fromisoformat(day)
    assert settlement_count(periods, Span(date, date), {}) == (count, 1.0)


LEG = """<swap><leg><calculationPeriodsSchedule id="s"><periodMultiplier>{count}</periodMultiplier>
<period>{period}</period><balanceOfFirstPeriod>{balance}</balanceOfFirstPeriod>
</calculationPeriodsSchedule><notionalQuantity><quantityUnit>MWH</quantityUnit>
<quantityFrequency>{frequency}</quantityFrequency><quantity>10</quantity></notionalQuantity>
{more}</leg></swap>"""


@pytest.mark.parametrize("period", ["D", "W", "M", "Q", "Y", "T"])
@pytest.mark.parametrize("balance", ["true", "false"])
@given(
    start=st.dates(dt.date(2024, 1, 1), dt.date(2028, 1, 1)), length=st.integers(0, 800),
    count=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=25)
def test_calculation_periods_follow_each_other_and_cover_the_term(
    period: str, balance: str, start: dt.date, length: int, count: int
) -> None:
    term = Span(start, start + dt.timedelta(days=length))
    root = product(
        LEG.format(count=count, period=period, balance=balance, frequency="Term", more="")
    )
    spans = spans_of(root, root.children[0], term)
    assert (spans[0].first, spans[-1].last) == (term.first, term.last)
    for one, following in itertools.pairwise(spans):
        assert one.first <= one.last == following.first - dt.timedelta(days=1)
    pieces = volumes_of(root, root.children[0], term, {})
    assert math.isclose(sum(one.quantity for one in pieces), 10.0)


@pytest.mark.parametrize(
    ("frequency", "more", "reason"),
    [
        ("PerBusinessDay", "", "'?a quantity PerBusinessDay cannot be told by month"),
        ("", "", "a quantity without a frequency cannot be told"),
        ("PerSettlementPeriod", "", "per settlement period and none is told"),
        ("PerCalendarDay", "<totalNotionalQuantity>7</totalNotionalQuantity>", "states 7 in all"),
    ],
)
def test_a_quantity_that_months_cannot_be_told_of_is_refused(
    frequency: str, more: str, reason: str
) -> None:
    root = product(LEG.format(count=1, period="M", balance="false", frequency=frequency, more=more))
    with pytest.raises(InputError, match=reason):
        volumes_of(root, root.children[0], Span(DAY, dt.date(2027, 3, 31)), {})


def test_what_a_zone_or_holidays_are_has_to_be_known(recorded_data: Path) -> None:
    with pytest.raises(InputError, match=r"zone 'American/Los Angeles'.*\[structured\]"):
        flows_of(sample(recorded_data, "com-ex18-"), "partyA", {})


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
def test_any_change_of_structured_deals_is_explained(data: st.DataObject) -> None:
    months = [dt.date(2027, 1 + at, 1) for at in range(4)]

    def market() -> pl.DataFrame:
        told = st.lists(st.floats(5.0, 90.0), min_size=4, max_size=4)
        unit = data.draw(st.sampled_from(["megawatt_hour", "gigajoule"]))
        return prices(
            *(("TTF", month, one, "USD", unit)
              for month, one in zip(months, data.draw(told), strict=True))
        )  # fmt: skip

    def deal(name: str, version: int, traded: dt.date) -> pl.DataFrame:
        flows = [
            call(
                data.draw(st.floats(5.0, 90.0)), month=month, exercise=data.draw(st.integers(0, 2)),
                expiry=month, quantity=data.draw(st.floats(1.0, 500.0)),
            )
            for month in months
        ]  # fmt: skip
        # Flows of one exercise expire together.
        flows = [
            call(-one.amount / 100.0, month=one.month, exercise=one.exercise, expiry=months[-1],
                 quantity=one.quantity)
            for one in flows
        ]  # fmt: skip
        return table(*flows, deal=name, version=version, traded=traded)

    before_day, day = (
        dt.date(2027, 1, 4),
        dt.date(2027, 1, 4) + dt.timedelta(days=data.draw(st.integers(1, 120))),
    )
    stands = deal("S-1", 1, before_day)
    amended = deal("S-1", 2, before_day)
    old = pl.concat([stands, deal("S-2", 1, before_day)])
    parts = [amended if data.draw(st.booleans()) else stands]
    if data.draw(st.booleans()):
        parts.append(deal("S-3", 1, data.draw(st.sampled_from([before_day, day]))))
    before = CloseInputs(before_day, NO_DEALS, {}, EUR, StructuredInputs(old, market()))
    now = CloseInputs(
        day, NO_DEALS, {}, {"EUR": 1.0, "USD": data.draw(st.floats(0.5, 1.5))},
        StructuredInputs(pl.concat(parts), market()),
    )  # fmt: skip
    found = close_book(now, before)
    scale = 1.0 + max(
        abs(float(one)) for one in [*found.structured["value"], *found.value.values()]
    )
    assert all(abs(one) <= 1e-9 * scale for one in found.unexplained.values())
    assert found.digest == close_book(now, before).digest
    lines = {line: amount for _, line, amount in found.pnl.iter_rows()}
    assert lines["withdrawn"] != 0.0 or np.isclose(
        structured_values(before.structured, now.structured, day, now.fx)[4:].sum(), 0.0
    )


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


def test_the_examples_are_read_whole() -> None:
    found = {}
    for file in sorted(EXAMPLES.glob("*.xml")):
        (trade,) = read_fpml(file.read_bytes())
        found[trade.number] = flows_of(trade, "desk", {})
    swap, option = found["S-2001"], found["S-2002"]
    assert math.isclose(sum(one.quantity for one in swap), 21_840.0)
    assert math.isclose(sum(one.amount for one in swap), -31.40 * 21_840.0)
    assert [one.quantity for one in option] == [3_000.0, 3_000.0, 3_000.0, 0.0]
    assert [one.amount for one in option][3] == -14_000.0
    assert all(one.averages for one in option[:3])
    assert set(FLOWS) >= {"month", "index", "quantity"}


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


def test_hours_without_settlement_periods_are_those_of_the_clock() -> None:
    root = product(LEG.format(count=1, period="M", balance="false", frequency="PerHour", more=""))
    march = Span(dt.date(2027, 3, 1), dt.date(2027, 3, 31))
    (local,) = volumes_of(root, root.children[0], march, {"": "Europe/Berlin"})
    (plain,) = volumes_of(root, root.children[0], march, {})
    assert (local.quantity, plain.quantity) == (7_430.0, 7_440.0)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "<pricingDates>",
            "<spreadSchedule/><pricingDates>",
            "/calculation/spreadSched",
        ),
        ("<pricingDates>", "<conversionFactor>2</conversionFactor><pricingDates>", "/conversionF"),
        ("<pricingDates>", "<pricingDates><lag/>", "calculation/pricingDates/lag"),
        ("<fixedLeg>", "<weatherLeg/><fixedLeg>", "commoditySwap/weatherLeg"),
        ("</tradeHeader>", "</tradeHeader><otherPartyPayment/>", "otherPartyPayment is not"),
        ("<calculation>", "<calculation><spread><spreadUnit/></spread>", "/spread/spreadUnit"),
        (
            "<calculation>",
            "<calculation><spread><spreadConversionFactor/></spread>",
            "/spread/spreadConversionFactor",
        ),
        ("<fixedPrice>", "<calculationPeriods/><fixedPrice>", "fixedLeg/calculationPeriods is"),
        ("<fixedPrice>", "<calculationDates/><fixedPrice>", "fixedLeg/calculationDates is"),
        ("<specifiedPrice>", "<multiplier>2</multiplier><specifiedPrice>", "commodity/multiplier"),
        (
            '<receiverPartyReference href="seller"/>',
            '<receiverPartyReference href="desk"/>',
            "fixedLeg has one party as receiver and as payer",
        ),
    ],
)
def test_terms_that_would_change_the_worth_are_not_passed_over(
    old: str, new: str, reason: str
) -> None:
    text = (EXAMPLES / "ttf_swap.xml").read_text(encoding="utf-8")
    (trade,) = read_fpml(text.replace(old, new, 1).encode())
    with pytest.raises(InputError, match=reason):
        flows_of(trade, "desk", {})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<strikePricePerUnit>", "<barrier/><strikePricePerUnit>", "commodityOption/barrier"),
        ("</exercise>", "<conversionFactor/></exercise>", "exercise/conversionFactor"),
        ("</exercise>", "<fx/></exercise>", "commodityOption/exercise/fx"),
        ("<premium>", "<premium><percentageOfNotional/>", "premium/percentageOfNotional"),
        (
            "</expirationDate>",
            f"</expirationDate><expirationDate>{DATE}</expirationDate>",
            "2 days of expiration",
        ),
        (
            "</expirationDate>",
            f"</expirationDate><expirationDates>{DATE}</expirationDates>",
            "2 days of expiration",
        ),
    ],
)
def test_terms_of_an_option_are_not_passed_over(old: str, new: str, reason: str) -> None:
    text = (EXAMPLES / "ttf_call.xml").read_text(encoding="utf-8")
    assert old in text
    (trade,) = read_fpml(text.replace(old, new, 1).encode())
    with pytest.raises(InputError, match=reason):
        flows_of(trade, "desk", {})


@pytest.mark.parametrize("total", ["", "abc", "NaN"])
def test_a_total_that_is_no_number_is_refused(total: str) -> None:
    text = (EXAMPLES / "ttf_swap.xml").read_text(encoding="utf-8")
    begin = text.index("<totalNotionalQuantity>") + 23
    end = text.index("</totalNotionalQuantity>")
    (trade,) = read_fpml((text[:begin] + total + text[end:]).encode())
    with pytest.raises(DecodeError, match=r"is no number|beyond bounds"):
        flows_of(trade, "desk", {})


def test_a_total_price_is_spread_over_the_term() -> None:
    text = (EXAMPLES / "ttf_swap.xml").read_text(encoding="utf-8")
    begin, end = text.index("<fixedPrice>"), text.index("</fixedPrice>")
    total = "<totalPrice><currency>EUR</currency><amount>91000</amount></totalPrice>"
    (trade,) = read_fpml((text[:begin] + total + text[end + 13 :]).encode())
    money = [one.amount for one in flows_of(trade, "desk", {}) if not one.index]
    assert np.allclose(money, [-30_000.0, -31_000.0, -30_000.0])


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("2027-06-30", "9999-12-31", "from 1990 to 2199"),
        ("2027-06-30", "2026-06-30", "give days in order"),
        ("<quantity>240<", "<quantity>1e400<", "beyond bounds"),
        ('<receiverPartyReference href="seller"/>', "", "lacks a payer or a receiver"),
    ],
)
def test_a_document_that_cannot_be_meant_is_refused(old: str, new: str, reason: str) -> None:
    text = (EXAMPLES / "ttf_swap.xml").read_text(encoding="utf-8")
    with pytest.raises(DecodeError, match=reason):
        read_fpml(text.replace(old, new, 1).encode())


def test_a_premium_by_unit_is_that_of_all_units() -> None:
    text = (EXAMPLES / "ttf_call.xml").read_text(encoding="utf-8")
    begin, end = text.index("<paymentAmount>"), text.index("</paymentAmount>")
    each = "<premiumPerUnit><currency>EUR</currency><amount>1.5</amount></premiumPerUnit>"
    (trade,) = read_fpml((text[:begin] + each + text[end + 16 :]).encode())
    assert flows_of(trade, "desk", {})[-1].amount == -1.5 * 9_000


def test_a_premium_by_unit_of_an_exchange_is_for_one_of_its_sides() -> None:
    gets, gives = call(0.0), call(0.0, index="NBP", quantity=-100.0)
    assert volume_of((gets, gives)) == 100.0
    assert volume_of((gets, call(0.0, month=dt.date(2027, 5, 1)))) == 200.0
    for other in ({"quantity": -90.0}, {"quantity": -100.0, "unit": "therm"}):
        with pytest.raises(InputError, match="premiumPerUnit of two quantities"):
            volume_of((gets, call(0.0, index="NBP", **other)))


@pytest.mark.parametrize("normal", [None, 12.0])
def test_greeks_explain_options_to_the_third_order(normal: float | None) -> None:
    april = dt.date(2027, 4, 1)
    volatility = None if normal else 0.5
    flows = pl.concat([table(call(30.0, sign=-1.0)), table(call(33.0, averages=True), deal="S-2")])

    def market(price: float, more: float) -> StructuredInputs:
        told = (volatility and volatility + more, normal and normal + 20.0 * more)
        return StructuredInputs(flows, prices(("TTF", april, price, "EUR", "megawatt_hour", *told)))

    before, left = market(32.0, 0.0), []
    for size in (1.0, 0.5):
        now = market(32.0 + 4.0 * size, 0.05 * size)
        found = option_pnl(before, now, DAY, DAY, EUR)
        change = [
            float(
                (
                    structured_values(now, now, DAY, EUR)
                    - structured_values(before, before, DAY, EUR)
                )[at]
            )
            for at in (0, 1)
        ]
        np.testing.assert_allclose(found.select(pl.sum_horizontal(GREEKS)).to_series(), change)
        left.append(np.abs(found["unexplained"].to_numpy()))
    assert (left[1] < left[0] / 5.0).all()
    first = found.row(0, named=True)
    model = Model.BACHELIER if normal else Model.BLACK
    plain = european(
        model, "call", forward=32.0, strike=30.0, time=(april - DAY).days / 365,
        volatility=normal or 0.5,
    )  # fmt: skip
    assert math.isclose(first["delta"], -100.0 * float(plain.delta) * 2.0, rel_tol=1e-3)
    assert math.isclose(first["gamma"], -100.0 * float(plain.gamma) * 2.0, rel_tol=1e-2)
    later = option_pnl(before, before, DAY, DAY + dt.timedelta(days=1), EUR)
    assert later["theta"][0] > 0.0  # what is sold earns the time
    assert abs(later["unexplained"][0]) < 1e-9
    expired = option_pnl(before, market(40.0, 0.0), DAY, april, EUR)
    assert math.isclose(expired.select(pl.sum_horizontal(GREEKS)).item(0, 0), -1_000.0 - float(
        structured_values(before, before, DAY, EUR)[0]))  # fmt: skip


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
