"""A bilateral deal entered by hand: one row, booked as the rows of a file are."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Final

import polars as pl

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import InputError
from wattbook.portfolio.book.deals import read_deals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattbook.portfolio.book import DealBook, Imported
    from wattbook.runtime.book.reference import BookReference

__all__ = ["enter_deal"]

POWER_MW_MAX: Final = 100_000
"""More than any bidding zone draws."""
AHEAD_YEARS_MAX: Final = 30
"""Nobody deals in a delivery that begins later."""


def check_plausible(deal: dict[str, object], *, is_new: bool) -> None:
    """Refuse what fits its column but is no deal: a slip of the finger at the ticket.

    Parameters
    ----------
    deal : dict
        Columns of `DEALS`.
    is_new : bool
        Whether the book has no deal of its number.

    Raises
    ------
    InputError
        Naming the field and the fix.
    """
    name, power, product = str(deal["deal"]), int(str(deal["power"])), str(deal["product"])
    if name[0] in "=+-@":
        raise InputError(f"deal {name!r}: a table reads it as a formula; begin with another sign")
    if abs(power) > POWER_MW_MAX * 1_000_000:
        raise InputError(f"power_mw: no deal has more than {POWER_MW_MAX:,} MW; give its own power")
    if is_new and not power:
        raise InputError(f"status: the book has no deal {name!r} to cancel; enter it live first")
    delivery, day = DeliveryProduct(product), str(deal["trade_date"])
    start, end = (
        dt.datetime.fromtimestamp(ns / 1e9, dt.UTC)
        for ns in (delivery.delivery_start, delivery.delivery_end)
    )
    if day >= end.date().isoformat():
        raise InputError(f"trade_date {day}: {product} is over by then; give the day of the trade")
    if int(day[:4]) < start.year - AHEAD_YEARS_MAX:
        raise InputError(
            f"trade_date {day}: more than {AHEAD_YEARS_MAX} years before the delivery of "
            f"{product}; give the day of the trade"
        )


def enter_deal(
    book: DealBook,
    reference: BookReference,
    fields: Mapping[str, str],
    *,
    person: str,
    key: str,
    known_ns: int,
) -> Imported:
    """Book a deal, or let its amendment wait for a second person.

    Parameters
    ----------
    book : DealBook
    reference : BookReference
    fields : mapping of str to str
        As the columns of a file of deals; ``status`` cancelled takes a deal back.
    person : str
        Who enters it.
    key : str
        Of the person's own; what comes again under it is booked once and gets the first one's
        answer.
    known_ns : int, ns UTC

    Raises
    ------
    InputError
        If a field does not fit or is no deal's, the person is unknown, or the key is that of
        another deal.
    """
    reference.person(person)
    row = pl.DataFrame([dict(fields)], schema=dict.fromkeys(fields, pl.String))
    deals, refused = read_deals(row, reference.names)
    if refused:
        raise InputError(f"{refused[0].field} {refused[0].value!r}: {refused[0].reason}")
    made = deals.row(0, named=True)
    check_plausible(made, is_new=not book.has(made["deal"]))
    content = digest(*sorted(fields.items()))
    return book.book(
        deals,
        (),
        sha256=digest(person, key),
        name=f"ticket of {person}, {content}",
        person=person,
        known_ns=known_ns,
        is_once=True,
    )


def digest(*parts: object) -> str:
    """Return the SHA-256 of a list of JSON."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
