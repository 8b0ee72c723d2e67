"""``wattbook risk report --horizon``: risk over the days that each instrument takes to close."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattbook.risk.book import Book
    from wattbook.risk.horizons import HorizonShortfall
    from wattbook.risk.portfolio import BookRisk

__all__ = ["computed", "document", "show"]


def days_by_prefix(texts: list[str]) -> dict[str, float]:
    """Return the days of each ``NAME=DAYS``.

    Raises
    ------
    InputError
        For a text of another form.
    """
    found = {}
    for text in texts:
        name, _, days = text.partition("=")
        try:
            found[name] = float(days)
        except ValueError:
            message = f"--horizon {text!r}: give the beginning of a factor and days, such as NG=10"
            raise InputError(message) from None
    return found


def computed(
    book: Book, moves: NDArray[np.float64], chosen: argparse.Namespace
) -> tuple[HorizonShortfall, BookRisk]:
    """Return the cascade's shortfall, and the risk at each factor's own horizon."""
    from wattbook.risk.horizons import (  # noqa: PLC0415 - light `--help`
        factor_horizons,
        horizon_shortfall,
        mixed_moves,
    )
    from wattbook.risk.portfolio import book_risk  # noqa: PLC0415 - as above

    days = factor_horizons(book.factors.names, days_by_prefix(chosen.horizon), rest=1.0)
    return (
        horizon_shortfall(book, moves, days, chosen.confidence),
        book_risk(book, mixed_moves(moves, days), chosen.confidence),
    )


def document(cascade: HorizonShortfall, mixed: BookRisk) -> dict[str, object]:
    """Return the risk over horizons for JSON."""
    return {
        "expected_shortfall": cascade.total,
        "steps": [
            {
                "from_days": step.from_days,
                "to_days": step.to_days,
                "holdings": step.holdings,
                "shortfall": step.shortfall,
                "scaled": step.scaled,
            }
            for step in cascade.steps
        ],
        "mixed_value_at_risk": mixed.value_at_risk,
        "mixed_expected_shortfall": mixed.expected_shortfall,
    }


def show(console: Console, cascade: HorizonShortfall, mixed: BookRisk) -> None:
    """Write the risk over horizons."""
    rows = [
        [
            f"{step.from_days:g} to {step.to_days:g}",
            f"{step.holdings:,}",
            f"{step.shortfall:,.0f}",
            f"{step.scaled:,.0f}",
        ]
        for step in cascade.steps
    ]
    rows.append(["root of squares", "", "", f"{cascade.total:,.0f}"])
    columns = ("days<", "holdings", "shortfall of a day", "over the days")
    console.table(Table("By liquidity horizon (MAR33.5)", columns, rows, total=True))
    console.line(
        f"Each factor at the move of its own horizon: value at risk {mixed.value_at_risk:,.0f}, "
        f"expected shortfall {mixed.expected_shortfall:,.0f}"
    )
