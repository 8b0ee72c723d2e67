"""What the market is: its trading days, order books, and futures joined across expiries."""

from wattbook.market.days import TradingDay, choose_days, trading_day, trading_days
from wattbook.market.hours import hourly_mean, spread
from wattbook.market.order_book import Anomalies, DepthLevel, L3Book
from wattbook.market.roll import Rolled, roll_adjusted, roll_places

__all__ = [
    "Anomalies",
    "DepthLevel",
    "L3Book",
    "Rolled",
    "TradingDay",
    "choose_days",
    "hourly_mean",
    "roll_adjusted",
    "roll_places",
    "spread",
    "trading_day",
    "trading_days",
]
