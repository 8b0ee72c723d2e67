"""The page of a book's portfolio: what is open, and why its value moved over the closed days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import numpy as np
import polars as pl

from wattbook.portfolio.book import LINES
from wattbook.runtime.book.marking import DAGGER
from wattbook.runtime.report.commitment import stepped
from wattbook.runtime.report.contract import document, month_ticks, panels
from wattbook.runtime.report.markup import card, table
from wattbook.runtime.report.svg import Frame, Line, plot

__all__ = ["MARKED", "month_of", "portfolio_page"]

MARKED = "† rests on a price that is old or not verified"
THOUSAND = 1_000.0
TICKS_MAX = 6


def portfolio_page(
    title: str,
    positions: pl.DataFrame,
    of_indices: pl.DataFrame,
    pnl: pl.DataFrame,
    currency: str,
) -> str:
    """Return positions and P&L explained as one HTML document.

    Parameters
    ----------
    title : str
        Whose portfolio, and of which close.
    positions : polars.DataFrame
        As `wattbook.runtime.book.positions_of` gives them.
    of_indices : polars.DataFrame
        As `wattbook.runtime.book.index_positions_of` gives them.
    pnl : polars.DataFrame
        As `pnl_history` gives it.
    currency : str
        Of the desk.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    days = pnl["day"].unique().sort()
    last = pnl.filter(pl.col("day") == days[-1])
    cards = (
        card(f"{positions['energy_mwh'].abs().sum():,.0f}", "MWh open, either way"),
        card(f"{last['amount'].sum():,.0f}", f"{currency}, P&L of the last close"),
        card(f"{pnl['amount'].sum():,.0f}", f"{currency}, P&L of all {len(days)} closes"),
    )
    parts = (
        ("What is open", open_plot(positions) + open_table(positions, currency)),
        *([("Structured deals", index_table(of_indices, currency))] if of_indices.height else []),
        ("Why the value moved", history_plot(pnl, days, currency)),
        ("By day", day_table(pnl, days, currency)),
    )
    return document(title, cards, panels(*parts), "")


def open_plot(positions: pl.DataFrame) -> str:
    """Return open energy by delivery month, a line a book and place."""
    months = positions["month"].unique().sort()
    place = {month: at for at, month in enumerate(months)}
    lines: dict[str, np.ndarray] = {}
    for row in positions.iter_rows(named=True):
        name = f"{row['book']}, {row['place']}"
        lines.setdefault(name, np.zeros(len(months)))[place[row["month"]]] = row["energy_mwh"]
    frame = Frame("Open energy by delivery month", "month", "thousand MWh", month_ticks(months))
    drawn = [
        Line(name, *stepped(values / THOUSAND), ink)
        for ink, (name, values) in enumerate(lines.items())
    ]
    return plot(frame, drawn)


def open_table(positions: pl.DataFrame, currency: str) -> str:
    """Return open energy by month."""
    return held_table(
        "Open energy by month", positions, "place", "MWh", currency,
        lambda row: f"{row['energy_mwh']:,.1f}",
    )  # fmt: skip


def index_table(of_indices: pl.DataFrame, currency: str) -> str:
    """Return what structured deals hold of their indices."""
    return held_table(
        "Open of structured deals, options by delta", of_indices, "index", "quantity", currency,
        lambda row: f"{row['quantity']:,.1f} {escape(row['unit'].replace('_', ' '))}",
    )  # fmt: skip


def held_table(
    title: str,
    held: pl.DataFrame,
    of: str,
    amount: str,
    currency: str,
    told: Callable[[Mapping[str, Any]], str],
) -> str:
    """Return what is held by month; a dagger stands at what rests on marked prices."""
    rows = [
        [
            escape(f"{row['book']}, {row[of]}"),
            escape(month_of(row)),
            told(row),
            f"{row['price']:,.3f} {escape(row['currency'])}",
            f"{row['market_value']:,.0f}",
        ]
        for row in held.iter_rows(named=True)
    ]
    headings = [f"book, {of}", "month", amount, "price", f"market value, {currency}"]
    return table(f"{title}. {MARKED}", headings, rows, text=2, tall=True)


def month_of(row: Mapping[str, Any]) -> str:
    """Return the month of a position, with a dagger if it rests on marked prices."""
    return f"{row['month']:%Y-%m}" + DAGGER * bool(row["is_marked"])


def history_plot(pnl: pl.DataFrame, days: pl.Series, currency: str) -> str:
    """Return the sum of each line over the closed days."""
    at = np.arange(len(days), dtype=np.float64)
    drawn: list[Line] = []
    for line in LINES:
        by_day = dict(
            pnl.filter(pl.col("line") == line).group_by("day").agg(pl.col("amount").sum()).rows()
        )
        moved = np.array([by_day.get(day, 0.0) for day in days])
        if moved.any():
            drawn.append(Line(line, at, np.cumsum(moved) / THOUSAND, len(drawn)))
    every = max(1, -(-len(days) // TICKS_MAX))
    ticks = [(float(place), str(day)) for place, day in enumerate(days) if place % every == 0]
    title = "P&L by what moved it, summed over the closed days"
    return plot(Frame(title, "close", f"thousand {currency}", ticks), drawn)


def day_table(pnl: pl.DataFrame, days: pl.Series, currency: str) -> str:
    """Return a row a closed day, the last one first."""
    amounts = {
        (day, line): amount
        for day, line, amount in pnl.group_by("day", "line").agg(pl.col("amount").sum()).rows()
    }
    rows = []
    for day in reversed(days.to_list()):
        lines = [amounts.get((day, line), 0.0) for line in LINES]
        rows.append([escape(str(day)), *(f"{one:,.2f}" for one in lines), f"{sum(lines):,.2f}"])
    headings = ["close", *(line.capitalize() for line in LINES), "together"]
    return table(f"P&L explained, {currency}", headings, rows, text=1, tall=True)
