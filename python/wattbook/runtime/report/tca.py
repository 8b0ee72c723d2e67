"""The page of a transaction cost analysis."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from wattbook.runtime.report.contract import document
from wattbook.runtime.report.markup import card, table
from wattbook.runtime.report.svg import Frame, Line, Point, plot

if TYPE_CHECKING:
    from wattbook.execution.tca import TransactionCosts

__all__ = ["costs_page", "fill_plot", "markout_plot"]

MEASURES = (
    ("fill_rate", "filled", 100.0, "%"),
    ("against_arrival_ticks", "against arrival", 1.0, "ticks"),
    ("arrival_half_spreads", "against arrival", 1.0, "half spreads"),
    ("against_vwap_ticks", "against VWAP", 1.0, "ticks"),
    ("against_close_ticks", "against close", 1.0, "ticks"),
    ("against_arrival_currency", "cost", 1.0, "currency"),
    ("forecast_cost", "forecast", 1.0, "price"),
    ("fees", "fees", 1.0, "currency"),
    ("forecast_fees", "fees forecast", 1.0, "currency"),
    ("unfilled_markout", "rest moved away", 1.0, "price"),
    ("queue_seconds", "in the queue", 1.0, "s"),
)


def shown(value: object, scale: float = 1.0) -> str:
    """Return a number for a cell."""
    return f"{scale * value:,.3f}" if isinstance(value, int | float) else "–"


def markout_plot(found: TransactionCosts) -> str:
    """Return how fills gained or lost as time went on, for resting and for taking ones, as SVG."""
    names = [name for name in found.fills.columns if name.startswith("markout_")]
    seconds = np.array([float(name.removeprefix("markout_")) for name in names])
    lines = []
    for ink, (is_maker, text) in enumerate(((True, "resting"), (False, "taking")), start=1):
        part = found.fills.filter(pl.col("is_maker") == is_maker)
        if part.is_empty():
            continue
        weight = pl.col("volume") / pl.col("volume").sum()
        means = part.select(*[(weight * pl.col(name)).sum().alias(name) for name in names])
        gains = np.array(means.row(0), dtype=np.float64)
        lines.append(Line(text, np.log10(seconds), gains, ink))
    ticks = [(float(np.log10(one)), f"{one:g}") for one in seconds.tolist()]
    frame = Frame("Gain of fills as time goes on", "seconds after the fill", "price", ticks)
    return plot(frame, lines)


def fill_plot(found: TransactionCosts) -> str:
    """Return the prices of all fills over time, as SVG."""
    fills = found.fills
    first = fills["ts_recv"].min()
    minutes = (fills["ts_recv"] - first).dt.total_nanoseconds() / 60e9
    shapes = {True: "circle", False: "triangle"}
    columns = fills.select("price", "volume", "is_maker", "side").rows()
    points = [
        Point(x, price, shapes[is_maker], f"{price:g}, {volume:g}", 1 if side == "buy" else 2)
        for x, (price, volume, is_maker, side) in zip(minutes, columns, strict=True)
    ]
    mid = Line("middle of the market", minutes.to_numpy(), fills["mid"].to_numpy(), 0)
    frame = Frame("Fills and the middle of the market", "minutes after the first fill", "price")
    return plot(frame, [mid], points)


def costs_page(found: TransactionCosts, name: str) -> str:
    """Return the page that shows what orders cost.

    Parameters
    ----------
    found : TransactionCosts
        What was found.
    name : str
        Of the run.
    """
    rows = [
        [
            escape(f"{row['algorithm']}, {row['side']} {row['volume']:g} {row['symbol']}"),
            *(shown(row[key], scale) for key, _, scale, _ in MEASURES),
            escape(row["ended"] or "–"),
        ]
        for row in found.parents.to_dicts()
    ]
    headings = ["order", *(f"{text}, {unit}" for _, text, _, unit in MEASURES), "ended"]
    parts = [f"<section>{table('Orders', headings, rows)}</section>"]
    if not found.fills.is_empty():
        plots = markout_plot(found) + fill_plot(found)
        parts.append(f"<section><h2>Fills</h2>{plots}</section>")
    venues = [column for column in found.venues.columns if column not in ("venue", "name")]
    rows = [
        [escape(row["name"] or f"#{row['venue']}"), *(shown(row[key]) for key in venues)]
        for row in found.venues.to_dicts()
    ]
    parts.append(f"<section>{table('Venues', ['venue', *venues], rows)}</section>")
    rows = [
        ["–" if value is None else escape(str(value)) for value in row]
        for row in found.refusals.rows()
    ]
    parts.append(f"<section>{table('Refused', found.refusals.columns, rows, text=4)}</section>")
    filled, volume = (float(found.parents[name].sum()) for name in ("filled", "volume"))
    cards = [
        card(f"{found.parents.height:,}", "orders"),
        card(f"{found.fills.height:,}", "fills"),
        card(f"{100 * filled / max(volume, 1e-9):.1f} %", "filled"),
    ]
    return document(f"Costs of {name}", cards, "\n".join(parts), "")
