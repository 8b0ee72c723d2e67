"""Wall clocks become instants, also on the two days of the year on which they jump."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.sources.clock import HOUR, MINUTE, NOT_A_TIME, SECOND, ahead, in_order, to_utc

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


def shown(instant: int, zone: str) -> tuple[int, int]:
    """What the clock of `zone` shows at `instant`, and whether for the first or second time."""
    local = dt.datetime.fromtimestamp(instant // SECOND, ZoneInfo(zone))
    return nanos(local.replace(tzinfo=None).isoformat()), local.fold


@given(
    st.integers(nanos("1990-01-02") // SECOND, nanos("2099-12-01") // SECOND),
    st.sampled_from(ZONES),
)
def test_an_instant_is_found_again_from_what_the_clock_shows(second: int, zone: str) -> None:
    wall, fold = shown(second * SECOND, zone)
    assert to_utc(wall, zone, [bool(fold)]).tolist() == [second * SECOND]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2005, 2025])
def test_every_half_hour_of_a_year_comes_back_in_order(zone: str, year: int) -> None:
    start = nanos(f"{year}-01-02")
    instants = start + 30 * MINUTE * np.arange(2 * 24 * 360)
    walls = np.array([shown(int(instant), zone)[0] for instant in instants[::1]])
    repeated = np.repeat(walls, 2)
    assert np.array_equal(to_utc(repeated, zone, in_order(repeated)), np.repeat(instants, 2))


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
    wall = nanos("2024-10-27T02:30")
    assert to_utc([wall], "Europe/Berlin").tolist() == [nanos("2024-10-27T00:30")]
    assert to_utc([wall], "Europe/Berlin", [True]).tolist() == [nanos("2024-10-27T01:30")]
    # Elsewhere the flag means nothing.
    noon = nanos("2024-10-27T12:00")
    assert to_utc([noon], "Europe/Berlin", [True]).tolist() == [nanos("2024-10-27T11:00")]


def test_equal_neighbours_are_a_step_back_where_each_row_is_an_instant() -> None:
    hours = [0, HOUR, HOUR, 2 * HOUR]
    assert in_order(hours).tolist() == [False] * 4
    assert in_order(hours, one_a_row=True).tolist() == [False, False, True, False]


def test_times_out_of_range_are_no_times() -> None:
    for wall in (nanos("1970-01-01"), nanos("2150-01-01"), NOT_A_TIME):
        assert to_utc([wall], "America/Chicago").tolist() == [NOT_A_TIME]
    assert to_utc([], "America/Chicago").size == 0
    assert in_order([]).size == 0


def test_a_clock_without_summer_time_is_always_as_far_ahead() -> None:
    assert ahead([nanos("2024-01-01T10:00")], 10).tolist() == [nanos("2024-01-01")]
    assert ahead([0], -5).tolist() == [5 * HOUR]
