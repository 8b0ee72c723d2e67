"""``wattbook portfolio``: what the last close of a book holds, by place and delivery month."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from wattbook.cli.console import Console, Table
from wattbook.errors import InputError

__all__ = ["add_arguments", "execute"]

EPILOG = """\
examples:
  wattbook portfolio out/book                positions of the last close, by book, place and month
  wattbook portfolio out/book --book power   of one book

exit status: 0 good; 2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the book")
    parser.add_argument("--book", metavar="NAME", help="one book of the desk")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Show positions by delivery month."""
    import polars as pl  # noqa: PLC0415 - keeps `--help` light

    from wattbook.runtime.book import last_close, open_book, positions_of  # noqa: PLC0415

    book, reference = open_book(chosen.folder)
    last = last_close(book)
    if last is None:
        raise InputError(f"no day of {chosen.folder} is closed; close one with `wattbook close`")
    found = positions_of(book, last)
    if chosen.book is not None:
        if chosen.book not in reference.names.books:
            raise InputError(
                f"{chosen.book!r} is no book; use one of {', '.join(sorted(reference.names.books))}"
            )
        found = found.filter(pl.col("book") == chosen.book)
    if chosen.json:
        sys.stdout.write(json.dumps(found.to_dicts(), default=str) + "\n")
        return 0
    worth = f"market value, {reference.desk.currency}"
    table = Table(
        f"open at the close of {last.day}",
        [
            "book<",
            "place<",
            "month<",
            "MWh",
            "peak MWh",
            "price",
            worth,
        ],
        [
            [
                str(row["book"]),
                str(row["place"]),
                f"{row['month']:%Y-%m}",
                f"{row['energy_mwh']:,.1f}",
                f"{row['peak_mwh']:,.1f}",
                f"{row['price']:,.2f} {row['currency']}",
                f"{row['market_value']:,.0f}",
            ]
            for row in found.iter_rows(named=True)
        ],
    )
    Console(plain=chosen.plain or None).table(table)
    return 0
