"""One step of the loop: read, judge, choose a setpoint, send it, read it back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from wattbook.assets.dispatch.device import Device, Telemetry
from wattbook.assets.dispatch.limits import Setpoint, SetpointLimits, safe_setpoint
from wattbook.errors import DeviceError

__all__ = ["Alarm", "AlarmKind", "Delivery", "Dispatcher", "Memory", "Step"]

NANOS = 1_000_000_000
HAIR_MW = 1e-6
AlarmKind = Literal[
    "telemetry_lost",
    "telemetry_back",
    "availability_lost",
    "availability_back",
    "write_failed",
    "setpoint_moved",
    "beat_failed",
    "limited",
]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that whoever is on shift should know.

    Parameters
    ----------
    at : int
        When, ns UTC.
    kind : str
        Which kind.
    text : str
        What, with its values.
    """

    at: int
    kind: AlarmKind
    text: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery period and the mean power sold of it.

    Parameters
    ----------
    start, end : int
        Half-open, ns UTC.
    power_mw : float
        Above zero delivers.
    """

    start: int
    end: int
    power_mw: float


@dataclass(frozen=True, slots=True)
class Memory:
    """What a restart needs to go on without a jump.

    Parameters
    ----------
    at : int
        When it was noted, ns UTC.
    setpoint_mw : float
        In force then.
    period_start : int
        Of the delivery period under way, ns UTC.
    net_at_start : float, MWh
        The meter, delivered less taken, when that period began.
    beats : int
        Heartbeats so far.
    """

    at: int
    setpoint_mw: float
    period_start: int
    net_at_start: float
    beats: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did.

    Parameters
    ----------
    at : int
        When, ns UTC.
    telemetry : Telemetry or None
        The newest reading that can be trusted; None before the first.
    setpoint : Setpoint
        What is in force now, and why it is not what was wanted.
    delivered_mwh : float
        In the period under way, delivered less taken.
    is_held : bool
        Whether telemetry stands still and the last safe setpoint is held.
    alarms : tuple of Alarm
        What is new since the step before.
    """

    at: int
    telemetry: Telemetry | None
    setpoint: Setpoint
    delivered_mwh: float
    is_held: bool
    alarms: tuple[Alarm, ...]


