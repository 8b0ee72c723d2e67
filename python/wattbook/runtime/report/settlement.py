"""The page of a settled month: what each run made of it, what was estimated, why P&L moved."""

from __future__ import annotations

from html import escape
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.portfolio.attribution import LINES
from wattbook.portfolio.money import MONEY, UNITS
from wattbook.portfolio.settlement import ESTIMATED, changes, known_at
from wattbook.runtime.report.markup import amount, asset, card, cell_time, label, table
from wattbook.runtime.report.svg import Frame, Line, plot
from wattbook.runtime.settlement import SettledMonth

__all__ = ["imbalance_plot", "lines_table", "runs_plot", "settlement_page", "totals_table"]

Floats = NDArray[np.float64]
LAST = 2**63 - 1
STYLE = """
.plot{margin:0 0 1rem}.plot svg{width:100%;height:auto}.plot text{font-size:11px;fill:var(--muted)}
.panel>.plot{max-width:46rem}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.85rem}.legend svg{width:28px}
"""
DAY = 86_400 * 10**9


def settlement_page(month: SettledMonth) -> str:
    """Return the report of a settled month as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    plan, found = month.plan, month.settlement
    last = known_at(found.amounts, LAST)
    first = found.amounts.filter(pl.col("order") == pl.col("order").min().over("account", "start"))
    estimated = first.filter(pl.col("quality").is_in(ESTIMATED)).height
    moved = total(last["amount"]) - total(first["amount"])
    currency = plan.market.currency
    cards = "".join(
        (
            card(amount(total(last["amount"])), f"imbalance after the last run, {currency}"),
            card(amount(moved), f"of it by re-runs, {currency}"),
            card(f"{last.height:,}", "account periods settled"),
            card(f"{estimated:,}", "of them on estimates in their first run"),
            card(f"{found.unpriced.height:,}", "without a price yet"),
            card(f"{found.unscheduled.height:,}", "unsettled: their schedule was set aside"),
            card(f"{found.quarantined.height:,}", "rows set aside"),
        )
    )
    explained = (
        f"<h2>Why the value moved</h2><div class='panel'>{lines_table(month)}</div>"
        if month.instants
        else ""
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(plan.title)} · Wattbook</title>
<style>{asset("report.css")}{STYLE}</style>
</head>
<body>
<header class="top"><h1>{escape(plan.title)}</h1></header>
<main>
<p>{escape(rule_text(month))}</p>
<div class="cards">{cards}</div>
<h2>What each run made of it</h2>
<div class="panel">{totals_table(month)}</div>
<div class="panel">{runs_plot(month)}</div>
{explained}
{reserve_table(month)}
<h2>Imbalance by day</h2>
<div class="panel">{imbalance_plot(month)}</div>
<h2>What re-runs changed most</h2>
<div class="panel">{largest_changes(month)}</div>
{aside_table(month)}
</main>
</body>
</html>
"""


def reserve_table(month: SettledMonth) -> str:
    """Return what reserves came to by line; nothing without any."""
    if not month.reserves.height:
        return ""
    keys = ["account", "product", "line"]
    sums = month.reserves.group_by(keys, maintain_order=True).agg(pl.col("amount").sum())
    rows = [
        [*(escape(row[name]) for name in keys), amount(int(row["amount"]))]
        for row in sums.iter_rows(named=True)
    ]
    rule = month.plan.reserves
    caption = f"Above zero is received, {month.plan.market.currency}"
    shown = table(caption, ["Account", "Product", "Line", "Amount"], rows, text=3)
    source = f"<p>{escape(rule.source)}</p>" if rule else ""
    return f"<h2>Reserves: paid, taken off, penalised</h2><div class='panel'>{shown}</div>{source}"


def total(values: pl.Series) -> int:
    """Return a sum of money as a whole number; zero of none."""
    return int(values.sum() or 0)


def rule_text(month: SettledMonth) -> str:
    """Return which rules held, with their sources."""
    market, told = month.plan.market, []
    for day in dict.fromkeys((month.plan.first, month.settlement.amounts["day"].max())):
        if day is not None:
            rule = market.rule(day)  # type: ignore[arg-type]
            told.append(f"{rule.period_minutes} minutes, {rule.pricing} price ({rule.source})")
    return f"{market.name}: {'; then '.join(dict.fromkeys(told))}."


def totals_table(month: SettledMonth) -> str:
    """Return what each account's total was after each run."""
    rows = [
        [
            escape(row["account"]),
            escape(row["run"]),
            f"{row['periods']:,}",
            f"{row['estimated']:,}",
            amount(int(row["change"])),
            amount(int(row["total"])),
        ]
        for row in month.totals.iter_rows(named=True)
    ]
    caption = f"Amounts by run, {month.plan.market.currency}; above zero is received"
    headings = ["Account", "Run", "Periods", "Estimated", "Change", "Total"]
    return table(caption, headings, rows, text=2)


