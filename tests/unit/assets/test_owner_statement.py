"""Owner statements add up to the ledger, whatever the terms."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.assets.owner_statement import (
    Floor,
    LedgerLine,
    RevenueShare,
    Tolling,
    owner_statements,
)
from wattbook.errors import InputError

START = dt.date(2026, 1, 1)
SHARE = RevenueShare(((Decimal(0), Decimal("0.9")), (Decimal(1_000), Decimal("0.7"))))
TERMS = [
    SHARE,
    Floor(SHARE, floor_per_mw_year=Decimal(1_200), capacity_mw=Decimal(2)),
    Tolling(Decimal("333.333"), capacity_mw=Decimal("1.7")),
]


def lines(amounts: Any) -> list[LedgerLine]:
    return [
        LedgerLine(START + dt.timedelta(days=day), source, Decimal(cents) / 100)
        for day, source, cents in amounts
    ]


@pytest.mark.parametrize("terms", TERMS)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 900),
            st.sampled_from(["ENERGY", "RAISEREG", "fee"]),
            st.integers(-500_000, 900_000),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_statements_add_up_to_the_ledger(terms: Any, amounts: Any) -> None:
    ledger = lines(amounts)
    statements = owner_statements(ledger, terms, start=START)
    total = sum((line.amount for line in ledger), Decimal(0))
    assert sum((one.owner + one.optimizer for one in statements), Decimal(0)) == total
    for one in statements:
        assert one.revenue == one.owner + one.optimizer
        assert one.owner == one.owner.quantize(Decimal("0.01"))
    for source in ("ENERGY", "RAISEREG", "fee"):
        booked = sum((line.amount for line in ledger if line.source == source), Decimal(0))
        assert sum(one.by_source.get(source, 0) for one in statements) == booked


def test_a_share_falls_in_the_tier_that_the_year_has_reached() -> None:
    ledger = lines([(5, "ENERGY", 80_000), (40, "ENERGY", 60_000), (370, "ENERGY", 10_000)])
    found = {one.month: one.owner for one in owner_statements(ledger, SHARE, start=START)}
    assert found[dt.date(2026, 1, 1)] == Decimal("720.00")
    # 200 to the first tier, 400 to the second.
    assert found[dt.date(2026, 2, 1)] == Decimal("460.00")
    # A new contract year begins at the first tier.
    assert found[dt.date(2027, 1, 1)] == Decimal("90.00")


def test_a_floor_is_paid_in_bad_months_and_given_back_by_good_ones_of_the_year() -> None:
    terms = Floor(RevenueShare(((Decimal(0), Decimal(1)),)), Decimal(1_200), Decimal(1))
    ledger = lines([(5, "ENERGY", 0), (40, "ENERGY", 50_000), (65, "ENERGY", 0)])
    found = [one.owner for one in owner_statements(ledger, terms, start=START)]
    assert found == [Decimal("100.00"), Decimal("400.00"), Decimal("0.00")]


def test_a_toll_falls_with_availability_below_its_guarantee() -> None:
    terms = Tolling(Decimal(1_000), Decimal(2), availability_min=Decimal("0.95"))
    ledger = lines([(5, "ENERGY", 500_000), (40, "ENERGY", 100)])
    statements = owner_statements(
        ledger, terms, start=START, availability={dt.date(2026, 2, 1): Decimal("0.475")}
    )
    assert [one.owner for one in statements] == [Decimal("2000.00"), Decimal("1000.00")]
    assert [one.optimizer for one in statements] == [Decimal("3000.00"), Decimal("-999.00")]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: RevenueShare(((Decimal(5), Decimal(1)),)), "tiers begin at"),
        (lambda: RevenueShare(((Decimal(0), Decimal(2)),)), "a share is 2"),
        (
            lambda: owner_statements(
                [LedgerLine(dt.date(2025, 12, 31), "ENERGY", Decimal(1))], SHARE, start=START
            ),
            "ledger line 0 is of 2025-12-31",
        ),
        (
            lambda: owner_statements(
                [LedgerLine(START, "ENERGY", Decimal("0.001"))], SHARE, start=START
            ),
            "book whole cents",
        ),
    ],
)
def test_terms_and_lines_that_do_not_fit_are_refused(make: Any, text: str) -> None:
    with pytest.raises(InputError, match=text):
        make()
