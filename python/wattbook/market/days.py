"""Trading days of a power market, and the calm and the extreme one among them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from wattbook.errors import SourceError
from wattbook.ingest import NANOS_PER_SECOND, Series

__all__ = ["RULES", "TradingDay", "choose_days", "trading_day", "trading_days"]

RULES = ("calm", "extreme")
"""Names that a desk file may give instead of a date."""


@dataclass(frozen=True, slots=True)
class TradingDay:
    """One trading day, half-open in UTC.

    Parameters
    ----------
    date : datetime.date
        Local date on which it begins.
    start, end : int
        First instant of the day and of the next, ns UTC; 23 to 25 hours apart.
    time_zone : str
        IANA zone of the market.
    rule : str
        Why it was chosen: ``date``, ``calm`` or ``extreme``.
    """

    date: dt.date
    start: int
    end: int
    time_zone: str
    rule: str = "date"

    @property
    def hours(self) -> int:
        """Length: 23 or 25 on the days of the clock change."""
        return (self.end - self.start) // (3_600 * NANOS_PER_SECOND)


def trading_day(
    date: dt.date, time_zone: str, start_hour: int = 0, rule: str = "date"
) -> TradingDay:
    """Return the trading day that begins on `date` at `start_hour` of local time.

    Examples
    --------
    >>> trading_day(dt.date(2026, 3, 29), "Europe/Berlin").hours
    23
    >>> day = trading_day(dt.date(2024, 2, 13), "Australia/Brisbane", start_hour=4)
    >>> dt.datetime.fromtimestamp(day.start / 1e9, dt.UTC).isoformat()
    '2024-02-12T18:00:00+00:00'
    """
    zone = ZoneInfo(time_zone)

    def instant(day: dt.date) -> int:
        local = dt.datetime.combine(day, dt.time(start_hour), zone)
        return round(local.timestamp()) * NANOS_PER_SECOND

    return TradingDay(date, instant(date), instant(date + dt.timedelta(days=1)), time_zone, rule)


def trading_days(
    first: dt.date, last: dt.date, time_zone: str, start_hour: int = 0
) -> Iterator[TradingDay]:
    """Yield the trading days that begin on `first` to `last`, both included."""
    for offset in range((last - first).days + 1):
        yield trading_day(first + dt.timedelta(days=offset), time_zone, start_hour)


def choose_days(
    series: Series, start_hour: int, history_days: int, rule: str, years: tuple[int, int]
) -> TradingDay:
    """Return the calm or the extreme trading day of `years`.

    The extreme day is the one whose prices have the largest standard deviation, the calm day the
    one with the smallest, among the days that lack no delivery period and have `history_days` days
    of prices before them. A tie goes to the earlier day.

    Parameters
    ----------
    series : Series
        Prices that settle delivery.
    start_hour : int
        Local hour at which the trading day begins.
    history_days : int
        Days of prices that a forecast needs before the day.
    rule : {"calm", "extreme"}
        Which one.
    years : tuple of int
        First and last local year to look at.

    Raises
    ------
    SourceError
        If no day qualifies.
    """
    zone = ZoneInfo(series.time_zone)
    earliest = dt.datetime.fromtimestamp(series.delivery_start[0] / 1e9, zone).date()
    first = max(dt.date(years[0], 1, 1), earliest + dt.timedelta(days=history_days + 1))
    days = list(trading_days(first, dt.date(years[1], 12, 31), series.time_zone, start_hour))
    edges = np.searchsorted(
        series.delivery_start, [day.start for day in days] + ([days[-1].end] if days else [])
    )
    best: tuple[float, TradingDay] | None = None
    for day, low, high in zip(days, edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        whole = (day.end - day.start) // (series.interval_seconds * NANOS_PER_SECOND)
        if high - low != whole:
            continue
        spread = float(np.std(series.price[low:high]))
        ranked = spread if rule == "calm" else -spread
        if best is None or ranked < best[0]:
            best = (ranked, day)
    if best is None:
        message = (
            f"{series.name} has no whole trading day in {years[0]}–{years[1]} with {history_days} "
            "days of prices before it; ask for fewer days of history or name a date"
        )
        raise SourceError(message)
    day = best[1]
    return TradingDay(day.date, day.start, day.end, day.time_zone, rule)
