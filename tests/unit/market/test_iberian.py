"""What the prices of an Iberian day say about its exchange with the neighbours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from wattbook.errors import SourceError
from wattbook.market.auction import (
    Auction,
    BlockOrders,
    ComplexOrders,
    Condition,
    HourlyOrders,
    Network,
    clear,
)
from wattbook.market.auction.day import AuctionDay
from wattbook.market.auction.iberian import with_exchange

LIMITS = (-500.0, 4_000.0)
OPEN = np.full((2, 1), 1e5)


def hourly(*rows: tuple[int, int, bool, float, float]) -> HourlyOrders:
    period, zone, is_demand, price, volume = (np.array(one) for one in zip(*rows, strict=True))
    price = price.astype(float)
    return HourlyOrders(period, zone, is_demand, price, price, volume.astype(float))


def sellers(conditions: list[Condition], terms: list[tuple[float, float, int]]) -> ComplexOrders:
    """Return one seller in Spain a condition, 20 MW at 25 in both periods."""
    count = len(conditions)
    fixed, variable, stop = zip(*terms, strict=True)
    return ComplexOrders(
        names=[str(number) for number in range(count)],
        zone=np.zeros(count, np.int64),
        is_demand=np.zeros(count, np.bool_),
        condition=conditions,
        fixed_term=np.array(fixed),
        step_order=np.repeat(np.arange(count), 2),
        step_period=np.tile([0, 1], count),
        step_price=np.full(2 * count, 25.0),
        step_volume=np.full(2 * count, 20.0),
        variable_term=np.array(variable),
        stop_periods=np.array(stop),
    )


def day(price: float) -> AuctionDay:
    """Return a day whose auction knows of no exchange, published at a price.

    Portugal buys 100 MW an hour; Spain sells at 10, 30 and 60. Of four complex sellers one only has
    a gradient, one wants little, one too much, and of the last, who does too, a stop is left.
    """
    rows = [(at, 1, True, 200.0, 100.0) for at in range(2)]
    rows += [(at, 0, False, limit, 50.0) for at in range(2) for limit in (10.0, 30.0, 60.0)]
    income = Condition.INCOME
    orders = sellers(
        [Condition.NONE, income, income, income],
        [(0.0, 0.0, 0), (100.0, 20.0, 0), (9_000.0, 0.0, 0), (9_000.0, 0.0, 1)],
    )
    auction = Auction(
        Network(["ES", "PT"], [("ES", "PT")], -OPEN, OPEN),
        hourly(*rows),
        BlockOrders.none(),
        np.zeros((2, 2)),
        LIMITS,
        complex_orders=orders,
    )
    published = np.full((2, 2), price)
    periods = pl.Series("period", [1, 2])
    return AuctionDay("OMIE test", auction, periods, 2, published=published, notes=("no border",))


@pytest.mark.parametrize(
    ("price", "sold"),
    [
        # 100 MW at 10 and 30, 40 MW of complex sellers, 20 MW of the stop in the first hour.
        (45.0, [60.0, 40.0]),
        (27.0, [10.0, -10.0]),
        (20.0, [-50.0, -50.0]),
    ],
)
def test_the_exchange_is_what_offers_sell_beyond_what_is_bought(
    price: float, sold: list[float]
) -> None:
    made = day(price)
    found = with_exchange(made)
    assert found.auction.injections[:, 0] == pytest.approx(-np.array(sold))
    assert (found.auction.injections[:, 1] == 0).all()
    assert (made.auction.injections == 0).all()
    assert found.notes != made.notes
    # With it the published price is one at which the hours balance.
    cleared = clear(found.auction)
    assert (cleared.prices_min <= price).all()
    assert (cleared.prices_max >= price).all()


def test_of_offers_at_the_price_half_counts() -> None:
    more, less, middle = (
        with_exchange(day(price)).auction.injections[:, 0] for price in (60.01, 59.99, 60.0)
    )
    assert middle == pytest.approx(0.5 * (more + less))
    assert less - more == pytest.approx([50.0, 50.0])


@pytest.mark.parametrize("published", [np.empty((0, 0)), np.array([[50.0, 50.0], [50.0, np.nan]])])
def test_without_all_prices_no_exchange_follows(published: np.ndarray) -> None:
    with pytest.raises(SourceError, match="OMIE test: not all prices were published"):
        with_exchange(replace(day(45.0), published=published))
