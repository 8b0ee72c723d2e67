"""What a dispatched battery did in a day: steps, alarms, new plans, trades asked for, messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

from wattbook.assets.dispatch import Alarm, Step
from wattbook.compliance import OutageMessage
from wattbook.runtime.dispatch.calls import Call

__all__ = ["DispatchRecord", "HeldReserve", "Replanned", "StepRow", "row_of"]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the loop; powers in MW, above zero delivered.

    Parameters
    ----------
    at : int
        When, ns UTC.
    sold, wanted, setpoint, power, available : float
        What is sold of the period, what was to be set, what was set, what ran, what could run.
    energy : float, MWh
        In the cells.
    delivered : float, MWh
        In the period so far.
    reasons : str
        Why the setpoint is not what was wanted; empty if it is.
    is_held : bool
        Whether telemetry stands still.
    setpoint_low, setpoint_high : float, MW
        Between which the setpoint in force lies: apart where one was written and not read back.
    energy_low, energy_high : float, MWh
        Between which the cells lie: apart where there was no new reading.
    written : float or None, MW
        What was written at this step, read back or not.
    called : float, MW
        Of reserves, within what was to be set: more delivery above zero.
    """

    at: int
    sold: float
    wanted: float
    setpoint: float
    power: float
    available: float
    energy: float
    delivered: float
    reasons: str
    is_held: bool
    setpoint_low: float
    setpoint_high: float
    energy_low: float
    energy_high: float
    written: float | None
    called: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether telemetry is there and one setpoint is in force."""
        return not self.is_held and self.setpoint_low == self.setpoint_high


def row_of(step: Step, sold: float, called: float = 0.0) -> StepRow:
    """Return a step as it is kept; `sold` and `called` are of the period and instant, MW."""
    known, setpoint = step.telemetry, step.setpoint
    assert known is not None, "a step without a reading is not kept"  # noqa: S101 - an invariant
    return StepRow(
        at=step.at,
        sold=sold,
        wanted=setpoint.wanted_mw,
        setpoint=setpoint.power_mw,
        power=known.power,
        available=min(known.charge_available, known.discharge_available),
        energy=known.energy,
        delivered=step.delivered_mwh,
        reasons="; ".join(setpoint.reasons),
        is_held=step.is_held,
        setpoint_low=step.in_force.low,
        setpoint_high=step.in_force.high,
        energy_low=step.energy.low,
        energy_high=step.energy.high,
        written=step.written_mw,
        called=called,
    )


@dataclass(frozen=True, slots=True)
class Replanned:
    """A new plan and what was asked for of it.

    Parameters
    ----------
    at : int
        When, ns UTC.
    why : str
        What made it necessary.
    is_cover : bool
        Whether only what cannot be delivered was traded, because no message was out yet.
    short_mwh : float
        What of the sold energy, either way, cannot be run.
    asked_mwh : float
        What was sent to the market, either way.
    """

    at: int
    why: str
    is_cover: bool
    short_mwh: float
    asked_mwh: float


@dataclass(frozen=True, slots=True)
class HeldReserve:
    """Power that is held back for a reserve.

    Parameters
    ----------
    product : str
    direction : str
        ``up`` for more discharge, ``down`` for more charge, ``both`` for either as called.
    power_mw : float
        Sold.
    price, penalty : float
        Of the capacity, and for what was missing beyond the payment that it lost; a MW and hour.
    minutes : int
        For how long the cells must bear it.
    energy_price : float, optional
        Of energy that is called and delivered, a MWh: received for more delivery, paid for less.
    prices : mapping of int to float or None, optional
        Price by start of delivery, ns UTC, in place of `price`; None where it is not sold.
    """

    product: str
    direction: str
    power_mw: float
    price: float
    penalty: float
    minutes: int
    energy_price: float = 0.0
    prices: Mapping[int, float | None] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(slots=True)
class DispatchRecord:
    """Everything of a day.

    Parameters
    ----------
    strategy, market : str
        Whose battery.
    floor_mwh, ceiling_mwh, power_mw : float
        Of the battery.
    import_mw, export_mw : float
        Most that the grid connection gives and takes.
    charge_efficiency, discharge_efficiency : float, optional
        Shares that reach the cells and the meter.
    seconds : int, optional
        Length of a delivery period.
    reserves : tuple of HeldReserve, optional
        What was held back.
    calls : sequence of Call, optional
        What is called of them.
    """

    strategy: str
    market: str
    power_mw: float
    floor_mwh: float
    ceiling_mwh: float
    import_mw: float
    export_mw: float
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    seconds: int = 900
    reserves: tuple[HeldReserve, ...] = ()
    calls: Sequence[Call] = ()
    activated: dict[int, dict[str, float]] = field(default_factory=dict)
    """By start of a delivery period: what was delivered of each product that was called, MWh."""
    steps: list[StepRow] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    replans: list[Replanned] = field(default_factory=list)
    messages: list[OutageMessage] = field(default_factory=list)
    solve_seconds: list[float] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return what is kept as JSON; no time that differs from run to run is among it."""
        return {
            "strategy": self.strategy,
            "market": self.market,
            "alarms": [asdict(alarm) for alarm in self.alarms],
            "replans": [asdict(replan) for replan in self.replans],
            "messages": [message.message for message in self.messages],
        }
