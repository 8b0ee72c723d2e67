"""A desk's book in a folder: deals come in, days are closed, both can be told at any time."""

from wattbook.runtime.book.amendments import Waiting, decide_amendment, waiting
from wattbook.runtime.book.closed_state import closed_state
from wattbook.runtime.book.closing import DayClosed, check_close, close_day
from wattbook.runtime.book.credit import BookCredit, book_credit, credit_figures
from wattbook.runtime.book.folder import make_book, open_book, open_deals, propose_reference
from wattbook.runtime.book.hedging import BookHedge, ProfileHedge, hedge_book, hedge_profile
from wattbook.runtime.book.history import pnl_history
from wattbook.runtime.book.importing import (
    import_deals,
    import_run,
    import_trades,
    repeated_numbers,
)
from wattbook.runtime.book.kept import (
    index_positions_of,
    inputs_of,
    last_close,
    marked_books,
    positions_of,
)
from wattbook.runtime.book.reference import BookReference, Limit, load_reference
from wattbook.runtime.book.rehearsal import Planted, Rehearsal, rehearse
from wattbook.runtime.book.run_deals import RunTerms
from wattbook.runtime.book.ticket import enter_deal

__all__ = [
    "BookCredit",
    "BookHedge",
    "BookReference",
    "DayClosed",
    "Limit",
    "Planted",
    "ProfileHedge",
    "Rehearsal",
    "RunTerms",
    "Waiting",
    "book_credit",
    "check_close",
    "close_day",
    "closed_state",
    "credit_figures",
    "decide_amendment",
    "enter_deal",
    "hedge_book",
    "hedge_profile",
    "import_deals",
    "import_run",
    "import_trades",
    "index_positions_of",
    "inputs_of",
    "last_close",
    "load_reference",
    "make_book",
    "marked_books",
    "open_book",
    "open_deals",
    "pnl_history",
    "positions_of",
    "propose_reference",
    "rehearse",
    "repeated_numbers",
    "waiting",
]
