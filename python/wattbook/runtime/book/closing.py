"""Closes a day of a book: freezes what it takes, values it, and leaves all in a folder of its own.

A close lies in a folder that is named by all that is in it, and counts once the book's database
names that folder. A process that dies in between leaves the day as it was.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
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
    TradeBook,
    close_book,
)
from wattbook.portfolio.book.valuation import PlacePrices
from wattbook.runtime.book.frozen import frozen_prices, prices_table, read_prices
from wattbook.runtime.book.reference import BookReference
from wattbook.runtime.book.risk import Breach, ValueAtRisk, breaches, value_at_risk
from wattbook.runtime.book.verification import Verified, verified

__all__ = ["DayClosed", "check_close", "close_day", "last_close", "positions_of"]


@dataclass(frozen=True)
class DayClosed:
    """A closed day.

    Parameters
    ----------
    close : Close
    digest : str
    curves : dict of str to dict
        By place: ``version``, ``as_of`` and ``age_days`` of its curve, and how many delivered
        periods took a published price or the last mark since the close before.
    unexplained : dict of str to float
        By book: change of value less its lines.
    risk : dict of str to ValueAtRisk
        By book.
    breaches : tuple of Breach
    verified : Verified or None
        Against a second source, if one was given.
    marked : tuple of str
        What the figures suffer from, a sentence each.
    """

    close: Close
    digest: str
    curves: dict[str, dict[str, Any]]
    unexplained: dict[str, float]
    risk: dict[str, ValueAtRisk]
    breaches: tuple[Breach, ...]
    verified: Verified | None
    marked: tuple[str, ...]


def folder_of(book: DealBook, closed: ClosedDay) -> Path:
    """Return where a close lies."""
    return book.folder / "closes" / closed.day.isoformat() / closed.folder


def close_day(
    book: DealBook,
    reference: BookReference,
    curves: CurveHistory,
    day: dt.date,
    *,
    spot: Path | None = None,
    second: Path | None = None,
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
        Published prices: ``place``, ``delivery_start`` (UTC), ``price``; where it has none,
        delivered periods keep the mark of the close before.
    second : Path, optional
        A second source of forward prices: ``product``, ``price``.
    tell : callable, optional
        Gets a line for each step.

    Raises
    ------
    InputError
        If the day is signed, a later one is closed, or a deal cannot be valued.
    """
    book.check_open(day)
    earlier = [one for one in book.closed() if one.day < day]
    before = earlier[-1] if earlier else None
    number = book.last_number()
    deals = book.deals(number).filter(pl.col("trade_date") <= day)
    if not deals.height:
        raise InputError(f"the book has no deal made by {day}; import deals first")
    old = None if before is None else inputs_of(book, before)
    tell(f"{deals.height:,} deals")
    prices, told = frozen_prices(deals, curves, day, {} if old is None else old.prices, spot)
    tell(f"{len(prices)} places priced")
    now = CloseInputs(day, deals, prices, reference.fx)
    found = close_book(now, old)
    tell("valued and explained")
    closed = judged(book, reference, found, before, told, second, prices)
    keep(book, now, closed, number)
    return closed


def judged(
    book: DealBook,
    reference: BookReference,
    found: Close,
    before: ClosedDay | None,
    told: dict[str, dict[str, Any]],
    second: Path | None,
    prices: Mapping[str, PlacePrices],
) -> DayClosed:
    """Return a close with its risk, limits, verification and marks."""
    explained = {
        book_name: float(rows["amount"].sum())
        for (book_name,), rows in found.pnl.filter(pl.col("line") != "fees").group_by(
            "book", maintain_order=True
        )
    }  # fmt: skip
    past = {} if before is None else read_summary(book, before)["value"]
    unexplained = {
        name: value - past.get(name, 0.0) - explained[name] for name, value in found.value.items()
    }
    days = [folder_of(book, one) for one in book.closed() if one.day < found.day]
    risk = value_at_risk(found.positions, [*map(read_prices, days), dict(prices)])
    checked = None if second is None else verified(second, found.positions, prices, reference)
    marked = [
        f"the curve of {place} is of {entry['as_of']}, {entry['age_days']} days old"
        for place, entry in told.items()
        if entry["age_days"] > reference.verification.age_max_days
    ]
    marked += [
        f"{entry['last_mark']} delivered periods of {place} keep their last mark: no price of them "
        "was given"
        for place, entry in told.items()
        if entry["last_mark"]
    ]
    structured = TradeBook(book.folder).open_on(found.day)
    if structured:
        marked.append(f"{structured} structured deals are open and not valued")
    if checked is not None and checked.failed.height:
        marked.append(f"{checked.failed.height} prices are off their second source")
    return DayClosed(
        found,
        found.digest,
        told,
        unexplained,
        risk,
        breaches(reference, found, risk),
        checked,
        tuple(marked),
    )


