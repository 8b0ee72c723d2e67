"""Value at risk of closes against what the day after each of them brought."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from wattbook.errors import StoreError
from wattbook.portfolio.book import Close
from wattbook.risk import (
    Christoffersen,
    Kupiec,
    TrafficLight,
    basel_traffic_light,
    christoffersen,
    kupiec,
)

__all__ = ["BookBacktest", "back_tests", "backtest_of"]

LEVEL = 0.05
YEAR = 250
"""Days that the zones of Basel look back."""


@dataclass(frozen=True, slots=True)
class BookBacktest:
    """A book's value at risk, tested.

    Parameters
    ----------
    days : int
        With a value at risk and a close after them.
    exceptions : int
        On which more was lost by prices and rates of exchange.
    test : Kupiec
        Of the number of exceptions.
    independence : Christoffersen or None
        Whether they come one by one; none of fewer than two days.
    zone : TrafficLight
        Of the last `YEAR` days, at the level of the measure. The add-on of capital is that of 1 %
        and says nothing here.
    """

    days: int
    exceptions: int
    test: Kupiec
    independence: Christoffersen | None
    zone: TrafficLight


def back_tests(folders: Sequence[Path], found: Close) -> dict[str, BookBacktest]:
    """Return the back-test of each book over the closes so far.

    What was lost is the lines ``price`` and ``fx``: the same deals at new prices, as value at risk
    takes them.

    Parameters
    ----------
    folders : sequence of Path
        Of the closes before, oldest first.
    found : Close
        The newest.

    Raises
    ------
    StoreError
        If a close cannot be read.
    """
    risks: list[dict[str, float]] = []
    moved: list[dict[str, float]] = []
    for folder in folders:
        try:
            told = json.loads((folder / "close.json").read_text(encoding="utf-8"))["value_at_risk"]
            pnl = pl.read_parquet(folder / "pnl.parquet")
        except (OSError, ValueError, KeyError, pl.exceptions.PolarsError) as fault:
            raise StoreError(
                f"{folder} cannot be read ({fault}); put back a copy of the close"
            ) from fault
        risks.append(
            {book: one["amount"] for book, one in told.items() if one["amount"] is not None}
        )
        moved.append(by_market(pnl))
    moved.append(by_market(found.pnl))
    counts: dict[str, list[bool]] = {}
    for risk, after in zip(risks, moved[1:], strict=True):
        for book, amount in risk.items():
            if book in after:
                counts.setdefault(book, []).append(-after[book] > amount)
    return {book: backtest_of(hits) for book, hits in sorted(counts.items())}


def backtest_of(hits: Sequence[bool]) -> BookBacktest:
    """Return the tests of days on which more was lost than the measure said, in their order."""
    year = hits[-YEAR:]
    return BookBacktest(
        days=len(hits),
        exceptions=sum(hits),
        test=kupiec(observations=len(hits), exceptions=sum(hits), level=LEVEL),
        independence=christoffersen(np.array(hits), LEVEL) if len(hits) > 1 else None,
        zone=basel_traffic_light(observations=len(year), exceptions=sum(year), level=LEVEL),
    )


def by_market(pnl: pl.DataFrame) -> dict[str, float]:
    """Return what prices and rates of exchange brought, by book."""
    rows = pnl.filter(pl.col("line").is_in(["price", "fx"]))
    return dict(rows.group_by("book", maintain_order=True).agg(pl.col("amount").sum()).iter_rows())
