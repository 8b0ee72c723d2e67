"""``wattbook doctor``: find what commonly is wrong, and say how to mend it."""

import argparse
from pathlib import Path

from wattbook.cli.console import Console
from wattbook.cli.desk import add_port

__all__ = ["add_arguments", "execute"]

EPILOG = "It changes nothing. Exit status: 0 if nothing is bad, else 1."
STYLES = {"good": "dim", "note": "yellow", "bad": "bold red"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("desk", metavar="DESK", nargs="*", type=Path, help="desk files to read")
    parser.add_argument(
        "--runs", metavar="DIR", type=Path, default=Path("runs"), help="of runs; default: runs"
    )
    parser.add_argument("--alerts", metavar="FILE", type=Path, help="a file of alerts to read")
    add_port(parser)
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Print what was found; return the exit status."""
    from wattbook.runtime.doctor import diagnoses  # noqa: PLC0415 - `--help` stays light

    console = Console(plain=True if chosen.plain else None)
    bad = 0
    for one in diagnoses(chosen.runs, chosen.desk, alerts=chosen.alerts, port=chosen.port):
        console.line(f"{one.state}: {one.text}", STYLES[one.state])
        bad += one.state == "bad"
    console.line(f"{bad} to mend" if bad else "nothing to mend", "bold")
    return 1 if bad else 0
