"""What a step of the loop is given, what it leaves behind, and what it did."""

from __future__ import annotations

from dataclasses import dataclass

from wattbook.assets.dispatch.alarm import Alarm
from wattbook.assets.dispatch.device import Telemetry
from wattbook.assets.dispatch.in_force import Range
from wattbook.assets.dispatch.limits import Setpoint, SetpointLimits

__all__ = ["Delivery", "Memory", "Step"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery period and the mean power sold of it.

    Parameters
    ----------
    start, end : int
        Half-open, ns UTC.
    power_mw : float
        Above zero delivers.
    called_mw : float, optional
        What is called of reserves now, beyond what is sold: above zero delivers more.
    called_mwh : float, optional
        What was called of them in the period so far.
    limits : SetpointLimits, optional
        What no setpoint may leave while they are called; those of the loop if left out.
    """

    start: int
    end: int
    power_mw: float
    called_mw: float = 0.0
    called_mwh: float = 0.0
    limits: SetpointLimits | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What a restart needs to go on without a jump.

    Parameters
    ----------
    at : int
        When it was noted, ns UTC.
    setpoint_mw : float
        In force then, as far as the device confirmed it.
    period_start : int
        Of the delivery period under way, ns UTC.
    net_at_start : float, MWh
        The meter, delivered less taken, when that period began.
    beats : int
        Heartbeats so far.
    unconfirmed_mw : tuple of float, optional
        What was written after it and never read back.
    sample : int, optional
        Of the last reading: the same one after a restart is no new reading.
    energy_mwh : tuple of float, optional
        Least and most that the cells may have held.
    """

    at: int
    setpoint_mw: float
    period_start: int
    net_at_start: float
    beats: int
    unconfirmed_mw: tuple[float, ...] = ()
    sample: int | None = None
    energy_mwh: tuple[float, float] | None = None


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
        What is in force now as far as the device confirmed it, and why it is not what was wanted.
    delivered_mwh : float
        In the period under way, delivered less taken.
    is_held : bool
        Whether telemetry stands still and the last safe setpoint is held.
    alarms : tuple of Alarm
        What is new since the step before.
    in_force : Range, MW
        From the least to the greatest setpoint that may be in force: what was written and not read
        back may be, and so may the one before.
    energy : Range, MWh
        What the cells may hold: one value where telemetry is new.
    written_mw : float or None
        What was written at this step, whether it was read back or not.
    """

    at: int
    telemetry: Telemetry | None
    setpoint: Setpoint
    delivered_mwh: float
    is_held: bool
    alarms: tuple[Alarm, ...]
    in_force: Range
    energy: Range
    written_mw: float | None

    @property
    def is_unconfirmed(self) -> bool:
        """Whether more than one setpoint may be in force."""
        return self.in_force.low != self.in_force.high

    @property
    def is_plannable(self) -> bool:
        """Whether it is known what the cells hold, so that what is left can be planned with it."""
        return (
            self.telemetry is not None and not self.is_held and self.energy.low == self.energy.high
        )
