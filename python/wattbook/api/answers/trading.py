"""What the routes of orders, execution, deals and the kill switch answer with."""

from __future__ import annotations

from typing import Literal

from wattbook.api.answers.document import Answer, Side
from wattbook.api.instants import Instant

__all__ = [
    "AllCancelled",
    "Amendment",
    "Booked",
    "Costs",
    "DealHistory",
    "Deals",
    "Decided",
    "Fill",
    "Order",
    "OrderNumber",
    "OrderStateName",
    "Parent",
    "Refusal",
    "RoutingDecision",
    "StopDone", "StopState",
]  # fmt: skip

OrderStateName = Literal[
    "pending_new", "accepted", "partially_filled", "filled", "cancelled", "rejected", "expired",
    "pending_cancel", "pending_amend", "suspended", "stopped", "done_for_day",
    "accepted_for_bidding", "offered",
]  # fmt: skip
"""Where an order stands (`wattbook.domain.OrderState`); an offer to an auction is `offered`."""


class OrderNumber(Answer):
    """The number of an order that is with the engine."""

    order_id: str


class AllCancelled(Answer):
    """That every open order is asked to be taken back."""

    cancelled: Literal["all"]


class Order(Answer):
    """An order or an offer of ours."""

    order_id: str
    kind: Literal["order", "offer"]
    instrument: int
    side: Side
    order_type: str
    time_in_force: str | None
    strategy: str
    price: float | None
    volume: float
    filled: float
    open: float
    state: OrderStateName
    reason: str | None
    ts_event: Instant
    ts_recv: Instant


class Fill(Answer):
    """What an order of ours got."""

    fill: int
    sequence: int
    order_id: str
    trade: str
    instrument: int
    side: Side
    strategy: str
    price: float
    volume: float
    arrival_price: float | None
    """Middle of the book when the order was routed."""
    is_maker: bool | None
    ts_event: Instant
    ts_recv: Instant


class Refusal(Answer):
    """An order that the gate refused."""

    refusal: int
    sequence: int
    reason: str
    text: str
    """In the gate's words."""
    ts_event: Instant
    ts_recv: Instant


class Parent(Answer):
    """An order that an algorithm works."""

    parent: str
    strategy: str
    instrument: int
    symbol: str
    side: Side
    algorithm: str
    volume: float
    limit: float | None
    starts: Instant
    ends: Instant | None
    arrival_price: float | None
    forecast_price: float | None
    forecast_fee: float | None
    """Of each volume unit, beside the price."""
    mean_price: float | None
    filled: float
    filled_share: float
    due_share: float | None
    """What an even pace would have filled by now."""
    market_share: float | None
    fills: int
    ended: str | None
    unfilled: float | None
    ended_at: Instant | None
    at: list[Instant]
    filled_line: list[float]
    """Filled share at each instant of `at`."""
    ts_event: Instant
    ts_recv: Instant


class RoutingDecision(Answer):
    """Why an order was placed as it was."""

    ts_event: Instant
    ts_recv: Instant
    order: str
    parent: str
    text: str


class OrderCost(Answer):
    """What an order cost; a cost is positive."""

    parent: str | None
    strategy: str
    symbol: str
    side: Side
    algorithm: str
    volume: float
    filled: float
    fill_rate: float | None
    mean_price: float | None
    arrival: float | None
    against_arrival_ticks: float | None
    arrival_half_spreads: float | None
    against_vwap_ticks: float | None
    against_close_ticks: float | None
    against_arrival_currency: float | None
    forecast_cost: float | None
    forecast_fees: float | None
    """Of all of its volume, in currency."""
    fees: float | None
    maker_share: float | None
    queue_seconds: float | None
    participation: float | None
    ended: str | None


class VenueCost(Answer):
    """What a venue cost, per volume unit."""

    venue: int
    name: str
    orders: int
    ordered: float
    filled: float | None
    fill_rate: float | None
    refused: int
    accept_seconds: float | None
    queue_seconds: float | None
    waited_seconds: float | None
    maker_share: float | None
    against_mid: float | None
    half_spread: float | None
    fees: float | None
    cost_after_fees: float | None
    markout_1: float | None
    adverse_1: float | None
    markout_10: float | None
    adverse_10: float | None
    markout_60: float | None
    adverse_60: float | None


class RefusedBy(Answer):
    """How often a venue or the gate refused for a reason."""

    by: str
    venue: int | None
    name: str | None
    reason: str
    count: int


class Costs(Answer):
    """What orders and venues cost up to the instant shown."""

    now: Instant
    parents: list[OrderCost]
    venues: list[VenueCost]
    refusals: list[RefusedBy]
    note: str | None
    """Why there is nothing."""


class StopNames(Answer):
    """What a stop covers, in names; null where nothing narrows it."""

    venue: str | None
    trading_book: str | None
    strategy: str | None
    instrument: int | None
    trader: int | None
    counterparty: str | None
    member: str | None


