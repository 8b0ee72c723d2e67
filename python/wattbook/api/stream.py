"""The stream: what the desk tells, by topic and key, and the front that hands it to readers."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattbook._core import StreamFront, StreamHub
from wattbook.runtime.watch import QUOTE_COLUMNS

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from wattbook.api.address import Certificate

__all__ = ["Front", "Stream", "Streamed", "Topics"]

Topics = dict[str, dict[Any, Any]]
"""New rows by topic and key."""
TRADES_KEPT: Final = 500
LISTS: Final[dict[str, int | None]] = {
    "fills": None,
    "orders": None,
    "trades": TRADES_KEPT,
    "refusals": None,
    "markets": None,
    "alerts": None,
}
"""Topics of many rows, and how many of the newest are kept."""
VALUES: Final = ("clock", "standing")
"""Topics of one value, the only row of their name."""
INTEGERS: Final = tuple(name.startswith("ts_") for name in QUOTE_COLUMNS)


def quote_bits(quotes: Mapping[int, tuple[float | None, ...]]) -> NDArray[np.int64]:
    """Return a row an instrument: its number, then the bits of each column of its quote.

    Examples
    --------
    >>> quote_bits({7: (50.0, None, 1.0, None, 3, 4)}).view(np.float64)[0, 1:3].tolist()
    [50.0, nan]
    """
    made = np.empty((len(quotes), 1 + len(QUOTE_COLUMNS)), dtype=np.int64)
    made[:, 0] = list(quotes)
    rows = list(quotes.values())
    for place, is_integer in enumerate(INTEGERS):
        values = [np.nan if row[place] is None else row[place] for row in rows]
        column = np.array(values, dtype=np.int64 if is_integer else np.float64)
        made[:, 1 + place] = column.view(np.int64)
    return made


def _json(row: object) -> bytes:
    return json.dumps(row, separators=(",", ":"), allow_nan=False).encode()


class Stream:
    """Everything that readers see, with numbered changes.

    Parameters
    ----------
    run : str
        Name of this life of the desk.
    """

    def __init__(self, run: str) -> None:
        columns = list(zip(QUOTE_COLUMNS, INTEGERS, strict=True))
        self._hub = StreamHub(run, columns, list(LISTS.items()), list(VALUES))

    @property
    def last(self) -> int:
        """The number of the last change."""
        return self._hub.last

    def push(self, topics: Topics, *, is_snapshot: bool = False) -> int:
        """Tell readers of new rows and return the number of the change.

        A snapshot replaces everything that was told before.

        Raises
        ------
        InputError
            If a topic is none.
        """
        rows = [
            # A value is the only row of its topic, whatever its key.
            (topic, 0, None, _json(row))
            if topic in VALUES
            else (topic, int(key), row.get("instrument"), _json(row))
            for topic, found in topics.items()
            if topic != "quotes"
            for key, row in found.items()
        ]
        return self._hub.push(is_snapshot, quote_bits(topics.get("quotes", {})), rows)

    def message(self, after: int | None) -> bytes | None:
        """Return what a reader lacks that has `after`, or nothing; None if it lacks nothing."""
        return self._hub.message(after, round(time.time() * 1_000))

    def front(
        self,
        listening: socket.socket,
        upstream: Path,
        bounds: tuple[float, ...],
        certificate: Certificate | None = None,
    ) -> Front:
        """Return the front that serves this stream, with a certificate by TLS 1.3; see `Front`.

        Raises
        ------
        InputError
            If the certificate or its key cannot be used.
        """
        listening.listen(1_024)
        tls = None if certificate is None else (certificate.certificate, certificate.key, None)
        return Front(
            StreamFront(self._hub, os.dup(listening.fileno()), upstream, list(bounds), tls)
        )


@dataclass(frozen=True, slots=True)
class Streamed:
    """What the stream has done: readers now, messages, their bytes, deltas merged for slow ones."""

    readers: int = 0
    sent: int = 0
    bytes: int = 0
    conflated: int = 0


class Front:
    """The desk's address, served by Rust.

    It serves the stream, and answers that only a step of the desk changes; all others it hands on
    to the application behind, which alone decides who may ask: what it says of an asker holds for a
    second, and `forget` ends that at once.

    Parameters
    ----------
    front : StreamFront
        That serves.
    """

    def __init__(self, front: StreamFront) -> None:
        self._front = front

    def forget(self) -> None:
        """Ask the application anew about everybody: a session has ended or a key was revoked."""
        self._front.forget()

    def streamed(self) -> Streamed:
        """Return what the stream has done so far."""
        return Streamed(*self._front.streamed())

    def answered(self) -> list[tuple[str, list[int], int, float]]:
        """Return of each route kept answers within each bound, in all, and their seconds."""
        return self._front.answered()

    def stop(self) -> None:
        """Stop; requests in hand have two seconds to end."""
        self._front.stop()
