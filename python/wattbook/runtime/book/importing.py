"""Brings deals of a file into a book."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from wattbook.errors import DecodeError, InputError, WattbookError
from wattbook.portfolio.book import (
    BookedTrades,
    DealBook,
    Imported,
    Message,
    Trade,
    TradeBook,
    read_deals,
    read_fpml,
    read_message,
)
from wattbook.runtime.book.reference import BookReference
from wattbook.runtime.book.run_deals import RunTerms, run_deals
from wattbook.runtime.book.structured import own_flows
from wattbook.runtime.risk.run_book import run_ledger

__all__ = ["import_deals", "import_run", "import_trades", "repeated_numbers"]


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
    if not content:
        raise InputError(f"{path} is empty; give one header line and a row a deal")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"{path} is UTF-16; save it as UTF-8")
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


def import_run(
    book: DealBook,
    reference: BookReference,
    path: Path,
    terms: RunTerms,
    *,
    person: str,
    known_ns: int | None = None,
) -> tuple[Imported, int]:
    """Book the fills, imbalances and deliveries of a run as deals, all at once.

    Parameters
    ----------
    book : DealBook
    reference : BookReference
    path : Path
        Folder of the run.
    terms : RunTerms
        Whom its deals are with.
    person : str
        Who brings it.
    known_ns : int, optional, ns UTC
        When; now by default.

    Returns
    -------
    Imported
        What became of the deals; rows count from 2, as those of a file.
    int
        What was left out for want of an operator or owner.

    Raises
    ------
    RunError
        If the folder holds no run.
    InputError
        If what it traded cannot be told as deals, or the person is unknown.
    """
    reference.person(person)
    rows, left = run_deals(run_ledger(path), terms)
    deals, refused = read_deals(rows, reference.names)
    found = book.book(
        deals,
        refused,
        sha256=hashlib.sha256(rows.write_csv().encode()).hexdigest(),
        name=path.name,
        person=person,
        known_ns=time.time_ns() if known_ns is None else known_ns,
    )
    return found, left


def import_trades(
    book: TradeBook,
    reference: BookReference,
    path: Path,
    *,
    person: str,
    is_named_by_file: bool = False,
    known_ns: int | None = None,
) -> tuple[BookedTrades, tuple[str, ...]]:
    """Book the trades of an FpML document, or their cancellation, all at once.

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

    Returns
    -------
    BookedTrades
        What became of them.
    tuple of str
        Why no close can value some of them as the reference stands, a sentence each.

    Raises
    ------
    InputError
        If the file cannot be read, the person is unknown, or a number is that of a trade between
        other parties.
    DecodeError
        If the document is refused; names file, line, element and fix.
    """
    reference.person(person)
    now_ns = time.time_ns() if known_ns is None else known_ns
    message = message_of(path)
    if message.retracts:
        deals = book.named(message)
        if not deals:
            raise InputError(
                f"{path}: it takes back {', '.join(message.numbers) or message.correlation}, of "
                "which the book has no structured deal; give first the document that states it"
            )
        found = book.cancel(deals, file=path.name, person=person, known_ns=now_ns, message=message)
        return found, ()
    trades = [
        (f"{path.stem} {trade.number}" if is_named_by_file else trade.number, trade)
        for trade in trades_of(path)
    ]
    standing = dict(book.table().select("deal", "parties").rows())
    for deal, trade in trades:
        if standing.get(deal, trade.between) != trade.between:
            raise InputError(
                f"{path}: {deal} is a trade of {standing[deal]}, and this one of {trade.between}; "
                "give --named-by file"
            )
    found = book.book(trades, file=path.name, person=person, known_ns=now_ns, message=message)
    notes = []
    for deal, trade in trades:
        try:
            own_flows(deal, trade, reference.structured, reference.credit.counterparties)
        except InputError as fault:
            notes.append(f"{deal} is booked and cannot be valued yet: {fault}")
    return found, tuple(notes)


def message_of(path: Path) -> Message:
    """Return a document as a message.

    Raises
    ------
    InputError, DecodeError
        As `trades_of`.
    """
    try:
        return read_message(content_of(path))
    except DecodeError as fault:
        raise DecodeError(f"{path}: {fault}") from fault


def repeated_numbers(files: Iterable[Path]) -> dict[str, tuple[Path, ...]]:
    """Return the numbers that stand in several documents, with these; what is refused has none."""
    found: dict[str, tuple[Path, ...]] = {}
    for file in files:
        try:
            numbers = {trade.number for trade in trades_of(file)}
        except WattbookError:
            continue
        for number in numbers:
            found[number] = (*found.get(number, ()), file)
    return {number: where for number, where in found.items() if len(where) > 1}


def trades_of(path: Path) -> tuple[Trade, ...]:
    """Return the trades of a document.

    Raises
    ------
    InputError
        If it cannot be read.
    DecodeError
        If it is refused; names file, line, element and fix.
    """
    try:
        return read_fpml(content_of(path))
    except DecodeError as fault:
        raise DecodeError(f"{path}: {fault}") from fault


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
