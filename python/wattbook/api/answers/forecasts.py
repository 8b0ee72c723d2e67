"""What the routes of signals, forecasts, auctions and curves answer with."""

from __future__ import annotations

from wattbook.api.answers.document import Answer
from wattbook.api.instants import Instant

__all__ = [
    "AuctionPage",
    "AuctionPeriods",
    "AuctionPicture",
    "Auctions",
    "BoardOf",
    "Boards",
    "Contests",
    "ContributionsOf",
    "Curve",
    "Curves",
    "Forecast",
    "ProductPrices",
    "Scores",
    "Signal",
]


class Signal(Answer):
    """A signal with the orders that it led to."""

    signal: str
    strategy: str
    instrument: int
    direction: str
    forecast: float | None
    """Null where the signal is certain: its price is a limit or what was seen."""
    confidence: float
    valid_until: Instant
    orders: list[str]
    came: float | None
    """The price of record, once it is known."""
    is_right: bool | None
    ts_event: Instant
    ts_recv: Instant


class ForecastPeriod(Answer):
    """The newest forecast of a delivery period."""

    instrument: int
    delivery_start: Instant
    delivery_end: Instant
    forecast: float
    came: float | None


class Reliable(Answer):
    """How often a confidence was right."""

    confidence: float
    share_right: float
    calls: int


class Forecast(Answer):
    """Forecasts of a strategy, and how far earlier ones were off."""

    now: Instant
    strategy: str
    market: str
    periods: list[ForecastPeriod]
    bands: list[float] | None
    """Quantiles of the known errors; null where too few are known."""
    levels: list[float]
    """Of the bands."""
    errors: int
    mae: float | None
    reliability: list[Reliable]


class ContributionsOf(Answer):
    """A forecast as a sum of what its inputs added."""

    market: str
    model: str
    known_at: Instant
    delivery_start: Instant
    forecast: float
    base: float
    """What the model says where each input has its mean of the days that it was fitted on."""
    parts: dict[str, float]
    """By input, currency per price unit; with `base` they add up to the forecast."""


class Score(Answer):
    """Forecasts of a strategy that were committed before delivery."""

    strategy: str
    periods: int
    mae: float
    compared: int
    """Periods for which a price was known at the instant of the forecast."""
    compared_mae: float | None
    naive_mae: float | None
    """Of the price known then, over the periods compared."""
    relative: float | None
    calls: int
    right: float | None
    total: float | None
    """P&L in the desk's currency."""


class Scores(Answer):
    """Strategies, least error first."""

    now: Instant
    scores: list[Score]


class BoardLine(Answer):
    """A model of a leaderboard."""

    model: str
    mae: float
    rmae: float | None
    """Against the price of a week before; null where a week is not over."""
    smape: float
    """Per cent."""
    dm_dnn: float | None
    """p-value of being better than the published DNN ensemble (Diebold and Mariano)."""
    dm_lear: float | None
    """The same against the published LEAR ensemble."""
    revenue: float
    """What a battery earns on it, per cent of perfect foresight."""


class BoardOf(Answer):
    """The leaderboard of a market, best error first."""

    market: str
    first_day: str
    last_day: str
    days: int
    entries: list[BoardLine]
    gain: tuple[float, float, float] | None
    """Our ensemble's revenue less the published one's, points of foresight, with 95 % interval."""


class Boards(Answer):
    """Leaderboards against published forecasts."""

    has_boards: bool
    boards: list[BoardOf]


class Evidence(Answer):
    """Wealth of the two bets on a contest; it is decided when one of them is large enough."""

    better: float | None
    worse: float | None


class Contest(Answer):
    """Which line of a model trades, and how its challenger does."""

    market: str
    model: str
    line: str
    """The champion: `daily`, as fitted when the day began, or `warm`, fitted anew since."""
    forecasts: int
    missed: int
    refits: int
    refits_failed: int
    fit_seconds_most: float
    swap_seconds_most: float
    intervals: int
    """Compared since the last decision."""
    evidence: Evidence
    stability: dict[str, float | None]
    """Population stability index by input."""
    error: float | None
    error_before: float | None
    told: list[str]
    """What has drifted, in sentences."""


class Contests(Answer):
    """Contests of the run."""

    now: Instant
    contests: list[Contest]


class Auction(Answer):
    """A published auction."""

    market: str
    auction: str
    ts_recv: Instant
    periods: int
    lowest: float
    mean: float
    highest: float
    awarded: int


class Auctions(Answer):
    """Published auctions in order of their markets."""

    now: Instant
    auctions: list[Auction]


class AuctionPeriods(Answer):
    """Prices of an auction by period."""

    starts: list[Instant]
    unit: str
    """Of prices."""
    zone: str
    """Where the desk trades."""
    most_awarded: int
    """The period in which the desk was awarded the most, from 0."""
    prices: dict[str, list[float]]
    """By zone."""
    without: list[float]
    """Of the desk's zone, had it offered nothing."""


class AuctionPage(Answer):
    """An auction as the report shows it."""

    now: Instant
    market: str
    auction: str
    page: str | None
    """HTML; null until the run has ended."""
    periods: AuctionPeriods | None
    """None where the run kept none."""


class AuctionPicture(Answer):
    """A period of an auction."""

    now: Instant
    period: int
    """From 0."""
    page: str
    """HTML: merit order with clearing point, map of zones with what flows."""


class CurveVersion(Answer):
    """A forward curve that is kept."""

    number: int
    place: str
    as_of: str
    version: str
    made_ns: Instant
    first: str
    after: str
    step: str
    method: str
    shape: str
    tick: float


class Curves(Answer):
    """Forward curves that are kept."""

    curves: list[CurveVersion]


class CurveAverage(Answer):
    """Mean price of a delivery."""

    product: str
    delivery_start: Instant
    delivery_end: Instant
    hours: float
    price: float


class CurveQuote(Answer):
    """How a quote is met."""

    product: str
    bid: float
    ask: float
    average: float | None
    outside: float | None
    met: str
    age_hours: float | None


class Curve(Answer):
    """A forward curve."""

    place: str
    as_of: str
    version: str
    made_ns: Instant
    method: str
    shape: str
    tenor: str
    base: list[CurveAverage]
    peak: list[CurveAverage]
    quotes: list[CurveQuote]


class ProductPrice(Answer):
    """What a delivery cost on a day."""

    as_of: str
    version: str
    price: float


class ProductPrices(Answer):
    """What a delivery cost from day to day."""

    place: str
    product: str
    rows: list[ProductPrice]
