"""The part of ``wattbook ingest replay`` that sends a capture of packets through a feed again."""

import argparse
import dataclasses
import datetime as dt
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.ingest.common import stop_event, when
from wattbook.cli.progress import Progress
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections import Counter

    from wattbook.ingest.feed import CaptureSummary, Feed, FeedConfig, FeedStatistics

__all__ = ["is_journal", "replay_capture"]

LINES = ("A", "B", "recovery", "other")
PARTS_SHOWN = 5


def is_journal(path: Path) -> bool:
    """Return whether `path` is a folder of journal segments, which captures are."""
    return path.is_dir() and next(path.glob("segment-*"), None) is not None


def config_of(chosen: argparse.Namespace, summary: "CaptureSummary") -> "FeedConfig":
    """Return how the capture is read.

    Raises
    ------
    InputError
        If the schema that the decoder needs is missing or cannot be read.
    """
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - keeps `--help` light

    from wattbook.ingest.feed import FeedConfig  # noqa: PLC0415 - keeps `--help` light

    if (chosen.decoder == "sbe") != (chosen.schema is not None):
        message = "--decoder sbe and --schema FILE.xml belong together; give both or neither"
        raise InputError(message)
    try:
        schema = "" if chosen.schema is None else chosen.schema.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        message = f"--schema {chosen.schema} cannot be read ({fault}); give the venue's XML"
        raise InputError(message) from fault
    # ITCH counts from midnight in New York; the day is that of the first packet.
    first = dt.datetime.fromtimestamp(summary.first // 10**9, ZoneInfo("America/New_York"))
    midnight = int(first.replace(hour=0, minute=0, second=0).timestamp()) * 10**9
    config = FeedConfig(
        format=summary.format, decoder=chosen.decoder, schema=schema, midnight_ns=midnight
    )
    if chosen.recovered:
        return config
    # Nobody answers a replay, and waiting for it would fill the room for packets that wait.
    return dataclasses.replace(config, retransmission_attempts=0, snapshot_attempts=0)


def counted(
    feed: "Feed", progress: Progress, stop: threading.Event, pause_seconds: float = 0.001
) -> "Counter[str]":
    """Return the events of `feed` by kind, until it has ended or a stop is asked for."""
    from collections import Counter  # noqa: PLC0415 - keeps `--help` light

    import numpy as np  # noqa: PLC0415 - keeps `--help` light

    from wattbook.ingest.feed import EVENT_KINDS  # noqa: PLC0415

    kinds: Counter[str] = Counter()
    while not stop.is_set():
        was_done = feed.is_done
        batch = feed.take()
        numbers, counts = np.unique(batch.kind, return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            kinds[EVENT_KINDS[number]] += count
        megabytes = sum(line.bytes for line in feed.statistics.lines) / 1e6
        progress.advance(megabytes - progress.done, f"{kinds.total():,} events")
        if not len(batch):
            if was_done:
                break
            stop.wait(pause_seconds)
    return kinds


def tables(kinds: "Counter[str]", found: "FeedStatistics") -> list[Table]:
    """Return what came over the lines, and what became of it."""
    lines = Table("Lines", ["line<", "packets", "MB", "first", "duplicates", "malformed"])
    for name, line in zip(LINES, found.lines, strict=True):
        if line.packets:
            cells = [f"{line.packets:,}", f"{line.bytes / 1e6:,.1f}", f"{line.first:,}"]
            lines.rows.append([name, *cells, f"{line.duplicates:,}", f"{line.malformed:,}"])
    events = Table("Events", ["kind<", "events"], total=True)
    events.rows.extend([kind, f"{count:,}"] for kind, count in sorted(kinds.items()))
    events.rows.append(["all", f"{kinds.total():,}"])
    return [lines, events]


def told(found: "FeedStatistics") -> list[str]:
    """Return the lines that say whether the feed can be trusted."""
    trust = "trusted" if found.is_trusted else "not trusted since the first loss"
    losses = f"{found.gaps:,} gaps, {found.units_lost:,} units lost, {found.anomalies:,} anomalies"
    return [
        f"{losses}; {found.instruments:,} instruments; {trust}",
        f"{found.quarantined:,} parts set aside",
        f"hash {found.hash:#018x}",
    ]


def replay_capture(chosen: argparse.Namespace) -> int:
    """Replay the capture that was chosen; return 130 if it was stopped.

    Raises
    ------
    FeedError
        If the folder holds a journal that is no capture, or a damaged one.
    """
    from wattbook.ingest.feed import Feed, capture_summary  # noqa: PLC0415

    plain = True if chosen.plain else None
    console = Console(plain=plain)
    summary = capture_summary(chosen.path)
    config = config_of(chosen, summary)
    began = time.monotonic()
    with stop_event() as stop, Progress("MB", summary.bytes / 1e6, plain=plain) as progress:
        with Feed.replay(chosen.path, config, speed=chosen.speed) as feed:
            kinds = counted(feed, progress, stop)
        is_stopped = stop.is_set()
    seconds = max(time.monotonic() - began, 1e-9)
    found = feed.statistics
    if chosen.json:
        made = dataclasses.asdict(found) | {"hash": f"{found.hash:#018x}", "kinds": kinds}
        made |= {"capture": dataclasses.asdict(summary), "seconds": seconds, "stopped": is_stopped}
        print_json(made)
        return 130 if is_stopped else 0
    console.line(
        f"capture of {summary.format}: {summary.entries:,} entries, {summary.bytes / 1e6:,.1f} MB, "
        f"{when(summary.first)} to {when(summary.last)}"
    )
    for table in tables(kinds, found):
        console.table(table)
    for line in told(found):
        console.line(line)
    for part in feed.quarantined[:PARTS_SHOWN]:
        console.line(f"  sequence {part.sequence:,}, {when(part.ts_recv)}: {part.reason}")
    if found.messages and found.quarantined >= found.messages:
        console.line(f"nothing could be decoded as {config.decoder}; give another --decoder")
    console.line(
        f"{found.messages:,} messages in {seconds:,.1f} s: {found.messages / seconds:,.0f} "
        f"messages/s, {summary.bytes / 1e6 / seconds:,.1f} MB/s"
    )
    if is_stopped:
        console.line("stopped before the end of the capture")
    return 130 if is_stopped else 0
