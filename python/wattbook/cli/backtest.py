"""``wattbook backtest``: trade a desk over a range of days."""

import argparse
import datetime as dt
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.cli.options import add_workers, local_day, seed, workers_of
from wattbook.cli.places import make_file, make_folder
from wattbook.cli.run import data_folder, desk_of
from wattbook.errors import DeskError

if TYPE_CHECKING:
    from wattbook.runtime.backtest import BacktestDay
    from wattbook.runtime.desk import Desk

__all__ = ["add_arguments", "execute"]

EPILOG = """\
Each day of a power market is a run of its own: strategies begin flat, batteries as the desk file
says, forecasts are fitted on what was known before the day. Futures are one run over the whole
range: positions, rolls and settlements go on from day to day, and a day's P&L is the change of
theirs. Days that the data lack are named and left out. Days of power markets may be shared by
workers (--processes, --ray): every figure and hash is the same.

By strategy it shows the days on which P&L moved of those traded, the Sharpe ratio of a day, and how
likely the true ratio is above the best that as many strategies without skill would show (deflated
Sharpe ratio; the strategies of the desk file are what was tried).
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
    parser.add_argument(
        "--tear-sheet", metavar="FILE", type=Path, help="where to leave a page of the whole range"
    )
    parser.add_argument("--seed", metavar="N", type=seed, help="in place of the desk file's seed")
    add_workers(parser, None, "1; with --ray one for each core")
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


def day_table(days: "list[BacktestDay]", currency: str) -> Table:
    """Return P&L, P&L so far, drawdown and fills by day."""
    from wattbook.runtime.figures.money import money_text  # noqa: PLC0415 - keeps `--help` light

    table = Table(
        f"P&L by day, {currency}", ["day<", "P&L", "so far", "drawdown", "fills"], total=True
    )
    so_far = highest = deepest = 0
    for day in days:
        so_far += day.pnl
        highest = max(highest, so_far)
        deepest = min(deepest, so_far - highest)
        amounts = (day.pnl, so_far, so_far - highest)
        table.rows.append([str(day.date), *map(money_text, amounts), f"{day.fills:,}"])
    fills = sum(day.fills for day in days)
    amounts = (so_far, so_far, deepest)
    table.rows.append([f"{len(days)} days", *map(money_text, amounts), f"{fills:,}"])
    return table


def strategy_table(days: "list[BacktestDay]", desk: "Desk") -> Table:
    """Return each strategy's record over the range: P&L, costs, turnover, falls, luck."""
    from wattbook.runtime.figures.money import money_text  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.research.record import strategy_records  # noqa: PLC0415

    books = {market.name: market.synthetic_book for market in desk.market}
    kinds = {spec.name: spec for spec in desk.strategy}
    table = Table(
        f"By strategy, {desk.desk.currency} after fees (* on a synthetic book)",
        [
            "strategy<",
            "P&L",
            "fees",
            "turnover",
            "best day",
            "worst day",
            "drawdown",
            "days",
            "Sharpe",
            "deflated",
        ],
    )
    earned = {
        name: [day.pnl_by_strategy[name] for day in days if name in day.pnl_by_strategy]
        for name in kinds
    }
    for one in strategy_records(earned):
        spec = kinds[one.name]
        is_synthetic = spec.kind not in ("battery", "virtual", "virtual_spread") and books.get(
            spec.market
        )
        fees = sum(day.fees_by_strategy.get(one.name, 0) for day in days)
        turned = sum(day.turnover_by_strategy.get(one.name, 0) for day in days)
        amounts = (one.pnl, fees, turned, one.best_day, one.worst_day, one.deepest_fall)
        table.rows.append(
            [
                one.name + (" *" if is_synthetic else ""),
                *map(money_text, amounts),
                f"{one.days_moved:,}/{one.days:,}",
                "" if one.sharpe is None else f"{one.sharpe:.2f}",
                "" if one.deflated_sharpe is None else f"{one.deflated_sharpe:.0%}",
            ]
        )
    return table


