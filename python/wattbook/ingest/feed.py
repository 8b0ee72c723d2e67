"""Feed handlers: two lines of packets to one stream of events, live or from a capture.

The compiled part arbitrates, recovers, decodes and keeps the books on a thread of its own; events
come out in batches of NumPy columns. ``docs/feed.md`` says what is guaranteed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from wattbook import _core

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "EVENT_KINDS",
    "CaptureSummary",
    "EventBatch",
    "Feed",
    "FeedConfig",
    "FeedLine",
    "FeedStatistics",
    "LineStatistics",
    "QuarantinedPart",
    "capture",
    "capture_summary",
    "replay",
]

EVENT_KINDS = {
    1: "add",
    2: "modify",
    3: "delete",
    4: "clear",
    5: "level",
    6: "trade",
    7: "lost",
    8: "snapshot_began",
    9: "snapshot_ended",
    10: "session_changed",
}
"""What the numbers in `EventBatch.kind` mean."""

BATCH_EVENTS = 65_536
PAUSE_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class FeedLine:
    """Where one line of a feed arrives.

    Parameters
    ----------
    address : str
        IPv4 address of this machine to listen on; of a group, ``0.0.0.0``.
    port : int
        UDP port; 0 for a free one.
    group : str, optional
        Multicast group to join.
    interface : str
        Address of the interface to join on; ``0.0.0.0`` for the system's choice.
    """

    address: str
    port: int
    group: str | None = None
    interface: str = "0.0.0.0"  # noqa: S104 - the system's choice of an interface


def _compiled(line: FeedLine) -> tuple[str, int, str | None, str]:
    return line.address, line.port, line.group, line.interface


@dataclass(frozen=True, slots=True)
class FeedConfig:
    """How a feed is read.

    Parameters
    ----------
    format : str
        Layout of the packets: ``sequenced`` (as CME's MDP 3.0) or ``moldudp64``.
    decoder : str
        What the messages are: ``dbn``, ``itch``, ``fix-levels``, ``fix-orders`` or ``sbe``.
    schema : str
        The schema's XML, for ``sbe``.
    start : int, optional
        First sequence to hand on, asked for if it is past; by default the first that comes.
    from_snapshot : bool
        Begin with a snapshot instead.
    gap_wait_ns : int
        How long the other line may take to fill a gap.
    retransmission_attempts, snapshot_attempts : int
        How often the recovery server is asked; 0 for never.
    retransmission_timeout_ns, snapshot_timeout_ns : int
        Time from one request to the next.
    packets_pending_max, packet_bytes_max : int
        Packets that may wait for others, and the longest; their product is the memory taken.
    instruments_max : int
        Books and symbols that are kept.
    midnight_ns : int
        When the day of ``itch`` began in New York, ns UTC.
    ring_events : int
        Events that may wait in memory.
    spill_directory : str or Path, optional
        Where events go that find no room; without it the feed waits for its reader.
    spill_bytes_max : int
        Most bytes of that file.
    hardware_stamps : bool
        Ask the network card for the time of reception; the kernel's is taken where it has none.
    """

    format: str = "moldudp64"
    decoder: str = "dbn"
    schema: str = ""
    start: int | None = None
    from_snapshot: bool = False
    gap_wait_ns: int = 2_000_000
    retransmission_attempts: int = 3
    retransmission_timeout_ns: int = 50_000_000
    snapshot_attempts: int = 3
    snapshot_timeout_ns: int = 500_000_000
    packets_pending_max: int = 4_096
    packet_bytes_max: int = 1_500
    instruments_max: int = 4_096
    midnight_ns: int = 0
    ring_events: int = 65_536
    spill_directory: str | Path | None = None
    spill_bytes_max: int = 1 << 30
    hardware_stamps: bool = False


@dataclass(frozen=True, slots=True)
class LineStatistics:
    """What came over one line: packets, their bytes, and what became of them."""

    packets: int
    bytes: int
    first: int
    duplicates: int
    malformed: int
    heartbeats: int
    stale: int
    implausible: int


@dataclass(frozen=True, slots=True)
class FeedStatistics:
    """What a feed has counted; ``docs/feed.md`` says what each number means.

    ``lines`` are A, B, recoveries and others. A unit is what the sequence counts: a message of
    MoldUDP64, a packet of the other format. ``hash`` is over all events in their order.
    """

    lines: tuple[LineStatistics, ...]
    messages: int
    units: int
    gaps: int
    units_waited_for: int
    units_recovered: int
    units_lost: int
    requests: int
    snapshot_requests: int
    snapshots: int
    snapshots_refused: int
    units_in_snapshots: int
    sessions: int
    overflows: int
    pending_max: int
    gap_ns_max: int
    events: int
    hash: int
    quarantined: int
    waiting: int
    spilled: int
    blocked: int
    kernel_drops: int
    instruments: int
    anomalies: int
    crossed: int
    next_sequence: int
    is_live: bool
    is_trusted: bool


@dataclass(frozen=True, slots=True)
class QuarantinedPart:
    """A packet or message that cannot be trusted.

    ``sequence`` is its message's, 0 for a packet; ``reason`` names the byte; ``raw`` is at most its
    first 2 KiB.
    """

    sequence: int
    line: int
    ts_recv: int
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True, eq=False)
class EventBatch:
    """Events in their order, as columns of equal length.

    Parameters
    ----------
    sequence : ndarray of uint64
        Of the message that an event came from.
    generation : ndarray of uint32
        Sessions before.
    ts_event, ts_recv : ndarray of int64
        At the venue, and of reception by card, kernel or program; ns UTC.
    instrument : ndarray of uint32
        The venue's number; 0 for the stream as a whole.
    kind : ndarray of uint8
        By `EVENT_KINDS`.
    side : ndarray of uint8
        1 buy, 2 sell, 0 none.
    venue_order : ndarray of uint64
        The venue's number of the order or trade.
    price, volume : ndarray of int64
        In 1e-6 of the instrument's units.
    orders : ndarray of uint32
        At a level; 0 where the venue does not say.
    """

    sequence: NDArray[np.uint64]
    generation: NDArray[np.uint32]
    ts_event: NDArray[np.int64]
    ts_recv: NDArray[np.int64]
    instrument: NDArray[np.uint32]
    kind: NDArray[np.uint8]
    side: NDArray[np.uint8]
    venue_order: NDArray[np.uint64]
    price: NDArray[np.int64]
    volume: NDArray[np.int64]
    orders: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.sequence)

    def table(self) -> pl.DataFrame:
        """Return the events as a Polars table, which any library of Arrow reads."""
        import polars as pl  # noqa: PLC0415 - loaded by who asks for a table

        return pl.DataFrame({field.name: getattr(self, field.name) for field in fields(self)})


class Feed:
    """A feed on a thread of its own; use it in a ``with``, which ends the thread.

    Made by `Feed.live` and `Feed.replay`.
    """

    def __init__(self, thread: _core.FeedThread) -> None:
        self._thread = thread

    @classmethod
    def live(
        cls,
        config: FeedConfig,
        line_a: FeedLine,
        line_b: FeedLine | None = None,
        *,
        recovery: tuple[str, int] | None = None,
        capture: Path | None = None,
        zstd_level: int | None = None,
    ) -> Self:
        """Listen on one or two lines, and keep what comes in the folder `capture`.

        Parameters
        ----------
        config : FeedConfig
            How the feed is read.
        line_a, line_b : FeedLine
            Where it arrives.
        recovery : (str, int), optional
            Address and port of a server that answers over TCP.
        capture : Path, optional
            Folder of a capture, which is continued if it exists.
        zstd_level : int, optional
            Compresses the capture.

        Raises
        ------
        FeedError
            If an address is taken or the folder cannot be written.
        InputError
            If the configuration names what does not exist.
        """
        lines = [_compiled(line) for line in (line_a, line_b) if line is not None]
        return cls(_core.FeedThread.live(config, lines, recovery, capture, zstd_level))

    @classmethod
    def replay(cls, path: Path, config: FeedConfig, *, speed: float = 0.0) -> Self:
        """Replay the capture in the folder `path`, `speed` times as fast as it was recorded.

        At 0 it goes as fast as can be. The same capture and configuration give the same events and
        the same hash, at any speed.

        Raises
        ------
        FeedError
            If the folder cannot be read. One that holds no capture, or one of another format, ends
            the thread: `stop` and the end of `batches` raise it.
        """
        return cls(_core.FeedThread.replay(config, path, speed))

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that the lines listen on."""
        return tuple(self._thread.ports)

    @property
    def statistics(self) -> FeedStatistics:
        """What was counted, at most 50 ms ago while the feed runs."""
        counts, lines, _ = self._thread.view()
        is_live, is_trusted = bool(counts.pop("is_live")), bool(counts.pop("is_trusted"))
        return FeedStatistics(
            lines=tuple(LineStatistics(**line) for line in lines),
            is_live=is_live,
            is_trusted=is_trusted,
            **counts,
        )

    @property
    def quarantined(self) -> tuple[QuarantinedPart, ...]:
        """The first parts that were set aside; `statistics` counts all."""
        _, _, parts = self._thread.view()
        return tuple(
            QuarantinedPart(sequence, line, ts_recv, reason, bytes(raw))
            for sequence, line, ts_recv, reason, raw in parts
        )

    @property
    def is_done(self) -> bool:
        """Whether the thread has ended: a replay is through, or the feed was stopped or failed."""
        return self._thread.is_done()

    def take(self, most: int = BATCH_EVENTS) -> EventBatch:
        """Return up to `most` events, none if there are none now.

        Raises
        ------
        FeedError
            If the file of what was not read cannot be read.
        """
        return EventBatch(**self._thread.take(most))

    def batches(self, size: int = BATCH_EVENTS) -> Iterator[EventBatch]:
        """Yield batches of up to `size` events as they come, until the thread has ended.

        Raises
        ------
        FeedError
            If that was because something failed.
        """
        while True:
            was_done = self.is_done
            batch = self.take(size)
            if len(batch):
                yield batch
            elif was_done:
                self.stop()
                return
            else:
                time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """End the thread; what was not taken can be taken still.

        Raises
        ------
        FeedError
            If it had failed.
        """
        self._thread.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def replay(path: Path, config: FeedConfig, *, speed: float = 0.0) -> Iterator[EventBatch]:
    """Yield the events of the capture in the folder `path` in batches; see `Feed.replay`.

    Raises
    ------
    FeedError
        If the folder holds no capture of that format, or a damaged one: what stands before the
        damage was yielded.
    """
    with Feed.replay(path, config, speed=speed) as feed:
        yield from feed.batches()


@dataclass(frozen=True, slots=True)
class CaptureSummary:
    """What a capture holds.

    Parameters
    ----------
    format : str
        Layout of its packets.
    entries, bytes : int
        Packets, snapshots and moments, and the bytes of the first two.
    first, last : int
        Times of reception, ns UTC; 0 for an empty one.
    """

    format: str
    entries: int
    bytes: int
    first: int
    last: int


def capture_summary(path: Path) -> CaptureSummary:
    """Return what the capture in the folder `path` holds, read and checked to its end.

    Raises
    ------
    FeedError
        If the folder holds none, or a damaged one.
    """
    return CaptureSummary(*_core.feed_capture_summary(path))


def capture(
    path: Path,
    lines: tuple[FeedLine, ...],
    packet_format: str,
    *,
    zstd_level: int | None = None,
    packet_bytes_max: int = 1_500,
    is_over: Callable[[int], bool],
    began: Callable[[tuple[int, ...]], Any] | None = None,
) -> tuple[int, int]:
    """Keep the packets of `lines` in the folder `path`, without looking into them.

    Parameters
    ----------
    path : Path
        Folder of the capture, which is continued if it exists.
    lines : tuple of FeedLine
        Where they arrive.
    packet_format : str
        ``sequenced`` or ``moldudp64``; written down for the replay.
    zstd_level : int, optional
        Compresses.
    packet_bytes_max : int
        Longest packet; longer ones are cut.
    is_over : callable
        Asked at least ten times a second with the packets so far; true ends the capture.
    began : callable, optional
        Called with the ports once they listen.

    Returns
    -------
    (int, int)
        Packets kept, and those that the kernel dropped.

    Raises
    ------
    FeedError
        If an address is taken or the folder cannot be written.
    """
    compiled = [_compiled(line) for line in lines]
    recorder = _core.FeedRecorder(path, packet_format, compiled, zstd_level, packet_bytes_max)
    try:
        if began is not None:
            began(tuple(recorder.ports))
        count = 0
        while not is_over(count):
            count += recorder.turn(50)
    finally:
        closed = recorder.close()
    return closed
