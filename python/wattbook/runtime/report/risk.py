"""Pages of ``wattbook risk``: what may be lost, under stress, and whether the measure held."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from wattbook.runtime.report.contract import document
from wattbook.runtime.report.markup import card, table
from wattbook.runtime.report.svg import Frame, Line, Point, bars, plot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.risk.book import Book
    from wattbook.risk.ladder import GreeksLadder
    from wattbook.risk.portfolio import BookRisk
    from wattbook.risk.stress import StressResult
    from wattbook.runtime.risk.backtest import Backtest, CurveTest

__all__ = ["backtest_page", "ladder_page", "risk_page", "stress_page", "what_if_page"]

BARS = Frame("Total by scenario", "scenario", "thousand")
SHOWN_DAYS = 750
"""Days of a plot: the last three years."""


def _years(test: CurveTest, count: int) -> list[tuple[float, str]]:
    days = test.dates[-count:].astype("datetime64[D]")
    first = days.astype("datetime64[Y]")
    starts = np.flatnonzero(first[1:] != first[:-1]) + 1
    return [(float(place), str(first[place])) for place in starts.tolist()]


def backtest_plot(test: CurveTest) -> str:
    """Return the last days of one test, as SVG: moves, and the value at risk below them."""
    count = min(SHOWN_DAYS, test.risk.pnl.size)
    x = np.arange(count, dtype=np.float64)
    pnl, limit = test.risk.pnl[-count:], -test.risk.value_at_risk[-count:]
    hits = test.risk.hits[-count:]
    points = [
        Point(float(place), float(pnl[place]), "cross", f"{test.dates[-count:][place]}", 2)
        for place in np.flatnonzero(hits)
    ]
    lines = [
        Line("move", x, pnl, 0),
        Line(f"value at risk {100 * test.confidence:g} %", x, limit, 1),
    ]
    title = f"{test.name}: daily moves and value at risk, exceptions crossed"
    frame = Frame(title, "day", "price", _years(test, count))
    return plot(frame, lines, points)


def backtest_page(found: Backtest) -> str:
    """Return the page of a back-test: the table of tests and a plot for each curve."""
    headings = [
        "Curve", "Level", "Days", "Exceptions", "Expected", "Kupiec p, Holm",
        "Christoffersen p, Holm", "Worst 250 days", "Zone", "Shortfall Z", "Shortfall p",
        "After expiry", "p, Holm",
    ]  # fmt: skip
    rows = [
        [
            escape(row["curve"]),
            f"{100 * row['confidence']:g} %",
            f"{row['days']:,}",
            f"{row['exceptions']:,}",
            f"{row['expected']:.1f}",
            f"{row['kupiec_holm']:.3f}",
            f"{row['christoffersen_holm']:.3f}",
            str(row["worst_year"]),
            escape(row["zone"]),
            f"{row['shortfall_z']:+.3f}",
            f"{row['shortfall_p']:.3f}",
            f"{row['expiry_exceptions']} of {row['expiry_days']}",
            f"{row['expiry_holm']:.3f}",
        ]
        for row in found.frame().to_dicts()
    ]
    plots = "".join(
        f"<h3>{escape(test.name)}</h3>{backtest_plot(test)}"
        for test in found.tests
        if test.confidence == 0.99
    )
    decay = "–" if found.decay is None else f"{found.decay:.3f}"
    cards = [
        card("holds" if found.is_good else "fails", "all tests as a family, no red zone"),
        card(decay, "decay of volatility, fitted before 2010"),
        card(f"{len(found.tests)}", "tests of curves"),
    ]
    body = (
        f"<section>{table('Tests', headings, rows)}</section>"
        f"<section><h2>The last three years at 99 %</h2>{plots}</section>"
    )
    return document(f"Back-test of value at risk: {found.method}", cards, body, "")


def pnl_plot(found: BookRisk) -> str:
    """Return the ordered P&L of all scenarios, with its value at risk, as SVG."""
    ordered = np.sort(found.pnl) / 1e6
    x = np.linspace(0.0, 100.0, ordered.size)
    limit = np.full(2, -found.value_at_risk / 1e6)
    lines = [
        Line("P&L, worst first", x, ordered, 0),
        Line(f"value at risk {100 * found.confidence:g} %", np.array([0.0, 100.0]), limit, 1),
    ]
    return plot(Frame("P&L of all scenarios in order", "% of scenarios", "million"), lines)


def what_if_page(
    pnl: tuple[NDArray[np.float64], NDArray[np.float64]],
    title: str,
    headline: str,
    rows: Sequence[Sequence[str]],
    said: Sequence[str],
    limits: tuple[str, Sequence[str], Sequence[Sequence[str]]],
) -> str:
    """Return the page of a trade that is asked about.

    Parameters
    ----------
    pnl : (ndarray, ndarray), each of shape (n_scenarios,)
        Of the book before and after the trade, in its currency.
    title, headline : str
        The trade, and the book.
    rows : sequence
        Measure, before, after and change, as text.
    said : sequence of str
        What limits and the gate say.
    limits : (title, headings, cells)
        Use of limits; without cells there is no table.
    """
    lines = []
    for place, (name, gains) in enumerate(zip(("before", "after"), pnl, strict=True)):
        ordered = np.sort(gains) / 1e3
        share = np.linspace(0.0, 100.0, ordered.size)
        lines.append(Line(f"P&L {name}, worst first", share, ordered, place))
    frame = Frame("P&L of all scenarios in order", "% of scenarios", "thousand")
    cards = [card(row[3], f"{row[0]}, change") for row in rows]
    parts = [
        f"<section>{table(title, ['Measure', 'Before', 'After', 'Change'], rows)}</section>",
        f"<section>{plot(frame, lines)}</section>",
        *(f"<p>{escape(sentence)}</p>" for sentence in said),
    ]
    heading, headings, cells = limits
    if cells:
        escaped = [[escape(cell) for cell in row] for row in cells]
        heads = [name.capitalize() for name in headings]
        parts.append(f"<section>{table(heading, heads, escaped, text=3)}</section>")
    return document(f"What if: {title}", cards, "".join(parts), f"<p>{escape(headline)}</p>")


def risk_page(
    found: BookRisk,
    headline: str,
    rungs: GreeksLadder,
    limits: tuple[Sequence[str], Sequence[Sequence[str]]],
) -> str:
    """Return the page of a book's risk, split by each level, of its Greeks and use of limits.

    `limits` are headings and cells; without cells there is no table.
    """
    cards = [
        card(f"{found.value_at_risk:,.0f}", f"value at risk {100 * found.confidence:g} %"),
        card(f"{found.expected_shortfall:,.0f}", "expected shortfall"),
        card(f"{found.pnl.size:,}", "scenarios of one day"),
    ]
    parts = [f"<section>{pnl_plot(found)}</section>"]
    headings = ["Part", "Holdings", "Alone", "Component", "Shortfall component", "Incremental"]
    for level, members in found.parts.items():
        rows = [
            [
                escape(part.name),
                f"{part.holdings:,}",
                f"{part.alone:,.0f}",
                f"{part.component:,.0f}",
                f"{part.shortfall_component:,.0f}",
                f"{part.incremental:,.0f}",
            ]
            for part in members
        ]
        parts.append(f"<section>{table(f'By {level}', headings, rows)}</section>")
    parts.append(ladder_table(rungs))
    headings, cells = [name.capitalize() for name in limits[0]], limits[1]
    if cells:
        shown = [[escape(cell) for cell in row] for row in cells]
        parts.append(
            f"<section>{table('Use of limits of scopes then', headings, shown, text=3)}</section>"
        )
    return document("What may be lost", cards, "".join(parts), f"<p>{escape(headline)}</p>")


def ladder_table(found: GreeksLadder) -> str:
    """Return Greeks by rung and their sum, as a section."""
    rows = [
        [
            *(escape(label) for label in rung.labels or ("Sum", *[""] * (len(found.levels) - 1))),
            f"{rung.holdings:,}",
            f"{rung.greek('delta'):,.2f}",
            f"{rung.greek('gamma'):,.4f}",
            f"{rung.greek('vega'):,.2f}",
            f"{rung.greek('theta'):,.2f}",
        ]
        for rung in (*found.rungs, found.total)
    ]
    headings = [
        *(level.capitalize() for level in found.levels),
        "Holdings", "Delta", "Gamma", "Vega, a point", "Theta, a day",
    ]  # fmt: skip
    return f"<section>{table('Greeks', headings, rows)}</section>"


def ladder_page(found: GreeksLadder, headline: str) -> str:
    """Return the page of a book's Greeks by rung."""
    cards = [
        card(f"{found.total.greek(name):,.0f}", name)
        for name in ("delta", "gamma", "vega", "theta")
    ]
    return document("Greeks", cards, ladder_table(found), f"<p>{escape(headline)}</p>")