def leave_tear_sheet(path: Path, days: "list[BacktestDay]", desk: "Desk") -> None:
    """Write the page of the whole range."""
    import numpy as np  # noqa: PLC0415 - keeps `--help` light

    from wattbook.runtime.report.tear_sheet import TearSheet, tear_sheet_page  # noqa: PLC0415

    # Units of 1 / 3.6e15 of the currency.
    scale = 1.0 / 3.6e15
    largest: dict[tuple[str, str], float] = {}
    for day in days:
        for start, end, volume, unit in day.exposure:
            name = f"{instant(start)} to {instant(end)}", unit
            largest[name] = max(largest.get(name, 0.0), volume)
    names = [spec.name for spec in desk.strategy]
    sheet = TearSheet(
        title=f"Backtest, {days[0].date} to {days[-1].date}",
        currency=desk.desk.currency,
        labels=[str(day.date) for day in days],
        pnl=np.array([day.pnl * scale for day in days]),
        by_strategy={
            name: np.array([day.pnl_by_strategy.get(name, 0) * scale for day in days])
            for name in names
        },
        fees=np.array([day.fees * scale for day in days]),
        turnover=np.array([day.turnover * scale for day in days]),
        slippage=np.array([day.slippage * scale for day in days]),
        exposure=[(name, volume, unit) for (name, unit), volume in largest.items()],
    )
    path.write_text(tear_sheet_page(sheet), encoding="utf-8")


def instant(nanos: int) -> str:
    """Return an instant (ns UTC) for a row of a table.

    Examples
    --------
    >>> instant(0)
    '1970-01-01 00:00 UTC'
    """
    return dt.datetime.fromtimestamp(nanos // 10**9, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


class DayLines:
    """Prints a line a day: bar, P&L, time left, throughput; each data fault and reason once.

    Parameters
    ----------
    console : Console
        Where to.
    first, last : datetime.date
        The range.
    currency : str
        Of the desk.
    """

    def __init__(self, console: Console, first: dt.date, last: dt.date, currency: str) -> None:
        self.console = console
        self.first = first
        self.total = (last - first).days + 1
        self.currency = currency
        self.began, self.inputs = time.monotonic(), 0
        self.told: set[str] = set()

    def once(self, key: str, text: str, style: str) -> None:
        """Print a line if none was printed about `key` before."""
        if key not in self.told:
            self.told.add(key)
            self.console.line(text, style)

    def show(self, day: "BacktestDay") -> None:
        """Print one day."""
        from wattbook.runtime.figures.money import money_text  # noqa: PLC0415

        for report in day.reports:
            text = f"  data: {report.sentence()}"
            self.once(text, text, "dim" if report.is_clean else "yellow")
            for reason, count in report.faults().items():
                text = f"        {report.name}: {count:,} set aside: {reason}"
                self.once(text, text, "yellow")
        self.inputs += day.inputs
        seconds = time.monotonic() - self.began
        done = (day.date - self.first).days + 1
        what = f"P&L {money_text(day.pnl)} {self.currency}" if day.is_traded else "nothing traded"
        left_out = "; ".join(entry.market for entry in day.left_out)
        self.console.line(
            f"[{bar(done, self.total)}] {done}/{self.total} {day.date} {what}, ETA "
            f"{remaining(done, self.total, seconds)}, {self.inputs / seconds:,.0f} inputs/s"
            + (f", left out: {left_out}" if left_out else "")
        )
        for entry in day.left_out:
            text = f"  not traded: {entry.market}: {entry.reason}"
            self.once(entry.market, text, "bold red")


def execute(chosen: argparse.Namespace) -> int:
    """Trade each day, show progress, print the table; return the exit status."""
    from wattbook.runtime.backtest import backtest_days  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.run import stop_on_interrupt  # noqa: PLC0415

    if chosen.last < chosen.first:
        message = f"--to {chosen.last} is before --from {chosen.first}; swap them"
        raise DeskError(message)
    console = Console(plain=True if chosen.plain else None)
    desk, _ = desk_of(chosen)
    seed = desk.desk.seed if chosen.seed is None else chosen.seed
    data, workers = data_folder(chosen), workers_of(chosen)
    if chosen.out is not None:
        make_folder(chosen.out)
    if chosen.tear_sheet is not None:
        make_file(chosen.tear_sheet)
    lines = DayLines(console, chosen.first, chosen.last, desk.desk.currency)
    days: list[BacktestDay] = []
    with stop_on_interrupt() as stop:
        for day in backtest_days(
            desk, chosen.first, chosen.last, data=data, seed=seed, stop=stop, workers=workers
        ):
            lines.show(day)
            if day.is_traded:
                days.append(day)
    console.line()
    console.table(day_table(days, desk.desk.currency))
    console.line()
    console.table(strategy_table(days, desk))
    if chosen.out is not None:
        document = [day.to_json() for day in days]
        (chosen.out / "backtest.json").write_text(json.dumps(document, indent=1) + "\n")
        console.line(f"Figures {chosen.out / 'backtest.json'}")
    if chosen.tear_sheet is not None and days:
        leave_tear_sheet(chosen.tear_sheet, days, desk)
        console.line(f"Tear sheet {chosen.tear_sheet}")
    if stop.asked:
        console.line("Stopped early")
        return 130
    return 0 if days else 1
