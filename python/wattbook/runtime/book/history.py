"""What the closes of a book have told, day after day."""

from __future__ import annotations

import polars as pl

from wattbook.errors import StoreError
from wattbook.portfolio.book import ClosedDay, DealBook
from wattbook.runtime.book.kept import frozen_folder

__all__ = ["pnl_history"]

SCHEMA = pl.Schema({"day": pl.Date, "book": pl.String, "line": pl.String, "amount": pl.Float64})


def pnl_history(book: DealBook) -> pl.DataFrame:
    """Return the P&L of every closed day as it was explained.

    Returns
    -------
    polars.DataFrame
        ``day``, ``book``, ``line`` (`wattbook.portfolio.book.LINES`), ``amount`` in the desk's
        currency; by day, then as each close told it.

    Raises
    ------
    StoreError
        If a close cannot be read.
    """
    parts = [pnl_of(book, one) for one in book.closed()]
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


def pnl_of(book: DealBook, closed: ClosedDay) -> pl.DataFrame:
    """Return the P&L of one closed day."""
    path = frozen_folder(book, closed) / "pnl.parquet"
    try:
        found = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as fault:
        message = f"{path} cannot be read ({fault}); put back a copy of the close"
        raise StoreError(message) from fault
    return found.select(pl.lit(closed.day).alias("day"), "book", "line", "amount").cast(SCHEMA)
