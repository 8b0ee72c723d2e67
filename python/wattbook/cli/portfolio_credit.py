"""``wattbook portfolio --credit``: what counterparties owe and may come to owe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json

if TYPE_CHECKING:
    import argparse

    from wattbook.portfolio.book import ClosedDay, DealBook
    from wattbook.runtime.book import BookCredit, BookReference

__all__ = ["show_credit"]


def show_credit(
    chosen: argparse.Namespace, book: DealBook, reference: BookReference, last: ClosedDay
) -> int:
    """Show credit at the last close."""
    from wattbook.runtime.book import (  # noqa: PLC0415 - keeps `--help` light
        book_credit,
        credit_figures,
        inputs_of,
    )

    found = book_credit(inputs_of(book, last), reference)
    if chosen.json:
        told = {"day": last.day.isoformat(), **credit_figures(found)}
        print_json(told)
        return 0
    console = Console(plain=chosen.plain or None)
    currency = reference.desk.currency
    console.table(set_table(found, f"netting sets at the close of {last.day}, {currency}"))
    confidence = float(reference.credit.settings.confidence)
    console.table(counterparty_table(found, f"counterparties, {currency}", confidence))
    for place in found.still:
        console.line(
            f"prices of {place} stand still: add [[moves]] of the place to the reference, or "
            "volatilities of the index to --indices",
            "yellow",
        )
    return 0


def set_table(found: BookCredit, title: str) -> Table:
    """Return netting sets and what secures them."""
    headings = ["counterparty<", "agreement<", "deals", "value", "held", "exposure", "expected"]
    return Table(
        title,
        [*headings, "potential, peak"],
        [
            [
                one.counterparty,
                one.agreement or "none: no netting",
                f"{one.deals:,}",
                f"{one.value:,.0f}",
                f"{one.held:,.0f}",
                f"{one.exposure:,.0f}",
                f"{one.profile.expected_positive:,.0f}",
                f"{one.profile.peak:,.0f}",
            ]
            for one in found.sets
        ],
    )


def counterparty_table(found: BookCredit, title: str, confidence: float) -> Table:
    """Return counterparties with their limits and what their default costs on average."""
    potential = f"potential {confidence:.0%}, peak"
    return Table(
        title,
        ["counterparty<", "exposure", "limit", "expected", potential, "limit", "in", "CVA"],
        [
            [
                one.counterparty.name,
                f"{one.exposure:,.0f}",
                most(one.counterparty.credit_limit),
                f"{one.profile.expected_positive:,.0f}",
                f"{one.profile.peak:,.0f}",
                most(one.counterparty.potential_limit),
                f"{365 * one.profile.years[one.profile.potential.argmax()]:,.0f} days",
                "no spread" if one.adjustment is None else f"{one.adjustment:,.0f}",
            ]
            for one in found.counterparties
        ],
    )


def most(limit: object) -> str:
    """Return a limit, or that there is none."""
    return "–" if limit is None else f"{limit:,.0f}"
