"""Days on which exchanges trade, from the libraries that keep them.

Spot power trades every day of the year; futures trade on exchange days. The libraries are loaded
when the first calendar is asked for.

Examples
--------
>>> is_exchange_day("EEX", dt.date(2026, 12, 24)), is_exchange_day("EPEX", dt.date(2026, 12, 25))
(False, True)
"""

import datetime as dt
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from wattbook.errors import InputError

__all__ = [
    "TRADING_CALENDARS",
    "TradingCalendar",
    "exchange_day_before",
    "exchange_days",
    "is_exchange_day",
]


@dataclass(frozen=True, slots=True)
class TradingCalendar:
    """Where the exchange days of an exchange are kept.

    Parameters
    ----------
    kept_by : {"exchange_calendars", "holidays", "every day"}
        The library, or none for an exchange that never rests.
    code : str
        The calendar's name there; market identifier code (ISO 10383) where it has one.
    """

    kept_by: Literal["exchange_calendars", "holidays", "every day"]
    code: str = ""


TRADING_CALENDARS: dict[str, TradingCalendar] = {
    "EEX": TradingCalendar("exchange_calendars", "XEEE"),
    "ICE-EUROPE": TradingCalendar("holidays", "IFEU"),
    "ICE-US": TradingCalendar("exchange_calendars", "IEPA"),
    "CME": TradingCalendar("exchange_calendars", "CMES"),
    # Energy futures settle on the days of the stock exchange, not on CME's own shortened days: so
    # every recorded settlement of 2007 to 2023 says, but for four days of mourning and of a storm.
    "NYMEX": TradingCalendar("holidays", "XNYS"),
    "ASX": TradingCalendar("exchange_calendars", "XASX"),
    "TARGET": TradingCalendar("holidays", "XECB"),
    "EPEX": TradingCalendar("every day"),
    "NORD-POOL": TradingCalendar("every day"),
    "NEM": TradingCalendar("every day"),
    "ERCOT": TradingCalendar("every day"),
    "NYISO": TradingCalendar("every day"),
    "ISO-NE": TradingCalendar("every day"),
    "PJM": TradingCalendar("every day"),
    "MISO": TradingCalendar("every day"),
    "CAISO": TradingCalendar("every day"),
}
"""Every exchange whose days are known, by the name that `exchange_days` takes."""

ONE_DAY = dt.timedelta(days=1)


def exchange_days(exchange: str, first: dt.date, after: dt.date) -> list[dt.date]:
    """Return the days from `first` up to, not including, `after` on which `exchange` trades.

    Raises
    ------
    InputError
        If the exchange is unknown, or its library does not reach back or ahead so far.

    Examples
    --------
    >>> days = exchange_days("EEX", dt.date(2026, 12, 23), dt.date(2027, 1, 5))
    >>> [day.day for day in days]
    [23, 28, 29, 30, 4]
    """
    if exchange not in TRADING_CALENDARS:
        known = ", ".join(TRADING_CALENDARS)
        msg = f"exchange {exchange!r} has no trading calendar here; use one of {known}"
        raise InputError(msg)
    days = [first + ONE_DAY * nth for nth in range((after - first).days)]
    return [day for day in days if day in _days_of_year(exchange, day.year)]


def is_exchange_day(exchange: str, day: dt.date) -> bool:
    """Return whether `exchange` trades on `day`.

    Raises
    ------
    InputError
        As `exchange_days`.
    """
    return exchange_days(exchange, day, day + ONE_DAY) == [day]


def exchange_day_before(exchange: str, day: dt.date, count: int = 1) -> dt.date:
    """Return the `count`-th exchange day before `day`.

    Raises
    ------
    InputError
        As `exchange_days`, and if `count` is not above zero.

    Examples
    --------
    The third exchange day before the year 2027 begins.

    >>> exchange_day_before("EEX", dt.date(2027, 1, 1), 3).isoformat()
    '2026-12-28'
    """
    if count < 1:
        msg = f"count {count} is not above zero; give 1 for the exchange day before"
        raise InputError(msg)
    days: list[dt.date] = []
    first = day
    while len(days) < count:
        after, first = first, first - dt.timedelta(days=2 * count + 7)
        days = exchange_days(exchange, first, after) + days
    return days[-count]


@lru_cache(maxsize=256)
def _days_of_year(exchange: str, year: int) -> frozenset[dt.date]:
    """Return the exchange days of `year`; loads the library that keeps them."""
    calendar = TRADING_CALENDARS[exchange]
    first, after = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    days = [first + ONE_DAY * nth for nth in range((after - first).days)]
    if calendar.kept_by == "every day":
        return frozenset(days)
    if calendar.kept_by == "holidays":
        # Loaded late: most runs need no trading calendar.
        import holidays  # noqa: PLC0415

        rest = holidays.financial_holidays(calendar.code, years=year)
        if not rest:
            msg = f"{exchange} has no exchange days for {year} in holidays; take a later year"
            raise InputError(msg)
        return frozenset(day for day in days if day.weekday() < 5 and day not in rest)

    import exchange_calendars  # noqa: PLC0415

    try:
        # The library uses forms that newer releases of pandas deprecate; its results are right.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            sessions = exchange_calendars.get_calendar(
                calendar.code, start=first.isoformat(), end=(after - ONE_DAY).isoformat()
            ).sessions
    except ValueError as error:
        msg = f"{exchange} has no exchange days for {year} in exchange_calendars: {error}"
        raise InputError(msg) from error
    return frozenset(session.date() for session in sessions)
