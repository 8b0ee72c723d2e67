"""Delivery calendars against second implementations: zoneinfo and holidays."""

import datetime as dt
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from wattbook.domain.calendars import (
    PLACES,
    DeliveryProduct,
    intervals,
    nerc_holidays,
    quarter_hours,
    zone_intervals,
)

ONE_DAY = dt.timedelta(days=1)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2039, 12, 31))
ZONES = st.sampled_from(
    [
        "Africa/Cairo",
        "America/Chicago",
        "America/Havana",
        "America/Los_Angeles",
        "America/New_York",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Australia/Brisbane",
        "Australia/Lord_Howe",
        "Europe/Berlin",
        "Europe/Lisbon",
        "Europe/London",
        "Pacific/Chatham",
    ]
)


def midnight(day: dt.date, zone: str) -> dt.datetime:
    """Return the first instant of `day`; a skipped midnight is the instant of the jump."""
    local = dt.datetime.combine(day, dt.time(), ZoneInfo(zone))
    return local.astimezone(dt.UTC)


def utc(instant: np.datetime64) -> dt.datetime:
    nanos = instant.astype("M8[ns]").astype("i8")
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=int(nanos) // 10**9)


@given(DAYS)
def test_a_day_has_92_96_or_100_quarter_hours(day: dt.date) -> None:
    assert quarter_hours(day, "Europe/Berlin") in (92, 96, 100)


@given(DAYS, ZONES)
def test_days_start_and_end_where_zoneinfo_says(day: dt.date, zone: str) -> None:
    hours = zone_intervals(day, day + ONE_DAY, zone, minutes=60)
    assert utc(hours.delivery_start[0]) == midnight(day, zone)
    assert utc(hours.delivery_end[-1]) == midnight(day + ONE_DAY, zone)


@given(DAYS, ZONES, st.sampled_from([5, 15, 30, 60]))
def test_a_number_is_what_the_wall_clock_shows(day: dt.date, zone: str, minutes: int) -> None:
    parts = zone_intervals(day, day + ONE_DAY, zone, minutes=minutes)
    assert (parts.delivery_end[:-1] == parts.delivery_start[1:]).all()
    seen: list[int] = []
    for start, number, occurrence in zip(
        parts.delivery_start, parts.number, parts.occurrence, strict=True
    ):
        local = utc(start).astimezone(ZoneInfo(zone))
        assert local.date() == day
        assert (local.hour * 60 + local.minute) // minutes + 1 == number
        # `fold` says the same of the second occurrence.
        assert (occurrence == 2) == (number in seen)
        assert local.fold == 0 or occurrence == 2
        seen.append(int(number))


@given(DAYS, st.sampled_from(["TTF", "NBP", "HENRY-HUB", "GB", "VIC1"]))
def test_delivery_days_start_at_the_hour_of_their_market(day: dt.date, place: str) -> None:
    start = {"TTF": 6, "NBP": 5, "HENRY-HUB": 9, "GB": -1, "VIC1": 4}[place]
    product = DeliveryProduct(f"{place} {day}")
    zone = ZoneInfo(product.time_zone)
    for nanos, of_day in ((product.delivery_start, day), (product.delivery_end, day + ONE_DAY)):
        local = utc(np.datetime64(nanos, "ns")).astimezone(zone).replace(tzinfo=None)
        assert local == dt.datetime.combine(of_day, dt.time()) + dt.timedelta(hours=start)


@given(st.integers(1990, 2099))
def test_nerc_holidays_are_those_of_the_united_states_moved_from_sunday(year: int) -> None:
    names = {
        "New Year's Day",
        "Memorial Day",
        "Independence Day",
        "Labor Day",
        "Thanksgiving Day",
        "Christmas Day",
    }
    us = holidays.country_holidays("US", years=year, observed=False)
    expected = {
        day + ONE_DAY if day.weekday() == 6 else day for day, name in us.items() if name in names
    }
    assert set(nerc_holidays(year)) == expected


@given(
    st.sampled_from(sorted(PLACES)),
    st.integers(2020, 2039),
    st.integers(1, 12),
)
def test_months_partition_quarters_and_base_is_peak_and_off_peak(
    place: str, year: int, month: int
) -> None:
    # The Victorian peak leaves out state holidays, which are known up to that year.
    assume(place != "VIC1" or year <= 2026)
    name = dt.date(year, month, 1).strftime("%b-%y")
    base = DeliveryProduct(f"{place} {name}")
    quarter = DeliveryProduct(f"{place} Q{(month + 2) // 3}-{year % 100:02}")
    months = quarter.parts("month")
    assert base in months
    assert sum(part.delivery_seconds for part in months) == quarter.delivery_seconds
    assert months[0].delivery_start == quarter.delivery_start
    assert months[-1].delivery_end == quarter.delivery_end
    if str(base).endswith("Base"):
        peak, off_peak = (DeliveryProduct(f"{place} {name} {load}") for load in ("Peak", "OffPeak"))
        together = np.concatenate(
            [intervals(load, "hour").delivery_start for load in (peak, off_peak)]
        )
        assert (np.sort(together) == intervals(base, "hour").delivery_start).all()


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        product = DeliveryProduct(text)
    except ValueError:
        return
    assert DeliveryProduct(str(product)) == product
