"""State by topic and key, and numbered deltas of it that merge."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["Delta", "History", "apply", "merged"]

Rows = dict[Any, Any]
Topics = dict[str, Rows]
KEPT: Final = 600
NEWEST: Final = {"trades": 500}
"""Topics of which only the newest rows matter, and how many."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed from one number to another.

    Parameters
    ----------
    first, last : int
        The reader has `first` - 1 and has `last` after it.
    topics : dict of str to dict
        New rows by topic and key.
    is_snapshot : bool
        Whether it replaces everything that the reader has.
    """

    first: int
    last: int
    topics: Topics
    is_snapshot: bool = False


def apply(state: Topics, delta: Delta) -> Topics:
    """Return what a reader has after `delta`."""
    made = {} if delta.is_snapshot else dict(state)
    for topic, rows in delta.topics.items():
        found = {**made.get(topic, {}), **rows}
        most = NEWEST.get(topic)
        if most is not None and len(found) > most:
            found = dict(list(found.items())[-most:])
        made[topic] = found
    return made


def merged(before: Delta, after: Delta) -> Delta:
    """Return one delta in place of two that follow each other: the newest row of each key.

    Examples
    --------
    >>> one = Delta(1, 1, {"quotes": {7: 50.0, 8: 51.0}})
    >>> merged(one, Delta(2, 2, {"quotes": {7: 49.5}}))
    Delta(first=1, last=2, topics={'quotes': {7: 49.5, 8: 51.0}}, is_snapshot=False)
    """
    if after.is_snapshot:
        return Delta(before.first, after.last, after.topics, is_snapshot=True)
    topics = apply(before.topics, after)
    return Delta(before.first, after.last, topics, is_snapshot=before.is_snapshot)


@dataclass(slots=True)
class History:
    """The whole state, and the newest deltas, from which a reader that was away goes on.

    Parameters
    ----------
    kept : int
        How many deltas are remembered.
    """

    kept: int = KEPT
    last: int = 0
    state: Topics = field(default_factory=dict)
    _deltas: deque[Delta] = field(init=False)

    def __post_init__(self) -> None:
        """Make room for the deltas."""
        self._deltas = deque(maxlen=self.kept)

    def push(self, topics: Topics, *, is_snapshot: bool = False) -> Delta:
        """Take over new rows and return them as the next delta."""
        self.last += 1
        delta = Delta(self.last, self.last, topics, is_snapshot)
        self.state = apply(self.state, delta)
        self._deltas.append(delta)
        return delta

    def snapshot(self) -> Delta:
        """Return everything."""
        return Delta(1, self.last, self.state, is_snapshot=True)

    def since(self, after: int) -> Delta | None:
        """Return what a reader that has `after` lacks; None if it lacks nothing.

        It gets everything where the deltas since are no longer remembered, or it claims a number
        that was never given.
        """
        if after == self.last:
            return None
        missing = [delta for delta in self._deltas if delta.first > after]
        if after > self.last or not missing or missing[0].first != after + 1:
            return self.snapshot()
        found = missing[0]
        for delta in missing[1:]:
            found = merged(found, delta)
        return found
