"""Closes a day of a book: freezes what it takes, values it, and leaves all in a folder of its own.

A close lies in a folder that is named by what is in its files, and counts once the book's database
names that folder. A process that dies in between leaves the day as it was.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from wattbook.errors import InputError, StoreError
from wattbook.market.curves import CurveHistory
from wattbook.portfolio.book import (
    Close,
    ClosedDay,
    CloseInputs,
    DealBook,
    StructuredInputs,
    TradeBook,
    close_book,
    places_of,
)
from wattbook.runtime.book.backtest import BookBacktest, back_tests
from wattbook.runtime.book.cash import BookCash, book_cash, cash_figures
from wattbook.runtime.book.corridor import CorridorMonth, hedged_months
from wattbook.runtime.book.credit import BookCredit, book_credit, credit_figures
from wattbook.runtime.book.frozen import frozen_prices, prices_table, read_prices
from wattbook.runtime.book.kept import (
    files_digest,
    folder_of,
    frozen_folder,
    inputs_of,
    on_disk,
)
from wattbook.runtime.book.marking import (
    NAMED,
    MarkedFigures,
    marked_figures,
    marks,
    off_market,
    structured_marks,
)
from wattbook.runtime.book.notes import changed_reference, skipped_days
from wattbook.runtime.book.reference import BookReference, load_reference
from wattbook.runtime.book.risk import (
    SCENARIOS_MIN,
    Breach,
    ValueAtRisk,
    breaches,
    credit_breaches,
    value_at_risk,
)
from wattbook.runtime.book.structured import (
    index_pnl,
    index_prices,
    read_structured,
    structured_inputs,
)
from wattbook.runtime.book.verification import Verified, verified

__all__ = ["DayClosed", "check_close", "close_day"]

FIRST_YEAR, LAST_YEAR = 1990, 2199
SHORT = "calls for collateral may be above cash and credit lines"


@dataclass(frozen=True)
class FrozenFigures:
    """What follows from the frozen inputs of a close and of those before it.

    Parameters
    ----------
    risk : dict of str to ValueAtRisk
        By book.
    credit : BookCredit
        By netting set and counterparty.
    cash : BookCash or None
        That collateral may ask for.
    corridor : tuple of CorridorMonth
        Months to come against what should be hedged of them.
    tested : dict of str to BookBacktest
        Value at risk against the days after, by book.
    breaches : tuple of Breach
    """

    risk: dict[str, ValueAtRisk]
    credit: BookCredit
    cash: BookCash | None
    corridor: tuple[CorridorMonth, ...]
    tested: dict[str, BookBacktest]
    breaches: tuple[Breach, ...]


@dataclass(frozen=True)
class DayClosed:
    """A closed day.

    Parameters
    ----------
    close : Close
    curves : dict of str to dict
        By place: ``version``, ``as_of`` and ``age_days`` of its curve, how many delivered periods
        took a published price now (``published``) and how many still wait for one (``last_mark``).
    figures : FrozenFigures
    verified : Verified or None
        Against a second source, if one was given.
    marked : tuple of str
        What the figures suffer from, a sentence each.
    resting : MarkedFigures
        Which figures rest on marked prices.
    later : int
        Deals that are dated after the day.
    notes : tuple of str
        What changed beside the deals: days without a close, the reference.
    """

    close: Close
    curves: dict[str, dict[str, Any]]
    figures: FrozenFigures
    verified: Verified | None
    marked: tuple[str, ...]
    resting: MarkedFigures
    later: int
    notes: tuple[str, ...]


def close_day(
    book: DealBook,
    reference: BookReference,
    curves: CurveHistory,
    day: dt.date,
    *,
    spot: Path | None = None,
    second: Path | None = None,
    indices: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> DayClosed:
    """Close a day and keep it.

    Parameters
    ----------
    book : DealBook
    reference : BookReference
    curves : CurveHistory
        With a curve of each place, of the day or before.
    day : date
    spot : Path, optional
        Published prices, as `wattbook.runtime.book.spot` reads them; where it has none, delivered
        periods keep the last mark until a later close has one.
    second : Path, optional
        A second source of forward prices: ``product``, ``price``.
    indices : Path, optional
        Prices of the indices of structured trades, as `index_prices` reads them; others keep those
        of the close before.
    tell : callable, optional
        Gets a line for each step.

    Raises
    ------
    InputError
        If the day is signed, a later one is closed, or a deal cannot be valued.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InputError(f"{day} is no day to close; give one from {FIRST_YEAR} to {LAST_YEAR}")
    book.check_open(day)
    earlier = [one for one in book.closed() if one.day < day]
    before = earlier[-1] if earlier else None
    number = book.last_number()
    known = book.deals(number)
    deals = known.filter(pl.col("trade_date") <= day)
    old = None if before is None else inputs_of(book, before)
    past_indices = StructuredInputs.nothing() if old is None else old.structured
    structured, left = structured_inputs(
        TradeBook(book.folder),
        reference.structured,
        reference.credit.counterparties,
        day,
        index_prices(indices, day, past_indices.prices),
        reference.fx,
        past_indices,
        lambda date: market_of(book, earlier, date),
    )
    if not deals.height and not structured.flows.height:
        if left:
            reasons = "; ".join(f"{one.deal}: {one.reason}" for one in left[:NAMED])
            raise InputError(f"no deal made by {day} can be valued; {reasons}")
        raise InputError(f"the book has no deal made by {day}; import deals first")
    count = structured.flows["deal"].n_unique()
    tell(f"{deals.height:,} deals" + (f", {count} structured" if count else ""))
    places = places_of(deals) | (frozenset() if old is None else places_of(old.deals))
    currencies = {place: reference.places.get(place, reference.desk.currency) for place in places}
    past = {} if old is None else old.prices
    prices, told = frozen_prices(places, curves, day, past, spot, currencies)
    tell(f"{len(prices)} places priced")
    now = CloseInputs(day, deals, prices, reference.fx, structured)
    found = close_book(now, old)
    tell("valued and explained")
    figures = frozen_figures(book, now, found, reference, earlier)
    tell(f"exposure to {len(figures.credit.counterparties)} counterparties")
    checked = None if second is None else verified(second, now, reference)
    cash = figures.cash
    closed = DayClosed(
        found,
        told,
        figures,
        checked,
        marks(reference, told, figures.risk, checked, figures.credit)
        + structured_marks(now, reference, left)
        + off_market(found, old, reference)
        + tuple(one.sentence for one in figures.corridor if not one.is_inside)
        + (() if cash is None or not cash.is_short else (SHORT,)),
        marked_figures(now, told, checked, reference.verification.age_max_days),
        known.height - deals.height,
        skipped_days(day, before)
        + changed_reference(book, None if before is None else folder_of(book, before)),
    )
    keep(book, now, closed, number, None if before is None else before.folder)
    return closed


