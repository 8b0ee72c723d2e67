"""What the commands below ``wattbook ingest`` share."""

import argparse
import datetime as dt
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Table

if TYPE_CHECKING:
    from wattbook.runtime.ingest.pipeline import Ingested, Pipeline

__all__ = [
    "add_store",
    "instant",
    "pipeline_of",
    "stop_event",
    "throughput",
    "totals_table",
    "when",
]

STORE = "wattbook-store"


def add_store(parser: argparse.ArgumentParser) -> None:
    """Add ``--store``, ``--island``, ``--as-read`` and ``--plain``."""
    parser.add_argument(
        "--store",
        type=Path,
        default=Path(os.environ.get("WATTBOOK_STORE", STORE)),
        metavar="DIR",
        help="folder of the stores (default WATTBOOK_STORE or ./wattbook-store)",
    )
    parser.add_argument(
        "--island",
        action="append",
        default=[],
        metavar="MODULE",
        help="a module or .py file of your own with DATASETS, asked first; repeat for more",
    )
    parser.add_argument(
        "--as-read",
        action="store_true",
        help="store rows as their source has them: no common codes and units, no rules",
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, no colours")


def pipeline_of(chosen: argparse.Namespace) -> "Pipeline":
    """Return the pipeline into the stores that were chosen."""
    from wattbook.runtime.ingest.normalizers import AsRead  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.ingest.pipeline import Pipeline  # noqa: PLC0415

    return Pipeline(chosen.store, chosen.island, AsRead if chosen.as_read else None)


def instant(text: str) -> int:
    """Return a day or an instant as ns UTC; a day begins at midnight UTC.

    Examples
    --------
    >>> instant("2025-03-30"), instant("2025-03-30T00:00+02:00")
    (1743292800000000000, 1743285600000000000)
    >>> instant("30.3.2025")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: '30.3.2025' is no instant; write 2025-03-30 or 2025-03-30T06:00Z
    """
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as fault:
        message = f"{text!r} is no instant; write 2025-03-30 or 2025-03-30T06:00Z"
        raise argparse.ArgumentTypeError(message) from fault
    if found.tzinfo is None:
        found = found.replace(tzinfo=dt.UTC)
    return int(found.timestamp()) * 1_000_000_000


def when(ns: int) -> str:
    """Return an instant for a person, to the second.

    Examples
    --------
    >>> when(1743292800000000000)
    '2025-03-30 00:00:00Z'
    """
    seconds = ns // 1_000_000_000
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M:%S}Z"


@contextmanager
def stop_event() -> Iterator[threading.Event]:
    """Lend an event that the first Ctrl-C sets; a second one interrupts at once."""
    import signal  # noqa: PLC0415 - only where something runs
    from types import FrameType  # noqa: PLC0415

    event = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def totals_table(found: "Sequence[Ingested]") -> Table:
    """Return payloads, rows and parts set aside by source and dataset."""
    table = Table(
        "Ingested",
        ["source<", "dataset<", "payloads", "new", "rows", "set aside", "raised"],
        total=True,
    )
    groups: dict[tuple[str, str], list[Ingested]] = {}
    for entry in found:
        groups.setdefault((entry.source, entry.dataset), []).append(entry)
    for (source, dataset), own in sorted(groups.items()):
        table.rows.append([source or "none", dataset, *counts(own)])
    table.rows.append(["all", "", *counts(found)])
    return table


def counts(found: "Sequence[Ingested]") -> list[str]:
    """Return the figures of one row of `totals_table`."""
    return [
        f"{len(found):,}",
        f"{sum(entry.is_new for entry in found):,}",
        f"{sum(entry.rows for entry in found):,}",
        f"{sum(entry.quarantined for entry in found):,}",
        f"{sum(bool(entry.raised) for entry in found):,}",
    ]


def throughput(found: "Sequence[Ingested]", began: float) -> str:
    """Return rows and bytes a second since `began` on the monotonic clock."""
    seconds = max(time.monotonic() - began, 1e-9)
    rows, size = sum(entry.rows for entry in found), sum(entry.size for entry in found)
    return (
        f"{len(found):,} payloads, {size / 1e6:,.1f} MB, {rows:,} rows in {seconds:,.1f} s: "
        f"{rows / seconds:,.0f} rows/s, {size / 1e6 / seconds:,.1f} MB/s"
    )
