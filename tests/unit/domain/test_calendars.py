"""Delivery by name: what products mean in UTC, which do not exist, and when their gates close."""

import datetime as dt
import time

import holidays
import numpy as np
import pytest

from wattbook.domain.calendars import (
    PLACES,
    DeliveryProduct,
    allocation_pauses,
    gate,
    intervals,
    intraday_opening,
    load_periods,
    nerc_holidays,
    quarter_hours,
    zone_intervals,
)
from wattbook.errors import InputError


def hours(text: str) -> float:
    return DeliveryProduct(text).delivery_seconds / 3600


def test_a_product_says_what_it_is() -> None:
    product = DeliveryProduct("DE-LU Q1-27 Peak")
    assert (product.place, product.tenor, product.load) == ("DE-LU", "quarter", "peak")
    assert product.time_zone == "Europe/Berlin"
    assert str(product) == "DE-LU Q1-27 Peak"
    assert repr(product) == "DeliveryProduct('DE-LU Q1-27 Peak')"
    assert product == DeliveryProduct(str(product))
    assert len({product, DeliveryProduct(str(product))}) == 1
    with pytest.raises(AttributeError):
        product.tenor = "year"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("DE-LU 2026-03-29 H03", ["DE-LU", "2026-03-29 H03", "23"]),
        ("DE-LU 2026-10-25 H03", ["DE-LU", "2026-10-25 H03A", "2026-10-25 H03B"]),
        ("DE-LU 2026-10-24 H03A", ["DE-LU", "2026-10-24 H03A", "once"]),
        ("DE-LU Wk53-27", ["DE-LU", "Wk53-27", "52"]),
        ("TTF 2026-03-28 H24", ["TTF", "2026-03-28 H24", "1 to 23"]),
        ("TTF Cal-27 Peak", ["TTF", "peak rule", "take base"]),
        ("DE-LU 2026-03-28 Peak", ["DE-LU 2026-03-28 Peak", "take base"]),
        ("Atlantis Cal-27", ["Atlantis", "DE-LU"]),
        ("DE-LU Cal-2027", ["DE-LU Cal-2027", "DE-LU Cal-27 Base"]),
    ],
)
def test_what_does_not_exist_is_refused_with_place_value_and_fix(
    text: str, parts: list[str]
) -> None:
    with pytest.raises(InputError) as refused:
        DeliveryProduct(text)
    for part in parts:
        assert part in str(refused.value)


# German futures of 2026: 261 weekdays and 8,760 hours, of 2028: 260 and 8,784.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DE-LU Cal-26 Base", 8760),
        ("DE-LU Cal-26 Peak", 261 * 12),
        ("DE-LU Cal-26 OffPeak", 8760 - 261 * 12),
        ("DE-LU Cal-28 Base", 8784),
        ("DE-LU Cal-28 Peak", 260 * 12),
        ("DE-LU Mar-26 Base", 743),
        ("DE-LU Oct-26 Base", 745),
        ("PJM-WEST Cal-26 Peak", 256 * 16),
        ("HB_NORTH Cal-26 Peak", 256 * 16),
        ("MID-C Cal-26 Peak", 307 * 16),
        ("TTF 2026-03-28", 23),
        ("NBP 2026-10-24", 25),
        ("HENRY-HUB 2026-03-07", 23),
    ],
)
def test_delivery_hours(text: str, expected: int) -> None:
    assert hours(text) == expected


def test_intervals_are_columns_without_a_copy() -> None:
    day = intervals(DeliveryProduct("DE-LU 2026-10-25"), "quarter_hour")
    assert len(day) == 100
    assert day.delivery_start[0] == np.datetime64("2026-10-24T22:00:00", "ns")
    assert (day.delivery_end[:-1] == day.delivery_start[1:]).all()
    assert day.number[8:17].tolist() == [9, 10, 11, 12, 9, 10, 11, 12, 13]
    assert day.occurrence[8:17].tolist() == [1, 1, 1, 1, 2, 2, 2, 2, 0]
    assert not day.number.flags.owndata


def test_peak_intervals_are_those_of_the_peak() -> None:
    peak = DeliveryProduct("DE-LU Mar-26 Peak")
    quarters = intervals(peak, "quarter_hour")
    assert len(quarters) * 900 == peak.delivery_seconds
    assert set(quarters.number.tolist()) == set(range(33, 81))
    assert sum((end - start).seconds for start, end in load_periods(peak)) == peak.delivery_seconds


def test_a_product_divides_into_what_it_consists_of() -> None:
    year = DeliveryProduct("DE-LU Cal-27 Peak")
    assert [str(part) for part in year.parts("quarter")] == [
        f"DE-LU Q{quarter}-27 Peak" for quarter in (1, 2, 3, 4)
    ]
    assert len(year.parts("day")) == 261
    assert [str(part) for part in year.cascade("EEX")][2:4] == [
        "DE-LU Mar-27 Peak",
        "DE-LU Q2-27 Peak",
    ]
    with pytest.raises(InputError, match="does not divide"):
        year.parts("season")
    with pytest.raises(InputError, match="no cascade"):
        DeliveryProduct("DE-LU Mar-27").cascade("EEX")


