"""``wattbook asset``: schedule or value an asset, and tell its owner what it earned."""

from __future__ import annotations

import argparse
from pathlib import Path

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.contract_out import leave

__all__ = ["add_arguments", "execute"]

EPILOG = """\
FILE is TOML; docs/assets.md tells every key. Kinds of assets are battery, storage, chp, hydro,
electrolyser, load and portfolio.

examples:
  wattbook asset schedule examples/battery_markets.toml   day-ahead, intraday, real time, reserves
  wattbook asset schedule examples/battery_robust.toml    the schedule that fears some prices
  wattbook asset schedule examples/gas_storage.toml       intrinsic, rolling, simulated, from above
  wattbook asset schedule examples/chp.toml --out out     a table by period and a page with plots
  wattbook asset schedule examples/plant_portfolio.toml   thermal units and all of these together
  wattbook asset owner examples/owner_floor.toml          statements by month that sum to the ledger

exit status: 0 done; 1 time ran out before the schedule was proved best; 2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    schedule = acts.add_parser("schedule", help="the schedule that earns most at the file's prices")
    owner = acts.add_parser("owner", help="what owner and optimizer get, month by month")
    for act in (schedule, owner):
        act.add_argument("file", metavar="FILE", type=Path, help="asset or owner's file")
        act.add_argument("--out", metavar="DIR", type=Path, help="where to leave tables and a page")
        act.add_argument("--json", action="store_true", help="print one JSON object instead")
        act.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Schedule the asset of a file, or divide what one earned."""
    return owner(chosen) if chosen.act == "owner" else schedule(chosen)


def schedule(chosen: argparse.Namespace) -> int:
    """Show what the best schedule earns; return 1 if a better one may exist."""
    from wattbook.runtime.asset import load_asset, scheduled  # noqa: PLC0415 - light `--help`
    from wattbook.runtime.report.asset import schedule_page  # noqa: PLC0415

    made = scheduled(load_asset(chosen.file))
    head, found = made.file.head, made.found
    told = {"asset": head.name, "kind": head.kind, "currency": head.currency, **found.figures}
    leave(chosen.out, "schedule", {"schedule": made.table}, told, lambda: schedule_page(made))
    if chosen.json:
        print_json(told)
    else:
        console = Console(plain=chosen.plain or None)
        rows = [[name, f"{figure:,.2f}"] for name, figure in found.figures.items()]
        console.table(Table(f"{head.name}, money in {head.currency}", ["what<", ""], rows))
        for note in found.notes:
            console.line(note, "yellow")
    return 1 if found.notes else 0


def owner(chosen: argparse.Namespace) -> int:
    """Show a statement a month."""
    from wattbook.runtime.asset import load_owner, owned  # noqa: PLC0415 - light `--help`
    from wattbook.runtime.report.asset import owner_page  # noqa: PLC0415

    found = owned(load_owner(chosen.file))
    terms = found.file.owner
    told: dict[str, object] = {
        "owner": terms.name,
        "currency": terms.currency,
        "ledger": str(sum(line.amount for line in found.lines)),
        "months": [
            {
                "month": one.month.isoformat(),
                "by_source": {name: str(amount) for name, amount in one.by_source.items()},
                "owner": str(one.owner),
                "optimizer": str(one.optimizer),
            }
            for one in found.statements
        ],
    }
    leave(chosen.out, "owner", {"statements": found.table}, told, lambda: owner_page(found))
    if chosen.json:
        print_json(told)
        return 0
    table = Table(
        f"{terms.name}, {terms.currency}",
        ["month<", "ledger", "owner", "optimizer"],
        [
            [f"{one.month:%Y-%m}", f"{one.revenue:,}", f"{one.owner:,}", f"{one.optimizer:,}"]
            for one in found.statements
        ],
        total=True,
    )
    sums = (
        sum(getattr(one, name) for one in found.statements)
        for name in ("revenue", "owner", "optimizer")
    )
    table.rows.append(["together", *(f"{money:,}" for money in sums)])
    Console(plain=chosen.plain or None).table(table)
    return 0
