"""``wattbook dispatch``: run a battery from its position, and a battery to try it on."""

import argparse
import importlib

__all__ = ["add_arguments", "execute"]

COMMANDS = {
    "run": "run a device by a position file, within its limits, until Ctrl-C",
    "simulate": "be a battery with inverters on this machine, to try the loop on, until Ctrl-C",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of every command below ``wattbook dispatch``."""
    below = parser.add_subparsers(dest="dispatch", metavar="WHAT", title="what", required=True)
    for name, summary in COMMANDS.items():
        command = below.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        importlib.import_module(f"wattbook.cli.dispatch.{name}").add_arguments(command)


def execute(chosen: argparse.Namespace) -> int:
    """Hand over to the command chosen; return its exit status."""
    return int(importlib.import_module(f"wattbook.cli.dispatch.{chosen.dispatch}").execute(chosen))
