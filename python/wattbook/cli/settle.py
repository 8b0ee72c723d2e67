"""``wattbook settle FILE``: settle the imbalances of a month, in every run, and explain its P&L."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json

if TYPE_CHECKING:
    import polars as pl

    from wattbook.runtime.settlement import SettledMonth

__all__ = ["add_arguments", "execute"]

EPILOG = """\
FILE names a market whose rules come with the package (DE, GB, NORDIC, ERCOT) or brings its own, the
days, and either files of schedules, meters, prices and deals or a seed; see docs/settlement.md and
examples/settlement.toml.

exit status: 0 good; 1 periods have no price or no schedule, or rows were set aside; 2 the input is
wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("file", metavar="FILE", type=Path, help="what to settle, TOML")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="recorded data, for a file that takes its prices"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to leave Parquet files")
    parser.add_argument("--report", metavar="FILE", type=Path, help="where to leave a page")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Settle and show; return 1 if something is left open."""
    from wattbook.runtime.settlement import load_plan, settle_month  # noqa: PLC0415 - light `--help`

    month = settle_month(load_plan(chosen.file), chosen.data)
    if chosen.out is not None:
        month.write(chosen.out)
    if chosen.report is not None:
        from wattbook.runtime.report.settlement import settlement_page  # noqa: PLC0415 - as above

        chosen.report.write_text(settlement_page(month), encoding="utf-8")
    if chosen.json:
        print_json(summary(month))
    else:
        tell(Console(plain=chosen.plain or None), month)
    found = month.settlement
    left = found.unpriced.height + found.unscheduled.height + found.quarantined.height
    return 1 if left else 0


def tell(console: Console, month: SettledMonth) -> None:
    """Show totals by run, P&L by line, and what was set aside."""
    from wattbook.runtime.figures.money import money_text  # noqa: PLC0415 - keeps `--help` light

    shown = Table(
        f"{month.plan.title}: amounts by run, {month.plan.market.currency}",
        ["account<", "run<", "periods", "estimated", "change", "total"],
    )
    for row in month.totals.iter_rows(named=True):
        shown.rows.append(
            [
                row["account"],
                row["run"],
                f"{row['periods']:,}",
                f"{row['estimated']:,}",
                money_text(int(row["change"])),
                money_text(int(row["total"])),
            ]
        )
    console.table(shown)
    if month.instants:
        console.table(lines_shown(month))
    if month.reserves.height:
        reserves = Table(
            f"Reserves by line, {month.plan.market.currency}",
            ["account<", "product<", "line<", "amount"],
        )
        for row in reserve_sums(month).iter_rows(named=True):
            words = [row[name] for name in ("account", "product", "line")]
            reserves.rows.append([*words, money_text(int(row["amount"]))])
        console.table(reserves)
    for row in month.settlement.quarantined.head(20).iter_rows(named=True):
        text = f"set aside: {row['table']}, row {row['row']}: {row['reason']} ({row['values']})"
        console.line(text, "yellow")
    if month.settlement.unpriced.height:
        console.line(f"{month.settlement.unpriced.height:,} without a price yet", "yellow")
    unscheduled = month.settlement.unscheduled.select("account", "start").unique().height
    if unscheduled:
        text = "periods are left unsettled: the row with their schedule was set aside; mend it"
        console.line(f"{unscheduled:,} {text}", "yellow")


def lines_shown(month: SettledMonth) -> Table:
    """Return P&L by line between the instants."""
    from wattbook.runtime.figures.money import money_text  # noqa: PLC0415 - keeps `--help` light

    names = [name for name, _ in month.instants]
    shown = Table(
        f"P&L by cause, {month.plan.desk_currency}",
        ["line<", *(f"to {name}" for name in names[1:])],
        total=True,
    )
    sums = line_sums(month)
    for line in dict.fromkeys(line for line, _ in sums):
        shown.rows.append([line, *(money_text(sums.get((line, name), 0)) for name in names[1:])])
    change = [sum(units for (_, name), units in sums.items() if name == end) for end in names[1:]]
    shown.rows.append(["change", *map(money_text, change)])
    return shown


def line_sums(month: SettledMonth) -> dict[tuple[str, str], int]:
    """Return the amount of each line and interval, in the order of lines."""
    import polars as pl  # noqa: PLC0415 - keeps `--help` light

    from wattbook.portfolio.attribution import LINES  # noqa: PLC0415 - as above

    summed = month.lines.group_by("line", "end").agg(pl.col("amount").sum())
    found = {(line, end): int(units) for line, end, units in summed.iter_rows()}
    order = (*LINES, "unexplained")
    return dict(sorted(found.items(), key=lambda item: order.index(item[0][0])))


def reserve_sums(month: SettledMonth) -> pl.DataFrame:
    """Return what each account's reserves came to by product and line."""
    import polars as pl  # noqa: PLC0415 - keeps `--help` light

    keys = ["account", "product", "line"]
    return month.reserves.group_by(keys, maintain_order=True).agg(pl.col("amount").sum())


def summary(month: SettledMonth) -> dict[str, object]:
    """Return what came of it, as JSON can say it; amounts are decimal text."""
    from wattbook.runtime.figures.money import money_text  # noqa: PLC0415 - keeps `--help` light

    def text(units: int) -> str:
        return money_text(units, 6).replace(",", "")

    return {
        "market": month.plan.market.key,
        "first": month.plan.first.isoformat(),
        "after": month.plan.after.isoformat(),
        "runs": [
            {
                "account": row["account"],
                "run": row["run"],
                "periods": row["periods"],
                "estimated": row["estimated"],
                "change": text(int(row["change"])),
                "total": text(int(row["total"])),
            }
            for row in month.totals.iter_rows(named=True)
        ],
        "lines": [
            {"line": line, "to": end, "amount": text(units)}
            for (line, end), units in line_sums(month).items()
        ],
        "reserves": [
            {**row, "amount": text(int(row["amount"]))}
            for row in reserve_sums(month).iter_rows(named=True)
        ],
        "unpriced": month.settlement.unpriced.height,
        "unscheduled": month.settlement.unscheduled.height,
        "quarantined": month.settlement.quarantined.height,
    }