class Dispatcher:
    """Runs a device so that each delivery period delivers what is sold, within its limits.

    Parameters
    ----------
    device : Device
        What is run.
    limits : SetpointLimits
        What no setpoint may leave.
    stale_seconds : float
        Telemetry without a new sample for so long has stopped.
    hold_seconds : float
        For how long a setpoint may stand: the time between two steps and what a device waits for a
        heartbeat.
    memory : Memory, optional
        Of a run before this one.
    keep : callable, optional
        Takes the memory after each step.
    name : str, optional
        Of the battery, for texts.
    """

    def __init__(
        self,
        device: Device,
        limits: SetpointLimits,
        *,
        stale_seconds: float,
        hold_seconds: float,
        memory: Memory | None = None,
        keep: Callable[[Memory], None] | None = None,
        name: str = "battery",
    ) -> None:
        self.device = device
        self.limits = limits
        self.stale_ns = round(stale_seconds * NANOS)
        self.hold_seconds = hold_seconds
        self.keep = keep
        self.name = name
        self.telemetry: Telemetry | None = None
        self._setpoint = memory.setpoint_mw if memory else 0.0
        self._sent_at: int | None = None
        self._fresh_at: int | None = None
        self._seen: tuple[int, float] | None = None
        self._beats = memory.beats if memory else 0
        self._period = memory.period_start if memory else -1
        self._net_at_start = memory.net_at_start if memory else 0.0
        self._stepped_at: int | None = None
        self._energy = 0.0
        self._net = 0.0
        self._is_lost = False
        self._limited: tuple[str, ...] = ()
        self._available = (math.inf, math.inf)
        self._alarms: list[Alarm] = []

    @property
    def setpoint_mw(self) -> float:
        """The setpoint in force."""
        return self._setpoint

    def step(self, now: int, delivery: Delivery | None) -> Step:
        """Read the device and set it for what `delivery` still needs; None sells nothing.

        Parameters
        ----------
        now : int
            ns UTC, later than the step before.
        delivery : Delivery or None
            The period that `now` lies in.
        """
        self._alarms = []
        self._read(now)
        known = self.telemetry
        chosen = Setpoint(self._setpoint, self._setpoint)
        delivered = 0.0
        if known is not None:
            delivered = self._count(now, delivery)
            wanted = self._setpoint if self._is_lost else needed(now, delivery, delivered)
            chosen = self._choose(now, wanted, known)
            self._send(now, chosen)
        self._say_limited(now, chosen)
        self._beat(now)
        if self.keep is not None and known is not None:
            self.keep(Memory(now, self._setpoint, self._period, self._net_at_start, self._beats))
        in_force = Setpoint(self._setpoint, chosen.wanted_mw, chosen.reasons)
        return Step(now, known, in_force, delivered, self._is_lost, tuple(self._alarms))

    def _alarm(self, now: int, kind: AlarmKind, text: str) -> None:
        self._alarms.append(Alarm(now, kind, f"{self.name}: {text}"))

    def _read(self, now: int) -> None:
        """Take over a new reading, or note that there is none."""
        reason = "no new sample"
        try:
            found = self.device.read()
            found.check(self.name)
        except DeviceError as fault:
            found, reason = None, str(fault)
        is_new = found is not None and (
            self.telemetry is None or found.sample != self.telemetry.sample
        )
        if found is not None and is_new:
            self._follow(now, found)
            self.telemetry, self._fresh_at = found, now
            if self._is_lost:
                self._is_lost = False
                self._alarm(now, "telemetry_back", "telemetry is back")
            self._reckon(now, is_new=True)
            self._say_available(now, found)
            return
        if self._fresh_at is None:
            self._fresh_at = now
        if not self._is_lost and now - self._fresh_at >= self.stale_ns:
            self._is_lost = True
            seconds = (now - self._fresh_at) / NANOS
            self._alarm(
                now, "telemetry_lost",
                f"telemetry stopped {seconds:g} s ago ({reason}); held at {self._setpoint:g} MW",
            )  # fmt: skip
        self._reckon(now, is_new=False)

    def _follow(self, now: int, found: Telemetry) -> None:
        """Go on from what the device follows: after a restart, and where somebody else set it."""
        if self.telemetry is None:
            self._sent_at = now
        elif abs(found.setpoint - self._setpoint) <= self.limits.step_mw / 2 + HAIR_MW:
            return
        else:
            text = f"the device follows {found.setpoint:g} MW in place of {self._setpoint:g} MW"
            self._alarm(now, "setpoint_moved", text)
        self._setpoint = found.setpoint

    def _say_available(self, now: int, found: Telemetry) -> None:
        charge, discharge = found.charge_available, found.discharge_available
        before = self._available
        most = (self.limits.charge_mw, self.limits.discharge_mw)
        before = (min(before[0], most[0]), min(before[1], most[1]))
        after = (min(charge, most[0]), min(discharge, most[1]))
        self._available = after
        text = f"{after[0]:g} MW of {most[0]:g} charge, {after[1]:g} MW of {most[1]:g} discharge"
        if after[0] < before[0] - HAIR_MW or after[1] < before[1] - HAIR_MW:
            self._alarm(now, "availability_lost", text)
        elif after[0] > before[0] + HAIR_MW or after[1] > before[1] + HAIR_MW:
            self._alarm(now, "availability_back", text)

    def _count(self, now: int, delivery: Delivery | None) -> float:
        """Return what the period under way delivered, MWh; the meter at its start is kept."""
        start = delivery.start if delivery else -1
        net = self._net
        if start != self._period:
            at_start = net
            if self._seen is not None and delivery is not None and self._seen[0] < start < now:
                # Between two readings the meter is taken to have run evenly.
                then, before = self._seen
                at_start = before + (net - before) * (start - then) / (now - then)
            self._period, self._net_at_start = start, at_start
        self._seen = (now, net)
        return net - self._net_at_start if delivery else 0.0

    def _choose(self, now: int, wanted: float, known: Telemetry) -> Setpoint:
        sent = now if self._sent_at is None else self._sent_at
        return safe_setpoint(
            self.limits,
            wanted,
            energy_mwh=self._energy,
            charge_available_mw=known.charge_available,
            discharge_available_mw=known.discharge_available,
            before_mw=self._setpoint,
            elapsed_seconds=(now - sent) / NANOS,
            hold_seconds=self.hold_seconds,
        )

    def _reckon(self, now: int, *, is_new: bool) -> None:
        """Take over energy and meter of a new reading, or let them go on as what is set runs."""
        known = self.telemetry
        if known is None:
            return
        hours = 0.0 if self._stepped_at is None else (now - self._stepped_at) / NANOS / 3_600
        self._stepped_at = now
        if is_new:
            self._energy, self._net = known.energy, known.net
            return
        power = self._setpoint if self._is_lost else known.power
        into = self.limits.charge_efficiency if power < 0 else 1 / self.limits.discharge_efficiency
        self._energy -= power * hours * into
        self._net += power * hours

    def _send(self, now: int, chosen: Setpoint) -> None:
        """Write what is new, or what the device follows no longer."""
        known = self.telemetry
        follows = known is not None and abs(known.setpoint - self._setpoint) < HAIR_MW
        if chosen.power_mw == self._setpoint and (follows or self._is_lost):
            self._sent_at = now
            return
        try:
            self._setpoint = self.device.write(chosen.power_mw)
            self._sent_at = now
        except DeviceError as fault:
            self._alarm(now, "write_failed", f"{fault}; {self._setpoint:g} MW stay in force")

    def _say_limited(self, now: int, chosen: Setpoint) -> None:
        if chosen.reasons and chosen.reasons != self._limited:
            text = f"{chosen.wanted_mw:.3f} MW wanted, {chosen.power_mw:g} MW set: "
            self._alarm(now, "limited", text + "; ".join(chosen.reasons))
        self._limited = chosen.reasons

    def _beat(self, now: int) -> None:
        self._beats = (self._beats + 1) % 65_536
        try:
            self.device.beat(self._beats)
        except DeviceError as fault:
            self._alarm(now, "beat_failed", f"no heartbeat: {fault}")


def needed(now: int, delivery: Delivery | None, delivered_mwh: float) -> float:
    """Return the power that delivers the rest of a period in what is left of it, MW."""
    if delivery is None:
        return 0.0
    hours = (delivery.end - delivery.start) / NANOS / 3_600
    left = (delivery.end - now) / NANOS / 3_600
    return (delivery.power_mw * hours - delivered_mwh) / left if left > 0 else 0.0
