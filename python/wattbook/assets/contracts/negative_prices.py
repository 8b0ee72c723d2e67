"""Clauses that end payment while the day-ahead price stays below a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = ["NegativePriceClause"]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
NEAR_HOURS = 1e-9


@dataclass(frozen=True, slots=True)
class NegativePriceClause:
    """No payment while the price has been below a threshold for so many hours in a row.

    Parameters
    ----------
    hours : float
        How many consecutive hours it takes; 0 or the length of a period for every one below.
    counts : {"whole", "after"}, optional
        Whether the whole spell is unpaid, also its first hours (as in Germany's support scheme), or
        only what follows once the price has been below for so long.
    below : float, money a MWh, optional
    by_hour : bool, optional
        Whether a quarter-hour counts as below if the mean of its clock hour is, as Germany's scheme
        reads rules of hours since the day-ahead auction has quarter-hours.

    References
    ----------
    Section 51 (1) EEG 2023: where the spot price is negative for at least so many consecutive
    hours (four in 2023, three in 2024 and 2025, two in 2026, one from 2027), the value falls to
    zero for the whole time without interruption. Section 100 (45): the mean of a clock hour.

    Examples
    --------
    >>> import datetime as dt
    >>> from wattbook.market.curves import curve_grid
    >>> day = curve_grid("DE-LU", dt.date(2027, 5, 1), dt.date(2027, 5, 2), "hour")
    >>> price = np.full(24, 40.0)
    >>> price[10:14] = -5.0
    >>> price[20] = -1.0
    >>> np.flatnonzero(NegativePriceClause(3).suspended(day, price))
    array([10, 11, 12, 13])
    >>> np.flatnonzero(NegativePriceClause(3, "after").suspended(day, price))
    array([13])
    """

    hours: float
    counts: Literal["whole", "after"] = "whole"
    below: float = 0.0
    by_hour: bool = False

    def __post_init__(self) -> None:
        if not self.hours >= 0.0:
            raise InputError(f"negative price clause hours is {self.hours}; give hours from 0")
        if self.counts not in {"whole", "after"}:
            raise InputError(f"negative price clause counts {self.counts!r}; use whole or after")

    def suspended(self, grid: CurveGrid, spot: Floats) -> Flags:
        """Return in which periods nothing is paid.

        A spell that goes on beyond the grid ends with it: settle whole contract terms, or whole
        months with the day before and after.

        Parameters
        ----------
        grid : CurveGrid
        spot : ndarray of shape (n,) or (scenarios, n), money a MWh
        """
        told = hour_means(grid, spot) if self.by_hour else spot
        rows = np.atleast_2d(told < self.below)
        # A false column before and after parts the rows, so that all are read as one.
        padded = np.zeros((len(rows), rows.shape[1] + 1), np.int8)
        padded[:, :-1] = rows
        change = np.diff(np.concatenate([[0], padded.ravel()]).astype(np.int64))
        begin, end = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
        width = padded.shape[1]
        clock = (grid.start - grid.start[0]) / 3.6e12
        begun, ended = clock[begin % width], clock[end % width]
        is_long = ended - begun >= self.hours - NEAR_HOURS
        spell = np.repeat(np.arange(len(begin)), end - begin)
        marked = np.zeros(padded.size, np.bool_)
        inside = np.flatnonzero(padded.ravel())
        if self.counts == "whole":
            marked[inside] = is_long[spell]
        else:
            marked[inside] = clock[inside % width] - begun[spell] >= self.hours - NEAR_HOURS
        made: Flags = marked.reshape(padded.shape)[:, :-1].reshape(spot.shape)
        return made


def hour_means(grid: CurveGrid, spot: Floats) -> Floats:
    """Return the mean price of the hour that each period lies in."""
    hour = (grid.start[:-1] - grid.start[0]) // 3_600_000_000_000
    first = np.flatnonzero(np.append(True, np.diff(hour) != 0))
    spent = np.add.reduceat(grid.hours, first)
    mean = np.add.reduceat(spot * grid.hours, first, axis=-1) / spent
    made: Floats = np.repeat(mean, np.diff(np.append(first, len(hour))), axis=-1)
    return made
