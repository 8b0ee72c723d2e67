"""Reserve products as their markets define them: direction, block, energy to hold, trapezium."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wattbook.errors import InputError

__all__ = [
    "AFRR_DOWN",
    "AFRR_ENERGY_DOWN",
    "AFRR_ENERGY_UP",
    "AFRR_UP",
    "ERCOT",
    "FCAS",
    "FCR",
    "Direction",
    "Joint",
    "ReserveProduct",
    "Trapezium",
]


class Direction(Enum):
    """Which way a reserve moves the meter."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


class Joint(Enum):
    """How a reserve shares the power of the battery with the others.

    Attributes
    ----------
    SUM
        Its volume adds to that of every other reserve of its direction.
    REGULATION, CONTINGENCY
        NEM: each contingency service shares with energy and regulation, not with the other
        contingency services (AEMO, FCAS model in NEMDE, joint capacity constraints).
    """

    SUM = "sum"
    REGULATION = "regulation"
    CONTINGENCY = "contingency"


@dataclass(frozen=True, slots=True)
class Trapezium:
    """How much of a service a unit can give at each energy target, as bid to AEMO.

    Parameters
    ----------
    enablement_min, low_breakpoint, high_breakpoint, enablement_max : float, MW
        Energy targets in rising order; charging is below zero.
    max_available : float, MW
        Between the breakpoints.

    Raises
    ------
    InputError
        If the corners are not in order or the volume is below zero.

    Examples
    --------
    >>> Trapezium(-10.0, -10.0, 5.0, 10.0, 5.0).upper_slope
    1.0
    """

    enablement_min: float
    low_breakpoint: float
    high_breakpoint: float
    enablement_max: float
    max_available: float

    def __post_init__(self) -> None:
        corners = (
            self.enablement_min,
            self.low_breakpoint,
            self.high_breakpoint,
            self.enablement_max,
        )
        if list(corners) != sorted(corners):
            raise InputError(f"corners of a trapezium fall: {corners} MW; give them rising")
        if not self.max_available >= 0:
            raise InputError(f"{self.max_available} MW available; give zero or more")

    @property
    def upper_slope(self) -> float:
        """MW of energy given up above for each MW of it: AEMO's upper slope coefficient."""
        return self._slope(self.enablement_max - self.high_breakpoint)

    @property
    def lower_slope(self) -> float:
        """MW of energy given up below for each MW of it: AEMO's lower slope coefficient."""
        return self._slope(self.low_breakpoint - self.enablement_min)

    def _slope(self, width: float) -> float:
        return width / self.max_available if self.max_available else 0.0

    @staticmethod
    def of_battery(
        charge_mw: float, discharge_mw: float, max_available: float, direction: Direction
    ) -> Trapezium:
        """Return the trapezium of a battery that gives a service from charge to discharge.

        A raise service can be given up to the room above the energy target, a lower service down to
        full charge, both to `max_available`.
        """
        corner = min(max_available, charge_mw + discharge_mw)
        if direction is Direction.UP:
            return Trapezium(-charge_mw, -charge_mw, discharge_mw - corner, discharge_mw, corner)
        return Trapezium(-charge_mw, -charge_mw + corner, discharge_mw, discharge_mw, corner)


@dataclass(frozen=True, slots=True)
class ReserveProduct:
    """What a reserve asks of a battery.

    Parameters
    ----------
    name : str
        As the market calls it.
    direction : Direction
        Up is more discharge or less charge.
    block_hours : float or None
        A volume is the same over a block of so many hours; none for interval by interval.
    sustain_hours : float
        Energy for so many hours of full activation is held before and after each interval.
    joint : Joint
        How it shares power.
    power_margin : float
        Power held on top, as a share of the volume, to recharge while it is given.
    """

    name: str
    direction: Direction
    block_hours: float | None
    sustain_hours: float
    joint: Joint = Joint.SUM
    power_margin: float = 0.0

    def check(self) -> None:
        """Refuse a product that asks for less than nothing."""
        for what in ("sustain_hours", "power_margin"):
            if not getattr(self, what) >= 0:
                raise InputError(f"{self.name}: {what} is {getattr(self, what)}; give zero or more")
        if self.block_hours is not None and not self.block_hours > 0:
            raise InputError(f"{self.name}: blocks of {self.block_hours} h; give a length above 0")


FCR = ReserveProduct("FCR", Direction.BOTH, block_hours=4.0, sustain_hours=0.25, power_margin=0.25)
"""Frequency containment reserve: symmetric, six blocks of four hours a day (FCR cooperation).

A unit of limited energy holds 15 minutes of full activation each way (SO GL, article 156(9)) and a
quarter of the volume in power to restore its charge (additional properties of FCR)."""

AFRR_UP = ReserveProduct("aFRR up", Direction.UP, block_hours=4.0, sustain_hours=1.0)
AFRR_DOWN = ReserveProduct("aFRR down", Direction.DOWN, block_hours=4.0, sustain_hours=1.0)
"""Automatic frequency restoration reserve: capacity by direction in blocks of four hours; energy
bids are activated by price (PICASSO). An hour of energy is held for each MW."""

AFRR_ENERGY_UP = ReserveProduct(
    "aFRR energy up", Direction.UP, block_hours=None, sustain_hours=0.25
)
AFRR_ENERGY_DOWN = ReserveProduct(
    "aFRR energy down", Direction.DOWN, block_hours=None, sustain_hours=0.25
)
"""Balancing energy from automatic restoration reserves, bid without capacity for each quarter of an
hour (aFRR implementation framework, ACER decision 02/2020): its full activation is held."""

ERCOT = {
    product.name: product
    for product in (
        ReserveProduct("Reg-Up", Direction.UP, block_hours=1.0, sustain_hours=0.5),
        ReserveProduct("Reg-Down", Direction.DOWN, block_hours=1.0, sustain_hours=0.5),
        ReserveProduct("RRS", Direction.UP, block_hours=1.0, sustain_hours=0.5),
        ReserveProduct("ECRS", Direction.UP, block_hours=1.0, sustain_hours=1.0),
        ReserveProduct("Non-Spin", Direction.UP, block_hours=1.0, sustain_hours=4.0),
    )
}
"""Ancillary services of ERCOT by hour, with the durations of NPRR1282 (and 1339 for ECRS)."""

FCAS_SECONDS = {"1SEC": 6, "6SEC": 60, "60SEC": 300, "5MIN": 600, "REG": 300}
FCAS = {
    f"{way}{service}": ReserveProduct(
        f"{way}{service}",
        direction,
        block_hours=None,
        sustain_hours=seconds / 3_600,
        joint=Joint.REGULATION if service == "REG" else Joint.CONTINGENCY,
    )
    for way, direction in (("RAISE", Direction.UP), ("LOWER", Direction.DOWN))
    for service, seconds in FCAS_SECONDS.items()
}
"""The ten frequency control ancillary services of the NEM, by AEMO's names.

Each holds energy until the next slower service takes over: 6 s, 60 s, 5 minutes, 10 minutes
(market ancillary service specification); regulation holds an interval of 5 minutes."""
