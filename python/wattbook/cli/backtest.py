"""``wattbook backtest``: trade a desk over a range of days."""

import argparse
import datetime as dt
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.cli.options import local_day, seed
from wattbook.cli.run import data_folder, desk_of
from wattbook.errors import DeskError

if TYPE_CHECKING:
    from wattbook.runtime.backtest import BacktestDay

__all__ = ["add_arguments", "execute"]

EPILOG = """\
Each day is a run of its own: strategies begin flat, batteries as the desk file says, forecasts
are fitted on what was known before the day. Days that the data lack are named and left out.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("desk", metavar="DESK", nargs="?", type=Path, help="desk file (TOML)")
    parser.add_argument(
        "--from",
        dest="first",
        metavar="DATE",
        type=local_day,
        required=True,
        help="first local day",
    )
    parser.add_argument(
        "--to", dest="last", metavar="DATE", type=local_day, required=True, help="last local day"
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="folder of recorded data; default: WATTBOOK_DATA"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to leave backtest.json")
    parser.add_argument("--seed", metavar="N", type=seed, help="in place of the desk file's seed")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def remaining(done: int, total: int, seconds: float) -> str:
    """Return the time left, from the mean of the days done.

    Examples
    --------
    >>> remaining(2, 8, 10.0)
    '0:00:30'
    """
    return str(dt.timedelta(seconds=round(seconds / done * (total - done))))


def bar(done: int, total: int, width: int = 30) -> str:
    """Return a progress bar of plain characters.

    Examples
    --------
    >>> bar(1, 4, width=8)
    '##......'
    """
    filled = width * done // total
    return "#" * filled + "." * (width - filled)


def make_folder(path: Path) -> None:
    """Make the folder of the figures before hours of trading, not after.

    Raises
    ------
    RunError
        If it cannot be made or written into.
    """
    from wattbook.runtime.folder import writable  # noqa: PLC0415 - keeps `--help` light

    with writable(path):
        path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()


def execute(chosen: argparse.Namespace) -> int:
    """Trade each day, show progress, print the table; return the exit status."""
    from wattbook.runtime.backtest import backtest_days  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.figures.money import money_text  # noqa: PLC0415
    from wattbook.runtime.run import stop_on_interrupt  # noqa: PLC0415

    if chosen.last < chosen.first:
        message = f"--to {chosen.last} is before --from {chosen.first}; swap them"
        raise DeskError(message)
    console = Console(plain=True if chosen.plain else None)
    desk, _ = desk_of(chosen)
    total = (chosen.last - chosen.first).days + 1
    first_seed = desk.desk.seed if chosen.seed is None else chosen.seed
    data = data_folder(chosen)
    if chosen.out is not None:
        make_folder(chosen.out)
    began, inputs = time.monotonic(), 0
    days: list[BacktestDay] = []
    with stop_on_interrupt() as stop:
        for day in backtest_days(
            desk, chosen.first, chosen.last, data=data, seed=first_seed, stop=stop
        ):
            days.append(day)
            inputs += day.inputs
            seconds = time.monotonic() - began
            done = (day.date - chosen.first).days + 1
            console.line(
                f"[{bar(done, total)}] {done}/{total} {day.date} "
                f"P&L {money_text(day.pnl)} {desk.desk.currency}, ETA "
                f"{remaining(done, total, seconds)}, {inputs / seconds:,.0f} inputs/s"
                + (f", left out: {'; '.join(day.left_out)}" if day.left_out else "")
            )
    table = Table(
        f"P&L by day, {desk.desk.currency}",
        ["day<", *(spec.name for spec in desk.strategy), "P&L", "fills"],
        total=True,
    )
    for day in days:
        own = [money_text(day.by_strategy.get(spec.name, 0)) for spec in desk.strategy]
        table.rows.append([str(day.date), *own, money_text(day.pnl), f"{day.fills:,}"])
    sums = [sum(day.by_strategy.get(spec.name, 0) for day in days) for spec in desk.strategy]
    table.rows.append(
        [
            "all days",
            *(money_text(part) for part in sums),
            money_text(sum(day.pnl for day in days)),
            f"{sum(day.fills for day in days):,}",
        ]
    )
    console.line()
    console.table(table)
    if chosen.out is not None:
        document = [day.to_json() for day in days]
        (chosen.out / "backtest.json").write_text(json.dumps(document, indent=1) + "\n")
        console.line(f"Figures {chosen.out / 'backtest.json'}")
    if stop.asked:
        console.line("Stopped early")
        return 130
    return 0 if days else 1
