"""``wattbook history FILE…``: books and rates from order files of one's own."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.cli.options import rounds, seed
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.market.order_history import FitError, HistoryFit, OrderHistory, Rebuilt

__all__ = ["add_arguments", "execute"]

SHOWN = 10
EPILOG = """\
FILEs hold orders of EPEX SPOT's continuous market, as the exchange sells them or in the layout of
BitePy, packed or not; docs/order-history.md describes both. Shown by time to gate: rates with
standard errors, and how far a book of zero intelligence at these rates is from the one observed.

exit status: 0 good; 1 no contract could be simulated; 2 the input is wrong
"""


def edges(text: str) -> tuple[float, ...]:
    """Return the edges of bins, minutes to gate, between commas."""
    try:
        return tuple(float(each) for each in text.split(","))
    except ValueError as fault:
        message = f"{text!r} are no minutes; write them as 0,30,60,240"
        raise argparse.ArgumentTypeError(message) from fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+", help="an order file")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to leave Parquet files")
    parser.add_argument(
        "--gate-minutes",
        type=float,
        default=5.0,
        help="how long before delivery the gate closes; default: 5",
    )
    parser.add_argument(
        "--minutes",
        metavar="EDGES",
        type=edges,
        default=(0.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 1440.0),
        help="edges of the bins of time to gate; default: 0,15,30,60,120,240,480,1440",
    )
    parser.add_argument(
        "--partial",
        choices=("open", "executed"),
        default="open",
        help="what the quantity of a partial match says; default: what is left open",
    )
    parser.add_argument(
        "--runs", type=rounds, default=4, help="how often to simulate all contracts; default: 4"
    )
    parser.add_argument("--seed", type=seed, default=1, help="of the simulation; default: 1")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Read, rebuild, fit, simulate and show; return 1 if nothing could be simulated."""
    from wattbook.market.order_history import (  # noqa: PLC0415 - keeps `--help` light
        Grid,
        fit_error,
        fit_rates,
        load_history,
        rebuild,
    )

    console = Console(plain=chosen.plain or None)
    grid = Grid(minutes=chosen.minutes, gate_minutes=chosen.gate_minutes)
    history = load_history(chosen.files)
    tell_history(console, history)
    if not history.contracts:
        raise InputError("no action on any order is left; see what was set aside")
    books = [rebuild(contract, chosen.partial) for contract in history.contracts]
    tell_books(console, books)
    fit = fit_rates(books, grid)
    error = fit_error(fit, books, runs=chosen.runs, seed=chosen.seed)
    tell_fit(console, fit)
    tell_error(console, fit, error)
    if chosen.out is not None:
        write(chosen.out, history, books, fit, error)
    return 0 if error.contracts else 1


def tell_history(console: Console, history: OrderHistory) -> None:
    """Say what was read and what was not."""
    for name, part in history.quarantined[:SHOWN]:
        console.line(f"set aside: {name}, {part.place}: {part.reason}", "yellow")
    if len(history.quarantined) > SHOWN:
        console.line(f"and {len(history.quarantined) - SHOWN} more", "yellow")
    actions = sum(contract.actions.height for contract in history.contracts)
    console.line(
        f"{actions:,} actions on {len(history.contracts):,} contracts; set aside "
        f"{len(history.quarantined):,}, repeated {history.repeated:,}, blocks {history.blocks:,}"
    )


def tell_books(console: Console, books: Sequence[Rebuilt]) -> None:
    """Say what did not fit, and whether both sides of trades agree."""
    from wattbook.market.order_history import LOTS_PER_MW  # noqa: PLC0415 - keeps `--help` light

    kinds = {kind: sum(book.anomalies[kind] for book in books) for kind in books[0].anomalies}
    told = ", ".join(f"{kind.replace('_', ' ')} {count:,}" for kind, count in kinds.items())
    console.line(f"did not fit: {told}")
    bought, sold = (sum(book.matched_lots[side] for book in books) / LOTS_PER_MW for side in (0, 1))
    console.line(f"matched: {bought:,.1f} MW of buy orders, {sold:,.1f} MW of sell orders")


