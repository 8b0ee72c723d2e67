"""Which figures of a close rest on prices that are marked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import DeliveryProduct
from wattbook.portfolio.book import CloseInputs, running_power
from wattbook.runtime.book.verification import Verified, index_names

__all__ = ["DAGGER", "MarkedFigures", "marked_figures"]

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
    """

    months: frozenset[tuple[str, dt.date]]
    books: frozenset[str]
    counterparties: frozenset[str]

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
