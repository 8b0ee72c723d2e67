"""``wattbook run``: trade the day or days of a desk file."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.cli.desk import add_port, open_desk
from wattbook.cli.options import seed
from wattbook.cli.run_closes import show_closes
from wattbook.errors import SourceError

if TYPE_CHECKING:
    from wattbook.runtime.desk import Desk
    from wattbook.runtime.figures import Ledger, Names, Step
    from wattbook.runtime.plan import Plan
    from wattbook.runtime.risk.limits import RiskNow
    from wattbook.runtime.run import Progress, RunResult

__all__ = [
    "add_arguments",
    "data_folder",
    "desk_of",
    "execute",
    "recorded_folder",
    "show_tables",
]

EPILOG = """\
Without DESK, the built-in desk trades: one generated day, or with --data the recorded days of
NEM Victoria (a calm and the most extreme day), ERCOT, NYISO and a spring of WTI futures.

Ctrl-C ends the run cleanly: its journal is whole, its events and report are written, and
--resume goes on to the same state as a run that was never stopped.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("desk", metavar="DESK", nargs="?", type=Path, help="desk file (TOML)")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="folder of recorded data; default: WATTBOOK_DATA"
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="folder of the run; default: a new one in runs/"
    )
    parser.add_argument("--seed", metavar="N", type=seed, help="in place of the desk file's seed")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run that stands in --out; without --out, with the newest of this desk "
        "in runs/",
    )
    parser.add_argument(
        "--serve",
        action="store_true",
        help="afterwards open the desk of the run, on this machine only, until Ctrl-C",
    )
    add_port(parser)
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def data_folder(chosen: argparse.Namespace) -> Path | None:
    """Return the folder of recorded data that a desk trades: what is around is for a desk's file.

    Raises
    ------
    SourceError
        If it is no folder; nothing of it could be traded.
    """
    # A desk of one's own says itself what it needs; the built-in one follows the command line.
    return None if chosen.data is None and chosen.desk is None else recorded_folder(chosen.data)


def recorded_folder(asked: Path | None) -> Path | None:
    """Return the folder of recorded data that was `asked` for, or else the one around.

    Raises
    ------
    SourceError
        If it is no folder.
    """
    around = os.environ.get("WATTBOOK_DATA")
    if asked is not None:
        name, folder = "--data", asked
    elif around:
        name, folder = "WATTBOOK_DATA", Path(around)
    else:
        return None
    if not folder.is_dir():
        found = "is a file" if folder.exists() else "is not there"
        raise SourceError(f"{name} {folder} {found}; give the folder of recorded data")
    return folder


def desk_of(chosen: argparse.Namespace) -> "tuple[Desk, str]":
    """Return the desk to trade, and its text."""
    from wattbook.runtime.desk import builtin_desk, load_desk  # noqa: PLC0415 - `--help` stays light
    from wattbook.runtime.desk.builtin import builtin_text  # noqa: PLC0415

    if chosen.desk is not None:
        return load_desk(chosen.desk), chosen.desk.read_text(encoding="utf-8")
    name = "recorded" if chosen.data is not None else "generated"
    return builtin_desk(name), builtin_text(name)


def show_plan(console: Console, plan: "Plan", names: "Names") -> None:
    """Print what will be traded and what was wrong with the data."""
    console.line(f"{names.title}: {len(names.markets)} markets, {len(names.strategies)} strategies")
    for market in names.markets:
        made_up = " A synthetic book is made up around it." if market.book_venue is not None else ""
        console.line(f"  {market.name}: {market.description}{made_up}")
    for report in plan.reports:
        console.line(f"  data: {report.sentence()}", "dim" if report.is_clean else "yellow")
        for reason, count in report.faults().items():
            console.line(f"        {count:,} set aside: {reason}", "yellow")
    for part in plan.power:
        if part.periods.skipped:
            console.line(
                f"  {part.spec.name}: {part.periods.skipped} hours without every price are not "
                "traded",
                "yellow",
            )
    for entry in plan.not_traded:
        console.line(f"  not traded: {entry.market}: {entry.reason}", "bold red")