def market_of(
    book: DealBook, earlier: list[ClosedDay], date: dt.date
) -> tuple[pl.DataFrame, Mapping[str, float]] | None:
    """Return index prices and rates of exchange of the first close on a date or after."""
    for one in earlier:
        if one.day >= date:
            there = inputs_of(book, one)
            return there.structured.prices, there.fx
    return None


def frozen_figures(
    book: DealBook,
    now: CloseInputs,
    found: Close,
    reference: BookReference,
    earlier: list[ClosedDay],
) -> FrozenFigures:
    """Return value at risk, credit, cash, corridor, back-test and broken limits of a close."""
    frozen = [frozen_folder(book, one) for one in earlier]
    history = [*(read_prices(folder) for folder in frozen), now.prices]
    of_indices = {}
    if len(frozen) >= SCENARIOS_MIN:
        index_history = [read_structured(folder).prices for folder in frozen]
        of_indices = index_pnl(now, [*index_history, now.structured.prices])
    risk = value_at_risk(now, history, reference.depths, of_indices)
    credit = book_credit(now, reference)
    return FrozenFigures(
        risk,
        credit,
        book_cash(now, reference),
        hedged_months(now.day, found.positions, reference.corridors),
        back_tests(frozen, found),
        breaches(reference, now, found, risk) + credit_breaches(credit),
    )