def test_an_unknown_tenor_or_zone_or_length_is_refused() -> None:
    day = dt.date(2026, 1, 1)
    with pytest.raises(InputError):
        DeliveryProduct("DE-LU Cal-27").parts("fortnight")
    with pytest.raises(InputError, match="Europe/Atlantis"):
        quarter_hours(day, "Europe/Atlantis")
    with pytest.raises(InputError, match="7 minutes"):
        zone_intervals(day, day + dt.timedelta(days=1), "Europe/Berlin", minutes=7)


def test_the_day_that_samoa_jumped_over_is_refused() -> None:
    with pytest.raises(InputError, match="2011-12-30"):
        quarter_hours(dt.date(2011, 12, 30), "Pacific/Apia")


# NERC, Additional Off-peak Days 2010-2015.
def test_nerc_holidays_move_from_sunday_and_stay_on_saturday() -> None:
    assert dt.date(2010, 7, 5) in nerc_holidays(2010)
    assert dt.date(2010, 12, 25) in nerc_holidays(2010)
    assert dt.date(2011, 12, 26) in nerc_holidays(2011)


def test_every_place_can_be_named() -> None:
    for name, place in PLACES.items():
        assert DeliveryProduct(f"{name} Cal-27").time_zone == place.time_zone


@pytest.mark.parametrize(
    ("text", "venue", "kind", "to_area", "closure"),
    [
        ("DE-LU 2025-12-31 H24", "EPEX", "intraday continuous", "FR", "2025-12-31T21:00"),
        ("DE-LU 2026-01-01 H01", "EPEX", "intraday continuous", "FR", "2025-12-31T22:30"),
        ("DE-LU 2026-01-01 QH01", "EPEX", "intraday continuous", None, "2025-12-31T22:55"),
        ("DE-LU 2026-03-30", "EPEX", "day-ahead", None, "2026-03-29T10:00"),
        ("HB_HUBAVG 2026-07-16", "ERCOT", "day-ahead", None, "2026-07-15T15:00"),
        ("N.Y.C. 2026-01-16", "NYISO", "day-ahead", None, "2026-01-15T10:00"),
        ("VIC1 2026-07-16 DI288", "NEM", "rebid", None, "2026-07-16T17:55"),
    ],
)
def test_gates(text: str, venue: str, kind: str, to_area: str | None, closure: str) -> None:
    found = gate(DeliveryProduct(text), venue, kind, to_area=to_area)  # type: ignore[arg-type]
    assert found.closure.isoformat().startswith(closure)
    assert found.source


def test_a_gate_without_a_rule_is_refused() -> None:
    with pytest.raises(InputError, match="EPEX has no rebid gate for DE-LU to DE-LU on 2026-01-01"):
        gate(DeliveryProduct("DE-LU 2026-01-01"), "EPEX", "rebid")


def test_the_quarter_hours_of_a_year_take_milliseconds() -> None:
    year = DeliveryProduct("DE-LU Cal-28")
    best = min(_seconds(year) for _ in range(5))
    assert best < 0.05


def _seconds(product: DeliveryProduct) -> float:
    start = time.perf_counter()
    assert len(intervals(product, "quarter_hour")) == 35_136
    return time.perf_counter() - start


def test_victorian_peaks_rest_on_the_public_holidays_of_the_state() -> None:
    kept = holidays.country_holidays("AU", subdiv="VIC", years=range(2016, 2027))
    day = dt.date(2016, 1, 1)
    while day.year < 2027:
        if day.weekday() < 5:
            try:
                hours = DeliveryProduct(f"VIC1 {day} Peak").delivery_seconds // 3600
            except InputError:
                hours = 0
            assert hours == (0 if day in kept else 15), day
        day += dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("product", "opens", "pauses"),
    [
        ("DE-LU 2026-03-29 H13", "28 14:00", ["28 13:40", "28 20:40", "29 07:40"]),
        ("DE-LU 2026-10-25 QH12B", "24 14:00", ["24 12:40", "24 19:40"]),
        ("DE-LU 2026-07-16 HH01", "15 13:30", ["15 12:40", "15 19:40"]),
    ],
)
def test_continuous_trading_opens_and_pauses_by_the_clock(
    product: str, opens: str, pauses: list[str]
) -> None:
    delivery = DeliveryProduct(product)
    assert f"{intraday_opening(delivery, 'EPEX').opens:%d %H:%M}" == opens
    found = allocation_pauses(delivery, "EPEX", to_area="FR")
    assert [f"{pause.begins:%d %H:%M}" for pause in found] == pauses
    assert {pause.ends - pause.begins for pause in found} == {dt.timedelta(minutes=40)}
    assert allocation_pauses(delivery, "EPEX") == []


def test_an_opening_that_is_not_known_is_named() -> None:
    with pytest.raises(InputError, match="EPEX has no intraday opening gate for GB to GB"):
        intraday_opening(DeliveryProduct("GB 2026-07-16 H01"), "EPEX")
