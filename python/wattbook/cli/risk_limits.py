"""How much of its limits a run used at the instant that ``wattbook risk report`` tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.runtime.watch.picture import Row

__all__ = ["HEADINGS", "limit_cells", "show_limits"]

HEADINGS = ("limit", "of", "measure", "value", "soft", "hard", "use", "highest", "owner")


def limit_cells(rows: Sequence[Row]) -> list[list[str]]:
    """Return the text of each cell, by row of `ScopeLimits` and by heading."""
    return [
        [
            row["limit"],
            row["scope"],
            row["measure"].replace("_", " "),
            "–" if row["value"] is None else f"{row['value']:,.2f}",
            f"{row['soft']:,.2f}",
            f"{row['hard']:,.2f}",
            "–" if row["share"] is None else f"{100 * row['share']:.0f} %",
            f"{row['highest']:,.2f}",
            row["owner"] or "–",
        ]
        for row in rows
    ]


def show_limits(console: Console, rows: Sequence[Row]) -> None:
    """Write the use of limits, if there are any."""
    if not rows:
        return
    words = ("limit", "of", "measure", "owner")
    columns = [f"{name}<" if name in words else name for name in HEADINGS]
    console.table(Table("Use of limits of scopes then", columns, limit_cells(rows)))
