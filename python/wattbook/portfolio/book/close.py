"""A day's close: what the book is worth, and why that changed since the close before.

A deal is worth its energy times what the energy fetches above the deal's price: by the forward
curve before delivery, by the price that delivery met afterwards. Prices that were delivered stand
in every later close, so that a delivered deal moves no more. What lies before the first close of a
place is not valued.

The change is split in this order, each on top of those before it: ``price`` (curves and delivered
prices, on the deals that the close before knew), ``fx``, ``amendments`` (their price, power and
product), ``new deals`` (made since the close before), ``late deals`` (made on or before its day,
known after it: prior-day P&L), ``fees`` paid. Values are linear in all of them, so nothing is left
unexplained but the rounding of floats.
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
from wattbook.portfolio.book.valuation import MILLION, PlacePrices, positions, values

__all__ = ["LINES", "Close", "CloseInputs", "close_book"]

Floats = NDArray[np.float64]
LINES = ("price", "fx", "amendments", "new deals", "late deals", "fees")


@dataclass(frozen=True)
class CloseInputs:
    """What a close takes as given.

    Parameters
    ----------
    day : date
    deals : polars.DataFrame
        As `DealBook.deals` gives them.
    prices : mapping of str to PlacePrices
        By place, in the currency of its deals.
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
    positions : polars.DataFrame
        As `positions` gives them.
    deals : polars.DataFrame
        ``deal``, ``version``, ``book``, ``energy_mwh``, ``value``.
    """

    day: dt.date
    value: dict[str, float]
    pnl: pl.DataFrame
    positions: pl.DataFrame
    deals: pl.DataFrame

    @property
    def digest(self) -> str:
        """SHA-256 of all that was found, to the last bit."""
        found = hashlib.sha256(self.day.isoformat().encode())
        for book, value in sorted(self.value.items()):
            found.update(f"{book}={value.hex()};".encode())
        for table in (self.pnl, self.positions, self.deals):
            for column in table:
                numbers = column.to_numpy() if column.dtype.is_float() else None
                found.update(column.name.encode())
                if numbers is None:
                    found.update("\x1f".join(map(str, column.to_list())).encode())
                else:
                    found.update(np.ascontiguousarray(numbers).tobytes())
        return found.hexdigest()


def in_desk(deals: pl.DataFrame, amounts: Floats, fx: Mapping[str, float]) -> Floats:
    """Return amounts of deals in the desk's currency.

    Raises
    ------
    InputError
        If a rate is missing; names currency and deal.
    """
    rates = {}
    for currency, deal in (
        deals.group_by("currency", maintain_order=True).agg(pl.col("deal").first()).iter_rows()
    ):
        rate = fx.get(currency)
        if rate is None or not np.isfinite(rate) or rate <= 0:
            raise InputError(
                f"deal {deal} is in {currency}, of which there is no rate; give what "
                f"one {currency} is worth in the desk's currency"
            )
        rates[currency] = rate
    return amounts * np.array([rates[one] for one in deals["currency"]], np.float64)


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
    energy, value = values(now.deals, now.prices)
    worth = in_desk(now.deals, value, now.fx)
    books = sorted(set(now.deals["book"]) | set(() if before is None else before.deals["book"]))
    lines = explained(now, before, worth, books)
    pnl = pl.DataFrame(
        [(book, line, float(lines[line][at])) for at, book in enumerate(books) for line in LINES],
        schema={"book": pl.String, "line": pl.String, "amount": pl.Float64},
        orient="row",
    )
    return Close(
        now.day,
        dict(zip(books, by_book(now.deals, worth, books).tolist(), strict=True)),
        pnl,
        positions(now.deals, now.prices),
        now.deals.select("deal", "version", "book").with_columns(
            energy_mwh=pl.Series(energy), value=pl.Series(worth)
        ),
    )


def by_book(deals: pl.DataFrame, amounts: Floats, books: list[str]) -> Floats:
    """Return sums by book, added up in the order of the deals."""
    place = {book: at for at, book in enumerate(books)}
    number = np.array([place[book] for book in deals["book"]], np.int64)
    return np.bincount(number, weights=amounts, minlength=len(books)).astype(np.float64)


def explained(
    now: CloseInputs, before: CloseInputs | None, worth: Floats, books: list[str]
) -> dict[str, Floats]:
    """Return the lines of the change, by book."""
    fees = -in_desk(now.deals, now.deals["fee"].to_numpy() / MILLION, now.fx)
    if before is None:
        lines = {line: np.zeros(len(books)) for line in LINES}
        lines["new deals"] = by_book(now.deals, worth, books)
        lines["fees"] = by_book(now.deals, fees, books)
        return lines
    old = before.deals
    value = in_desk(old, values(old, before.prices)[1], before.fx)
    moved = values(old, now.prices)[1]
    priced = in_desk(old, moved, before.fx)
    changed = in_desk(old, moved, now.fx)
    known = set(old["deal"])
    is_old = np.array([deal in known for deal in now.deals["deal"]], np.bool_)
    is_late = ~is_old & (now.deals["trade_date"] <= before.day).to_numpy()
    old_fees = -in_desk(old, old["fee"].to_numpy() / MILLION, now.fx)
    return {
        "price": by_book(old, priced - value, books),
        "fx": by_book(old, changed - priced, books),
        "amendments": by_book(now.deals, worth * is_old, books) - by_book(old, changed, books),
        "new deals": by_book(now.deals, worth * (~is_old & ~is_late), books),
        "late deals": by_book(now.deals, worth * is_late, books),
        "fees": by_book(now.deals, fees, books) - by_book(old, old_fees, books),
    }
