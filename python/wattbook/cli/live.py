"""``wattbook live``: trade a market of a desk file with an exchange, by FIX."""

import argparse
from dataclasses import replace
from pathlib import Path

from wattbook.cli.console import Console
from wattbook.cli.paper import add_run_arguments, check, trade
from wattbook.cli.run import desk_of
from wattbook.errors import InputError

__all__ = ["add_arguments", "execute"]

EPILOG = """\
The desk file names the exchange in [live]; another machine needs allow_remote = true there.
`wattbook fix exchange DESK` is one to try it with, on this machine. Prices arrive as in
`wattbook paper`. Ctrl-C takes open orders back, logs out and ends cleanly; --resume goes on after
that or after a crash: the exchange is asked for what was missed, and open orders are taken back.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    add_run_arguments(parser)
    parser.add_argument(
        "--exchange",
        metavar="IP:PORT",
        help="where the exchange listens, in place of the desk file's host and port",
    )


def execute(chosen: argparse.Namespace) -> int:
    """Trade live, print what happens; return the exit status.

    Raises
    ------
    InputError
        If the desk names no exchange, or one that it may not connect to.
    """
    check(chosen)
    from wattbook.runtime.address import port_of  # noqa: PLC0415 - `--help` stays light
    from wattbook.runtime.kill_switch import KillSwitch  # noqa: PLC0415
    from wattbook.runtime.live import LiveVenues, address_of  # noqa: PLC0415

    console = Console(plain=True if chosen.plain else None)
    desk, text = desk_of(chosen)
    spec = desk.live
    if spec is None:
        message = f"{desk.path} names no exchange; add [live] with sender and target"
        raise InputError(message)
    if chosen.exchange is not None:
        host, _, text_of_port = chosen.exchange.rpartition(":")
        if (port := port_of(text_of_port)) is None:
            message = f"--exchange {chosen.exchange!r} is no IP:PORT; write 127.0.0.1:9880"
            raise InputError(message)
        spec = replace(spec, host=host.strip("[]"), port=port)
    address_of(spec)

    def tell(sentence: str) -> None:
        console.line(f"  exchange: {sentence}", "bold")

    def venues(folder: Path) -> LiveVenues:
        return LiveVenues(spec, Path(desk.path).parent, tell, KillSwitch(folder))

    return trade(chosen, console, desk, text, "live", venues)
