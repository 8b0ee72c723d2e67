"""``wattbook ingest doctor PATH``: which source knows each payload, and what it holds."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.ingest.common import add_limits, limits_of
from wattbook.cli.progress import Progress

if TYPE_CHECKING:
    from wattbook.runtime.ingest.examine import Examined

__all__ = ["add_arguments", "execute"]

REASON_LETTERS = 72
EPILOG = """\
exit status: 0 every payload was parsed, or set aside with place and reason by a source that knows
it; 1 a reader raised, hung or died, or no source recognises a payload; 2 the input is wrong.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("path", metavar="PATH", type=Path, help="a payload, or a folder of them")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, no colours")
    parser.add_argument(
        "--island",
        action="append",
        default=[],
        metavar="MODULE",
        help="a module or .py file of your own with DATASETS, asked first; repeat for more",
    )
    add_limits(parser)


def rows_text(rows: dict[str, int] | None) -> str:
    """Return rows by table in few letters.

    Examples
    --------
    >>> rows_text({"observations": 48, "outage": 2})
    '48 observations, 2 outage'
    """
    return ", ".join(f"{count:,} {kind}" for kind, count in (rows or {}).items()) or "–"


def reason_text(entry: "Examined") -> str:
    """Return why in one line, with the number of further reasons."""
    text = entry.reason
    if entry.faults and entry.outcome.value != "raised":
        first = entry.faults[0]
        text = f"{first.place}: {first.reason}"
    more = f" (+{entry.quarantined - 1:,})" if entry.quarantined > 1 else ""
    room = REASON_LETTERS - len(more)
    return (text if len(text) <= room else text[: room - 1] + "…") + more


def file_table(found: Sequence["Examined"]) -> Table:
    """Return one row a file and their sum."""
    table = Table(
        "Payloads",
        ["file<", "outcome<", "source<", "dataset<", "rows<", "quarantined", "reason<"],
        total=True,
    )
    for entry in found:
        table.rows.append(
            [
                entry.name,
                entry.outcome.value,
                entry.source,
                entry.dataset,
                rows_text(entry.rows),
                f"{entry.quarantined:,}" if entry.quarantined else "",
                reason_text(entry),
            ]
        )
    rows, parts = sum(e.row_count for e in found), sum(e.quarantined for e in found)
    table.rows.append([f"{len(found):,} files", "", "", "", f"{rows:,}", f"{parts:,}", ""])
    return table


def source_table(found: Sequence["Examined"]) -> Table:
    """Return files, rows and parts by source."""
    table = Table(
        "By source", ["source<", "files", "rows", "quarantined", "raised", "unrecognised"]
    )
    payloads = [entry for entry in found if entry.outcome.value != "documentation"]
    for source in sorted({entry.source for entry in payloads}):
        own = [entry for entry in payloads if entry.source == source]
        table.rows.append(
            [
                source or "none",
                f"{len(own):,}",
                f"{sum(entry.row_count for entry in own):,}",
                f"{sum(entry.quarantined for entry in own):,}",
                f"{sum(entry.outcome.value == 'raised' for entry in own):,}",
                f"{sum(entry.outcome.value == 'unrecognised' for entry in own):,}",
            ]
        )
    return table


def execute(chosen: argparse.Namespace) -> int:
    """Examine every payload, print what was found; return 1 if one raised or is unknown."""
    from wattbook.runtime.ingest.doctor import (  # noqa: PLC0415 - keeps `--help` light
        document,
        examine_folder,
        payload_files,
        totals,
    )

    console = Console(plain=True if chosen.plain else None)
    limits = limits_of(chosen)
    files = payload_files(chosen.path)
    found = []
    with Progress("payloads", len(files), plain=True if chosen.plain else None) as progress:
        for entry in examine_folder(chosen.path, files, chosen.island, limits):
            found.append(entry)
            progress.advance(note=entry.name)
    is_good = all(entry.is_good for entry in found)
    if chosen.json:
        print_json(document(chosen.path, found))
        return 0 if is_good else 1
    console.table(file_table(found))
    console.line()
    console.table(source_table(found))
    console.line()
    counts = totals(found)
    outcomes = ("parsed", "quarantined", "unrecognised", "raised", "documentation")
    console.line(", ".join(f"{counts[name]:,} {name}" for name in outcomes))
    for entry in found:
        if entry.trace:
            console.line(f"\n{entry.name} raised:\n{entry.trace}", "red")
    return 0 if is_good else 1
