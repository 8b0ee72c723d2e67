"""What an owner of a battery and its optimizer get of what it earned, month by month.

Money is `Decimal` to the cent. Every statement adds up: what both get is what the ledger holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeAlias

from wattbook.errors import InputError

__all__ = [
    "Floor",
    "LedgerLine",
    "MonthStatement",
    "RevenueShare",
    "Terms",
    "Tolling",
    "owner_statements",
]

CENT = Decimal("0.01")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One booked amount.

    Parameters
    ----------
    day : date
        Local day of delivery.
    source : str
        What it is for, as ``ENERGY``, ``RAISEREG`` or ``charging fee``.
    amount : Decimal
        Earned above zero, to the cent.
    """

    day: dt.date
    source: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Tolling:
    """The optimizer pays a fixed toll and keeps what the battery earns.

    Parameters
    ----------
    toll_per_mw_month : Decimal
        Paid for each MW of capacity.
    capacity_mw : Decimal
        Contracted.
    availability_min : Decimal, optional
        Guaranteed; below it the toll falls in proportion.
    """

    toll_per_mw_month: Decimal
    capacity_mw: Decimal
    availability_min: Decimal = Decimal("0.97")

    def owner_amount(self, month: Month) -> Decimal:
        """Return the toll of a month."""
        toll = self.toll_per_mw_month * self.capacity_mw
        return toll * min(Decimal(1), month.availability / self.availability_min)


@dataclass(frozen=True, slots=True)
class RevenueShare:
    """The owner gets shares of what was earned, by tiers of a year.

    Parameters
    ----------
    tiers : tuple of (Decimal, Decimal)
        From which revenue of the year on, and the owner's share from there; the first from zero.
        What is lost is shared by the first tier.

    Examples
    --------
    >>> share = RevenueShare(((Decimal(0), Decimal("0.9")), (Decimal(100), Decimal("0.8"))))
    >>> share.of(Decimal(150))
    Decimal('130.0')
    """

    tiers: tuple[tuple[Decimal, Decimal], ...]

    def __post_init__(self) -> None:
        starts = [start for start, _ in self.tiers]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)):
            raise InputError(f"tiers begin at {starts}; give rising ones, the first from 0")
        for _, share in self.tiers:
            if not 0 <= share <= 1:
                raise InputError(f"a share is {share}; give 0 to 1")

    def of(self, revenue: Decimal) -> Decimal:
        """Return the owner's part of a year's revenue so far."""
        if revenue < 0:
            return revenue * self.tiers[0][1]
        ends = [start for start, _ in self.tiers[1:]] + [revenue]
        return sum(
            (
                share * max(ZERO, min(revenue, end) - start)
                for (start, share), end in zip(self.tiers, ends, strict=True)
            ),
            ZERO,
        )

    def owner_amount(self, month: Month) -> Decimal:
        """Return what the month adds to the owner's part of the year."""
        return self.of(month.revenue_before + month.revenue) - self.of(month.revenue_before)


@dataclass(frozen=True, slots=True)
class Floor:
    """A revenue share that pays the owner no less than a floor, counted over the year.

    Parameters
    ----------
    share : RevenueShare
        Above the floor.
    floor_per_mw_year : Decimal
        Guaranteed for each MW of capacity, a twelfth a month.
    capacity_mw : Decimal
        Contracted.
    """

    share: RevenueShare
    floor_per_mw_year: Decimal
    capacity_mw: Decimal

    def owner_amount(self, month: Month) -> Decimal:
        """Return the owner's part of the year so far, at least its floor, less what was paid."""
        floor = self.floor_per_mw_year * self.capacity_mw * month.number / 12
        part = self.share.of(month.revenue_before + month.revenue)
        return max(floor, part) - month.owner_before


Terms: TypeAlias = Tolling | RevenueShare | Floor
"""How what was earned is divided."""


@dataclass(frozen=True, slots=True)
class Month:
    """What terms need to know of a month."""

    number: int
    """Of the contract year, from 1."""
    revenue: Decimal
    revenue_before: Decimal
    owner_before: Decimal
    availability: Decimal


@dataclass(frozen=True, slots=True)
class MonthStatement:
    """What a month came to.

    Parameters
    ----------
    month : date
        Its first day.
    by_source : dict of str to Decimal
        Sums of the ledger.
    owner, optimizer : Decimal
        What each gets; below zero one pays.
    """

    month: dt.date
    by_source: dict[str, Decimal]
    owner: Decimal
    optimizer: Decimal

    @property
    def revenue(self) -> Decimal:
        """What the ledger holds for the month: owner and optimizer together."""
        return sum(self.by_source.values(), ZERO)


def owner_statements(
    ledger: Sequence[LedgerLine],
    terms: Terms,
    *,
    start: dt.date,
    availability: dict[dt.date, Decimal] | None = None,
) -> tuple[MonthStatement, ...]:
    """Return a statement for each month from the start of the contract to the last booked one.

    Parameters
    ----------
    ledger : sequence of LedgerLine
        In any order; every line enters one statement.
    terms : Tolling, RevenueShare or Floor
        Floors and tiers count over contract years of twelve months.
    start : date
        First day of the first month.
    availability : dict of date to Decimal, optional
        Share of a month, by its first day, in which the battery could run; 1 where left out.

    Raises
    ------
    InputError
        If a line lies before the contract or is no whole number of cents.

    Examples
    --------
    >>> line = LedgerLine(dt.date(2026, 1, 3), "ENERGY", Decimal("100.01"))
    >>> terms = RevenueShare(((Decimal(0), Decimal("0.85")),))
    >>> (statement,) = owner_statements([line], terms, start=dt.date(2026, 1, 1))
    >>> statement.owner, statement.optimizer
    (Decimal('85.01'), Decimal('15.00'))
    """
    if start.day != 1:
        raise InputError(f"the contract starts on {start}; give the first day of a month")
    months: dict[dt.date, dict[str, Decimal]] = {}
    for place, line in enumerate(ledger):
        if line.day < start:
            raise InputError(f"ledger line {place} is of {line.day}, before the start {start}")
        if line.amount != line.amount.quantize(CENT):
            raise InputError(f"ledger line {place} is {line.amount}; book whole cents")
        sources = months.setdefault(line.day.replace(day=1), {})
        sources[line.source] = sources.get(line.source, ZERO) + line.amount
    last = max(months, default=start)
    statements = []
    month, number, revenue_before, owner_before = start, 1, ZERO, ZERO
    while month <= last:
        sources = months.get(month, {})
        revenue = sum(sources.values(), ZERO)
        known = Month(
            number,
            revenue,
            revenue_before,
            owner_before,
            (availability or {}).get(month, Decimal(1)),
        )
        owner = terms.owner_amount(known).quantize(CENT, ROUND_HALF_EVEN)
        statements.append(MonthStatement(month, sources, owner, revenue - owner))
        revenue_before, owner_before = revenue_before + revenue, owner_before + owner
        number += 1
        if number > 12:
            number, revenue_before, owner_before = 1, ZERO, ZERO
        month = (month + dt.timedelta(days=31)).replace(day=1)
    return tuple(statements)
