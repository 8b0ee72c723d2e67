"""Brings deals of a file into a book."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import polars as pl

from wattbook.errors import InputError
from wattbook.portfolio.book import DealBook, Imported, read_deals
from wattbook.runtime.book.reference import BookReference

__all__ = ["import_deals"]


def import_deals(
    book: DealBook,
    reference: BookReference,
    path: Path,
    *,
    person: str,
    known_ns: int | None = None,
) -> Imported:
    """Book the deals of a CSV file, all at once: none is booked if the process dies.

    Parameters
    ----------
    book : DealBook
    reference : BookReference
    path : Path
    person : str
        Who brings it.
    known_ns : int, optional, ns UTC
        When; now by default.

    Raises
    ------
    InputError
        If the file cannot be read, is cut off, lacks a column, or the person is unknown.
    """
    reference.person(person)
    try:
        content = path.read_bytes()
    except OSError as fault:
        message = f"{path} cannot be read ({fault.strerror}); give a file of deals"
        raise InputError(message) from fault
    if not content.endswith(b"\n"):
        raise InputError(
            f"{path} ends in the middle of a line; have it written anew, or end its last line"
        )
    try:
        rows = pl.read_csv(content, infer_schema=False, truncate_ragged_lines=False)
    except pl.exceptions.PolarsError as fault:
        message = f"{path}: {str(fault).splitlines()[0]}; give CSV with one header line"
        raise InputError(message) from fault
    deals, refused = read_deals(rows, reference.names)
    return book.book(
        deals,
        refused,
        sha256=hashlib.sha256(content).hexdigest(),
        name=path.name,
        person=person,
        known_ns=time.time_ns() if known_ns is None else known_ns,
    )
