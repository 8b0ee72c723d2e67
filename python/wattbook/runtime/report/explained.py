"""Why the P&L of a run moved, in its report: a table by strategy and a plot over time."""

from __future__ import annotations

from html import escape

import numpy as np

from wattbook.runtime.figures import Ledger
from wattbook.runtime.figures.explained import PNL_LINES, UNEXPLAINED, Explained, explain_pnl, grid
from wattbook.runtime.figures.money import to_float
from wattbook.runtime.report.markup import amount, table
from wattbook.runtime.report.run_risk import clock
from wattbook.runtime.report.svg import Frame, Line, plot

__all__ = ["explained_section"]

LINES = (*PNL_LINES, UNEXPLAINED)
POINTS = 120
"""Of the plot at most; more than a screen has room for."""


def explained_section(ledger: Ledger) -> str:
    """Return P&L by strategy and line, and each line over time; empty where nothing was traded."""
    if not ledger.count("position_changed"):
        return ""
    span = grid(ledger, 60)
    instants = span[:: max(1, len(span) // POINTS)]
    if instants[-1] != span[-1]:
        instants.append(span[-1])
    stretches = explain_pnl(ledger, instants)
    return (
        "<h2>P&amp;L explained</h2>"
        f'<div class="panel">{lines_table(ledger, stretches)}</div>'
        f'<div class="panel">{lines_plot(ledger, stretches, instants)}</div>'
    )


def lines_table(ledger: Ledger, stretches: list[Explained]) -> str:
    """Return a row a strategy and one for all of them."""
    found = {one.name: dict.fromkeys(LINES, 0) for one in ledger.names.strategies}
    for one in stretches:
        for line, units in one.lines.items():
            found[one.strategy][line] += units
    together = {line: sum(entry[line] for entry in found.values()) for line in LINES}
    rows = [
        [escape(name), *(amount(entry[line]) for line in LINES), amount(sum(entry.values()))]
        for name, entry in (*found.items(), ("all strategies", together))
    ]
    headings = ["Strategy", *(line.capitalize() for line in LINES), "P&L"]
    caption = f"P&L by what moved it, {ledger.names.currency}"
    return table(caption, headings, rows, text=1, total=True)


def lines_plot(ledger: Ledger, stretches: list[Explained], instants: list[int]) -> str:
    """Return the sum of each line over time, of all strategies, as SVG."""
    place = {instant: at for at, instant in enumerate(instants)}
    hours = (np.array(instants) - instants[0]) / 3.6e12
    drawn: list[Line] = []
    for line in LINES:
        moved = np.zeros(len(instants))
        for one in stretches:
            moved[place[one.end]] += to_float(one.lines[line])
        if moved.any():
            drawn.append(Line(line, hours, np.cumsum(moved), len(drawn)))
    title = "What moved the P&L, summed since the beginning"
    axis = f"hours after {clock(instants[0])}"
    return plot(Frame(title, axis, ledger.names.currency), drawn)
