"""``wattbook order``: what a person asks of a live run."""

import argparse
import sys
from pathlib import Path

__all__ = ["add_arguments", "execute"]

EPILOG = """\
Traders stand in [[live.trader]] of the desk file; the journal says who asked. An order above
[live.four_eyes] is held until another trader approves it:

  wattbook order RUN_DIR --trader anna place "GEN 2026-06-30T13:00Z synthetic" buy 5 -20.5
  wattbook order RUN_DIR --trader ben approve 1000-1

exit status: 0 carried out; 1 refused by the engine or the desk; 2 the input is wrong or no run
answers.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="RUN_DIR", type=Path, help="folder of the live run")
    parser.add_argument("--trader", metavar="NAME", required=True, help="who asks")
    parser.add_argument(
        "--wait", metavar="S", type=float, default=10.0, help="seconds to wait for an answer"
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    place = acts.add_parser("place", help="enter an order by hand")
    place.add_argument("contract", metavar="CONTRACT", help="as the desk names it")
    place.add_argument("side", choices=("buy", "sell"))
    place.add_argument("volume", metavar="VOLUME", help="in the contract's volume unit")
    place.add_argument("price", metavar="PRICE", help="limit; may be below zero")
    place.add_argument("--book", metavar="NAME", help="trading book; the desk's first by default")
    place.add_argument(
        "--life",
        choices=("day", "immediate_or_cancel", "fill_or_kill"),
        default="day",
        help="how long it lives",
    )
    place.add_argument("--display", metavar="VOLUME", help="show so much at a time (an iceberg)")
    for name, help_text in (
        ("cancel", "take an order by hand back"),
        ("approve", "let an order pass that is held for a second person"),
        ("cancel-unknown", "take back an order at the exchange that this run does not work"),
    ):
        one = acts.add_parser(name, help=help_text)
        one.add_argument("order", metavar="ORDER", help="its number, or its ClOrdID")
    for name, help_text in (
        ("cancel-all", "take back every open order"),
        ("stop", "kill switch: no new order passes; cancels do"),
        ("allow", "let orders pass again after `stop`"),
    ):
        many = acts.add_parser(name, help=help_text)
        many.add_argument("--contract", metavar="CONTRACT", help="only in this contract")
        many.add_argument("--book", metavar="NAME", help="only of this trading book")
        many.add_argument("--strategy", metavar="NAME", help="only of this strategy")
        many.add_argument("--counterparty", metavar="NAME", help="only made with it")
        many.add_argument("--member", metavar="NAME", help="only cleared through it")
        many.add_argument("--of", metavar="TRADER", help="only those that this trader answers for")
    release = acts.add_parser("release", help="let orders pass in a contract that was frozen")
    release.add_argument("contract", metavar="CONTRACT", help="as the desk names it")


def execute(chosen: argparse.Namespace) -> int:
    """Ask the run; print its answer and return 0 where it was carried out, else 1.

    Raises
    ------
    InputError
        If the folder holds no live run, or none answers.
    """
    from wattbook.runtime.live.spool import ask  # noqa: PLC0415 - keeps `--help` light

    left_out = ("command", "version", "folder", "wait")
    fields = {
        name: value
        for name, value in vars(chosen).items()
        if name not in left_out and value is not None
    }
    answer = ask(chosen.folder, fields, chosen.wait)
    for line in answer.lines:
        sys.stdout.write(line + "\n")
    return 0 if answer.good else 1
