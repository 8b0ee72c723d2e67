"""What has to be added to a shape so that every quote is met, or the quotes that contradict it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ContradictionError, CurveError
from wattbook.market.curves.bands import Targets, smoothest
from wattbook.market.curves.cells import Cells
from wattbook.market.curves.conflicts import (
    contradiction,
    dependent_conflicts,
    independent,
    program_conflicts,
)
from wattbook.market.curves.quotes import ForwardQuote
from wattbook.market.curves.smooth import Smoother, smoother

__all__ = ["adjustment"]

Floats = NDArray[np.float64]


def adjustment(
    cells: Cells, quotes: Sequence[ForwardQuote], tick: float, base: Floats, weight: Floats
) -> Floats:
    """Return what is added in each cell, times `weight`, so that all quotes are met.

    Parameters
    ----------
    cells : Cells
        Of the quotes.
    quotes : sequence of ForwardQuote
        The shortest delivery first.
    tick : float
        What prices are rounded to.
    base, weight : ndarray of float64, shape (c,)
        Means of the shape in each cell, as `wattbook.market.curves.smooth` uses them.

    Returns
    -------
    ndarray of float64, shape (c,)

    Raises
    ------
    ContradictionError
        If no curve meets all quotes.
    CurveError
        If bands leave no more room than rounding takes.
    """
    functions = smoother(cells, weight, quotes)
    if not tick:
        return met(cells, functions, quotes, base, weight)
    _, combined = independent(cells.overlap, priced(quotes))
    made_up = [
        quote.rounded(tick) if row in combined else quote for row, quote in enumerate(quotes)
    ]
    try:
        return met(cells, functions, made_up, base, weight)
    except ContradictionError:
        rounded = [quote.rounded(tick) for quote in quotes]
        return met(cells, functions, rounded, base, weight)


def priced(quotes: Sequence[ForwardQuote]) -> list[int]:
    """Return the quotes that are one price."""
    return [row for row, quote in enumerate(quotes) if quote.is_price]


def met(
    cells: Cells,
    functions: Smoother,
    quotes: Sequence[ForwardQuote],
    base: Floats,
    weight: Floats,
) -> Floats:
    """Return the adjustment that meets quotes as they stand; see `adjustment`."""
    overlap = cells.overlap
    kept, combined = independent(overlap, priced(quotes))
    conflicts = dependent_conflicts(quotes, kept, combined)
    if conflicts:
        raise contradiction(conflicts)
    below = cells.share @ base
    low = np.array([quote.bid for quote in quotes]) - below
    high = np.array([quote.ask for quote in quotes]) - below
    # Bands are sorted out around the mean of all quotes, so that a shift of all shifts the curve.
    hours = np.array([quote.product.delivery_seconds for quote in quotes], np.float64)
    mids = np.array([quote.mid for quote in quotes]) - below
    centre = float(hours @ mids / (hours @ functions.border[:, 0]))
    shift = centre * functions.border[:, 0]
    targets = Targets(low - shift, high - shift, kept, set(combined), overlap)
    found = smoothest(functions, targets)
    if found is None:
        conflicts = program_conflicts(cells.atoms, quotes)
        if not conflicts:
            raise CurveError(
                f"the bands of {len(quotes)} quotes leave no more room than rounding takes; widen "
                "each by 1e-9"
            )
        raise contradiction(conflicts)
    made = centre + found.values
    # What rounding left, some 1e-12, is spread evenly over the deliveries.
    rows = found.rows
    own, wanted = cells.share[rows], found.averages + shift[rows]
    inner = overlap[np.ix_(rows, rows)]
    for _ in range(2):
        missing = wanted - own @ (weight * made)
        made = made + (own.T @ np.linalg.solve(inner, missing)) / (cells.hours * weight)
    return made
