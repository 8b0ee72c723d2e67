"""Hedges: positions in tradable products that leave the least risk.

References
----------
Rockafellar and Uryasev (2000), Optimization of conditional value-at-risk.
Koberstein (2008), The dual simplex method: techniques for a fast and stable implementation.
Ederington (1979), The hedging performance of the new futures markets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook import _core
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CvarHedge", "Hedge", "in_lots", "minimum_variance_hedge"]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True)
class Hedge:
    """A hedge.

    Parameters
    ----------
    position : ndarray of shape (n_instruments,)
        Units of each instrument, sold below zero.
    cvar, value_at_risk : float
        Of exposure and hedge, losses above zero, without costs.
    objective : float
        Conditional value at risk and costs: what is least.
    bound : float
        No hedge has a smaller objective, by weights of scenarios that prove it.
    steps : int
        Pivots that it took.
    """

    position: Floats
    cvar: float
    value_at_risk: float
    objective: float
    bound: float
    steps: int

    @property
    def gap(self) -> float:
        """How much a better hedge could save at most."""
        return max(self.objective - self.bound, 0.0)


class CvarHedge:
    """The hedge of least conditional value at risk, over equally likely scenarios.

    Exact: a dual simplex method of our own, whose bound proves it. After `add_scenario`, `solve`
    goes on from where it was.

    Parameters
    ----------
    exposure : array_like of shape (n_scenarios,)
        P&L of what is hedged.
    instruments : array_like of shape (n_scenarios, n_instruments)
        P&L of a unit of each instrument in the same scenarios.
    lower, upper : array_like of shape (n_instruments,) or one for all, units
        Least and most position; zero lies between them.
    cost : array_like of shape (n_instruments,) or one for all, optional
        Of a unit bought or sold.
    confidence : float, optional

    Raises
    ------
    InputError
        If lengths differ, a value is no number, or bounds leave zero out; names it.

    Examples
    --------
    >>> power = np.array([-30.0, -10.0, 5.0, 20.0])
    >>> future = np.array([[3.0], [1.0], [-0.5], [-2.0]])
    >>> CvarHedge(power, future, lower=-20, upper=20, confidence=0.5).solve().position
    array([10.])
    """

    def __init__(
        self,
        exposure: ArrayLike,
        instruments: ArrayLike,
        *,
        lower: ArrayLike,
        upper: ArrayLike,
        cost: ArrayLike = 0.0,
        confidence: float = 0.95,
    ) -> None:
        base = np.ascontiguousarray(exposure, np.float64)
        pnl = np.ascontiguousarray(instruments, np.float64)
        if base.ndim != 1 or pnl.ndim != 2 or len(pnl) != len(base):
            raise InputError(
                f"exposure has shape {base.shape} and instruments {pnl.shape}; give (scenarios,) "
                "and (scenarios, instruments)"
            )
        width = pnl.shape[1]
        try:
            low, high, costs = (
                np.ascontiguousarray(np.broadcast_to(np.asarray(one, np.float64), (width,)))
                for one in (lower, upper, cost)
            )
        except ValueError as fault:
            raise InputError(
                f"bounds and costs do not fit {width} instruments; give one each, or one for all"
            ) from fault
        self._core = _core.CvarHedge(
            base=base, pnl=pnl, lower=low, upper=high, cost=costs, confidence=confidence
        )

    def add_scenario(self, exposure: float, instruments: ArrayLike) -> None:
        """Add a scenario; all then weigh the same again.

        Raises
        ------
        InputError
            If it has not a number for each instrument.
        """
        self._core.add_scenario(exposure, np.ascontiguousarray(instruments, np.float64))

    def solve(self) -> Hedge:
        """Return the best hedge.

        Raises
        ------
        InputError
            If the search does not end: scenarios are too much alike.
        """
        return Hedge(*self._core.solve())


def minimum_variance_hedge(exposure: ArrayLike, instruments: ArrayLike) -> Floats:
    """Return the positions that leave the least variance: minus the regression on the instruments.

    Parameters
    ----------
    exposure, instruments
        As for `CvarHedge`.

    Raises
    ------
    InputError
        If shapes differ, or instruments move in step, so that positions are not told apart.

    Examples
    --------
    >>> minimum_variance_hedge([-3.0, -1.0, 0.0, 2.0], [[3.0], [1.0], [0.0], [-2.0]]).round(9)
    array([1.])
    """
    base = np.asarray(exposure, np.float64)
    pnl = np.asarray(instruments, np.float64)
    if base.ndim != 1 or pnl.ndim != 2 or len(pnl) != len(base):
        raise InputError(
            f"exposure has shape {base.shape} and instruments {pnl.shape}; give (scenarios,) and "
            "(scenarios, instruments)"
        )
    centred = pnl - pnl.mean(axis=0)
    found, _, rank, _ = np.linalg.lstsq(centred, base - base.mean(), rcond=None)
    if rank < pnl.shape[1]:
        raise InputError(
            f"{pnl.shape[1]} instruments move like {rank}; leave out those that others stand for"
        )
    return np.asarray(-found, np.float64)


def in_lots(position: ArrayLike, lots: ArrayLike) -> Floats:
    """Return positions in whole lots, the nearest ones.

    Examples
    --------
    >>> in_lots([10.4, -3.6], [1.0, 5.0])
    array([10., -5.])
    """
    size = np.asarray(lots, np.float64)
    if not (size > 0).all():
        raise InputError(f"a lot is {size.min():g}; give sizes above zero")
    return np.asarray(np.round(np.asarray(position, np.float64) / size) * size, np.float64)
