"""``wattbook risk explain``: why a book's value moved in a day, by its Greeks."""

from __future__ import annotations

import argparse
from pathlib import Path

from wattbook.cli.console import Console, Table, print_json

__all__ = ["add_arguments", "execute"]

LEVELS = ("trader", "commodity", "delivery")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the task."""
    parser.add_argument(
        "--data", metavar="DIR", type=Path, required=True, help="recorded curves of futures"
    )
    parser.add_argument("--holdings", type=int, default=1_000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of the book; default: %(default)s")
    parser.add_argument("--by", choices=LEVELS, default="commodity", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain-text", action="store_true", help="plain lines on a terminal")


def execute(chosen: argparse.Namespace, console: Console) -> int:
    """Explain the last recorded day of a made-up book."""
    from wattbook.risk.attribution import GREEK_LINES, explain_by_greeks  # noqa: PLC0415
    from wattbook.runtime.risk.generated import (  # noqa: PLC0415 - keeps `--help` light
        day_after,
        generated_book,
        recorded_market,
    )

    made = generated_book(chosen.data, chosen.holdings, chosen.seed, back=1)
    later = recorded_market(chosen.data)
    found = explain_by_greeks(made.book, day_after(made, later))
    parts = found.by(made.book, chosen.by)
    columns = (*GREEK_LINES, "change")
    together = {name: sum(lines[name] for lines in parts.values()) for name in columns}
    if chosen.json:
        told = {"from": made.market.as_of, "to": later.as_of, "by": parts, "together": together}
        print_json(told)
        return 0
    console.table(
        Table(
            f"{chosen.holdings:,} holdings, {made.market.as_of} to {later.as_of}, USD",
            [f"{chosen.by}<", *columns],
            [
                [word, *(f"{lines[name]:,.0f}" for name in columns)]
                for word, lines in (*parts.items(), ("together", together))
            ],
            total=True,
        )
    )
    return 0
