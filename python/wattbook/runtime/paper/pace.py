"""The pacing loop: as time passes and lines arrive, the run goes on."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from wattbook.execution import Simulation
from wattbook.ingest import NANOS_PER_SECOND, DataReport
from wattbook.runtime.figures import Names
from wattbook.runtime.paper.clock import Clock
from wattbook.runtime.paper.edge import Edge
from wattbook.runtime.paper.feed import Feed
from wattbook.runtime.paper.line import LineFault
from wattbook.runtime.run import Stop
from wattbook.store import frames, whole_numbers

__all__ = ["Outside", "Positions", "Status", "Steps", "advance", "follow"]

CHUNK = 10_000
# What is under way when the last price has come still arrives; then the day is over.
SETTLES_NS = 10 * NANOS_PER_SECOND
# How long after the day its last price is waited for.
GRACE_NS = 900 * NANOS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Status:
    """Where a paper run stands.

    Parameters
    ----------
    now : int
        ns UTC on the clock of the run.
    price : float or None
        The last price that came, currency per MWh.
    price_age_ns : int
        Time since then, or since the run began.
    is_stale : bool
        Whether two delivery periods have passed without a price.
    positions : tuple of (str, str, int)
        Strategy, contract and volume (1e-6) of what is held.
    pnl_units : int
        P&L of the desk in units of 1 / 3.6e15 of its currency.
    inputs, events : int
        So far. Every one of the inputs is on disk.
    journal_ms : float
        Time the last step took with its commit: how far the journal lags behind the clock.
    lines, set_aside : int
        Of the feed so far.
    outside : str
        Where the venues stand, if they are not simulated.
    is_connected : bool
        Whether they are connected.
    latency_ns : mapping of str to int
        Time within which the engine took its inputs, by share; empty until it was measured.
    data : DataReport or None
        What came by the feed, and when, and what was wrong with it; made anew with each line.
    """

    now: int
    price: float | None
    price_age_ns: int
    is_stale: bool
    positions: tuple[tuple[str, str, int], ...]
    pnl_units: int
    inputs: int
    events: int
    journal_ms: float
    lines: int
    set_aside: int
    outside: str = ""
    is_connected: bool = True
    latency_ns: Mapping[str, int] = field(default_factory=dict)
    data: DataReport | None = None


class Outside(Protocol):
    """What the loop does with venues, around each step of the run."""

    @property
    def tick_seconds(self) -> float:
        """Return the longest wait between two steps, seconds of the wall clock."""
        ...

    @property
    def state(self) -> str:
        """Return where the venues stand, for the status line."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether orders reach the venues."""
        ...

    def receive(self, now: int, speed: float) -> None:
        """Hand over what came from them by `now` (ns UTC) on a clock of that speed."""
        ...

    def send(self) -> None:
        """Send what the step has routed; it is durable."""
        ...

    @property
    def is_asked(self) -> bool:
        """Whether a person waits for an answer."""
        ...

    @property
    def settles_when_asked(self) -> bool:
        """Whether what a person asks lets everything happen that is due before."""
        ...

    def on_arrival(self, ring: Callable[[], None]) -> None:
        """Call `ring` when a person has asked for something."""
        ...


@dataclass(slots=True)
class Positions:
    """What the strategies hold, followed from the events."""

    names: Names
    symbols: dict[int, str] = field(default_factory=dict)
    held: dict[tuple[int, int], int] = field(default_factory=dict)

    def see(self, chunk: Mapping[str, pl.DataFrame]) -> None:
        """Take over what happened since the last chunk."""
        defined = chunk.get("define_instrument")
        if defined is not None:
            self.symbols.update(defined.select("instrument", "symbol").rows())
        changed = chunk.get("position_changed")
        if changed is not None:
            columns = ("strategy", "instrument", "volume")
            for strategy, instrument, volume in whole_numbers(changed).select(columns).rows():
                self.held[strategy, instrument] = volume

    def rows(self) -> tuple[tuple[str, str, int], ...]:
        """Return what is held."""
        return tuple(
            (self.names.strategy(strategy), self.symbols.get(number, f"#{number}"), volume)
            for (strategy, number), volume in sorted(self.held.items())
            if volume
        )


