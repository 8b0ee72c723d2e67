"""What prices mean to a market: its trading days, and futures joined across expiries."""

from wattbook.market.days import TradingDay, choose_days, trading_day, trading_days
from wattbook.market.roll import Rolled, roll_adjusted, roll_places

__all__ = [
    "Rolled",
    "TradingDay",
    "choose_days",
    "roll_adjusted",
    "roll_places",
    "trading_day",
    "trading_days",
]
