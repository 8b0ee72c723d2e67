"""``wattbook ingest land BUS``: stores what comes from a topic, each row once."""

import argparse
import time
from pathlib import Path

from wattbook.cli.console import Console
from wattbook.cli.ingest.bus import TOPIC
from wattbook.cli.ingest.common import finite, stop_event
from wattbook.cli.progress import Progress
from wattbook.errors import InputError

__all__ = ["add_arguments", "execute"]

COMPACT_EVERY_SECONDS = 60.0
EPILOG = """\
Rows and the position behind them are kept in one transaction, so that a worker that is killed, or
two that hold one partition for a moment, neither lose nor double a row. Several workers share a
topic out; they may land into one store.

exit status: 0 ended by --idle, --for or Ctrl-C; 1 messages were set aside; 2 the input is wrong or
the bus cannot be reached.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("bus", metavar="BUS", help="kafka://127.0.0.1:9092")
    parser.add_argument("--topic", default=TOPIC, help="where from (default %(default)s)")
    parser.add_argument("--group", default="wattbook-store", help="of workers (%(default)s)")
    parser.add_argument(
        "--store", type=Path, required=True, metavar="DIR", help="stores that nothing else fills"
    )
    parser.add_argument(
        "--registry",
        required=True,
        metavar="FILE|URL",
        help="what the rows were written by: schemas.sqlite of the store that publishes, or a URL",
    )
    parser.add_argument(
        "--idle", type=finite, default=0.0, metavar="S", help="end when nothing came for S seconds"
    )
    parser.add_argument(
        "--for", dest="seconds", type=finite, default=0.0, metavar="S", help="end after S seconds"
    )
    parser.add_argument(
        "--metrics", type=Path, metavar="FILE", help="write the lag as Prometheus reads it"
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, no colours")


def execute(chosen: argparse.Namespace) -> int:
    """Land until it is over; return 1 if messages were set aside."""
    from wattbook.ingest.transport import lag_metrics  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.ingest.outbox import bus_at, registry_at  # noqa: PLC0415
    from wattbook.runtime.ingest.topic_store import TopicStore  # noqa: PLC0415
    from wattbook.sources.fetch.cache import write_whole  # noqa: PLC0415

    if chosen.bus == "ring":
        message = "a ring lives within one process; use --bus ring --land DIR where rows are stored"
        raise InputError(message)
    if "://" not in chosen.registry and not Path(chosen.registry).exists():
        message = f"--registry {chosen.registry} is not there; give the publisher's schemas.sqlite"
        raise InputError(message)
    plain = True if chosen.plain else None
    bus, registry = bus_at(chosen.bus), registry_at(chosen.registry)
    began = heard = compacted = time.monotonic()
    store = TopicStore(bus, chosen.topic, chosen.store, registry, time.time_ns, chosen.group)
    with stop_event() as stop, store, Progress("messages", plain=plain) as progress:
        while not stop.is_set():
            count = store.step()
            now = time.monotonic()
            heard = now if count else heard
            progress.advance(count)
            if now - compacted > COMPACT_EVERY_SECONDS:
                store.observations.compact()
                compacted = now
            if 0 < chosen.idle <= now - heard or 0 < chosen.seconds <= now - began:
                break
        lag = bus.lag(chosen.topic, chosen.group)
        if chosen.metrics is not None:
            write_whole(chosen.metrics, lag_metrics(bus, [(chosen.topic, chosen.group)]).encode())
    store.observations.compact()
    landed = store.lander.landed
    Console(plain=plain).line(
        f"landed {landed.messages:,} messages in {landed.batches:,} batches, "
        f"{store.set_aside:,} set aside, {sum(lag.values()):,} behind"
    )
    return 1 if store.set_aside else 0
