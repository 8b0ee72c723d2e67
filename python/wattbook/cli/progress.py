"""Shows how far a command is: a bar on a terminal, a line now and then anywhere else."""

import sys
import time
from collections.abc import Callable
from typing import Self

__all__ = ["Progress"]


def duration(seconds: float) -> str:
    """Return a time to wait.

    Examples
    --------
    >>> duration(7.4), duration(3_725)
    ('0:07', '1:02:05')
    """
    whole = int(seconds)
    hours, minutes = whole // 3_600, whole // 60 % 60
    tail = f"{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
    return f"{hours}:{tail}" if hours else tail


class Progress:
    """Progress of one task, written to standard error so that standard output stays data.

    Parameters
    ----------
    what : str
        What is being counted: ``payloads``.
    total : float, optional
        How much there is to do; 0 if nobody knows.
    plain : bool or None, optional
        Lines rather than a bar; by default whenever standard error is no terminal.
    every_seconds : float, optional
        At most one line in this time.
    clock : callable, optional
        Seconds from anywhere.
    """

    def __init__(
        self,
        what: str,
        total: float = 0,
        *,
        plain: bool | None = None,
        every_seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.what = what
        self.total = total
        self.plain = not sys.stderr.isatty() if plain is None else plain
        self.every_seconds = every_seconds
        self.clock = clock
        self.began = self.told = clock()
        self.done = 0.0
        self.width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.width:
            sys.stderr.write("\r" + " " * self.width + "\r")
            sys.stderr.flush()

    def line(self, note: str = "") -> str:
        """Return where it stands: share, time left, rate."""
        seconds = max(self.clock() - self.began, 1e-9)
        rate = f"{self.done / seconds:,.1f}/s"
        if not self.total:
            text = f"{self.done:,.0f} {self.what}, {rate}"
        else:
            share = min(self.done / self.total, 1.0)
            left = duration(seconds * (1 / share - 1)) if share else "?"
            filled = int(24 * share)
            text = (
                f"[{'#' * filled}{'.' * (24 - filled)}] {self.done:,.0f}/{self.total:,.0f} "
                f"{self.what}, {rate}, ETA {left}"
            )
        return f"{text}  {note}" if note else text

    def advance(self, by: float = 1.0, note: str = "") -> None:
        """Count `by` more as done and show it if it is time."""
        self.done += by
        now = self.clock()
        if now - self.told < (self.every_seconds if self.plain else 0.1):
            return
        self.told = now
        text = self.line(note)
        if self.plain:
            sys.stderr.write(text + "\n")
        else:
            text = text[:119]
            sys.stderr.write("\r" + text.ljust(self.width))
            self.width = len(text)
        sys.stderr.flush()
