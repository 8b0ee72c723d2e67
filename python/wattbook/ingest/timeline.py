"""How good a series was as time went on: delivery periods counted by what became of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattbook.ingest.report import Gap, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["STRETCHES_MAX", "timeline"]

STRETCHES_MAX: Final = 60
"""As many as a line of a screen can tell apart."""


def timeline(
    kept: NDArray[np.int64],
    late: NDArray[np.int64],
    aside: NDArray[np.int64],
    gaps: Iterable[Gap],
    interval_ns: int,
) -> tuple[Stretch, ...]:
    """Return at most `STRETCHES_MAX` stretches of equal length from the first kept row to the last.

    Parameters
    ----------
    kept : ndarray of int64, shape (n,)
        Delivery starts of the rows that are used, the late ones included, rising, ns UTC.
    late : ndarray of int64, shape (m,)
        Those of them whose row came after that of a later delivery.
    aside : ndarray of int64, shape (k,)
        Delivery starts of rows that were set aside, where they are known.
    gaps : iterable of Gap
        What is missing.
    interval_ns : int
        Length of a delivery period.

    Examples
    --------
    >>> import numpy as np
    >>> starts = np.array([0, 10, 40], dtype=np.int64)
    >>> found = timeline(starts, starts[1:2], starts[:0], [Gap(20, 40, 2)], 10)
    >>> [(one.start, one.good, one.late, one.missing) for one in found]
    [(0, 1, 0, 0), (10, 0, 1, 0), (20, 0, 0, 1), (30, 0, 0, 1), (40, 1, 0, 0)]
    """
    if not kept.size:
        return ()
    first, end = int(kept[0]), int(kept[-1]) + interval_ns
    periods = max(1, (end - first) // interval_ns)
    count = min(STRETCHES_MAX, periods)
    edges = first + np.arange(count + 1, dtype=np.int64) * periods // count * interval_ns
    edges[-1] = end
    absent = [
        np.linspace(gap.start, gap.end, gap.intervals, endpoint=False).astype(np.int64)
        for gap in gaps
    ]
    missing = np.concatenate([*absent, np.array([], dtype=np.int64)])

    def counted(starts: NDArray[np.int64]) -> list[int]:
        places = np.searchsorted(edges, starts, side="right") - 1
        inside = places[(places >= 0) & (places < count)]
        return [int(number) for number in np.bincount(inside, minlength=count)]

    columns = zip(
        edges[:-1].tolist(), edges[1:].tolist(), counted(kept), counted(late), counted(missing),
        counted(aside), strict=True,
    )  # fmt: skip
    return tuple(
        Stretch(start, stop, used - behind, behind, without, put_aside)
        for start, stop, used, behind, without, put_aside in columns
    )
