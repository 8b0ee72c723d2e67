"""The page of a day's close: P&L explained, positions, risk, limits, marks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from wattbook.portfolio.book import LINES
from wattbook.runtime.report.commitment import stepped
from wattbook.runtime.report.contract import document, month_ticks, panels
from wattbook.runtime.report.management import Section, management_sections, text_of
from wattbook.runtime.report.markup import card, label, table
from wattbook.runtime.report.svg import Frame, Line, plot

if TYPE_CHECKING:
    from decimal import Decimal

    from wattbook.runtime.book import BookReference, DayClosed

__all__ = ["close_page"]

THOUSAND = 1_000.0
SECTIONS = (
    ("structured", "Structured deals"),
    ("indices", "Indices of structured deals"),
    ("corridor", "Hedge corridor"),
    ("risk", "Value at risk and its back-test"),
    ("liquidity", "Liquidity"),
)
"""Of the management report, beside what is drawn here; and their headings."""


def close_page(found: DayClosed, reference: BookReference) -> str:
    """Return the management report of a close as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    close, currency = found.close, reference.desk.currency
    total = float(close.pnl["amount"].sum())
    left = max((abs(one) for one in close.unexplained.values()), default=0.0)
    marked = found.resting.dagger
    cards = (
        card(f"{total:,.0f}{marked}", f"{currency}, P&L since the close before"),
        card(f"{sum(close.value.values()):,.0f}{marked}", f"{currency}, value of the book"),
        card(f"{left:,.4f}", "unexplained at most"),
        card(f"{close.deals.height + close.structured.height:,}", "deals"),
        card(f"{len(found.figures.breaches)}", "limits broken"),
    )
    amounts = {(row[0], row[1]): row[2] for row in close.pnl.iter_rows()}
    rows = [
        [
            escape(found.resting.book(book)),
            *(f"{amounts[book, line]:,.2f}" for line in LINES),
            f"{sum(amounts[book, line] for line in LINES):,.2f}",
            f"{value:,.2f}",
        ]
        for book, value in close.value.items()
    ]
    parts = [
        (
            "Why the value changed",
            table(
                f"Money in {currency}",
                ["book", *(line.capitalize() for line in LINES), "together", "value"],
                rows,
            ),
        ),
        ("What is open", position_plot(found)),
        ("Positions", position_table(found, currency)),
        ("Risk and limits", risk_table(found, currency)),
        *(
            (heading, section_table(one))
            for one in management_sections(found, reference)
            for name, heading in SECTIONS
            if one.name == name
        ),
        ("Credit", credit_panel(found, currency)),
    ]
    if found.verified is not None:
        parts.append(("Prices against a second source", verified_table(found)))
    notes = "".join(f"<p>{label('marked')} {escape(one)}</p>" for one in found.marked)
    if marked:
        notes += "<p>† rests on prices that are marked</p>"
    title = f"{reference.desk.name}, close of {close.day}"
    return document(title, cards, panels(*parts), notes)


def section_table(section: Section) -> str:
    """Return a section of the management report."""
    rows = [
        [escape(text_of(value, section.headings[at])) for at, value in enumerate(row)]
        for row in section.rows
    ]
    texts = sum(isinstance(one, str) for one in section.rows[0]) - (section.headings[-1] == "")
    return table(section.caption, list(section.headings), rows, text=texts)


def position_plot(found: DayClosed) -> str:
    """Return open energy by month, a line a book and place."""
    rows = found.close.positions
    months = rows["month"].unique().sort()
    place = {month: at for at, month in enumerate(months)}
    lines: dict[str, np.ndarray] = {}
    for row in rows.iter_rows(named=True):
        name = f"{row['book']}, {row['place']}"
        lines.setdefault(name, np.zeros(len(months)))[place[row["month"]]] = row["energy_mwh"]
    frame = Frame("Open energy by delivery month", "month", "thousand MWh", month_ticks(months))
    return plot(
        frame,
        [
            Line(name, *stepped(values / THOUSAND), ink)
            for ink, (name, values) in enumerate(lines.items())
        ],
    )


