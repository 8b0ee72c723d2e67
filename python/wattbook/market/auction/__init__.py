"""Auctions of coupled zones: welfare is maximal, each zone and period has one price.

`clear` decides hourly orders and blocks and says what every price and flow is. Hourly orders alone
are cleared in Rust; blocks are chosen by HiGHS over cuts that each clearing gives. `auction_terms`
says what holds for the auctions of a delivery day, intraday ones included.
"""

from wattbook.market.auction.accepted import accepted_volume, virtual_earnings
from wattbook.market.auction.clearing import clear
from wattbook.market.auction.complex_orders import ComplexOrders, Condition
from wattbook.market.auction.network import FlowBased, Network
from wattbook.market.auction.orders import Auction, BlockOrders, HourlyOrders
from wattbook.market.auction.outcome import Clearing, Status
from wattbook.market.auction.terms import AuctionTerms, auction_terms

__all__ = [
    "Auction",
    "AuctionTerms",
    "BlockOrders",
    "Clearing",
    "ComplexOrders",
    "Condition",
    "FlowBased",
    "HourlyOrders",
    "Network",
    "Status",
    "accepted_volume",
    "auction_terms",
    "clear",
    "virtual_earnings",
]
