"""The tear sheet of a backtest or a sweep: one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from wattbook.runtime.report.contract import document
from wattbook.runtime.report.markup import card, label, table
from wattbook.runtime.report.svg import Frame, Line, plot
from wattbook.runtime.research.statistics import sharpe
from wattbook.runtime.research.study import Study

__all__ = ["TearSheet", "drawdown", "study_page", "tear_sheet_page"]

Floats = NDArray[np.float64]
TICKS = 8
BEST_MOST = 15
DAY_HEADINGS = ("day", "P&L", "so far", "below highest", "fees", "turnover")
EXPOSURE = "Largest position by delivery period, all strategies without sign"


@dataclass(frozen=True, slots=True)
class TearSheet:
    """What a tear sheet shows of a backtest by day.

    Parameters
    ----------
    title, currency : str
        Of the page; of every amount.
    labels : sequence of str
        Of the days.
    pnl : ndarray of shape (n_days,)
        After costs.
    by_strategy : dict of str to ndarray of shape (n_days,)
        Likewise of each strategy.
    fees, turnover, slippage : ndarray of shape (n_days,)
        Fees paid; price times volume of all fills and awards, without sign; what the fills cost
        against the prices when their orders arrived.
    exposure : sequence of (str, float, str)
        Label, largest position and volume unit of each delivery period, all strategies together
        without sign.
    note : str, optional
        HTML under the figures.
    """

    title: str
    currency: str
    labels: Sequence[str]
    pnl: Floats
    by_strategy: dict[str, Floats]
    fees: Floats
    turnover: Floats
    slippage: Floats
    exposure: Sequence[tuple[str, float, str]]
    note: str = ""


def drawdown(pnl: Floats) -> Floats:
    """Return how far the P&L so far is below its highest, at or below zero.

    Examples
    --------
    >>> drawdown(np.array([1.0, -2.0, 3.0]))
    array([ 0., -2.,  0.])
    """
    so_far = np.cumsum(pnl)
    highest = np.maximum.accumulate(np.maximum(so_far, 0.0))
    found: Floats = so_far - highest
    return found


def money(value: float) -> str:
    """Return an amount for a cell."""
    return f"{value:,.2f}"


def share(part: float, whole: float) -> str:
    """Return a share in percent for a cell."""
    return f"{100 * part / whole:.4f} %" if whole else "–"


def section(body: str, heading: str = "") -> str:
    """Return a part of the page; `body` is HTML already."""
    title = f"<h2>{escape(heading)}</h2>" if heading else ""
    return f"<section>{title}{body}</section>"


def marks(labels: Sequence[str]) -> list[tuple[float, str]]:
    """Return marks of an axis, few enough to stand apart."""
    every = max(1, -(-len(labels) // TICKS))
    return [(float(at), text) for at, text in enumerate(labels) if at % every == 0]


def equity_plots(labels: Sequence[str], named: dict[str, Floats], currency: str) -> str:
    """Return P&L so far and drawdown of each, as SVG."""
    places = np.arange(len(labels), dtype=np.float64)
    ticks = marks(labels)
    equity = [
        Line(name, places, np.cumsum(pnl), ink) for ink, (name, pnl) in enumerate(named.items())
    ]
    falls = [
        Line(name, places, drawdown(pnl), ink) for ink, (name, pnl) in enumerate(named.items())
    ]
    return plot(Frame("P&L so far", "day", currency, ticks), equity) + plot(
        Frame("Below the highest so far", "day", currency, ticks), falls
    )


def tear_sheet_page(sheet: TearSheet) -> str:
    """Return the page of a backtest: equity, drawdowns, exposure, turnover and costs."""
    pnl = sheet.pnl
    fees, turnover = float(sheet.fees.sum()), float(sheet.turnover.sum())
    fall = drawdown(pnl)
    cards = [
        card(money(float(pnl.sum())), f"P&L after costs, {sheet.currency}"),
        card(money(float(fall.min(initial=0.0))), "deepest fall"),
        card(f"{sharpe(pnl):.3f}" if pnl.size > 1 else "–", "Sharpe ratio a day"),
        card(money(fees), "fees"),
        card(money(turnover), "turnover"),
    ]
    named = {"all": pnl, **sheet.by_strategy}
    rows = [
        [
            escape(name),
            money(float(own.sum())),
            money(float(own.max(initial=0.0))),
            money(float(own.min(initial=0.0))),
            money(float(drawdown(own).min(initial=0.0))),
            f"{100 * float((own > 0).mean()) if own.size else 0:.0f} %",
        ]
        for name, own in named.items()
    ]
    headings = ["strategy", "P&L", "best day", "worst day", "deepest fall", "days won"]
    slippage = float(sheet.slippage.sum())
    costs = [
        ["at the prices of arrival", money(float(pnl.sum()) + fees + slippage)],
        ["spread, impact and waiting", money(0.0 - slippage)],
        ["fees", money(0.0 - fees)],
        ["after costs", money(float(pnl.sum()))],
        ["spread, impact and waiting of turnover", share(slippage, turnover)],
        ["fees of turnover", share(fees, turnover)],
    ]
    exposure = [
        [escape(name), f"{volume:,.3f}", escape(unit.replace("_", " "))]
        for name, volume, unit in sheet.exposure
    ]
    days = [
        [escape(label_), money(one), money(so_far), money(below), money(fee), money(moved)]
        for label_, one, so_far, below, fee, moved in zip(
            sheet.labels, pnl, np.cumsum(pnl), fall, sheet.fees, sheet.turnover, strict=True
        )
    ]
    parts = [
        section(equity_plots(sheet.labels, named, sheet.currency), "P&L and drawdown"),
        section(table(f"By strategy, {sheet.currency}", headings, rows)),
        section(table(f"Costs, {sheet.currency}", ["what", "amount"], costs)),
        section(table(EXPOSURE, ["delivery", "position", "unit"], exposure, tall=True)),
        section(table(f"By day, {sheet.currency}", DAY_HEADINGS, days, tall=True)),
    ]
    return document(sheet.title, cards, "\n".join(parts), sheet.note)


def study_page(found: Study, title: str, *, is_synthetic: bool) -> str:
    """Return the page of a sweep: the choice, and what it was worth where it was not made."""
    swept, best = found.found, found.best
    deflated = found.deflated
    cards = [
        card(f"{len(swept.sets):,}", "parameter sets"),
        card(money(float(found.walk_pnl.sum())), "walk-forward P&L for one unit"),
        card(f"{100 * deflated.probability:.1f} %", "deflated Sharpe: skill, not choice"),
        card(f"{100 * found.overfit:.0f} %", "probability of overfitting"),
        card(f"{float(np.median(found.cross)):.3f}", "median Sharpe out of sample, per part"),
    ]
    labels = [str(part + 1) for part in range(swept.by_part.shape[1])]
    first = found.walk[0].first
    walked = np.zeros(len(labels))
    walked[first : first + len(found.walk_pnl)] = found.walk_pnl
    named = {f"best in hindsight ({swept.text(best)})": swept.by_part[best], "walk-forward": walked}
    order = np.argsort(-swept.pnl)[:BEST_MOST].tolist()
    rows = [
        [
            escape(swept.text(row)),
            money(float(swept.pnl[row])),
            money(float(swept.gross[row])),
            money(float(swept.gross[row] - swept.fees[row] - swept.pnl[row])),
            money(float(swept.fees[row])),
            money(float(swept.drawdown[row])),
            f"{swept.trades[row]:,.0f}",
            f"{100 * swept.exposure[row]:.1f} %",
        ]
        for row in order
    ]
    headings = [
        "set", "P&L", "before costs", "spread", "fees", "deepest fall", "orders", "in the market",
    ]  # fmt: skip
    walk = [
        [
            f"{one.first + 1} to {one.last + 1}",
            escape(swept.text(one.row)),
            money(one.trained),
            money(one.judged),
        ]
        for one in found.walk
    ]
    low, middle, high = np.quantile(found.paths[:, 0], [0.05, 0.5, 0.95]).tolist()
    luck = [
        ["P&L, sure fills", money(float(swept.pnl[best]))],
        ["P&L, 5 % / median / 95 %", f"{money(low)} / {money(middle)} / {money(high)}"],
        ["deepest fall, 95 %", money(float(np.quantile(found.paths[:, 1], 0.95)))],
    ]
    walk_headings = ["parts", "set", "P&L it was chosen on", "P&L after that"]
    parts = [
        section(equity_plots(labels, named, "currency"), "P&L and drawdown by part"),
        section(table("Best sets in hindsight, for one unit", headings, rows)),
        section(
            table("Walk-forward: chosen on the past only", walk_headings, walk, text=2, tall=True)
        ),
        section(table("Luck of the fills of the best set", ["what", "amount"], luck)),
    ]
    note = f"<p>{label('made up')} These prices are nobody's.</p>" if is_synthetic else ""
    return document(title, cards, "\n".join(parts), note)