def lines_table(month: SettledMonth) -> str:
    """Return P&L by line between the instants, with the unexplained rest."""
    names = [name for name, _ in month.instants]
    summed = month.lines.group_by("end", "line").agg(pl.col("amount").sum())
    cells = {(end, line): int(units) for end, line, units in summed.iter_rows()}
    rows = []
    for before, after in pairwise(names):
        lines = [cells.get((after, line), 0) for line in LINES]
        rest = cells.get((after, "unexplained"), 0)
        rows.append(
            [f"{escape(before)} to {escape(after)}", *map(amount, lines), amount(rest),
             amount(sum(lines) + rest)]
        )  # fmt: skip
    caption = f"P&L by cause, {month.plan.desk_currency}"
    return table(caption, ["From, to", *LINES, "unexplained", "change"], rows)


def daily(month: SettledMonth, frame: pl.DataFrame, column: str) -> tuple[list[int], Floats]:
    """Return the sum of a column by local day of delivery, in order."""
    summed = frame.group_by("day").agg(pl.col(column).cast(MONEY).sum()).sort("day")
    place = summed["day"].to_list()
    values = summed[column].cast(pl.Float64).to_numpy()
    return [(day - month.plan.first).days for day in place], values


def ticks(month: SettledMonth) -> list[tuple[float, str]]:
    """Return a mark each fifth day."""
    days = month.settlement.amounts["day"].unique().sort().to_list()
    return [(float((day - month.plan.first).days), day.strftime("%d %b")) for day in days[::5]]


def runs_plot(month: SettledMonth) -> str:
    """Return the running total over the month, as each run has it."""
    lines: list[Line] = []
    runs = month.settlement.amounts.select("run", "order").unique().sort("order")
    for run, order in runs.iter_rows():
        upto = month.settlement.amounts.filter(pl.col("order") <= order)
        days, values = daily(month, known_at(upto, LAST), "amount")
        lines.append(
            Line(f"after {run}", np.array(days, float), np.cumsum(values) / UNITS, len(lines) % 6)
        )
    frame = Frame(
        "Running total of imbalance amounts after each run", "day of delivery",
        month.plan.market.currency, ticks(month),
    )  # fmt: skip
    return plot(frame, lines)


def imbalance_plot(month: SettledMonth) -> str:
    """Return each account's imbalance energy by day, as last known."""
    last = known_at(month.settlement.amounts, LAST)
    lines: list[Line] = []
    for account in last["account"].unique().sort():
        days, values = daily(month, last.filter(pl.col("account") == account), "imbalance")
        lines.append(Line(str(account), np.array(days, float), values / 3.6e9, len(lines) % 6))
    frame = Frame("Imbalance by day of delivery", "day of delivery", "MWh", ticks(month))
    return plot(frame, lines)


def largest_changes(month: SettledMonth, count: int = 10) -> str:
    """Return the periods that a later run changed most."""
    zone = month.plan.market.time_zone
    found = changes(month.settlement.amounts)
    before = pl.col("quality").shift(1).over("account", "start")
    moved = (
        found.with_columns(before=before)
        .filter(pl.col("line") == "re-settlement")
        .sort(pl.col("change").abs(), descending=True)
        .head(count)
    )
    rows = [
        [
            escape(row["account"]),
            cell_time(row["start"], zone),
            escape(row["run"]),
            label(row["before"]) if row["before"] in ESTIMATED else row["before"],
            f"{row['imbalance'] / 3.6e9:,.3f}".replace("-", "−"),
            f"{row['price'] / 1e6:,.2f}".replace("-", "−"),
            amount(int(row["change"])),
        ]
        for row in moved.iter_rows(named=True)
    ]
    headings = ["Account", "Period", "Run", "Meter before", "MWh", "Price", "Change"]
    return table("Largest changes by a later run", headings, rows, text=4)


def aside_table(month: SettledMonth) -> str:
    """Return the rows that were set aside, if there are any."""
    found = month.settlement.quarantined
    if not found.height:
        return ""
    rows = [
        [escape(row["table"]), f"{row['row']:,}", escape(row["reason"]), escape(row["values"])]
        for row in found.head(200).iter_rows(named=True)
    ]
    shown = table("Rows set aside", ["Table", "Row", "Reason", "Values"], rows, text=4, tall=True)
    return f"<h2>Rows set aside</h2><div class='panel'>{shown}</div>"
