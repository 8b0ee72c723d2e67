"""A desk's book in a folder: deals come in, days are closed, both can be told at any time."""

from wattbook.runtime.book.closing import (
    DayClosed,
    check_close,
    close_day,
    last_close,
    positions_of,
)
from wattbook.runtime.book.hedging import BookHedge, hedge_book
from wattbook.runtime.book.importing import import_deals, import_trades
from wattbook.runtime.book.reference import (
    BookReference,
    Limit,
    load_reference,
    make_book,
    open_book,
)

__all__ = [
    "BookHedge",
    "BookReference",
    "DayClosed",
    "Limit",
    "check_close",
    "close_day",
    "hedge_book",
    "import_deals",
    "import_trades",
    "last_close",
    "load_reference",
    "make_book",
    "open_book",
    "positions_of",
]
