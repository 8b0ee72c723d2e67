"""What the routes of positions, P&L, assets and risk answer with."""

from __future__ import annotations

from typing import Literal

from wattbook.api.answers.document import Answer
from wattbook.api.instants import Instant

__all__ = [
    "Batteries", "Limits", "Plants", "Pnl", "Position", "Stressed", "Tails", "Trial",
]  # fmt: skip


class Position(Answer):
    """What a strategy holds of a contract."""

    instrument: int
    strategy: str
    trading_book: int
    volume: float
    """Volume units; sold below zero."""
    mark: float | None
    unrealised: float
    realised: float
    delivery_start: Instant
    delivery_end: Instant


class PnlLine(Answer):
    """P&L in the desk's currency."""

    name: str
    market: str
    realised: float
    unrealised: float
    fees: float
    total: float
    """Realised and unrealised less fees."""
    is_synthetic: bool


class StrategyLine(PnlLine):
    """P&L of a strategy."""

    orders: int
    fills: int
    fill_rate: float | None
    """Filled share of the volume routed."""
    slippage: float | None
    """Cost of fills against the middle when routed."""


class DeliveryLine(PnlLine):
    """P&L of a delivery period."""

    delivery_start: Instant
    delivery_end: Instant


class Pnl(Answer):
    """P&L, whole and by part, at the instant shown."""

    now: Instant
    currency: str
    total: PnlLine
    by_strategy: list[StrategyLine]
    by_delivery: list[DeliveryLine]


class Limit(Answer):
    """Use of a limit of a trading book."""

    trading_book: str
    limit: str
    used: float
    allowed: float
    share: float
    unit: Literal["volume", "money"]


class Limits(Answer):
    """Use of limits."""

    now: Instant
    limits: list[Limit]


class BatteryPeriod(Answer):
    """A battery in a delivery period; discharged above zero."""

    instrument: int
    delivery_start: Instant
    delivery_end: Instant
    planned_mw: float | None
    metered_mw: float | None
    planned_mwh: float
    """Stored at the end."""
    metered_mwh: float | None


class Battery(Answer):
    """A battery's plan beside its meter."""

    strategy: str
    market: str
    power_mw: float
    energy_mwh: float
    initial_mwh: float
    bound: float | None
    """What perfect foresight of the periods that are over would have earned."""
    periods: list[BatteryPeriod]


class Batteries(Answer):
    """Every battery."""

    now: Instant
    batteries: list[Battery]


class PlantPeriod(Answer):
    """A plant in a delivery period."""

    delivery_start: Instant
    delivery_end: Instant
    planned_mw: float | None
    metered_mw: float | None


class Plant(Answer):
    """A plant's or wind farm's schedule beside its meter."""

    strategy: str
    market: str
    metered_value: float | None
    """What the meter was worth at prices of record."""
    periods: list[PlantPeriod]


class Plants(Answer):
    """Every plant and wind farm."""

    now: Instant
    plants: list[Plant]


class Tail(Answer):
    """What may be lost, in the desk's currency; losses are positive."""

    value_at_risk: float
    expected_shortfall: float
    margin: float


class PartRisk(Answer):
    """A part of the value at risk."""

    name: str
    holdings: int
    alone: float
    component: float
    shortfall_component: float
    incremental: float


class PartsOfRisk(Answer):
    """The value at risk, split."""

    strategy: list[PartRisk]
    book: list[PartRisk]
    trader: list[PartRisk]
    market: list[PartRisk]
    commodity: list[PartRisk]
    counterparty: list[PartRisk]
    delivery: list[PartRisk]


class Delta(Answer):
    """Greeks of a delivery period, in the desk's currency."""

    delivery_start: Instant
    delivery_end: Instant
    volume: float
    """MWh held."""
    delta: float
    """For a price up by one."""
    gamma: float
    """What delta changes for a price up by one."""
    vega: float
    """For a volatility up by one point."""
    theta: float
    """For a day that passes."""


class RiskHistory(Answer):
    """The tail after each change of a position."""

    ts: list[Instant]
    value_at_risk: list[float]
    expected_shortfall: list[float]
    margin: list[float]


class Breach(Answer):
    """A limit of a scope that was passed."""

    breach: int
    ts: Instant
    limit: str
    scope: str
    measure: str
    severity: str
    value: float
    level: float
    by: str
    """An order (an active breach) or the market (a passive one)."""
    owner: str
    """Who has to cure it: as was said of it, else the owner of the limit."""
    reason: str
    approved_by: str
    cure_by: str
    """A day; empty where none was said."""
    status: str
    """``cured``, ``overdue``, ``approved``, ``explained`` or ``open``."""
    cured: Instant | None
    """When it was kept again."""


class ScopeLimit(Answer):
    """Use of a limit of a scope, in the measure's own unit."""

    limit: str
    scope: str
    measure: str
    value: float | None
    """Null where it cannot be told."""
    soft: float
    hard: float
    """Raises included."""
    highest: float
    """Of the run so far."""
    share: float | None
    """Used share of the hard level."""
    severity: Literal["", "soft", "hard"]
    """Which level is passed."""
    owner: str


class Tails(Answer):
    """What may be lost, now and over time."""

    now: Instant
    confidence: float
    currency: str
    note: str
    """Why there is no tail."""
    tail: Tail | None
    scenarios: int
    parts: PartsOfRisk
    deltas: list[Delta]
    history: RiskHistory
    breaches: list[Breach]
    limits: list[ScopeLimit]
    collateral: float | None
    """What is posted, by a rule of kind ``margin``, else the desk file; null where none says."""


class Stress(Answer):
    """What a scenario makes of what is held: gains by part, by level."""

    scenario: str
    total: float
    by: dict[str, dict[str, float]]


class Stressed(Answer):
    """What scenarios make of what is held."""

    now: Instant
    note: str
    rows: list[Stress]


class Gate(Answer):
    """What the gate would say to an order."""

    refused: str | None
    """Why it would refuse; null if it would take the order."""
    is_held: bool
    """Whether the order would wait for a second person."""
    is_counted: bool
    """Whether `limits` count the order: not where something else than they refuses it."""
    limits: list[ScopeLimit]


class Trial(Answer):
    """The tail before and after one more trade, and what the gate would say to its order."""

    now: Instant
    before: Tail
    after: Tail
    gate: Gate | None
    """Null for a volume of 0, and where no price of the contract is known."""