def strategy_rows(ledger: "Ledger") -> Table:
    """Return P&L, orders and slippage by strategy."""
    from wattbook.runtime.figures import orders, pnl_by_strategy, total_pnl  # noqa: PLC0415
    from wattbook.runtime.figures.money import money_text  # noqa: PLC0415

    found, total = orders(ledger), total_pnl(ledger)
    table = Table(
        f"P&L by strategy, {ledger.names.currency} (* on a synthetic book)",
        [
            "strategy<",
            "realised",
            "open",
            "fees",
            "P&L",
            "orders",
            "fills",
            "fill rate",
            "slippage",
        ],
        total=True,
    )
    lines = zip(pnl_by_strategy(ledger), found.strategies, strict=True)
    for pnl, order in lines:
        rate = order.fill_rate
        table.rows.append(
            [
                pnl.key + (" *" if pnl.is_synthetic else ""),
                *(money_text(part) for part in (pnl.realised, pnl.unrealised, pnl.fees, pnl.total)),
                f"{order.routed:,}",
                f"{order.fills:,}",
                "" if rate is None else f"{rate:.1%}",
                "–" if order.known_slippage is None else money_text(order.known_slippage),
            ]
        )
    rate = found.order_fill_rate
    parts = (total.realised, total.unrealised, total.fees, total.total)
    table.rows.append(
        [
            "all strategies",
            *(money_text(part) for part in parts),
            f"{found.routed:,}",
            f"{found.fills:,}",
            "" if rate is None else f"{rate:.1%}",
            money_text(found.slippage),
        ]
    )
    return table


