"""The folder of a book: made, opened, and given another reference by two persons."""

from __future__ import annotations

import time
from pathlib import Path

from wattbook.errors import InputError, StoreError
from wattbook.portfolio.book import DealBook
from wattbook.runtime.book.reference import FILE, BookReference, load_reference

__all__ = ["decide_reference", "make_book", "open_book", "open_deals", "propose_reference"]


def make_book(
    folder: Path, reference: Path, *, person: str | None = None
) -> tuple[DealBook, BookReference]:
    """Return a new book, or one that stands with just this reference.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    reference : Path
        Taken over as the book's.
    person : str, optional
        Who brings it.

    Raises
    ------
    InputError
        If a book with another reference is there, or there is one person alone.
    DeskError
        As `load_reference`.
    """
    two_persons(reference)
    text = reference.read_bytes().decode()
    if not (folder / FILE).is_file():
        begun = DealBook(folder).references
        # Whoever began it may have been cut off before the file was written.
        if begun.standing() is None:
            begun.begin(text, person=person or "", known_ns=time.time_ns())
        write(folder, begun.standing() or text)
    book, found = open_book(folder)
    if book.references.standing() != text:
        raise InputError(
            f"{folder} is a book of {found.desk.name}; propose the change of its reference with "
            "--person, and have a second person approve it"
        )
    return book, found


def two_persons(path: Path) -> BookReference:
    """Return a reference by which changes can be approved.

    Raises
    ------
    InputError
        If it has one person alone.
    """
    found = load_reference(path)
    if len(set(found.desk.persons)) < 2:
        raise InputError(
            f"{path}: {found.desk.name} has fewer than two persons, so that nobody could approve "
            "an amendment; name at least two"
        )
    return found


def propose_reference(folder: Path, reference: Path, *, person: str) -> int:
    """Keep a changed reference until a second person decides, and return its number.

    Raises
    ------
    InputError
        If `person` is none of the standing reference, or nothing is changed.
    DeskError
        As `load_reference`.
    """
    book, standing = open_book(folder)
    standing.person(person)
    two_persons(reference)
    text = reference.read_bytes().decode()
    if text == book.references.standing():
        raise InputError(f"{reference} is the reference of {folder} already; change it first")
    return book.references.propose(text, person=person, known_ns=time.time_ns())


def decide_reference(
    folder: Path, number: int, *, person: str, approves: bool, comment: str = ""
) -> None:
    """Let a changed reference stand or fall.

    Raises
    ------
    InputError
        If it does not wait, `person` entered it or is none of the standing reference, or another
        reference stands by now.
    """
    book, standing = open_book(folder)
    book.references.decide(
        number,
        person=standing.person(person),
        approves=approves,
        known_ns=time.time_ns(),
        comment=comment,
    )
    write(folder, book.references.standing() or "")


def open_book(folder: Path) -> tuple[DealBook, BookReference]:
    """Return the book of a folder and its reference.

    Raises
    ------
    InputError
        If the folder holds no book, or its reference was changed by hand.
    DeskError
        As `load_reference`.
    """
    book, kept = open_deals(folder), folder / FILE
    standing, found = book.references.standing(), kept.read_bytes().decode(errors="replace")
    if standing is not None and found in book.references.were():
        # Whoever approved the standing one was cut off before the file was written.
        write(folder, standing)
    elif found != standing:
        raise InputError(
            f"{kept} is not the reference that was taken over; write the change to a file of its "
            "own and propose it with `wattbook book init … --reference FILE --person NAME`, or "
            "put the kept one back"
        )
    return book, load_reference(kept)


def open_deals(folder: Path) -> DealBook:
    """Return the book of a folder, whatever its reference says.

    Raises
    ------
    InputError
        If the folder holds no book.
    """
    if not (folder / FILE).is_file():
        raise InputError(f"{folder} holds no book; make one with `wattbook book init`")
    return DealBook(folder)


def write(folder: Path, text: str) -> None:
    """Leave a reference in a book's folder, all of it or none.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    part = (folder / FILE).with_suffix(".part")
    try:
        part.write_bytes(text.encode())
        part.replace(folder / FILE)
    except OSError as fault:
        raise StoreError(
            f"{folder} cannot be written ({fault.strerror}); give another folder"
        ) from fault
