"""Options of ``wattbook risk`` that say which book is meant: a run's, or a made-up one."""

from __future__ import annotations

import argparse
from pathlib import Path

from wattbook.cli.options import whole
from wattbook.errors import InputError

__all__ = ["add_book_arguments", "settle_book"]

HOLDINGS, SEED = 1_000, 1
"""Of a made-up book, where nothing else is asked for."""


def add_book_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run with its time, and size and seed of a made-up book."""
    parser.add_argument(
        "run", metavar="RUN", nargs="?", type=Path, help="folder of a run; else a made-up book"
    )
    parser.add_argument(
        "--at", metavar="TIME", help="of the run, such as 2026-06-30T12:00Z; else its worst"
    )
    parser.add_argument(
        "--holdings",
        metavar="N",
        type=lambda text: whole(text, 1, 10_000_000),
        help=f"of a made-up book; default: {HOLDINGS}",
    )
    parser.add_argument(
        "--seed",
        metavar="N",
        type=lambda text: whole(text, 0, 2**63),
        help=f"of a made-up book; default: {SEED}",
    )


def settle_book(chosen: argparse.Namespace) -> None:
    """Refuse options of the other kind of book, and fill in what is not given.

    Raises
    ------
    InputError
        For an option that would be dropped: what was meant is not what would be told.
    """
    if chosen.run is None:
        idle, reason = ["at", "strategy", "price"], "is of a run: name its folder, or leave it out"
    else:
        # Dated events of a stress are recorded data, whatever the book.
        recorded = [] if chosen.task == "stress" else ["data"]
        idle, reason = ["holdings", "seed", *recorded], "is of a made-up book: leave it or the run"
    for name in idle:
        if getattr(chosen, name, None) is not None:
            message = f"--{name} {reason}"
            raise InputError(message)
    chosen.holdings = HOLDINGS if chosen.holdings is None else chosen.holdings
    chosen.seed = SEED if chosen.seed is None else chosen.seed