def tell_fit(console: Console, fit: HistoryFit) -> None:
    """Show rates by time to gate, all distances together."""
    from wattbook.market.order_history import LOTS_PER_MW  # noqa: PLC0415 - keeps `--help` light

    table = Table(
        "Rates per hour ± standard error, buy | sell; < the 95 % bound where none was seen",
        ["minutes to gate", "hours", "limit orders", "market orders", "cancel per order", "lot MW"],
    )
    shown = (
        (fit.limit_counts.sum(axis=2), fit.limit_hours),
        (fit.market_counts, fit.market_hours),
        (fit.cancel_counts, fit.order_hours),
    )
    for k in range(fit.grid.bins):
        table.rows.append(
            [
                f"{fit.grid.minutes[k]:g}-{fit.grid.minutes[k + 1]:g}",
                f"{fit.hours[k]:,.2f}",
                *(
                    " | ".join(rate(counts[k, side], hours[k, side]) for side in (0, 1))
                    for counts, hours in shown
                ),
                figure(*(float(each[k]) / LOTS_PER_MW for each in fit.lots("limit"))),
            ]
        )
    console.table(table)
    told = ", ".join(f"{kind} {count:,}" for kind, count in fit.left_out.items())
    console.line(f"orders that no rate counts: {told}")


def rate(count: float, hours: float) -> str:
    """Return a rate per hour with its error.

    Where nothing was seen, the rate at which that still has a chance of 5 % is -log(0.05) / hours.
    """
    if hours <= 0:
        return "-"
    if not count:
        return f"< {-math.log(0.05) / hours:,.2f}"
    return figure(count / hours, math.sqrt(count) / hours)


def figure(value: float, error: float = math.nan) -> str:
    """Return a figure with its error if there is one, a dash for no figure."""
    if math.isnan(value):
        return "-"
    return f"{value:,.2f}" + ("" if math.isnan(error) else f" ± {error:,.2f}")


def tell_error(console: Console, fit: HistoryFit, error: FitError) -> None:
    """Show what was observed and simulated."""
    table = Table(
        f"Observed > simulated ± deviation between runs: relative error "
        f"({error.runs} runs of {error.contracts} contracts)",
        ["minutes to gate", "spread EUR/MWh", "best MW", "within 1 EUR MW", "trades per hour"],
    )
    for k in range(fit.grid.bins):
        cells = []
        for place, relative in enumerate(error.relative[:, k].tolist()):
            share = "" if math.isnan(relative) else f": {relative:+.0%}"
            simulated = figure(error.simulated[place, k], error.deviation[place, k])
            cells.append(f"{figure(error.observed[place, k])} > {simulated}{share}")
        table.rows.append([f"{fit.grid.minutes[k]:g}-{fit.grid.minutes[k + 1]:g}", *cells])
    console.table(table)


def write(
    folder: Path,
    history: OrderHistory,
    books: Sequence[Rebuilt],
    fit: HistoryFit,
    error: FitError,
) -> None:
    """Leave tables, what was set aside, and sections of desk files where a bin makes one."""
    import polars as pl  # noqa: PLC0415 - keeps `--help` light

    from wattbook.market.order_history.tables import (  # noqa: PLC0415
        error_table,
        path_table,
        rate_table,
        synthetic_book,
    )

    folder.mkdir(parents=True, exist_ok=True)
    rate_table(fit).write_parquet(folder / "rates.parquet")
    error_table(fit, error).write_parquet(folder / "fit_error.parquet")
    path_table(books).write_parquet(folder / "books.parquet")
    aside = [
        (name, part.place, part.offset, part.reason, part.raw) for name, part in history.quarantined
    ]
    types = {
        "file": pl.String,
        "place": pl.String,
        "offset": pl.Int64,
        "reason": pl.String,
        "raw": pl.Binary,
    }
    pl.DataFrame(aside, schema=types, orient="row").write_parquet(folder / "quarantined.parquet")
    # Sections of an earlier run would be taken for ones of this.
    for earlier in folder.glob("synthetic_book_*.toml"):
        earlier.unlink()
    for k in range(fit.grid.bins):
        try:
            section = synthetic_book(fit, k)
        except InputError:
            # The rates table shows which of them is missing.
            continue
        # Digits alone, which a reader of the name can take apart at the dash.
        bounds = "-".join(
            f"{edge:f}".rstrip("0").rstrip(".") for edge in fit.grid.minutes[k : k + 2]
        )
        (folder / f"synthetic_book_{bounds}.toml").write_text(section, encoding="utf-8")
