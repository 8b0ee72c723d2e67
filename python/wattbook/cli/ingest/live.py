"""``wattbook ingest live CONFIG.toml``: datasets polled on their schedules, venues followed."""

import argparse
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console
from wattbook.cli.ingest.backfill import pairs
from wattbook.cli.ingest.bus import publishing_to
from wattbook.cli.ingest.common import Totals, finite, stop_event, when
from wattbook.cli.ingest.live_venues import VenueTeller, venue_table, wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from wattbook.runtime.ingest.live import Live, Tick
    from wattbook.runtime.ingest.live_config import LiveConfig
    from wattbook.runtime.ingest.pipeline import Pipeline

    Shows = Callable[[str], None]

__all__ = ["add_arguments", "execute"]

METRICS_EVERY_SECONDS = 60.0
WEEK_NS = 7 * 86_400 * 1_000_000_000

EPILOG = """\
Ctrl-C ends it after the payload in hand; the same command goes on from there. docs/ingest.md
explains the file; examples/live.toml is one.

exit status: 0 it ended by --once or --for, or was stopped; 1 a poll failed or a reader raised in
the last round of --once, or what a venue said could not be stored; 2 the input is wrong.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("config", metavar="CONFIG.toml", type=Path, help="what to poll and follow")
    parser.add_argument(
        "--store", type=Path, metavar="DIR", help="folder of the stores, in place of the file's"
    )
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="FROM=TO",
        help="ask a mirror, besides those of the file",
    )
    parser.add_argument(
        "--once", action="store_true", help="poll everything once and end; follow no venue"
    )
    parser.add_argument(
        "--for", dest="seconds", type=finite, default=0.0, metavar="S", help="end after S seconds"
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, no colours")


def tick_line(tick: "Tick") -> str:
    """Return one poll in one line."""
    rows = sum(entry.rows for entry in tick.ingested)
    parts = sum(entry.quarantined for entry in tick.ingested)
    text = (
        f"{when(tick.at)} {tick.name}: {len(tick.ingested):,} new, {tick.unchanged:,} unchanged, "
        f"{rows:,} rows, {parts:,} set aside"
    )
    if tick.refused:
        text += f", {len(tick.refused):,} not there"
    return f"{text}; failed: {tick.fault}" if tick.fault else text


class Metrics:
    """Measures at most once a minute, and writes and serves the text where the file asks for it.

    Only deliveries of the last week and the time to come are measured, so that it takes a moment
    whatever the stores hold.
    """

    def __init__(self, config: "LiveConfig", pipeline: "Pipeline", shows: "Shows | None") -> None:
        self.config = config
        self.pipeline = pipeline
        self.shows = shows
        self.measured = float("-inf")

    def update(self) -> None:
        """Measure if it is time."""
        from wattbook.runtime.ingest.quality import measure  # noqa: PLC0415 - `--help` is light
        from wattbook.runtime.ingest.quality_metrics import metrics_text  # noqa: PLC0415
        from wattbook.sources.fetch.cache import write_whole  # noqa: PLC0415
        from wattbook.store.observations import Span  # noqa: PLC0415

        is_due = time.monotonic() - self.measured >= METRICS_EVERY_SECONDS
        if not is_due or not (self.config.metrics or self.shows):
            return
        self.measured = time.monotonic()
        now = self.pipeline.now()
        text = metrics_text(measure(self.pipeline, now, Span(start=now - WEEK_NS)))
        if self.config.metrics:
            write_whole(self.config.path(self.config.metrics), text.encode())
        if self.shows is not None:
            self.shows(text)


def poll(
    live: "Live",
    chosen: argparse.Namespace,
    console: Console,
    after: "Callable[[], None]",
    stop: "Event",
    totals: Totals,
) -> bool:
    """Poll until stopped, a line a poll, `after` each; return whether all went well."""
    from wattbook.sources.fetch import Stopped  # noqa: PLC0415 - keeps `--help` light

    is_good = True
    with suppress(Stopped):
        for tick in live.run(once=chosen.once, for_seconds=chosen.seconds):
            for entry in tick.ingested:
                totals.add(entry)
            is_good &= not tick.fault and not any(entry.raised for entry in tick.ingested)
            console.line(tick_line(tick), "yellow" if tick.fault else "")
            after()
            if stop.is_set():
                break
    return is_good


def pipeline_into(store: Path, config: "LiveConfig") -> "Pipeline":
    """Return the pipeline that a config file asks for."""
    from wattbook.runtime.ingest.normalizers import AsRead  # noqa: PLC0415 - `--help` is light
    from wattbook.runtime.ingest.outbox import registry_at  # noqa: PLC0415
    from wattbook.runtime.ingest.pipeline import Pipeline  # noqa: PLC0415
    from wattbook.runtime.ingest.worker import Limits, Worker  # noqa: PLC0415

    islands = config.island_names()
    reader = Worker(islands, Limits(config.payload_seconds, config.payload_memory_mb))
    registry = registry_at(config.registry) if config.registry else None
    normalizer = AsRead if config.as_read else None
    pipeline = Pipeline(store, islands, normalizer, reader=reader, registry=registry)
    if config.rules:
        pipeline.rules.adopt(config.path(config.rules))
    return pipeline


def execute(chosen: argparse.Namespace) -> int:
    """Poll and follow until stopped, a line a poll and a line for each venue's news."""
    from wattbook.runtime.ingest.endpoint import MetricsEndpoint  # noqa: PLC0415
    from wattbook.runtime.ingest.live import Live  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.ingest.live_config import load_config  # noqa: PLC0415
    from wattbook.runtime.ingest.venue_intake import VenueIntakes  # noqa: PLC0415
    from wattbook.sources.fetch import Fetcher  # noqa: PLC0415
    from wattbook.sources.fetch.world import real_world  # noqa: PLC0415

    plain = True if chosen.plain else None
    console = Console(plain=plain)
    config = load_config(chosen.config)
    if chosen.once:
        config = replace(config, venue=())
    store = chosen.store or config.path(config.store)
    totals, began = Totals(), time.monotonic()
    origins = {**config.origins, **pairs(chosen.origin)}
    with stop_event() as stop, ExitStack() as stack:
        pipeline = stack.enter_context(pipeline_into(store, config))
        land = config.path(config.land) if config.land else None
        publisher = stack.enter_context(
            publishing_to(pipeline, config.bus, config.topic, config.partitions, land)
        )
        world = real_world(stop)
        shows = None
        if config.listen:
            endpoint = stack.enter_context(
                MetricsEndpoint(config.listen, allow_remote=config.allow_remote)
            )
            shows = endpoint.show
            console.line(f"metrics at {endpoint.address}")
        metrics = Metrics(config, pipeline, shows)

        def after() -> None:
            publisher.catch_up()
            metrics.update()

        fetcher = stack.enter_context(Fetcher(pipeline.cache, world, origins=origins))
        live = Live(config, pipeline, fetcher, world)
        teller = VenueTeller(console, plain=plain)
        stack.enter_context(teller.progress)
        venues = stack.enter_context(VenueIntakes(config, pipeline, teller))
        is_good = poll(live, chosen, console, after, stop, totals)
        if venues.intakes and not stop.is_set():
            left = began + chosen.seconds - time.monotonic() if chosen.seconds else None
            wait(venues, stop, left, metrics.update)
        venues.stop()
        if stop.is_set():
            console.line("stopped; the same command goes on")
        pipeline.observations.compact()
    if venues.intakes:
        console.table(venue_table(venues.intakes))
    if config.poll or config.inbox:
        console.table(totals.table())
        console.line(totals.throughput())
    return 1 if venues.faults or (chosen.once and not is_good) else 0
