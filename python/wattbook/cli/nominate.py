"""``wattbook nominate FILE``: write a day's nomination, read what came back, show what differs."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.errors import NominationError

if TYPE_CHECKING:
    import polars as pl

    from wattbook.execution.nominations import GasNomination, PowerSchedule
    from wattbook.runtime.nomination import MadeDocument

__all__ = ["add_arguments", "execute"]

SECOND = 1_000_000_000
SHOWN = 40
EPILOG = """\
FILE names who nominates what to whom, and a CSV file of positions; see docs/nominations.md,
examples/nominate_gas.toml and examples/nominate_power.toml.

exit status: 0 good; 1 changes came after the gate, or a response differs from what was nominated; 2
the input is wrong, or the gate has closed
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("file", metavar="FILE", type=Path, help="what to nominate, TOML")
    parser.add_argument("--out", metavar="FILE", type=Path, help="where to leave the document")
    parser.add_argument(
        "--previous", metavar="FILE", type=Path,
        help="the document that this one replaces; hours that are closed stay as there",
    )  # fmt: skip
    parser.add_argument(
        "--response", metavar="FILE", type=Path, action="append", default=[],
        help="what came back: NOMRES or ACKNOW; confirmation or anomaly report; may be repeated",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Write and compare; return 1 if a response differs."""
    from wattbook.runtime.nomination import (  # noqa: PLC0415 - keeps `--help` light
        load_nomination,
        made_document,
        mismatches_of,
    )

    previous = None if chosen.previous is None else content_of(chosen.previous)
    now = time.time_ns() // SECOND * SECOND
    whole = made_document(load_nomination(chosen.file), now, previous)
    made, late = whole.document, whole.late
    content = made.xml()
    if chosen.out is not None:
        chosen.out.write_bytes(content)
    console = Console(plain=chosen.plain or None)
    if not chosen.json:
        tell(console, made)
        tell_late(console, late)
        if whole.note:
            console.line(whole.note, "yellow")
    answers = []
    for path in chosen.response:
        found, reasons = mismatches_of(made, content_of(path))
        answers.append((path, found, reasons))
        if not chosen.json:
            compare(console, path, found, reasons)
    is_refused = any(not found.width for _, found, _ in answers)
    differs = is_refused or late.height > 0 or any(found.height for _, found, _ in answers)
    if chosen.json:
        print_json(summary(whole, len(content), answers))
    return 1 if differs else 0


def content_of(path: Path) -> bytes:
    """Return the bytes of a file."""
    try:
        return path.read_bytes()
    except OSError as fault:
        message = f"{path} cannot be read ({fault.strerror}); give a document"
        raise NominationError(message) from fault


def totals(made: GasNomination | PowerSchedule) -> list[tuple[str, str, str]]:
    """Return who, which way and how many MWh of a document."""
    from wattbook.execution.nominations import GasNomination  # noqa: PLC0415 - light `--help`

    hour = 3_600 * SECOND
    rows = []
    if isinstance(made, GasNomination):
        energy: dict[str, list[int]] = {}
        for flow in made.flows:
            held = energy.setdefault(flow.account.value, [0, 0])
            held[flow.quantity < 0] += int(abs(flow.quantity)) * ((flow.end - flow.begin) // hour)
        for name, both in energy.items():
            for way, kwh in zip(("in", "out"), both, strict=True):
                if kwh:
                    rows.append((name, way, f"{kwh / 1e3:,.3f}"))
        return rows
    for one in made.series:
        is_ours = one.buyer == made.parties.sender
        other = one.seller if is_ours else one.buyer
        mwh = float(sum(one.quantities)) * one.minutes / 60
        rows.append((other.value if other else "", "in" if is_ours else "out", f"{mwh:,.3f}"))
    return rows


def tell(console: Console, made: GasNomination | PowerSchedule) -> None:
    """Show what a document nominates."""
    shown = Table(f"{made.identification}: MWh by counterparty", ["counterparty<", "way<", "MWh"])
    shown.rows.extend(list(row) for row in totals(made))
    console.table(shown)


def tell_late(console: Console, late: pl.DataFrame) -> None:
    """Show what was asked for after its gate: it stays as it was sent."""
    if not late.height:
        return
    shown = Table(
        f"{late.height:,} changes came too late and stay as they were sent",
        ["start, UTC<", "to<", "from<", "asked", "stays", "closed, UTC<"],
    )
    for row in late.head(SHOWN).iter_rows(named=True):
        parties = [row[name] or "–" for name in ("buyer", "seller")]
        amounts = [f"{row[name].normalize():f}" for name in ("asked", "kept")]
        shown.rows.append([clock(row["start"]), *parties, *amounts, clock(row["closed"])])
    console.table(shown)
    if late.height > SHOWN:
        console.line(f"and {late.height - SHOWN:,} more")


def compare(console: Console, path: Path, found: pl.DataFrame, reasons: tuple[str, ...]) -> None:
    """Show what a response differs in."""
    for reason in reasons:
        console.line(f"{path.name}: {reason}")
    if not found.width:
        console.line(f"{path.name}: not taken; nothing is confirmed", "red")
        return
    if not found.height:
        console.line(f"{path.name}: confirmed as nominated", "green")
        return
    names = [name for name in found.columns if name != "start"]
    shown = Table(f"{path.name}: {found.height:,} periods differ", ["start, UTC<", *names])
    for row in found.head(SHOWN).iter_rows(named=True):
        shown.rows.append([clock(row["start"]), *(text_of(row[name]) for name in names)])
    console.table(shown)
    if found.height > SHOWN:
        console.line(f"and {found.height - SHOWN:,} more")


def clock(instant: int) -> str:
    """Return an instant for people, UTC."""
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(instant // SECOND))


def text_of(value: object) -> str:
    """Return a cell."""
    return "–" if value is None else f"{value}"


def summary(
    whole: MadeDocument,
    size: int,
    answers: list[tuple[Path, pl.DataFrame, tuple[str, ...]]],
) -> dict[str, object]:
    """Return what was nominated and what differs, as JSON can say it."""
    made = whole.document
    return {
        "identification": made.identification,
        "bytes": size,
        "mwh": [{"counterparty": name, "way": way, "mwh": mwh} for name, way, mwh in totals(made)],
        "note": whole.note,
        "late": [
            {name: value if value is None else str(value) for name, value in row.items()}
            for row in whole.late.to_dicts()
        ],
        "responses": [
            {
                "file": path.name,
                "reasons": list(reasons),
                "is_taken": found.width > 0,
                "differences": [
                    {name: value if value is None else str(value) for name, value in row.items()}
                    for row in found.to_dicts()
                ],
            }
            for path, found, reasons in answers
        ],
    }
