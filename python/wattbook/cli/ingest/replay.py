"""``wattbook ingest replay PATH``: recorded payloads into the stores, captures through a feed."""

import argparse
import json
import sys
import time
from pathlib import Path

from wattbook.cli.console import Console
from wattbook.cli.ingest.bus import add_bus, publishing
from wattbook.cli.ingest.capture_replay import is_journal, replay_capture
from wattbook.cli.ingest.common import (
    Totals,
    add_store,
    finite,
    pipeline_of,
    stop_event,
)
from wattbook.cli.progress import Progress
from wattbook.errors import InputError

__all__ = ["add_arguments", "execute"]

EPILOG = """\
PATH is a file, a folder of files, or a store whose payloads are to be sent through again. A file
counts as received when it was last written. The same payload twice changes nothing.

If PATH is a capture (`wattbook ingest capture`), its packets go through the feed: arbitrated,
decoded, applied to books and counted. Nothing is stored; an equal hash says that the events are
equal, at whatever speed.

exit status: 0 every payload was stored or set aside; 1 a reader raised; 2 the input is wrong;
130 stopped by Ctrl-C.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("path", metavar="PATH", type=Path, help="recorded payloads")
    add_store(parser)
    add_bus(parser)
    parser.add_argument(
        "--speed",
        type=finite,
        default=0.0,
        metavar="X",
        help="recorded seconds in a second: 1 for the pace at which they came; 0 for no wait",
    )
    parser.add_argument(
        "--decoder",
        choices=["dbn", "itch", "fix-levels", "fix-orders", "sbe"],
        default="dbn",
        help="what the messages of a capture are (default %(default)s)",
    )
    parser.add_argument("--schema", type=Path, metavar="FILE.xml", help="of --decoder sbe")
    parser.add_argument(
        "--recovered",
        action="store_true",
        help="the capture holds a recovery server's answers: wait for them as the live feed did",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


def execute(chosen: argparse.Namespace) -> int:
    """Replay, show progress and throughput; return 1 if a reader raised."""
    if chosen.speed < 0:
        message = f"--speed {chosen.speed} goes back in time; give 0 for no wait, or more"
        raise InputError(message)
    return replay_capture(chosen) if is_journal(chosen.path) else replay_payloads(chosen)


def replay_payloads(chosen: argparse.Namespace) -> int:
    """Send payloads into the stores; return 1 if a reader raised, 130 if it was stopped."""
    from wattbook.runtime.ingest.replay import (  # noqa: PLC0415 - keeps `--help` light
        recordings,
        replay,
    )
    from wattbook.sources.fetch import Stopped  # noqa: PLC0415
    from wattbook.sources.fetch.world import real_world  # noqa: PLC0415

    plain = True if chosen.plain else None
    console = Console(plain=plain)
    found = recordings(chosen.path)
    totals, is_stopped = Totals(), False
    with (
        pipeline_of(chosen) as pipeline,
        publishing(pipeline, chosen) as publisher,
        stop_event() as stop,
        Progress("payloads", len(found), plain=plain) as progress,
    ):
        try:
            for entry in replay(pipeline, found, real_world(stop), chosen.speed):
                totals.add(entry)
                publisher.stored()
                progress.advance(note=entry.name)
                if stop.is_set():
                    is_stopped = True
                    break
        except Stopped:
            is_stopped = True
        publisher.catch_up()
        pipeline.observations.compact()
    status = 130 if is_stopped else int(bool(totals.raised))
    payloads, new, rows, aside, _ = totals.all
    if chosen.json:
        made = {
            "payloads": payloads,
            "new": new,
            "rows": rows,
            "bytes": totals.size,
            "set_aside": aside,
            "raised": totals.raised,
            "seconds": time.monotonic() - totals.began,
            "stopped": is_stopped,
        }
        sys.stdout.write(json.dumps(made) + "\n")
        return status
    console.table(totals.table())
    console.line(totals.throughput())
    if said := publisher.said():
        console.line(said)
    for name, raised in totals.raised.items():
        console.line(f"{name}: {raised}", "red")
    if is_stopped:
        console.line(f"stopped after {payloads:,} of {len(found):,} payloads")
    return status
