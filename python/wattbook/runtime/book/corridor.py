"""Positions of a book against its hedge corridor: what of an expected delivery is hedged by now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import polars as pl

from wattbook.domain.calendars import PLACES
from wattbook.runtime.desk.reader import Reader
from wattbook.runtime.desk.spec.bounds import Bounds, Positive

__all__ = ["Corridor", "CorridorMonth", "corridors", "hedged_months"]

Days = Annotated[int, Bounds(least=0, most=2_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDemand:
    """``[[corridor.months]]``: what is expected of a month of delivery.

    Parameters
    ----------
    month : str
        Such as 2027-02.
    demand_mwh : Decimal
        To be bought; below zero what is produced, to be sold.
    """

    month: str
    demand_mwh: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """``[[corridor]]``: which share of a book's expected deliveries is hedged when.

    Parameters
    ----------
    name, book, place : str
    begin_days, end_days : int
        Before the first day of the month: when hedging begins, from nothing, and when all is due.
    width : Decimal
        Share by which a position may be off what is due, either way.
    months : tuple of MonthDemand
    """

    name: str
    book: str
    place: str
    begin_days: Days = 365
    end_days: Days = 15
    width: Positive = Decimal("0.15")
    months: tuple[MonthDemand, ...]

    def due(self, days: int) -> float:
        """Return the share that is due so many days before delivery."""
        span = self.begin_days - self.end_days
        return min(max((self.begin_days - days) / span, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class CorridorMonth:
    """A month of a corridor at a close.

    Parameters
    ----------
    corridor : Corridor
    month : str
    demand_mwh, hedged_mwh : float
    low, high : float
        Shares between which the hedge should be.
    """

    corridor: Corridor
    month: str
    demand_mwh: float
    hedged_mwh: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of the demand that is hedged."""
        return self.hedged_mwh / self.demand_mwh

    @property
    def is_inside(self) -> bool:
        """Whether the position is where it should be."""
        return self.low - 1e-9 <= self.share <= self.high + 1e-9

    @property
    def sentence(self) -> str:
        """What is wrong with it."""
        return (
            f"{self.corridor.name}, {self.month}: {self.share:.0%} is hedged, outside of "
            f"{self.low:.0%} to {self.high:.0%}"
        )


def corridors(reader: Reader, top: dict[str, Any], books: Iterable[str]) -> tuple[Corridor, ...]:
    """Return the corridors of a reference.

    Raises
    ------
    DeskError
        If anything does not fit; names line, key, value and fix.
    """
    made: tuple[Corridor, ...] = reader.tables("corridor", top, Corridor)
    for number, one in enumerate(made):
        reader.choice(("corridor", number, "book"), one.book, sorted(books), "book")
        reader.choice(("corridor", number, "place"), one.place, PLACES, "place of delivery")
        if one.end_days >= one.begin_days:
            raise reader.refuse(
                ("corridor", number, "end_days"),
                f"{one.end_days} is not below begin_days, {one.begin_days}; give a later end",
            )
        for at, month in enumerate(one.months):
            key = ("corridor", number, "months", at)
            try:
                dt.date.fromisoformat(f"{month.month}-01")
            except ValueError as fault:
                raise reader.refuse(
                    (*key, "month"), f"{month.month!r} is no month; write it like 2027-02"
                ) from fault
            if month.demand_mwh == 0:
                raise reader.refuse((*key, "demand_mwh"), "0 needs no hedge; leave the month out")
    return made


def hedged_months(
    day: dt.date, positions: pl.DataFrame, known: Iterable[Corridor]
) -> tuple[CorridorMonth, ...]:
    """Return the months of all corridors that are still to come at a close.

    Parameters
    ----------
    day : date
        Of the close.
    positions : polars.DataFrame
        As `wattbook.portfolio.book.positions` gives them.
    known : iterable of Corridor
    """
    held = {
        (book, place, month): energy
        for book, place, month, energy in positions.select(
            "book", "place", "month", "energy_mwh"
        ).iter_rows()
    }
    made = []
    for one in known:
        for month in one.months:
            first = dt.date.fromisoformat(f"{month.month}-01")
            if first <= day:
                continue
            due, width = one.due((first - day).days), float(one.width)
            made.append(
                CorridorMonth(
                    one,
                    month.month,
                    float(month.demand_mwh),
                    held.get((one.book, one.place, first), 0.0),
                    max(due - width, 0.0),
                    due + width,
                )
            )
    return tuple(made)
