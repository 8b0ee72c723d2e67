"""``wattbook desk``: open the desk of a run in a browser."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console
from wattbook.cli.options import instant, port, seconds

if TYPE_CHECKING:
    from wattbook.api.address import Address
    from wattbook.api.beside import Beside

__all__ = ["add_address", "add_arguments", "add_port", "address_asked", "execute", "open_desk"]

EPILOG = """\
The desk shows the run as of an instant that moves: play, pause, change the speed or jump. It is
served until Ctrl-C, on this machine only unless --host names another address; there it is
encrypted (TLS 1.3), and whoever asks needs a key:

  wattbook desk RUN --new-key ada --role trader
  wattbook desk RUN --host 192.0.2.7
"""


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add the port of the desk."""
    parser.add_argument(
        "--port", metavar="N", type=port, default=8765, help="of the desk; 0 for any; default: 8765"
    )


def add_address(parser: argparse.ArgumentParser) -> None:
    """Add port and address of the desk."""
    add_port(parser)
    served = parser.add_argument_group("where the desk is served")
    served.add_argument(
        "--host", metavar="IP", default="127.0.0.1", help="to listen on; default: 127.0.0.1"
    )
    served.add_argument(
        "--name",
        metavar="NAME",
        action="append",
        default=[],
        help="under which it is asked as well",
    )
    served.add_argument(
        "--origin", metavar="URL", action="append", default=[], help="another page that may ask"
    )
    served.add_argument(
        "--tls", action="store_true", help="encrypt on loopback too; elsewhere it always is"
    )
    served.add_argument(
        "--certificate", metavar="PEM", type=Path, help="of one's own; default: one is made"
    )
    served.add_argument("--certificate-key", metavar="PEM", type=Path, help="of that certificate")


def address_asked(chosen: argparse.Namespace) -> Address:
    """Return where the desk is to be served.

    Raises
    ------
    InputError
        If the arguments do not go together.
    """
    from wattbook.api.address import address_of  # noqa: PLC0415 - takes long to load

    return address_of(
        chosen.host,
        names=tuple(chosen.name),
        origins=tuple(chosen.origin),
        is_encrypted=chosen.tls,
        certificate=chosen.certificate,
        key=chosen.certificate_key,
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="RUN", type=Path, help="folder that a run left")
    add_address(parser)
    parser.add_argument(
        "--speed",
        metavar="N",
        type=seconds,
        default=60.0,
        help="times as fast; default: 60",
    )
    parser.add_argument(
        "--at",
        metavar="INSTANT",
        type=instant,
        help="show this instant (ISO 8601), paused",
    )
    parser.add_argument(
        "--alerts", metavar="FILE", type=Path, help="rules of alerts and whom to tell (TOML)"
    )
    parser.add_argument(
        "--book", metavar="DIR", type=Path, help="book of bilateral deals to show beside the run"
    )
    parser.add_argument(
        "--curves", metavar="DIR", type=Path, help="forward curves that `wattbook curve` kept"
    )
    parser.add_argument(
        "--leaderboard",
        metavar="FILE",
        type=Path,
        help="what `wattbook forecast leaderboard --json` wrote",
    )
    parser.add_argument(
        "--ingest", metavar="DIR", type=Path, help="stores of ingestion, to decide on quarantine"
    )
    parser.add_argument(
        "--island",
        action="append",
        default=[],
        metavar="MODULE",
        help="module or .py file with sources of your own that filled the stores; repeat for more",
    )
    keys = parser.add_argument_group("keys of the desk")
    keys.add_argument("--new-key", metavar="NAME", help="make a key, print it once, and end")
    keys.add_argument(
        "--role",
        choices=("viewer", "trader", "risk", "compliance", "admin"),
        default="viewer",
        help="of the new key; default: viewer",
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def make_key(folder: Path, name: str, role: str) -> str:
    """Return a new key for the desk of the run in `folder`."""
    from wattbook.api.access import ApiKeys, Role  # noqa: PLC0415 - takes long to load
    from wattbook.api.serve import STORE  # noqa: PLC0415
    from wattbook.runtime.replay import run_of  # noqa: PLC0415

    return ApiKeys(run_of(folder).path / STORE).make(name, Role(role))


def open_desk(
    console: Console,
    folder: Path,
    port: int,
    *,
    address: Address | None = None,
    speed: float = 60.0,
    at: int | None = None,
    alerts: Path | None = None,
    beside: Beside | None = None,
) -> None:
    """Serve the desk of the run in `folder` until Ctrl-C."""
    from wattbook.api.serve import serve_run  # noqa: PLC0415 - the server takes long to load
    from wattbook.runtime.alerts import load_rules  # noqa: PLC0415
    from wattbook.runtime.replay import run_of  # noqa: PLC0415

    serve_run(
        run_of(folder),
        port=port,
        address=address,
        alerting=load_rules(alerts),
        speed=speed,
        at=at,
        is_playing=at is None,
        beside=beside,
        on_open=lambda address: console.line(f"Desk {address} (Ctrl-C ends it)", "bold"),
    )


def execute(chosen: argparse.Namespace) -> int:
    """Serve a desk, or make a key for it; return the exit status."""
    console = Console(plain=True if chosen.plain else None)
    if chosen.new_key is not None:
        console.line(make_key(chosen.folder, chosen.new_key, chosen.role))
        return 0
    from wattbook.api.beside import Beside  # noqa: PLC0415 - the server takes long to load
    from wattbook.runtime.book import open_book  # noqa: PLC0415

    if chosen.book is not None:
        # A folder that is no book is said now, not by a view that stays empty.
        open_book(chosen.book)
    open_desk(
        console,
        chosen.folder,
        chosen.port,
        address=address_asked(chosen),
        speed=chosen.speed,
        at=chosen.at,
        alerts=chosen.alerts,
        beside=Beside(
            chosen.book, chosen.curves, chosen.ingest, tuple(chosen.island), chosen.leaderboard
        ),
    )
    return 0
