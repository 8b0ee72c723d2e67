"""``wattbook portfolio RUN``: what a run held at its closes, and why its P&L moved."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.places import make_file
from wattbook.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from wattbook.runtime.figures import Ledger
    from wattbook.runtime.figures.closes import DayClose

__all__ = ["show_run"]

MINUTE = 60


def show_run(chosen: argparse.Namespace) -> int:
    """Show open positions by delivery period and P&L explained; write the minutes if asked."""
    from wattbook.cli.run_closes import show_closes  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.figures.closes import closes_text, day_closes  # noqa: PLC0415
    from wattbook.runtime.risk.run_book import run_ledger  # noqa: PLC0415

    refuse(chosen)
    ledger = run_ledger(chosen.folder)
    closes = day_closes(ledger)
    if not closes:
        raise InputError(f"{chosen.folder} traded nothing; choose another run")
    if chosen.minutes is not None:
        write_minutes(ledger, chosen.minutes)
    if chosen.json:
        print_json(json.loads(closes_text(closes)))
        return 0
    console = Console(plain=chosen.plain or None)
    last = max(close.at for close in closes)
    for close in closes:
        if close.positions and close.at == last:
            console.table(open_table(close, ledger.names.currency))
    show_closes(console, closes, ledger.names.currency)
    if chosen.minutes is not None:
        console.line(f"Minutes {chosen.minutes}")
    return 0


def refuse(chosen: argparse.Namespace) -> None:
    """Refuse what only a book of deals has.

    Raises
    ------
    InputError
        If one of its options is there.
    """
    for name in ("book", "hedge", "report", "export"):
        if getattr(chosen, name) is not None:
            raise InputError(f"--{name} is of a book of deals; {chosen.folder} is a run")
    if chosen.credit:
        raise InputError(f"--credit is of a book of deals; {chosen.folder} is a run")


def write_minutes(ledger: Ledger, file: Path) -> None:
    """Write why the P&L of each strategy moved, minute by minute.

    Raises
    ------
    InputError
        If the name of the file says neither CSV nor Parquet.
    """
    from wattbook.runtime.figures.explained import (  # noqa: PLC0415 - keeps `--help` light
        explain_pnl,
        explained_table,
        grid,
    )

    if file.suffix not in (".csv", ".parquet"):
        raise InputError(f"{file}: minutes are .csv or .parquet; give such a name")
    make_file(file, "--minutes")
    table = explained_table(explain_pnl(ledger, grid(ledger, MINUTE)))
    if file.suffix == ".csv":
        # Exact units are wider than what readers of CSV take a whole number for.
        table.drop("amount_units").write_csv(file)
    else:
        table.write_parquet(file)


def open_table(close: DayClose, currency: str) -> Table:
    """Return what was open when the run ended."""
    from wattbook.runtime.figures.money import decimal_text  # noqa: PLC0415 - as above

    def clock(instant: int) -> str:
        return f"{dt.datetime.fromtimestamp(instant // 10**9, dt.UTC):%Y-%m-%d %H:%M}Z"

    return Table(
        f"{close.market}: open at the close of {close.day}; marks are in the contract's currency, "
        f"the desk's is {currency}",
        ["strategy<", "contract<", "delivery<", "until<", "bought", "mark"],
        [
            [
                one.strategy,
                one.contract,
                clock(one.begin),
                clock(one.end),
                decimal_text(one.volume),
                decimal_text(one.mark),
            ]
            for one in close.positions
        ],
    )
