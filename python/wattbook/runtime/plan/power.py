"""One trading day of a power market: its periods, its forecasts, the book made up around it."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import SourceError
from wattbook.forecast import Forecast, Model, Persistence, SeasonalRegression, day_forecast
from wattbook.forecast.registry import Registry
from wattbook.ingest import NANOS_PER_SECOND, DataReport, Series
from wattbook.market import TradingDay, choose_days, hourly_mean, trading_day
from wattbook.runtime.desk.spec import ForecastSpec, MarketSpec
from wattbook.runtime.plan.instrument import (
    ForecastRows,
    InstrumentPlan,
    Numbers,
    VenuePlan,
    millionths,
)
from wattbook.runtime.plan.periods import (
    Periods,
    define_periods,
    pool_periods,
    two_settlement_periods,
)
from wattbook.runtime.plan.virtual import VirtualPlan, plan_virtuals
from wattbook.sources import Source

__all__ = ["PowerPlan", "SyntheticChain", "chosen_day", "plan_power"]

HOUR_NS = 3_600 * NANOS_PER_SECOND
DAY_NS = 24 * HOUR_NS
# A synthetic contract opens ten minutes before its hour and takes positions over two before it.
OPENS_BEFORE_NS = 10 * 60 * NANOS_PER_SECOND
ROLLS_BEFORE_NS = 2 * 60 * NANOS_PER_SECOND


@dataclass(frozen=True, slots=True)
class SyntheticChain:
    """The hourly contracts of a made-up book; each trades during its hour of delivery.

    Parameters
    ----------
    venue : int
        Number of the venue.
    instruments : tuple of int
        Contracts in order of delivery.
    opens : tuple of int
        When each opens, ns UTC: a little before its hour, so that a position can move over.
    ends : tuple of int
        When each has delivered, ns UTC.
    settlement : ndarray of float64
        At what an open position of each settles, currency per MWh: the mean of the market's
        real-time prices of the hour; NaN where one is missing.
    rolls : tuple of (int, int)
        From which instant on (ns UTC) which contract is in front, after the first.
    """

    venue: int
    instruments: tuple[int, ...]
    opens: tuple[int, ...]
    ends: tuple[int, ...]
    settlement: NDArray[np.float64]
    rolls: tuple[tuple[int, int], ...]

    def contract_at(self, instant: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the contract in front at each instant (ns UTC)."""
        place = np.searchsorted([at for at, _ in self.rolls], instant, side="right")
        return np.asarray(self.instruments)[place]


@dataclass(frozen=True, slots=True)
class PowerPlan:
    """A day of a power market, ready to trade.

    Parameters
    ----------
    spec : MarketSpec
        What the desk file says.
    source : Source
        The market.
    day : TradingDay
        The chosen day.
    series : Series
        Prices that settle delivery, of the day only.
    history : Series
        The same of the days before it that forecasts learn from.
    reports : tuple of DataReport
        What was wrong with the data.
    venue : int
        Number of the pool or two-settlement market.
    periods : Periods
        What it settles.
    virtuals : VirtualPlan or None
        The same hours for virtual bids, if a strategy makes them.
    chain : SyntheticChain or None
        The made-up book, if there is one.
    day_ahead : Forecast
        Of every period, made before its gate; what a battery plans on.
    intraday : Forecast or None
        Of the price that the synthetic book follows, as the day goes on.
    forecasts : ForecastRows
        All, as they are published.
    """

    spec: MarketSpec
    source: Source
    day: TradingDay
    series: Series
    history: Series
    reports: tuple[DataReport, ...]
    venue: int
    periods: Periods
    virtuals: VirtualPlan | None
    chain: SyntheticChain | None
    day_ahead: Forecast
    intraday: Forecast | None
    forecasts: ForecastRows


