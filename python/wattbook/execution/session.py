"""The trading day of a simulated book, and how long messages travel to its venue."""

from dataclasses import dataclass

__all__ = ["Latencies", "Session"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The calls and halts of a simulated book, which opens when it says and ends with its gate.

    Parameters
    ----------
    opening_call_ns : int, optional
        How long orders gather before the opening auction, ns; none by default.
    closing_call_ns : int, optional
        How long orders gather before the closing auction at the gate, ns; none by default.
    collar : int, optional
        How far from the last trade before it a command may trade, ticks; 0 for any distance.
    halt_ns : int, optional
        How long a command that would trade beyond the collar halts the book, ns. With 0 the rest of
        the order is cancelled instead.
    reopening_call_ns : int, optional
        How long orders gather after a halt, before the auction that resumes trading, ns.
    """

    opening_call_ns: int = 0
    closing_call_ns: int = 0
    collar: int = 0
    halt_ns: int = 0
    reopening_call_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """How long each kind of message travels: (constant, most that comes on top), in ns.

    Parameters
    ----------
    feed : (int, int), optional
        Market data to us.
    submit, amend, cancel : (int, int), optional
        Orders, amendments and cancels to the venue.
    report : (int, int), optional
        The venue's answers to us.
    """

    feed: tuple[int, int] = (0, 0)
    submit: tuple[int, int] = (0, 0)
    amend: tuple[int, int] = (0, 0)
    cancel: tuple[int, int] = (0, 0)
    report: tuple[int, int] = (0, 0)
