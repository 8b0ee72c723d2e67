"""The smoothest adjustment within bands: a quadratic program of as many unknowns as quotes.

References
----------
Goldfarb and Idnani (1983), A numerically stable dual method for solving strictly convex quadratic
programs, Mathematical Programming 27.
Fleten and Lemming (2003), Constructing forward price curves in electricity markets, Energy
Economics 25(5): the smoothest curve within bid and ask.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import CurveError
from wattbook.market.curves.smooth import Smoother

__all__ = ["Solution", "Targets", "smoothest"]

Floats = NDArray[np.float64]

LEVEL_VARIANCE = 1e3
"""How far a level may lie from the mean of all quotes, while bands are sorted out: at no cost."""
SLACK = 1e-11
"""What rounding may leave of a bound, relative to the largest."""
LEFT_OVER = 1e-8
"""The same where levels cost nothing: rounding is mended afterwards."""
LEVEL_FIXED = 1e-6
"""Quotes fix the levels when their least singular value there is larger."""
ROUNDS_EACH = 50
"""Steps for each quote, at most; two are usual."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What the quotes' averages of the adjustment have to be.

    Parameters
    ----------
    low, high : ndarray of float64, shape (m,)
        Bounds; equal for a price.
    prices : list of int
        Rows that are prices, none a combination of the others.
    skipped : set of int
        Prices that the others' make up: met when those are.
    overlap : ndarray of float64, shape (m, m)
        `Cells.overlap`.
    """

    low: Floats
    high: Floats
    prices: list[int]
    skipped: set[int]
    overlap: Floats


@dataclass
class Active:
    """The quotes at a bound, with their multipliers."""

    rows: list[int]
    sides: list[int]
    """1 at the lower bound, -1 at the upper one, 0 for a price, which never leaves."""
    values: Floats = field(default_factory=lambda: np.empty(0))

    def drop(self, place: int) -> None:
        """Let a quote go from its bound."""
        del self.rows[place], self.sides[place]
        self.values = np.delete(self.values, place)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The smoothest adjustment, and the averages that it stands at.

    Parameters
    ----------
    values : ndarray of float64, shape (c,)
        The adjustment in each cell.
    rows : list of int
        Quotes at a price or a bound; none a combination of the others.
    averages : ndarray of float64, shape (len(rows),)
        Their prices and bounds.
    """

    values: Floats
    rows: list[int]
    averages: Floats


def smoothest(smoother: Smoother, targets: Targets) -> Solution | None:
    """Return the smoothest adjustment that meets all targets; None if none does.

    Raises
    ------
    CurveError
        If the search does not end, which no input is known to bring about.
    """
    bounds = np.concatenate([targets.low, targets.high])
    scale = 1.0 + float(np.abs(bounds[np.isfinite(bounds)]).max())
    gram = smoother.gram + LEVEL_VARIANCE * smoother.border @ smoother.border.T
    active = Active(list(targets.prices), [0] * len(targets.prices))
    active.values = solved(gram, active.rows, targets.low[active.rows])
    is_open = np.ones(len(targets.low), np.bool_)
    is_open[[*targets.prices, *targets.skipped]] = False
    for _ in range(ROUNDS_EACH * len(is_open)):
        value = gram[:, active.rows] @ active.values
        short = np.where(is_open, np.maximum(targets.low - value, value - targets.high), -np.inf)
        short[active.rows] = -np.inf
        row = int(short.argmax())
        if short[row] <= SLACK * scale:
            return free_level(smoother, targets, active, scale)
        side = 1 if targets.low[row] > value[row] else -1
        if not add(active, gram, targets, row, side):
            return None
    raise CurveError(
        f"the bands of {len(is_open)} quotes were not sorted out in {ROUNDS_EACH * len(is_open)} "
        "steps; widen the narrowest ones"
    )


def solved(gram: Floats, rows: list[int], right: Floats) -> Floats:
    """Return the solution of the rows' own equations."""
    if not rows:
        return np.empty(0)
    return np.asarray(np.linalg.solve(gram[np.ix_(rows, rows)], right), np.float64)


def add(active: Active, gram: Floats, targets: Targets, row: int, side: int) -> bool:
    """Take a quote to its violated bound, letting go of others on the way; False if impossible."""
    bound = targets.low[row] if side > 0 else targets.high[row]
    multiplier = 0.0
    while True:
        rows, overlap = active.rows, targets.overlap
        step = solved(gram, rows, gram[rows, row])
        # Whether the row is a combination of the active ones is asked of the overlaps, whose
        # numbers are of one size; the kernel's are not.
        shadow = solved(overlap, rows, overlap[rows, row])
        is_free = overlap[row, row] - overlap[row, rows] @ shadow > 1e-8 * overlap[row, row]
        if not is_free:
            step = shadow
        value = gram[row, rows] @ active.values + gram[row, row] * multiplier
        curvature = gram[row, row] - gram[row, rows] @ step
        whole = (bound - value) / curvature if is_free else side * np.inf
        # Multipliers of the others move by -step; one that would change its sign blocks.
        change = -side * step
        sides = np.array(active.sides)
        blocks = np.flatnonzero((sides != 0) & (sides * change < 0))
        lengths = -active.values[blocks] / change[blocks] if len(blocks) else np.empty(0)
        length = min(abs(whole), float(lengths.min(initial=np.inf)))
        if np.isinf(length):
            return False
        active.values = active.values + length * change
        multiplier += side * length
        if length == abs(whole):
            active.rows.append(row)
            active.sides.append(side)
            active.values = np.append(active.values, multiplier)
            return True
        active.drop(int(blocks[lengths.argmin()]))


def free_level(smoother: Smoother, targets: Targets, active: Active, scale: float) -> Solution:
    """Return the adjustment of the active quotes, with levels at no cost where they fix them."""
    rows, sides = active.rows, np.array(active.sides)
    border = smoother.border[rows]
    averages = np.where(sides < 0, targets.high[rows], targets.low[rows])

    def made(values: Floats, heights: Floats) -> Solution:
        multipliers = np.zeros(len(targets.low))
        multipliers[rows] = values
        return Solution(smoother.values(multipliers, heights), rows, averages)

    n, k = border.shape
    if n >= k and float(np.linalg.svd(border, compute_uv=False)[-1]) > LEVEL_FIXED:
        system = np.block(
            [[smoother.gram[np.ix_(rows, rows)], border], [border.T, np.zeros((k, k))]]
        )
        values, heights = np.split(np.linalg.solve(system, np.append(averages, np.zeros(k))), [n])
        value = smoother.gram[:, rows] @ values + smoother.border @ heights
        outside = np.maximum(targets.low - value, value - targets.high)
        is_pulling = bool((sides * values >= -SLACK * np.abs(values).max(initial=0.0)).all())
        if is_pulling and float(outside.max()) <= LEFT_OVER * scale:
            return made(values, heights)
    return made(active.values, LEVEL_VARIANCE * border.T @ active.values)
