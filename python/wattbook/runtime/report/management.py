"""The daily management report as tables, from which page, sheets and PDF are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from wattbook.portfolio.book import GREEKS, LINES

if TYPE_CHECKING:
    from wattbook.runtime.book import BookReference, DayClosed

__all__ = ["Cell", "Section", "management_sections", "text_of"]

Cell: TypeAlias = str | int | float | None


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the report.

    Parameters
    ----------
    name : str
        Short: the name of a sheet.
    caption : str
    headings : tuple of str
    rows : tuple of tuple of str, float or None
        Numbers as they are; a heading that ends in % holds shares.
    """

    name: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def management_sections(found: DayClosed, reference: BookReference) -> tuple[Section, ...]:
    """Return the sections of a close's report; those that have nothing to tell are left out."""
    currency = reference.desk.currency
    made = (
        breaches(found),
        pnl(found, currency),
        corridor(found),
        positions(found, currency),
        structured(found, currency),
        indices(found, currency),
        greeks(found, currency),
        risk(found, currency),
        credit(found, currency),
        counterparties(found, currency),
        cash(found, currency),
        verified(found),
    )
    return tuple(one for one in made if one.rows)


def rows_of(rows: Iterable[Iterable[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Return rows as they are kept."""
    return tuple(tuple(row) for row in rows)


def breaches(found: DayClosed) -> Section:
    """Return broken limits and marks."""
    rows: list[list[Cell]] = [
        ["limit broken", one.scope, one.limit, one.found, one.most]
        for one in found.figures.breaches
    ]
    rows += [["marked", "", sentence, None, None] for sentence in found.marked]
    rows = rows or [["none", "", "no limit is broken and no figure is marked", None, None]]
    rows += [["note", "", sentence, None, None] for sentence in found.notes]
    headings = ("what", "book or counterparty", "which", "found", "most")
    return Section("breaches", "Limits that are broken, and what figures suffer from", headings,
                   rows_of(rows))  # fmt: skip


def pnl(found: DayClosed, currency: str) -> Section:
    """Return the P&L explained."""
    amounts = {(row[0], row[1]): row[2] for row in found.close.pnl.iter_rows()}
    rows: list[list[Cell]] = []
    for book, value in found.close.value.items():
        lines = [amounts[book, line] for line in LINES]
        rows.append(
            [found.resting.book(book), *lines, sum(lines), value, found.close.unexplained[book]]
        )
    headings = ("book", *LINES, "together", "value", "unexplained")
    return Section("P&L", f"P&L since the close before, {currency}", headings, rows_of(rows))


def corridor(found: DayClosed) -> Section:
    """Return months against their hedge corridor."""
    rows = [
        [one.corridor.name, one.corridor.book, one.month, one.demand_mwh, one.hedged_mwh,
         one.share, one.low, one.high, "inside" if one.is_inside else "OUTSIDE"]
        for one in found.figures.corridor
    ]  # fmt: skip
    headings = ("corridor", "book", "month", "demand MWh", "hedged MWh", "hedged %", "from %",
                "to %", "")  # fmt: skip
    return Section("corridor", "Hedged share of what is expected", headings, rows_of(rows))


def positions(found: DayClosed, currency: str) -> Section:
    """Return what is open."""
    rows = [
        [
            row["book"],
            row["place"],
            found.resting.month(row["place"], row["month"]),
            row["energy_mwh"],
            row["peak_mwh"],
            row["price"],
            row["market_value"],
        ]
        for row in found.close.positions.iter_rows(named=True)
    ]
    headings = ("book", "place", "month", "MWh", "peak MWh", "price", "market value")
    caption = f"Open positions, bought above zero; value in {currency}"
    return Section("positions", caption, headings, rows_of(rows))


def structured(found: DayClosed, currency: str) -> Section:
    """Return structured deals with their values."""
    rows = [
        [row["book"], found.resting.deal(row["deal"]), row["version"], row["value"]]
        for row in found.close.structured.iter_rows(named=True)
    ]
    headings = ("book", "deal", "version", "value")
    return Section("structured", f"Structured deals, {currency}", headings, rows_of(rows))


def indices(found: DayClosed, currency: str) -> Section:
    """Return what structured deals hold of their indices."""
    rows = [
        [
            row["book"],
            row["index"],
            found.resting.index_month(row["index"], row["month"]),
            row["unit"].replace("_", " "),
            row["quantity"],
            row["price"],
            row["market_value"],
        ]
        for row in found.close.index_positions.iter_rows(named=True)
    ]
    headings = ("book", "index", "month", "unit", "quantity", "price", "market value")
    caption = (
        f"Open positions of structured deals, bought above zero, options by delta; value in "
        f"{currency}"
    )
    return Section("indices", caption, headings, rows_of(rows))


def greeks(found: DayClosed, currency: str) -> Section:
    """Return what structured options earned by price and time, explained by their Greeks."""
    rows = [
        [
            row["book"],
            found.resting.deal(row["deal"]),
            *(row[name] for name in GREEKS),
            sum(row[name] for name in GREEKS),
        ]
        for row in found.close.greeks.iter_rows(named=True)
    ]
    headings = ("book", "deal", *GREEKS, "price and carry")
    caption = f"Options since the close before, by their Greeks then, {currency}"
    return Section("Greeks", caption, headings, rows_of(rows))


def risk(found: DayClosed, currency: str) -> Section:
    """Return value at risk and its back-test."""
    rows: list[list[Cell]] = []
    for book, one in found.figures.risk.items():
        tested = found.figures.tested.get(book)
        apart = None if tested is None else tested.independence
        rows.append(
            [
                found.resting.book(book),
                one.amount,
                None if one.adjusted is None else one.adjusted.total,
                one.scenarios,
                None if tested is None else tested.days,
                None if tested is None else tested.exceptions,
                None if tested is None else tested.test.p_value,
                None if apart is None else apart.conditional_p_value,
                None if tested is None else tested.zone.zone.value,
            ]
        )
    headings = ("book", "value at risk", "with closing out", "changes", "days tested",
                "exceptions", "probability (Kupiec)", "with independence (Christoffersen)",
                "zone of 250 days (Basel)")  # fmt: skip
    caption = f"Value at risk, 95 %, a day, {currency}, and its back-tests; empty with no history"
    return Section("risk", caption, headings, rows_of(rows))


def credit(found: DayClosed, currency: str) -> Section:
    """Return netting sets."""
    rows: list[list[Cell]] = [
        [
            found.resting.counterparty(one.counterparty),
            one.agreement or "none",
            one.deals,
            one.value,
            one.held,
            one.exposure,
            one.profile.expected_positive,
            one.profile.peak,
        ]
        for one in found.figures.credit.sets
    ]
    headings = ("counterparty", "agreement", "deals", "value", "collateral held", "exposure",
                "expected exposure", "potential, peak")  # fmt: skip
    caption = f"Netting sets, {currency}; owed to us above zero"
    return Section("credit", caption, headings, rows_of(rows))


def counterparties(found: DayClosed, currency: str) -> Section:
    """Return counterparties with their limits."""
    rows: list[list[Cell]] = [
        [
            found.resting.counterparty(one.counterparty.name),
            one.exposure,
            number(one.counterparty.credit_limit),
            one.profile.peak,
            number(one.counterparty.potential_limit),
            one.adjustment,
        ]
        for one in found.figures.credit.counterparties
    ]
    headings = ("counterparty", "exposure", "credit limit", "potential, peak", "potential limit",
                "CVA")  # fmt: skip
    return Section("counterparties", f"Counterparties, {currency}", headings, rows_of(rows))


def cash(found: DayClosed, currency: str) -> Section:
    """Return what collateral may ask for."""
    if found.figures.cash is None:
        return Section("liquidity", "", (), ())
    at_risk = found.figures.cash.at_risk
    rows: list[list[Cell]] = [
        [name, called / 100.0, peak / 100.0]
        for name, called, peak in zip(
            found.figures.cash.sets,
            found.figures.cash.called_cents.tolist(),
            at_risk.by_account_cents.tolist(),
            strict=True,
        )
    ]
    rows.append(["together", at_risk.now_cents / 100.0, at_risk.peak_cents / 100.0])
    rows.append(["cash and credit lines", None, found.figures.cash.available_cents / 100.0])
    headings = ("netting set", "called now", "may be called")
    caption = f"Cash that collateral asks for and may ask for, {currency}"
    return Section("liquidity", caption, headings, rows_of(rows))


def verified(found: DayClosed) -> Section:
    """Return prices beside their second source."""
    if found.verified is None:
        return Section("verification", "", (), ())
    rows = [
        [row["product"], row["price"], row["second"], row["apart"],
         "good" if row["is_good"] else "OFF"]
        for row in found.verified.table.iter_rows(named=True)
    ]  # fmt: skip
    caption = (
        f"Prices against a second source; {found.verified.unverified_share:.1%} of the market "
        "value is not verified"
    )
    headings = ("product", "curve", "second source", "apart", "")
    return Section("verification", caption, headings, rows_of(rows))


def number(value: object) -> float | None:
    """Return a limit as a number."""
    return None if value is None else float(str(value))


def text_of(value: Cell, heading: str) -> str:
    """Return a cell for people."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if heading.endswith("%"):
        return f"{value:.1%}"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.2f}"
