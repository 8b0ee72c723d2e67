"""What waits in a book for a second person: deals, structured trades, the reference."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattbook.errors import InputError
from wattbook.portfolio.book import TradeBook
from wattbook.runtime.book.folder import decide_reference, open_book

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Waiting", "decide_amendment", "waiting"]

NUMBER = re.compile(r"([TR]?)(\d{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits.

    Parameters
    ----------
    number : str
        ``1`` of a deal, ``T1`` of a structured trade, ``R1`` of the reference.
    deal : str
        What it changes; empty of the reference.
    entered_by : str
    reason : str
        What is changed, in words.
    power, price : int or None
        As a deal would stand, in 1e-6; null of any other change.
    """

    number: str
    deal: str
    entered_by: str
    reason: str
    power: int | None = None
    price: int | None = None


def waiting(folder: Path) -> tuple[Waiting, ...]:
    """Return what waits in a book, of each kind the oldest first.

    Raises
    ------
    InputError
        As `open_book`.
    """
    book, _ = open_book(folder)
    deals = (
        Waiting(
            f"{one.number}", str(one.deal["deal"]), one.entered_by, one.reason,
            one.deal["power"], one.deal["price"],
        )
        for one in book.pending()
    )  # fmt: skip
    trades = (
        Waiting(f"T{one.number}", one.deal, one.entered_by, f"changes {'; '.join(one.changes)}")
        for one in TradeBook(folder).pending()
    )
    references = (
        Waiting(
            f"R{one.number}", "", one.entered_by, f"changes {'; '.join(one.changes.splitlines())}"
        )
        for one in book.references.pending()
    )
    return (*deals, *trades, *references)


def decide_amendment(
    folder: Path, number: str, *, person: str, approves: bool, comment: str = ""
) -> None:
    """Let a change stand or fall.

    Raises
    ------
    InputError
        If it does not wait, `person` entered it or is unknown, or the number is none.
    """
    found = NUMBER.fullmatch(number)
    if found is None:
        raise InputError(f"{number!r} is no amendment; give its number, such as 1, T1 or R1")
    kind, digits = found[1], int(found[2])
    if kind == "R":
        decide_reference(folder, digits, person=person, approves=approves, comment=comment)
        return
    book, reference = open_book(folder)
    (TradeBook(folder) if kind == "T" else book).decide(
        digits,
        person=reference.person(person),
        approves=approves,
        known_ns=time.time_ns(),
        comment=comment,
    )
