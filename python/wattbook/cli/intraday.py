"""``wattbook intraday simulate``: a day of continuous trading with made-up participants."""

from __future__ import annotations

import argparse
import datetime as dt
import re
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table
from wattbook.cli.options import local_day, seed
from wattbook.cli.places import make_file
from wattbook.cli.progress import Progress
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import polars as pl

    from wattbook.execution import Participants
    from wattbook.market.intraday import Border, IntradayDay

__all__ = ["add_arguments", "execute"]

CHUNK = 50_000
ZONES = ("AT", "BE", "DE-LU", "FR", "NL")
BORDERS = "AT:DE-LU:2000,BE:DE-LU:1000,BE:FR:1500,BE:NL:1500,DE-LU:FR:2500,DE-LU:NL:3000"
EPILOG = """\
Everybody who trades is made up; gates, openings and pauses are those of docs/calendars.md. --fit
takes the folder that `wattbook history --out` left: each synthetic_book_FROM-TO.toml holds for
these minutes to gate; where none does, the one nearer to the gate stands in. Index:
volume-weighted mean of the trades from 180 to 30 minutes before delivery, in the manner of ID3.

examples:
  wattbook intraday simulate --events 200000
  wattbook intraday simulate --day 2026-10-25 --seed 7 --report out/day.parquet
  wattbook intraday simulate --zones DE-LU,FR --borders DE-LU:FR:500:300 --lengths hour

exit status: 0 good; 2 the input is wrong
"""


def names(text: str) -> tuple[str, ...]:
    """Return names between commas, each once."""
    found = tuple(name.strip() for name in text.split(",") if name.strip())
    if len(set(found)) < len(found):
        message = f"{text!r} names one twice; name each once"
        raise argparse.ArgumentTypeError(message)
    return found


