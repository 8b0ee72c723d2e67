"""Instants survive the way to a local clock and back, also through the clock changes."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.domain import Conditions, local_time, nanoseconds
from wattbook.errors import InputError

MICROSECONDS = st.integers(-(2**62) // 1_000, 2**62 // 1_000)
ZONES = st.sampled_from(["Europe/Berlin", "America/Chicago", "Australia/Lord_Howe", "Etc/GMT-10"])


@given(MICROSECONDS, ZONES)
def test_an_instant_survives_its_local_clock(microseconds: int, zone: str) -> None:
    instant = microseconds * 1_000
    local = local_time(instant, zone)
    assert nanoseconds(local) == instant
    assert Conditions(expires=local).expires == instant


def test_an_hour_that_occurs_twice_is_told_apart() -> None:
    zone = ZoneInfo("Europe/Berlin")
    first = dt.datetime(2026, 10, 25, 2, 30, tzinfo=zone)
    second = first.replace(fold=1)
    assert nanoseconds(second) - nanoseconds(first) == 3_600 * 10**9
    assert Conditions(expires=second).expires == nanoseconds(second)


def test_a_naive_datetime_and_an_unknown_zone_are_refused() -> None:
    with pytest.raises(InputError, match="no time zone"):
        nanoseconds(dt.datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused
    with pytest.raises(InputError, match="IANA"):
        local_time(0, "Mars/Olympus")
