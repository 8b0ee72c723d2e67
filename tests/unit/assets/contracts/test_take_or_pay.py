"""Take or pay over years equals the best of every plan of a small contract."""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.contracts import ContractYear, TakeOrPay, take_or_pay_value
from wattbook.assets.storage import intrinsic, swing
from wattbook.errors import InputError

NEVER = -math.inf


def enumerated(
    terms: TakeOrPay, years: list[ContractYear], make_up: float = 0.0, carry: float = 0.0
) -> float:
    """Return the best of every sequence of daily volumes and uses of the banks."""
    if not years:
        return 0.0
    year, best = years[0], NEVER
    low, high = terms.day_mwh
    volumes = np.arange(low, high + 1e-9, terms.step_mwh)
    for days in product(volumes, repeat=len(year.spot)):
        taken = sum(days)
        if not terms.year_mwh[0] <= taken <= terms.year_mwh[1]:
            continue
        market = float(np.array(days) @ (year.spot * year.factors))
        for used, lowered in uses(terms, taken, make_up, carry):
            short = max(terms.pay_mwh - lowered - taken, 0.0)
            paid = taken - used + terms.make_up_share * used + terms.deficiency_share * short
            earned = max(taken - used - terms.carry_from_mwh, 0.0)
            later = enumerated(terms, years[1:], make_up - used + short, carry - lowered + earned)
            best = max(best, market - paid * year.price * float(year.factors[-1]) + later)
    return best


def uses(
    terms: TakeOrPay, taken: float, make_up: float, carry: float
) -> Iterator[tuple[float, float]]:
    most = min(make_up, max(taken - terms.pay_mwh, 0.0))
    lowest = min(carry, terms.carry_most_mwh, max(terms.pay_mwh - taken, 0.0))
    for used in np.arange(0.0, most + 1e-9, terms.step_mwh):
        for lowered in np.arange(0.0, lowest + 1e-9, terms.step_mwh):
            yield float(used), float(lowered)


PRICES = st.lists(st.integers(-10, 60), min_size=6, max_size=6)


@settings(max_examples=40)
@given(
    PRICES,
    st.lists(st.integers(5, 45), min_size=3, max_size=3),
    st.integers(0, 4),
    st.sampled_from([0.0, 0.25, 1.0]),
    st.sampled_from([(math.inf, 0.0), (2.0, 2.0), (3.0, 1.0)]),
    st.sampled_from([1.0, 0.8]),
    st.sampled_from([0.0, 1.0]),
)
def test_the_plan_is_the_best_of_all(
    prices: list[int],
    contract: list[int],
    bill: int,
    make_up_share: float,
    carry: tuple[float, float],
    deficiency: float,
    least: float,
) -> None:
    terms = TakeOrPay(1.0, (least, 2.0), (0.0, 4.0), float(bill), deficiency, make_up_share, *carry)
    years = [
        ContractYear(
            float(price), np.array(prices[2 * n : 2 * n + 2], np.float64), np.full(2, 0.95**n)
        )
        for n, price in enumerate(contract)
    ]
    found = take_or_pay_value(terms, years)
    assert found.value == pytest.approx(enumerated(terms, years))
    assert found.years["value"].sum() == pytest.approx(found.value)
    for row, days in zip(found.years.iter_rows(named=True), found.taken_mwh, strict=True):
        assert days.sum() == pytest.approx(row["taken_mwh"])
        assert (days >= least).all()
        assert (days <= 2.0).all()
        assert row["make_up_bank_mwh"] >= 0.0
        assert row["carry_bank_mwh"] >= 0.0


