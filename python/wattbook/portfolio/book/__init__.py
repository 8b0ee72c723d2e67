"""The book: every deal in every version, and its daily close.

`DealBook` keeps deals and what became of each row that came in; `close_book` values them on curves
and says why the value changed since the close before.
"""

from wattbook.portfolio.book.close import LINES, Close, CloseInputs, close_book
from wattbook.portfolio.book.deals import DEALS, Reference, Refusal, read_deals
from wattbook.portfolio.book.flows import Flow, flows_of
from wattbook.portfolio.book.fpml import Trade, read_fpml, rebuilt
from wattbook.portfolio.book.fpml_message import Message, read_message
from wattbook.portfolio.book.references import PendingReference, References
from wattbook.portfolio.book.store import ClosedDay, DealBook, Imported, Pending
from wattbook.portfolio.book.structured import (
    EXERCISED,
    FLOWS,
    INDEX_PRICES,
    StructuredInputs,
    decisions,
    flow_rows,
    index_positions,
    structured_values,
)
from wattbook.portfolio.book.structured_greeks import GREEKS, OPTION_PNL
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
    "EXERCISED",
    "FLOWS",
    "GREEKS",
    "INDEX_PRICES",
    "LINES",
    "OPTION_PNL",
    "BookedTrades",
    "Close",
    "CloseInputs",
    "ClosedDay",
    "DealBook",
    "Flow",
    "Imported",
    "Message",
    "Pending",
    "PendingReference",
    "PendingTrade",
    "PlacePrices",
    "Reference",
    "References",
    "Refusal",
    "StructuredInputs",
    "Trade",
    "TradeBook",
    "close_book",
    "decisions",
    "flow_rows",
    "flows_of",
    "index_positions",
    "places_of",
    "positions",
    "read_deals",
    "read_fpml",
    "read_message",
    "rebuilt",
    "running_power",
    "structured_values",
    "values",
]
