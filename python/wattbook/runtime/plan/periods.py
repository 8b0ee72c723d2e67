"""The delivery periods of a day as their market settles them: gates, prices, publication."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattbook.domain.calendars import gate_closures
from wattbook.errors import SourceError
from wattbook.ingest import NANOS_PER_SECOND, Series
from wattbook.market import TradingDay, hourly_mean
from wattbook.runtime.plan.instrument import InstrumentPlan, Numbers, millionths
from wattbook.sources import Source

__all__ = ["Periods", "define_periods", "pool_periods", "two_settlement_periods"]

HOUR_NS = 3_600 * NANOS_PER_SECOND
MINUTE_NS = 60 * NANOS_PER_SECOND
TENORS = {300: "five_minutes", 900: "quarter_hour", 1_800: "half_hour", 3_600: "hour"}


@dataclass(frozen=True, slots=True)
class Periods:
    """Delivery periods of the day as their market settles them. Times in ns UTC, prices in 1e-6.

    Parameters
    ----------
    first_instrument : int
        Number of the first period's instrument; the others follow.
    seconds : int
        Length of a period.
    delivery_start : ndarray of int64
        First instants of delivery.
    gate : ndarray of int64
        Last instants at which an offer is taken.
    forecast_at : int
        When the forecasts of the day are published: before every offer.
    offer_at : ndarray of int64
        When a strategy should offer.
    day_ahead_published, day_ahead_price : ndarray of int64 or None
        Of a two-settlement market.
    real_time_published, real_time_price : ndarray of int64
        When and at what price delivery settles.
    skipped : int
        Periods without every price, which are not traded.
    """

    first_instrument: int
    seconds: int
    delivery_start: NDArray[np.int64]
    gate: NDArray[np.int64]
    forecast_at: int
    offer_at: NDArray[np.int64]
    day_ahead_published: NDArray[np.int64] | None
    day_ahead_price: NDArray[np.int64] | None
    real_time_published: NDArray[np.int64]
    real_time_price: NDArray[np.int64]
    skipped: int


def pool_periods(numbers: Numbers, source: Source, series: Series) -> Periods:
    """Return the dispatch intervals of a pool day; offers may change until the venue's gate."""
    interval = series.interval_seconds * NANOS_PER_SECOND
    start = series.delivery_start
    gate = gate_closures(source.venue, "rebid", source.place, start, start + interval)
    return Periods(
        first_instrument=numbers.next_instrument(),
        seconds=series.interval_seconds,
        delivery_start=start,
        gate=gate,
        # Two intervals before the first gate: what has ended by then is known.
        forecast_at=int(gate[0]) - 2 * interval,
        offer_at=gate - MINUTE_NS,
        day_ahead_published=None,
        day_ahead_price=None,
        real_time_published=start + interval,
        real_time_price=series.price_millionths,
        skipped=0,
    )


def day_before(day: TradingDay, time: dt.time) -> int:
    """Return `time` of the market's clock on the day before `day`, ns UTC."""
    date = day.date - dt.timedelta(days=1)
    local = dt.datetime.combine(date, time, ZoneInfo(day.time_zone))
    return round(local.timestamp()) * NANOS_PER_SECOND


def day_ahead_gates(source: Source, day: TradingDay, start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the day-ahead gates of the hours that begin at `start`.

    A real market's come from the domain's table, a made-up one states its own.
    """
    if source.own_gate is None:
        return gate_closures(source.venue, "day-ahead", source.place, start, start + HOUR_NS)
    return np.full(start.size, day_before(day, source.own_gate), dtype=np.int64)


def two_settlement_periods(
    numbers: Numbers, source: Source, real_time: Series, day_ahead: Series, day: TradingDay
) -> Periods:
    """Return the hours of a two-settlement day; each settles at the mean of its real-time prices.

    Raises
    ------
    SourceError
        If no hour of the day has every price.
    """
    start = day_ahead.delivery_start
    mean = hourly_mean(real_time, start)
    known = np.isfinite(mean)
    if not known.any():
        message = f"{source.name} has no hour of {day.date} with every price; choose another day"
        raise SourceError(message)
    gate = day_ahead_gates(source, day, start[known])
    published = day_before(day, source.day_ahead_published or dt.time(12))
    return Periods(
        first_instrument=numbers.next_instrument(),
        seconds=3_600,
        delivery_start=start[known],
        gate=gate,
        forecast_at=int(gate[0]) - 45 * MINUTE_NS,
        offer_at=gate - 30 * MINUTE_NS,
        day_ahead_published=np.full(gate.size, published, dtype=np.int64),
        day_ahead_price=day_ahead.price_millionths[known],
        real_time_published=start[known] + HOUR_NS,
        real_time_price=np.rint(mean[known] * 1e6).astype(np.int64),
        skipped=int((~known).sum()),
    )


def define_periods(
    numbers: Numbers, source: Source, venue: int, periods: Periods, *, is_virtual: bool = False
) -> None:
    """Give each delivery period an instrument number."""
    kind, word = ("virtual", " virtual") if is_virtual else ("physical", "")
    low, high = source.price_limits
    for start, gate in zip(periods.delivery_start.tolist(), periods.gate.tolist(), strict=True):
        moment = np.datetime64(start, "ns").astype("datetime64[m]")
        numbers.instruments.append(
            InstrumentPlan(
                instrument=numbers.next_instrument(),
                venue=venue,
                symbol=f"{source.location} {moment}Z{word}",
                location=source.location,
                form="auction",
                tenor=TENORS[periods.seconds],
                commodity="power",
                delivery_kind=kind,
                delivery_start=start,
                delivery_end=start + periods.seconds * NANOS_PER_SECOND,
                gate_closure=gate,
                delivery_seconds=periods.seconds,
                currency=source.currency,
                price_unit="MWh",
                volume_unit="MW",
                tick=10_000,
                lot=100_000,
                min_price=millionths(low),
                max_price=millionths(high),
            )
        )