@given(st.lists(st.integers(0, 50), min_size=5, max_size=5), st.integers(0, 5))
def test_a_year_alone_is_a_swing_contract(prices: list[int], bill: int) -> None:
    spot = np.array(prices, np.float64)
    terms = TakeOrPay(1.0, (0.0, 1.0), (0.0, 5.0), float(bill))
    found = take_or_pay_value(terms, [ContractYear(20.0, spot)])
    right = swing(
        strike=20.0, step_mwh=1.0, day_mwh=(0.0, 1.0), period_mwh=(float(bill), 5.0),
        make_up_price=20.0,
    )  # fmt: skip
    assert found.value == pytest.approx(intrinsic(right, spot).value)


def test_make_up_moves_paid_volume_into_a_dearer_year() -> None:
    cheap, dear = ContractYear(20.0, np.full(10, 12.0)), ContractYear(22.0, np.full(10, 40.0))
    values = []
    for share in (0.0, 0.5, 1.0):
        terms = TakeOrPay(1.0, (0.0, 1.0), (0.0, 10.0), 8.0, make_up_share=share)
        found = take_or_pay_value(terms, [cheap, dear])
        values.append(found.value)
        if share == 0.0:
            row = found.years.row(0, named=True)
            # Of eight that are paid two are called later, above the second year's bill.
            assert (row["taken_mwh"], row["deficiency_mwh"]) == (6.0, 2.0)
            assert found.years["make_up_mwh"].to_list() == [0.0, 2.0]
    assert values == sorted(values, reverse=True)
    none = TakeOrPay(1.0, (0.0, 1.0), (0.0, 10.0), 8.0, make_up_share=1.0)
    assert values[-1] == take_or_pay_value(none, [cheap, dear]).value


def test_carry_forward_lowers_a_later_bill() -> None:
    dear, cheap = ContractYear(20.0, np.full(10, 30.0)), ContractYear(20.0, np.full(10, 5.0))
    terms = TakeOrPay(1.0, (0.0, 1.0), (0.0, 10.0), 6.0, carry_from_mwh=6.0, carry_most_mwh=3.0)
    found = take_or_pay_value(terms, [dear, cheap])
    assert found.years["carry_used_mwh"].to_list() == [0.0, 3.0]
    assert found.years["bill_mwh"].to_list() == [6.0, 3.0]
    plain = TakeOrPay(1.0, (0.0, 1.0), (0.0, 10.0), 6.0)
    # Three MWh fewer at 20 that are worth 5.
    assert found.value - take_or_pay_value(plain, [dear, cheap]).value == pytest.approx(45.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TakeOrPay(0.0, (0.0, 1.0), (0.0, 5.0), 2.0), "step_mwh 0.0"),
        (lambda: TakeOrPay(1.0, (0.0, 1.0), (6.0, 5.0), 2.0), "give the least first"),
        (lambda: TakeOrPay(1.0, (0.0, 1.0), (0.0, 5.0), 7.0), "a bill within the most"),
        (lambda: TakeOrPay(1.0, (0.0, 1.0), (0.0, 5.0), 2.5), "pay_mwh of 2.5 MWh is no multiple"),
        (lambda: TakeOrPay(1.0, (0.0, 0.5), (0.0, 5.0), 2.0), "of 0.5 MWh is no multiple"),
        (lambda: TakeOrPay(1.0, (0.0, 1.0), (0.0, 500.0), 2.0), "give a step of at least 2.5"),
        (lambda: TakeOrPay(1.0, (0.0, 1.0), (0.0, 5.0), 2.0, -1.0), "deficiency_share from 0"),
        (
            lambda: take_or_pay_value(TakeOrPay(1.0, (0.0, 1.0), (0.0, 5.0), 2.0), []),
            "has no contract year",
        ),
        (
            lambda: take_or_pay_value(
                TakeOrPay(1.0, (0.0, 1.0), (5.0, 5.0), 2.0), [ContractYear(1.0, np.ones(4))]
            ),
            r"year 1: 4 days of \(0.0, 1.0\) MWh take 0 to 4 MWh, the year asks for \(5.0, 5.0\)",
        ),
    ],
)
def test_bad_terms_are_named(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()
