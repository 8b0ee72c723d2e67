"""Exchange days, as the libraries keep them."""

import datetime as dt

import pytest

from wattbook.errors import InputError
from wattbook.market.trading_calendar import (
    TRADING_CALENDARS,
    exchange_day_before,
    exchange_days,
    is_exchange_day,
)

ONE_DAY = dt.timedelta(days=1)


# EEX rests on New Year's Day, Good Friday, Easter Monday, 1 May and 24, 25, 26 and 31 December.
def test_eex_rests_on_its_published_holidays() -> None:
    days = exchange_days("EEX", dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    weekdays = {
        dt.date(2026, 1, 1) + ONE_DAY * nth
        for nth in range(365)
        if (dt.date(2026, 1, 1) + ONE_DAY * nth).weekday() < 5
    }
    rest = sorted(weekdays - set(days))
    assert [day.isoformat()[5:] for day in rest] == [
        "01-01",
        "04-03",
        "04-06",
        "05-01",
        "12-24",
        "12-25",
        "12-31",
    ]


def test_spot_power_trades_every_day() -> None:
    assert len(exchange_days("EPEX", dt.date(2026, 1, 1), dt.date(2027, 1, 1))) == 365


@pytest.mark.parametrize("exchange", sorted(TRADING_CALENDARS))
def test_every_calendar_has_days(exchange: str) -> None:
    days = exchange_days(exchange, dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    assert 245 <= len(days) <= 365
    assert is_exchange_day(exchange, dt.date(2026, 7, 15))


def test_days_are_counted_back_over_the_turn_of_the_year() -> None:
    assert exchange_day_before("EEX", dt.date(2027, 1, 5)) == dt.date(2027, 1, 4)
    assert exchange_day_before("EEX", dt.date(2027, 1, 4), 2) == dt.date(2026, 12, 29)


def test_an_unknown_exchange_is_refused() -> None:
    with pytest.raises(InputError, match="'EXAA'"):
        exchange_days("EXAA", dt.date(2026, 1, 1), dt.date(2026, 1, 2))
    with pytest.raises(InputError, match="count 0"):
        exchange_day_before("EEX", dt.date(2026, 1, 1), 0)
