"""The pages of a contract: what was settled in each month, and what it is worth at what risk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts.ppa_risk import PARTS
from wattbook.runtime.contract import ContractFile, Settled, Valued, Worth
from wattbook.runtime.report.commitment import STYLE, stepped
from wattbook.runtime.report.markup import asset, card, label, table
from wattbook.runtime.report.svg import Frame, Line, plot

__all__ = [
    "amount_plot",
    "capture_plot",
    "document",
    "month_ticks",
    "panels",
    "risk_plot",
    "settlement_page",
    "value_page",
    "week_plot",
    "worth_page",
]

Floats: TypeAlias = NDArray[np.float64]
TICKS_MAX = 6
THOUSAND = 1_000.0


def document(title: str, cards: Sequence[str], body: str, note: str) -> str:
    """Return an HTML document that needs nothing else."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Wattbook</title>
<style>{asset("report.css")}{STYLE}</style>
</head>
<body>
<header class="top"><h1>{escape(title)}</h1></header>
<main>
<div class="cards">{"".join(cards)}</div>
{note}
{body}
</main>
</body>
</html>
"""


def panels(*parts: tuple[str, str]) -> str:
    """Return parts of a page under their headings; each is HTML already."""
    return "".join(
        f'<h2>{escape(heading)}</h2><div class="panel">{part}</div>' for heading, part in parts
    )


def note(found: ContractFile) -> str:
    """Return where prices and production come from, if they are nobody's."""
    if found.data.file is not None:
        return ""
    return f"<p>{label('made up')} Prices and production come from seed {found.data.seed}.</p>"


