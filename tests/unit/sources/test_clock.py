"""Wall clocks become instants, also on the two days of the year on which they jump."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.sources.clock import (
    DAY,
    HOUR,
    MINUTE,
    NOT_A_TIME,
    SECOND,
    ahead,
    at_wall,
    day_bounds,
    days,
    instant,
    period,
    shown,
    to_utc,
    wall,
)

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Toronto",
    "Europe/Berlin",
    "Europe/London",
    "Australia/Sydney",
    "Australia/Brisbane",
    "Africa/Casablanca",
)


def nanos(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def on_the_clock(instant: int, zone: str) -> tuple[int, int]:
    """What the clock of `zone` shows at `instant`, and whether for the first or second time."""
    local = dt.datetime.fromtimestamp(instant // SECOND, ZoneInfo(zone))
    return nanos(local.replace(tzinfo=None).isoformat()), local.fold


# Releases of the time zone database differ in what they expect of Morocco from 2026 on.
@given(
    st.integers(nanos("1990-01-02") // SECOND, nanos("2099-12-01") // SECOND),
    st.sampled_from([zone for zone in ZONES if zone != "Africa/Casablanca"]),
)
def test_an_instant_is_found_again_from_what_the_clock_shows(second: int, zone: str) -> None:
    digits, fold = on_the_clock(second * SECOND, zone)
    assert to_utc(digits, zone, [bool(fold)]).tolist() == [second * SECOND]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2005, 2025])
def test_every_half_hour_of_a_year_comes_back_in_order(zone: str, year: int) -> None:
    start = nanos(f"{year}-01-02")
    instants = start + 30 * MINUTE * np.arange(2 * 24 * 360)
    walls = np.array([on_the_clock(int(instant), zone)[0] for instant in instants])
    assert np.array_equal(to_utc(walls, zone, in_order=True), instants)


def test_the_hour_that_spring_leaves_out_is_no_time() -> None:
    walls = [nanos(f"2025-03-09T{clock}") for clock in ("01:59", "02:00", "02:59", "03:00")]
    found = to_utc(walls, "America/New_York")
    missing = NOT_A_TIME
    assert found.tolist() == [
        nanos("2025-03-09T06:59"),
        missing,
        missing,
        nanos("2025-03-09T07:00"),
    ]


def test_the_hour_that_autumn_repeats_is_the_first_unless_told() -> None:
    half_past = nanos("2024-10-27T02:30")
    assert to_utc([half_past], "Europe/Berlin").tolist() == [nanos("2024-10-27T00:30")]
    assert to_utc([half_past], "Europe/Berlin", [True]).tolist() == [nanos("2024-10-27T01:30")]
    # Elsewhere the flag means nothing.
    noon = nanos("2024-10-27T12:00")
    assert to_utc([noon], "Europe/Berlin", [True]).tolist() == [nanos("2024-10-27T11:00")]


def test_times_out_of_range_are_no_times() -> None:
    for digits in (nanos("1899-12-31"), nanos("2262-01-01"), NOT_A_TIME, 2**63 - 1):
        assert to_utc([digits], "America/Chicago").tolist() == [NOT_A_TIME]
    assert to_utc([], "America/Chicago").size == 0


def test_a_clock_without_summer_time_is_always_as_far_ahead() -> None:
    assert ahead([nanos("2024-01-01T10:00")], 10).tolist() == [nanos("2024-01-01")]
    assert ahead([0], -5).tolist() == [5 * HOUR]


@given(
    st.integers(nanos("1990-01-02") // SECOND, nanos("2099-12-01") // SECOND),
    st.sampled_from(ZONES),
)
def test_an_instant_is_found_again_from_its_text(second: int, zone: str) -> None:
    local = dt.datetime.fromtimestamp(second, ZoneInfo(zone))
    assert instant(local.isoformat()) == second * SECOND
    assert shown(second * SECOND, "%Y-%m-%dT%H:%M:%S", zone) == local.strftime("%Y-%m-%dT%H:%M:%S")


@pytest.mark.parametrize("text", ["2024-05-06T10:00", "1899-12-31T00:00Z", "soon", ""])
def test_a_text_that_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|outside|isoformat"):
        instant(text)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 30)), st.sampled_from(ZONES))
def test_periods_tile_a_day_of_23_to_25_hours(day: dt.date, zone: str) -> None:
    start, end = day_bounds(day, zone)
    count = (end - start) // (30 * MINUTE)
    found = [period(day, number, zone, 1_800) for number in range(1, count + 1)]
    assert [begin for begin, _ in found] == list(range(start, end, 30 * MINUTE))
    assert end == day_bounds(day + dt.timedelta(days=1), zone)[0]
    assert list(days(start, end, zone)) == [day]
    with pytest.raises(ValueError, match=f"has {count} periods"):
        period(day, count + 1, zone, 1_800)


def test_digits_of_a_clock_are_an_instant_unless_it_never_shows_them() -> None:
    assert at_wall(dt.date(2024, 3, 31), "Europe/Berlin") == nanos("2024-03-30T23:00")
    assert wall(dt.datetime(1970, 1, 2)) == DAY  # noqa: DTZ001 - a wall time
    with pytest.raises(ValueError, match="never shows 2024-03-31 02:30"):
        at_wall(dt.datetime(2024, 3, 31, 2, 30), "Europe/Berlin")  # noqa: DTZ001 - a wall time
    assert list(days(0, 0)) == []
