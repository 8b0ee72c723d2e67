"""``wattbook desk``: open the desk of a run in a browser."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console
from wattbook.cli.options import instant, port, seconds

if TYPE_CHECKING:
    from wattbook.api.beside import Beside

__all__ = ["add_arguments", "add_port", "execute", "open_desk"]

EPILOG = """\
The desk shows the run as of an instant that moves: play, pause, change the speed or jump. It is
served on this machine only (127.0.0.1) until Ctrl-C.
"""


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add the port of the desk."""
    parser.add_argument(
        "--port", metavar="N", type=port, default=8765, help="of the desk; 0 for any; default: 8765"
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="RUN", type=Path, help="folder that a run left")
    add_port(parser)
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
        "--ingest", metavar="DIR", type=Path, help="stores of ingestion, to decide on quarantine"
    )
    parser.add_argument(
        "--island",
        action="append",
        default=[],
        metavar="MODULE",
        help="module or .py file with sources of your own that filled the stores; repeat for more",
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def open_desk(
    console: Console,
    folder: Path,
    port: int,
    *,
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
        alerting=load_rules(alerts),
        speed=speed,
        at=at,
        is_playing=at is None,
        beside=beside,
        on_open=lambda address: console.line(f"Desk {address} (Ctrl-C ends it)", "bold"),
    )


def execute(chosen: argparse.Namespace) -> int:
    """Serve a desk; return the exit status."""
    from wattbook.api.beside import Beside  # noqa: PLC0415 - the server takes long to load

    open_desk(
        Console(plain=True if chosen.plain else None),
        chosen.folder,
        chosen.port,
        speed=chosen.speed,
        at=chosen.at,
        alerts=chosen.alerts,
        beside=Beside(chosen.book, chosen.curves, chosen.ingest, tuple(chosen.island)),
    )
    return 0
