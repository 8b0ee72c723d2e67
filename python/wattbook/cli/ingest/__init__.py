"""``wattbook ingest``: fetch, read, store and judge what the sources deliver."""

import argparse
import importlib

__all__ = ["add_arguments", "execute"]

COMMANDS = {
    "datasets": "list what can be read and what can be fetched",
    "doctor": "read every payload of a folder and say what it holds or why it was set aside",
    "capture": "keep the packets of a feed as they come, until Ctrl-C",
    "replay": "send recorded payloads into the stores, or a capture through its feed, at any speed",
    "backfill": "fetch a long span of a dataset into the stores; goes on where it was stopped",
    "live": "poll datasets and inboxes on their schedules and follow venues, until Ctrl-C",
    "simulate": "run a venue of our own on this machine, to try a session on, until Ctrl-C",
    "land": "store what comes from a topic of a bus, each row once",
    "series": "print a series: the source that counts, gaps filled beside it, prices of record",
    "fill": "fill the gaps of series by a method, in a store of their own",
    "quality": "say what is complete, on time, in agreement and set aside; as table, HTML, metrics",
    "quarantine": "list, show, release, drop and reprocess what was set aside",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of every command below ``wattbook ingest``."""
    below = parser.add_subparsers(dest="ingest", metavar="WHAT", title="what", required=True)
    for name, summary in COMMANDS.items():
        command = below.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        importlib.import_module(f"wattbook.cli.ingest.{name}").add_arguments(command)


def execute(chosen: argparse.Namespace) -> int:
    """Hand over to the command chosen; return its exit status."""
    return int(importlib.import_module(f"wattbook.cli.ingest.{chosen.ingest}").execute(chosen))
