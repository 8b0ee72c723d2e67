"""Clears recorded days and says how they compare with what was published: ``--check``."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING

from wattbook.cli.clear_rows import SHOWN, tell_rejected
from wattbook.cli.console import Console, Table, print_json
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.market.auction.day import AuctionDay
    from wattbook.runtime.clearing import PublishedCheck

__all__ = ["check_iberian", "check_italian"]


def check_iberian(console: Console, days: list[AuctionDay], chosen: argparse.Namespace) -> int:
    """Compare Iberian days with what was published; return 1 if a price differs."""
    from wattbook.runtime.clearing import compare_iberian  # noqa: PLC0415 - keeps `--help` light

    checks = [compare_iberian(day, chosen.folder, chosen.seconds) for day in days]
    for one in checks:
        if chosen.json:
            print_json(dataclasses.asdict(one))
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
    for note in dict.fromkeys(note for day in days for note in day.notes):
        if not chosen.json:
            console.line(f"note: {note}", "yellow")
    return 0 if all(one.prices == one.prices_equal for one in checks) else 1


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
        checks.append(compare(clear_day(recorded.day(day), chosen.seconds)))
    if as_json:
        for one in checks:
            told = document(one) | {"set_aside": len(recorded.rejected)}
            print_json(told)
    else:
        console.table(check_table(checks))
        differences = [(one.day, found) for one in checks for found in one.differences]
        for day, found in differences[:SHOWN]:
            console.line(
                f"{day} {found.what}: published {found.published}, cleared {found.cleared}", "red"
            )
        if len(differences) > SHOWN:
            console.line(f"and {len(differences) - SHOWN} more", "red")
        for one in checks:
            if one.gap > 0:
                console.line(
                    f"{one.day}: the search ran out of time; other blocks could add "
                    f"{one.gap:,.2f} EUR at most; allow more with --seconds",
                    "yellow",
                )
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
        "gap": one.gap,
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
