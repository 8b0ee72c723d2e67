"""The inventory of certificates of a file: what is held, earned and owed on a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import polars as pl

from wattbook.assets.contracts import Books, book, compliance_positions
from wattbook.assets.contracts.certificates import CENT, Kind
from wattbook.runtime.contract.holdings import Certificates

__all__ = ["Inventory", "inventory_of"]

KINDS: tuple[Kind, ...] = ("guarantee", "allowance")
MONEY = pl.Decimal(38, 2)
HELD: dict[str, Any] = {
    "kind": pl.String, "lot": pl.String, "vintage": pl.String, "day": pl.Date,
    "quantity": pl.Int64, "cost": MONEY, "worth": MONEY, "unrealised": MONEY,
    "transfer_until": pl.Date, "valid_until": pl.Date, "state": pl.String,
}  # fmt: skip
COMPLIANCE: dict[str, Any] = {
    "year": pl.Int64, "deadline": pl.Date, "emissions_t": pl.Int64, "carried": pl.Int64,
    "surrendered": pl.Int64, "owed": pl.Int64, "available": pl.Int64, "position": pl.Int64,
    "to_buy": pl.Int64, "cost": MONEY, "penalty": MONEY,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Inventory:
    """Certificates on a day.

    Parameters
    ----------
    file : Certificates
    books : Books
    entries, held, compliance : polars.DataFrame
        What came in and went out; what is left by lot, ``worth`` and ``unrealised`` null without a
        price, ``state`` saying what is near its end; each year's emissions against what is there.
    """

    file: Certificates
    books: Books
    entries: pl.DataFrame
    held: pl.DataFrame
    compliance: pl.DataFrame

    def price(self, kind: Kind) -> Decimal | None:
        """Return the price that a kind is marked at."""
        return price_of(self.file, kind)


def price_of(found: Certificates, kind: Kind) -> Decimal | None:
    """Return the price of a certificate of a kind, if the file has one."""
    spec = found.spec
    return spec.guarantee_price if kind == "guarantee" else spec.allowance_price


def inventory_of(found: Certificates) -> Inventory:
    """Return what a file's certificates come to at the end of its day.

    Raises
    ------
    InputError
        As `book` and `compliance_positions`.
    """
    spec = found.spec
    books = book(found.lots, found.disposals, as_of=spec.as_of, method=spec.method)
    compliance = pl.DataFrame(schema=COMPLIANCE)
    if found.emissions_t:
        years = compliance_positions(
            found.emissions_t, found.lots, found.disposals,
            price=price_of(found, "allowance") or Decimal(0), penalty_per_t=spec.penalty_per_t,
        )  # fmt: skip
        rows = [tuple(getattr(year, name) for name in COMPLIANCE) for year in years]
        compliance = pl.DataFrame(rows, schema=COMPLIANCE, orient="row")
    return Inventory(found, books, books.table(), held_table(found, books), compliance)


def held_table(found: Certificates, books: Books) -> pl.DataFrame:
    """Return a row a lot that is left; worths of a kind add up to its own, to the cent."""
    rows = []
    for kind in KINDS:
        price, passed, told = price_of(found, kind), 0, Decimal(0)
        for lot in (lot for lot in books.held if lot.kind == kind):
            passed += lot.quantity
            worth = None
            if price is not None:
                upto = (price * passed).quantize(CENT, ROUND_HALF_EVEN)
                worth, told = upto - told, upto
            rows.append(
                (
                    kind, lot.name, str(lot.vintage), lot.day, lot.quantity, lot.cost, worth,
                    None if worth is None else worth - lot.cost, lot.transfer_until,
                    lot.valid_until,
                    state_of(lot.transfer_until, lot.valid_until, found.spec.as_of,
                             found.spec.warn_days),
                )
            )  # fmt: skip
    return pl.DataFrame(rows, schema=HELD, orient="row")


def state_of(
    transfer_until: dt.date | None, valid_until: dt.date | None, day: dt.date, warn_days: int
) -> str:
    """Return what a lot's dates mean on a day: free, near an end, or only to be cancelled.

    Examples
    --------
    >>> day = dt.date(2027, 3, 31)
    >>> state_of(dt.date(2027, 3, 30), dt.date(2027, 9, 30), day, 60)
    'only to be cancelled, 183 days left'
    >>> state_of(dt.date(2027, 4, 30), dt.date(2027, 10, 30), day, 60)
    'can be transferred for 30 days more'
    """
    if transfer_until is None or valid_until is None:
        return "free"
    if day > transfer_until:
        return f"only to be cancelled, {(valid_until - day).days} days left"
    left = (transfer_until - day).days
    return f"can be transferred for {left} days more" if left <= warn_days else "free"
