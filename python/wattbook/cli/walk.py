"""``wattbook walk DESK``: parameters of a strategy, walked forward over days in the engine."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from wattbook.cli.console import Console
from wattbook.cli.options import add_workers, local_day, seed, whole, workers_of
from wattbook.cli.progress import Progress
from wattbook.cli.run import data_folder, desk_of
from wattbook.cli.walk_recorded import execute_recorded, recorded_top
from wattbook.cli.walk_shown import baseline_of, document, show
from wattbook.errors import DeskError, InputError

__all__ = ["add_arguments", "execute"]

EPILOG = """\
The strategy trades alone, each set of parameters over all days in the engine, with every cost that
`wattbook backtest` has. On the first --train days the set that earned most is chosen; it is judged
on the next --test days; then the choice is made anew, --test days later. Days on which its market
does not trade are not counted. Of futures a change of sets is taken to cost nothing.

A file with [[recorded_book]] instead plays a market maker in a recorded order book (not energy),
block after block of the recorded time; --strategy names the book, --train and --test are blocks.

KEY is a key of the strategy in the desk file (parameters.follow: a key of a table of it).
VALUES are a list (0,0.5,1) or FIRST:LAST:STEP, both included.

example:
  wattbook walk examples/coupled.toml --strategy "wind farm" --set update_share=0,0.5,1 \\
    --baseline update_share=0 --from 2026-05-01 --to 2026-05-28 --train 14 --test 7
  wattbook walk examples/recorded_maker.toml --strategy ESH4 --data ../shared/data \\
    --set quoting.risk_aversion=0.005,0.02,0.08 --train 4 --test 1

exit status: 0 good; 2 the input is wrong; 130 stopped by Ctrl-C
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("desk", metavar="DESK", nargs="?", type=Path, help="desk file (TOML)")
    parser.add_argument(
        "--strategy", metavar="NAME", help="of the desk file; needed if it has several"
    )
    parser.add_argument(
        "--set",
        metavar="KEY=VALUES",
        action="append",
        required=True,
        help="values of a key of the strategy",
    )
    parser.add_argument(
        "--from",
        dest="first",
        metavar="DATE",
        type=local_day,
        help="first day; needed by a desk file",
    )
    parser.add_argument(
        "--to", dest="last", metavar="DATE", type=local_day, help="last day; needed by a desk file"
    )
    for name, default, what in (
        ("--train", 20, "days that a choice looks back on"),
        ("--test", 5, "days that it holds"),
    ):
        parser.add_argument(
            name,
            metavar="DAYS",
            type=lambda text: whole(text, 1, 100_000),
            default=default,
            help=f"{what}; default: %(default)s",
        )
    parser.add_argument(
        "--baseline",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="the set that the chosen ones are compared with",
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="folder of recorded data; default: WATTBOOK_DATA"
    )
    parser.add_argument("--seed", metavar="N", type=seed, help="in place of the desk file's seed")
    add_workers(parser, None, "1; with --ray one for each core")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Run every set, choose and judge; return the exit status."""
    from wattbook.runtime.research.walk import walk_choice  # noqa: PLC0415 - light `--help`
    from wattbook.runtime.run import stop_on_interrupt  # noqa: PLC0415
    from wattbook.runtime.walk import sets_of, sets_pnl  # noqa: PLC0415

    recorded = recorded_top(chosen.desk)
    if recorded is not None:
        return execute_recorded(chosen, *recorded)
    if chosen.first is None or chosen.last is None:
        message = "a desk file is walked over days; give --from and --to"
        raise InputError(message)
    if chosen.last < chosen.first:
        message = f"--to {chosen.last} is before --from {chosen.first}; swap them"
        raise DeskError(message)
    days = (chosen.last - chosen.first).days + 1
    if chosen.train + chosen.test > days:
        message = (
            f"--from {chosen.first} --to {chosen.last} are {days} days, fewer than --train "
            f"{chosen.train} and --test {chosen.test}; give fewer, or more days"
        )
        raise InputError(message)
    desk, text = desk_of(chosen)
    names = [spec.name for spec in desk.strategy]
    if chosen.strategy is None and len(names) > 1:
        message = f"{desk.path} has {len(names)} strategies; give --strategy, one of: "
        raise InputError(message + ", ".join(names))
    strategy = chosen.strategy or names[0]
    sets = sets_of(chosen.set)
    baseline = baseline_of(sets, chosen.baseline)
    console = Console(plain=chosen.plain or None)
    with (
        stop_on_interrupt() as stop,
        Progress("days", len(sets) * days, plain=chosen.plain or None) as progress,
    ):
        found = sets_pnl(
            text,
            desk.path,
            strategy,
            sets,
            chosen.first,
            chosen.last,
            data=data_folder(chosen),
            seed=chosen.seed,
            stop=stop,
            workers=workers_of(chosen),
            tell=lambda line: print(line, file=sys.stderr),
            done=progress.advance,
        )
    if found is None:
        console.line("Stopped early")
        return 130
    walked = walk_choice(found.pnl, train=chosen.train, test=chosen.test, baseline=baseline)
    if chosen.json:
        told = document(strategy, desk.desk.currency, sets, found, walked, baseline)
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        show(console, strategy, desk.desk.currency, sets, found, walked, baseline)
    return 0
