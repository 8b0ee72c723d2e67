"""What is traded: power markets and daily futures."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal

from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive

__all__ = [
    "ForecastSpec",
    "FuturesSpec",
    "LatencySpec",
    "MarketSpec",
    "ParticipantsSpec",
    "SessionSpec",
    "SyntheticBookSpec",
]

DayRule = Literal["calm", "extreme"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSpec:
    """``[market.forecast]``: the model that forecasts the market's price.

    Parameters
    ----------
    model : {"seasonal", "persistence"}, optional
        Which model.
    horizon : int, optional
        Delivery periods ahead.
    champion : str, optional
        A registered model in place of `model`: the champion of a name, or a version such as
        ``vic1@3``.
    registry : str, optional
        Folder of registered models.
    refit_minutes : int, optional
        How often a day that is traded as it comes fits the model anew beside; 0 for never.
    """

    model: Literal["seasonal", "persistence"] = "seasonal"
    horizon: Annotated[int, Bounds(least=1, most=288)] = 12
    champion: str | None = None
    registry: str = "models"
    refit_minutes: Annotated[int, Bounds(least=0, most=1_440)] = 15


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
    price_known : {"start", "end"}, optional
        When those who trade there know the price of a delivery period in a backtest: as it starts,
        or when it has ended, as a run that meets prices as they come always has it.
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
    price_known: Literal["start", "end"] = "start"
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
    virtual_charge : Decimal, optional
        Of a market of two settlements: what it bills after the day for each MWh of virtual awards;
        backtests take it off the P&L of who bid.
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
    virtual_charge: NotNegative = Decimal(0)
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
