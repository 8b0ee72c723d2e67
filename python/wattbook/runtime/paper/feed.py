"""Where price lines come from: standard input, a socket of this machine, or a day played again."""

import contextlib
import queue
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Protocol

from wattbook.errors import RunError
from wattbook.runtime.paper.clock import Clock
from wattbook.runtime.paper.line import PriceLine, parse_line

__all__ = ["Feed", "LineFeed", "ReplayFeed", "StampedLine", "lines_left", "listen", "read_input"]

LONGEST = 65_536
"""Bytes of a line; what is longer is no price and is handed on cut, to be set aside."""


@dataclass(frozen=True, slots=True)
class StampedLine:
    """A line with the instant at which it arrived.

    Parameters
    ----------
    at : int
        ns UTC on the clock of the run.
    number : int
        Its number in the feed, from 1.
    text : str
        The line, without its end.
    """

    at: int
    number: int
    text: str


class Feed(Protocol):
    """What a source of live prices must do. An adapter to a real feed joins here."""

    @property
    def name(self) -> str:
        """What it is, for messages."""
        ...

    @property
    def has_ended(self) -> bool:
        """Whether every line was taken and no other will come."""
        ...

    def take(self, now: int) -> list[StampedLine]:
        """Return the lines that arrived by `now` (ns UTC) and were not taken, in order."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait until a line may have arrived, `seconds` of the wall clock at most."""
        ...

    def ring(self) -> None:
        """End a wait, from any thread: something else has come that the run is to look at."""
        ...


class LineFeed:
    """Lines that a thread reads while the run goes on; each is stamped when it has been read.

    Parameters
    ----------
    name : str
        What it is, for messages.
    clock : Clock
        Stamps the lines.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.waiting: queue.SimpleQueue[StampedLine] = queue.SimpleQueue()
        self.arrived = threading.Event()
        self.count = 0
        self.is_open = True
        # Stamp and place in the queue together: lines of two connections keep the order of time.
        self.lock = threading.Lock()

    def put(self, raw: bytes) -> None:
        """Stamp a line and hand it over."""
        text = raw.decode("utf-8", errors="replace").rstrip("\r\n")
        with self.lock:
            self.count += 1
            self.waiting.put(StampedLine(self.clock.now(), self.count, text))
        self.arrived.set()

    def read(self, stream: IO[bytes]) -> None:
        """Hand over every line of `stream`; empty ones carry nothing and are passed over."""
        while raw := stream.readline(LONGEST):
            cut = raw
            while len(cut) == LONGEST and not cut.endswith(b"\n"):
                # The rest of a line that is too long belongs to it.
                cut = stream.readline(LONGEST)
            if raw.strip():
                self.put(raw)

    def end(self) -> None:
        """Say that no other line will come."""
        self.is_open = False
        self.arrived.set()

    @property
    def has_ended(self) -> bool:
        """Whether every line was taken and no other will come."""
        return not self.is_open and self.waiting.empty()

    def take(self, now: int) -> list[StampedLine]:  # noqa: ARG002 - all of them came by now
        """Return what was read since the last call."""
        taken = []
        with contextlib.suppress(queue.Empty):
            while True:
                taken.append(self.waiting.get_nowait())
        return taken

    def wait(self, seconds: float) -> None:
        """Wait until a line was read, `seconds` at most."""
        self.arrived.wait(seconds)
        self.arrived.clear()

    def ring(self) -> None:
        """End a wait."""
        self.arrived.set()


def read_input(stream: IO[bytes], clock: Clock) -> LineFeed:
    """Return the feed of standard input; the run ends with it."""
    feed = LineFeed("standard input", clock)

    def work() -> None:
        # A pipe whose other side broke has ended.
        with contextlib.suppress(OSError, ValueError):
            feed.read(stream)
        feed.end()

    threading.Thread(target=work, name="feed", daemon=True).start()
    return feed


def listen(port: int, clock: Clock) -> tuple[LineFeed, int]:
    """Return the feed of a TCP socket on this machine's loopback, and its port.

    Anyone on this machine may connect and send lines, one after the other or several at once. A
    connection that ends leaves the feed open: another one may come.

    Raises
    ------
    RunError
        If the port cannot be had.
    """
    try:
        server = socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as fault:
        message = f"port {port} of the loopback cannot be had ({fault}); give another, 0 for any"
        raise RunError(message) from fault
    bound: int = server.getsockname()[1]
    feed = LineFeed(f"loopback port {bound}", clock)

    def serve(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError):
            feed.read(stream)

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), name="feed", daemon=True).start()

    threading.Thread(target=accept, name="feed", daemon=True).start()
    return feed, bound


def lines_left(
    lines: Iterable[tuple[int, str]], has: set[tuple[int, bool]]
) -> list[tuple[int, str]]:
    """Return the lines that an earlier life of a run did not take.

    Parameters
    ----------
    lines : iterable of (int, str)
        Instant and text of every line of the day.
    has : set of (int, bool)
        Delivery starts whose price it has, and whether it is the day-ahead price.
    """

    def key(text: str) -> tuple[int, bool] | None:
        line = parse_line(text)
        return (line.delivery_start, line.day_ahead) if isinstance(line, PriceLine) else None

    return [(at, text) for at, text in lines if key(text) not in has]


class ReplayFeed:
    """Lines whose instants are known: a recorded or generated day, played at the clock's speed.

    Each line arrives at its own instant and not when the loop looks, so the run is the same at
    any speed.

    Parameters
    ----------
    name : str
        What it is, for messages.
    lines : iterable of (int, str)
        Instant (ns UTC) and text, in order.
    clock : Clock
        That the run goes with.
    """

    def __init__(self, name: str, lines: Iterable[tuple[int, str]], clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.lines = [StampedLine(at, number, text) for number, (at, text) in enumerate(lines, 1)]
        self.next = 0
        self.rung = threading.Event()

    @property
    def has_ended(self) -> bool:
        """Whether every line was taken."""
        return self.next == len(self.lines)

    def take(self, now: int) -> list[StampedLine]:
        """Return the lines due by `now`."""
        first = self.next
        while self.next < len(self.lines) and self.lines[self.next].at <= now:
            self.next += 1
        return self.lines[first : self.next]

    def wait(self, seconds: float) -> None:
        """Let time pass, until somebody rings."""
        self.rung.wait(seconds)
        self.rung.clear()

    def ring(self) -> None:
        """End a wait."""
        self.rung.set()
