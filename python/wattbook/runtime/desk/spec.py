"""What a desk file can say. Each field's metadata bounds it; `parse` reads both."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

__all__ = [
    "BatterySpec",
    "BookSpec",
    "Bounds",
    "Desk",
    "DeskHead",
    "DispatchFaultSpec",
    "DispatchReserveSpec",
    "DispatchSpec",
    "EmaCrossSpec",
    "ForecastSpec",
    "FuturesSpec",
    "LatencySpec",
    "LiveSpec",
    "MarketSpec",
    "MeanReversionSpec",
    "MomentumSpec",
    "ParticipantsSpec",
    "PythonSpec",
    "SessionSpec",
    "StrategySpec",
    "SyntheticBookSpec",
    "VirtualSpec",
    "WindSpec",
]

DayRule = Literal["calm", "extreme"]


class Bounds(NamedTuple):
    """In which range a number must lie; None leaves a side open."""

    above: int | None = None
    least: int | None = None
    most: int | None = None


Positive = Annotated[Decimal, Bounds(above=0)]
NotNegative = Annotated[Decimal, Bounds(least=0)]
Share = Annotated[Decimal, Bounds(least=0, most=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHead:
    """``[desk]``: what the whole run shares.

    Parameters
    ----------
    name : str
        Title of the run and its report.
    currency : str
        ISO 4217 code in which P&L and limits are stated.
    seed : int, optional
        From which every random draw of the run comes.
    confidence_threshold : Decimal in [0, 1], optional
        Only a signal above it may trade.
    """

    name: str
    currency: str
    seed: Annotated[int, Bounds(least=0, most=2**64 - 1)] = 7
    confidence_threshold: Share = Decimal("0.8")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSpec:
    """``[[book]]``: a trading book and its pre-trade limits.

    Parameters
    ----------
    name : str
        As strategies name it.
    order_volume : Decimal
        Largest order, in the instrument's volume unit (power: MW).
    order_value : Decimal
        Largest absolute order value, in the desk's currency.
    position_volume : Decimal
        Largest absolute position in an instrument with all open orders of a side filled.
    loss : Decimal
        Largest loss of a day, in the desk's currency; beyond it only reducing orders pass.
    price_collar : Decimal
        Largest distance of a limit price from the last known price, currency per price unit.
    orders_per_second : int, optional
        Orders and amendments a strategy may send in a second; 0 for no limit.
    """

    name: str
    order_volume: Positive
    order_value: Positive
    position_volume: Positive
    loss: Positive
    price_collar: Positive
    orders_per_second: Annotated[int, Bounds(least=0, most=1_000_000)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSpec:
    """``[market.forecast]``: the model that forecasts the market's price.

    Parameters
    ----------
    model : {"seasonal", "persistence"}, optional
        Which model.
    horizon : int, optional
        Delivery periods ahead.
    """

    model: Literal["seasonal", "persistence"] = "seasonal"
    horizon: Annotated[int, Bounds(least=1, most=288)] = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSpec:
    """``[market.synthetic_book.session]``: the calls and halts of a made-up book.

    Parameters
    ----------
    opening_call_seconds, closing_call_seconds : int, optional
        How long orders gather before the opening auction and before the one at the gate; 0 for no
        such call.
    collar : Decimal, optional
        How far from the last trade before it an order may trade, currency per MWh; 0 for any
        distance.
    halt_seconds : int, optional
        How long an order that would trade beyond the collar halts the book; 0 cancels the rest of
        the order instead.
    reopening_call_seconds : int, optional
        How long orders gather after a halt, before trading resumes with an auction.
    """

    opening_call_seconds: Annotated[int, Bounds(least=0, most=1_800)] = 60
    closing_call_seconds: Annotated[int, Bounds(least=0, most=1_800)] = 60
    collar: NotNegative = Decimal(0)
    halt_seconds: Annotated[int, Bounds(least=0, most=3_600)] = 0
    reopening_call_seconds: Annotated[int, Bounds(least=0, most=1_800)] = 60


Count = Annotated[int, Bounds(least=0, most=1_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantsSpec:
    """``[market.synthetic_book.participants]``: who trades in a made-up book, besides the desk.

    What is left out follows the book's `half_spread` and `level_volume`.

    Parameters
    ----------
    makers, noise, momentum : int, optional
        How many market makers, takers at random and takers that follow a move.
    maker_interval_seconds, noise_interval_seconds, momentum_interval_seconds : Decimal, optional
        Mean time between two acts of one of them.
    levels : int, optional
        Prices that a maker quotes on each side.
    level_step : Decimal, optional
        Distance of two of them, currency per MWh; half the half spread if left out.
    wander : Decimal, optional
        How far a maker's belief strays from the market's price, currency per MWh; half the half
        spread if left out.
    noise_volume, momentum_volume : Decimal, optional
        Largest volume of an order of theirs, MW; half the level volume if left out.
    momentum_move : Decimal, optional
        The least move that they follow, currency per MWh; six half spreads if left out.
    """

    makers: Count = 4
    maker_interval_seconds: Positive = Decimal(20)
    levels: Annotated[int, Bounds(least=1, most=100)] = 4
    level_step: Positive | None = None
    wander: NotNegative | None = None
    noise: Count = 6
    noise_interval_seconds: Positive = Decimal(60)
    noise_volume: Positive | None = None
    momentum: Count = 2
    momentum_interval_seconds: Positive = Decimal(60)
    momentum_move: Positive | None = None
    momentum_volume: Positive | None = None


Travel = tuple[NotNegative, NotNegative]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencySpec:
    """``[market.synthetic_book.latency]``: how long each kind of message travels.

    Each is a constant and the most that comes on top, milliseconds; what is left out follows the
    book's `latency_ms`.

    Parameters
    ----------
    feed_ms : (Decimal, Decimal), optional
        Market data to the desk.
    submit_ms, amend_ms, cancel_ms : (Decimal, Decimal), optional
        New orders, amendments and cancels to the venue.
    report_ms : (Decimal, Decimal), optional
        The venue's answers.
    """

    feed_ms: Travel | None = None
    submit_ms: Travel | None = None
    amend_ms: Travel | None = None
    cancel_ms: Travel | None = None
    report_ms: Travel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticBookSpec:
    """``[market.synthetic_book]``: a continuous order book made up around the recorded price.

    It does not exist: its trades are labelled synthetic wherever they appear.

    Parameters
    ----------
    tick : Decimal, optional
        Smallest price step, currency per MWh.
    lot : Decimal, optional
        Smallest volume step, MW.
    half_spread : Decimal, optional
        Typical distance of the best quotes from the reference price, currency per MWh.
    level_volume : Decimal, optional
        Typical volume of a price level, MW.
    maker_fee, taker_fee : Decimal, optional
        Fee for resting and for taking volume, currency per MWh; negative for a rebate.
    latency_ms : int, optional
        Typical time of an order to the venue and of its answer back, milliseconds.
    feed : {"l1", "l3"}, optional
        What the venue publishes: best prices and a picture of ten levels every five minutes, or
        best prices and every displayed order.
    session : SessionSpec, optional
        Its calls and halts.
    participants : ParticipantsSpec, optional
        Who trades besides the desk.
    latency : LatencySpec, optional
        How long each kind of message travels.
    """

    tick: Positive = Decimal("0.01")
    lot: Positive = Decimal("0.1")
    half_spread: Positive = Decimal("0.50")
    level_volume: Positive = Decimal("5.0")
    maker_fee: Decimal = Decimal("0.00")
    taker_fee: Decimal = Decimal("0.05")
    latency_ms: Annotated[int, Bounds(least=0, most=60_000)] = 20
    feed: Literal["l1", "l3"] = "l1"
    session: SessionSpec = field(default_factory=SessionSpec)
    participants: ParticipantsSpec = field(default_factory=ParticipantsSpec)
    latency: LatencySpec = field(default_factory=LatencySpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSpec:
    """``[[market]]``: one trading day of a power market.

    Parameters
    ----------
    name : str
        As strategies name it.
    source : str
        Where its prices come from: a name of `wattbook.sources.SOURCES`.
    day : datetime.date or {"calm", "extreme"}, optional
        Which trading day, by its local date or by rule; the last one if left out.
    years : tuple of int, optional
        First and last year that a rule looks at.
    history_days : int, optional
        Days of prices before the day that forecasts learn from.
    zone : str, optional
        Of a coupled market: in which bidding zone the desk trades; the source's first if left out.
    borders : {"scheduled", "priced"}, optional
        Of a recorded coupled market: whether zones without orders keep their published exchange or
        take and give at their published price; scheduled if left out.
    forecast : ForecastSpec, optional
        The model.
    synthetic_book : SyntheticBookSpec, optional
        The continuous book to make up; none if left out.
    """

    name: str
    source: str
    day: dt.date | DayRule | None = None
    years: tuple[int, int] = (2024, 2025)
    history_days: Annotated[int, Bounds(least=14, most=400)] = 42
    zone: str | None = None
    borders: Literal["scheduled", "priced"] | None = None
    forecast: ForecastSpec = field(default_factory=ForecastSpec)
    synthetic_book: SyntheticBookSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FuturesSpec:
    """``[[futures]]``: daily futures of one product over some months, at settlement plus cost.

    The windows of its strategies are filled from the settlements before the first day.

    Parameters
    ----------
    name : str
        As strategies name it.
    product : str
        Prefix of its series: ``CL``, ``NG``, ``HO`` or ``RB``.
    first_day, last_day : datetime.date
        First and last day to trade.
    cost : Decimal, optional
        Paid away from settlement on each trade, USD per price unit.
    """

    name: str
    product: Literal["CL", "NG", "HO", "RB"]
    first_day: dt.date
    last_day: dt.date
    cost: NotNegative = Decimal("0.02")


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySpec:
    """What every ``[[strategy]]`` says.

    Parameters
    ----------
    name : str
        As the report names it.
    kind : str
        Which strategy it is.
    market : str
        Name of a market or of futures.
    book : str
        Name of the trading book that carries its positions.
    confidence_threshold : Decimal in [0, 1], optional
        Only a signal above it may trade; the desk's if left out.
    """

    name: str
    kind: str
    market: str
    book: str
    confidence_threshold: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentumSpec(StrategySpec):
    """``kind = "momentum"``: follows a move that is larger than chance explains.

    Parameters
    ----------
    volume : Decimal
        Position of a sure signal, MW or contracts' volume unit.
    window : int, optional
        Prices that it looks back on.
    step_seconds : int, optional
        Seconds between two of them on a continuous book; futures step by day.
    horizon_seconds : int, optional
        How long a signal holds.
    """

    volume: Positive
    window: Annotated[int, Bounds(least=2, most=10_000)] = 12
    step_seconds: Annotated[int, Bounds(least=1, most=86_400)] = 300
    horizon_seconds: Annotated[int, Bounds(least=1, most=30 * 86_400)] = 1_800


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanReversionSpec(MomentumSpec):
    """``kind = "mean_reversion"``: sells far above the mean of its window and buys far below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmaCrossSpec(StrategySpec):
    """``kind = "ema_cross"``: long while the fast average of the quotes is above the slow one.

    Parameters
    ----------
    volume : Decimal
        Position in the direction of the fast average, MW.
    fast, slow : int, optional
        Quotes of the exponential averages; the weight of a quote is 2 / (n + 1).
    """

    volume: Positive
    fast: Annotated[int, Bounds(least=1, most=1_000_000)] = 200
    slow: Annotated[int, Bounds(least=2, most=1_000_000)] = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSpec(StrategySpec):
    """``kind = "virtual"``: bids day-ahead against real-time without delivering.

    Parameters
    ----------
    volume : Decimal
        Of each hour's bid, MW.
    """

    volume: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFaultSpec:
    """``[[strategy.dispatch.fault]]``: what goes wrong with a battery during the day.

    Parameters
    ----------
    kind : {"trip", "stale", "refuse", "alter", "silent"}
        Inverters trip; measurements stand still; setpoints are refused or taken over at half their
        value; the device does not answer.
    at : datetime.time
        From when on, on the clock of the market.
    until : datetime.time, optional
        Until when; the end of the day if left out.
    inverters : int, optional
        How many trip.
    """

    kind: Literal["trip", "stale", "refuse", "alter", "silent"]
    at: dt.time
    until: dt.time | None = None
    inverters: Annotated[int, Bounds(least=1, most=1_000)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchReserveSpec:
    """``[[strategy.dispatch.reserve]]``: power that is held back for a reserve, and what it earns.

    Parameters
    ----------
    product : str
        As the settlement names it.
    direction : {"up", "down"}
        More discharge, or more charge.
    power : Decimal
        Sold, MW; energy is traded on what is left.
    price : Decimal
        Of the capacity, a MW and hour.
    penalty : Decimal, optional
        For each MW and hour that was not available, beyond the payment that is lost.
    minutes : int, optional
        For how long the cells must bear the reserve: energy is kept back for it. Limited reservoirs
        of FCR are asked for 15 to 30 minutes, Regulation (EU) 2017/1485, article 156.
    """

    product: str
    direction: Literal["up", "down"]
    power: Positive
    price: NotNegative
    penalty: NotNegative = Decimal(0)
    minutes: Annotated[int, Bounds(least=1, most=240)] = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSpec:
    """``[strategy.dispatch]``: a battery is really run, behind a protocol of devices.

    Parameters
    ----------
    protocol : {"modbus", "mqtt", "direct"}, optional
        What carries setpoints and telemetry: Modbus/TCP, an MQTT broker, or nothing.
    broker : str, optional
        Address and port of the MQTT broker.
    inverters : int, optional
        How many share the battery's power.
    ramp : Decimal, optional
        Most that a setpoint changes in a minute, MW.
    grid_export, grid_import : Decimal, optional
        Limits of the grid connection, MW; the battery's power if left out.
    step_seconds : int, optional
        Time between two steps of the loop; delivery periods are whole multiples of it.
    stale_seconds : int, optional
        Telemetry without a new sample for so long has stopped.
    repair_minutes : int, optional
        How long a trip is expected to last.
    published_after_minutes : int, optional
        How long after its draft an outage message is published. Until then only what the outage
        makes impossible to deliver is traded.
    unit, unit_eic, zone_eic, participant, participant_code : str, optional
        Of outage messages: name and EIC of the unit, EIC of its zone, name and ACER code of the
        market participant.
    fault : tuple of DispatchFaultSpec, optional
        What goes wrong.
    reserve : tuple of DispatchReserveSpec, optional
        What is held back all day.
    """

    protocol: Literal["modbus", "mqtt", "direct"] = "modbus"
    broker: str = "127.0.0.1:1883"
    inverters: Annotated[int, Bounds(least=1, most=1_000)] = 2
    ramp: Positive = Decimal(20)
    grid_export: NotNegative | None = None
    grid_import: NotNegative | None = None
    step_seconds: Annotated[int, Bounds(least=1, most=900)] = 60
    stale_seconds: Annotated[int, Bounds(least=1, most=3_600)] = 180
    repair_minutes: Annotated[int, Bounds(least=1, most=43_200)] = 180
    published_after_minutes: Annotated[int, Bounds(least=0, most=1_440)] = 10
    unit: str = "Battery"
    unit_eic: str = "11W-WATTBOOK---1"
    zone_eic: str = "10Y1001A1001A82H"
    participant: str = "Desk"
    participant_code: str = "A00000000.DE"
    fault: tuple[DispatchFaultSpec, ...] = ()
    reserve: tuple[DispatchReserveSpec, ...] = ()

    def held(self, direction: str) -> Decimal:
        """Return the power that is held back in a direction, MW."""
        return sum((one.power for one in self.reserve if one.direction == direction), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySpec(StrategySpec):
    """``kind = "battery"``: offers a battery into the pool or the two settlements.

    Parameters
    ----------
    power : Decimal
        Largest charge and discharge at the meter, MW.
    energy : Decimal
        What the cells hold when full, MWh.
    initial_energy : Decimal, optional
        In the cells at the start, MWh.
    efficiency : Decimal in (0, 1], optional
        Of the round trip; half of the loss falls on each way.
    cycles_per_day : Decimal, optional
        Most energy taken out of the cells in a day, in multiples of `energy`.
    charge_quantile, discharge_quantile : Decimal in [0, 1], optional
        It charges at forecast prices below the one and discharges above the other.
    wear_cost : Decimal, optional
        Cost per discharged MWh that a spread must earn, in the market's currency.
    dispatch : DispatchSpec, optional
        How it is really run; in coupled markets with a continuous book.
    """

    power: Positive
    energy: Positive
    initial_energy: NotNegative = Decimal(0)
    efficiency: Annotated[Decimal, Bounds(above=0, most=1)] = Decimal("0.86")
    cycles_per_day: Annotated[Decimal, Bounds(above=0, most=24)] = Decimal("1.5")
    charge_quantile: Share = Decimal("0.25")
    discharge_quantile: Share = Decimal("0.80")
    wear_cost: NotNegative = Decimal(0)
    dispatch: DispatchSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindSpec(StrategySpec):
    """``kind = "wind"``: sells a wind farm's forecast in auctions and trades what changes of it.

    Parameters
    ----------
    power : Decimal
        Installed power, MW.
    marginal_cost : Decimal, optional
        What a produced megawatt-hour costs, in the market's currency; below zero with a subsidy.
    """

    power: Positive
    marginal_cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonSpec(StrategySpec):
    """``kind = "python"``: a strategy of your own.

    Parameters
    ----------
    file : str
        Python file, relative to the desk file.
    strategy_class : str
        Name of the class in it.
    volume : Decimal, optional
        Handed to the class.
    """

    file: str
    strategy_class: str
    volume: Positive = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSpec:
    """``[live]``: the exchange that `wattbook live` sends orders to, by FIX 4.4.

    Parameters
    ----------
    sender, target : str
        The desk's CompID and the exchange's.
    host : str, optional
        Address of the exchange.
    port : int, optional
        Its port.
    heartbeat_seconds : int, optional
        After so long without a message one is sent to show that the line works.
    allow_remote : bool, optional
        Whether `host` may be another machine. The connection is not encrypted.
    """

    sender: str
    target: str
    host: str = "127.0.0.1"
    port: Annotated[int, Bounds(least=0, most=65_535)] = 9880
    heartbeat_seconds: Annotated[int, Bounds(least=1, most=600)] = 30
    allow_remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A whole desk file.

    Parameters
    ----------
    desk : DeskHead
        What the run shares.
    fx : dict of str to Decimal
        What one unit of a currency is worth in the desk's currency.
    book : tuple of BookSpec
        Trading books.
    market : tuple of MarketSpec
        Days of power markets.
    futures : tuple of FuturesSpec
        Daily futures.
    strategy : tuple of StrategySpec
        Strategies, in the order in which they are told of events.
    path : str
        The file, for messages.
    live : LiveSpec or None, optional
        Where orders go when the desk trades live.
    """

    desk: DeskHead
    fx: dict[str, Decimal]
    book: tuple[BookSpec, ...]
    market: tuple[MarketSpec, ...]
    futures: tuple[FuturesSpec, ...]
    strategy: tuple[StrategySpec, ...]
    path: str
    live: LiveSpec | None = None
