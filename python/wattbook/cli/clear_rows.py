"""Rows of auction files that take no part, as the console names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.cli.console import Console
    from wattbook.market.auction.day import Rejected

__all__ = ["SHOWN", "tell_rejected"]

SHOWN = 10
"""So many of a kind are named; files and JSON have them all."""


def tell_rejected(console: Console, rejected: Sequence[Rejected]) -> None:
    """Name the rows that take no part."""
    for one in rejected[:SHOWN]:
        console.line(f"set aside: {one.file}, {one.place}: {one.rule}", "yellow")
    if len(rejected) > SHOWN:
        console.line(f"and {len(rejected) - SHOWN} more lines", "yellow")
