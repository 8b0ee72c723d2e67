"""``wattbook risk breaches``: limits that a run passed, and what is said of each."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json

if TYPE_CHECKING:
    from wattbook.runtime.risk.breaches import BreachCase

__all__ = ["add_arguments", "execute"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the task."""
    parser.add_argument("run", metavar="RUN", type=Path, help="folder of a run")
    parser.add_argument("--number", type=int, metavar="N", help="say something of this breach")
    parser.add_argument("--by", metavar="NAME", default="", help="who says it; needed with N")
    parser.add_argument("--owner", metavar="NAME", default="", help="who has to cure it")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why it happened")
    parser.add_argument(
        "--approved-by",
        metavar="NAME",
        default="",
        help="who accepts that; says so as NAME of --by",
    )
    parser.add_argument("--cure-by", metavar="DAY", default="", help="such as 2026-07-01")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain-text", action="store_true", help="plain lines on a terminal")


def execute(chosen: argparse.Namespace, console: Console) -> int:
    """Say something of a breach where that is asked, and show all of them.

    Returns
    -------
    int
        1 while a breach is open or overdue.
    """
    from wattbook.errors import InputError  # noqa: PLC0415 - light `--help`
    from wattbook.runtime.replay import run_of  # noqa: PLC0415
    from wattbook.runtime.risk.breaches import (  # noqa: PLC0415
        Statement,
        cases,
        state,
    )
    from wattbook.runtime.risk.run_book import run_ledger  # noqa: PLC0415

    folder, ledger = run_of(chosen.run).path, run_ledger(chosen.run)
    now = dt.datetime.now(dt.UTC)
    words = (chosen.by, chosen.owner, chosen.reason, chosen.approved_by, chosen.cure_by)
    if chosen.number is None and any(words):
        message = "--number is missing: say which breach this is of"
        raise InputError(message)
    if chosen.number is not None:
        if not chosen.by:
            message = "--number needs --by: say who you are"
            raise InputError(message)
        said = Statement(
            number=chosen.number,
            at=now.isoformat(timespec="seconds"),
            by=chosen.by,
            owner=chosen.owner,
            reason=chosen.reason,
            approved_by=chosen.approved_by,
            cure_by=chosen.cure_by,
        )
        state(folder, cases(folder, ledger), said)
    found = cases(folder, ledger)
    if chosen.json:
        print_json([document(case, now.date()) for case in found])
    else:
        show(console, found, now.date())
    return int(any(case.status(now.date()) in ("open", "overdue") for case in found))


def document(case: BreachCase, today: dt.date) -> dict[str, object]:
    """Return a breach for JSON."""
    line = case.line
    return {
        "number": case.number,
        "ts": line.ts,
        "limit": line.limit,
        "name": case.name,
        "scope": case.scope,
        "limit_owner": case.limit_owner,
        "measure": line.measure,
        "severity": line.severity,
        "is_active": line.is_active,
        "value": line.value,
        "level": line.level,
        "owner": case.owner,
        "reason": case.said.reason,
        "approved_by": case.said.approved_by,
        "cure_by": case.said.cure_by,
        "cured": case.cured,
        "status": case.status(today),
    }


def show(console: Console, found: tuple[BreachCase, ...], today: dt.date) -> None:
    """Write all breaches."""
    if not found:
        console.line("No limit was passed.")
        return
    from wattbook.runtime.report.run_risk import clock  # noqa: PLC0415 - light `--help`

    columns = (
        "no.", "time<", "limit<", "of<", "measure<", "level<", "made by<", "value", "passed",
        "owner<", "reason<", "approved by<", "cure by<", "status<",
    )  # fmt: skip
    rows = [
        [
            str(case.number),
            clock(case.line.ts),
            case.name,
            case.scope,
            case.line.measure.replace("_", " "),
            case.line.severity,
            "an order" if case.line.is_active else "the market",
            f"{case.line.value:,.2f}",
            f"{case.line.level:,.2f}",
            case.owner or "–",
            case.said.reason or "–",
            case.said.approved_by or "–",
            case.said.cure_by or "–",
            case.status(today),
        ]
        for case in found
    ]
    console.table(Table("Limits that were passed", columns, rows))