class StopDone(Answer):
    """A stop or a release, and what has become of the orders that it takes back."""

    at: Instant
    by: str
    allowed: bool
    """Whether it was a release."""
    scope: StopNames
    orders: int
    cancelled: int
    ended_otherwise: int
    open: int
    refused: list[str]


class StopScopes(Answer):
    """What can be stopped, by name."""

    venues: list[str]
    trading_books: list[str]
    strategies: list[str]
    counterparties: list[str]
    members: list[str]


class StopState(Answer):
    """What is stopped."""

    now: Instant
    takes_stops: bool
    is_stopped: bool
    in_force: list[StopDone]
    acts: list[StopDone]
    """Newest first."""
    scopes: StopScopes


class Deal(Answer):
    """A bilateral deal in one of its versions."""

    deal: str
    book: str
    trader: str
    counterparty: str
    product: str
    currency: str
    version: int
    known_ns: Instant
    trade_date: str
    side: Side
    power_mw: float
    price: float
    """Currency a MWh."""
    fee: float
    status: Literal["live", "cancelled"]
    entered_by: str | None
    approved_by: str | None


class Amendment(Answer):
    """A change that waits for a second person."""

    number: str
    """`1` of a deal, `T1` of a structured one, `R1` of the book's reference."""
    reason: str
    entered_by: str
    deal: str | None
    """Null of the reference."""
    power_mw: float | None
    price: float | None


class StructuredDeal(Answer):
    """The last version of a structured deal."""

    deal: str
    version: int
    status: Literal["live", "cancelled"]
    kind: str
    trade_date: str
    first: str
    last: str
    currency: str
    parties: str
    legs: str


class StructuredVersion(Answer):
    """A version of a structured deal, also one that waits or was rejected."""

    version: int | None
    state: str
    status: Literal["live", "cancelled"]
    known_ns: Instant
    entered_by: str
    decided_by: str | None
    comment: str | None
    file: str
    changes: str


class StructuredHistory(Answer):
    """Every version of a structured deal, and the terms of the last."""

    deal: str
    versions: list[StructuredVersion]
    terms: list[tuple[str, str]]


class StructuredBooked(Answer):
    """What became of the structured deals of a document, as counts."""

    new: int
    unchanged: int
    waits: int
    """For a second person."""
    overtaken: int
    """Behind a later message."""
    notes: list[str]
    """Why no close can value some of them yet."""


class ClosedDay(Answer):
    """A day whose books are closed."""

    day: str
    digest: str
    signed_by: str | None


class RefusedRow(Answer):
    """A row of deals that was not booked."""

    file: str
    row: int
    field: str
    value: str
    reason: str


class Deals(Answer):
    """The book of the desk; empty where it was opened without one."""

    has_book: bool
    desk: str
    persons: list[str]
    books: list[str]
    traders: list[str]
    counterparties: list[str]
    currencies: list[str]
    deals: list[Deal]
    structured: list[StructuredDeal]
    pending: list[Amendment]
    closed: list[ClosedDay]
    refused: list[RefusedRow]


class ClosedBook(Answer):
    """A book at the close of a day, in the desk's currency."""

    book: str
    value: float
    lines: dict[str, float]
    """P&L since the close before, by why it was earned."""
    unexplained: float
    value_at_risk: float | None
    """Null without a history of prices."""


class OptionPnl(Answer):
    """What a deal's options earned since the close before, by Greek."""

    book: str
    deal: str
    delta: float
    gamma: float
    vega: float
    vanna: float
    volga: float
    theta: float
    unexplained: float


class ClosePosition(Answer):
    """What a book has still to get (above zero) or to deliver in a month."""

    book: str
    place: str
    month: str
    """Its first day."""
    energy_mwh: float
    peak_mwh: float
    """Of it in peak hours."""
    price: float
    """Mean of the month's hours that are open, in `currency`."""
    currency: str
    market_value: float
    """In the desk's currency."""
    is_marked: bool
    """Whether it rests on a marked price."""


class CloseBreach(Answer):
    """A limit that was passed at a close."""

    limit: str
    book: str
    found: float
    most: float


class ClosedState(Answer):
    """The end-of-day state of the book."""

    day: str
    digest: str
    signed_by: str | None
    books: list[ClosedBook]
    options: list[OptionPnl]
    positions: list[ClosePosition]
    later_deals: int
    """Deals that were known and are dated after the day."""
    breaches: list[CloseBreach]
    notes: list[str]


class DealHistory(Answer):
    """Every version of a deal, oldest first."""

    deal: str
    versions: list[Deal]


class Booked(Answer):
    """What became of a deal that was entered, as counts."""

    new: int
    unchanged: int
    waits: int
    """For a second person."""


class Decided(Answer):
    """What a second person said to an amendment."""

    number: str
    state: Literal["approved", "rejected"]
