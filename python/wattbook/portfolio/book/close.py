"""A day's close: what the book is worth, and why that changed since the close before.

A deal is worth its energy times what the energy fetches above the deal's price: by the forward
curve before delivery, by the price that delivery met afterwards. Prices that were delivered stand
in every later close, so that a delivered deal moves no more. What lies before the first close of a
place is not valued.

The change is told in lines, each worked out from the deals that it is about:

- ``price``: curves and delivered prices, on the deals as the close before knew them;
- ``fx``: rates of exchange, on the same deals at the new prices;
- ``amendments``: deals that both closes know and whose version differs, old against new terms;
- ``new deals``: made since the close before;
- ``late deals``: made on or before its day, known after it: prior-day P&L;
- ``withdrawn``: deals that the close before knew and this one does not, such as one that was
  moved to a later day;
- ``fees``: paid since; they are no part of the value.

What the value changed by beyond the lines is unexplained; it is the rounding of floats.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.portfolio.book.valuation import (
    MILLION,
    PlacePrices,
    positions,
    rate_of,
    values,
)

__all__ = ["LINES", "Close", "CloseInputs", "close_book"]

Floats = NDArray[np.float64]
LINES = ("price", "fx", "amendments", "new deals", "late deals", "withdrawn", "fees")


@dataclass(frozen=True)
class CloseInputs:
    """What a close takes as given.

    Parameters
    ----------
    day : date
    deals : polars.DataFrame
        As `DealBook.deals` gives them.
    prices : mapping of str to PlacePrices
        By place.
    fx : mapping of str to float
        What one of a currency is worth in the desk's.
    """

    day: dt.date
    deals: pl.DataFrame
    prices: Mapping[str, PlacePrices]
    fx: Mapping[str, float]


@dataclass(frozen=True)
class Close:
    """What a close found; money in the desk's currency.

    Parameters
    ----------
    day : date
    value : dict of str to float
        By book.
    pnl : polars.DataFrame
        ``book``, ``line`` (of `LINES`) and ``amount``, since the close before.
    unexplained : dict of str to float
        By book: change of value less its lines.
    positions : polars.DataFrame
        As `positions` gives them.
    deals : polars.DataFrame
        ``deal``, ``version``, ``book``, ``energy_mwh``, ``value``.
    """

    day: dt.date
    value: dict[str, float]
    pnl: pl.DataFrame
    unexplained: dict[str, float]
    positions: pl.DataFrame
    deals: pl.DataFrame

    @property
    def digest(self) -> str:
        """SHA-256 of all that was found, to the last bit."""
        found = hashlib.sha256(self.day.isoformat().encode())
        for told in (self.value, self.unexplained):
            for book, value in sorted(told.items()):
                found.update(f"{book}={value.hex()};".encode())
        for table in (self.pnl, self.positions, self.deals):
            for column in table:
                found.update(column.name.encode())
                if column.dtype.is_float():
                    found.update(np.ascontiguousarray(column.to_numpy()).tobytes())
                else:
                    found.update("\x1f".join(map(str, column.to_list())).encode())
        return found.hexdigest()


def close_book(now: CloseInputs, before: CloseInputs | None) -> Close:
    """Return the close of a day, explained from the one before, or from nothing if there is none.

    Raises
    ------
    CurveError
        If a deal has no price; names deal, place and fix.
    InputError
        If a rate of exchange is missing, or the close before is no earlier day.
    """
    if before is not None and before.day >= now.day:
        raise InputError(f"{before.day} is closed; close a later day than it, not {now.day}")
    energy, value = values(now.deals, now.prices, now.fx)
    books = sorted(set(now.deals["book"]) | set(() if before is None else before.deals["book"]))
    lines = explained(now, before, value, books)
    worth = by_book(now.deals, value, books)
    past = np.zeros(len(books))
    if before is not None:
        past = by_book(before.deals, values(before.deals, before.prices, before.fx)[1], books)
    told = sum((lines[line] for line in LINES if line != "fees"), np.zeros(len(books)))
    pnl = pl.DataFrame(
        [(book, line, float(lines[line][at])) for at, book in enumerate(books) for line in LINES],
        schema={"book": pl.String, "line": pl.String, "amount": pl.Float64},
        orient="row",
    )
    return Close(
        now.day,
        dict(zip(books, worth.tolist(), strict=True)),
        pnl,
        dict(zip(books, (worth - past - told).tolist(), strict=True)),
        positions(now.deals, now.prices, now.fx),
        now.deals.select("deal", "version", "book").with_columns(
            energy_mwh=pl.Series(energy), value=pl.Series(value)
        ),
    )


def by_book(deals: pl.DataFrame, amounts: Floats, books: list[str]) -> Floats:
    """Return sums by book, added up in the order of the deals."""
    place = {book: at for at, book in enumerate(books)}
    number = np.array([place[book] for book in deals["book"]], np.int64)
    return np.bincount(number, weights=amounts, minlength=len(books)).astype(np.float64)


def fees_of(deals: pl.DataFrame, fx: Mapping[str, float]) -> Floats:
    """Return what was paid for each deal, below zero, in the desk's currency."""
    rates = {code: rate_of(fx, code, "a fee") for code in deals["currency"].unique().to_list()}
    rate = np.array([rates[code] for code in deals["currency"]], np.float64)
    return -(deals["fee"].to_numpy() / MILLION) * rate


def explained(
    now: CloseInputs, before: CloseInputs | None, value: Floats, books: list[str]
) -> dict[str, Floats]:
    """Return the lines of the change, by book."""
    fees = by_book(now.deals, fees_of(now.deals, now.fx), books)
    if before is None:
        lines = {line: np.zeros(len(books)) for line in LINES}
        return {**lines, "new deals": by_book(now.deals, value, books), "fees": fees}
    old = before.deals
    known = dict(old.select("deal", "version").iter_rows())
    versions = now.deals.select("deal", "version").rows()
    is_known = np.array([deal in known for deal, _ in versions], np.bool_)
    is_late = ~is_known & (now.deals["trade_date"] <= before.day).to_numpy()
    is_new = ~is_known & ~is_late
    is_amended = np.array([known.get(deal, version) != version for deal, version in versions])
    amended = {deal for (deal, _), is_changed in zip(versions, is_amended, strict=True)
               if is_changed}  # fmt: skip
    standing = {deal for deal, _ in versions}
    was_amended = np.array([deal in amended for deal in old["deal"]], np.bool_)
    is_gone = np.array([deal not in standing for deal in old["deal"]], np.bool_)
    then = values(old, before.prices, before.fx)[1]
    moved = values(old, now.prices, before.fx)[1]
    changed = values(old, now.prices, now.fx)[1]
    old_fees = by_book(old, fees_of(old, now.fx), books)
    return {
        "price": by_book(old, moved - then, books),
        "fx": by_book(old, changed - moved, books),
        "amendments": by_book(now.deals, value * is_amended, books)
        - by_book(old, changed * was_amended, books),
        "new deals": by_book(now.deals, value * is_new, books),
        "late deals": by_book(now.deals, value * is_late, books),
        "withdrawn": -by_book(old, changed * is_gone, books),
        "fees": fees - old_fees,
    }
