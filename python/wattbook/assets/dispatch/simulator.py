"""A battery with inverters that is not there: physics, a watchdog, and what goes wrong."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from wattbook.assets.dispatch.device import Telemetry
from wattbook.errors import DeviceError, InputError

__all__ = ["Fault", "FaultKind", "SimulatedBattery"]

NANOS = 1_000_000_000
STEP_NS = NANOS
"""Power changes once a second at most; cells and meter follow it exactly."""
FaultKind = Literal["trip", "stale", "refuse", "alter", "silent"]
KINDS = get_args(FaultKind)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong from one instant to another.

    Parameters
    ----------
    kind : {"trip", "stale", "refuse", "alter", "silent"}
        Inverters trip; measurements stand still; writes are refused; writes are taken over at
        half their value; the device does not answer.
    start, end : int
        Half-open, ns UTC.
    inverters : int, optional
        How many trip.
    """

    kind: FaultKind
    start: int
    end: int
    inverters: int = 1

    def __post_init__(self) -> None:
        """Check it.

        Raises
        ------
        InputError
            If there is no such fault, or it ends before it begins.
        """
        if self.kind not in KINDS:
            raise InputError(
                f"a battery cannot fail by {self.kind!r}; there are {', '.join(KINDS)}"
            )
        if self.end <= self.start:
            raise InputError(f"fault {self.kind!r} ends before it begins; give a later end")


@dataclass(kw_only=True)
class SimulatedBattery:
    """A battery whose clock is moved by `advance`; it can be read and set like a `Device`.

    Parameters
    ----------
    power_mw : float
        Of all inverters together, each way, at the meter.
    capacity_mwh : float
        Of the cells.
    energy_mwh : float
        In the cells at the start.
    now : int
        First instant, ns UTC.
    inverters : int, optional
        How many share the power.
    charge_efficiency, discharge_efficiency : float in (0, 1], optional
        Shares that reach the cells and the meter.
    ramp_mw_minute : float, optional
        How fast the inverters follow a setpoint; a trip is at once.
    watchdog_seconds : float, optional
        After so long without a heartbeat it follows a setpoint of zero.
    faults : sequence of Fault, optional
        What goes wrong.

    Examples
    --------
    >>> battery = SimulatedBattery(power_mw=4, capacity_mwh=8, energy_mwh=4, now=0)
    >>> battery.write(2.0)
    2.0
    >>> battery.advance(1_800 * 10**9)
    >>> round(battery.read().energy, 6), round(battery.read().exported, 6)
    (3.0, 1.0)
    """

    power_mw: float
    capacity_mwh: float
    energy_mwh: float
    now: int
    inverters: int = 1
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    ramp_mw_minute: float = math.inf
    watchdog_seconds: float = math.inf
    faults: Sequence[Fault] = ()
    setpoint: float = field(init=False, default=0.0)
    power: float = field(init=False, default=0.0)
    exported: float = field(init=False, default=0.0)
    imported: float = field(init=False, default=0.0)
    sample: int = field(init=False, default=0)
    _beat: int = field(init=False)
    _frozen: Telemetry | None = field(init=False, default=None)
    _lock: threading.RLock = field(init=False, repr=False, default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Check what is given.

        Raises
        ------
        InputError
            If it contradicts itself.
        """
        if self.inverters < 1 or self.power_mw <= 0:
            raise InputError(
                f"{self.inverters} inverters of {self.power_mw} MW in all run nothing; give one "
                "or more with a power above 0"
            )
        if not 0 <= self.energy_mwh <= self.capacity_mwh:
            raise InputError(
                f"{self.energy_mwh} MWh are not in cells of {self.capacity_mwh} MWh; give 0 to full"
            )
        self._beat = self.now

    @property
    def available(self) -> float:
        """Power of the inverters that run, MW."""
        tripped = sum(fault.inverters for fault in self._active("trip"))
        return self.power_mw * max(self.inverters - tripped, 0) / self.inverters

    @property
    def net(self) -> float:
        """What the grid operator's meter counts: delivered less taken, MWh."""
        return self.exported - self.imported

    def advance(self, until: int) -> None:
        """Let time pass up to `until`, ns UTC; an instant in the past does nothing."""
        with self._lock:
            edges = sorted(
                edge
                for fault in self.faults
                for edge in (fault.start, fault.end)
                if self.now < edge < until
            )
            for edge in [*edges, until]:
                while self.now < edge:
                    self._run(min(edge, self.now + STEP_NS))

    def read(self) -> Telemetry:
        """Return what it measures now."""
        with self._lock:
            self._answer()
            found = Telemetry(
                energy=self.energy_mwh,
                power=self.power,
                charge_available=self.available,
                discharge_available=self.available,
                exported=self.exported,
                imported=self.imported,
                setpoint=self.setpoint,
                sample=self.sample,
            )
            if not self._active("stale"):
                self._frozen = None
                return found
            self._frozen = self._frozen or found
            return self._frozen

    def write(self, power_mw: float) -> float:
        """Take over a setpoint, read it back and return it, as a `Device` does."""
        self.take(power_mw)
        found = self.read().setpoint
        if found != power_mw:
            raise DeviceError(f"wrote {power_mw:g} MW, the battery follows {found:g} MW")
        return found

    def take(self, power_mw: float) -> float:
        """Take over a setpoint as far as nothing is wrong; return what is followed now."""
        with self._lock:
            self._answer()
            if self._active("refuse"):
                message = f"the battery refuses a setpoint of {power_mw:g} MW"
                raise DeviceError(message)
            self.setpoint = power_mw / 2 if self._active("alter") else power_mw
            return self.setpoint

    def beat(self, count: int) -> None:  # noqa: ARG002 - the simulated one only looks at the time
        """Note that the control still runs."""
        with self._lock:
            self._answer()
            self._beat = self.now

    def close(self) -> None:
        """Nothing to end."""

    def _active(self, kind: FaultKind) -> list[Fault]:
        return [
            fault
            for fault in self.faults
            if fault.kind == kind and fault.start <= self.now < fault.end
        ]

    def _answer(self) -> None:
        if self._active("silent"):
            raise DeviceError("the battery does not answer")

    def _run(self, until: int) -> None:
        """Run one step at constant power: no fault begins or ends within it."""
        seconds = (until - self.now) / NANOS
        hours = seconds / 3_600
        is_led = (self.now - self._beat) / NANOS < self.watchdog_seconds
        target = self.setpoint if is_led else 0.0
        ramp = self.ramp_mw_minute
        room = ramp * seconds / 60 if math.isfinite(ramp) else math.inf
        power = min(max(target, self.power - room), self.power + room)
        power = min(max(power, -self.available), self.available)
        most_out = self.energy_mwh * self.discharge_efficiency / hours
        most_in = (self.capacity_mwh - self.energy_mwh) / self.charge_efficiency / hours
        power = min(max(power, -most_in), most_out)
        if power >= 0:
            self.energy_mwh = max(self.energy_mwh - power * hours / self.discharge_efficiency, 0.0)
            self.exported += power * hours
        else:
            stored = -power * hours * self.charge_efficiency
            self.energy_mwh = min(self.energy_mwh + stored, self.capacity_mwh)
            self.imported -= power * hours
        self.power = power
        self.now = until
        self.sample += 1
