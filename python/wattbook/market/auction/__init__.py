"""Auctions of coupled zones: welfare is maximal, each zone and period has one price.

`clear` decides hourly orders and blocks and says what every price and flow is. Hourly orders alone
are cleared in Rust; blocks are chosen by HiGHS over cuts that each clearing gives.
"""

from wattbook.market.auction.clearing import Clearing, Status, clear
from wattbook.market.auction.complex_orders import ComplexOrders, Condition
from wattbook.market.auction.orders import Auction, BlockOrders, FlowBased, HourlyOrders, Network

__all__ = [
    "Auction",
    "BlockOrders",
    "Clearing",
    "ComplexOrders",
    "Condition",
    "FlowBased",
    "HourlyOrders",
    "Network",
    "Status",
    "clear",
]
