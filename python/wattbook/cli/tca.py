"""``wattbook tca RUN_DIR``: what the orders of a run cost."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.cli.places import make_file, make_folder

if TYPE_CHECKING:
    import polars as pl

    from wattbook.execution.tca import TransactionCosts

__all__ = ["add_arguments", "execute"]

EPILOG = """\
Costs are above zero, prices in the currency of the instrument by price unit; docs/execution.md says
how each is reckoned.

exit status: 0 good; 2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("run", metavar="RUN_DIR", type=Path, help="folder that a run left")
    parser.add_argument(
        "--seconds",
        metavar="SECONDS",
        default="1,10,60",
        help="when to look at the market again after each fill; default: %(default)s",
    )
    parser.add_argument(
        "--decisions",
        action="store_true",
        help="also print why the router placed each slice as it did",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to leave Parquet files")
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="where to leave a page with plots"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Analyse the run and show what its orders cost."""
    from wattbook.runtime.tca import costs_of_run, horizons_of  # noqa: PLC0415 - light `--help`

    horizons = horizons_of(chosen.seconds)
    if chosen.out is not None:
        make_folder(chosen.out)
    if chosen.report is not None:
        make_file(chosen.report)
    found = costs_of_run(chosen.run, horizons)
    if chosen.out is not None:
        for name, frame in found.frames().items():
            frame.write_parquet(chosen.out / f"{name}.parquet", compression="zstd")
    if chosen.report is not None:
        from wattbook.runtime.report.tca import costs_page  # noqa: PLC0415 - only for a report

        chosen.report.write_text(costs_page(found, chosen.run.name), encoding="utf-8")
    if chosen.json:
        document = {name: frame.to_dicts() for name, frame in found.frames().items()}
        del document["fills"]
        sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")
    else:
        console = Console(plain=chosen.plain or None)
        tell(console, found)
        if chosen.decisions:
            tell_decisions(console, chosen.run)
    return 0


def number(value: object, decimals: int = 2) -> str:
    """Return a number as text, a dash for none."""
    return f"{value:,.{decimals}f}" if isinstance(value, int | float) else "-"


def tell(console: Console, found: TransactionCosts) -> None:
    """Write the tables."""
    console.table(parents_table(found.parents))
    console.table(venues_table(found.venues))
    if not found.netted.is_empty():
        console.table(netted_table(found.netted))
    if not found.refusals.is_empty():
        rows = [
            [row["by"], row["name"] or "-", row["reason"], str(row["count"])]
            for row in found.refusals.to_dicts()
        ]
        console.table(Table("Refused or cut short", ("by<", "where<", "reason<", "count"), rows))


def netted_table(netted: pl.DataFrame) -> Table:
    """Return what crossed within the desk as a table."""
    columns = ("strategy that bought<", "that sold<", "deals", "volume", "spread saved")
    rows = [
        [
            f"#{row['buyer']}",
            f"#{row['seller']}",
            str(row["deals"]),
            number(row["volume"], 1),
            number(row["spread_saved"]),
        ]
        for row in netted.to_dicts()
    ]
    return Table("Crossed within the desk, no venue saw it", columns, rows)


def tell_decisions(console: Console, run: Path) -> None:
    """Write why each slice of a routed order was placed as it was, as the journal holds it."""
    from wattbook.runtime.tca import decisions_of_run  # noqa: PLC0415 - light `--help`

    found = decisions_of_run(run)
    console.line(f"Decisions of the router ({len(found)}):", "bold")
    for at, order, parent, text in found:
        console.line(f"  {at} order {order} of {parent}: {text}")


def parents_table(parents: pl.DataFrame) -> Table:
    """Return what parent orders cost as a table."""
    columns = (
        "order<", "how<", "instrument<", "side<", "volume", "filled %", "arrival ticks",
        "half spreads", "VWAP ticks", "close ticks", "cost", "forecast", "fees",
        "fees forecast", "rest moved", "resting %", "queue s", "ended<",
    )  # fmt: skip
    rows = []
    for row in parents.to_dicts():
        share = None if row["maker_share"] is None else 100 * row["maker_share"]
        filled = None if row["fill_rate"] is None else 100 * row["fill_rate"]
        rows.append(
            [
                "-" if row["parent"] is None else f"{row['parent'] & (1 << 48) - 1}",
                row["algorithm"],
                row["symbol"],
                row["side"],
                number(row["volume"], 1),
                number(filled, 1),
                number(row["against_arrival_ticks"]),
                number(row["arrival_half_spreads"]),
                number(row["against_vwap_ticks"]),
                number(row["against_close_ticks"]),
                number(row["against_arrival_currency"]),
                number(row["forecast_cost"], 4),
                number(row["fees"]),
                number(row["forecast_fees"]),
                number(row["unfilled_markout"], 4),
                number(share, 0),
                number(row["queue_seconds"], 1),
                row["ended"] or "-",
            ]
        )
    return Table("Orders against arrival, VWAP and close", columns, rows)


def venues_table(venues: pl.DataFrame) -> Table:
    """Return what venues cost as a table."""
    marks = [name for name in venues.columns if name.startswith("markout_")]
    adverse = [name for name in venues.columns if name.startswith("adverse_")]
    columns = (
        "venue<", "orders", "filled %", "refused", "resting %", "to accept ms", "queue s",
        "waited s", "against mid", "after fees", "half spread",
        *(f"after {name.removeprefix('markout_')} s" for name in marks),
        *(f"adverse {name.removeprefix('adverse_')} s" for name in adverse),
    )  # fmt: skip
    rows = []
    for row in venues.to_dicts():
        share = None if row["maker_share"] is None else 100 * row["maker_share"]
        accept = None if row["accept_seconds"] is None else 1_000 * row["accept_seconds"]
        rows.append(
            [
                row["name"] or f"#{row['venue']}",
                str(row["orders"]),
                number(100 * row["fill_rate"], 1),
                str(row["refused"]),
                number(share, 0),
                number(accept, 1),
                number(row["queue_seconds"], 1),
                number(row["waited_seconds"], 1),
                number(row["against_mid"], 4),
                number(row["cost_after_fees"], 4),
                number(row["half_spread"], 4),
                *(number(row[name], 4) for name in (*marks, *adverse)),
            ]
        )
    return Table("Venues; marks are gains after the fill", columns, rows)
