"""``wattbook commit FILE``: decide which units of a fleet run when."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.places import make_file, make_folder
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.assets.commitment import Commitment, Fleet

__all__ = ["add_arguments", "execute"]

SECONDS = 60.0
GAP = 1e-3
BUILT_IN = "ten-units"
EPILOG = f"""\
PLACE is an instance in the layout of power-grid-lib's unit commitment (pglib-uc), a folder of
them, or `{BUILT_IN}`: the ten units of Kazarlis, Bakirtzis and Petridis (1996). docs/commitment.md
describes the layout, the model and how the answer is found.

exit status: 0 good; 1 --check found a broken rule, or the gap was not reached; 2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("place", metavar="PLACE", type=Path, help="an instance or a folder of them")
    parser.add_argument(
        "--seconds",
        metavar="SECONDS",
        type=float,
        default=SECONDS,
        help="how long to search at most, each; default: %(default)s",
    )
    parser.add_argument(
        "--gap",
        metavar="SHARE",
        type=float,
        default=GAP,
        help="share of the cost above the bound at which to stop; default: %(default)s",
    )
    parser.add_argument(
        "--check", action="store_true", help="hold the answer against every rule, and its cost"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to leave Parquet files")
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="where to leave a page with plots; one instance"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object an instance")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Commit each fleet; return 1 if one breaks a rule or is short of the gap."""
    from wattbook.assets.commitment import broken_rules, commit  # noqa: PLC0415 - light `--help`

    if not 0 <= chosen.gap < 1 or not chosen.seconds > 0:
        raise InputError(
            f"--gap {chosen.gap:g} and --seconds {chosen.seconds:g}; give a share from 0 to below "
            "1, and seconds above 0"
        )
    console = Console(plain=chosen.plain or None)
    fleets = loaded(chosen.place)
    if chosen.report is not None and len(fleets) > 1:
        raise InputError(
            f"--report is for one instance; {chosen.place} has {len(fleets)}, name one"
        )
    if chosen.out is not None:
        make_folder(chosen.out)
    if chosen.report is not None:
        make_file(chosen.report)
    is_good = True
    for fleet in fleets:
        found = commit(fleet, seconds=chosen.seconds, gap=chosen.gap)
        broken = broken_rules(found) if chosen.check else []
        is_good = is_good and found.is_complete and not broken
        leave(found, chosen)
        if chosen.json:
            print_json(summary(found, broken))
        else:
            tell(console, found, broken, is_checked=chosen.check)
    return 0 if is_good else 1


def loaded(place: Path) -> list[Fleet]:
    """Return the fleets that were asked for."""
    from wattbook.assets.commitment import (  # noqa: PLC0415 - keeps `--help` light
        instance_files,
        load_fleet,
        ten_units,
    )

    if str(place) == BUILT_IN:
        return [ten_units()]
    return [load_fleet(file) for file in instance_files(place)]


def leave(found: Commitment, chosen: argparse.Namespace) -> None:
    """Write the tables and the page that were asked for."""
    if chosen.out is not None:
        from wattbook.assets.commitment.tables import (  # noqa: PLC0415 - keeps `--help` light
            period_table,
            unit_table,
        )

        folder = chosen.out / found.fleet.name.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        unit_table(found).write_parquet(folder / "units.parquet")
        period_table(found).write_parquet(folder / "periods.parquet")
    if chosen.report is not None:
        from wattbook.runtime.report.commitment import commitment_page  # noqa: PLC0415 - as above

        chosen.report.write_text(commitment_page(found), encoding="utf-8")


def tell(console: Console, found: Commitment, broken: list[str], *, is_checked: bool) -> None:
    """Show what an answer came to."""
    fleet = found.fleet
    shown = Table(
        f"{fleet.name}: {len(fleet.units)} units, {fleet.periods} periods",
        ["cost", "no less than", "gap", "starts", "curtailed MWh", "seconds"],
    )
    count = summary(found, broken)
    shown.rows.append(
        [
            f"{found.cost:,.2f}",
            f"{found.bound:,.2f}",
            f"{100 * found.gap:.3f} %",
            f"{count['starts']}",
            f"{found.curtailed.sum():,.1f}",
            f"{found.seconds:.1f}",
        ]
    )
    console.table(shown)
    if not found.is_complete:
        console.line("time ran out before the gap was reached; the best so far is shown", "yellow")
    for sentence in broken:
        console.line(sentence, "red")
    if is_checked and not broken:
        console.line("every rule of every unit and period is kept, and the cost adds up", "green")


def summary(found: Commitment, broken: list[str]) -> dict[str, object]:
    """Return what an answer came to, as JSON can say it."""
    from wattbook.assets.commitment.dispatch import starts_of  # noqa: PLC0415 - light `--help`

    return {
        "instance": found.fleet.name,
        "units": len(found.fleet.units),
        "periods": found.fleet.periods,
        "cost": found.cost,
        "bound": found.bound,
        "gap": found.gap,
        "starts": len(starts_of(found.fleet, found.is_on)),
        "curtailed_mwh": float(found.curtailed.sum()),
        "seconds": found.seconds,
        "is_complete": found.is_complete,
        "broken_rules": broken,
    }
