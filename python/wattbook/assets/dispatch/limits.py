"""The last gate before a device: no setpoint outside its limits leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass

from wattbook.errors import InputError

__all__ = ["Setpoint", "SetpointLimits", "safe_setpoint"]

HAIR = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class SetpointLimits:
    """What a setpoint must keep.

    Parameters
    ----------
    charge_mw, discharge_mw : float
        Largest charge and discharge at the meter, both above zero.
    floor_mwh, ceiling_mwh : float
        Least and most energy in the cells.
    charge_efficiency, discharge_efficiency : float in (0, 1], optional
        Shares that reach the cells and the meter.
    ramp_mw_minute : float, optional
        Most that a setpoint changes in a minute.
    import_mw, export_mw : float, optional
        Limits of the grid connection.
    step_mw : float, optional
        Setpoints are whole multiples of it.

    Raises
    ------
    InputError
        If they contradict each other.
    """

    charge_mw: float
    discharge_mw: float
    floor_mwh: float
    ceiling_mwh: float
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    ramp_mw_minute: float = math.inf
    import_mw: float = math.inf
    export_mw: float = math.inf
    step_mw: float = 0.001

    def __post_init__(self) -> None:
        """Check the limits."""
        for name in ("charge_mw", "discharge_mw", "floor_mwh", "import_mw", "export_mw"):
            value = getattr(self, name)
            if not value >= 0:
                raise InputError(f"{name} is {value}; give 0 or more")
        for name in ("ramp_mw_minute", "step_mw"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name)}; give more than 0")
        for name in ("charge_efficiency", "discharge_efficiency"):
            if not 0 < getattr(self, name) <= 1:
                raise InputError(f"{name} is {getattr(self, name)}; give a share in (0, 1]")
        if not self.floor_mwh <= self.ceiling_mwh < math.inf:
            raise InputError(
                f"floor {self.floor_mwh} and ceiling {self.ceiling_mwh} MWh leave no room; give a "
                "ceiling at or above the floor"
            )


@dataclass(frozen=True, slots=True)
class Setpoint:
    """A setpoint that may leave.

    Parameters
    ----------
    power_mw : float
        What is sent; above zero delivers.
    wanted_mw : float
        What was asked for.
    reasons : tuple of str
        Why it is not what was asked for; empty if it is.
    """

    power_mw: float
    wanted_mw: float
    reasons: tuple[str, ...] = ()


def safe_setpoint(
    limits: SetpointLimits,
    wanted_mw: float,
    *,
    least_mwh: float,
    most_mwh: float,
    charge_available_mw: float,
    discharge_available_mw: float,
    before_mw: float,
    elapsed_seconds: float,
    hold_seconds: float,
) -> Setpoint:
    """Return the setpoint nearest to `wanted_mw` that keeps every limit.

    Power, availability, grid and cells come first. The ramp counts from the setpoint before; where
    the others have fallen below that one at once, as after a trip, the ramp gives way to them.

    Parameters
    ----------
    limits : SetpointLimits
        Of the battery and its connection.
    wanted_mw : float
        Above zero delivers. One that is no finite number keeps the setpoint before.
    least_mwh, most_mwh : float
        What the cells hold now, or the range of what they may hold while nobody can tell: the least
        must bear a discharge, the most a charge.
    charge_available_mw, discharge_available_mw : float
        Most that the inverters can do now.
    before_mw : float
        The setpoint in force.
    elapsed_seconds : float
        Since that one left.
    hold_seconds : float
        For how long the new one may stand unchanged: the cells must bear it for that long.

    Examples
    --------
    >>> limits = SetpointLimits(charge_mw=5, discharge_mw=5, floor_mwh=0, ceiling_mwh=10)
    >>> found = safe_setpoint(limits, 8, least_mwh=9, most_mwh=9, charge_available_mw=5,
    ...                       discharge_available_mw=4, before_mw=0, elapsed_seconds=60,
    ...                       hold_seconds=60)
    >>> found.power_mw, found.reasons
    (4.0, ('4 MW are available',))
    """
    hours = max(hold_seconds, 1.0) / 3_600
    up, why_up = least(
        (limits.discharge_mw, f"the battery discharges at most {limits.discharge_mw:g} MW"),
        (discharge_available_mw, f"{discharge_available_mw:g} MW are available"),
        (limits.export_mw, f"the grid takes at most {limits.export_mw:g} MW"),
        (
            (least_mwh - limits.floor_mwh) * limits.discharge_efficiency / hours,
            f"the cells keep {limits.floor_mwh:g} MWh",
        ),
    )
    down, why_down = least(
        (limits.charge_mw, f"the battery charges at most {limits.charge_mw:g} MW"),
        (charge_available_mw, f"{charge_available_mw:g} MW are available"),
        (limits.import_mw, f"the grid gives at most {limits.import_mw:g} MW"),
        (
            (limits.ceiling_mwh - most_mwh) / limits.charge_efficiency / hours,
            f"the cells take {limits.ceiling_mwh:g} MWh",
        ),
    )
    reasons = []
    target = wanted_mw
    if not math.isfinite(target):
        target = before_mw
        reasons.append(f"{wanted_mw} MW is no setpoint; the one before stays")
    bound, why = (up, why_up) if target > 0 else (-down, why_down)
    if abs(target) > abs(bound):
        # What rounding of a meter makes of a full setpoint is no limit that anybody asks about.
        if abs(target - bound) > limits.step_mw:
            reasons.append(why)
        target = bound
    ramp = limits.ramp_mw_minute
    room = ramp * max(elapsed_seconds, 0.0) / 60 if math.isfinite(ramp) else math.inf
    if abs(target - before_mw) > room + HAIR:
        target = before_mw + math.copysign(room, target - before_mw)
        reasons.append(f"the ramp is {ramp:g} MW a minute")
    # Towards the setpoint before, so that rounding adds nothing to the ramp.
    power = on_step(target, limits.step_mw, upwards=target < before_mw)
    if not -down - HAIR <= power <= up + HAIR:
        bound, why = (up, why_up) if power > up else (-down, why_down)
        power = on_step(bound, limits.step_mw, upwards=bound < 0)
        reasons.append(why)
    return Setpoint(power, wanted_mw, tuple(dict.fromkeys(reasons)))


def least(*bounds: tuple[float, str]) -> tuple[float, str]:
    """Return the lowest bound that is not below zero, with its reason."""
    value, reason = min(bounds, key=lambda bound: bound[0])
    return max(value, 0.0), reason


def on_step(value: float, step: float, *, upwards: bool) -> float:
    """Return the multiple of `step` next to `value`, itself if it is one."""
    count = value / step
    nearest = round(count)
    if abs(count - nearest) > 1e-6:
        nearest = math.ceil(count) if upwards else math.floor(count)
    # A zero is added so that none is sent as -0.
    return round(nearest * step, 9) + 0.0
