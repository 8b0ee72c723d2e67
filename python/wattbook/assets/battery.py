"""A battery that cannot promise what it does not hold."""

from decimal import Decimal
from typing import TypeAlias

from wattbook._core import Battery as CoreBattery

__all__ = ["Battery"]

Number: TypeAlias = int | float | str | Decimal
"""A quantity: exact as ``str`` or ``Decimal``, to the nearest 1e-6 as ``float``."""


class Battery:
    """A battery and its state of charge, in whole joules.

    Every limit holds after every call: what the cells cannot take or give is not run.

    Parameters
    ----------
    power : number, MW
        Largest charge and discharge at the meter.
    capacity : number, MWh
        Energy of the full cells.
    initial : number, MWh
        Energy in the cells at the start.
    floor, ceiling : number, MWh, optional
        Least and most energy in the cells; by default none and all.
    charge_efficiency, discharge_efficiency : float in (0, 1], optional
        Shares that reach the cells and the meter. Their product is the round trip.
    cycles_per_day : float, optional
        Most energy out of the cells in a local trading day, in capacities.
    lot : number, MW, optional
        Smallest step of power.

    Raises
    ------
    InputError
        If the parameters contradict each other.

    Examples
    --------
    >>> battery = Battery(power=10, capacity=20, initial=5, charge_efficiency=0.9)
    >>> battery.run(-10, seconds=3_600, day=0)
    -10.0
    >>> battery.energy_mwh
    14.0
    """

    __slots__ = ("_core",)

    def __init__(
        self,
        *,
        power: Number,
        capacity: Number,
        initial: Number,
        floor: Number = 0,
        ceiling: Number | None = None,
        charge_efficiency: float = 1.0,
        discharge_efficiency: float = 1.0,
        cycles_per_day: float = 24.0,
        lot: Number = Decimal("0.1"),
    ) -> None:
        self._core = CoreBattery(
            power=power,
            lot=lot,
            capacity=capacity,
            floor=floor,
            ceiling=capacity if ceiling is None else ceiling,
            initial=initial,
            charge_efficiency_ppm=round(charge_efficiency * 1e6),
            discharge_efficiency_ppm=round(discharge_efficiency * 1e6),
            cycles_per_day_ppm=round(cycles_per_day * 1e6),
        )

    @property
    def core(self) -> CoreBattery:
        """The battery as the compiled module knows it, to hand to a simulation."""
        return self._core

    @property
    def energy_mwh(self) -> float:
        """Energy in the cells, MWh."""
        return self._core.energy_joules / 3.6e9

    def run(self, power: Number, *, seconds: int, day: int) -> float:
        """Charge (below zero) or discharge (above zero) as far as the limits allow.

        Parameters
        ----------
        power : number, MW
            What is wanted at the meter.
        seconds : int
            For how long.
        day : int
            Local trading day: any number that rises by one a day.

        Returns
        -------
        float, MW
            What ran, at the meter.
        """
        return self._core.run(power, seconds, day) / 1e6
