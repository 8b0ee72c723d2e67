"""Guarantees of origin and emission allowances: what is held, at what cost, and what it earned.

Certificates are whole numbers and money is `Decimal` to the cent. Whatever the method, what was
paid is what was booked out and what is still held, to the last cent.

References
----------
Directive (EU) 2018/2001, article 19 (3): a guarantee of origin is 1 MWh, can be transferred within
12 months of its production, and expires 18 months after it unless cancelled before.
Directive 2003/87/EC, article 13: allowances are valid indefinitely; those issued from 2021 on are
valid for emissions from the first year of their ten-year period.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal, TypeAlias

import polars as pl

from wattbook.errors import InputError

__all__ = [
    "Act",
    "Books",
    "CostMethod",
    "Disposal",
    "Kind",
    "Lot",
    "book",
    "guarantee_deadlines",
    "months_after",
]

CENT = Decimal("0.01")
ZERO = Decimal(0)
Kind: TypeAlias = Literal["guarantee", "allowance"]
Act: TypeAlias = Literal["sale", "transfer", "cancellation", "surrender", "expiry"]
CostMethod: TypeAlias = Literal["fifo", "average"]
ACTS: dict[str, tuple[Act, ...]] = {
    "guarantee": ("sale", "transfer", "cancellation"),
    "allowance": ("sale", "transfer", "cancellation", "surrender"),
}
PERIODS = ((2008, 2012), (2013, 2020), (2021, 2030), (2031, 2040))
"""Trading periods of the EU ETS, first and last year; nothing was kept from the first."""


def months_after(day: dt.date, months: int) -> dt.date:
    """Return the day so many months later; the last of the month where it has no such day.

    Examples
    --------
    >>> months_after(dt.date(2026, 8, 31), 18)
    datetime.date(2028, 2, 29)
    """
    count = day.year * 12 + day.month - 1 + months
    for number in range(day.day, 27, -1):
        try:
            return dt.date(count // 12, count % 12 + 1, number)
        except ValueError:
            continue
    return dt.date(count // 12, count % 12 + 1, day.day)


def guarantee_deadlines(produced: dt.date) -> tuple[dt.date, dt.date]:
    """Return the last day to transfer a guarantee of origin, and the last to cancel it.

    Parameters
    ----------
    produced : date
        Last day of the production.

    Examples
    --------
    >>> guarantee_deadlines(dt.date(2026, 6, 30))
    (datetime.date(2027, 6, 30), datetime.date(2027, 12, 30))
    """
    return months_after(produced, 12), months_after(produced, 18)


@dataclass(frozen=True, slots=True)
class Lot:
    """Certificates that came in together: bought, issued or transferred.

    Parameters
    ----------
    name : str
        Of the lot; its own.
    kind : {"guarantee", "allowance"}
    day : date
        When it came in.
    quantity : int
        MWh or t CO2.
    cost : Decimal
        Of all of it, to the cent; 0 of what was issued for nothing.
    vintage : date or int
        Last day of production of guarantees; year for which allowances were issued.
    """

    name: str
    kind: Kind
    day: dt.date
    quantity: int
    cost: Decimal
    vintage: dt.date | int

    def __post_init__(self) -> None:
        if self.kind not in ACTS:
            raise InputError(f"lot {self.name}: kind {self.kind!r}; use guarantee or allowance")
        if type(self.quantity) is not int or self.quantity <= 0:
            raise InputError(
                f"lot {self.name}: {self.quantity!r} certificates; give a whole number above 0"
            )
        if self.cost < 0 or self.cost != self.cost.quantize(CENT):
            raise InputError(f"lot {self.name}: cost {self.cost}; give whole cents from 0")
        is_day = isinstance(self.vintage, dt.date)
        if is_day != (self.kind == "guarantee"):
            needed = "the last day of production" if self.kind == "guarantee" else "a year"
            raise InputError(f"lot {self.name}: vintage {self.vintage!r}; give {needed}")
        if not is_day and not PERIODS[0][0] <= self.year <= PERIODS[-1][1]:
            raise InputError(
                f"lot {self.name}: vintage {self.vintage}; give a year of the EU ETS, from "
                f"{PERIODS[0][0]} to {PERIODS[-1][1]}"
            )

    @property
    def year(self) -> int:
        """Year of production or issue."""
        return self.vintage.year if isinstance(self.vintage, dt.date) else self.vintage

    @property
    def transfer_until(self) -> dt.date | None:
        """Last day on which it can be sold or transferred; None for always."""
        if isinstance(self.vintage, dt.date):
            return guarantee_deadlines(self.vintage)[0]
        return None

    @property
    def valid_until(self) -> dt.date | None:
        """Last day on which it can be cancelled; None for always."""
        if isinstance(self.vintage, dt.date):
            return guarantee_deadlines(self.vintage)[1]
        return None

    @property
    def emissions_from(self) -> int | None:
        """First year for whose emissions an allowance can be surrendered; None for a guarantee."""
        if isinstance(self.vintage, dt.date):
            return None
        first = next(begin for begin, end in PERIODS if begin <= self.vintage <= end)
        # Allowances of earlier periods were replaced by ones that are valid throughout.
        return first if first >= 2021 else PERIODS[0][0]

    def can(self, act: Act, day: dt.date, emission_year: int | None) -> bool:
        """Return whether it can go out that way on a day."""
        if self.day > day or (self.valid_until is not None and day > self.valid_until):
            return False
        if act in ("sale", "transfer"):
            return self.transfer_until is None or day <= self.transfer_until
        if act == "surrender":
            first = self.emissions_from
            return first is not None and emission_year is not None and emission_year >= first
        return True


@dataclass(frozen=True, slots=True)
class Disposal:
    """Certificates that go out.

    Parameters
    ----------
    kind : {"guarantee", "allowance"}
    day : date
    act : {"sale", "transfer", "cancellation", "surrender"}
    quantity : int
    proceeds : Decimal, optional
        For all of it, to the cent; of a sale.
    vintage : int, optional
        Only from lots of that year, as a buyer asks for.
    emission_year : int, optional
        Of a surrender.
    """

    kind: Kind
    day: dt.date
    act: Act
    quantity: int
    proceeds: Decimal = ZERO
    vintage: int | None = None
    emission_year: int | None = None

    def __post_init__(self) -> None:
        if self.act not in ACTS.get(self.kind, ()):
            known = ", ".join(ACTS.get(self.kind, ("guarantee or allowance as kind",)))
            raise InputError(f"{self.act!r} of a {self.kind}; use {known}")
        if type(self.quantity) is not int or self.quantity <= 0:
            raise InputError(
                f"{self.act} of {self.quantity!r} certificates; give a whole number above 0"
            )
        if self.proceeds != self.proceeds.quantize(CENT):
            raise InputError(f"{self.act} for {self.proceeds}; give whole cents")
        if self.proceeds and self.act != "sale":
            raise InputError(f"a {self.act} earns nothing; leave out proceeds of {self.proceeds}")
        if (self.emission_year is not None) != (self.act == "surrender"):
            raise InputError(
                f"{self.act} with emission_year {self.emission_year}; a surrender has one"
            )


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the books: a lot that came in, or the part of one that went out."""

    day: dt.date
    act: str
    kind: Kind
    lot: str
    quantity: int
    cost: Decimal
    proceeds: Decimal

    @property
    def realised(self) -> Decimal:
        """What going out earned, less its cost; zero of what came in."""
        return ZERO if self.act == "receipt" else self.proceeds - self.cost


