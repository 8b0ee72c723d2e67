"""Averages over deliveries as rows of a matrix, on stretches that no quote tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.market.curves.grid import CurveGrid
from wattbook.market.curves.quotes import ForwardQuote

__all__ = ["SHORT_TENORS", "Cells", "cells_of"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

SHORT_TENORS = frozenset(
    {"day", "weekend", "week", "hour", "half_hour", "quarter_hour", "five_minutes", "block"}
)
"""Deliveries whose price may stand off the smooth course: their weather is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Runs of periods on one day that are delivered by the same quotes.

    Cells that the same quotes deliver in, whatever the day, make an atom: the stretch between two
    ends of quotes, its peak hours or the others.

    Parameters
    ----------
    start : ndarray of int64, shape (c + 1,)
        Index of each cell's first period, and of the end.
    day : ndarray of int64, shape (c,)
        Its delivery day, from 0.
    hours : ndarray of float64, shape (c,)
        Its length.
    is_peak : ndarray of bool, shape (c,)
        Whether its periods are peak hours.
    is_short : ndarray of bool, shape (c,)
        Whether a quote of less than a month delivers in it.
    share : ndarray of float64, shape (m, c)
        Of each quote, the share of its hours that a cell has; rows add up to one.
    atoms : ndarray of float64, shape (m, a)
        The same of atoms.
    atom_hours : ndarray of float64, shape (a,)
        Length of each atom, none of them empty.
    """

    start: Numbers
    day: Numbers
    hours: Floats
    is_peak: Flags
    is_short: Flags
    share: Floats
    atoms: Floats
    atom_hours: Floats

    def means(self, grid: CurveGrid, values: Floats) -> Floats:
        """Return the mean of a value of periods in each cell, by hours."""
        summed: Floats = np.add.reduceat(values * grid.hours, self.start[:-1])
        return summed / self.hours

    @property
    def overlap(self) -> Floats:
        """How the quotes' averages overlap: the product of rows, an hour counting as one."""
        product: Floats = (self.atoms / self.atom_hours) @ self.atoms.T
        return product

    @property
    def is_quoted(self) -> Flags:
        """Whether a quote delivers in a cell."""
        return np.asarray(self.share.any(axis=0), np.bool_)


def cells_of(grid: CurveGrid, quotes: Sequence[ForwardQuote]) -> Cells:
    """Return the cells of a grid and the rows of quotes on them.

    Raises
    ------
    CurveError
        If a product leaves the grid or cuts a period.
    """
    spans = [grid.span(quote.product) for quote in quotes]
    peak_edges = np.flatnonzero(np.diff(grid.is_peak)) + 1
    start = np.unique(
        np.concatenate([grid.day_start, peak_edges, np.array(spans, np.int64).ravel()])
    )
    first = start[:-1]
    hours = np.add.reduceat(grid.hours, first)
    is_peak = grid.is_peak[first]
    share = np.zeros((len(quotes), len(first)))
    is_short = np.zeros(len(first), np.bool_)
    edges = np.array(spans, np.int64).reshape(-1, 2)
    bounds = np.searchsorted(start, edges)
    segment = np.searchsorted(np.unique(edges), first, side="right")
    atom = np.unique(2 * segment + is_peak, return_inverse=True)[1]
    atom_hours: Floats = np.bincount(atom, hours).astype(np.float64)
    atoms = np.zeros((len(quotes), len(atom_hours)))
    for number, (quote, (low, high)) in enumerate(zip(quotes, bounds.tolist(), strict=True)):
        own = hours[low:high]
        if quote.product.load != "base":
            own = own * (is_peak[low:high] == (quote.product.load == "peak"))
        total = own.sum()
        # The calendar counts the same hours another way.
        assert round(total * 3_600) == quote.product.delivery_seconds, (  # noqa: S101
            f"{quote.product} has {quote.product.delivery_seconds} s by its calendar, "
            f"{total} h on the grid"
        )
        share[number, low:high] = own / total
        met = np.unique(atom[low:high][own > 0])
        atoms[number, met] = atom_hours[met] / total
        if quote.product.tenor in SHORT_TENORS:
            is_short[low:high] = is_short[low:high] | (own > 0)
    day = np.searchsorted(grid.day_start, first, side="right") - 1
    return Cells(start, day, hours, is_peak, is_short, share, atoms, atom_hours)
