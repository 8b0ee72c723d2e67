"""A day's close: what the book is worth, and why that changed since the close before.

A deal is worth its energy times what the energy fetches above the deal's price: by the forward
curve before delivery, by the price that delivery met afterwards. Prices that were delivered stand
in every later close, so that a delivered deal moves no more. What lies before the first close of a
place is not valued.

The change is told in lines, each worked out from the deals that it is about:

- ``price``: curves, delivered prices and index prices, on the deals as the close before knew them;
- ``carry``: the time that passed, on the same deals at the new prices: options lose it;
- ``fx``: rates of exchange, on the same deals at the new prices;
- ``amendments``: deals that both closes know and whose version differs, old against new terms;
- ``new deals``: made since the close before;
- ``late deals``: made on or before its day, known after it: prior-day P&L;
- ``withdrawn``: deals that the close before knew and this one does not, such as one that was
  moved to a later day;
- ``fees``: paid since; they are no part of the value.

Structured trades are explained by the same lines (`wattbook.portfolio.book.structured`).

What the value changed by beyond the lines is unexplained; it is the rounding of floats.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.portfolio.book.structured import (
    StructuredInputs,
    deals_of,
    index_positions,
    structured_values,
)
from wattbook.portfolio.book.structured_greeks import OPTION_PNL, option_pnl
from wattbook.portfolio.book.valuation import (
    MILLION,
    PlacePrices,
    positions,
    rate_of,
    values,
)

__all__ = ["LINES", "Close", "CloseInputs", "close_book"]

Floats = NDArray[np.float64]
LINES = ("price", "carry", "fx", "amendments", "new deals", "late deals", "withdrawn", "fees")


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
    structured : StructuredInputs
        Structured trades and the prices of their indices.
    """

    day: dt.date
    deals: pl.DataFrame
    prices: Mapping[str, PlacePrices]
    fx: Mapping[str, float]
    structured: StructuredInputs = field(default_factory=StructuredInputs.nothing)


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
    structured : polars.DataFrame
        ``deal``, ``version``, ``book``, ``value`` of structured trades.
    index_positions : polars.DataFrame
        As `index_positions` gives them.
    greeks : polars.DataFrame
        Columns of `OPTION_PNL`: the lines price and carry of options, by their Greeks.
    """

    day: dt.date
    value: dict[str, float]
    pnl: pl.DataFrame
    unexplained: dict[str, float]
    positions: pl.DataFrame
    deals: pl.DataFrame
    structured: pl.DataFrame
    index_positions: pl.DataFrame
    greeks: pl.DataFrame

    @property
    def digest(self) -> str:
        """SHA-256 of all that was found, to the last bit."""
        found = hashlib.sha256(self.day.isoformat().encode())
        for told in (self.value, self.unexplained):
            for book, value in sorted(told.items()):
                found.update(f"{book}={value.hex()};".encode())
        tables = [self.pnl, self.positions, self.deals, self.structured, self.index_positions]
        # A close without options has the digest that it had before there was this table.
        for table in (*tables, self.greeks) if self.greeks.height else tables:
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
    trades, trade_value = structured(now, now)
    old = () if before is None else (before.deals["book"], before.structured.flows["book"])
    books = sorted({*now.deals["book"], *trades["book"], *(name for one in old for name in one)})
    lines = explained(now, before, value, books)
    more = explained_structured(now, before, trades, trade_value, books)
    lines = {line: lines[line] + more[line] for line in LINES}
    worth = by_book(now.deals, value, books) + by_book(trades, trade_value, books)
    past = np.zeros(len(books))
    if before is not None:
        past = by_book(before.deals, values(before.deals, before.prices, before.fx)[1], books)
        past += by_book(*structured(before, before), books)
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
        trades.select("deal", "version", "book").with_columns(
            value=pl.Series(trade_value, dtype=pl.Float64)
        ),
        index_positions(now.structured, now.day, now.fx),
        pl.DataFrame(schema=OPTION_PNL)
        if before is None
        else option_pnl(before.structured, now.structured, before.day, now.day, before.fx),
    )


def structured(
    whose: CloseInputs,
    prices: CloseInputs,
    *,
    day: dt.date | None = None,
    fx: Mapping[str, float] | None = None,
) -> tuple[pl.DataFrame, Floats]:
    """Return the structured trades of one close and their values at the prices of another."""
    value = structured_values(
        whose.structured,
        prices.structured,
        day or prices.day,
        prices.fx if fx is None else fx,
    )
    return deals_of(whose.structured.flows, value)


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
    """Return the lines of the change of all deals but structured ones, by book."""
    fees = by_book(now.deals, fees_of(now.deals, now.fx), books)
    if before is None:
        return {**first_lines(now.deals, value, books), "fees": fees}
    old = before.deals
    moved = values(old, now.prices, before.fx)[1]
    steps = Steps(
        values(old, before.prices, before.fx)[1], moved, moved, values(old, now.prices, now.fx)[1]
    )
    lines = changed_lines(now.deals, value, old, steps, before.day, books)
    return {**lines, "fees": fees - by_book(old, fees_of(old, now.fx), books)}


def explained_structured(
    now: CloseInputs,
    before: CloseInputs | None,
    trades: pl.DataFrame,
    value: Floats,
    books: list[str],
) -> dict[str, Floats]:
    """Return the lines of the change of structured trades, by book."""
    if before is None:
        return first_lines(trades, value, books)
    old, then = structured(before, before)
    steps = Steps(
        then,
        structured(before, now, day=before.day, fx=before.fx)[1],
        structured(before, now, fx=before.fx)[1],
        structured(before, now)[1],
    )
    return changed_lines(trades, value, old, steps, before.day, books)


@dataclass(frozen=True, eq=False)
class Steps:
    """Values of the deals of the close before, as one thing after the other changes.

    Parameters
    ----------
    then, moved, carried, changed : ndarray, shape (n_deals,)
        As they were; at new prices; a time later; at new rates of exchange.
    """

    then: Floats
    moved: Floats
    carried: Floats
    changed: Floats


def first_lines(deals: pl.DataFrame, value: Floats, books: list[str]) -> dict[str, Floats]:
    """Return the lines of a first close: all deals are new."""
    lines = {line: np.zeros(len(books)) for line in LINES}
    return {**lines, "new deals": by_book(deals, value, books)}


def changed_lines(
    deals: pl.DataFrame,
    value: Floats,
    old: pl.DataFrame,
    steps: Steps,
    day: dt.date,
    books: list[str],
) -> dict[str, Floats]:
    """Return the lines of a change, by book; fees are none.

    Parameters
    ----------
    deals, old : polars.DataFrame
        ``deal``, ``version``, ``trade_date``, ``book``, now and at the close before.
    value : ndarray
        Of the deals.
    steps : Steps
        Of the old ones.
    day : date
        Of the close before.
    books : list of str
    """
    known = dict(old.select("deal", "version").iter_rows())
    versions = deals.select("deal", "version").rows()
    is_known = np.array([deal in known for deal, _ in versions], np.bool_)
    is_late = ~is_known & (deals["trade_date"] <= day).to_numpy()
    is_new = ~is_known & ~is_late
    is_amended = np.array(
        [known.get(deal, version) != version for deal, version in versions], np.bool_
    )
    amended = {deal for (deal, _), is_changed in zip(versions, is_amended, strict=True)
               if is_changed}  # fmt: skip
    standing = {deal for deal, _ in versions}
    was_amended = np.array([deal in amended for deal in old["deal"]], np.bool_)
    is_gone = np.array([deal not in standing for deal in old["deal"]], np.bool_)
    return {
        "price": by_book(old, steps.moved - steps.then, books),
        "carry": by_book(old, steps.carried - steps.moved, books),
        "fx": by_book(old, steps.changed - steps.carried, books),
        "amendments": by_book(deals, value * is_amended, books)
        - by_book(old, steps.changed * was_amended, books),
        "new deals": by_book(deals, value * is_new, books),
        "late deals": by_book(deals, value * is_late, books),
        "withdrawn": 0.0 - by_book(old, steps.changed * is_gone, books),
        "fees": np.zeros(len(books)),
    }
