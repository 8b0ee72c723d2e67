"""What a run or its folder tells of the closes of its days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.runtime.figures.closes import DayClose

__all__ = ["show_closes"]

DAYS_SHOWN = 7


def show_closes(console: Console, closes: Sequence[DayClose], currency: str) -> None:
    """Print why the P&L of each strategy moved, and the last closes."""
    if not closes:
        return
    console.table(explained_table(closes, currency))
    console.line()
    left = len(closes) - DAYS_SHOWN
    if left > 0:
        console.line(f"{left} earlier closes stand in closes.json", "dim")
    console.table(closes_table(closes[-DAYS_SHOWN:], currency))


def explained_table(closes: Sequence[DayClose], currency: str) -> Table:
    """Return P&L by strategy and line over all closes."""
    from wattbook.runtime.figures.explained import (  # noqa: PLC0415 - keeps `--help` light
        PNL_LINES,
        UNEXPLAINED,
    )
    from wattbook.runtime.figures.money import money_text  # noqa: PLC0415

    lines = (*PNL_LINES, UNEXPLAINED)
    found: dict[str, dict[str, int]] = {}
    for close in closes:
        for one in close.explained:
            entry = found.setdefault(one.strategy, dict.fromkeys(lines, 0))
            for line in lines:
                entry[line] += one.lines[line]
    together = {line: sum(entry[line] for entry in found.values()) for line in lines}
    shown = [*found.items(), ("all strategies", together)]
    return Table(
        f"P&L explained, {currency}",
        ["strategy<", *lines, "P&L"],
        [
            [name, *(money_text(entry[line]) for line in lines), money_text(sum(entry.values()))]
            for name, entry in shown
        ],
        total=True,
    )


def closes_table(closes: Sequence[DayClose], currency: str) -> Table:
    """Return a row a close."""
    from wattbook.runtime.figures.money import money_text  # noqa: PLC0415 - keeps `--help` light

    return Table(
        f"Closes, {currency}; what may be lost is of the whole desk",
        [
            "market<",
            "day<",
            "P&L",
            "unexplained",
            "open positions",
            "value at risk 99 %",
            "margin",
            "digest<",
        ],
        [
            [
                one.market,
                one.day.isoformat(),
                money_text(one.total),
                money_text(one.unexplained),
                f"{len(one.positions):,}",
                "–" if one.value_at_risk is None else f"{one.value_at_risk:,.0f}",
                "–" if one.margin is None else f"{one.margin:,.0f}",
                one.digest[:12],
            ]
            for one in closes
        ],
    )
