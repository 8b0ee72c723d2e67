"""The book: every deal in every version, and its daily close.

`DealBook` keeps deals and what became of each row that came in; `close_book` values them on curves
and says why the value changed since the close before.
"""

from wattbook.portfolio.book.close import LINES, Close, CloseInputs, close_book
from wattbook.portfolio.book.deals import DEALS, Reference, Refusal, read_deals
from wattbook.portfolio.book.fpml import Trade, read_fpml, rebuilt
from wattbook.portfolio.book.store import ClosedDay, DealBook, Imported, Pending
from wattbook.portfolio.book.trades import BookedTrades, PendingTrade, TradeBook
from wattbook.portfolio.book.valuation import (
    PlacePrices,
    places_of,
    positions,
    running_power,
    values,
)

__all__ = [
    "DEALS",
    "LINES",
    "BookedTrades",
    "Close",
    "CloseInputs",
    "ClosedDay",
    "DealBook",
    "Imported",
    "Pending",
    "PendingTrade",
    "PlacePrices",
    "Reference",
    "Refusal",
    "Trade",
    "TradeBook",
    "close_book",
    "places_of",
    "positions",
    "read_deals",
    "read_fpml",
    "rebuilt",
    "running_power",
    "values",
]
