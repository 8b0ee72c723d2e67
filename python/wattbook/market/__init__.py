"""What the market is: its trading days, order books, and futures joined across expiries."""

from wattbook.market.days import TradingDay, choose_days, trading_day, trading_days
from wattbook.market.order_book import Anomalies, DepthLevel, L3Book
from wattbook.market.roll import Rolled, roll_adjusted, roll_places

__all__ = [
    "Anomalies",
    "DepthLevel",
    "L3Book",
    "Rolled",
    "TradingDay",
    "choose_days",
    "roll_adjusted",
    "roll_places",
    "trading_day",
    "trading_days",
]
