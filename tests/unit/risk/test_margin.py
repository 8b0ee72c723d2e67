"""SPAN's parts, Student's distribution."""

import math

import pytest

from wattbook.errors import InputError
from wattbook.risk import (
    InterCommodityCredit,
    MonthSpread,
    ScanPosition,
    ScanRange,
    credits_between,
    normal_risk,
    span_margin,
    spread_charge,
    student_quantile,
    student_risk,
)


def test_spreads_use_up_deltas_in_the_order_of_the_list() -> None:
    spreads = [MonthSpread(100.0, ("A", "B")), MonthSpread(300.0, ("A", "C"), (1.0, 2.0))]
    charge, left = spread_charge({"A": 10.0, "B": -4.0, "C": -6.0}, spreads)
    assert charge == 4 * 100.0 + 3 * 300.0
    assert left == {"A": 3.0, "B": 0.0, "C": 0.0}


def test_credits_go_to_both_sides_of_opposite_positions_alone() -> None:
    credit = InterCommodityCredit(("CL", "HO"), (3.0, 2.0), 0.6)
    given = credits_between({"CL": 9.0, "HO": -4.0}, {"CL": 1_000.0, "HO": 1_500.0}, [credit])
    assert given == {"CL": 2 * 3 * 1_000 * 0.6, "HO": 2 * 2 * 1_500 * 0.6}
    assert credits_between({"CL": 9.0, "HO": 4.0}, {}, [credit]) == {"CL": 0.0, "HO": 0.0}
    with pytest.raises(InputError, match="price risk of CL is missing"):
        credits_between({"CL": 9.0, "HO": -4.0}, {}, [credit])


def test_margin_is_scan_and_charge_less_credit_above_the_minimum() -> None:
    short = ScanPosition("call", -10.0, 1_000.0, 70.0, 140.0, 0.1, 0.2, 0.0)
    future = ScanPosition("future", 1.0, 1_000.0, 70.0)
    ranges = ScanRange(price=5.0, volatility=0.02)
    alone = span_margin([future], ranges, month_deltas={"J": 1.0}, commodity_credit=2_000.0)
    assert alone.total == pytest.approx(3_000.0)
    assert alone.worst_scenario in (13, 14)
    least = span_margin([short], ranges, short_option_charge=25.0)
    assert least.total == 250.0


def test_a_range_beyond_the_price_is_refused_for_a_lognormal_option() -> None:
    call = ScanPosition("call", 1.0, 1.0, 8.0, 10.0, 0.1, 0.5)
    with pytest.raises(InputError, match="lognormal"):
        span_margin([call], ScanRange(price=5.0, volatility=0.1))


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1.0, 31.8205159538), (2.0, 6.9645567343), (10.0, 2.7637694581)]
)
def test_quantiles_of_student_are_those_of_tables(freedom: float, quantile: float) -> None:
    assert student_quantile(0.99, freedom) == pytest.approx(quantile, abs=1e-9)
    assert student_quantile(0.01, freedom) == pytest.approx(-quantile, abs=1e-9)


def test_many_degrees_of_freedom_are_nearly_normal_and_too_few_are_refused() -> None:
    normal = student_risk(0.0, 1.0, 1e16, 0.975)
    assert normal.value_at_risk == pytest.approx(1.959963984540054, abs=1e-12)
    assert normal.expected_shortfall == pytest.approx(2.337802792201, abs=1e-11)
    # Both sides of where the series take over.
    near = [student_risk(0.0, 1.0, freedom, 0.99) for freedom in (999_999.0, 1_000_001.0)]
    assert near[0].value_at_risk == pytest.approx(near[1].value_at_risk, abs=1e-10)
    with pytest.raises(InputError, match="more degrees of freedom"):
        student_quantile(0.99, 0.001)


def test_student_with_much_freedom_is_normal_and_with_little_is_worse() -> None:
    normal = normal_risk(1.0, 2.0, 0.99)
    close = student_risk(1.0, 2.0, 1e6, 0.99)
    assert math.isclose(close.value_at_risk, normal.value_at_risk, rel_tol=1e-4)
    assert math.isclose(close.expected_shortfall, normal.expected_shortfall, rel_tol=1e-4)
    assert student_risk(1.0, 2.0, 4.0, 0.99).expected_shortfall > normal.expected_shortfall
    with pytest.raises(InputError, match="above 2"):
        student_risk(0.0, 1.0, 2.0, 0.99)
