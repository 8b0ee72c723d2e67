"""Brings deals of a file into a book."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import polars as pl

from wattbook.errors import DecodeError, InputError
from wattbook.portfolio.book import (
    BookedTrades,
    DealBook,
    Imported,
    TradeBook,
    read_deals,
    read_fpml,
)
from wattbook.runtime.book.reference import BookReference

__all__ = ["import_deals", "import_trades"]


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
    content = content_of(path)
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


def import_trades(
    book: TradeBook,
    reference: BookReference,
    path: Path,
    *,
    person: str,
    is_named_by_file: bool = False,
    known_ns: int | None = None,
) -> BookedTrades:
    """Book the trades of an FpML document, all at once.

    Parameters
    ----------
    book : TradeBook
    reference : BookReference
    path : Path
    person : str
        Who brings it.
    is_named_by_file : bool, optional
        Whether a trade is called by its file and number, and not by its number alone.
    known_ns : int, optional, ns UTC
        When; now by default.

    Raises
    ------
    InputError
        If the file cannot be read or the person is unknown.
    DecodeError
        If the document is refused; names file, line, element and fix.
    """
    reference.person(person)
    try:
        trades = read_fpml(content_of(path))
    except DecodeError as fault:
        raise DecodeError(f"{path}: {fault}") from fault
    return book.book(
        [
            (f"{path.stem} {trade.number}" if is_named_by_file else trade.number, trade)
            for trade in trades
        ],
        file=path.name,
        person=person,
        known_ns=time.time_ns() if known_ns is None else known_ns,
    )


def content_of(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as fault:
        message = f"{path} cannot be read ({fault.strerror}); give a file of deals"
        raise InputError(message) from fault
