"""What a closed day holds, for people to read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from wattbook.errors import InputError
from wattbook.runtime.book.kept import frozen_folder, positions_of

if TYPE_CHECKING:
    import datetime as dt

    from wattbook.portfolio.book import DealBook

__all__ = ["closed_state"]


def closed_state(book: DealBook, day: dt.date) -> dict[str, Any]:
    """Return value, P&L by line, value at risk and what options earned, as they were kept.

    Money is in the desk's currency. ``books`` has a row a book of the close, in its order;
    ``options`` a row a deal with options, none in a close of an earlier version; ``positions`` a
    row a book, place and month that is open, as `positions_of` gives them.

    Raises
    ------
    InputError
        If the day is not closed.
    StoreError
        If a file of the close is missing or not as it was kept.
    """
    found = next((one for one in book.closed() if one.day == day), None)
    if found is None:
        message = f"{day} is not closed; close it first"
        raise InputError(message)
    folder = frozen_folder(book, found)
    kept = json.loads((folder / "close.json").read_text(encoding="utf-8"))
    lines: dict[str, dict[str, float]] = {}
    for row in pl.read_parquet(folder / "pnl.parquet").iter_rows(named=True):
        lines.setdefault(row["book"], {})[row["line"]] = row["amount"]
    options = folder / "greeks.parquet"
    return {
        "day": day.isoformat(),
        "digest": found.digest,
        "signed_by": found.signed_by,
        "books": [
            {
                "book": name,
                "value": value,
                "lines": lines.get(name, {}),
                "unexplained": kept["unexplained"].get(name, 0.0),
                "value_at_risk": kept.get("value_at_risk", {}).get(name, {}).get("amount"),
            }
            for name, value in kept["value"].items()
        ],
        "options": pl.read_parquet(options).to_dicts() if options.is_file() else [],
        "positions": [
            {**row, "month": row["month"].isoformat()}
            for row in positions_of(book, found).iter_rows(named=True)
        ],
        "later_deals": kept.get("later_deals", 0),
        "breaches": kept.get("breaches", []),
        "notes": [*kept.get("marked", []), *kept.get("notes", [])],
    }