def keep(book: DealBook, now: CloseInputs, closed: DayClosed, number: int) -> None:
    """Leave a close in its folder and name it in the book."""
    text = json.dumps(summary(now, closed), indent=2) + "\n"
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    place = folder_of(book, ClosedDay(now.day, number, closed.digest, name, None))
    part = place.with_name(f"{name}.part")
    try:
        if not place.is_dir():
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            now.deals.write_parquet(part / "inputs.parquet", compression="zstd")
            prices_table(now.prices).write_parquet(part / "prices.parquet", compression="zstd")
            for table_name, table in tables_of(closed).items():
                table.write_parquet(part / f"{table_name}.parquet", compression="zstd")
            (part / "close.json").write_text(text, encoding="utf-8")
            part.replace(place)
    except OSError as fault:
        raise StoreError(
            f"{place} cannot be written ({fault.strerror}); make room or mend its rights"
        ) from fault
    book.keep_close(
        now.day, deals=number, digest=closed.digest, folder=name, made_ns=time.time_ns()
    )


def tables_of(closed: DayClosed) -> dict[str, pl.DataFrame]:
    """Return the tables of a close by name."""
    found = {
        "deals": closed.close.deals,
        "pnl": closed.close.pnl,
        "positions": closed.close.positions,
    }
    return found if closed.verified is None else {**found, "verified": closed.verified.table}


def summary(now: CloseInputs, closed: DayClosed) -> dict[str, Any]:
    """Return a close as JSON can say it; floats come back to the last bit."""
    return {
        "day": now.day.isoformat(),
        "digest": closed.digest,
        "fx": dict(now.fx),
        "curves": closed.curves,
        "value": closed.close.value,
        "unexplained": closed.unexplained,
        "value_at_risk": {
            name: {"amount": one.amount, "scenarios": one.scenarios}
            for name, one in closed.risk.items()
        },
        "breaches": [
            {"limit": one.limit, "book": one.book, "found": one.found, "most": one.most}
            for one in closed.breaches
        ],
        "unverified_share": None if closed.verified is None else closed.verified.unverified_share,
        "marked": list(closed.marked),
    }


def read_summary(book: DealBook, closed: ClosedDay) -> dict[str, Any]:
    """Return ``close.json`` of a close.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    path = folder_of(book, closed) / "close.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        message = f"{path} cannot be read ({fault}); put back a copy of the close"
        raise StoreError(message) from fault
    return found


def inputs_of(book: DealBook, closed: ClosedDay) -> CloseInputs:
    """Return what a close took, as it was frozen.

    Raises
    ------
    StoreError
        If a file of it is missing or damaged.
    """
    folder = folder_of(book, closed)
    try:
        deals = pl.read_parquet(folder / "inputs.parquet")
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise StoreError(
            f"{folder} cannot be read ({fault}); put back a copy of the close"
        ) from fault
    prices = read_prices(folder)
    return CloseInputs(closed.day, deals, prices, read_summary(book, closed)["fx"])


def last_close(book: DealBook) -> ClosedDay | None:
    """Return the last closed day, if there is one."""
    found = book.closed()
    return found[-1] if found else None


def positions_of(book: DealBook, closed: ClosedDay) -> pl.DataFrame:
    """Return the positions of a close.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    path = folder_of(book, closed) / "positions.parquet"
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as fault:
        message = f"{path} cannot be read ({fault}); put back a copy of the close"
        raise StoreError(message) from fault


def check_close(book: DealBook, day: dt.date) -> tuple[str, str]:
    """Return the digest that a close was kept with, and the one that its inputs give now.

    Raises
    ------
    InputError
        If the day is not closed.
    """
    closed = book.closed()
    known = [one for one in closed if one.day <= day]
    if not known or known[-1].day != day:
        raise InputError(f"{day} is not closed; close it first")
    before = inputs_of(book, known[-2]) if len(known) > 1 else None
    again = close_book(inputs_of(book, known[-1]), before)
    return known[-1].digest, again.digest
