"""What the commands below ``wattbook ingest`` share."""

import argparse
import datetime as dt
import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Table
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.runtime.ingest.pipeline import Ingested, Pipeline
    from wattbook.runtime.ingest.worker import Limits

__all__ = [
    "Totals",
    "add_limits",
    "add_store",
    "finite",
    "instant",
    "limits_of",
    "pipeline_of",
    "stop_event",
    "stored_pipeline",
    "when",
]

STORE = "wattbook-store"
RAISED_KEPT = 1_000


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
    parser.add_argument(
        "--rules",
        type=Path,
        metavar="FILE.toml",
        help="rule file of this store from now on (default: the one given last, or as it ships)",
    )
    add_limits(parser)
    parser.add_argument("--plain", action="store_true", help="plain lines, no colours")


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Add what one payload may take: ``--seconds`` and ``--memory``."""
    parser.add_argument(
        "--seconds",
        type=finite,
        default=300.0,
        metavar="S",
        help="how long reading one payload may take (default %(default)g)",
    )
    parser.add_argument(
        "--memory",
        type=finite,
        default=4_096,
        metavar="MIB",
        help="how much memory reading one payload may take (default %(default)g)",
    )


def limits_of(chosen: argparse.Namespace) -> "Limits":
    """Return what one payload may take.

    Raises
    ------
    InputError
        If that is nothing.
    """
    from wattbook.runtime.ingest.worker import Limits  # noqa: PLC0415 - keeps `--help` light

    for name in ("seconds", "memory"):
        if getattr(chosen, name) <= 0:
            message = (
                f"--{name} {getattr(chosen, name)} leaves nothing to read in; give more than 0"
            )
            raise InputError(message)
    return Limits(chosen.seconds, chosen.memory)


def pipeline_of(chosen: argparse.Namespace) -> "Pipeline":
    """Return the pipeline into the stores that were chosen."""
    from wattbook.runtime.ingest.normalizers import AsRead  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.ingest.outbox import registry_at  # noqa: PLC0415
    from wattbook.runtime.ingest.pipeline import Pipeline  # noqa: PLC0415
    from wattbook.runtime.ingest.worker import Worker  # noqa: PLC0415

    reader = Worker(chosen.island, limits_of(chosen))
    normalizer = AsRead if chosen.as_read else None
    given = getattr(chosen, "registry", "")
    registry = registry_at(given) if given else None
    pipeline = Pipeline(chosen.store, chosen.island, normalizer, reader=reader, registry=registry)
    if chosen.rules is not None:
        pipeline.rules.adopt(chosen.rules)
    return pipeline


def stored_pipeline(chosen: argparse.Namespace) -> "Pipeline":
    """Return the pipeline of stores that are there, for what only looks at what they hold.

    Raises
    ------
    InputError
        If there are none: a mistyped folder would be made, and read as an empty market.
    """
    if not (chosen.store / "observations" / "catalogue.sqlite").is_file():
        message = (
            f"--store {chosen.store} is no store: it has no observations/catalogue.sqlite; give "
            "the folder that replay, backfill, live or land filled"
        )
        raise InputError(message)
    return pipeline_of(chosen)


def finite(text: str) -> float:
    """Return a number that is one: of NaN, no bound holds.

    Examples
    --------
    >>> finite("2.5")
    2.5
    >>> finite("nan")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: 'nan' is no finite number; write one like 2.5
    """
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        message = f"{text!r} is no finite number; write one like 2.5"
        raise argparse.ArgumentTypeError(message)
    return found


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


class Totals:
    """What became of all payloads so far: sums, however many there are."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.sums: dict[tuple[str, str], list[int]] = {}
        self.size = 0
        self.raised: dict[str, str] = {}

    def add(self, entry: "Ingested") -> None:
        """Count a payload."""
        own = self.sums.setdefault((entry.source, entry.dataset), [0] * 5)
        counts = (1, entry.is_new, entry.rows, entry.quarantined, bool(entry.raised))
        for place, count in enumerate(counts):
            own[place] += count
        self.size += entry.size
        if entry.raised and len(self.raised) < RAISED_KEPT:
            self.raised[entry.name] = entry.raised

    @property
    def all(self) -> list[int]:
        """Payloads, new ones, rows, parts set aside and readers that failed."""
        return [sum(column) for column in zip(*self.sums.values(), strict=True)] or [0] * 5

    def table(self) -> Table:
        """Return payloads, rows and parts set aside by source and dataset."""
        table = Table(
            "Ingested",
            ["source<", "dataset<", "payloads", "new", "rows", "set aside", "raised"],
            total=True,
        )
        for (source, dataset), own in sorted(self.sums.items()):
            table.rows.append([source or "none", dataset, *(f"{count:,}" for count in own)])
        table.rows.append(["all", "", *(f"{count:,}" for count in self.all)])
        return table

    def throughput(self) -> str:
        """Return rows and bytes a second since the beginning."""
        seconds = max(time.monotonic() - self.began, 1e-9)
        payloads, _, rows, *_ = self.all
        return (
            f"{payloads:,} payloads, {self.size / 1e6:,.1f} MB, {rows:,} rows in {seconds:,.1f} s: "
            f"{rows / seconds:,.0f} rows/s, {self.size / 1e6 / seconds:,.1f} MB/s"
        )
