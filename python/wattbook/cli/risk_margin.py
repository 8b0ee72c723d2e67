"""``wattbook risk margin``: initial margin, collateral and the call, of one file."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.places import make_file

if TYPE_CHECKING:
    from wattbook.runtime.risk.margin import MarginReport

__all__ = ["add_arguments", "execute"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the task."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="[simm], [[span]], [filtered], [call], TOML"
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="recorded curves of futures, for [filtered]"
    )
    parser.add_argument("--report", metavar="FILE", type=Path, help="where to leave a page")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain-text", action="store_true", help="plain lines on a terminal")


def execute(chosen: argparse.Namespace, console: Console) -> int:
    """Compute what the file asks for, and show it."""
    from wattbook.runtime.risk.margin import load_margin  # noqa: PLC0415 - light `--help`

    found = load_margin(chosen.file, chosen.data)
    if chosen.report is not None:
        from wattbook.runtime.report.margin import margin_page  # noqa: PLC0415 - for a report

        make_file(chosen.report)
        chosen.report.write_text(margin_page(found), encoding="utf-8")
    if chosen.json:
        print_json(document(found))
        return 0
    from wattbook.runtime.risk.margin_tables import margin_tables  # noqa: PLC0415 - as above

    for title, headings, rows, total in margin_tables(found):
        columns = [f"{headings[0]}<", *headings[1:]]
        console.table(Table(title, columns, rows, total=total))
    return 0


def document(found: MarginReport) -> dict[str, object]:
    """Return the margin for JSON."""
    filtered = found.filtered
    return {
        "totals": found.totals,
        "simm": dict(found.simm),
        "span": {
            name: {
                **{key: value for key, value in dataclasses.asdict(one).items() if key != "losses"},
                "losses": one.losses.tolist(),
                "total": one.total,
            }
            for name, one in found.span.items()
        },
        "filtered": None
        if filtered is None
        else {**dataclasses.asdict(filtered), "total": filtered.total},
        "collateral": dict(found.collateral),
        "required": found.required,
        "call": None if found.call is None else dataclasses.asdict(found.call),
    }