def chosen_day(spec: MarketSpec, source: Source, series: Series) -> TradingDay:
    """Return the trading day that `spec` asks for.

    Raises
    ------
    SourceError
        If the data do not hold it with its history.
    """
    zone, start_hour = source.time_zone, source.day_start_hour
    if isinstance(spec.day, str):
        return choose_days(series, start_hour, spec.history_days, spec.day, spec.years)
    interval = series.interval_seconds * NANOS_PER_SECOND
    end = int(series.delivery_start[-1]) + interval
    date = spec.day
    if date is None:
        last = np.datetime64(end - HOUR_NS * start_hour, "ns").astype("datetime64[D]")
        date = last.astype(dt.date) - dt.timedelta(days=1)
    day = trading_day(date, zone, start_hour)
    first = int(series.delivery_start[0])
    if day.start - spec.history_days * DAY_NS < first or day.end > end:
        held = [np.datetime64(instant, "ns").astype("datetime64[D]") for instant in (first, end)]
        message = (
            f"{source.name} holds {held[0]} to {held[1]}, not {date} with {spec.history_days} days "
            "of history; choose another day or fewer days of history"
        )
        raise SourceError(message)
    return day


def model_of(spec: ForecastSpec, horizon: int) -> Model:
    """Return the model that the desk file names, or the registered one.

    Raises
    ------
    ForecastError
        If no such model is registered, or it has no champion.
    """
    if spec.champion is not None:
        return Registry(Path(spec.registry)).model(spec.champion, horizon)
    if spec.model == "persistence":
        return Persistence(horizon)
    return SeasonalRegression(horizon)


def define_books(
    numbers: Numbers, spec: MarketSpec, source: Source, day: TradingDay, today: Series
) -> SyntheticChain | None:
    """Give the synthetic venue and its contracts, one for each hour of the day, their numbers."""
    book = spec.synthetic_book
    if book is None:
        return None
    venue, first = numbers.next_venue(), numbers.next_instrument()
    name = f"{source.venue} synthetic book, {spec.name}"
    numbers.venues.append(
        VenuePlan(venue, name, "continuous_book", source.time_zone, is_synthetic=True)
    )
    low, high = source.price_limits
    starts = range(day.start, day.end, HOUR_NS)
    for start in starts:
        moment = np.datetime64(start, "ns").astype("datetime64[m]")
        numbers.instruments.append(
            InstrumentPlan(
                instrument=numbers.next_instrument(),
                venue=venue,
                symbol=f"{source.location} {moment}Z synthetic",
                location=source.location,
                form="intraday",
                tenor="hour",
                commodity="power",
                delivery_kind="physical",
                delivery_start=start,
                delivery_end=start + HOUR_NS,
                gate_closure=start + HOUR_NS,
                delivery_seconds=3_600,
                currency=source.currency,
                price_unit="MWh",
                volume_unit="MW",
                tick=millionths(book.tick),
                lot=millionths(book.lot),
                # The book must be able to quote around the cap and the floor themselves.
                min_price=millionths(Decimal(str(low)) * 2),
                max_price=millionths(Decimal(str(high)) * 2),
            )
        )
    return SyntheticChain(
        venue=venue,
        instruments=tuple(range(first, first + len(starts))),
        opens=tuple(max(start - OPENS_BEFORE_NS, day.start) for start in starts),
        ends=tuple(start + HOUR_NS for start in starts),
        settlement=hourly_mean(today, np.array(starts, dtype=np.int64)),
        rolls=tuple(
            (start - ROLLS_BEFORE_NS, first + place)
            for place, start in enumerate(starts)
            if place > 0
        ),
    )


def day_ahead_forecast(
    spec: MarketSpec, whole: Series, day: TradingDay, periods: Periods
) -> Forecast:
    """Return the forecast of every traded period of the day, made before the first gate.

    A day-ahead price is known from the day before its delivery, so the day before the traded one is
    known at the gate; a real-time price is known when its period ends.
    """
    interval = whole.interval_seconds * NANOS_PER_SECOND
    until = day.start if whole.kind.value == "day_ahead" else periods.forecast_at
    horizon = (day.end - until) // interval
    made = day_forecast(
        model_of(spec.forecast, horizon),
        whole,
        day.start,
        day.end,
        until,
        record_days=spec.history_days // 2,
    )
    traded = np.isin(made.delivery_start, periods.delivery_start)
    return Forecast(
        model=made.model,
        known_at=np.full(int(traded.sum()), periods.forecast_at, dtype=np.int64),
        delivery_start=made.delivery_start[traded],
        price=made.price[traded],
        last_price=made.last_price[traded],
        confidence=made.confidence[traded],
        features=made.features,
        contributions=made.contributions and made.contributions.of(traded),
    )


