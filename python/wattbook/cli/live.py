"""``wattbook live``: trade a market of a desk file with an exchange."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console
from wattbook.cli.paper import add_run_arguments, check, trade
from wattbook.cli.run import desk_of
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.runtime.desk import Desk
    from wattbook.runtime.desk.spec import LiveSpec, VenueSpec

__all__ = ["add_arguments", "execute"]

EPILOG = """\
The desk file names the exchange in [live], or a [[venue]] with a session of its own (M7, Nord
Pool, REST), whose user and password, or key, come from WATTBOOK_VENUE_USER and
WATTBOOK_VENUE_PASSWORD. Another
machine needs allow_remote = true in [live]. `wattbook fix exchange DESK` is one to try it with, on
this machine. Prices arrive as in `wattbook paper`. Ctrl-C takes open orders back, logs out and ends
cleanly; --resume goes on after that or after a crash: the exchange is asked for what was
missed, and open orders are taken back.
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
    from wattbook.runtime.kill_switch import KillSwitch  # noqa: PLC0415 - `--help` stays light
    from wattbook.runtime.live import LiveVenues  # noqa: PLC0415

    console = Console(plain=True if chosen.plain else None)
    desk, text = desk_of(chosen)
    spec, native = exchange_of(desk, chosen)

    def tell(sentence: str) -> None:
        console.line(f"  exchange: {sentence}", "bold")

    def venues(folder: Path) -> LiveVenues:
        return LiveVenues(spec, Path(desk.path).parent, tell, KillSwitch(folder), native)

    return trade(chosen, console, desk, text, "live", venues)


def exchange_of(
    desk: "Desk", chosen: argparse.Namespace
) -> "tuple[LiveSpec, tuple[VenueSpec, str] | None]":
    """Return what the desk names, its address replaced by ``--exchange``.

    Raises
    ------
    InputError
        If it names no exchange, or one that it may not connect to.
    """
    from wattbook.runtime.address import port_of  # noqa: PLC0415 - `--help` stays light
    from wattbook.runtime.desk.spec import LiveSpec  # noqa: PLC0415
    from wattbook.runtime.live import address_of, is_on_this_machine, session_text  # noqa: PLC0415

    market = chosen.market if chosen.market is not None or not desk.market else desk.market[0].name
    native = next((venue for venue in desk.venue if venue.market == market), None)
    spec = desk.live
    if spec is None and native is None:
        message = f"{desk.path} names no exchange; add [live] with sender and target"
        raise InputError(message)
    spec = LiveSpec() if spec is None else spec
    if chosen.exchange is not None:
        host, _, text_of_port = chosen.exchange.rpartition(":")
        if (port := port_of(text_of_port)) is None:
            message = f"--exchange {chosen.exchange!r} is no IP:PORT; write 127.0.0.1:9880"
            raise InputError(message)
        spec = replace(spec, host=host.strip("[]"), port=port)
    if native is None:
        address_of(spec)
        return spec, None
    session = session_text(native, Path(desk.path).parent, chosen.exchange)
    if not is_on_this_machine(session) and not spec.allow_remote:
        message = (
            f"{native.session} names another machine; orders leave this one only with "
            "allow_remote = true in [live] of the desk file"
        )
        raise InputError(message)
    if spec.drop_copy is not None:
        message = (
            f"[live.drop_copy] is of FIX, and {native.name} is not spoken to by it; take the "
            "section out"
        )
        raise InputError(message)
    return spec, (native, session)
