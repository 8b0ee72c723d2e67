"""Reads the command line and hands over to a command, which loads only what it needs."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from wattbook.errors import WattbookError

__all__ = ["main", "parser"]

COMMANDS = {
    "run": "trade the day or days of a desk file, print the flow, write a report",
    "desk": "open the desk of a run in a browser of this machine",
    "paper": "trade a market on paper as time passes, on prices that arrive",
    "live": "trade a market with an exchange as time passes, by FIX",
    "backtest": "trade a desk over a range of days, with progress and throughput",
    "walk": "choose parameters of a strategy on past days, judged on the days after",
    "allocate": "size the strategies of a backtest by their past, judged on what followed",
    "sweep": "try many parameters of a rule, and judge the choice on what it was not made on",
    "curve": "make a forward curve that averages to quotes, on the shape of past prices",
    "history": "rebuild books from order files, and fit rates of orders by time to gate",
    "intraday": "simulate a day of continuous intraday trading over zones",
    "clear": "clear a coupled day-ahead auction, and compare it with what was published",
    "contract": "settle or value a contract; certificates held, futures cascaded",
    "asset": "schedule or value an asset, and divide what one earned with its owner",
    "book": "bring deals into a desk's book; amendments, history, rows refused",
    "close": "close a day of a book: value, P&L explained, limits; sign it, make it again",
    "portfolio": "say what a book has open, by place and delivery month",
    "liquidity": "cash that margin may ask for, replayed and stressed; how cash flows may fall",
    "tranches": "a load bought in base and peak inside a corridor, tested walk-forward",
    "commit": "decide which units of a fleet run when, and prove how good that is",
    "settle": "settle a month's imbalances in every run, and explain its P&L by cause",
    "nominate": "write nominations of gas and power, read responses, show what differs",
    "dispatch": "run a battery from its position, over Modbus/TCP or MQTT",
    "forecast": "forecast day-ahead prices by an open benchmark, and compare",
    "nem": "ten-band offers in AEMO's bid tables, checks, rebids; dispatch with FCAS",
    "battery": "bounds, causal policies and bids of a battery on recorded prices",
    "ingest": "fetch, read, store and judge what the sources deliver",
    "risk": "what a book may lose: report, what-if, stress, back-test",
    "tca": "say what the orders of a run cost, against the market that they met",
    "replay": "replay the journal of a run and compare the state hash",
    "fix": "run FIX sessions",
    "order": "ask a live run: orders by hand, approvals, mass cancel, kill switch",
    "verify": "check known answers, journals and runs",
    "doctor": "find what commonly is wrong, and say how to mend it",
    "bench": "measure against other engines",
}
EPILOG = """\
examples:
  wattbook run                                   trade the built-in generated day
  wattbook run --data ../shared/data             trade real days of NEM, ERCOT, NYISO and WTI
  wattbook run --serve                           trade it, then open its desk in a browser
  wattbook run desk.toml --out runs/monday       trade your own desk
  wattbook run --out runs/monday --resume        go on where Ctrl-C stopped it
  wattbook paper --replay-speed 600              watch the generated day, on paper
  wattbook fix exchange examples/live_desk.toml  a simulated exchange on this machine
  wattbook live examples/live_desk.toml          trade with it
  wattbook replay runs/monday                    same journal, same state?
  wattbook verify journal runs/monday            checksums, sequence, hash

exit status: 0 good; 1 a check failed or a market could not be traded; 2 the input is wrong;
130 stopped by Ctrl-C.
"""


class CommandHelp(argparse.RawDescriptionHelpFormatter):
    """Leaves room for the longest command: argparse counts it without its indent."""

    def format_help(self) -> str:
        """Return the help, its second column two characters further."""
        self._action_max_length += self._indent_increment
        return super().format_help()


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; commands add their own arguments."""
    top = argparse.ArgumentParser(
        prog="wattbook",
        description="Trade energy portfolios: one deterministic engine for backtest, paper, live.",
        epilog=EPILOG,
        formatter_class=CommandHelp,
    )
    top.add_argument("--version", action="store_true", help="print the version and stop")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        importlib.import_module(f"wattbook.cli.{name}").add_arguments(command)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        As after ``wattbook``; those of the process if left out.
    """
    top = parser()
    chosen = top.parse_args(arguments)
    if chosen.version:
        import wattbook  # noqa: PLC0415 - the version is in the compiled module

        sys.stdout.write(f"wattbook {wattbook.__version__}\n")
        return 0
    if chosen.command is None:
        top.print_help()
        return 0
    try:
        return int(importlib.import_module(f"wattbook.cli.{chosen.command}").execute(chosen))
    except WattbookError as fault:
        sys.stderr.write(f"wattbook {chosen.command}: {fault}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
    except BrokenPipeError:
        # The reader of our output has gone; what was written is written.
        return 0