@dataclass(frozen=True, slots=True)
class Books:
    """What is held on a day, and how it came to that.

    Parameters
    ----------
    as_of : date
    held : tuple of Lot
        With the quantity that is left and its cost, the oldest first.
    entries : tuple of Entry
    """

    as_of: dt.date
    held: tuple[Lot, ...]
    entries: tuple[Entry, ...]

    def quantity(self, kind: Kind) -> int:
        """Return how many certificates of a kind are held."""
        return sum(lot.quantity for lot in self.held if lot.kind == kind)

    def cost(self, kind: Kind) -> Decimal:
        """Return the cost of what is held."""
        return sum((lot.cost for lot in self.held if lot.kind == kind), ZERO)

    def realised(self, kind: Kind) -> Decimal:
        """Return what certificates that went out earned, less their cost."""
        return sum((one.realised for one in self.entries if one.kind == kind), ZERO)

    def unrealised(self, kind: Kind, price: Decimal) -> Decimal:
        """Return what is held at a price, less its cost, to the cent."""
        worth = (price * self.quantity(kind)).quantize(CENT, ROUND_HALF_EVEN)
        return worth - self.cost(kind)

    def table(self) -> pl.DataFrame:
        """Return a row an entry: day, act, kind, lot, quantity, cost, proceeds, realised."""
        money = pl.Decimal(38, 2)
        names = ("day", "act", "kind", "lot", "quantity", "cost", "proceeds", "realised")
        rows = [tuple(getattr(one, name) for name in names) for one in self.entries]
        kinds = (pl.Date, pl.String, pl.String, pl.String, pl.Int64, money, money, money)
        return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def book(
    lots: Sequence[Lot],
    disposals: Sequence[Disposal],
    *,
    as_of: dt.date,
    method: CostMethod = "fifo",
) -> Books:
    """Return what is held at the end of a day.

    Lots go out in the order in which they came in, among those that may. By ``fifo`` each takes its
    own cost with it; by ``average`` what goes out of a kind costs the average of all that is held
    of it, the rounding staying with what is left. Guarantees that expire are written off on the day
    after their last.

    Parameters
    ----------
    lots, disposals : sequences of Lot and Disposal
        In any order; those after `as_of` are left out. On one day what comes in counts first.
    as_of : date
    method : {"fifo", "average"}, optional

    Raises
    ------
    InputError
        If more goes out than may on that day, or two lots have one name; says how much may.

    Examples
    --------
    >>> lots = [
    ...     Lot("A", "allowance", dt.date(2026, 1, 5), 100, Decimal("7000.00"), 2026),
    ...     Lot("B", "allowance", dt.date(2026, 2, 5), 100, Decimal("8000.00"), 2026),
    ... ]
    >>> sale = Disposal("allowance", dt.date(2026, 3, 1), "sale", 150, Decimal("12000.00"))
    >>> for method in ("fifo", "average"):
    ...     books = book(lots, [sale], as_of=dt.date(2026, 3, 1), method=method)
    ...     print(books.realised("allowance"))
    1000.00
    750.00
    """
    if method not in {"fifo", "average"}:
        raise InputError(f"cost method {method!r}; use fifo or average")
    names = [lot.name for lot in lots]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"two lots are named {twice!r}; give each its own name")
    coming = sorted((lot for lot in lots if lot.day <= as_of), key=lambda lot: lot.day)
    going = sorted((one for one in disposals if one.day <= as_of), key=lambda one: one.day)
    held: list[Lot] = []
    entries: list[Entry] = []
    for day in sorted({lot.day for lot in coming} | {one.day for one in going} | {as_of}):
        held, lost = without_expired(held, day)
        entries += lost
        for lot in (lot for lot in coming if lot.day == day):
            entries.append(Entry(day, "receipt", lot.kind, lot.name, lot.quantity, lot.cost, ZERO))
            held.append(lot)
            if method == "average":
                pool = sum((own.cost for own in held if own.kind == lot.kind), ZERO)
                held = evened(held, lot.kind, pool)
        for one in (one for one in going if one.day == day):
            held, gone = disposed(held, one, method)
            entries += gone
    return Books(as_of, tuple(held), tuple(entries))


