"""``wattbook risk stress``: what scenarios cost a book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.errors import InputError

if TYPE_CHECKING:
    import argparse

    from wattbook.cli.risk_book import AskedBook
    from wattbook.risk.book import Book
    from wattbook.risk.stress import StressResult

__all__ = ["stressed"]


def stressed(chosen: argparse.Namespace, console: Console, asked: AskedBook, by: str) -> int:
    """Show what scenarios cost."""
    import numpy as np  # noqa: PLC0415 - light `--help`

    from wattbook.risk.stress import (  # noqa: PLC0415
        LossNotReachedError,
        load_events,
        load_scenarios,
        stress,
    )

    book, headline = asked.book, asked.headline
    if by not in book.labels:
        message = f"--by {by}: choose among {', '.join(sorted(book.labels))}"
        raise InputError(message)
    scenarios = load_scenarios(chosen.scenarios)
    # Dated events are recorded data; scenarios that need none do without.
    dated = None if chosen.data is None else chosen.data / "stress" / "historical_scenarios.json"
    events = {} if dated is None else load_events(dated)
    covariance = np.atleast_2d(np.cov(asked.moves))
    found: list[StressResult] = []
    unreached: list[str] = []
    for scenario in scenarios:
        try:
            found += stress(book, [scenario], events, covariance)
        except LossNotReachedError as fault:
            # No multiple of its moves loses that much: an answer, and others follow.
            unreached.append(str(fault))
    if chosen.report is not None:
        from wattbook.runtime.report.risk import stress_page  # noqa: PLC0415 - only for a report

        page = stress_page(found, book, by, headline, unreached)
        chosen.report.write_text(page, encoding="utf-8")
    if chosen.json:
        print_json([*(stress_document(one, book) for one in found),
                    *({"unreached": sentence} for sentence in unreached)])  # fmt: skip
        return int(bool(unreached))
    console.line(headline)
    parts = book.labels[by][1]
    rows = []
    for one in found:
        split = one.by(book, by)
        notes = [f"×{one.scale:.3f}"] if one.scale != 1.0 else []
        notes += [f"{one.marked} below zero, by Bachelier"] if one.marked else []
        notes += [f"{len(one.by_size)} below zero moved by their size"] if one.by_size else []
        notes += [f"{len(one.unmoved)} factors unmoved"] if one.unmoved else []
        notes += [f"{', '.join(one.unreached)} moves nothing"] if one.unreached else []
        rows.append(
            [one.name, *(f"{split[part] / 100:,.0f}" for part in parts),
             f"{one.total_cents / 100:,.0f}", ", ".join(notes)]
        )  # fmt: skip
    console.table(Table("Stress", ("scenario<", *parts, "total", "note<"), rows))
    for sentence in unreached:
        console.line(sentence, "yellow")
    return int(bool(unreached))


def stress_document(found: StressResult, book: Book) -> dict[str, object]:
    """Return one scenario for JSON."""
    return {
        "scenario": found.name,
        "total_cents": found.total_cents,
        "scale": found.scale,
        "below_zero_by_bachelier": found.marked,
        "unmoved": found.unmoved,
        "below_zero_by_size": found.by_size,
        "moves_that_reach_nothing": found.unreached,
        "by": {level: found.by(book, level) for level in book.labels},
    }
