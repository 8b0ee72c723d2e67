r"""The smoothest adjustment: what lies on top of a shape so that averages are met.

In each period the price is :math:`base + weight \cdot a`, with the shape as base (additive) or as
weight (multiplicative), and :math:`a = b + d\,(peak - q) + e`: a level `b` and a spread of peak
over off-peak `d` by day (`q` is the share of peak hours, so that `d` leaves base averages nearly
alone), and offsets `e` in deliveries shorter than a month. Among all that meet the averages, `b`
and `d` have the least integral of squared second derivatives and end flat, which is the criterion
of Benth, Koekebakker and Ollmar (2007), and `e` has the least sum of squares.

Its solution is a sum of as many functions as there are quotes (Wahba, 1990): those of the kernel of
the integrated Wiener process, in time from the end backwards. So nothing larger than the number of
quotes is ever solved.

References
----------
Benth, Koekebakker and Ollmar (2007), Extracting and applying smooth forward curves from
average-based commodity contracts with seasonal variation, Journal of Derivatives 15(1).
Wahba (1990), Spline models for observational data, chapter 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.market.curves.cells import SHORT_TENORS, Cells
from wattbook.market.curves.quotes import ForwardQuote

__all__ = ["Smoother", "smoother"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

YEAR_DAYS = 365.2425
OFFSET_VARIANCE = 0.07**2
"""Variance of one day's offset, where the slope of a level changes by one per square root of a
year: 10 EUR/MWh beside 150. Deliveries of a week then jump rather than bend their surroundings."""


def kernel_times(weights: Floats, first: int, last: int) -> Floats:
    r"""Return rows times the kernel of the integrated Wiener process, in time back from `last`.

    The kernel of times u and v is :math:`\int_0^{\min(u, v)} (u - x)(v - x)\,dx`; it is applied by
    running sums, each step exact, so no matrix of days by days is made.

    Parameters
    ----------
    weights : ndarray of float64, shape (m, d)
        Rows, a column a day.
    first, last : int
        Days before `first` count as that one and days after `last` as that: it is level outside.

    Returns
    -------
    ndarray of float64, shape (m, d)
        In years cubed.
    """
    step = 1.0 / YEAR_DAYS
    own = weights[:, first : last + 1].copy()
    own[:, 0] += weights[:, :first].sum(axis=1)
    own[:, -1] += weights[:, last + 1 :].sum(axis=1)
    # Sums over days before each, then of (u - x) over all u beyond x, at each whole x.
    beyond = np.cumsum(own, axis=1) - own
    pull = step * np.cumsum(beyond, axis=1)[:, ::-1]
    slope, level = np.zeros_like(pull), np.zeros_like(pull)
    np.cumsum(0.5 * step * (pull[:, :-1] + pull[:, 1:]), axis=1, out=slope[:, 1:])
    bend = step * slope[:, :-1] + step**2 * (pull[:, :-1] / 3 + pull[:, 1:] / 6)
    np.cumsum(bend, axis=1, out=level[:, 1:])
    return level[:, last - np.clip(np.arange(weights.shape[1]), first, last)]


@dataclass(frozen=True, slots=True, eq=False)
class Smoother:
    """The functions that the smoothest adjustment is made of, one a quote.

    Parameters
    ----------
    day : ndarray of int64, shape (c,)
        The day of each cell.
    levels : ndarray of float64, shape (k, c)
        Adjustments that cost nothing: the level and, where it is quoted, the spread of peak over
        off-peak.
    daily : tuple of ndarray of float64, shape (m, d), length k
        Of the level and the spread, the course by day that one unit of a quote's multiplier makes.
    offsets : ndarray of float64, shape (m, s)
        The same of offsets.
    short : ndarray of int64, shape (s,)
        The cells that may have offsets.
    gram : ndarray of float64, shape (m, m)
        What each quote's average takes of each function.
    border : ndarray of float64, shape (m, k)
        What each quote's average takes of each level.
    """

    day: Numbers
    levels: Floats
    daily: tuple[Floats, ...]
    offsets: Floats
    short: Numbers
    gram: Floats
    border: Floats

    def values(self, multipliers: Floats, heights: Floats) -> Floats:
        """Return the adjustment in each cell.

        Parameters
        ----------
        multipliers : ndarray of float64, shape (m,)
            Of each quote's function.
        heights : ndarray of float64, shape (k,)
            Of each level.
        """
        made: Floats = heights @ self.levels
        for level, daily in zip(self.levels, self.daily, strict=True):
            made += level * (multipliers @ daily)[self.day]
        made[self.short] += multipliers @ self.offsets
        return made


def smoother(cells: Cells, weight: Floats, quotes: Sequence[ForwardQuote]) -> Smoother:
    """Return the functions for quotes on cells.

    Parameters
    ----------
    cells : Cells
        With at least one quote.
    weight : ndarray of float64, shape (c,)
        What the adjustment is multiplied by in each cell.
    quotes : sequence of ForwardQuote, length m
        Those of the cells.
    """
    rows = cells.share * weight
    is_split = np.array([quote.product.load != "base" for quote in quotes])
    is_long = np.array([quote.product.tenor not in SHORT_TENORS for quote in quotes])
    # Each level, and the cells where quotes tell of it.
    levels = [(np.ones(len(cells.day)), cells.is_quoted)]
    # One day's peak, or a Saturday's off-peak, tells nothing of the spread of a year.
    if (is_split & is_long).any():
        peak_share = cells.hours @ cells.is_peak / cells.hours.sum()
        turn = cells.is_peak.astype(np.float64) - peak_share
        levels.append((turn, cells.share[is_split].any(axis=0)))
    first_cells = np.flatnonzero(np.diff(cells.day, prepend=-1))
    gram = np.zeros((len(rows), len(rows)))
    daily = []
    for level, is_told in levels:
        by_day = np.add.reduceat(rows * level, first_cells, axis=1)
        told = cells.day[is_told]
        course = kernel_times(by_day, int(told[0]), int(told[-1]))
        gram += by_day @ course.T
        daily.append(course)
    short = np.flatnonzero(cells.is_short)
    offsets = OFFSET_VARIANCE * 24.0 / cells.hours[short] * rows[:, short]
    gram += rows[:, short] @ offsets.T
    heights = np.array([level for level, _ in levels])
    return Smoother(
        day=cells.day,
        levels=heights,
        daily=tuple(daily),
        offsets=offsets,
        short=short,
        gram=0.5 * (gram + gram.T),
        border=rows @ heights.T,
    )
