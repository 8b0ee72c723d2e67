"""What a run could lose and which limits it met, in its report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape

import numpy as np

from wattbook.runtime.figures.ledger import Ledger
from wattbook.runtime.figures.risk import LimitPeak, RiskPath, breaches, risk_path
from wattbook.runtime.report.markup import card, table
from wattbook.runtime.report.svg import Frame, Line, plot

__all__ = ["clock", "risk_section"]

MEASURES = {"value_at_risk": "value at risk", "stop_loss": "stop-loss"}


def clock(ts: int) -> str:
    """Return an instant (ns UTC) as text."""
    return f"{dt.datetime.fromtimestamp(ts // 10**9, dt.UTC):%d %b %Y %H:%M:%S}Z"


def path_plot(path: RiskPath, currency: str) -> str:
    """Return risk over the run, as SVG: steps from one change of a position to the next."""
    hours = (path.ts - path.ts[0]) / 3.6e12
    x = np.repeat(hours, 2)[1:]
    lines = [
        Line(name, x, np.repeat(values, 2)[:-1], ink)
        for ink, (name, values) in enumerate(
            (
                ("value at risk 99 %", path.value_at_risk),
                ("expected shortfall 99 %", path.expected_shortfall),
                ("initial margin", path.margin),
            )
        )
    ]
    title = "What the desk could lose in a day, as positions and scenarios change"
    return plot(Frame(title, f"hours after {clock(int(path.ts[0]))}", currency), lines)


def limit_table(limits: Sequence[LimitPeak]) -> str:
    """Return limits and how much of them was used."""
    rows = []
    for limit in limits:
        known = limit.highest is not None and limit.hard > 0.0
        use = f"{limit.highest / limit.hard:.0%}" if known and limit.highest is not None else "–"
        rows.append(
            [
                escape(limit.name),
                escape(limit.scope),
                escape(MEASURES.get(limit.measure, limit.measure.replace("_", " "))),
                escape(limit.owner or "–"),
                f"{limit.soft:,.2f}",
                f"{limit.hard:,.2f}",
                "–" if limit.highest is None else f"{limit.highest:,.2f}",
                use,
            ]
        )
    headings = ["Limit", "Scope", "Measure", "Owner", "Soft", "Hard", "Highest", "Use"]
    return table("Limits of scopes at their highest use", headings, rows, text=4)


def breach_table(ledger: Ledger, limits: Sequence[LimitPeak]) -> str:
    """Return the limits that were passed, in time order."""
    rows = [
        [
            clock(line.ts),
            escape(limits[line.limit - 1].name if 0 < line.limit <= len(limits) else "–"),
            line.severity,
            "active" if line.is_active else "passive",
            f"{line.value:,.2f}",
            f"{line.level:,.2f}",
        ]
        for line in breaches(ledger)
    ]
    headings = ["Time", "Limit", "Level", "Made by an order or the market", "Value", "Level passed"]
    return table("Limits that were passed", headings, rows, text=4, tall=True)


def risk_section(ledger: Ledger, limits: Sequence[LimitPeak]) -> str:
    """Return risk, margin and limits of a run as HTML; empty where there is nothing to show."""
    path = risk_path(ledger)
    if path is None and not limits:
        return ""
    parts = ["<h2>Risk and limits</h2>"]
    currency = ledger.names.currency
    if path is None:
        parts.append(
            "<p>Prices before the run are not known for every instrument, so value at risk is not "
            "told.</p>"
        )
    else:
        worst = path.worst
        shown = (
            (path.value_at_risk[worst], "value at risk 99 % of a day"),
            (path.expected_shortfall[worst], "expected shortfall 99 %"),
            (path.margin[worst], "initial margin, 75 % shortfall and 25 % worst scenario"),
        )
        figures = "".join(card(f"{value:,.0f}", f"{what}, {currency}") for value, what in shown)
        parts.append(f"<p>At its largest, {clock(int(path.ts[worst]))}:</p>")
        parts.append(f'<div class="cards">{figures}</div>')
        parts.append(f'<div class="panel">{path_plot(path, currency)}</div>')
    if limits:
        parts.append(f'<div class="panel">{limit_table(limits)}</div>')
        parts.append(f'<div class="panel">{breach_table(ledger, limits)}</div>')
    return "".join(parts)
