"""``wattbook fix``: FIX sessions from the command line."""

import argparse
import sys
import threading
from pathlib import Path

__all__ = ["add_arguments", "execute"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    acceptor = acts.add_parser(
        "acceptor",
        help="listen on loopback and send back what is sent, to test a counterparty against",
        epilog="Ctrl-C logs every session out and stops.",
    )
    acceptor.add_argument("--config", type=Path, required=True, help="TOML file of its sessions")
    acceptor.add_argument("--port", type=int, help="instead of the file's; 0 for any free one")


def execute(chosen: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    from dataclasses import replace  # noqa: PLC0415 - keeps `--help` light

    from wattbook.execution.fix import load_acceptor  # noqa: PLC0415

    config = load_acceptor(chosen.config)
    if chosen.port is not None:
        config = replace(config, port=chosen.port)
    acceptor = config.start()
    for session in config.sessions:
        sys.stdout.write(f"{session.version} {session.sender} waits for {session.target}\n")
    sys.stdout.write(f"listening on 127.0.0.1:{acceptor.port}; Ctrl-C stops\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    finally:
        acceptor.stop()
    return 0