def position_table(found: DayClosed, currency: str) -> str:
    """Return positions by book, place and month."""
    rows = [
        [
            escape(row["book"]),
            escape(row["place"]),
            found.resting.month(row["place"], row["month"]),
            f"{row['energy_mwh']:,.1f}",
            f"{row['peak_mwh']:,.1f}",
            f"{row['price']:,.2f} {row['currency']}",
            f"{row['market_value']:,.0f}",
        ]
        for row in found.close.positions.iter_rows(named=True)
    ]
    headings = ["book", "place", "month", "MWh", "peak MWh", "price", f"market value, {currency}"]
    return table("Bought above zero, sold below", headings, rows, tall=True)


def risk_table(found: DayClosed, currency: str) -> str:
    """Return value at risk and broken limits."""
    rows = []
    for book, one in found.figures.risk.items():
        told = (
            f"{one.amount:,.0f} {currency}, of {one.scenarios} changes"
            if one.amount is not None
            else f"not enough history: {one.scenarios} changes"
        )
        rows.append([escape(found.resting.book(book)), "value at risk, 95 %, a day", told])
        if one.adjusted is not None:
            days = float(one.adjusted.days.max())
            longer = f"{one.adjusted.total:,.0f} {currency}; closing out takes {days:,.0f} days"
            rows.append([escape(book), "the same, adjusted for liquidity", longer])
    rows += [
        [escape(one.scope), f"limit {escape(one.limit)} is broken",
         f"{one.found:,.0f} of {one.most:,.0f}"]
        for one in found.figures.breaches
    ]  # fmt: skip
    return table("By book", ["book", "what", ""], rows)


def credit_panel(found: DayClosed, currency: str) -> str:
    """Return exposure by netting set and counterparty, and what it may become."""
    credit = found.figures.credit
    rows = [
        [
            escape(found.resting.counterparty(one.counterparty)),
            escape(one.agreement) or "none: each deal by itself",
            f"{one.deals:,}",
            f"{one.value:,.0f}",
            f"{one.held:,.0f}",
            f"{one.exposure:,.0f}",
            f"{one.profile.expected_positive:,.0f}",
            f"{one.profile.peak:,.0f}",
        ]
        for one in credit.sets
    ]
    headings = [
        "counterparty", "agreement", "deals", "value", "collateral held", "exposure",
        "expected exposure", "potential, peak",
    ]  # fmt: skip
    sets = table(f"Netting sets, {currency}; owed to us above zero", headings, rows, text=2)
    lines = [
        Line(one.counterparty.name, one.profile.years, one.profile.potential / THOUSAND, ink)
        for ink, one in enumerate(credit.counterparties)
    ]
    years = max((float(one.profile.years[-1]) for one in credit.counterparties), default=1.0)
    ticks = [(years * at / 4, f"{years * at / 4:.2f}") for at in range(5)]
    confidence = next((one.profile.confidence for one in credit.counterparties), 0.95)
    frame = Frame(
        f"Potential future exposure, {confidence:.0%}", "years", f"thousand {currency}", ticks
    )
    rows = [
        [
            escape(found.resting.counterparty(one.counterparty.name)),
            f"{one.exposure:,.0f}",
            limit_cell(one.counterparty.credit_limit),
            f"{one.profile.peak:,.0f}",
            limit_cell(one.counterparty.potential_limit),
            "–" if one.adjustment is None else f"{one.adjustment:,.0f}",
        ]
        for one in credit.counterparties
    ]
    headings = ["counterparty", "exposure", "limit", "potential, peak", "limit", "CVA"]
    return sets + plot(frame, lines) + table(f"Counterparties, {currency}", headings, rows)


def limit_cell(most: Decimal | None) -> str:
    """Return a limit, or that there is none."""
    return "–" if most is None else f"{most:,.0f}"


def verified_table(found: DayClosed) -> str:
    """Return prices beside their second source."""
    assert found.verified is not None  # noqa: S101 - asked for where there is one
    rows = [
        [
            escape(row["product"]),
            f"{row['price']:,.3f}",
            f"{row['second']:,.3f}",
            f"{row['apart']:,.3f}",
            "good" if row["is_good"] else "off",
        ]
        for row in found.verified.table.iter_rows(named=True)
    ]
    caption = f"{found.verified.unverified_share:.1%} of the market value is not verified"
    return table(caption, ["product", "curve", "second source", "apart", ""], rows)
