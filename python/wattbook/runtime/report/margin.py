"""The page of ``wattbook risk margin``."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from wattbook.runtime.report.contract import document
from wattbook.runtime.report.markup import card, table
from wattbook.runtime.report.svg import Frame, Line, plot
from wattbook.runtime.risk.margin_tables import margin_tables

if TYPE_CHECKING:
    from wattbook.runtime.risk.margin import MarginReport

__all__ = ["margin_page"]


def margin_page(found: MarginReport) -> str:
    """Return the page: tables of each part, and what they are made of as plots."""
    cards = [card(f"{total:,.0f}", f"margin by {kind}") for kind, total in found.totals.items()]
    if found.call is not None:
        cards.append(card(f"{found.call.amount:,.0f}", "margin call"))
    parts = [
        table(title, [name.capitalize() for name in headings],
              [[escape(cell) for cell in row] for row in rows])
        for title, headings, rows, _ in margin_tables(found)
    ]  # fmt: skip
    if found.span:
        scenarios = np.arange(1.0, 17.0)
        lines = [
            Line(name, scenarios, one.losses / 1e3, place)
            for place, (name, one) in enumerate(found.span.items())
        ]
        parts.append(plot(Frame("Loss by SPAN scenario", "scenario", "thousand"), lines))
    steps = {
        f"{kind}: {name}": value
        for kind, named in (("SIMM", dict(found.simm)), ("filtered", filtered_parts(found)))
        for name, value in named.items()
        if name != "total"
    }
    if steps:
        parts.append(parts_plot(steps))
    return document("Margin", cards, "".join(f"<section>{one}</section>" for one in parts), "")


def filtered_parts(found: MarginReport) -> dict[str, float]:
    """Return the parts of the filtered margin that add to it."""
    one = found.filtered
    if one is None:
        return {}
    return {
        "tail or floor": max(one.blended, one.floor, 0.0),
        "liquidity": one.liquidity,
        "concentration": one.concentration,
    }


def parts_plot(steps: dict[str, float]) -> str:
    """Return bars of what margins are made of, as SVG."""
    lines = [
        Line(
            name,
            np.array([place - 0.3, place - 0.3, place + 0.3, place + 0.3]),
            np.array([0.0, value, value, 0.0]) / 1e3,
            place,
        )
        for place, (name, value) in enumerate(steps.items(), start=1)
    ]
    return plot(Frame("What margins are made of", "part", "thousand"), lines)
