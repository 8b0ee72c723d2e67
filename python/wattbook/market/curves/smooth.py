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

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.market.curves.cells import Cells

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
    responses : ndarray of float64, shape (c, m)
        The adjustment in each cell that one unit of a quote's multiplier makes.
    levels : ndarray of float64, shape (c, 1 or 2)
        Adjustments that cost nothing: the level, and the spread of peak over off-peak.
    gram : ndarray of float64, shape (m, m)
        What each quote's average takes of each response.
    border : ndarray of float64, shape (m, 1 or 2)
        What each quote's average takes of each level.
    """

    responses: Floats
    levels: Floats
    gram: Floats
    border: Floats


def smoother(cells: Cells, weight: Floats, loads: list[str]) -> Smoother:
    """Return the functions for quotes on cells.

    Parameters
    ----------
    cells : Cells
        With at least one quote.
    weight : ndarray of float64, shape (c,)
        What the adjustment is multiplied by in each cell.
    loads : list of str, length m
        Of each quote: ``base``, ``peak`` or ``off_peak``.
    """
    rows = cells.share * weight
    first_cells = np.flatnonzero(np.diff(cells.day, prepend=-1))

    def part(values: Floats, is_told: NDArray[np.bool_]) -> Floats:
        """Return responses of what has one number a day, `values` of it in each cell."""
        by_day = np.add.reduceat(rows * values, first_cells, axis=1)
        told = cells.day[is_told]
        return kernel_times(by_day, int(told[0]), int(told[-1]))[:, cells.day] * values

    ones = np.ones(len(cells.day))
    responses = part(ones, cells.is_quoted)
    levels = [ones]
    is_split = np.array([load != "base" for load in loads])
    if is_split.any():
        turn: Floats = cells.is_peak.astype(np.float64) - float(
            cells.hours @ cells.is_peak / cells.hours.sum()
        )
        responses += part(turn, cells.share[is_split].any(axis=0))
        levels.append(turn)
    if cells.is_short.any():
        short = np.flatnonzero(cells.is_short)
        responses[:, short] += OFFSET_VARIANCE * 24.0 / cells.hours[short] * rows[:, short]
    free = np.column_stack(levels)
    gram = responses @ rows.T
    return Smoother(responses.T, free, 0.5 * (gram + gram.T), rows @ free)
