"""Auctions of a day: when they close, what they trade, and who may bid without delivering."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.market.auction import (
    Auction,
    BlockOrders,
    FlowBased,
    HourlyOrders,
    Network,
    accepted_volume,
    auction_terms,
    clear,
    virtual_earnings,
)

LIMITS = (-500.0, 4_000.0)
DAY = dt.date(2025, 6, 3)


def hourly(*rows: tuple[int, int, bool, float, float], **rest: np.ndarray) -> HourlyOrders:
    period, zone, is_demand, price, volume = (np.array(one) for one in zip(*rows, strict=True))
    price = price.astype(float)
    return HourlyOrders(period, zone, is_demand, price, price, volume.astype(float), **rest)


@pytest.mark.parametrize(
    ("name", "gate", "periods"),
    [
        ("IDA1", "2025-06-02T13:00", 96),
        ("IDA2", "2025-06-02T20:00", 96),
        ("IDA3", "2025-06-03T08:00", 48),
        ("SDAC", "2025-06-02T10:00", 96),
        ("ERCOT", "2025-06-02T15:00", 96),
    ],
)
def test_each_auction_closes_and_delivers_when_its_rule_says(
    name: str, gate: str, periods: int
) -> None:
    terms = auction_terms(name, DAY)
    assert terms.gate == np.datetime64(gate, "ns").astype(np.int64)
    assert len(terms.delivery_start) == periods
    assert (np.diff(terms.delivery_start) == 900 * 10**9).all()
    assert terms.allows_virtual == (name == "ERCOT")


@pytest.mark.parametrize(("day", "count"), [((2025, 3, 30), 92), ((2025, 10, 26), 100)])
def test_clock_changes_lie_before_the_third_auction(day: tuple[int, int, int], count: int) -> None:
    assert len(auction_terms("IDA1", dt.date(*day)).delivery_start) == count
    assert len(auction_terms("IDA3", dt.date(*day)).delivery_start) == 48


@pytest.mark.parametrize(
    ("name", "day", "minutes", "says"),
    [
        ("IDA4", DAY, 15, "SDAC, IDA1"),
        ("IDA1", dt.date(2024, 6, 13), 15, "not held for delivery on 2024-06-13"),
        ("IDA1", DAY, 20, "15, 30 or 60"),
        ("SDAC", dt.date(2010, 1, 1), 60, "no price limits of SDAC"),
    ],
)
def test_an_auction_that_is_not_held_is_named(
    name: str, day: dt.date, minutes: int, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        auction_terms(name, day, minutes=minutes)


def two_zones(ramp: float = np.nan, periods: int = 96) -> Network:
    capacity = np.full((periods, 1), 60.0)
    hours = np.full(periods, 0.25)
    return Network("AB", [("A", "B")], -capacity, capacity, hours, ramp=np.array([ramp]))


def test_an_intraday_auction_trades_what_the_day_ahead_left_of_the_capacity() -> None:
    terms, network = auction_terms("IDA3", DAY), two_zones()
    flows = np.full((96, 1), 45.0)
    left = network.after(flows, first=48)
    assert left.periods == 48
    # A sells at 10 what B buys at 90; only 15 MW more get there, and 105 MW could come back.
    day = terms.auction_day(left, hourly((0, 0, False, 10, 80), (0, 1, True, 90, 80)))
    cleared = clear(day.auction)
    assert cleared.flows[0, 0] == pytest.approx(15.0)
    assert cleared.prices[0].tolist() == [10.0, 90.0]
    assert day.auction.price_limits == (-9_999.0, 9_999.0)
    assert day.labels()[0] == "12:00"
    back = terms.auction_day(left, hourly((0, 1, False, 10, 200), (0, 0, True, 90, 200)))
    assert clear(back.auction).flows[0, 0] == pytest.approx(-105.0)


def test_a_ramp_counts_from_what_flows_already() -> None:
    flows = np.full((4, 1), 20.0)
    flows[:2] = 0.0
    network = two_zones(ramp=25.0, periods=4)
    rows = [(period, 0, False, 10, 80) for period in (0, 1)]
    rows += [(period, 1, True, 90, 80) for period in (0, 1)]
    # 20 MW flow from period 2 on; of a ramp of 25 from none, 5 are left there, and 45 one later.
    left = network.after(flows, first=2)
    auction = Auction(left, hourly(*rows), BlockOrders.none(), np.zeros((2, 2)), LIMITS)
    assert clear(auction).flows[:, 0] == pytest.approx([5.0, 30.0])
    # Traded from the first period on, the ramp between 1 and 2 holds for what both flow.
    whole = network.after(flows)
    rows = [(period, 0, False, 10, 80) for period in range(4)]
    rows += [(period, 1, True, 90, 80) for period in (0, 2, 3)]
    auction = Auction(whole, hourly(*rows), BlockOrders.none(), np.zeros((4, 2)), LIMITS)
    total = clear(auction).flows[:, 0] + flows[:, 0]
    assert (np.abs(np.diff(total)) <= 25.0 + 1e-6).all()
    assert total == pytest.approx([25.0, 0.0, 25.0, 50.0])


def test_what_is_sent_back_over_a_link_does_not_lose_its_loss() -> None:
    capacity = np.full((1, 1), 100.0)
    network = Network("AB", [("A", "B")], -capacity, capacity, loss=np.array([0.1]))
    left = network.after(np.array([[50.0]]))
    # B gives back 36 MW of the 45 that arrive; A need not send 40 then.
    orders = hourly((0, 1, False, 10, 36), (0, 0, True, 90, 100))
    cleared = clear(Auction(left, orders, BlockOrders.none(), np.zeros((1, 2)), LIMITS))
    assert cleared.flows[0, 0] == pytest.approx(-40.0, abs=1e-4)
    assert cleared.net_positions[0] == pytest.approx([-40.0, 36.0], abs=1e-4)


def test_flows_that_no_auction_can_have_left_are_refused() -> None:
    with pytest.raises(InputError, match="link A–B, period 3: a flow of 61"):
        two_zones().after(np.where(np.arange(96) == 3, 61.0, 0.0)[:, None])
    with pytest.raises(InputError, match="from period 96"):
        two_zones().after(np.zeros((96, 1)), first=96)
    with pytest.raises(InputError, match="IDA3 of 2025-06-03 has 48 periods"):
        auction_terms("IDA3", DAY).auction_day(two_zones(), hourly((0, 0, True, 1, 1)))


def test_a_region_keeps_the_margins_that_exports_left() -> None:
    region = FlowBased(
        np.array([0, 1]), np.array([[0.5, -0.5], [0.4, 0.0]]), np.full(2, -30.0), np.full(2, 30.0)
    )
    left = region.after(np.array([[9.0, -9.0], [20.0, -20.0]]), first=1)
    assert left.period.tolist() == [0]
    assert (left.low[0], left.high[0]) == (-38.0, 22.0)
    with pytest.raises(InputError, match="flow-based limit 0: a flow of 31"):
        region.after(np.array([[31.0, -31.0], [0.0, 0.0]]))
    with pytest.raises(InputError, match=r"shape \(1, 2\).* 2 zones and 2 periods"):
        region.after(np.zeros((1, 2)))


def test_an_intraday_auction_trades_what_the_day_ahead_left_of_a_region() -> None:
    count, terms = 96, auction_terms("IDA1", DAY)
    region = FlowBased(
        np.arange(count), np.tile([0.5, 0.0, -0.5], (count, 1)), np.full(count, -30.0),
        np.full(count, 30.0),
    )  # fmt: skip
    empty = np.empty((count, 0))
    network = Network("ABC", [], empty, empty, np.full(count, 0.25))
    # A sells what C buys: the element takes 30 MW of it, in one auction or in both.
    orders = hourly((0, 0, False, 10, 20), (0, 2, True, 90, 20), (1, 0, False, 10, 200),
                    (1, 2, True, 90, 200))  # fmt: skip
    none = np.zeros((count, 3))
    blocks = BlockOrders.none()
    first = clear(Auction(network, orders, blocks, none, LIMITS, flow_based=region))
    assert first.exports[0] == pytest.approx([20.0, 0.0, -20.0], abs=1e-4)
    assert first.exports[1] == pytest.approx([30.0, 0.0, -30.0], abs=1e-4)
    assert first.exports == pytest.approx(first.net_positions, abs=1e-4)
    left = region.after(first.exports)
    day = terms.auction_day(network, orders, flow_based=left)
    second = clear(day.auction)
    assert second.exports[0] == pytest.approx([10.0, 0.0, -10.0], abs=1e-4)
    assert second.exports[1] == pytest.approx([0.0, 0.0, 0.0], abs=1e-4)
    # What was sold can be taken back, and as much goes the other way.
    turned = hourly((0, 2, False, 10, 300), (0, 0, True, 90, 300))
    back = clear(terms.auction_day(network, turned, flow_based=left).auction)
    assert back.exports[0] == pytest.approx([-50.0, 0.0, 50.0], abs=1e-4)


def test_a_market_without_virtual_bids_refuses_them() -> None:
    orders = hourly((0, 0, True, 50, 10), (0, 0, False, 20, 10), is_virtual=np.array([False, True]))
    empty = np.empty((1, 0))
    network = Network("A", [], empty, empty)
    with pytest.raises(InputError, match="hourly order 1 is virtual"):
        Auction(network, orders, BlockOrders.none(), np.zeros((1, 1)), LIMITS)
    allowed = Auction(
        network, orders, BlockOrders.none(), np.zeros((1, 1)), LIMITS, allows_virtual=True
    )
    assert clear(allowed).prices[0, 0] == 35.0


def test_virtual_bids_earn_the_spread_to_real_time_and_others_nothing() -> None:
    orders = hourly(
        (0, 0, True, 90, 40), (0, 0, False, 30, 60), (0, 0, False, 20, 25), (0, 0, True, 30, 10),
        is_virtual=np.array([False, False, True, True]),
    )  # fmt: skip
    empty = np.empty((1, 0))
    network = Network("A", [], empty, empty, np.array([0.5]))
    auction = Auction(
        network, orders, BlockOrders.none(), np.zeros((1, 1)), LIMITS, allows_virtual=True
    )
    cleared = clear(auction)
    accepted = accepted_volume(auction, cleared)
    # At 30 the most is traded: the buyer at 30 in full, of the seller there the rest.
    assert cleared.prices[0, 0] == 30.0
    assert accepted == pytest.approx([40.0, 25.0, 25.0, 10.0])
    earned = virtual_earnings(auction, accepted, cleared.prices, np.array([[42.0]]))
    assert earned == pytest.approx([0.0, 0.0, 0.5 * 25 * (30 - 42), 0.5 * 10 * (42 - 30)])
    with pytest.raises(InputError, match="real-time prices have shape"):
        virtual_earnings(auction, accepted, cleared.prices, np.zeros((2, 1)))


def test_accepted_orders_make_the_net_position_of_their_zone() -> None:
    random = np.random.default_rng(5)
    rows = [
        (period, zone, bool(side), int(random.integers(0, 30)), float(random.integers(1, 50)))
        for period in range(3)
        for zone in range(2)
        for side in (0, 1)
        for _ in range(12)
    ]
    steps = hourly(*rows)
    orders = replace(
        steps,
        price_end=steps.price_start
        + np.where(np.arange(len(steps)) % 3 == 0, np.where(steps.is_demand, -4.0, 4.0), 0.0),
    )
    capacity = np.full((3, 1), 30.0)
    block = np.array([0, 0])
    blocks = BlockOrders(["b"], np.array([5.0]), block, np.array([0, 1]), block, np.full(2, 20.0))
    network = Network("AB", [("A", "B")], -capacity, capacity)
    auction = Auction(network, orders, blocks, np.full((3, 2), 3.0), LIMITS)
    cleared = clear(auction)
    accepted = accepted_volume(auction, cleared)
    assert (accepted <= orders.volume + 1e-9).all()
    found = np.full((3, 2), 3.0)
    np.add.at(found, (orders.period, orders.zone), np.where(orders.is_demand, -1.0, 1.0) * accepted)
    found[:2, 0] += 20.0 * cleared.acceptance[0]
    assert found == pytest.approx(cleared.net_positions, abs=1e-5)
