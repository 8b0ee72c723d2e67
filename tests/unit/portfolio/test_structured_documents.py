"""Structured trades by month, as documents tell them: volumes, flows, what is refused."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.portfolio.structured_deals import (
    DAY,
    call,
    product,
    sample,
)

from wattbook.errors import DecodeError, InputError
from wattbook.portfolio.book import (
    FLOWS,
    flows_of,
    read_fpml,
)
from wattbook.portfolio.book.flows import volume_of
from wattbook.portfolio.book.volumes import Span, settlement_count, spans_of, volumes_of

ZONES = {"American/Los Angeles": "America/Los_Angeles"}
DATE = "<adjustableDates><unadjustedDate>2027-04-01</unadjustedDate></adjustableDates>"
EXAMPLES = Path(__file__).parents[3] / "examples" / "book" / "structured"


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