def count(text: str) -> int:
    """Return a count above zero."""
    value = int(text) if text.isdigit() else 0
    if value < 1:
        message = f"{text!r} is no count; give 1 or more"
        raise argparse.ArgumentTypeError(message)
    return value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    made = actions.add_parser(
        "simulate",
        help="simulate a day of all contracts",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--day", type=local_day, default=dt.date(2026, 7, 16), help="delivery day")
    made.add_argument("--seed", type=seed, default=1, help="makes everything random; default: 1")
    made.add_argument(
        "--events", type=count, help="about how many orders and cancels; by the rates if left out"
    )
    made.add_argument(
        "--zones", type=names, default=ZONES, help=f"between commas; default: {','.join(ZONES)}"
    )
    made.add_argument(
        "--borders",
        type=names,
        metavar="A:B:MW[:MW]",
        help=f"zones and capacity there and back; default: those of the zones among {BORDERS}",
    )
    made.add_argument(
        "--lengths",
        type=names,
        default=("hour", "half_hour", "quarter_hour"),
        help="which contracts; default: hour,half_hour,quarter_hour",
    )
    made.add_argument("--venue", choices=("EPEX", "NORD-POOL"), default="EPEX", help="whose rules")
    made.add_argument("--fit", type=Path, metavar="DIR", help="rates fitted by `wattbook history`")
    made.add_argument("--report", type=Path, metavar="FILE", help="leave the table as Parquet")
    made.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Simulate the day and show it."""
    import polars as pl  # noqa: PLC0415 - keeps `--help` light

    from wattbook.execution import IntradaySimulation  # noqa: PLC0415
    from wattbook.market.intraday import intraday_day  # noqa: PLC0415

    console = Console(plain=chosen.plain or None)
    if chosen.report is not None:
        make_file(chosen.report)
    day = intraday_day(
        chosen.day,
        chosen.zones,
        borders_of(chosen.borders, chosen.zones),
        venue=chosen.venue,
        lengths=chosen.lengths,
    )
    crowd = None
    if chosen.fit is not None:
        bins = fitted_bins(chosen.fit)
        crowd = fitted_crowd(bins, day)
        for text in stand_ins(bins):
            console.line(text, "yellow")
    simulation = IntradaySimulation(day, seed=chosen.seed, crowd=crowd, order_events=chosen.events)
    console.line(
        f"{chosen.day}: {len(day.contracts)} contracts in {len(day.zones)} zones, "
        f"{len(day.borders)} borders; synthetic, seed {chosen.seed}"
    )
    began = time.monotonic()
    span = day.closes - day.opens
    with Progress("% of the day", 100, plain=chosen.plain or None) as progress:
        done, is_done = 0.0, False
        while not is_done:
            at = simulation.run(max_events=CHUNK)
            share = 100 * max(at.now - day.opens, 0) / span
            progress.advance(share - done, f"{at.order_events:,} order events")
            done, is_done = share, at.is_done
    seconds = time.monotonic() - began
    frame = pl.DataFrame(simulation.statistics())
    tell(console, frame)
    console.line(
        f"{at.order_events:,} order events in {seconds:,.1f} s, "
        f"{at.order_events / max(seconds, 1e-9):,.0f} a second"
    )
    if chosen.report is not None:
        frame.write_parquet(chosen.report)
        console.line(f"{chosen.report}: one row a contract")
    return 0


def borders_of(texts: tuple[str, ...] | None, zones: tuple[str, ...]) -> list[Border]:
    """Return the borders that were asked for, or the usual ones of the zones.

    Raises
    ------
    InputError
        If one is unreadable.
    """
    from wattbook.market.intraday import Border  # noqa: PLC0415 - keeps `--help` light

    found = []
    for text in names(BORDERS) if texts is None else texts:
        parts = text.split(":")
        try:
            one, other, *capacity = parts
            there, *more = [float(each) for each in capacity]
            (back,) = more or [there]
        except (TypeError, ValueError) as fault:
            message = (
                f"border {text!r} is unreadable; write it like DE-LU:FR:500 or DE-LU:FR:500:300"
            )
            raise InputError(message) from fault
        if texts is not None or {one, other} <= set(zones):
            found.append(Border(one, other, there, back))
    return found


def fitted_bins(folder: Path) -> dict[tuple[float, float], Path]:
    """Return the sections that ``wattbook history`` left, by minutes to gate, nearest first.

    Raises
    ------
    InputError
        If there is none, a name says no minutes, or two hold for the same minutes.
    """
    found: dict[tuple[float, float], Path] = {}
    number = r"(\d+(?:\.\d+)?)"
    for path in folder.glob("synthetic_book_*.toml"):
        bounds = re.fullmatch(f"synthetic_book_{number}-{number}", path.stem)
        if bounds is None or not float(bounds[1]) < float(bounds[2]):
            message = f"{path}: the name says no minutes to gate; name it synthetic_book_0-30.toml"
            raise InputError(message)
        found[float(bounds[1]), float(bounds[2])] = path
    if not found:
        message = f"{folder} has no synthetic_book_FROM-TO.toml; run `wattbook history --out` first"
        raise InputError(message)
    bins = dict(sorted(found.items()))
    for near, far in pairwise(bins):
        if far[0] < near[1]:
            message = (
                f"{bins[near]} and {bins[far].name} hold for the same minutes to gate; keep those "
                "of one run of `wattbook history`"
            )
            raise InputError(message)
    return bins


def stand_ins(bins: Iterable[tuple[float, float]]) -> Iterator[str]:
    """Yield for which minutes to gate nothing was fitted, and which fit stands for them."""
    met, last = 0.0, ""
    for start, end in bins:
        name = f"{start:g}-{end:g}"
        if start > met:
            yield f"{met:g}-{start:g} minutes to gate as {last or name}: nothing was fitted there"
        met, last = end, name
    yield f"more than {met:g} minutes to gate as {last}: the fit ends there"


def fitted_crowd(
    bins: Mapping[tuple[float, float], Path], day: IntradayDay
) -> dict[float, Participants]:
    """Return who trades, by minutes to gate from which they do.

    Where nothing was fitted the bin nearer to the gate stands in, next to the gate the first one.

    Raises
    ------
    DeskError
        If a section cannot be read, or its steps are not those of the day.
    """
    from wattbook.runtime.synthetic import load_participants  # noqa: PLC0415 - as above

    return {
        start if at else 0.0: load_participants(path, day.tick_eur, day.lot_mw)
        for at, ((start, _), path) in enumerate(bins.items())
    }


def tell(console: Console, frame: pl.DataFrame) -> None:
    """Show a line for each contract and the sum."""
    heading = ["contract<", "open", "close", "low", "high", "VWAP", "index", "MWh", "across"]
    table = Table("Trades in all zones, EUR/MWh", [*heading, "trades", "orders"], total=True)
    prices = ("open", "close", "low", "high", "vwap", "index")
    for row in frame.iter_rows(named=True):
        shown = ["-" if row[name] is None else f"{row[name]:,.2f}" for name in prices]
        energy = [f"{row[name]:,.1f}" for name in ("volume_mwh", "cross_volume_mwh")]
        counts = [f"{row[name]:,}" for name in ("trades", "orders")]
        table.rows.append([row["contract"], *shown, *energy, *counts])
    sums = frame.select("volume_mwh", "cross_volume_mwh", "trades", "orders").sum().row(0)
    total = [*(f"{each:,.1f}" for each in sums[:2]), *(f"{each:,}" for each in sums[2:])]
    table.rows.append(["all", *([""] * len(prices)), *total])
    console.table(table)
