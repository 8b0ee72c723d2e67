"""The ten-unit day that unit commitment has been tried on since 1996."""

from __future__ import annotations

import numpy as np

from wattbook.assets.commitment.fleet import Fleet
from wattbook.assets.unit import QuadraticCurve, Startup, Unit

__all__ = ["ten_units"]

UNITS = (
    # Most and least MW; constant, linear and square cost; least time on and off; hot and cold
    # start; hours off after the least time off at which a start is still hot; hours on (or off) at
    # the beginning.
    (455, 150, 1000, 16.19, 0.00048, 8, 4500, 9000, 5, 8),
    (455, 150, 970, 17.26, 0.00031, 8, 5000, 10000, 5, 8),
    (130, 20, 700, 16.60, 0.002, 5, 550, 1100, 4, -5),
    (130, 20, 680, 16.50, 0.00211, 5, 560, 1120, 4, -5),
    (162, 25, 450, 19.70, 0.00398, 6, 900, 1800, 4, -6),
    (80, 20, 370, 22.26, 0.00712, 3, 170, 340, 2, -3),
    (85, 25, 480, 27.74, 0.00079, 3, 260, 520, 2, -3),
    (55, 10, 660, 25.92, 0.00413, 1, 30, 60, 0, -1),
    (55, 10, 665, 27.27, 0.00222, 1, 30, 60, 0, -1),
    (55, 10, 670, 27.79, 0.00173, 1, 30, 60, 0, -1),
)
DEMAND = """
    700 750 850 950 1000 1100 1150 1200 1300 1400 1450 1500
    1400 1300 1200 1050 1000 1100 1200 1400 1300 1100 900 800
"""
RESERVE_SHARE = 0.1


def ten_units() -> Fleet:
    """Return the ten units and 24 hours; the least cost that is known is 563,938 USD.

    References
    ----------
    Kazarlis, Bakirtzis and Petridis (1996), A genetic algorithm solution to the unit commitment
    problem.
    """
    units = []
    for number, row in enumerate(UNITS, start=1):
        high, low, constant, linear, square, least, hot, cold, cold_hours, age = row
        units.append(
            Unit(
                name=f"unit {number}",
                curve=QuadraticCurve(float(low), float(high), float(constant), linear, square),
                startups=(
                    Startup(least, float(hot)),
                    # A start is hot up to this many hours off.
                    Startup(least + cold_hours + 1, float(cold)),
                ),
                up_min=least,
                down_min=least,
                periods_on=age,
                # No ramps: the power before the first hour counts for nothing.
                power=float(low) if age > 0 else 0.0,
            )
        )
    demand = np.array(DEMAND.split(), float)
    none = np.zeros(len(demand))
    return Fleet("ten units", tuple(units), demand, RESERVE_SHARE * demand, none, none)
