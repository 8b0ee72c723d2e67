"""Value at risk of a close's positions over the closes before it, and limits that are broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from wattbook.portfolio.book import Close
from wattbook.portfolio.book.valuation import PlacePrices
from wattbook.risk import Quantile
from wattbook.risk import value_at_risk as quantile_of
from wattbook.runtime.book.reference import BookReference

__all__ = ["SCENARIOS_MIN", "Breach", "ValueAtRisk", "breaches", "value_at_risk"]

CONFIDENCE = 0.95
SCENARIOS_MIN = 20
"""Fewer changes than that say nothing of the worst of twenty days."""
Key = tuple[str, object]


@dataclass(frozen=True)
class ValueAtRisk:
    """Of one day, 95 %, by historical simulation.

    Parameters
    ----------
    amount : float or None
        Loss above zero, money of the desk; none with too little history.
    scenarios : int
        Changes from close to close.
    """

    amount: float | None
    scenarios: int


@dataclass(frozen=True)
class Breach:
    """A limit that is broken."""

    limit: str
    book: str
    found: float
    most: float


def month_prices(prices: Mapping[str, PlacePrices]) -> dict[Key, float]:
    """Return the mean price of what is open of each place and month."""
    made: dict[Key, float] = {}
    for place, one in prices.items():
        left = one.start[:-1] >= one.open_from
        months, hours, price = one.month[left], one.hours[left], one.price[left]
        for month in np.unique(months):
            chosen = months == month
            weight = hours[chosen]
            first = month.astype("datetime64[D]").item()
            made[place, first] = float(weight @ price[chosen] / weight.sum())
    return made


def value_at_risk(
    positions: pl.DataFrame, history: Sequence[Mapping[str, PlacePrices]]
) -> dict[str, ValueAtRisk]:
    """Return the value at risk of each book, from absolute changes of monthly prices.

    Parameters
    ----------
    positions : polars.DataFrame
        Of the close.
    history : sequence of mapping of str to PlacePrices
        Prices of each close, oldest first, the last that of the close. A change counts for a month
        that both of its closes have open.
    """
    levels = [month_prices(one) for one in history]
    books = positions["book"].unique(maintain_order=True).to_list()
    losses = {book: np.zeros(max(len(levels) - 1, 0)) for book in books}
    for book, place, month, energy in positions.select(
        "book", "place", "month", "energy_mwh"
    ).iter_rows():
        key = (place, month)
        for at, (old, new) in enumerate(pairwise(levels)):
            if key in old and key in new:
                losses[book][at] -= energy * (new[key] - old[key])
    count = max(len(levels) - 1, 0)
    return {
        book: ValueAtRisk(
            None
            if count < SCENARIOS_MIN
            else float(quantile_of(-found, confidence=CONFIDENCE, quantile=Quantile.INVERTED_CDF)),
            count,
        )
        for book, found in losses.items()
    }


def breaches(
    reference: BookReference, close: Close, risk: Mapping[str, ValueAtRisk]
) -> tuple[Breach, ...]:
    """Return the limits that a close breaks."""
    found = []
    for one in reference.limits:
        of_book = close.positions.filter(pl.col("book") == one.book)
        if one.kind == "month_mwh":
            level = float(of_book["energy_mwh"].abs().max() or 0.0)  # type: ignore[arg-type]
        elif one.kind == "loss":
            level = -float(close.pnl.filter(pl.col("book") == one.book)["amount"].sum())
        else:
            told = risk.get(one.book)
            level = 0.0 if told is None or told.amount is None else told.amount
        if level > float(one.most):
            found.append(Breach(one.name, one.book, level, float(one.most)))
    return tuple(found)
