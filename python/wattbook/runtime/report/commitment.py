"""The page of a commitment: what runs when, what it makes, and what a MW more would cost."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.commitment import Commitment
from wattbook.assets.commitment.dispatch import starts_of
from wattbook.runtime.report.markup import asset, card, table
from wattbook.runtime.report.svg import Frame, Line, plot

__all__ = ["commitment_page"]

Floats = NDArray[np.float64]
STYLE = """
.plot{margin:0 0 1rem}.plot svg{width:100%;height:auto}.plot text{font-size:11px;fill:var(--muted)}
.panel>.plot{max-width:46rem}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.85rem}.legend svg{width:28px}
.runs td:last-child{font-family:monospace;white-space:pre}
"""


def commitment_page(found: Commitment) -> str:
    """Return the report of a commitment as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    fleet = found.fleet
    state = "gap reached" if found.is_complete else "time ran out"
    cards = "".join(
        (
            card(f"{found.cost:,.0f}", "cost of fuel, operation and starts"),
            card(f"{100 * found.gap:.3f} %", f"could be saved at most; {state}"),
            card(f"{len(starts_of(fleet, found.is_on)):,}", "starts"),
            card(f"{found.curtailed.sum():,.0f}", "MWh of sun, wind and water left out"),
            card(f"{found.seconds:,.1f} s", "to search"),
        )
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(fleet.name)} · Wattbook</title>
<style>{asset("report.css")}{STYLE}</style>
</head>
<body>
<header class="top"><h1>{escape(fleet.name)}</h1></header>
<main>
<div class="cards">{cards}</div>
<h2>Power and demand</h2>
<div class="panel">{power_plot(found)}</div>
<h2>What a MW more would cost</h2>
<div class="panel">{price_plot(found)}</div>
<h2>Which unit runs when</h2>
<div class="runs">{runs(found)}</div>
</main>
</body>
</html>
"""


def stepped(values: Floats) -> tuple[Floats, Floats]:
    """Return the points of a line that is level within each period."""
    edges = np.repeat(np.arange(len(values) + 1.0), 2)[1:-1]
    return edges, np.repeat(values, 2)


def power_plot(found: Commitment) -> str:
    """Return demand, thermal power and renewables over the periods."""
    thermal = found.power.sum(axis=0)
    lines = [
        Line("demand", *stepped(found.fleet.demand), 0),
        Line("thermal units", *stepped(thermal), 1),
        Line("sun, wind and water", *stepped(found.renewable), 2),
        Line("left out", *stepped(found.curtailed), 3),
    ]
    return plot(Frame("Power by period", "period", "MW"), lines)


def price_plot(found: Commitment) -> str:
    """Return the price of a MW more over the periods."""
    return plot(
        Frame("Price of a MW more by period", "period", "money/MWh"),
        [Line("", *stepped(found.prices), 1)],
    )


def runs(found: Commitment) -> str:
    """Return a row a unit with a mark for each period on."""
    rows = []
    for number, unit in enumerate(found.fleet.units):
        states = found.is_on[number]
        marks = "".join("█" if state else "·" for state in states)
        rows.append(
            [escape(unit.name), f"{states.sum()}", f"{found.power[number].sum():,.1f}", marks]
        )
    return table("On in which period", ["Unit", "periods on", "MWh", "periods"], rows, tall=True)
