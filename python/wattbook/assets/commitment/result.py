"""What a search for a commitment found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.assets.commitment.fleet import Fleet

__all__ = ["Commitment"]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, eq=False)
class Commitment:
    """When each unit of a fleet is on, and what it makes.

    Parameters
    ----------
    fleet : Fleet
    is_on : ndarray of shape (units, periods), bool
    power, reserve : ndarray of shape (units, periods), MW
    renewable : ndarray of shape (periods,), MW
    prices : ndarray of shape (periods,), money a MW and period
        What a MW more of demand would cost with these states.
    cost : float
        Fuel, operation and starts, in money.
    bound : float
        No commitment costs less.
    seconds : float
        How long the search took.
    is_complete : bool
        Whether the gap that was asked for was reached; if not, time ran out.
    """

    fleet: Fleet
    is_on: NDArray[np.bool_]
    power: Floats
    reserve: Floats
    renewable: Floats
    prices: Floats
    cost: float
    bound: float
    seconds: float
    is_complete: bool

    @property
    def gap(self) -> float:
        """Share of the cost that a better commitment could save at most."""
        return max(self.cost - self.bound, 0.0) / max(abs(self.cost), 1e-9)

    @property
    def curtailed(self) -> Floats:
        """What sun, wind and water could give more, MW, by period."""
        return np.maximum(self.fleet.renewable_max - self.renewable, 0.0)
