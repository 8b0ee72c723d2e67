"""What the figures of a close suffer from, and which of them rest on prices that are marked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import DeliveryProduct
from wattbook.portfolio.book import Close, CloseInputs, running_power
from wattbook.runtime.book.credit import BookCredit
from wattbook.runtime.book.reference import BookReference
from wattbook.runtime.book.risk import ValueAtRisk, untested
from wattbook.runtime.book.structured import LeftOut
from wattbook.runtime.book.verification import Verified, index_names

__all__ = [
    "DAGGER",
    "NAMED",
    "MarkedFigures",
    "marked_figures",
    "marks",
    "off_market",
    "structured_marks",
]

NAMED = 5
"""Deals or products that a mark names."""

DAGGER = " †"
"""Stands behind what rests on marked prices."""


@dataclass(frozen=True)
class MarkedFigures:
    """What rests on an old curve, a last mark or a price off its second source.

    Parameters
    ----------
    months : frozenset of tuple of str and date
        Place and first day of the delivery month.
    books, counterparties : frozenset of str
        Whose value has a part there: their P&L, value at risk, exposure.
    indices : frozenset of tuple of str and date
        Index and first day of the month, of structured deals.
    deals : frozenset of str
        Structured deals that are at one of them.
    """

    months: frozenset[tuple[str, dt.date]]
    books: frozenset[str]
    counterparties: frozenset[str]
    indices: frozenset[tuple[str, dt.date]]
    deals: frozenset[str]

    @property
    def dagger(self) -> str:
        """A dagger if any figure rests on marked prices, and so do their sums."""
        return DAGGER * bool(self.books)

    def deal(self, name: str) -> str:
        """Return the name of a structured deal, with a dagger likewise."""
        return name + DAGGER * (name in self.deals)

    def index_month(self, index: str, month: dt.date) -> str:
        """Return a month of an index as text, with a dagger likewise."""
        return f"{month:%Y-%m}" + DAGGER * ((index, month) in self.indices)

    def book(self, name: str) -> str:
        """Return a book's name, with a dagger if its figures rest on marked prices."""
        return name + DAGGER * (name in self.books)

    def counterparty(self, name: str) -> str:
        """Return a counterparty's name, with a dagger likewise."""
        return name + DAGGER * (name in self.counterparties)

    def month(self, place: str, month: dt.date) -> str:
        """Return a month of a place as text, with a dagger likewise."""
        return f"{month:%Y-%m}" + DAGGER * ((place, month) in self.months)


def marked_figures(
    now: CloseInputs,
    told: Mapping[str, Mapping[str, Any]],
    checked: Verified | None,
    age_max_days: int,
) -> MarkedFigures:
    """Return what rests on marked prices.

    Parameters
    ----------
    now : CloseInputs
        What the close took.
    told : mapping of str to mapping
        By place: ``age_days`` of its curve.
    checked : Verified or None
        Against a second source.
    age_max_days : int
        How old a curve may be.
    """
    bad = {place: there.is_marked.copy() for place, there in now.prices.items()}
    for place, entry in told.items():
        if entry["age_days"] > age_max_days:
            there = now.prices[place]
            bad[place] |= there.start[:-1] >= there.open_from
    indices = index_names(now)
    failed = set() if checked is None else set(checked.failed["product"])
    for name in failed - set(indices):
        product = DeliveryProduct(name)
        there = now.prices[product.place]
        inside = there.start[:-1] >= product.delivery_start
        inside &= there.start[1:] <= product.delivery_end
        bad[product.place] |= inside & (there.delivers(product.load) > 0)
    months = frozenset(
        (place, month)
        for place, mask in bad.items()
        for month in np.unique(now.prices[place].month[mask]).astype("datetime64[D]").tolist()
    )
    by_counterparty = now.deals.with_columns(book=pl.col("counterparty"))
    flows = bad_flows(now, failed, age_max_days)
    return MarkedFigures(
        months,
        resting(now.deals, now, bad) | frozenset(flows["book"]),
        resting(by_counterparty, now, bad) | frozenset(flows["counterparty"]),
        frozenset(flows.select("index", "month").iter_rows()),
        frozenset(flows["deal"]),
    )


