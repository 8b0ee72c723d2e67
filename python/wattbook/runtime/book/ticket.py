"""A bilateral deal entered by hand: one row, booked as the rows of a file are."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import polars as pl

from wattbook.errors import InputError
from wattbook.portfolio.book.deals import read_deals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattbook.portfolio.book import DealBook, Imported
    from wattbook.runtime.book.reference import BookReference

__all__ = ["enter_deal"]


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
        Of the person's own; what comes again under its key is booked once.
    known_ns : int, ns UTC

    Raises
    ------
    InputError
        If a field does not fit, or the person is unknown.
    """
    reference.person(person)
    row = pl.DataFrame([dict(fields)], schema=dict.fromkeys(fields, pl.String))
    deals, refused = read_deals(row, reference.names)
    if refused:
        raise InputError(f"{refused[0].field} {refused[0].value!r}: {refused[0].reason}")
    content = json.dumps([person, key, *sorted(fields.items())]).encode()
    return book.book(
        deals,
        (),
        sha256=hashlib.sha256(content).hexdigest(),
        name=f"ticket of {person}",
        person=person,
        known_ns=known_ns,
    )
