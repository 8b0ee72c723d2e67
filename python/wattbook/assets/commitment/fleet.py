"""Units that serve a demand together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.unit import Unit
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Fleet"]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, eq=False)
class Fleet:
    """Thermal units and what they serve, period by period.

    Parameters
    ----------
    name : str
    units : tuple of Unit
        Fuel in money (`Unit.priced`); each with a state before the first period.
    demand : ndarray of shape (periods,), MW
        Met exactly.
    reserve : ndarray of shape (periods,), MW
        Power that running units hold back, and reach within the period, at least.
    renewable_min, renewable_max : ndarray of shape (periods,), MW
        What sun, wind and water can give, free of cost.

    Raises
    ------
    InputError
        If lengths differ, a value is not finite, or a unit is out of range; names it.
    """

    name: str
    units: tuple[Unit, ...]
    demand: Floats
    reserve: Floats
    renewable_min: Floats
    renewable_max: Floats

    def __post_init__(self) -> None:
        periods = len(self.demand)
        for field in ("demand", "reserve", "renewable_min", "renewable_max"):
            values = getattr(self, field)
            if len(values) != periods or not periods:
                raise InputError(
                    f"{self.name}: {field} has {len(values)} values, demand {periods}; "
                    "give one value a period"
                )
            if not np.isfinite(values).all():
                place = int(np.flatnonzero(~np.isfinite(values))[0])
                raise InputError(
                    f"{self.name}: {field} is {values[place]} in period {place}; give a number"
                )
        is_crossed = self.renewable_min > self.renewable_max + 1e-9
        if is_crossed.any():
            place = int(np.flatnonzero(is_crossed)[0])
            raise InputError(
                f"{self.name}: renewables of at least {self.renewable_min[place]} and at most "
                f"{self.renewable_max[place]} MW in period {place}; swap them"
            )
        for unit in self.units:
            if unit.periods_on is None or unit.periods_on == 0:
                raise InputError(
                    f"unit {unit.name}: periods_on is missing; say how long it is on or off"
                )
            unit.core(pieces=2)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return len(self.demand)