@dataclass(frozen=True, slots=True)
class Steps:
    """Who is told of what.

    Parameters
    ----------
    on_chunk : callable
        What happened since the last one, tables by name; it is on disk.
    on_fault : callable
        A line that was set aside, and when.
    on_status : callable
        Where the run stands, after every step.
    """

    on_chunk: Callable[[int, dict[str, pl.DataFrame]], None]
    on_fault: Callable[[int, LineFault], None]
    on_status: Callable[[Status], None]


def advance(made: Simulation, now: int) -> tuple[int, int]:
    """Let everything happen that is due by `now` (ns UTC); return inputs and events so far."""
    while True:
        progress = made.run_until(now, max_inputs=CHUNK)
        if progress.is_done:
            return progress.inputs, progress.events


def last_instant(edge: Edge) -> int:
    """Return the instant after which the run has nothing to wait for."""
    end = edge.part.day.end
    if edge.is_complete and edge.last_at is not None:
        return max(end, edge.last_at) + SETTLES_NS
    return end + GRACE_NS


def answer_asked(made: Simulation, clock: Clock, outside: Outside, last: int) -> None:
    """Do what persons have asked for since, so that none waits for what is told of others."""
    if outside.is_asked:
        now = min(clock.now(), last)
        outside.receive(now, clock.speed)
        # Then all of it reaches the disk in one go, so that a person waits for it once.
        if not outside.settles_when_asked:
            advance(made, now)
        outside.send()


def attend(
    made: Simulation, feed: Feed, clock: Clock, outside: Outside, last: int, seconds: float
) -> None:
    """Let time pass until the next look, and do what persons ask meanwhile as soon as they do.

    What came of it is told at the next look, so that an order waits for no table.
    """
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0.0:
        feed.wait(left)
        if not outside.is_asked:
            return
        answer_asked(made, clock, outside, last)


def follow(
    made: Simulation,
    edge: Edge,
    feed: Feed,
    clock: Clock,
    positions: Positions,
    steps: Steps,
    outside: Outside,
    stop: Stop,
) -> tuple[int, int, bool]:
    """Go on until the day is over, the feed has ended or the run is asked to stop.

    A line is taken before the run goes on to the instant read from the clock, so the run meets
    lines and everything else in the order of their instants, however slow the loop is.

    Returns
    -------
    inputs, events : int
        So far.
    is_complete : bool
        Whether the day is over.
    """
    began = clock.now()
    outside.on_arrival(feed.ring)
    data: DataReport | None = None
    while True:
        has_ended = feed.has_ended and not edge.is_complete
        now = clock.now()
        for stamped in feed.take(now):
            fault = edge.line(stamped)
            if fault is not None:
                steps.on_fault(stamped.at, fault)
        outside.receive(now, clock.speed)
        last = last_instant(edge)
        now = min(now, last)
        timed = time.monotonic()
        inputs, events = advance(made, now)
        outside.send()
        told_from = time.monotonic()
        took = told_from - timed
        chunk = frames(made.drain())
        if now < last:
            answer_asked(made, clock, outside, last)
        if chunk:
            positions.see(chunk)
            steps.on_chunk(now, chunk)
        if data is None or edge.lines != data.rows_read:
            data = edge.report()
        age = now - (began if edge.last_at is None else edge.last_at)
        steps.on_status(
            Status(
                now=now,
                price=edge.last_price,
                price_age_ns=max(age, 0),
                is_stale=age > 2 * edge.interval,
                positions=positions.rows(),
                pnl_units=sum(row[1] + row[2] - row[3] for row in made.pnl_by_strategy()),
                inputs=inputs,
                events=events,
                journal_ms=took * 1e3,
                lines=edge.lines,
                set_aside=len(edge.faults),
                outside=outside.state,
                is_connected=outside.is_connected,
                data=data,
            )
        )
        if now >= last:
            return inputs, events, True
        if stop.asked or has_ended:
            return inputs, events, False
        # Under many orders telling of them takes a fifth of the time at most.
        told_seconds = time.monotonic() - told_from
        attend(made, feed, clock, outside, last, max(outside.tick_seconds, 4 * told_seconds))
