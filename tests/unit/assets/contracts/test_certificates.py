"""Certificates: nothing is lost, whatever the cost method; expiry, eligibility and deadlines."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.assets.contracts import (
    API2_COAL,
    GAS_MWH,
    Disposal,
    Lot,
    book,
    compliance_positions,
    fuel_emissions_t,
    surrender_deadline,
)
from wattbook.errors import InputError

START = dt.date(2026, 1, 1)
METHODS: tuple[Any, ...] = ("fifo", "average")


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def allowances(name: str, at: int, quantity: int, cents: int, vintage: int = 2026) -> Lot:
    return Lot(name, "allowance", day(at), quantity, Decimal(cents) / 100, vintage)


EVENTS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 500), st.integers(0, 5_000_000)),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("method", METHODS)
@given(EVENTS, EVENTS)
def test_what_was_paid_is_booked_out_or_still_held(method: Any, bought: Any, sold: Any) -> None:
    lots = [allowances(f"L{n}", *one) for n, one in enumerate(bought)]
    disposals, left = [], sum(lot.quantity for lot in lots)
    for at, quantity, cents in sold:
        if quantity <= left:
            left -= quantity
            proceeds = Decimal(cents) / 100
            disposals.append(Disposal("allowance", day(201 + at), "sale", quantity, proceeds))
    books = book(lots, disposals, as_of=day(500), method=method)
    paid = sum((lot.cost for lot in lots), Decimal(0))
    earned = sum((one.proceeds for one in disposals), Decimal(0))
    assert books.quantity("allowance") == left
    out = sum((one.cost for one in books.entries if one.act == "sale"), Decimal(0))
    assert out + books.cost("allowance") == paid
    assert books.realised("allowance") == earned - out
    assert sum((one.proceeds for one in books.entries), Decimal(0)) == earned
    assert all(lot.cost >= 0 and lot.quantity > 0 for lot in books.held)
    assert books.unrealised("allowance", Decimal(70)) == 70 * left - books.cost("allowance")
    if not left:
        assert books.realised("allowance") == earned - paid


def test_an_average_is_taken_anew_with_each_receipt() -> None:
    lots = [allowances("A", 0, 100, 600_000), allowances("B", 20, 50, 450_000)]
    sales = [
        Disposal("allowance", day(10), "sale", 50, Decimal("3200.00")),
        Disposal("allowance", day(30), "sale", 40, Decimal("3400.00")),
    ]
    fifo, average = (book(lots, sales, as_of=day(40), method=method) for method in METHODS)
    # 60 each at first; then 50 of 60 and 50 of 90 cost 75 each.
    assert [one.cost for one in fifo.entries if one.act == "sale"] == [3_000, 2_400]
    assert [one.cost for one in average.entries if one.act == "sale"] == [3_000, 3_000]
    assert fifo.realised("allowance") == 1_200
    assert average.realised("allowance") == 600
    assert fifo.cost("allowance") == 600 + 4_500
    assert average.cost("allowance") == 4_500
    assert fifo.table()["realised"].sum() == 1_200
    assert book(lots, sales, as_of=day(15)).quantity("allowance") == 50


def test_guarantees_stop_trading_after_a_year_and_expire_after_eighteen_months() -> None:
    wind = Lot("wind", "guarantee", day(10), 100, Decimal("50.00"), dt.date(2026, 1, 31))
    sale = Disposal("guarantee", dt.date(2027, 1, 31), "sale", 40, Decimal("60.00"))
    used = Disposal("guarantee", dt.date(2027, 7, 31), "cancellation", 30)
    books = book([wind], [sale, used], as_of=dt.date(2027, 7, 31))
    assert books.quantity("guarantee") == 30
    after = book([wind], [sale, used], as_of=dt.date(2028, 1, 1))
    assert after.quantity("guarantee") == 0
    lost = after.entries[-1]
    assert (lost.act, lost.day, lost.quantity, lost.realised) == (
        "expiry", dt.date(2027, 8, 1), 30, Decimal("-15.00"),
    )  # fmt: skip
    assert after.realised("guarantee") == Decimal("10.00")
    late = Disposal("guarantee", dt.date(2027, 2, 1), "sale", 1, Decimal("1.00"))
    with pytest.raises(InputError, match="sale of 1 guarantees on 2027-02-01: 0 may go out"):
        book([wind], [late], as_of=dt.date(2027, 2, 1))


def test_a_vintage_that_was_sold_comes_from_its_lots() -> None:
    lots = [
        Lot(f"{year}", "guarantee", dt.date(2027, 2, 1), 10, Decimal(5), dt.date(year, 12, 31))
        for year in (2025, 2026)
    ]
    sale = Disposal("guarantee", dt.date(2027, 3, 1), "sale", 4, Decimal("3.00"), vintage=2026)
    books = book(lots, [sale], as_of=dt.date(2027, 3, 1))
    assert {lot.name: lot.quantity for lot in books.held} == {"2025": 10, "2026": 6}
    with pytest.raises(InputError, match=r"sale of 11 guarantees of 2026 on .*: 10 may go out"):
        book(lots, [Disposal("guarantee", sale.day, "sale", 11, vintage=2026)], as_of=sale.day)


def test_a_year_is_covered_by_what_is_there_in_september() -> None:
    lots = [
        allowances("free", 170, 300, 0),
        allowances("bought", 20, 500, 3_500_000),
        Lot("forward", "allowance", dt.date(2027, 12, 15), 400, Decimal(30_000), 2027),
    ]
    spent = [Disposal("allowance", dt.date(2027, 9, 1), "surrender", 100, emission_year=2026)]
    first, second = compliance_positions(
        {2026: 900.0, 2027: 250.4}, lots, spent, price=Decimal("80.50")
    )
    assert first.deadline == dt.date(2027, 9, 30)
    assert (first.owed, first.available, first.position) == (800, 700, -100)
    assert (first.cost, first.penalty) == (Decimal("8050.00"), Decimal("10000.00"))
    # What was short is owed a year later, by when the forward has delivered.
    assert (second.emissions_t, second.carried, second.owed) == (251, 100, 351)
    assert (second.available, second.position) == (400, 49)
    assert second.cost == 0


@given(
    st.dictionaries(st.integers(2024, 2029), st.floats(0, 2_000), min_size=1),
    st.integers(0, 3_000),
    st.integers(0, 3_000),
)
def test_what_is_to_buy_adds_up_to_what_nobody_would_be_short_with(
    emissions: dict[int, float], first: int, later: int
) -> None:
    lots = [
        Lot(name, "allowance", day, quantity, Decimal(0), 2024)
        for name, day, quantity in (
            ("a", dt.date(2024, 3, 1), first), ("b", dt.date(2027, 3, 1), later),
        )
        if quantity
    ]  # fmt: skip
    found = compliance_positions(emissions, lots, price=Decimal(80))
    assert sum((one.cost for one in found), Decimal(0)) == 80 * sum(one.to_buy for one in found)
    # Bought by each deadline, nobody is short, and with one less of any somebody is.
    for less in (0, 1):
        bought = [
            Lot(
                f"bought {one.year}", "allowance", one.deadline, one.to_buy - less, Decimal(0), 2024
            )
            for one in found
            if one.to_buy > less
        ]
        again = compliance_positions(emissions, [*lots, *bought], price=Decimal(80))
        short = sum(one.to_buy for one in again)
        assert (short > 0) == (less == 1 and any(one.to_buy for one in found))


def test_allowances_of_a_period_serve_no_year_before_it() -> None:
    old, new = allowances("old", 0, 10, 0, vintage=2015), allowances("new", 0, 10, 0, vintage=2021)
    assert old.can("surrender", START, 2018)
    assert old.can("surrender", START, 2026)
    assert not new.can("surrender", START, 2020)
    assert new.can("surrender", START, 2021)
    with pytest.raises(InputError, match=r"20 allowances .* 10 may go out"):
        book([old, new], [Disposal("allowance", START, "surrender", 20, emission_year=2020)],
             as_of=START)  # fmt: skip


def test_emissions_follow_the_fuel_and_deadlines_the_year() -> None:
    assert fuel_emissions_t(GAS_MWH, 10.0) == pytest.approx(10 * 0.9 * 3.6 * 0.0561)
    assert fuel_emissions_t(API2_COAL, 1.0, oxidation=0.98) == pytest.approx(
        0.98 * 25.1208 * 0.0946
    )
    assert [surrender_deadline(year).month for year in (2021, 2022, 2023, 2026)] == [4, 4, 9, 9]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: allowances("x", 0, 0, 0), "0 certificates; give a whole number above 0"),
        (lambda: Lot("x", "allowance", START, 1, Decimal("0.001"), 2026), "give whole cents"),
        (lambda: Lot("x", "allowance", START, 1, Decimal(1), START), "give a year"),
        (lambda: Lot("x", "guarantee", START, 1, Decimal(1), 2026), "the last day of production"),
        (lambda: allowances("x", 0, 1, 0, vintage=2007), "a year of the EU ETS, from 2008"),
        (lambda: Disposal("guarantee", START, "surrender", 1), "'surrender' of a guarantee"),
        (lambda: Disposal("allowance", START, "sale", 1, Decimal("0.005")), "give whole cents"),
        (lambda: Disposal("allowance", START, "transfer", 1, Decimal(1)), "earns nothing"),
        (lambda: Disposal("allowance", START, "surrender", 1), "a surrender has one"),
        (lambda: Disposal("allowance", START, "sale", 0), "a whole number above 0"),
        (
            lambda: book([allowances("x", 0, 1, 0)] * 2, [], as_of=START),
            "two lots are named 'x'",
        ),
        (lambda: surrender_deadline(2004), "give a year from 2008"),
        (lambda: fuel_emissions_t(GAS_MWH, -1.0), "give amounts from 0"),
        (
            lambda: compliance_positions({2026: float("nan")}, [], price=Decimal(1)),
            "emissions of 2026 are nan",
        ),
    ],
)
def test_bad_certificates_are_named(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()
