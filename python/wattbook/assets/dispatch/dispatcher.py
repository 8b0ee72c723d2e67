"""One step of the loop: read, judge, choose a setpoint, send it, read it back."""

from __future__ import annotations

import math
from collections.abc import Callable

from wattbook.assets.dispatch.alarm import Alarm, AlarmKind, Recurring, Severity
from wattbook.assets.dispatch.device import Device, Telemetry
from wattbook.assets.dispatch.in_force import Range, energy_range
from wattbook.assets.dispatch.limits import Setpoint, SetpointLimits, safe_setpoint
from wattbook.assets.dispatch.step import Delivery, Memory, Step
from wattbook.errors import DeviceError

__all__ = ["Dispatcher"]

NANOS = 1_000_000_000
HAIR_MW = 1e-6


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
        self._unconfirmed = set(memory.unconfirmed_mw if memory else ())
        self._memory = memory
        self._sent_at: int | None = None
        self._fresh_at: int | None = None
        self._seen: tuple[int, float] | None = None
        self._beats = memory.beats if memory else 0
        self._period = memory.period_start if memory else -1
        self._net_at_start = memory.net_at_start if memory else 0.0
        self._stepped_at: int | None = None
        self._energy = Range(0.0, 0.0)
        self._net = 0.0
        self._writes = Recurring()
        self._beating = Recurring()
        self._is_lost = False
        self._limited: tuple[str, ...] = ()
        self._available = (math.inf, math.inf)
        self._alarms: list[Alarm] = []
        self._written: float | None = None

    @property
    def setpoint_mw(self) -> float:
        """The setpoint in force, as far as the device confirmed it."""
        return self._setpoint

    @property
    def in_force(self) -> Range:
        """What may be in force, MW."""
        return Range.of(self._setpoint, *self._unconfirmed)

    def step(self, now: int, delivery: Delivery | None) -> Step:
        """Read the device and set it for what `delivery` still needs; None sells nothing.

        Parameters
        ----------
        now : int
            ns UTC, later than the step before.
        delivery : Delivery or None
            The period that `now` lies in.
        """
        self._alarms, self._written = [], None
        self._read(now)
        known = self.telemetry
        chosen = Setpoint(self._setpoint, self._setpoint)
        delivered = 0.0
        if known is not None:
            delivered = self._count(now, delivery)
            # What nobody can follow is held; what was not read back is taken back first.
            is_unsure = bool(self._unconfirmed) and not self._is_fresh(now)
            is_held = self._is_lost or is_unsure
            wanted = self._setpoint if is_held else needed(now, delivery, delivered)
            chosen = self._choose(now, wanted, known, delivery)
            self._send(now, chosen)
        self._say_limited(now, chosen)
        self._beat(now)
        if self.keep is not None and known is not None:
            self.keep(
                Memory(
                    now, self._setpoint, self._period, self._net_at_start, self._beats,
                    tuple(sorted(self._unconfirmed)), known.sample,
                    (self._energy.low, self._energy.high),
                )
            )  # fmt: skip
        setpoint = Setpoint(self._setpoint, chosen.wanted_mw, chosen.reasons)
        return Step(
            now, known, setpoint, delivered, self._is_lost, tuple(self._alarms), self.in_force,
            self._energy, self._written,
        )  # fmt: skip

    def _alarm(self, now: int, kind: AlarmKind, text: str, severity: Severity = "warning") -> None:
        self._alarms.append(Alarm(now, kind, f"{self.name}: {text}", severity))

    def _recur(self, now: int, kind: AlarmKind, fault: Recurring, text: str) -> None:
        severity = fault.severity(text)
        if severity is not None:
            lasts = f" (for {fault.count} steps now)" if severity == "critical" else ""
            self._alarm(now, kind, text + lasts, severity)

    def _is_fresh(self, now: int) -> bool:
        """Whether a new reading came at this step."""
        return self._fresh_at == now and not self._is_lost

    def _read(self, now: int) -> None:
        """Take over a new reading, or note that there is none."""
        reason = "no new sample"
        try:
            found = self.device.read()
            found.check(self.name)
        except DeviceError as fault:
            found, reason = None, str(fault)
        is_new = found is not None and found.sample != self._sample()
        if found is not None and is_new:
            self._follow(now, found)
            self.telemetry, self._fresh_at = found, now
            if self._is_lost:
                self._is_lost = False
                self._alarm(now, "telemetry_back", "telemetry is back")
            self._reckon(now, is_new=True)
            self._say_available(now, found)
            return
        if found is not None and self.telemetry is None and self._memory is not None:
            # Telemetry has stood still since before the restart.
            self.telemetry, self._fresh_at = found, self._memory.at
            self._stepped_at = self._memory.at
            self._energy = Range(*(self._memory.energy_mwh or (found.energy, found.energy)))
            self._net = found.net
        if self._fresh_at is None:
            self._fresh_at = now
        if not self._is_lost and now - self._fresh_at >= self.stale_ns:
            self._is_lost = True
            seconds = (now - self._fresh_at) / NANOS
            self._alarm(
                now, "telemetry_lost",
                f"telemetry stopped {seconds:g} s ago ({reason}); {self._held()}",
                "critical" if self._unconfirmed else "warning",
            )  # fmt: skip
        self._reckon(now, is_new=False)

    def _sample(self) -> int | None:
        """Return the sample of the last reading; None before the first."""
        if self.telemetry is not None:
            return self.telemetry.sample
        return None if self._memory is None else self._memory.sample

    def _held(self) -> str:
        """Return what is held, in words."""
        if not self._unconfirmed:
            return f"held at {self._setpoint:g} MW"
        return f"{self._unsure()}; {self._setpoint:g} MW is written at every step until it is known"

    def _unsure(self) -> str:
        """Return what may be in force, in words."""
        return " or ".join(f"{one:g}" for one in sorted({self._setpoint, *self._unconfirmed})) + (
            " MW may be in force"
        )

    def _follow(self, now: int, found: Telemetry) -> None:
        """Go on from what the device follows: after a restart, and where somebody else set it."""
        self._unconfirmed.clear()
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

    def _choose(
        self, now: int, wanted: float, known: Telemetry, delivery: Delivery | None
    ) -> Setpoint:
        sent = now if self._sent_at is None else self._sent_at
        called = None if delivery is None else delivery.limits
        return safe_setpoint(
            called or self.limits,
            wanted,
            least_mwh=self._energy.low,
            most_mwh=self._energy.high,
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
            self._energy, self._net = Range(known.energy, known.energy), known.net
            return
        # Until telemetry is lost, what was read last may still run.
        may_run = Range.of(
            self.in_force.low, self.in_force.high, *(() if self._is_lost else (known.power,))
        )
        self._energy = energy_range(self._energy, may_run, hours, self.limits)
        self._net += (self._setpoint if self._is_lost else known.power) * hours

    def _send(self, now: int, chosen: Setpoint) -> None:
        """Write what is new, what the device follows no longer, and what is not known."""
        known = self.telemetry
        follows = known is not None and abs(known.setpoint - self._setpoint) < HAIR_MW
        is_set = chosen.power_mw == self._setpoint and not self._unconfirmed
        if is_set and (follows or self._is_lost):
            self._sent_at = now
            return
        before, self._written = self._setpoint, chosen.power_mw
        try:
            found = self.device.write(chosen.power_mw)
        except DeviceError as fault:
            if chosen.power_mw != before:
                self._unconfirmed.add(chosen.power_mw)
            doubt = self._unsure() if self._unconfirmed else f"{before:g} MW stay in force"
            self._recur(now, "write_failed", self._writes, f"{fault}; {doubt}")
            return
        self._sent_at = now
        # A readback that stands still shows what stood there before, whatever is in force.
        if self._unconfirmed and found == before and not self._is_fresh(now):
            return
        self._setpoint = found
        self._unconfirmed.clear()
        if steps := self._writes.end():
            text = f"setpoints are taken over again after {steps} that were not"
            self._alarm(now, "write_back", text)

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
            self._recur(now, "beat_failed", self._beating, f"no heartbeat: {fault}")
            return
        if steps := self._beating.end():
            self._alarm(now, "beat_back", f"heartbeats get through again after {steps} lost")


def needed(now: int, delivery: Delivery | None, delivered_mwh: float) -> float:
    """Return the power that delivers the rest of a period in what is left of it, MW.

    What is called of reserves comes on top of it: its energy so far is none of what is sold.
    """
    if delivery is None:
        return 0.0
    hours = (delivery.end - delivery.start) / NANOS / 3_600
    left = (delivery.end - now) / NANOS / 3_600
    sold = delivered_mwh - delivery.called_mwh
    rest = (delivery.power_mw * hours - sold) / left if left > 0 else 0.0
    return rest + delivery.called_mw
