"""The page of an asset's schedule, and that of what its owner gets."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from wattbook.runtime.report.commitment import mark_step, stepped
from wattbook.runtime.report.contract import document, panels
from wattbook.runtime.report.markup import card, table
from wattbook.runtime.report.svg import Frame, Line, plot

if TYPE_CHECKING:
    from wattbook.runtime.asset import Owned, Plot, Scheduled

__all__ = ["owner_page", "schedule_page"]

CARDS_MAX = 8
DAYS_MAX = 10
"""Up to so many days, marks are of hours; then of days."""


def figure_text(value: float) -> str:
    """Return a figure for a person."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.2f}"


def schedule_page(found: Scheduled) -> str:
    """Return the schedule of an asset as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    head, figures = found.file.head, found.found.figures
    cards = [card(figure_text(value), name) for name, value in list(figures.items())[:CARDS_MAX]]
    rows = [[escape(name), figure_text(value)] for name, value in figures.items()]
    body = panels(
        *((one.heading, drawn(found, one)) for one in found.found.plots),
        ("Figures", table(f"Money in {head.currency}", ["what", ""], rows)),
    )
    said = (f"Money in {head.currency}.", *found.found.notes)
    notes = "".join(f"<p>{escape(note)}</p>" for note in said)
    return document(head.name, cards, body, notes)


def drawn(found: Scheduled, one: Plot) -> str:
    """Return a plot of lines by period; those that are zero all along are left out."""
    grid = found.file.grid
    count = len(grid)
    days = len(grid.day_start) - 1
    if days > DAYS_MAX:
        every = mark_step(days)
        places = [(int(grid.day_start[day]), day) for day in range(0, days, every)]
        ticks = [(float(at), f"{grid.first + np.timedelta64(day, 'D')}") for at, day in places]
    else:
        every = mark_step(count)
        slots = np.asarray(grid.slot)
        ticks = [
            (float(at), f"{int(slots[at]) * grid.minutes // 60:02d}h")
            for at in range(0, count, every)
        ]
    lines = [
        Line(name if len(one.lines) > 1 else "", *stepped(values), ink)
        for ink, (name, values) in enumerate(one.lines.items())
        if np.any(values) or len(one.lines) == 1
    ]
    frame = Frame(f"{one.heading}, by period", "local time", one.unit, ticks)
    return plot(frame, lines)


def owner_page(found: Owned) -> str:
    """Return the statements of an owner as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    owner = found.file.owner
    months = [one.month.strftime("%Y-%m") for one in found.statements]
    sums = {
        "owner": np.array([float(one.owner) for one in found.statements]),
        "optimizer": np.array([float(one.optimizer) for one in found.statements]),
    }
    revenue = sum((one.revenue for one in found.statements), start=0)
    cards = (
        card(f"{revenue:,}", f"{owner.currency}, the ledger"),
        card(f"{sum(one.owner for one in found.statements):,}", f"{owner.currency}, to the owner"),
        card(
            f"{sum(one.optimizer for one in found.statements):,}",
            f"{owner.currency}, to the optimizer",
        ),
    )
    sources = list(dict.fromkeys(name for one in found.statements for name in one.by_source))
    rows = [
        [
            month,
            *(f"{one.by_source.get(name, 0):,}" for name in sources),
            f"{one.revenue:,}",
            f"{one.owner:,}",
            f"{one.optimizer:,}",
        ]
        for month, one in zip(months, found.statements, strict=True)
    ]
    ticks = [
        (place + 0.5, month)
        for place, month in enumerate(months)
        if place % mark_step(len(months)) == 0
    ]
    frame = Frame("What owner and optimizer get by month", "month", owner.currency, ticks)
    lines = [Line(name, *stepped(values), ink) for ink, (name, values) in enumerate(sums.items())]
    headings = ["Month", *map(escape, sources), "together", "owner", "optimizer"]
    body = panels(
        ("By month", plot(frame, lines)),
        ("Statements", table(f"Money in {owner.currency}", headings, rows, tall=True)),
    )
    return document(owner.name, cards, body, "")
