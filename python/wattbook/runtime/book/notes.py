"""What a close tells besides its figures: days that were left out, a reference that changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from wattbook.errors import StoreError
from wattbook.portfolio.book import ClosedDay, DealBook

__all__ = ["changed_reference", "skipped_days"]

NAMED = 10
"""Days that a sentence names."""


def skipped_days(day: dt.date, before: ClosedDay | None) -> tuple[str, ...]:
    """Return a sentence about the weekdays since the close before that have no close."""
    if before is None:
        return ()
    count = (day - before.day).days
    days = [before.day + dt.timedelta(days=at) for at in range(1, count)]
    names = [one.isoformat() for one in days if one.weekday() < 5]
    if not names:
        return ()
    more = len(names) - NAMED
    return (
        f"not closed since {before.day}: {', '.join(names[:NAMED])}"
        + (f" and {more} more weekdays" if more > 0 else "")
        + f"; P&L and theta are those of {count} days, and value at risk takes them as one change",
    )


def changed_reference(book: DealBook, folder: Path | None) -> tuple[str, ...]:
    """Return a sentence for each reference that was taken over since the close in a folder.

    Raises
    ------
    StoreError
        If the frozen reference cannot be read.
    """
    if folder is None:
        return ()
    try:
        kept = (folder / "reference.toml").read_text(encoding="utf-8")
    except OSError as fault:
        raise StoreError(
            f"{folder} cannot be read ({fault}); put back a copy of the close"
        ) from fault
    versions = book.references.table()
    known = versions.filter(pl.col("text") == kept)["number"].max()
    later = versions.filter(pl.col("number") > known) if isinstance(known, int) else versions
    return tuple(
        f"the reference was changed by {person}, approved by {second}, at "
        f"{dt.datetime.fromtimestamp(at / 1e9, dt.UTC).isoformat(timespec='seconds')}: "
        + "; ".join(changes.splitlines())
        for person, second, at, changes in later.select(
            "person", "approved_by", "known_ns", "changes"
        ).iter_rows()
    )
