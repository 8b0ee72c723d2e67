"""``wattbook clear FOLDER``: clear a recorded day-ahead auction."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.cli.options import local_day
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.market.auction import Clearing
    from wattbook.market.auction.recorded import Recorded, RecordedDay
    from wattbook.runtime.clearing import PublishedCheck

__all__ = ["add_arguments", "execute"]

SHOWN = 10
EPILOG = """\
FOLDER holds an auction in the layout that docs/auctions.md describes. With --check each day is
cleared four times, with the block decisions built in and with blocks to decide, borders at their
published prices and at their schedules, and compared with what was published.

exit status: 0 good; 1 --check found a difference; 2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the recorded auction")
    parser.add_argument(
        "--date", metavar="DATE", type=local_day, help="delivery day; default: all that are there"
    )
    parser.add_argument(
        "--borders",
        choices=("priced", "scheduled", "nearly_scheduled"),
        default="priced",
        help="zones without orders take and give at their published price, or keep their schedule",
    )
    parser.add_argument("--check", action="store_true", help="compare with the published result")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to leave Parquet files")
    parser.add_argument("--json", action="store_true", help="print one JSON object a day instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Clear one day or all days; return 1 if a check found a difference."""
    from wattbook.market.auction.recorded import load_recorded  # noqa: PLC0415 - keeps `--help` light

    console = Console(plain=chosen.plain or None)
    recorded = load_recorded(chosen.folder)
    days = (chosen.date,) if chosen.date else recorded.days
    if not chosen.json:
        tell_quarantined(console, recorded)
    if chosen.check:
        return check(console, recorded, days, as_json=chosen.json)
    for day in days:
        clear_one(console, recorded.day(day), chosen)
    return 0


def tell_quarantined(console: Console, recorded: Recorded) -> None:
    """Name the lines that take no part."""
    for name, one in recorded.quarantined[:SHOWN]:
        console.line(f"set aside: {name}, {one.place}: {one.reason}", "yellow")
    if len(recorded.quarantined) > SHOWN:
        console.line(f"and {len(recorded.quarantined) - SHOWN} more lines", "yellow")


def clear_one(console: Console, day: RecordedDay, chosen: argparse.Namespace) -> None:
    """Clear a day with its blocks and show prices and blocks."""
    from wattbook.market.auction import clear  # noqa: PLC0415 - keeps `--help` light
    from wattbook.market.auction.recorded import Borders  # noqa: PLC0415
    from wattbook.market.auction.tables import (  # noqa: PLC0415
        block_table,
        flow_table,
        price_table,
    )

    auction = day.whole(Borders(chosen.borders))
    clearing = clear(auction)
    tables = {
        "prices": price_table(auction, clearing, day.starts),
        "flows": flow_table(auction, clearing, day.starts),
        "blocks": block_table(auction, clearing),
    }
    if chosen.out is not None:
        folder = chosen.out / day.day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.write_parquet(folder / f"{name}.parquet")
    if chosen.json:
        sys.stdout.write(json.dumps(summary(day, clearing)) + "\n")
        return
    shown = Table(f"{day.day}: prices, EUR/MWh", ["period", *day.zones])
    for period, row in enumerate(clearing.prices[:, : len(day.zones)]):
        shown.rows.append([str(period + 1), *(f"{price:,.2f}" for price in row)])
    console.table(shown)
    counts = summary(day, clearing)
    console.line(
        f"{counts['accepted']} blocks accepted, {counts['rejected']} rejected, "
        f"{counts['paradoxically_rejected']} paradoxically rejected; welfare "
        f"{clearing.welfare:,.2f} EUR, {'proved best' if clearing.is_complete else 'gap '}"
        f"{'' if clearing.is_complete else format(clearing.gap, ',.2f')}, "
        f"{clearing.seconds * 1000:,.1f} ms"
    )


def summary(day: RecordedDay, clearing: Clearing) -> dict[str, object]:
    """Return what a clearing came to."""
    from wattbook.market.auction import Status  # noqa: PLC0415 - keeps `--help` light

    counts = {status.value: clearing.statuses.count(status) for status in Status}
    return {
        "day": day.day.isoformat(),
        "welfare": clearing.welfare,
        "gap": clearing.gap,
        "is_complete": clearing.is_complete,
        "seconds": clearing.seconds,
        **counts,
    }


def check(console: Console, recorded: Recorded, days: tuple[dt.date, ...], *, as_json: bool) -> int:
    """Compare days with what was published; return 1 if a price or a decided block differs."""
    from wattbook.runtime.clearing import clear_day, compare  # noqa: PLC0415 - keeps `--help` light

    if not days:
        raise InputError(f"{recorded.folder} has no orders of any day")
    checks = []
    for number, day in enumerate(days):
        if not as_json and not console.plain:
            console.line(f"{day} ({number + 1} of {len(days)})", "dim")
        checks.append(compare(clear_day(recorded.day(day))))
    if as_json:
        for one in checks:
            sys.stdout.write(json.dumps(document(one)) + "\n")
    else:
        console.table(check_table(checks))
        differences = [(one.day, found) for one in checks for found in one.differences]
        for day, found in differences[:SHOWN]:
            console.line(
                f"{day} {found.what}: published {found.published}, cleared {found.cleared}", "red"
            )
        if len(differences) > SHOWN:
            console.line(f"and {len(differences) - SHOWN} more", "red")
    return 0 if all(one.is_good for one in checks) else 1


def document(one: PublishedCheck) -> dict[str, object]:
    """Return a check as what JSON can say."""
    return {
        "day": one.day.isoformat(),
        "prices": one.prices,
        "prices_equal": one.prices_equal,
        "flow_error_mwh_mean": one.flow_error_mwh_mean,
        "flow_error_mwh_max": one.flow_error_mwh_max,
        "blocks": one.blocks,
        "blocks_equal": one.blocks_equal,
        "paradoxically_rejected": one.paradoxical,
        "paradoxically_rejected_found": one.paradoxical_found,
        "scheduled_equal": one.scheduled_equal,
        "differences": [
            {"what": found.what, "published": found.published, "cleared": found.cleared}
            for found in one.differences
        ],
    }


def check_table(checks: list[PublishedCheck]) -> Table:
    """Return a line a day and their sum."""
    table = Table(
        "Cleared against published",
        ["day<", "prices", "flow error MWh, mean", "max", "blocks", "paradoxical", "all blocks *"],
        total=len(checks) > 1,
    )
    for one in checks:
        table.rows.append(
            [
                one.day.isoformat(),
                f"{one.prices_equal} of {one.prices}",
                f"{one.flow_error_mwh_mean:.5f}",
                f"{one.flow_error_mwh_max:.5f}",
                f"{one.blocks_equal} of {one.blocks}",
                f"{one.paradoxical_found} of {one.paradoxical}",
                f"{one.scheduled_equal} of {one.blocks + one.paradoxical}",
            ]
        )
    if len(checks) > 1:
        blocks = sum(one.blocks for one in checks)
        paradoxical = sum(one.paradoxical for one in checks)
        flows = [one.flow_error_mwh_mean for one in checks]
        table.rows.append(
            [
                f"{len(checks)} days",
                f"{sum(one.prices_equal for one in checks)} of {sum(o.prices for o in checks)}",
                f"{sum(flows) / len(flows):.5f}",
                f"{max(one.flow_error_mwh_max for one in checks):.5f}",
                f"{sum(one.blocks_equal for one in checks)} of {blocks}",
                f"{sum(one.paradoxical_found for one in checks)} of {paradoxical}",
                f"{sum(one.scheduled_equal for one in checks)} of {blocks + paradoxical}",
            ]
        )
    return table
