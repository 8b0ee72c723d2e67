"""What may run, and what the cells may hold, while nobody can tell."""

from __future__ import annotations

from dataclasses import dataclass

from wattbook.assets.dispatch.limits import SetpointLimits

__all__ = ["Range", "energy_range"]


@dataclass(frozen=True, slots=True)
class Range:
    """From the least to the greatest that a value may have.

    Examples
    --------
    >>> Range.of(0.0, -20.0, 5.0)
    Range(low=-20.0, high=5.0)
    """

    low: float
    high: float

    @classmethod
    def of(cls, *values: float) -> Range:
        """Return the range of some values."""
        return cls(min(values), max(values))


def energy_range(energy: Range, power: Range, hours: float, limits: SetpointLimits) -> Range:
    """Return what the cells may hold after a time in which any power of a range ran, MWh.

    Standing still is always possible: a battery that trips or misses its heartbeat stops.

    Examples
    --------
    >>> limits = SetpointLimits(charge_mw=20, discharge_mw=20, floor_mwh=0, ceiling_mwh=40)
    >>> energy_range(Range(10.0, 10.0), Range(-20.0, 4.0), 0.5, limits)
    Range(low=8.0, high=20.0)
    """
    return Range(
        energy.low - max(power.high, 0.0) * hours / limits.discharge_efficiency,
        energy.high - min(power.low, 0.0) * hours * limits.charge_efficiency,
    )
