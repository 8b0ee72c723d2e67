"""A map shows prices and flows of one period; power flows where an arrow points."""

import re

import numpy as np
import polars as pl

from wattbook.market.auction import Auction, BlockOrders, HourlyOrders, Network, clear
from wattbook.market.auction.day import AuctionDay
from wattbook.runtime.report.zone_map import on_paper, zone_map


def shown(zones: tuple[str, str], limit: float) -> str:
    """Return the map of two zones: 100 MW wanted in the first, offered in the second at 20."""
    capacity = np.array([[limit]])
    auction = Auction(
        network=Network(zones, [zones], -capacity, capacity),
        hourly=HourlyOrders(
            period=np.array([0, 0, 0]),
            zone=np.array([0, 1, 0]),
            is_demand=np.array([True, False, False]),
            price_start=np.array([90.0, 20.0, 60.0]),
            price_end=np.array([90.0, 20.0, 60.0]),
            volume=np.array([100.0, 100.0, 100.0]),
        ),
        blocks=BlockOrders.none(),
        injections=np.zeros((1, 2)),
        price_limits=(-500.0, 4_000.0),
    )
    day = AuctionDay("a day", auction, pl.Series("period", [1]), 2)
    return zone_map(day, clear(auction), "EUR", 0)


def test_power_flows_to_the_dear_zone_and_a_full_link_says_so() -> None:
    found = shown(("NORTH", "SOUTH"), 40.0)
    # The line begins in the south (below), and its head is in the north (above).
    ((y_from, y_to),) = re.findall(r'<path d="M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)"', found)
    (y_head,) = re.findall(r'<path class="head" d="M[\d.]+ ([\d.]+)', found)
    assert float(y_from) > float(y_to) > float(y_head)
    assert "40 MW full" in found
    assert "stroke-dasharray" in found
    assert "NORTH</tspan> 60.00" in found
    assert "SOUTH</tspan> 20.00" in found


def test_an_ample_link_is_not_full_and_unknown_zones_lie_on_a_ring() -> None:
    found = shown(("A", "B<"), 400.0)
    assert "100 MW</text>" in found
    assert "full" not in found
    assert "B&lt;" in found


def test_places_stay_on_the_paper() -> None:
    for zones in (["NORD", "SICI", "SARD", "MALT"], ["DE-LU", "FR", "NO4"], list("ABCDEFG"), ["A"]):
        for x, y in on_paper(zones):
            assert 0 <= x <= 640
            assert 0 <= y <= 560
