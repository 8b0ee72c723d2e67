"""The stream: a snapshot, then numbered deltas, conflated for each reader that is behind."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattbook.api.delta import Delta, merged
from wattbook.api.packed import pack
from wattbook.runtime.watch import QUOTE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wattbook.api.desk import Desk

__all__ = ["WINDOW", "Encoder", "Reader", "StreamCounts", "message", "serve_reader"]

TRADES_MOST: Final = 200
WINDOW: Final = 3
"""How many messages a reader has not taken yet at most."""
LISTS: Final = ("fills", "orders", "trades", "refusals", "markets", "alerts")


class StreamCounts:
    """What the stream has done since it began."""

    def __init__(self) -> None:
        self.readers = 0
        self.sent = 0
        self.conflated = 0
        self.bytes = 0


def message(run: str, delta: Delta) -> bytes:
    """Return a delta as one binary message: quotes as columns, everything else in its header."""
    quotes = delta.topics.get("quotes", {})
    rows = list(quotes.values())
    columns: dict[str, np.ndarray] = {
        "instrument": np.fromiter(quotes.keys(), dtype=np.int64, count=len(rows))
    }
    for place, name in enumerate(QUOTE_COLUMNS):
        kind = np.int64 if name.startswith("ts_") else np.float64
        values = [row[place] for row in rows]
        columns[name] = np.array(
            [np.nan if value is None else value for value in values], dtype=kind
        )
    header: dict[str, Any] = {
        "kind": "snapshot" if delta.is_snapshot else "delta",
        "run": run,
        "first": delta.first,
        "last": delta.last,
        "sent_ms": round(time.time() * 1_000),
    }
    for topic in LISTS:
        if topic in delta.topics:
            found = list(delta.topics[topic].values())
            header[topic] = found[-TRADES_MOST:] if topic == "trades" else found
    for topic in ("clock", "standing"):
        if topic in delta.topics:
            header[topic] = delta.topics[topic][topic]
    return pack(header, columns)


class Reader:
    """One client: what it has not been sent yet, as one delta however far it is behind.

    Parameters
    ----------
    counts : StreamCounts
        Where to count.
    """

    def __init__(self, counts: StreamCounts) -> None:
        self._counts = counts
        self._pending: Delta | None = None
        self._is_ready = asyncio.Event()

    def tell(self, delta: Delta) -> None:
        """Take a delta over; it replaces older rows of the same keys that were not sent yet."""
        if self._pending is None:
            self._pending = delta
        else:
            self._counts.conflated += 1
            self._pending = merged(self._pending, delta)
        self._is_ready.set()

    async def next(self) -> Delta:
        """Return what is to be sent, as soon as there is anything."""
        await self._is_ready.wait()
        self._is_ready.clear()
        found, self._pending = self._pending, None
        assert found is not None, "a reader is ready only with something to send"  # noqa: S101
        return found


class Encoder:
    """Encodes a delta once for all readers that are up to date."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._last: tuple[Delta, bytes] | None = None

    def encode(self, delta: Delta) -> bytes:
        """Return the message of a delta."""
        if self._last is None or self._last[0] is not delta:
            self._last = delta, message(self._run, delta)
        return self._last[1]


async def serve_reader(
    desk: Desk,
    counts: StreamCounts,
    encoder: Encoder,
    after: int | None,
    window: asyncio.Semaphore,
    send: Callable[[bytes], Awaitable[None]],
) -> None:
    """Send a reader everything, or what it lacks since `after`, and then every delta.

    Each message takes one from `window`, which the reader gives back when it has taken the message:
    a slow reader has few of them on their way to it, and gets the newest rows next.
    Ends when `send` raises: the reader has gone.
    """
    reader = Reader(counts)
    missing = desk.history.snapshot() if after is None else desk.history.since(after)
    if missing is not None and missing.last:
        reader.tell(missing)
    desk.readers.add(reader.tell)
    counts.readers += 1
    try:
        while True:
            await window.acquire()
            text = encoder.encode(await reader.next())
            await send(text)
            counts.sent += 1
            counts.bytes += len(text)
    finally:
        counts.readers -= 1
        desk.readers.discard(reader.tell)
