"""``wattbook close``: freeze a day of a book, explain its P&L, sign it off, make it again."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.options import local_day
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.runtime.book import DayClosed
    from wattbook.runtime.jobs import Work

__all__ = ["add_arguments", "execute"]

EPILOG = """\
docs/book-and-close.md tells what a close takes and how the change of value is explained.

examples:
  wattbook close out/book 2027-01-05 --curves out/curves          close, explain, keep
  wattbook close out/book 2027-01-05 --curves out/curves --verify second.csv
  wattbook close out/book 2027-01-05 --sign ben                   signed days never change
  wattbook close out/book 2027-01-05 --check                      made again: bit for bit the same?

exit status: 0 good; 1 a limit is broken, a figure is marked, or --check found a difference; 2 the
input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("book", metavar="DIR", type=Path, help="the book")
    parser.add_argument("day", metavar="DATE", type=local_day, help="the day to close")
    act = parser.add_mutually_exclusive_group(required=True)
    act.add_argument("--curves", metavar="DIR", type=Path, help="history of curves; close the day")
    act.add_argument("--sign", metavar="NAME", help="sign the closed day off")
    act.add_argument("--check", action="store_true", help="make it again from what it froze")
    parser.add_argument("--spot", metavar="FILE", type=Path, help="published prices of deliveries")
    parser.add_argument("--verify", metavar="FILE", type=Path, help="second source of prices")
    parser.add_argument(
        "--indices", metavar="FILE", type=Path, help="prices of the indices of structured trades"
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="where to leave the report: .html, .xlsx, .pdf; may be given more than once",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Close, sign or check a day."""
    from wattbook.runtime.book import check_close, open_book  # noqa: PLC0415 - light `--help`
    from wattbook.runtime.jobs import job  # noqa: PLC0415

    console = Console(plain=chosen.plain or None)
    book, reference = open_book(chosen.book)
    if chosen.sign is not None:
        book.sign(chosen.day, person=reference.person(chosen.sign), known_ns=time.time_ns())
        console.line(f"{chosen.day} is signed by {chosen.sign}", "green")
        return 0
    if chosen.check:
        with job(chosen.book, "check of a close", chosen.day.isoformat()):
            kept, again = check_close(book, chosen.day)
        is_same = kept == again
        if chosen.json:
            print_json({"kept": kept, "again": again})
        else:
            words = "the same to the last bit" if is_same else f"{again}: not the same"
            console.line(f"{chosen.day} {kept}, made again: {words}", "green" if is_same else "red")
        return 0 if is_same else 1
    with job(chosen.book, "close", chosen.day.isoformat()) as work:
        return close(chosen, console, work)


def close(chosen: argparse.Namespace, console: Console, work: Work) -> int:
    """Close the day and tell it; return 1 if a limit is broken or a figure is marked."""
    from wattbook.cli.places import make_file  # noqa: PLC0415 - keeps `--help` light
    from wattbook.market.curves import CurveHistory  # noqa: PLC0415
    from wattbook.runtime.book import close_day, open_book  # noqa: PLC0415
    from wattbook.runtime.report.management_files import KINDS, report_bytes  # noqa: PLC0415

    book, reference = open_book(chosen.book)
    for file in chosen.report:
        if file.suffix not in KINDS:
            raise InputError(f"{file}: a report is one of {', '.join(KINDS)}; give such a name")
        make_file(file)

    def tell_stage(stage: str) -> None:
        work.tell(note=stage)
        if not chosen.json:
            console.line(stage)

    found = close_day(
        book,
        reference,
        CurveHistory(chosen.curves),
        chosen.day,
        spot=chosen.spot,
        second=chosen.verify,
        indices=chosen.indices,
        tell=tell_stage,
    )
    for file in chosen.report:
        file.write_bytes(report_bytes(file.suffix, found, reference))
    if chosen.json:
        told = {
            "day": chosen.day.isoformat(),
            "digest": found.close.digest,
            "value": found.close.value,
            "pnl": found.close.pnl.to_dicts(),
            "unexplained": found.close.unexplained,
            "option_pnl": found.close.greeks.to_dicts(),
            "value_at_risk": {name: one.amount for name, one in found.figures.risk.items()},
            "liquidity_adjusted": {
                name: one.adjusted.total
                for name, one in found.figures.risk.items()
                if one.adjusted is not None
            },
            "breaches": [one.limit for one in found.figures.breaches],
            "marked": list(found.marked),
            "notes": list(found.notes),
            "later_deals": found.later,
        }
        print_json(told)
    else:
        tell(console, found, reference.desk.currency)
    return 1 if found.figures.breaches or found.marked else 0


def tell(console: Console, found: DayClosed, currency: str) -> None:
    """Show a close: P&L by book and line, risk, breaches, marks."""
    from wattbook.portfolio.book import LINES  # noqa: PLC0415 - keeps `--help` light

    table = Table(
        f"P&L since the close before, {currency}",
        ["book<", *LINES, "together", "value", "value at risk", "to close out"],
    )
    amounts = {(row[0], row[1]): row[2] for row in found.close.pnl.iter_rows()}
    for book, value in found.close.value.items():
        lines = [amounts[book, line] for line in LINES]
        risk = found.figures.risk.get(book)
        at_risk = "–" if risk is None else "no history" if risk.amount is None else (
            f"{risk.amount:,.0f}"
        )  # fmt: skip
        adjusted = "–" if risk is None or risk.adjusted is None else f"{risk.adjusted.total:,.0f}"
        table.rows.append(
            [
                found.resting.book(book),
                *(f"{one:,.2f}" for one in lines),
                f"{sum(lines):,.2f}",
                f"{value:,.2f}",
                at_risk,
                adjusted,
            ]
        )
    console.table(table)
    if found.close.greeks.height:
        console.table(greeks_table(found, currency))
    for book, test in found.figures.tested.items():
        apart = test.independence
        # One day has no neighbour.
        chance = "–" if apart is None else f"{apart.conditional_p_value:.3f}"
        console.line(
            f"value at risk of {book}, back-tests: {test.exceptions} of {test.days} days beyond, "
            f"Kupiec {test.test.p_value:.3f}, Christoffersen {chance}, "
            f"Basel {test.zone.zone.value}",
            "red" if test.zone.zone.value == "red" else "",
        )
    for one in found.figures.breaches:
        console.line(
            f"limit {one.limit!r} of {one.scope}: {one.found:,.0f} is above {one.most:,.0f}", "red"
        )
    if found.resting.books:
        console.line("† rests on prices that are marked", "yellow")
    for sentence in found.marked:
        console.line(f"marked: {sentence}", "yellow")
    for sentence in found.notes:
        console.line(sentence)
    if found.later:
        console.line(f"{found.later} deals are dated after {found.close.day} and not in it")
    console.line(f"digest {found.close.digest}")


def greeks_table(found: DayClosed, currency: str) -> Table:
    """Return what options earned by price and time, explained by their Greeks."""
    from wattbook.portfolio.book import GREEKS  # noqa: PLC0415 - keeps `--help` light

    return Table(
        f"price and carry of options since the close before, by their Greeks then, {currency}",
        ["book<", "deal<", *GREEKS, "together"],
        [
            [
                row["book"],
                row["deal"],
                *(f"{row[name]:,.2f}" for name in GREEKS),
                f"{sum(row[name] for name in GREEKS):,.2f}",
            ]
            for row in found.close.greeks.iter_rows(named=True)
        ],
    )
