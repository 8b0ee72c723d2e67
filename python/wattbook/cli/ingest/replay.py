"""``wattbook ingest replay PATH``: recorded payloads into the stores."""

import argparse
import time
from pathlib import Path

from wattbook.cli.console import Console
from wattbook.cli.ingest.common import (
    add_store,
    pipeline_of,
    stop_event,
    throughput,
    totals_table,
)
from wattbook.cli.progress import Progress

__all__ = ["add_arguments", "execute"]

EPILOG = """\
PATH is a file, a folder of files, or a store whose payloads are to be sent through again. A file
counts as received when it was last written. The same payload twice changes nothing.

exit status: 0 every payload was stored or set aside; 1 a reader raised; 2 the input is wrong;
130 stopped by Ctrl-C.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("path", metavar="PATH", type=Path, help="recorded payloads")
    add_store(parser)
    parser.add_argument(
        "--speed",
        type=float,
        default=0.0,
        metavar="X",
        help="recorded seconds in a second: 1 for the pace at which they came; 0 for no wait",
    )


def execute(chosen: argparse.Namespace) -> int:
    """Replay, show progress and throughput; return 1 if a reader raised."""
    from wattbook.runtime.ingest.replay import (  # noqa: PLC0415 - keeps `--help` light
        recordings,
        replay,
    )
    from wattbook.sources.fetch import Stopped  # noqa: PLC0415
    from wattbook.sources.fetch.world import real_world  # noqa: PLC0415

    plain = True if chosen.plain else None
    console = Console(plain=plain)
    found = recordings(chosen.path)
    pipeline = pipeline_of(chosen)
    taken, is_stopped = [], False
    began = time.monotonic()
    with stop_event() as stop, Progress("payloads", len(found), plain=plain) as progress:
        try:
            for entry in replay(pipeline, found, real_world(stop), chosen.speed):
                taken.append(entry)
                progress.advance(note=entry.name)
                if stop.is_set():
                    is_stopped = True
                    break
        except Stopped:
            is_stopped = True
    pipeline.observations.compact()
    console.table(totals_table(taken))
    console.line(throughput(taken, began))
    for entry in taken:
        if entry.raised:
            console.line(f"{entry.name}: {entry.raised}", "red")
    if is_stopped:
        console.line(f"stopped after {len(taken):,} of {len(found):,} payloads")
        return 130
    return 1 if any(entry.raised for entry in taken) else 0