def delivery_rows(ledger: "Ledger") -> Table:
    """Return P&L by delivery period, on the market's clock and in UTC."""
    import datetime as dt  # noqa: PLC0415
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from wattbook.runtime.figures import pnl_by_delivery  # noqa: PLC0415
    from wattbook.runtime.figures.money import money_text  # noqa: PLC0415

    zones = {market.name: market.time_zone for market in ledger.names.markets}
    table = Table(
        f"P&L by delivery period, {ledger.names.currency} (* on a synthetic book)",
        ["market<", "delivery, local<", "start, UTC<", "contract<", "P&L"],
    )
    for start, end, line in pnl_by_delivery(ledger):
        zone = ZoneInfo(zones.get(line.market, "UTC"))
        first, last = (dt.datetime.fromtimestamp(at // 10**9, zone) for at in (start, end))
        utc = dt.datetime.fromtimestamp(start // 10**9, dt.UTC)
        until = f"{last:%H:%M}" if end - start <= 3_600 * 10**9 else f"{last:%d %b}"
        table.rows.append(
            [
                line.market,
                f"{first:%d %b %Y %H:%M} – {until}",
                f"{utc:%d %b %H:%M}Z",
                "synthetic *" if line.is_synthetic else line.key,
                money_text(line.total),
            ]
        )
    return table


def risk_line(risk: "RiskNow", currency: str) -> str:
    """Return what may be lost now and the limit that is used most."""
    if risk.value_at_risk is None:
        words = ["value at risk unknown: no prices before the run"]
    else:
        words = [
            f"value at risk 99 % {risk.value_at_risk:,.0f}",
            f"shortfall {risk.expected_shortfall:,.0f}",
            f"margin {risk.margin:,.0f} {currency}",
        ]
    used = [limit for limit in risk.limits if limit.use is not None]
    if used:
        most = max(used, key=lambda limit: limit.use or 0.0)
        words.append(f"most used limit: {most.name} {most.use:.0%}")
    return ", ".join(words)


def show_risk(console: Console, result: "RunResult") -> None:
    """Print what the run could lose at its largest, and its limits."""
    from wattbook.runtime.figures.risk import risk_path  # noqa: PLC0415 - `--help` stays light
    from wattbook.runtime.report.run_risk import clock  # noqa: PLC0415

    path, currency = risk_path(result.ledger), result.ledger.names.currency
    if path is not None:
        worst = path.worst
        console.line()
        console.line(
            f"At its largest, {clock(int(path.ts[worst]))}: value at risk 99 % "
            f"{path.value_at_risk[worst]:,.0f}, expected shortfall "
            f"{path.expected_shortfall[worst]:,.0f}, margin {path.margin[worst]:,.0f} {currency}"
        )
    rows = [
        [
            limit.name,
            limit.scope,
            limit.measure.replace("_", " "),
            f"{limit.soft:,.2f}",
            f"{limit.hard:,.2f}",
            "–" if limit.highest is None else f"{limit.highest:,.2f}",
        ]
        for limit in result.facts.limits
    ]
    if rows:
        columns = ["limit<", "scope<", "measure<", "soft", "hard", "highest"]
        console.table(Table("Limits of scopes at their highest use", columns, rows))


def show_tables(console: Console, result: "RunResult") -> None:
    """Print the table that a run ends with."""
    from wattbook.runtime.figures import orders  # noqa: PLC0415

    console.line()
    console.table(strategy_rows(result.ledger))
    console.line()
    console.table(delivery_rows(result.ledger))
    console.line()
    show_closes(console, result.closes, result.ledger.names.currency)
    show_risk(console, result)
    rejections = orders(result.ledger).rejections
    if rejections:
        rows = [[one.by, one.reason, f"{one.count:,}", one.example] for one in rejections]
        console.line()
        console.table(Table("Rejected orders", ["by<", "reason<", "orders", "first one<"], rows))
    latency = result.facts.latency_ns
    if latency:
        console.line()
        shares = ", ".join(f"{name} {value:,} ns" for name, value in latency.items())
        console.line(f"Time of an input in the engine: {shares}")
    console.line(f"State hash {result.facts.state_hash} after input {result.facts.sequence:,}")
    console.line(f"Report {result.folder.report}")


def execute(chosen: argparse.Namespace) -> int:
    """Trade, print the flow and the table; return the exit status."""
    from wattbook.runtime.folder import RunFolder, fresh_folder, newest_folder  # noqa: PLC0415
    from wattbook.runtime.run import run_desk, stop_on_interrupt  # noqa: PLC0415

    console = Console(plain=True if chosen.plain else None)
    desk, text = desk_of(chosen)
    find = newest_folder if chosen.resume else fresh_folder
    out = chosen.out or find(Path("runs"), desk.desk.name)
    if chosen.resume and chosen.out is None:
        console.line(f"Going on with {out}")

    shown = ""
    last = 0.0

    def on_happening(market: str, step: "Step") -> None:
        nonlocal shown
        if market != shown:
            console.line(f"{market}, local time:", "bold")
            shown = market
        console.line(f"  {step.number}. {step.title}: {step.facts}")

    def on_step(step: "Step") -> None:
        if step.number == 1:
            console.line()
            console.line("The whole run:", "bold")
        console.line(f"  {step.number}. {step.title}: {step.facts}")

    def on_progress(progress: "Progress") -> None:
        nonlocal last
        for sentence in progress.breaches:
            console.line(f"  limit passed: {sentence}", "yellow")
        # One line a second is enough to see that it goes on.
        if progress.seconds - last < 1.0:
            return
        last = progress.seconds
        word = "repeating the journal" if progress.is_replaying else "trading"
        rate = progress.inputs / progress.seconds
        console.line(f"  {word}: {progress.inputs:,} inputs, {rate:,.0f} a second", "dim")
        if progress.risk is not None:
            console.line(f"  {risk_line(progress.risk, desk.desk.currency)}", "dim")

    with stop_on_interrupt() as stop:
        result = run_desk(
            desk,
            text,
            RunFolder(out),
            data=data_folder(chosen),
            seed=desk.desk.seed if chosen.seed is None else chosen.seed,
            resume=chosen.resume,
            on_plan=lambda plan, names: show_plan(console, plan, names),
            on_happening=on_happening,
            on_step=on_step,
            on_progress=on_progress,
            stop=stop,
        )
    show_tables(console, result)
    if not result.facts.complete:
        console.line(f"Stopped early; go on with --resume --out {out}", "bold")
        return 130
    if chosen.serve:
        open_desk(console, out, chosen.port)
    return 1 if result.facts.not_traded else 0