def intraday_forecast(spec: MarketSpec, whole: Series, today: Series, day: TradingDay) -> Forecast:
    """Return the forecasts that move with the day, each `spec.forecast.horizon` periods ahead."""
    model = model_of(spec.forecast, spec.forecast.horizon)
    made = model.fit(whole, day.start).predict(whole, today.delivery_start)
    # A forecast made before the day belongs to no open book.
    in_day = made.known_at >= day.start
    return Forecast(
        made.model,
        made.known_at[in_day],
        made.delivery_start[in_day],
        made.price[in_day],
        made.last_price[in_day],
        made.confidence[in_day],
        made.features,
        made.half_life_ns,
        made.contributions and made.contributions.of(in_day),
    )


def plan_power(
    numbers: Numbers,
    spec: MarketSpec,
    source: Source,
    loaded: tuple[tuple[Series, DataReport], ...],
    *,
    bids_virtual: bool = False,
) -> PowerPlan:
    """Return the plan of one market's day; its venues and instruments join `numbers`.

    Parameters
    ----------
    numbers : Numbers
        Of the run.
    spec : MarketSpec
        What the desk file says.
    source : Source
        The market.
    loaded : tuple of (Series, DataReport)
        Its series: what settles delivery first, then the day-ahead price if it has one.
    bids_virtual : bool, optional
        Whether a strategy bids for its hours without delivering.

    Raises
    ------
    SourceError
        If the data do not hold the day.
    ForecastError
        If the history is too short for the model.
    """
    real_time = loaded[0][0]
    day = chosen_day(spec, source, real_time)
    today = real_time.between(day.start, day.end)
    venue = numbers.next_venue()
    planned = loaded[-1][0] if source.market_model == "two_settlement" else real_time
    numbers.venues.append(
        VenuePlan(
            venue=venue,
            name=f"{source.venue}, {spec.name}",
            market_model=source.market_model,
            time_zone=source.time_zone,
            is_synthetic=False,
        )
    )
    if source.market_model == "pool":
        periods = pool_periods(numbers, source, today)
    else:
        hours = planned.between(day.start, day.end)
        periods = two_settlement_periods(numbers, source, today, hours, day)
    define_periods(numbers, source, venue, periods)
    ahead = day_ahead_forecast(spec, planned, day, periods)
    about = periods.first_instrument + np.searchsorted(periods.delivery_start, ahead.delivery_start)
    parts = [ForecastRows.of(ahead, about, ahead.delivery_start + HOUR_NS)]
    virtuals = None
    if bids_virtual:
        model = model_of(spec.forecast, (day.end - periods.forecast_at) // HOUR_NS + 1)
        virtuals = plan_virtuals(
            numbers, periods, ahead, model, (real_time, planned), day, spec.history_days // 2
        )
        define_periods(numbers, source, venue, virtuals.periods, is_virtual=True)
        about = virtuals.instrument_of(virtuals.forecast.delivery_start)
        until = virtuals.forecast.delivery_start + HOUR_NS
        parts.append(ForecastRows.of(virtuals.forecast, about, until))
    chain = define_books(numbers, spec, source, day, today)
    intraday = None
    if chain is not None:
        reach = spec.forecast.horizon * real_time.interval_seconds * NANOS_PER_SECOND
        intraday = intraday_forecast(spec, real_time, today, day)
        about = chain.contract_at(intraday.known_at)
        parts.append(ForecastRows.of(intraday, about, intraday.known_at + reach))
    return PowerPlan(
        spec=spec,
        source=source,
        day=day,
        series=today,
        history=real_time.between(day.start - spec.history_days * DAY_NS, day.start),
        reports=tuple(report for _, report in loaded),
        venue=venue,
        periods=periods,
        virtuals=virtuals,
        chain=chain,
        day_ahead=ahead,
        intraday=intraday,
        forecasts=ForecastRows.joined(parts),
    )
