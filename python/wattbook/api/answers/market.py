"""What the market's routes answer with."""

from __future__ import annotations

from wattbook.api.answers.document import Answer, Side
from wattbook.api.instants import Instant

__all__ = [
    "Book", "Clock", "Instrument", "Level", "Market", "MarketLines", "NamedLine", "PriceLine",
    "Quote", "Run", "Trade",
]  # fmt: skip


class Clock(Answer):
    """Which instant is shown, and how time goes on."""

    now: Instant
    """ns UTC."""
    speed: float
    is_playing: bool
    is_live: bool
    """Whether it is the clock of a run that goes on."""
    first: Instant
    """Earliest instant that can be shown, ns UTC."""
    start: Instant
    """When the first delivery begins, ns UTC."""
    end: Instant
    """Latest instant that can be shown, ns UTC."""
    jumps: int
    """How often it was set to another instant."""


class Series(Answer):
    """What was read of a series."""

    name: str
    source: str
    rows_read: int
    rows_kept: int
    out_of_order: int
    gaps: list[tuple[Instant, Instant, int]]
    """Begin and end of each, ns UTC, and how many delivery periods are missing."""
    set_aside: int
    timeline: list[tuple[Instant, Instant, int, int, int, int]]
    """By time of delivery: begin and end, ns UTC; rows in order, late, missing, set aside."""


class AuctionOf(Answer):
    """An auction of a market."""

    name: str
    instruments: list[int]


class Market(Answer):
    """A market of the run."""

    name: str
    description: str
    venue: int
    book_venue: int | None
    """Venue of its continuous book, if it has one."""
    time_zone: str
    currency: str
    price_unit: str
    volume_unit: str
    start: Instant
    """When its first delivery begins, ns UTC."""
    end: Instant
    interval_seconds: int
    auctions: list[AuctionOf]


class BatteryTerms(Answer):
    """A battery."""

    power_mw: float
    energy_mwh: float
    initial_mwh: float
    charge_efficiency: float
    discharge_efficiency: float


class StrategyOf(Answer):
    """A strategy of the run."""

    strategy: int
    name: str
    kind: str
    market: str
    book: str
    battery: BatteryTerms | None
    trader: str
    """Who is responsible; empty where orders name their own."""


class Run(Answer):
    """The run that is shown."""

    run: str
    title: str
    currency: str
    state: str
    state_hash: str
    """Of the engine after its last input."""
    inputs: int
    version: str
    latency_ns: dict[str, int]
    """Time of inputs in the engine, by share of them."""
    data: list[Series]
    markets: list[Market]
    strategies: list[StrategyOf]
    takes_orders: bool
    clock: Clock


class Instrument(Answer):
    """A contract that is traded."""

    instrument: int
    symbol: str
    market: str
    segment: str
    """An auction, or `continuous`."""
    venue: int
    location: str
    commodity: str
    tenor: str
    is_synthetic: bool
    delivery_start: Instant
    """ns UTC."""
    delivery_end: Instant
    """ns UTC; it is not part of the delivery."""
    gate_closure: Instant
    currency: str
    price_unit: str
    volume_unit: str
    tick: float
    lot: float


class Quote(Answer):
    """Best prices of a contract."""

    instrument: int
    bid_price: float | None
    ask_price: float | None
    bid_volume: float
    ask_volume: float
    ts_event: Instant
    ts_recv: Instant


class Trade(Answer):
    """A trade of others."""

    sequence: int
    instrument: int
    aggressor: Side | None
    price: float
    volume: float
    ts_event: Instant
    ts_recv: Instant


class Level(Answer):
    """A price of the book, and what stands there."""

    price: float
    volume: float


class Queue(Answer):
    """What stands before an order of ours at its price."""

    order_id: str
    ahead: float


class Book(Answer):
    """Depth of a contract, best first."""

    now: Instant
    instrument: int
    bids: list[Level]
    asks: list[Level]
    queues: list[Queue]
    traded: list[Level]
    """Volume that was traded at each price since the contract was listed."""
    ts_event: Instant | None
    ts_recv: Instant | None


class PriceFill(Answer):
    """A fill of ours beside the price."""

    ts_event: Instant
    price: float
    volume: float
    side: Side
    strategy: str


class PriceLine(Answer):
    """The price of a contract over time."""

    now: Instant
    instrument: int
    ts_event: list[Instant]
    middle: list[float]
    """Of bid and ask, at each instant."""
    fills: list[PriceFill]


class NamedLine(Answer):
    """Values of a name, one an instant."""

    name: str
    values: list[float | None]


class MarketLines(Answer):
    """A market over its time."""

    now: Instant
    market: str
    time_zone: str
    currency: str
    price_unit: str
    volume_unit: str
    at: list[Instant]
    """Instants of every line, ns UTC."""
    prices: list[NamedLine]
    positions: list[NamedLine]
    charges: list[NamedLine]
    pnl: list[NamedLine]
    total: list[float | None]
