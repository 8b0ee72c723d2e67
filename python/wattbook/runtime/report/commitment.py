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
STRIP_HEIGHT = 20
MARK_STEPS = (1, 2, 3, 4, 6, 12, 24, 48, 96, 168)
"""Periods between marks of an axis, so that hours fall on parts of a day."""
MARKS_MAX = 9
STYLE = """
.plot{margin:0 0 .5rem}.plot svg{width:100%;height:auto}.plot text{font-size:11px;fill:var(--muted)}
.panel{min-width:0}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.85rem}.legend svg{width:28px}
.runs .tall{max-height:none}
.runs th:last-child,.runs td:last-child{text-align:left;width:60%;min-width:280px}
.runs td:last-child{padding:2px 8px}
.runs svg{display:block;width:100%;height:22px}
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
            card(f"{found.bound:,.0f}", "no commitment costs less"),
            card(f"{100 * found.gap:.3f} %", f"could be saved at most; {state}"),
            card(f"{len(starts_of(fleet, found.is_on)):,}", "starts"),
            card(f"{found.curtailed.sum():,.0f}", "MWh of sun, wind and water left out"),
            card(f"{found.seconds:,.1f} s", "to search"),
        )
    )
    panels = "".join(
        f'<div class="panel"><h3>{title}</h3>{drawn}</div>'
        for title, drawn in (
            ("Power and demand", power_plot(found)),
            ("What a MW more would cost", price_plot(found)),
            ("Reserve", reserve_plot(found)),
            ("Units on", count_plot(found)),
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
<div class="columns">{panels}</div>
<h2>Which unit runs when</h2>
<div class="panel runs">{runs(found)}</div>
</main>
</body>
</html>
"""


def stepped(values: Floats) -> tuple[Floats, Floats]:
    """Return the points of a line that is level within each period."""
    edges = np.repeat(np.arange(len(values) + 1.0), 2)[1:-1]
    return edges, np.repeat(values, 2)


def mark_step(periods: int) -> int:
    """Return the periods between marks of an axis."""
    fits = (step for step in MARK_STEPS if periods <= MARKS_MAX * step)
    return next(fits, -(-periods // MARKS_MAX))


def drawn_lines(found: Commitment, title: str, y_name: str, lines: dict[str, Floats]) -> str:
    """Return a plot of values by period; those that are zero all along are left out."""
    periods = found.fleet.periods
    ticks = [(float(at), f"{at}") for at in range(0, periods + 1, mark_step(periods))]
    kept = [
        Line(name, *stepped(np.asarray(values, np.float64)), ink)
        for ink, (name, values) in enumerate(lines.items())
        if not ink or np.abs(values).max() > 0.0
    ]
    return plot(Frame(title, "period", y_name, ticks), kept)


def power_plot(found: Commitment) -> str:
    """Return demand, thermal power and renewables over the periods."""
    demand, thermal = found.fleet.demand, found.power.sum(axis=0)
    if np.allclose(demand, thermal, rtol=0.0, atol=1e-3):
        lines = {"demand, met by thermal units": demand}
    else:
        lines = {"demand": demand, "thermal units": thermal}
    lines |= {"sun, wind and water": found.renewable, "left out": found.curtailed}
    return drawn_lines(found, "Power by period", "MW", lines)


def price_plot(found: Commitment) -> str:
    """Return the price of a MW more over the periods."""
    return drawn_lines(found, "Price of a MW more by period", "money/MWh", {"": found.prices})


def reserve_plot(found: Commitment) -> str:
    """Return what reserve is needed and held over the periods."""
    lines = {"held": found.reserve.sum(axis=0), "needed": found.fleet.reserve}
    return drawn_lines(found, "Reserve by period", "MW", lines)


def count_plot(found: Commitment) -> str:
    """Return how many units are on over the periods."""
    count = np.asarray(found.is_on.sum(axis=0), np.float64)
    return drawn_lines(found, "Units on by period", "units", {"": count})


def runs(found: Commitment) -> str:
    """Return a row a unit that is ever on, those on longest first, with its power by period."""
    fleet, hours = found.fleet, found.is_on.sum(axis=1)
    energy, starts = found.power.sum(axis=1), np.zeros(len(fleet.units), int)
    for number, _, _ in starts_of(fleet, found.is_on):
        starts[number] += 1
    rows = [
        [
            escape(fleet.units[number].name),
            f"{fleet.units[number].power_max:,.1f}",
            f"{hours[number]}",
            f"{starts[number]}",
            f"{energy[number]:,.1f}",
            strip(found, number),
        ]
        for number in sorted(range(len(hours)), key=lambda one: (-hours[one], -energy[one]))
        if hours[number]
    ]
    idle = int((hours == 0).sum())
    caption = (
        f"{len(rows)} units, those on longest first; {idle} of {len(hours)} are never on. "
        f"The height of a strip is the unit's most power, a line stands every "
        f"{mark_step(fleet.periods)} periods"
    )
    last = f"power in periods 0 to {fleet.periods - 1}"
    return table(caption, ["unit", "MW", "periods on", "starts", "MWh", last], rows)


def strip(found: Commitment, number: int) -> str:
    """Return a unit's power by period as a small picture."""
    periods, most = found.fleet.periods, found.fleet.units[number].power_max
    marks = "".join(f"M{at} 0V{STRIP_HEIGHT}" for at in range(0, periods + 1, mark_step(periods)))
    area = []
    for period in np.flatnonzero(found.is_on[number]):
        # A unit on at no power still shows as a line.
        height = max(STRIP_HEIGHT * found.power[number, period] / max(most, 1e-9), 1.0)
        area.append(f"M{period} {STRIP_HEIGHT}v{-height:.1f}h1v{height:.1f}z")
    return (
        f'<svg viewBox="0 0 {periods} {STRIP_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{spans(found.is_on[number])}">'
        f'<path d="{marks}" stroke="var(--edge)" vector-effect="non-scaling-stroke"/>'
        f'<path d="{"".join(area)}" fill="var(--line-1)"/></svg>'
    )


def spans(is_on: NDArray[np.bool_]) -> str:
    """Return the periods that a unit is on, in words."""
    change = np.diff(np.concatenate([[0], is_on.astype(int), [0]]))
    first, after = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    told = (
        f"{start} to {end - 1}" if end - start > 1 else f"{start}"
        for start, end in zip(first, after, strict=True)
    )
    return "on in periods " + ", ".join(told)
