"""Bad rows are set aside and counted, gaps stay gaps."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import SourceError
from wattbook.ingest import RowFault, normalize, normalize_daily
from wattbook.sources import Clock, IntervalMark, PriceKind, RawSeries


def raw(times: list[str], prices: list[float], **changes: Any) -> RawSeries:
    fields: dict[str, Any] = {
        "name": "test",
        "location": "X",
        "kind": PriceKind.REAL_TIME,
        "currency": "EUR",
        "price_unit": "MWh",
        "time_zone": "UTC",
        "clock": Clock.UTC,
        "mark": IntervalMark.START,
        "interval_seconds": 300,
        "path": "test.parquet",
        "time": np.array(times, dtype="datetime64[ns]"),
        "price": np.array(prices),
    }
    return RawSeries(**(fields | changes))


def minutes(*values: int) -> list[str]:
    start = np.datetime64("2026-01-01T00:00")
    return [str(start + np.timedelta64(value, "m")) for value in values]


def test_a_gap_is_counted_and_never_filled() -> None:
    series, report = normalize(raw(minutes(0, 5, 20), [1.0, 2.0, 3.0]))
    assert series.price.tolist() == [1.0, 2.0, 3.0]
    assert [gap.intervals for gap in report.gaps] == [2]
    assert report.missing == 2


def test_repeated_rows_are_set_aside_and_a_contradiction_is_told_from_a_repetition() -> None:
    series, report = normalize(raw(minutes(0, 5, 5, 5), [1.0, 2.0, 2.0, 9.0]))
    assert series.price.tolist() == [1.0, 2.0]
    assert [(row.row, row.fault) for row in report.quarantine] == [
        (2, RowFault.REPEATED),
        (3, RowFault.CONTRADICTED),
    ]
    assert report.quarantine[1].price == 9.0
    assert report.quarantine[1].time == "2026-01-01T00:05:00"


def test_rows_out_of_order_are_sorted_in_and_counted() -> None:
    series, report = normalize(raw(minutes(0, 10, 5), [1.0, 3.0, 2.0]))
    assert series.price.tolist() == [1.0, 2.0, 3.0]
    assert report.out_of_order == 1
    assert not report.gaps


def test_a_row_without_price_or_time_or_off_the_grid_is_set_aside() -> None:
    times = [*minutes(0), "NaT", *minutes(7, 10)]
    _, report = normalize(raw(times, [1.0, 2.0, 3.0, float("nan")]))
    assert [row.fault for row in report.quarantine] == [
        RowFault.NO_TIME,
        RowFault.OFF_GRID,
        RowFault.NO_PRICE,
    ]


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=200))
def test_every_period_of_the_timeline_is_good_late_or_missing(rows: list[tuple[int, bool]]) -> None:
    times = minutes(0, *(5 * place for place, _ in rows))
    prices = [1.0, *(1.0 if has_price else float("nan") for _, has_price in rows)]
    series, report = normalize(raw(times, prices))
    line = report.timeline
    assert (line[0].start, line[-1].end) == (
        series.delivery_start[0],
        series.delivery_start[-1] + 300 * 10**9,
    )
    assert all(one.end == after.start for one, after in itertools.pairwise(line))
    for one in line:
        assert one.good + one.late + one.missing == (one.end - one.start) // (300 * 10**9)
    assert sum(one.good + one.late for one in line) == series.price.size
    assert sum(one.missing for one in line) == report.missing
    assert sum(one.set_aside for one in line) <= len(report.quarantine)


def test_a_series_without_a_usable_row_is_refused() -> None:
    with pytest.raises(SourceError, match=r"test\.parquet has no usable row of test"):
        normalize(raw(minutes(0), [float("nan")]))


def test_the_hour_that_spring_skips_is_set_aside_and_the_one_that_autumn_repeats_is_missing() -> (
    None
):
    wall = {"clock": Clock.WALL, "time_zone": "America/New_York", "interval_seconds": 3_600}
    spring = [f"2019-03-10T{hour:02}:00" for hour in range(24)]
    _, report = normalize(raw(spring, [1.0] * 24, **wall))
    assert [(row.row, row.fault) for row in report.quarantine] == [(2, RowFault.NO_SUCH_LOCAL_TIME)]
    assert not report.gaps
    autumn = [f"2019-11-03T{hour:02}:00" for hour in range(24)]
    series, report = normalize(raw(autumn, [float(hour) for hour in range(24)], **wall))
    assert report.missing == 1
    # 01:00 is taken for its first occurrence, 05:00 UTC; 06:00 UTC is the hour that is missing.
    assert series.delivery_start[1] == np.datetime64("2019-11-03T05:00", "ns").astype(np.int64)
    assert report.gaps[0].start == np.datetime64("2019-11-03T06:00", "ns").astype(np.int64)


def test_a_day_ahead_price_that_stands_in_every_row_of_its_hour_is_checked_row_by_row() -> None:
    every = [*range(0, 120, 5)]
    prices = [10.0] * 12 + [20.0] * 12
    series, report = normalize(raw(minutes(*every), prices, kind=PriceKind.DAY_AHEAD))
    assert (series.interval_seconds, series.price.tolist()) == (3_600, [10.0, 20.0])
    assert report.is_clean
    assert (report.rows_read, report.rows_kept) == (24, 24)
    # 00:10 is missing, 00:20 says something else, 01:00 comes twice, 01:50 before 01:45.
    times = minutes(0, 5, *range(15, 65, 5), 60, *range(65, 105, 5), 110, 105, 115)
    damaged = [10.0, 10.0, 10.0, 77.0, *[10.0] * 7, *[20.0] * 13]
    series, report = normalize(raw(times, damaged[: len(times)], kind=PriceKind.DAY_AHEAD))
    assert series.price.tolist() == [10.0, 20.0]
    assert (report.missing, report.repeated, report.out_of_order) == (1, 2, 1)
    assert [(row.row, row.fault) for row in report.quarantine] == [
        (3, RowFault.CONTRADICTED),
        (12, RowFault.REPEATED),
    ]
    assert report.rows_kept + len(report.quarantine) == report.rows_read


def test_a_settlement_day_without_a_row_is_missing_and_a_holiday_is_not() -> None:
    days = np.array(["2020-01-16", "2020-01-21", "2020-01-23", "2020-01-24"], "datetime64[D]")
    settled = np.array(
        ["2020-01-15", "2020-01-16", "2020-01-17", "2020-01-21", "2020-01-22", "2020-01-23",
         "2020-01-24", "2020-01-27"], "datetime64[D]"
    )  # fmt: skip
    _, report = normalize_daily("CL01", "x", days, np.ones(4), settled)
    # Monday the 20th was Martin Luther King's day; days before the first row say nothing.
    assert [gap.intervals for gap in report.gaps] == [1, 1]
    assert report.missing == 2


@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1.0, 2.0, float("nan")])), min_size=1)
)
def test_every_row_is_kept_or_set_aside_and_what_is_kept_rises(
    rows: list[tuple[int, float]],
) -> None:
    series_in = raw(minutes(*(5 * slot for slot, _ in rows)), [price for _, price in rows])
    if all(np.isnan(price) for _, price in rows):
        with pytest.raises(SourceError):
            normalize(series_in)
        return
    series, report = normalize(series_in)
    assert report.rows_kept + len(report.quarantine) == len(rows)
    steps = np.diff(series.delivery_start) // (300 * 10**9)
    assert (steps >= 1).all()
    assert report.missing == int((steps - 1).sum())
