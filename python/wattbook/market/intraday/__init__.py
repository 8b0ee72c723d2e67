"""Continuous intraday trading: the contracts of a day with their gates, and their coupled books."""

from wattbook.market.intraday.books import (
    BasketLeg,
    BorderState,
    IntradayBooks,
    RefusedRows,
    ViewLevel,
)
from wattbook.market.intraday.day import (
    Border,
    GateException,
    IntradayContract,
    IntradayDay,
    intraday_day,
)

__all__ = [
    "BasketLeg",
    "Border",
    "BorderState",
    "GateException",
    "IntradayBooks",
    "IntradayContract",
    "IntradayDay",
    "RefusedRows",
    "ViewLevel",
    "intraday_day",
]