def without_expired(held: Sequence[Lot], day: dt.date) -> tuple[list[Lot], list[Entry]]:
    """Return what has not expired before a day, and the entries of what has."""
    kept, lost = [], []
    for lot in held:
        last = lot.valid_until
        if last is None or day <= last:
            kept.append(lot)
            continue
        after = last + dt.timedelta(days=1)
        lost.append(Entry(after, "expiry", lot.kind, lot.name, lot.quantity, lot.cost, ZERO))
    return kept, lost


def disposed(
    held: Sequence[Lot], one: Disposal, method: CostMethod
) -> tuple[list[Lot], list[Entry]]:
    """Return what is left after a disposal, and its entries."""
    may = [
        lot
        for lot in held
        if lot.kind == one.kind
        and lot.can(one.act, one.day, one.emission_year)
        and one.vintage in (None, lot.year)
    ]
    total = sum(lot.quantity for lot in may)
    if total < one.quantity:
        of = "" if one.vintage is None else f" of {one.vintage}"
        raise InputError(
            f"{one.act} of {one.quantity} {one.kind}s{of} on {one.day}: {total} may go out so on "
            "that day; buy the rest first, or give fewer"
        )
    left, entries, told = one.quantity, [], ZERO
    kept: list[Lot] = []
    pool = [lot for lot in held if lot.kind == one.kind]
    pool_cost = sum((lot.cost for lot in pool), ZERO)
    pool_quantity = sum(lot.quantity for lot in pool)
    for lot in held:
        taken = min(lot.quantity, left) if lot in may else 0
        if not taken:
            kept.append(lot)
            continue
        left -= taken
        whole = lot.cost if method == "fifo" else pool_cost
        of_all = lot.quantity if method == "fifo" else pool_quantity
        cost = whole if taken == of_all else cents_of(whole, taken, of_all)
        pool_cost, pool_quantity = pool_cost - cost, pool_quantity - taken
        share = cents_of(one.proceeds, one.quantity - left, one.quantity) - told
        told += share
        entries.append(Entry(one.day, one.act, one.kind, lot.name, taken, cost, share))
        if taken < lot.quantity:
            # By average the costs of lots are made even below.
            rest = max(lot.cost - cost, ZERO)
            kept.append(replace(lot, quantity=lot.quantity - taken, cost=rest))
    if method == "average":
        kept = evened(kept, one.kind, pool_cost)
    return kept, entries


def cents_of(amount: Decimal, part: int, whole: int) -> Decimal:
    """Return a part of an amount, to the cent."""
    return (amount * part / whole).quantize(CENT, ROUND_HALF_EVEN)


def evened(held: Sequence[Lot], kind: Kind, cost: Decimal) -> list[Lot]:
    """Return the lots with the cost of a kind spread over them by quantity, to the cent."""
    whole = sum(lot.quantity for lot in held if lot.kind == kind)
    made, passed, told = [], 0, ZERO
    for lot in held:
        if lot.kind != kind:
            made.append(lot)
            continue
        passed += lot.quantity
        upto = cost if passed == whole else cents_of(cost, passed, whole)
        made.append(replace(lot, cost=upto - told))
        told = upto
    return made
