"""A battery on the orders of a continuous market."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pytest

from wattbook.assets import ContinuousOrders, IntrinsicRules, StoreLimits, rolling_intrinsic
from wattbook.errors import InputError

HOUR = 3_600_000
FIRST = dt.datetime.fromtimestamp(2 * 3_600, dt.UTC)
SPREAD = ContinuousOrders(
    time=[0, 0, 1, 1],
    valid_until=[2 * HOUR, 3 * HOUR, 2 * HOUR, 3 * HOUR],
    delivery=[2 * HOUR, 3 * HOUR, 2 * HOUR, 3 * HOUR],
    is_buy=[True, False, False, True],
    price=[9.0, 101.0, 10.0, 100.0],
    power=[10.0, 10.0, 10.0, 10.0],
)


@pytest.mark.parametrize("rules", list(IntrinsicRules))
def test_a_spread_is_bought_and_sold_as_far_as_the_power_goes(rules: IntrinsicRules) -> None:
    run = rolling_intrinsic(
        StoreLimits.symmetric(5.0, 10.0),
        SPREAD,
        first_delivery=FIRST,
        products=2,
        fee=0.1,
        wear=2.0,
        rules=rules,
    )
    assert run.profit == pytest.approx(5 * (100 - 10) - 10 * 0.1 - 10 * 2.0)
    assert run.position_mw.tolist() == [5.0, -5.0]
    assert sorted(run.cash.tolist()) == [-50.0, 500.0]
    assert run.product.tolist() == [0, 1]
    assert run.time.tolist() == [1, 1]


@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_a_shorter_product_moves_and_pays_its_share_of_an_hour(minutes: int) -> None:
    hours, length = minutes / 60, minutes * 60_000
    delivery = np.array([0, 1, 0, 1]) * length + 2 * HOUR
    orders = dataclasses.replace(SPREAD, delivery=delivery, valid_until=delivery)
    run = rolling_intrinsic(
        StoreLimits.symmetric(5.0, 3.0 * hours),
        orders,
        first_delivery=FIRST,
        products=2,
        product_minutes=minutes,
        fee=0.1,
        wear=2.0,
    )
    # The cells take three fifths of what the power could fill.
    assert run.position_mw.tolist() == [3.0, -3.0]
    assert run.profit == pytest.approx(hours * (3 * 90 - 6 * 0.1 - 6 * 2.0))
    assert sorted(run.cash.tolist()) == pytest.approx([-30.0 * hours, 300.0 * hours])


def test_losses_are_bought_and_whole_lots_sold() -> None:
    battery = StoreLimits.symmetric(5.0, 10.0, round_trip=0.95**2)
    run = rolling_intrinsic(battery, SPREAD, first_delivery=FIRST, products=2)
    # 5 MWh bought are 4.75 stored and 4.5125 sold, of which 4.5 are whole lots.
    assert run.position_mw.tolist() == [5.0, -4.5]
    assert run.profit == pytest.approx(4.5 * 100 - 50)


def test_a_spread_that_does_not_pay_for_its_costs_is_left() -> None:
    run = rolling_intrinsic(
        StoreLimits.symmetric(5.0, 10.0), SPREAD, first_delivery=FIRST, products=2, wear=46.0
    )
    assert (run.profit, len(run.time)) == (0.0, 0)
    assert run.solves > 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"power": [10.0, 10.0, 0.05, 10.0]}, "order 2: 0.05 MW"),
        ({"power": [10.0]}, "columns of orders have"),
        ({"time": [0, 1, 1, 0]}, "time of an order is 0"),
        ({"price": np.array([9.0, np.nan, 10.0, 100.0])}, "price of an order is NaN"),
    ],
)
def test_an_order_that_is_none_is_refused(change: dict[str, Any], sentence: str) -> None:
    orders = dataclasses.replace(SPREAD, **change)
    with pytest.raises(InputError, match=sentence):
        rolling_intrinsic(
            StoreLimits.symmetric(5.0, 10.0), orders, first_delivery=FIRST, products=2
        )


def test_a_time_without_a_zone_is_refused() -> None:
    naive = FIRST.replace(tzinfo=None)
    with pytest.raises(InputError, match="no time zone"):
        rolling_intrinsic(
            StoreLimits.symmetric(5.0, 10.0), SPREAD, first_delivery=naive, products=2
        )


def test_a_product_without_length_is_refused() -> None:
    with pytest.raises(InputError, match="product_ms is 0"):
        rolling_intrinsic(
            StoreLimits.symmetric(5.0, 10.0), SPREAD, first_delivery=FIRST, products=2,
            product_minutes=0,
        )  # fmt: skip
