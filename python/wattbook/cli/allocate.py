"""``wattbook allocate BACKTEST``: sizes of strategies from their past, judged on what followed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json

if TYPE_CHECKING:
    from wattbook.strategy.allocation import WalkedAllocation
    from wattbook.strategy.allocation.walk import Interval

__all__ = ["add_arguments", "execute"]

EPILOG = """\
P&L is that of the backtest, after its costs, in the desk's currency. Sizes are multiples of those
in the desk file; P&L is taken to grow with size, so a size above 1 is optimistic where the market
is thin, and what it costs to change a position that is held overnight is not in it.

example:
  wattbook backtest desk.toml --from 2024-01-01 --to 2024-12-31 --out runs/year
  wattbook allocate runs/year --method risk_parity --window 60 --every 20

exit status: 0 good; 2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument(
        "backtest", metavar="DIR", type=Path, help="folder with the backtest.json of --out"
    )
    parser.add_argument(
        "--method",
        choices=("hierarchical_parity", "risk_parity", "mean_variance"),
        default="hierarchical_parity",
        help="how sizes follow from the past; default: %(default)s",
    )
    parser.add_argument(
        "--window", metavar="DAYS", type=int, default=60, help="how far to look back; default: 60"
    )
    parser.add_argument(
        "--every", metavar="DAYS", type=int, default=20, help="how long sizes hold; default: 20"
    )
    parser.add_argument(
        "--most", metavar="SIZE", type=float, default=3.0, help="the largest size; default: 3"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Walk forward and show what came of it."""
    from wattbook.runtime.backtest import read_backtest  # noqa: PLC0415 - light `--help`
    from wattbook.strategy.allocation import walk_allocation  # noqa: PLC0415

    dates, names, pnl = read_backtest(chosen.backtest / "backtest.json")
    made = walk_allocation(
        pnl, method=chosen.method, window=chosen.window, every=chosen.every, most=chosen.most
    )
    if chosen.json:
        print_json(document(dates, names, made))
        return 0
    console = Console(plain=chosen.plain or None)
    table = Table("Sizes", ["from<", *names])
    for start, sizes in zip(made.starts.tolist(), made.sizes.tolist(), strict=True):
        table.rows.append([dates[start], *(f"{size:.2f}" for size in sizes)])
    console.table(table)
    first = int(made.starts[0])
    console.line(f"{len(made.pnl)} days from {dates[first]}, none of them seen by its sizes:")
    for name, values in (("these sizes", made.pnl), ("equal sizes", made.equal)):
        console.line(
            f"  {name}: {values.sum():,.2f}, a day {values.mean():,.2f}, "
            f"deviation {values.std(ddof=1):,.2f}"
        )
    console.line(f"  a day above equal sizes: {told(made.gain)}")
    console.line(f"  ratio of mean to deviation above theirs: {told(made.sharpe_gain, 4)}")
    return 0


def told(found: Interval, decimals: int = 2) -> str:
    """Return an estimate with its interval, and whether it shows anything."""
    low, high = (f"{bound:,.{decimals}f}" for bound in (found.low, found.high))
    verdict = "" if found.excludes_zero else "; no difference is shown"
    return f"{found.value:,.{decimals}f} (95 % interval {low} to {high}{verdict})"


def document(dates: list[str], names: list[str], made: WalkedAllocation) -> dict[str, object]:
    """Return the result as plain values."""
    return {
        "sizes": [
            {"from": dates[start], **dict(zip(names, sizes, strict=True))}
            for start, sizes in zip(made.starts.tolist(), made.sizes.tolist(), strict=True)
        ],
        "days": len(made.pnl),
        "pnl": float(made.pnl.sum()),
        "pnl_equal": float(made.equal.sum()),
        "gain_a_day": [made.gain.value, made.gain.low, made.gain.high],
        "sharpe_gain": [made.sharpe_gain.value, made.sharpe_gain.low, made.sharpe_gain.high],
    }