def bad_flows(now: CloseInputs, failed: Collection[str], age_max_days: int) -> pl.DataFrame:
    """Return the open flows of structured deals whose index price failed or is old."""
    is_old = (now.day - pl.col("as_of")).dt.total_days() > age_max_days
    name = pl.col("index") + pl.col("month").dt.strftime(" %Y-%m")
    bad = now.structured.prices.filter(is_old | name.is_in(list(failed)))
    return now.structured.flows.filter(pl.col("month").dt.month_end() > now.day).join(
        bad, on=("index", "month"), how="semi"
    )


def resting(
    deals: pl.DataFrame, now: CloseInputs, bad: Mapping[str, NDArray[np.bool_]]
) -> frozenset[str]:
    """Return the books of deals that hold something in a bad period."""
    return frozenset(
        book
        for (book, place), power in running_power(deals, now.prices).items()
        if (power[bad[place]] != 0.0).any()
    )


def marks(
    reference: BookReference,
    told: Mapping[str, Mapping[str, Any]],
    risk: Mapping[str, ValueAtRisk],
    checked: Verified | None,
    credit: BookCredit,
) -> tuple[str, ...]:
    """Return what the figures of a close suffer from, a sentence each."""
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
    marked += [
        f"limit {name!r} is not tested: there is no value at risk yet"
        for name in untested(reference, risk)
    ]
    marked += [
        f"potential future exposure takes prices of {place} as they are: add [[moves]] of the "
        "place to the reference, or volatilities of the index to --indices"
        for place in credit.still
        if any(
            one.spread or one.potential_limit for one in reference.credit.counterparties.values()
        )
    ]
    if checked is not None and checked.failed.height:
        names = ", ".join(checked.failed["product"].head(NAMED))
        more = checked.failed.height - NAMED
        marked.append(
            f"{checked.failed.height} prices are off their second source: {names}"
            + (f" and {more} more" if more > 0 else "")
            + "; figures of their delivery rest on them"
        )
    if checked is not None and not checked.table.height:
        marked.append("the second source has no price of a product that is open: none is verified")
    return tuple(marked)


def structured_marks(
    now: CloseInputs, reference: BookReference, left: tuple[LeftOut, ...]
) -> tuple[str, ...]:
    """Return what a close does not know of structured trades, a sentence each."""
    marked = [f"structured deal {one.deal} is not valued: {one.reason}" for one in left[:NAMED]]
    if len(left) > NAMED:
        marked.append(f"{len(left) - NAMED} more structured deals are not valued")
    flows = now.structured.flows
    used = flows.filter(pl.col("month").dt.month_end() > now.day).select("index", "month").unique()
    old = now.structured.prices.join(used, on=("index", "month"), how="semi").filter(
        (now.day - pl.col("as_of")).dt.total_days() > reference.verification.age_max_days
    )
    marked += [
        f"{count} months of the index {name!r} keep prices of {as_of} or before"
        for name, count, as_of in old.group_by("index", maintain_order=True)
        .agg(pl.len(), pl.col("as_of").max())
        .iter_rows()
    ]
    return tuple(marked)


def off_market(
    found: Close, before: CloseInputs | None, reference: BookReference
) -> tuple[str, ...]:
    """Return the deals new to a close whose price is far from the curve, a sentence each.

    The first close of a book has nothing to tell new deals by.
    """
    most = reference.verification.deal_tolerance
    if most is None or before is None:
        return ()
    fresh = found.deals.join(before.deals, on=("deal", "version"), how="anti").filter(
        pl.col("energy_mwh") != 0
    )
    apart = fresh.with_columns(apart=(pl.col("value") / pl.col("energy_mwh")).abs())
    return tuple(
        f"deal {deal} is priced {distance:,.2f} a MWh off the curve, beyond {most}"
        for deal, distance in apart.filter(pl.col("apart") > float(most))
        .select("deal", "apart")
        .iter_rows()
    )