def stress_page(
    found: Sequence[StressResult],
    book: Book,
    level: str,
    headline: str,
    unreached: Sequence[str] = (),
) -> str:
    """Return the page of a book under stress, each scenario split by a level.

    Parameters
    ----------
    found : sequence
        Scenarios that were valued.
    book, level
        What they were valued of, and the level that each is split by.
    headline : str
        The book.
    unreached : sequence of str
        A sentence for each scenario whose loss no multiple of its moves reaches.
    """
    words = book.labels[level][1]
    rows = []
    for one in found:
        split = one.by(book, level)
        marks = f"{one.marked:,} below zero" if one.marked else "–"
        rows.append(
            [
                escape(one.name),
                *(f"{split[word] / 100:,.0f}" for word in words),
                f"{one.total_cents / 100:,.0f}",
                marks,
            ]
        )
    cards = [card(f"{len(found)}", "scenarios"), card(f"{len(unreached)}", "losses not reached")]
    parts = []
    if found:
        worst = min(found, key=lambda one: one.total_cents)
        cards.insert(0, card(f"{worst.total_cents / 100:,.0f}", f"worst: {worst.name}"))
        totals = [(one.name, one.total_cents / 1e5) for one in found]
        headings = ["Scenario", *(escape(word) for word in words), "Total", "By Bachelier's model"]
        parts = [table(f"By {level}", headings, rows), bars(BARS, totals)]
    if unreached:
        told = "".join(f"<li>{escape(sentence)}</li>" for sentence in unreached)
        parts.append(f"<h2>Losses that are not reached</h2><ul>{told}</ul>")
    body = "".join(f"<section>{part}</section>" for part in parts)
    return document("Stress", cards, body, f"<p>{escape(headline)}</p>")
