"""What a battery says and is told, whatever protocol carries it."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Protocol

from wattbook.errors import DeviceError

__all__ = ["COMMANDS", "READINGS", "Device", "Telemetry"]

READINGS = {
    "energy": "MWh",
    "power": "MW",
    "charge_available": "MW",
    "discharge_available": "MW",
    "exported": "MWh",
    "imported": "MWh",
    "setpoint": "MW",
    "sample": "1",
}
"""What a device must tell, with the unit in which we keep it."""

COMMANDS = {"setpoint": "MW", "heartbeat": "1"}
"""What a device is told."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One reading of a battery and its inverters.

    Parameters
    ----------
    energy : float, MWh
        In the cells.
    power : float, MW
        At the meter; above zero delivers, below zero charges.
    charge_available, discharge_available : float, MW
        Most that the inverters could charge and discharge now, both above zero.
    exported, imported : float, MWh
        Counters of the meter; they never fall.
    setpoint : float, MW
        What the device follows now.
    sample : int
        Counts measurements: one that does not change is no new reading.
    """

    energy: float
    power: float
    charge_available: float
    discharge_available: float
    exported: float
    imported: float
    setpoint: float
    sample: int

    @property
    def net(self) -> float:
        """Energy delivered so far less energy taken, MWh."""
        return self.exported - self.imported

    def check(self, name: str) -> None:
        """Refuse a reading that cannot be one.

        Raises
        ------
        DeviceError
            If a value is no finite number, or an availability or counter is below zero.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if not math.isfinite(value):
                message = f"{name} reads {field.name} = {value}; check its scale and type"
                raise DeviceError(message)
            is_signed = field.name in ("power", "setpoint")
            if value < 0 and not is_signed:
                message = f"{name} reads {field.name} = {value:g}; check its sign and type"
                raise DeviceError(message)


class Device(Protocol):
    """A battery that can be read and set."""

    def read(self) -> Telemetry:
        """Return what it says now.

        Raises
        ------
        DeviceError
            If it does not answer, or answers what cannot be.
        """

    def write(self, power_mw: float) -> float:
        """Set the power at the meter, read it back and return what the device took over, MW.

        Raises
        ------
        DeviceError
            If it does not answer, refuses, or reads back otherwise.
        """

    def beat(self, count: int) -> None:
        """Show that we are there; a device that misses it stops by itself.

        Raises
        ------
        DeviceError
            If it does not answer.
        """

    def close(self) -> None:
        """End the connection."""