def keep(
    book: DealBook, now: CloseInputs, closed: DayClosed, number: int, before: str | None
) -> None:
    """Leave a close in a folder that is named by its files, and name it in the book."""
    day = book.folder / "closes" / now.day.isoformat()
    part = day / f"{os.getpid()}.part"
    tables = {
        "inputs": now.deals,
        "prices": prices_table(now.prices),
        "deals": closed.close.deals,
        "pnl": closed.close.pnl,
        "positions": closed.close.positions,
    }
    if now.structured.prices.height:
        tables |= {
            "flows": now.structured.flows,
            "indices": now.structured.prices,
            "exercised": now.structured.exercised,
            "structured": closed.close.structured,
            "index_positions": closed.close.index_positions,
            "greeks": closed.close.greeks,
        }
    if closed.verified is not None:
        tables["verified"] = closed.verified.table
    text = json.dumps(summary(now, closed), indent=2) + "\n"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for name, table in tables.items():
            table.write_parquet(part / f"{name}.parquet", compression="zstd")
        (part / "close.json").write_text(text, encoding="utf-8")
        shutil.copyfile(book.folder / "reference.toml", part / "reference.toml")
        name = files_digest(part)
        if (day / name).is_dir():
            shutil.rmtree(part)
        else:
            for file in part.iterdir():
                on_disk(file)
            part.replace(day / name)
        on_disk(day)
    except OSError as fault:
        raise StoreError(
            f"{day} cannot be written ({fault.strerror}); make room or mend its rights"
        ) from fault
    book.keep_close(
        now.day,
        deals=number,
        digest=closed.close.digest,
        folder=name,
        before=before,
        made_ns=time.time_ns(),
    )


def told_figures(figures: FrozenFigures) -> dict[str, Any]:
    """Return figures as JSON can say them."""
    return {
        "value_at_risk": {
            name: {
                "amount": one.amount,
                "scenarios": one.scenarios,
                "liquidity_adjusted": None if one.adjusted is None else one.adjusted.total,
            }
            for name, one in figures.risk.items()
        },
        "credit": credit_figures(figures.credit),
        "cash": cash_figures(figures.cash),
        "corridor": [
            {
                "corridor": one.corridor.name,
                "month": one.month,
                "share": one.share,
                "low": one.low,
                "high": one.high,
            }
            for one in figures.corridor
        ],
        "back_test": {
            name: {"days": one.days, "exceptions": one.exceptions, "p_value": one.test.p_value}
            for name, one in figures.tested.items()
        },
        "christoffersen": {
            name: None if one.independence is None else one.independence.conditional_p_value
            for name, one in figures.tested.items()
        },
        "basel_zone": {name: one.zone.zone.value for name, one in figures.tested.items()},
        "breaches": [
            {"limit": one.limit, "book": one.scope, "found": one.found, "most": one.most}
            for one in figures.breaches
        ],
    }


def summary(now: CloseInputs, closed: DayClosed) -> dict[str, Any]:
    """Return a close as JSON can say it; floats come back to the last bit."""
    return {
        "day": now.day.isoformat(),
        "digest": closed.close.digest,
        "fx": dict(now.fx),
        "curves": closed.curves,
        "value": closed.close.value,
        "unexplained": closed.close.unexplained,
        **told_figures(closed.figures),
        "unverified_share": None if closed.verified is None else closed.verified.unverified_share,
        "marked": list(closed.marked),
        "notes": list(closed.notes),
        "resting_on_marks": {
            "months": sorted([place, f"{month}"] for place, month in closed.resting.months),
            "books": sorted(closed.resting.books),
            "counterparties": sorted(closed.resting.counterparties),
            "indices": sorted([index, f"{month}"] for index, month in closed.resting.indices),
            "deals": sorted(closed.resting.deals),
        },
        "later_deals": closed.later,
    }


def check_close(book: DealBook, day: dt.date) -> tuple[str, str]:
    """Return the digest that a close was kept with, and what its frozen inputs give now.

    That is the same digest if value, P&L and positions are, and then the names of other figures
    that are not: value at risk, credit, cash, corridor, back-test, breaches.

    Raises
    ------
    InputError
        If the day is not closed.
    StoreError
        If a file of the close, or of one before it, is missing or not as it was kept.
    """
    known = [one for one in book.closed() if one.day <= day]
    if not known or known[-1].day != day:
        raise InputError(f"{day} is not closed; close it first")
    for one in known:
        frozen_folder(book, one)
    before = inputs_of(book, known[-2]) if len(known) > 1 else None
    now, folder = inputs_of(book, known[-1]), frozen_folder(book, known[-1])
    again = close_book(now, before)
    reference = load_reference(folder / "reference.toml")
    figures = told_figures(frozen_figures(book, now, again, reference, known[:-1]))
    kept = json.loads((folder / "close.json").read_text(encoding="utf-8"))
    anew = json.loads(json.dumps(figures))
    # Figures that an older version did not work out yet were not kept.
    other = [name for name, value in anew.items() if name in kept and kept[name] != value]
    return known[-1].digest, " ".join([again.digest, *other])
