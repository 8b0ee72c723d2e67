"""Closes as they are kept: a folder each, named by what is in its files, and how they are read."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import polars as pl

from wattbook.errors import StoreError
from wattbook.portfolio.book import ClosedDay, CloseInputs, DealBook
from wattbook.runtime.book.frozen import read_prices
from wattbook.runtime.book.structured import read_structured

__all__ = [
    "files_digest",
    "folder_of",
    "frozen_folder",
    "index_positions_of",
    "inputs_of",
    "last_close",
    "marked_books",
    "on_disk",
    "positions_of",
]


def last_close(book: DealBook) -> ClosedDay | None:
    """Return the last closed day, if there is one."""
    found = book.closed()
    return found[-1] if found else None


def inputs_of(book: DealBook, closed: ClosedDay) -> CloseInputs:
    """Return what a close took, as it was frozen.

    Raises
    ------
    StoreError
        If a file of it is missing or not as it was kept.
    """
    folder = frozen_folder(book, closed)
    try:
        deals = pl.read_parquet(folder / "inputs.parquet")
        told = json.loads((folder / "close.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, pl.exceptions.PolarsError) as fault:
        raise StoreError(
            f"{folder} cannot be read ({fault}); put back a copy of the close"
        ) from fault
    return CloseInputs(closed.day, deals, read_prices(folder), told["fx"], read_structured(folder))


def positions_of(book: DealBook, closed: ClosedDay) -> pl.DataFrame:
    """Return the positions of a close, and as ``is_marked`` whether they rest on marked prices.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    folder = frozen_folder(book, closed)
    found = kept_table(folder / "positions.parquet")
    return marked(found, "place", resting_on_marks(folder)["months"])


def index_positions_of(book: DealBook, closed: ClosedDay) -> pl.DataFrame:
    """Return what structured deals of a close hold of their indices, no row if there are none.

    ``is_marked`` says whether it rests on marked prices.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    folder = frozen_folder(book, closed)
    path = folder / "index_positions.parquet"
    if not path.is_file():
        return pl.DataFrame()
    return marked(kept_table(path), "index", resting_on_marks(folder)["indices"])


def marked_books(book: DealBook, closed: ClosedDay) -> frozenset[str]:
    """Return the books whose value rests on marked prices.

    Raises
    ------
    StoreError
        If the close cannot be read.
    """
    return frozenset(resting_on_marks(frozen_folder(book, closed))["books"])


def resting_on_marks(folder: Path) -> dict[str, list[Any]]:
    """Return what of a close rests on marked prices, as its summary says it."""
    try:
        told = json.loads((folder / "close.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise StoreError(
            f"{folder} cannot be read ({fault}); put back a copy of the close"
        ) from fault
    return dict(told["resting_on_marks"])


def marked(rows: pl.DataFrame, of: str, months: list[list[str]]) -> pl.DataFrame:
    """Return rows of ``month`` with ``is_marked``: whether theirs is among those given."""
    bad = pl.DataFrame(
        months, schema={of: pl.String, "month": pl.String}, orient="row"
    ).with_columns(pl.col("month").str.to_date(), is_marked=pl.lit(value=True))
    return rows.join(bad, on=(of, "month"), how="left", maintain_order="left").with_columns(
        pl.col("is_marked").fill_null(value=False)
    )


def kept_table(path: Path) -> pl.DataFrame:
    """Return a table of a close.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as fault:
        message = f"{path} cannot be read ({fault}); put back a copy of the close"
        raise StoreError(message) from fault


def folder_of(book: DealBook, closed: ClosedDay) -> Path:
    """Return where a close lies."""
    return book.folder / "closes" / closed.day.isoformat() / closed.folder


def frozen_folder(book: DealBook, closed: ClosedDay) -> Path:
    """Return where a close lies, its files as they were kept.

    Raises
    ------
    StoreError
        If one is missing or was changed since.
    """
    folder = folder_of(book, closed)
    if not folder.is_dir() or files_digest(folder) != closed.folder:
        raise StoreError(
            f"files of {folder} are missing or not as they were kept; put back a copy of the close"
        )
    return folder


def files_digest(folder: Path) -> str:
    """Return a name for what is in the files of a folder."""
    found = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        found.update(f"{file.name}\0".encode())
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:32]


def on_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would outlive a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
