"""``wattbook clear FOLDER``: clear a recorded day-ahead auction."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.clear_check import check_iberian, check_italian
from wattbook.cli.clear_rows import SHOWN, tell_rejected
from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.options import local_day, seconds
from wattbook.cli.places import make_file, make_folder
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.market.auction import Clearing, Status
    from wattbook.market.auction.day import AuctionDay
    from wattbook.market.auction.layouts import Layout

__all__ = ["add_arguments", "execute"]

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
        help="of an Italian auction: zones without orders take and give at their published price "
        "(the default), or keep their schedule",
    )
    parser.add_argument(
        "--network",
        choices=("atc", "flow-based"),
        help="of a folder of tables: links with capacities (the default), or flow-based limits",
    )
    parser.add_argument(
        "--seconds",
        metavar="SECONDS",
        type=seconds,
        default=SECONDS,
        help="how long to search at most for blocks and complex orders; default: %(default)s",
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
    refuse_idle(layout, chosen)
    if chosen.check and layout is Layout.ITALIAN:
        return check_italian(console, chosen)
    days = loaded(layout, chosen)
    if chosen.report is not None and len(days) > 1:
        raise InputError(f"--report is for one day; {chosen.folder} has {len(days)}, name a --date")
    if chosen.out is not None:
        make_folder(chosen.out)
    if chosen.report is not None:
        make_file(chosen.report)
    if not chosen.json:
        tell_rejected(console, [one for day in days for one in day.rejected])
    if chosen.check:
        return check_iberian(console, days, chosen)
    for day in days:
        clear_one(console, day, chosen)
    return 1 if any(day.rejected for day in days) else 0


def refuse_idle(layout: Layout, chosen: argparse.Namespace) -> None:
    """Refuse arguments that would change nothing: whoever gives one expects something of it.

    Raises
    ------
    InputError
        If there is one.
    """
    from wattbook.market.auction.layouts import Layout  # noqa: PLC0415 - keeps `--help` light

    if chosen.check and layout is Layout.TABLES:
        raise InputError(f"{chosen.folder} holds no published result to --check against")
    idle = {
        "--date": layout is Layout.TABLES,
        "--borders": layout is not Layout.ITALIAN or chosen.check,
        "--network": layout is not Layout.TABLES,
        "--out": chosen.check,
        "--report": chosen.check,
    }
    given = [name for name, is_idle in idle.items() if is_idle and getattr(chosen, name[2:])]
    if given:
        what = f"{chosen.folder} ({layout.value})" + (" with --check" if chosen.check else "")
        raise InputError(f"{' and '.join(given)}: without effect on {what}; leave it out")


def loaded(layout: Layout, chosen: argparse.Namespace) -> list[AuctionDay]:
    """Return the days that were asked for."""
    from wattbook.market.auction.iberian import days_of, load_iberian  # noqa: PLC0415 - as above
    from wattbook.market.auction.layouts import Layout  # noqa: PLC0415
    from wattbook.market.auction.recorded import Borders, load_recorded  # noqa: PLC0415
    from wattbook.market.auction.tabled import load_tabled  # noqa: PLC0415

    if layout is Layout.TABLES:
        return [load_tabled(chosen.folder, chosen.network or "atc")]
    if layout is Layout.OMIE:
        wanted = [chosen.date] if chosen.date else sorted(days_of(chosen.folder))
        return [load_iberian(chosen.folder, day) for day in wanted]
    recorded = load_recorded(chosen.folder)
    days = (chosen.date,) if chosen.date else recorded.days
    borders, rejected = Borders(chosen.borders or "priced"), recorded.rejected
    return [
        recorded.day(day).as_auction_day(borders, () if number else rejected)
        for number, day in enumerate(days)
    ]


def clear_one(console: Console, day: AuctionDay, chosen: argparse.Namespace) -> None:
    """Clear a day with its blocks and show prices and blocks."""
    from wattbook.market.auction import clear  # noqa: PLC0415 - keeps `--help` light

    auction = day.auction
    clearing = clear(auction, seconds_max=chosen.seconds)
    if chosen.out is not None:
        leave_tables(chosen.out / day.title.rsplit(" ", 1)[-1], day, clearing)
    if chosen.report is not None:
        from wattbook.runtime.report.auction import auction_page  # noqa: PLC0415

        chosen.report.write_text(auction_page(day, clearing, "EUR"), encoding="utf-8")
    if chosen.json:
        print_json(summary(day, clearing))
        return
    zones = auction.network.zones[: day.zones]
    shown = Table(f"{day.title}: prices, EUR/MWh", ["period", *zones])
    for label, row in zip(day.labels(), clearing.prices, strict=True):
        shown.rows.append([label, *(f"{price:,.2f}" for price in row[: day.zones])])
    console.table(shown)
    tell_counts(console, "blocks", auction.blocks.names, clearing.statuses)
    if clearing.complex_statuses:
        names = auction.complex_orders.names
        tell_counts(console, "complex orders", names, clearing.complex_statuses)
    console.line(
        f"welfare {clearing.welfare:,.2f} EUR, "
        f"{'proved best' if clearing.is_complete else f'gap {clearing.gap:,.2f} EUR'}, "
        f"{clearing.seconds * 1000:,.1f} ms"
    )
    for note in day.notes:
        console.line(f"note: {note}", "yellow")


def leave_tables(folder: Path, day: AuctionDay, clearing: Clearing) -> None:
    """Leave what was cleared, and what took no part, as Parquet files."""
    from wattbook.market.auction.tables import (  # noqa: PLC0415 - keeps `--help` light
        block_table,
        complex_table,
        flow_table,
        price_table,
        rejected_table,
    )
    from wattbook.runtime.folder import writable  # noqa: PLC0415

    auction = day.auction
    tables = {
        "prices": price_table(auction, clearing, day.periods),
        "flows": flow_table(auction, clearing, day.periods),
        "blocks": block_table(auction, clearing),
        "complex-orders": complex_table(auction, clearing),
        "set-aside": rejected_table(day),
    }
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.write_parquet(folder / f"{name}.parquet")


def tell_counts(
    console: Console, what: str, names: Sequence[str], statuses: Sequence[Status]
) -> None:
    """Say how many of each status there are, and which were paradoxically rejected."""
    from wattbook.market.auction import Status  # noqa: PLC0415 - keeps `--help` light

    counts = {status: list(statuses).count(status) for status in Status}
    console.line(
        f"{counts[Status.ACCEPTED]} {what} accepted, {counts[Status.REJECTED]} rejected, "
        f"{counts[Status.PARADOXICALLY_REJECTED]} paradoxically rejected"
    )
    paradoxical = named(names, statuses, Status.PARADOXICALLY_REJECTED)
    if paradoxical:
        more = f" and {len(paradoxical) - SHOWN} more" if len(paradoxical) > SHOWN else ""
        console.line(f"  paradoxically rejected: {', '.join(paradoxical[:SHOWN])}{more}")


def named(names: Sequence[str], statuses: Sequence[Status], wanted: Status) -> list[str]:
    """Return the names of what has a status."""
    return [name for name, status in zip(names, statuses, strict=True) if status is wanted]


def summary(day: AuctionDay, clearing: Clearing) -> dict[str, object]:
    """Return what a clearing came to."""
    from wattbook.market.auction import Status  # noqa: PLC0415 - keeps `--help` light

    auction = day.auction
    paradoxical = Status.PARADOXICALLY_REJECTED
    complex_names = auction.complex_orders.names
    return {
        "auction": day.title,
        "welfare": clearing.welfare,
        "gap": clearing.gap,
        "is_complete": clearing.is_complete,
        "seconds": clearing.seconds,
        **{status.value: clearing.statuses.count(status) for status in Status},
        "complex_orders": {
            status.value: clearing.complex_statuses.count(status) for status in Status
        },
        "paradoxically_rejected_names": [
            *named(auction.blocks.names, clearing.statuses, paradoxical),
            *named(complex_names, clearing.complex_statuses, paradoxical),
        ],
        "set_aside": len(day.rejected),
        "set_aside_rows": [
            {"file": one.file, "place": one.place, "rule": one.rule} for one in day.rejected
        ],
        "notes": list(day.notes),
    }
