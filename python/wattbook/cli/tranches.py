"""``wattbook tranches``: a load bought in base and peak inside a corridor, tested walk-forward."""

from __future__ import annotations

import argparse
from pathlib import Path

from wattbook.cli.console import Console, Table, print_json
from wattbook.errors import InputError

__all__ = ["add_arguments", "execute"]

EPILOG = """\
docs/tranches.md tells the methods.

examples:
  wattbook tranches --data ../shared/data              1 % of PJM's AEP zone, quarter by quarter
  wattbook tranches --data ../shared/data --dates 18 --lot 5 --width 0.05

exit status: 0 good; 1 linear tranching of quarters left less volume or shape; 2 the input is wrong
"""
PARTS = ("total", "volume", "shape")
NAMES = {
    "path": "path in a corridor, newest forecast",
    "path_before": "the same until delivery begins",
    "linear": "quarters in equal tranches",
    "linear_months": "months in equal tranches",
    "linear_weeks": "quarters in equal tranches, then weeks",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("--data", metavar="DIR", type=Path, required=True, help="recorded data")
    parser.add_argument("--dates", metavar="N", type=int, default=12, help="tranches; default: 12")
    parser.add_argument("--lot", metavar="MW", type=float, default=1.0, help="default: 1")
    parser.add_argument(
        "--width", metavar="SHARE", type=float, default=0.1, help="of the corridor; default: 0.1"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Test hedge paths; return 1 if linear tranching of quarters left less volume or shape."""
    from wattbook.runtime.tranches import aep_load, walk_forward  # noqa: PLC0415

    if not 1 <= chosen.dates <= 36:
        raise InputError(f"{chosen.dates} tranches; give 1 to 36, a month each")
    found = walk_forward(
        aep_load(chosen.data), dates=chosen.dates, lot_mw=chosen.lot, width=chosen.width
    )
    left = {method: {part: found.mean(method, part) for part in PARTS} for method in NAMES}
    saved = {
        against: {part: found.saved(against, part) for part in PARTS}
        for against in NAMES
        if against != "path"
    }
    code = 0 if all(saved["linear"][part][0] >= 0.0 for part in ("volume", "shape")) else 1
    if chosen.json:
        told = {
            "quarters": [one.first for one in found.quarters],
            "mean_load_mw": found.mean_load_mw,
            "left_mw": left,
            "saved": saved,
            "lots_a_quarter": found.trades,
            "off_corridor": found.off_corridor,
        }
        print_json(told)
        return code
    console = Console(plain=chosen.plain or None)
    rows = [
        [NAMES[method], *(f"{parts[part]:.2f}" for part in PARTS), f"{found.trades[method]:,.0f}"]
        for method, parts in left.items()
    ]
    quarters = found.quarters
    title = (
        f"left of a load of {found.mean_load_mw:,.0f} MW on average, MW (root mean square of "
        f"hours), {len(quarters)} quarters from {quarters[0].first} to {quarters[-1].first}"
    )
    console.table(Table(title, ["method<", *PARTS, "lots a quarter"], rows))
    rows = [
        [
            NAMES[against],
            *(f"{part[0]:.1%} ({part[1]:.1%} to {part[2]:.1%})" for part in parts.values()),
        ]
        for against, parts in saved.items()
    ]
    console.table(Table("less by the path, with its 95 % interval", ["than<", *PARTS], rows))
    console.line(f"dates outside the corridor: {found.off_corridor}")
    return code
