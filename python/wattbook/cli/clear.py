"""``wattbook clear FOLDER``: clear a recorded day-ahead auction."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.cli.options import local_day
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.market.auction import Clearing, Status
    from wattbook.market.auction.day import AuctionDay, Rejected
    from wattbook.market.auction.layouts import Layout
    from wattbook.runtime.clearing import PublishedCheck

__all__ = ["add_arguments", "execute"]

SHOWN = 10
SECONDS = 600.0
EPILOG = """\
FOLDER holds an auction in one of the layouts that docs/auctions.md describes: the tables of a
collected Italian auction, small tables of zones and orders, or the offers of OMIE. With --check
each day is cleared and compared with what was published; Italian days four times, with the block
decisions built in and with blocks to decide, borders at their published prices and at their
schedules.

exit status: 0 good; 1 --check found a difference, or rows were set aside; 2 the input is wrong
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
    parser.add_argument(
        "--network",
        choices=("atc", "flow-based"),
        default="atc",
        help="of a folder of tables: links with capacities, or flow-based limits",
    )
    parser.add_argument(
        "--seconds",
        metavar="SECONDS",
        type=float,
        default=SECONDS,
        help="how long to search at most; default: %(default)s",
    )
    parser.add_argument("--check", action="store_true", help="compare with the published result")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to leave Parquet files")
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="where to leave a page with plots; one day only"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a day instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Clear one day or all days; return 1 if a check found a difference or rows take no part."""
    from wattbook.market.auction.layouts import Layout, layout_of  # noqa: PLC0415 - light `--help`

    console = Console(plain=chosen.plain or None)
    layout = layout_of(chosen.folder)
    if chosen.check and layout is Layout.ITALIAN:
        return check_italian(console, chosen)
    days = loaded(layout, chosen)
    if chosen.report is not None and len(days) > 1:
        raise InputError(f"--report is for one day; {chosen.folder} has {len(days)}, name a --date")
    if not chosen.json:
        tell_rejected(console, [one for day in days for one in day.rejected])
    if chosen.check and layout is Layout.TABLES:
        raise InputError(f"{chosen.folder} holds no published result to --check against")
    if chosen.check:
        return check_iberian(console, days, chosen)
    for day in days:
        clear_one(console, day, chosen)
    return 1 if any(day.rejected for day in days) else 0


def loaded(layout: Layout, chosen: argparse.Namespace) -> list[AuctionDay]:
    """Return the days that were asked for."""
    from wattbook.market.auction.iberian import days_of, load_iberian  # noqa: PLC0415 - as above
    from wattbook.market.auction.layouts import Layout  # noqa: PLC0415
    from wattbook.market.auction.recorded import Borders, load_recorded  # noqa: PLC0415
    from wattbook.market.auction.tabled import load_tabled  # noqa: PLC0415

    if layout is Layout.TABLES:
        return [load_tabled(chosen.folder, chosen.network)]
    if layout is Layout.OMIE:
        wanted = [chosen.date] if chosen.date else sorted(days_of(chosen.folder))
        return [load_iberian(chosen.folder, day) for day in wanted]
    recorded = load_recorded(chosen.folder)
    days = (chosen.date,) if chosen.date else recorded.days
    borders, rejected = Borders(chosen.borders), recorded.rejected
    return [
        recorded.day(day).as_auction_day(borders, () if number else rejected)
        for number, day in enumerate(days)
    ]


def tell_rejected(console: Console, rejected: Sequence[Rejected]) -> None:
    """Name the rows that take no part."""
    for one in rejected[:SHOWN]:
        console.line(f"set aside: {one.file}, {one.place}: {one.rule}", "yellow")
    if len(rejected) > SHOWN:
        console.line(f"and {len(rejected) - SHOWN} more lines", "yellow")


def clear_one(console: Console, day: AuctionDay, chosen: argparse.Namespace) -> None:
    """Clear a day with its blocks and show prices and blocks."""
    from wattbook.market.auction import clear  # noqa: PLC0415 - keeps `--help` light
    from wattbook.market.auction.tables import (  # noqa: PLC0415
        block_table,
        complex_table,
        flow_table,
        price_table,
    )

    auction = day.auction
    clearing = clear(auction, seconds_max=chosen.seconds)
    if chosen.out is not None:
        tables = {
            "prices": price_table(auction, clearing, day.periods),
            "flows": flow_table(auction, clearing, day.periods),
            "blocks": block_table(auction, clearing),
            "complex-orders": complex_table(auction, clearing),
        }
        folder = chosen.out / day.title.rsplit(" ", 1)[-1]
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.write_parquet(folder / f"{name}.parquet")
    if chosen.report is not None:
        from wattbook.runtime.report.auction import auction_page  # noqa: PLC0415

        chosen.report.write_text(auction_page(day, clearing, "EUR"), encoding="utf-8")
    if chosen.json:
        sys.stdout.write(json.dumps(summary(day, clearing)) + "\n")
        return
    zones = auction.network.zones[: day.zones]
    shown = Table(f"{day.title}: prices, EUR/MWh", ["period", *zones])
    for label, row in zip(day.labels(), clearing.prices, strict=True):
        shown.rows.append([label, *(f"{price:,.2f}" for price in row[: day.zones])])
    console.table(shown)
    tell_counts(console, "blocks", clearing.statuses)
    if clearing.complex_statuses:
        tell_counts(console, "complex orders", clearing.complex_statuses)
    console.line(
        f"welfare {clearing.welfare:,.2f} EUR, "
        f"{'proved best' if clearing.is_complete else f'gap {clearing.gap:,.2f} EUR'}, "
        f"{clearing.seconds * 1000:,.1f} ms"
    )


def tell_counts(console: Console, what: str, statuses: Sequence[Status]) -> None:
    """Say how many of each status there are."""
    from wattbook.market.auction import Status  # noqa: PLC0415 - keeps `--help` light

    counts = {status: list(statuses).count(status) for status in Status}
    console.line(
        f"{counts[Status.ACCEPTED]} {what} accepted, {counts[Status.REJECTED]} rejected, "
        f"{counts[Status.PARADOXICALLY_REJECTED]} paradoxically rejected"
    )


def check_iberian(console: Console, days: list[AuctionDay], chosen: argparse.Namespace) -> int:
    """Compare Iberian days with what was published; return 1 if a price differs."""
    from wattbook.runtime.clearing import compare_iberian  # noqa: PLC0415 - keeps `--help` light

    checks = [compare_iberian(day, chosen.folder, chosen.seconds) for day in days]
    for one in checks:
        if chosen.json:
            sys.stdout.write(json.dumps(dataclasses.asdict(one)) + "\n")
            continue
        console.line(
            f"{one.title}: {one.prices_equal} of {one.prices} prices as published, "
            f"{one.error_eur_mwh_mean:.2f} EUR/MWh apart in the mean and "
            f"{one.error_eur_mwh_max:.2f} at most; gap of the search {one.gap:,.2f} EUR"
        )
        console.line(
            f"bids to buy at the published prices make the published energy in "
            f"{one.energy_equal} of {one.periods} periods, {one.energy_error_mwh_max:.1f} MWh "
            "apart at most"
        )
    return 0 if all(one.prices == one.prices_equal for one in checks) else 1


def summary(day: AuctionDay, clearing: Clearing) -> dict[str, object]:
    """Return what a clearing came to."""
    from wattbook.market.auction import Status  # noqa: PLC0415 - keeps `--help` light

    counts = {status.value: clearing.statuses.count(status) for status in Status}
    return {
        "auction": day.title,
        "welfare": clearing.welfare,
        "gap": clearing.gap,
        "is_complete": clearing.is_complete,
        "seconds": clearing.seconds,
        "set_aside": len(day.rejected),
        **counts,
    }


def check_italian(console: Console, chosen: argparse.Namespace) -> int:
    """Compare days with what was published; return 1 if a price or a decided block differs."""
    from wattbook.market.auction.recorded import load_recorded  # noqa: PLC0415 - as above
    from wattbook.runtime.clearing import clear_day, compare  # noqa: PLC0415

    recorded = load_recorded(chosen.folder)
    days = (chosen.date,) if chosen.date else recorded.days
    as_json = chosen.json
    if not as_json:
        tell_rejected(console, recorded.rejected)
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
