"""``wattbook sweep``: many parameter sets of a rule, judged on what they were not chosen on."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console, Table
from wattbook.cli.options import add_workers, seed, whole, workers_of
from wattbook.cli.places import make_file
from wattbook.cli.progress import Progress
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.runtime.research.quotes import Quotes
    from wattbook.runtime.research.study import Study

__all__ = ["add_arguments", "execute"]

EPILOG = """\
rules and their parameters:
  ema_cross       fast, slow: quotes of the averages
  momentum        window in quotes, entry in price
  mean_reversion  window in quotes, entry and exit in deviations

FILE is Parquet with columns bid and ask, or a gzipped capture of Binance best prices.
Values are a list (5,10,20) or FIRST:LAST:STEP, both included. A set trades one unit at best prices;
queues and volumes are not looked at. What the choice among sets is worth stands in the lines
"walk-forward", "deflated Sharpe" and "overfitting": the best set in hindsight is no forecast.

exit status: 0 done; 2 the input is wrong
"""
SETS_MOST = 1_000_000
PARTS_LEAST = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "quotes",
        metavar="FILE",
        nargs="?",
        type=Path,
        help="Parquet with bid and ask, or a capture",
    )
    source.add_argument("--futures", metavar="PRODUCT", help="daily futures: CL, NG, HO or RB")
    source.add_argument("--made-up", metavar="N", type=int, help="a random walk of N quotes")
    parser.add_argument("--data", metavar="DIR", type=Path, help="folder of recorded data")
    parser.add_argument(
        "--cost",
        type=float,
        default=0.02,
        help="of a futures trade, USD; default: %(default)s",
    )
    parser.add_argument("--rule", default="ema_cross", help="which; default: %(default)s")
    parser.add_argument(
        "--set", metavar="NAME=VALUES", action="append", default=[], help="values of a parameter"
    )
    parser.add_argument("--fee", type=float, default=0.0, help="of each unit; default: %(default)s")
    parser.add_argument("--parts", type=int, default=40, help="stretches; default: %(default)s")
    parser.add_argument(
        "--fill", type=float, default=0.9, help="how likely an order fills, for the Monte Carlo"
    )
    parser.add_argument(
        "--worse", type=float, default=0.0, help="most that a fill is worse, in price"
    )
    parser.add_argument(
        "--seed", type=seed, default=1, help="of what is drawn; default: %(default)s"
    )
    parser.add_argument(
        "--threads", type=lambda text: whole(text, 1, 256), help="default: as many as processors"
    )
    add_workers(parser, None, "threads in place of processes")
    parser.add_argument("--tear-sheet", metavar="FILE", type=Path, help="where to leave the page")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def values_of(text: str) -> tuple[str, list[float]]:
    """Return name and values of ``NAME=VALUES``.

    Examples
    --------
    >>> values_of("fast=5:15:5"), values_of("entry=0.5,1")
    (('fast', [5.0, 10.0, 15.0]), ('entry', [0.5, 1.0]))
    """
    name, equals, given = text.partition("=")
    try:
        if ":" in given:
            first, last, step = (float(one) for one in given.split(":"))
            steps = (last - first) / step + 1e-9
            count = int(steps) + 1 if 0.0 <= steps < SETS_MOST else 0
            values = [first + step * at for at in range(count)]
        else:
            values = [float(one) for one in given.split(",")]
    except (ValueError, ZeroDivisionError):
        values = []
    if not (name and equals and values and all(map(math.isfinite, values))):
        message = f"--set {text!r}: give NAME=1,2,3 or NAME=FIRST:LAST:STEP"
        raise InputError(message)
    return name, values


def quotes_of(chosen: argparse.Namespace) -> Quotes:
    """Return the quotes that the arguments name."""
    from wattbook.cli.run import recorded_folder  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.research.quotes import (  # noqa: PLC0415 - as above
        file_quotes,
        futures_quotes,
        made_up_quotes,
    )

    if chosen.futures is not None:
        return futures_quotes(recorded_folder(chosen.data), chosen.futures, chosen.cost)
    if chosen.made_up is not None:
        return made_up_quotes(chosen.made_up, chosen.seed)
    return file_quotes(chosen.quotes)


def check_options(chosen: argparse.Namespace) -> None:
    """Refuse what the judgement cannot work with, by the names of the options.

    Raises
    ------
    InputError
        Naming the option and its range.
    """
    if not 0.0 < chosen.fill <= 1.0:
        message = f"--fill {chosen.fill:g}: give a probability above 0, at most 1"
        raise InputError(message)
    if chosen.parts < PARTS_LEAST or chosen.parts % 10:
        message = f"--parts {chosen.parts}: give a multiple of 10, {PARTS_LEAST} or more"
        raise InputError(message)


def execute(chosen: argparse.Namespace) -> int:
    """Sweep and judge; return the exit status."""
    from wattbook.runtime.research.study import study  # noqa: PLC0415 - keeps `--help` light
    from wattbook.strategy.sweep import grid  # noqa: PLC0415 - as above

    if chosen.tear_sheet is not None:
        make_file(chosen.tear_sheet)
    named = [values_of(text) for text in chosen.set]
    if len({name for name, _ in named}) < len(named):
        message = f"--set {', '.join(chosen.set)}: name each parameter once"
        raise InputError(message)
    sets = grid(chosen.rule, dict(named))
    if len(sets) > SETS_MOST:
        message = f"{len(sets):,} sets: give {SETS_MOST:,} at most"
        raise InputError(message)
    check_options(chosen)
    quotes = quotes_of(chosen)
    if len(quotes.bid) < chosen.parts:
        message = f"{len(quotes.bid):,} quotes are fewer than --parts {chosen.parts}; give more"
        raise InputError(message)
    began = time.monotonic()
    with Progress("sets", len(sets), plain=chosen.plain or None) as progress:
        found = study(
            quotes.bid,
            quotes.ask,
            chosen.rule,
            sets,
            fee=chosen.fee,
            parts=chosen.parts,
            fill_probability=chosen.fill,
            worse=chosen.worse,
            seed=chosen.seed,
            threads=chosen.threads,
            workers=workers_of(chosen),
            tell=lambda done, _: progress.advance(done - progress.done),
        )
    seconds = time.monotonic() - began
    if chosen.tear_sheet is not None:
        from wattbook.runtime.report.tear_sheet import study_page  # noqa: PLC0415 - for a page only

        page = study_page(
            found, f"{chosen.rule} on {quotes.name}", is_synthetic=quotes.is_synthetic
        )
        chosen.tear_sheet.write_text(page, encoding="utf-8")
    if chosen.json:
        sys.stdout.write(json.dumps(summary(found, quotes), ensure_ascii=False) + "\n")
    else:
        tell(Console(plain=chosen.plain or None), found, quotes, seconds)
    return 0


def summary(found: Study, quotes: Quotes) -> dict[str, Any]:
    """Return the judgement as plain values; amounts for one unit, after costs."""
    import numpy as np  # noqa: PLC0415 - keeps `--help` light

    swept, best = found.found, found.best
    return {
        "quotes": quotes.name,
        "is_synthetic": quotes.is_synthetic,
        "left_out": quotes.left_out,
        "count": len(quotes.bid),
        "sets": len(swept.sets),
        "best": swept.text(best),
        "best_pnl": float(swept.pnl[best]),
        "best_before_costs": float(swept.gross[best]),
        "best_drawdown": float(swept.drawdown[best]),
        "best_fills_5_50_95": np.quantile(found.paths[:, 0], [0.05, 0.5, 0.95]).tolist(),
        "sharpe_by_part": found.deflated.sharpe,
        "sharpe_of_luck": found.deflated.expected_best,
        "deflated_sharpe": found.deflated.probability,
        "overfit": found.overfit,
        "walk_forward_pnl": float(found.walk_pnl.sum()),
        "walk_forward_wins": float((found.walk_pnl > 0).mean()),
        "out_of_sample_sharpe": float(np.median(found.cross)),
    }


def tell(console: Console, found: Study, quotes: Quotes, seconds: float) -> None:
    """Write the judgement as a table."""
    told = summary(found, quotes)
    steps = len(quotes.bid) * len(found.found.sets)
    made_up = " (made up)" if quotes.is_synthetic else ""
    console.line(
        f"{quotes.name}{made_up}: {len(quotes.bid):,} quotes, {quotes.left_out:,} left out"
    )
    console.line(f"{told['sets']:,} sets in {seconds:.1f} s, {steps / seconds:,.0f} set-quotes/s")
    table = Table("Choice and judgement, for one unit after costs", ["what<", "figure"])
    luck = " / ".join(f"{one:,.3f}" for one in told["best_fills_5_50_95"])
    rows = [
        ["best in hindsight", str(told["best"])],
        ["  P&L", f"{told['best_pnl']:,.3f}"],
        ["  P&L before spread and fees", f"{told['best_before_costs']:,.3f}"],
        ["  deepest fall", f"{told['best_drawdown']:,.3f}"],
        ["  P&L with other luck, 5 / 50 / 95 %", luck],
        ["  Sharpe by part", f"{told['sharpe_by_part']:.3f}"],
        ["best Sharpe of as many without skill", f"{told['sharpe_of_luck']:.3f}"],
        ["deflated Sharpe", f"{100 * found.deflated.probability:.1f} %"],
        ["probability of overfitting", f"{100 * found.overfit:.0f} %"],
        ["walk-forward P&L", f"{told['walk_forward_pnl']:,.3f}"],
        ["median Sharpe out of sample", f"{told['out_of_sample_sharpe']:.3f}"],
    ]
    table.rows.extend(rows)
    console.table(table)
