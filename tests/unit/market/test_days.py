"""Trading days follow the market's own clock."""

import datetime as dt
import itertools
from pathlib import Path

import pytest

from wattbook.errors import SourceError
from wattbook.ingest import normalize
from wattbook.market import choose_days, trading_day, trading_days
from wattbook.sources import SOURCES


def test_days_join_without_gap_or_overlap_across_both_clock_changes() -> None:
    year = list(trading_days(dt.date(2025, 1, 1), dt.date(2025, 12, 31), "America/New_York"))
    assert all(one.end == other.start for one, other in itertools.pairwise(year))
    assert sorted({day.hours for day in year}) == [23, 24, 25]


def test_the_nem_day_begins_at_four_on_a_clock_without_summer_time() -> None:
    day = trading_day(dt.date(2024, 10, 6), "Australia/Brisbane", start_hour=4)
    assert dt.datetime.fromtimestamp(day.start / 1e9, dt.UTC).hour == 18
    assert day.hours == 24


def test_a_day_without_enough_history_is_never_chosen() -> None:
    series, _ = normalize(SOURCES["generated"].read(None, 7)[0])
    chosen = choose_days(series, 0, 60, "extreme", (2026, 2026))
    assert chosen.date >= dt.date(2026, 4, 30)
    with pytest.raises(SourceError, match="no whole trading day"):
        choose_days(series, 0, 60, "calm", (2024, 2025))


@pytest.mark.data
def test_the_calm_and_the_extreme_day_of_victoria(recorded_data: Path) -> None:
    series, _ = normalize(SOURCES["nem-vic1"].read(recorded_data, 0)[0])
    extreme = choose_days(series, 4, 42, "extreme", (2024, 2025))
    calm = choose_days(series, 4, 42, "calm", (2024, 2025))
    # 13 February 2024: six towers fell in a storm, and prices went from the floor to 16,600.
    assert (extreme.date, calm.date) == (dt.date(2024, 2, 13), dt.date(2025, 11, 17))