def month_ticks(months: pl.Series) -> list[tuple[float, str]]:
    """Return marks for an axis of months, few enough to stand apart."""
    every = max(1, -(-len(months) // TICKS_MAX))
    return [
        (place + 0.5, str(month)[:7]) for place, month in enumerate(months) if place % every == 0
    ]


def settlement_page(settled: Settled) -> str:
    """Return the settlement of a contract as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    head, invoices = settled.file.head, settled.settlement.invoices()
    delivered = float(invoices["delivered_mwh"].sum())
    cards = (
        card(f"{settled.settlement.amount:,}", f"{head.currency}, from buyer to seller"),
        card(f"{delivered:,.0f}", "MWh"),
        card(f"{float(invoices['suspended_hours'].sum()):,.1f}", "hours without payment"),
        card(f"{settled.settlement.table.height:,}", f"periods ({head.step.replace('_', '-')}s)"),
    )
    rows = [
        [
            row["month"].strftime("%Y-%m"),
            f"{row['hours']:,.2f}",
            f"{row['suspended_hours']:,.2f}",
            f"{row['production_mwh']:,.3f}",
            f"{row['delivered_mwh']:,.3f}",
            "–" if row["amount_per_mwh"] is None else f"{row['amount_per_mwh']:,.3f}",
            f"{row['amount']:,}",
        ]
        for row in invoices.iter_rows(named=True)
    ]
    headings = ["Month", "hours", "unpaid", "produced MWh", "MWh", "a MWh", head.currency]
    total = ["together", *[""] * 3, f"{delivered:,.3f}", "", f"{settled.settlement.amount:,}"]
    body = panels(
        ("What the buyer pays", amount_plot(invoices, head.currency)),
        ("Base and capture price", capture_plot(settled.capture, head.currency)),
        ("The first week", week_plot(settled.settlement.table, head.currency)),
        ("Invoices", table("A row a month", headings, [*rows, total], total=True)),
    )
    return document(head.name, cards, body, note(settled.file))


def amount_plot(invoices: pl.DataFrame, currency: str) -> str:
    """Return what is due in each month."""
    frame = Frame(
        "What the buyer pays in each month",
        "month",
        f"thousand {currency}",
        month_ticks(invoices["month"]),
    )
    amounts = invoices["amount"].cast(pl.Float64).to_numpy() / THOUSAND
    return plot(frame, [Line("", *stepped(amounts), 1)])


def capture_plot(capture: pl.DataFrame, currency: str) -> str:
    """Return base and capture price of each month."""
    frame = Frame(
        "Base price and capture price by month",
        "month",
        f"{currency}/MWh",
        month_ticks(capture["month"]),
    )
    return plot(
        frame,
        [
            Line("base price", *stepped(capture["base_price"].to_numpy()), 0),
            Line("capture price", *stepped(capture["capture_price"].to_numpy()), 2),
        ],
    )


def week_plot(periods: pl.DataFrame, currency: str) -> str:
    """Return market price and price paid over the first week."""
    end = periods["delivery_start"][0] + pl.duration(days=7)
    week = periods.filter(pl.col("delivery_start") < end)
    paid = week["price"] - week["reference_price"]
    days = (week["delivery_start"] - week["delivery_start"][0]).dt.total_seconds().to_numpy()
    unpaid = np.where(week["is_suspended"].to_numpy(), 0.0, paid.to_numpy())
    return plot(
        Frame("Day-ahead price and price paid, first week", "day", f"{currency}/MWh"),
        [
            Line("day-ahead price", days / 86_400.0, week["spot_price"].to_numpy(), 1),
            Line("paid a MWh", days / 86_400.0, unpaid, 2),
        ],
    )


def value_page(valued: Valued) -> str:
    """Return the value and risk of a contract as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    head, found = valued.file.head, valued.value
    unit = f"{head.currency}/MWh"
    cards = (
        card(f"{found.buyer_value:,.0f}", f"{head.currency}, to the buyer on the curve"),
        card(f"{valued.fair_level:,.2f}", f"fair price over scenarios, {unit}"),
        card(f"{found.volume_capture.capture_rate:.1%}", "capture rate on the curve"),
        card(f"{valued.risk.joint_effect:,.0f}", "price and production move together"),
        card(
            f"{valued.risk.at_risk(valued.confidence):,.0f}",
            f"P&L of the {valued.side} at risk, {100 * valued.confidence:g} %",
        ),
    )
    rows = [
        [
            row["month"].strftime("%Y-%m"),
            *(
                f"{row[name]:,.0f}"
                for name in ("volume_mwh", "market_value", "payment", "buyer_value")
            ),
        ]
        for row in found.months.iter_rows(named=True)
    ]
    months = table(
        "On the curve", ["Month", "MWh", "market value", "payment", "buyer"], rows, tall=True
    )
    risks = [
        [escape(row["risk"]), *(f"{row[name]:,.0f}" for name in list(row)[1:])]
        for row in valued.risk.table(valued.confidence).iter_rows(named=True)
    ]
    headings = ["Moved by", "mean", "deviation", "at risk", "expected shortfall"]
    risk = table(f"In {head.currency}", headings, risks, total=True)
    body = panels(
        ("Market value and payment", month_value_plot(found.months, head.currency)),
        ("What moves the P&L", risk_plot(valued) + risk),
        ("Months", months),
    )
    return document(head.name, cards, body, note(valued.file))


def worth_page(worth: Worth) -> str:
    """Return what a contract is worth on curves as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    head = worth.contract.head
    cards = [
        card(f"{figure:,.{0 if abs(figure) >= THOUSAND else 2}f}", name)
        for name, figure in worth.figures.items()
    ]
    names = worth.table.columns
    rows = [[escape(cell(value)) for value in row] for row in worth.table.iter_rows()]
    first = [cell(value) for value in worth.table[names[0]]]
    every = max(1, -(-len(first) // TICKS_MAX))
    ticks = [(place + 0.5, text) for place, text in enumerate(first) if place % every == 0]
    unit = "thousand MWh" if head.kind == "take_or_pay" else f"thousand {head.currency}"
    drawn = [
        Line(name, *stepped(values / THOUSAND), ink)
        for ink, (name, values) in enumerate(worth.lines.items(), start=1)
    ]
    frame = Frame(f"{', '.join(worth.lines)} by {names[0]}", names[0], unit, ticks)
    headings = [name.replace("_mwh", ", MWh").replace("_", " ") for name in names]
    body = panels(
        ("On the curve", plot(frame, drawn)),
        (f"By {names[0]}", table(f"Money in {head.currency}", headings, rows, tall=True)),
    )
    return document(head.name, cards, body, "")


def cell(value: object) -> str:
    """Return a value of a table for a person."""
    if isinstance(value, dt.date):
        return value.strftime("%Y-%m")
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def month_value_plot(months: pl.DataFrame, currency: str) -> str:
    """Return market value and payment by month."""
    frame = Frame(
        "Market value and payment by month",
        "month",
        f"thousand {currency}",
        month_ticks(months["month"]),
    )
    return plot(
        frame,
        [
            Line("market value", *stepped(months["market_value"].to_numpy() / THOUSAND), 1),
            Line("payment", *stepped(months["payment"].to_numpy() / THOUSAND), 2),
        ],
    )


def risk_plot(valued: Valued) -> str:
    """Return how far each part moves the P&L: values by the share of scenarios below them."""

    def moved(values: Floats) -> Floats:
        """Return values in order, in thousands."""
        return np.sort(values) / THOUSAND

    count = len(valued.risk.values)
    share = 100.0 * (np.arange(count) + 0.5) / count
    lines = [Line("together", moved(valued.risk.values - valued.risk.at_means), share, 0)]
    lines += [
        Line(name, moved(valued.risk.parts[name]), share, place + 1)
        for place, name in enumerate(PARTS)
    ]
    frame = Frame(
        "P&L from that at mean prices and production",
        f"thousand {valued.file.head.currency}",
        "% of scenarios below",
    )
    return plot(frame, lines)
