"""A battery on the orders of a continuous market."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pytest

from wattbook.assets import ContinuousOrders, IntrinsicRules, StoreLimits, rolling_intrinsic
from wattbook.assets.rolling_intrinsic import fitting_states
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


@pytest.mark.parametrize("power", [0.6, 1.0, 3.0])
@pytest.mark.parametrize("capacity", [0.7, 1.0, 2.0, 2.5, 3.1])
@pytest.mark.parametrize("one_way", [1.0, 0.95, 0.85**0.5, 0.9])
def test_of_one_spread_no_lot_more_is_bought_than_is_sold(
    power: float, capacity: float, one_way: float
) -> None:
    run = rolling_intrinsic(
        StoreLimits.symmetric(power, capacity, round_trip=one_way**2),
        SPREAD,
        first_delivery=FIRST,
        products=2,
        states=11,
    )
    # All lots that could be bought, and what each number of them lets be sold.
    best = 0.0
    for bought in range(round(power * 10) + 1):
        stored = bought * one_way
        if stored <= capacity * 10 + 1e-9:
            sold = min(round(power * 10), int(stored * one_way + 1e-6))
            best = max(best, (sold * 100 - bought * 10) / 10)
    assert run.profit == pytest.approx(best)


def most_of_all(capacity: float, power: float, orders: ContinuousOrders, products: int) -> float:
    """Return the most that a battery without losses can earn: every energy, every position."""
    lots, most = round(capacity * 10), round(power * 10)
    rows = list(zip(*(np.asarray(one) for one in (
        orders.delivery, orders.is_buy, orders.price, orders.power)), strict=True))  # fmt: skip
    worth = np.zeros(lots + 1)
    for product in reversed(range(products)):
        cash = {0: 0.0}
        for sign, is_bid in ((1, False), (-1, True)):
            mine = [(p, w) for at, b, p, w in rows if at == (2 + product) * HOUR and b == is_bid]
            levels = sorted(mine, reverse=is_bid)
            prices = [price for price, mw in levels for _ in range(round(mw * 10))]
            for lot, price in enumerate(prices[:most], start=1):
                cash[sign * lot] = cash[sign * (lot - 1)] - sign * price / 10
        worth = np.array([
            max(cash[lot] + worth[held + lot] for lot in cash if 0 <= held + lot <= lots)
            for held in range(lots + 1)
        ])  # fmt: skip
    return float(worth[0])


@pytest.mark.parametrize(("power", "capacity"), [(1.0, 2.5), (0.6, 2.3), (1.0, 0.7)])
@pytest.mark.parametrize("seed", range(4))
def test_on_a_grid_of_whole_lots_nothing_is_missed(
    power: float, capacity: float, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    mid = chance.uniform(20.0, 100.0, 5)
    rows = [
        ((2 + product) * HOUR, is_buy, mid[product] - step if is_buy else mid[product] + step)
        for product in range(5)
        for is_buy in (True, False)
        for step in np.cumsum(chance.uniform(0.5, 8.0, 3))
    ]
    delivery, is_buy, price = zip(*rows, strict=True)
    lots = chance.integers(1, 30, len(rows))
    orders = ContinuousOrders([0] * len(rows), delivery, delivery, is_buy, price, lots / 10)
    battery = StoreLimits.symmetric(power, capacity)
    # Energies that it can have lie on lots; 11 points of 0.25 MWh would lie beside them.
    assert fitting_states(battery) == round(capacity * 10) + 1
    run = rolling_intrinsic(battery, orders, first_delivery=FIRST, products=5)
    assert run.profit == pytest.approx(most_of_all(capacity, power, orders, 5))


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
