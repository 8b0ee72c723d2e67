"""How far a simulation is, and how fast its engine."""

from dataclasses import dataclass

__all__ = ["LatencyReport", "LimitUse", "Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a simulation is.

    Parameters
    ----------
    now : int
        Simulated time, ns UTC.
    inputs, events : int
        What was journaled and what the engine emitted so far.
    is_done : bool
        Whether nothing is left until the time asked for.
    is_replaying : bool
        Whether a resumed run is still within what was journaled before.
    """

    now: int
    inputs: int
    events: int
    is_done: bool
    is_replaying: bool


@dataclass(frozen=True, slots=True)
class LatencyReport:
    """Time of an input inside the engine, in ns.

    Parameters
    ----------
    count : int
        Inputs measured.
    p50, p90, p99, p99_9, most : int
        Percentiles and the longest.
    """

    count: int
    p50: int
    p90: int
    p99: int
    p99_9: int
    most: int


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of a limit of a scope is used.

    Parameters
    ----------
    limit : int
        Its number.
    value : int or None
        The measure, in 1e-6; None where it cannot be told.
    soft, hard : int
        The levels now, in 1e-6.
    peak : int
        The highest measure so far, in 1e-6.
    severity : int
        0 where it is kept, 1 when the soft level is passed, 2 the hard one.
    """

    limit: int
    value: int | None
    soft: int
    hard: int
    peak: int
    severity: int
