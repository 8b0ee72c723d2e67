"""Recorded files are read for what they are."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.errors import SourceError
from wattbook.ingest import NANOS_PER_SECOND, normalize
from wattbook.runtime.plan.futures import generics
from wattbook.sources import SOURCES, Clock, IntervalMark
from wattbook.sources.recorded.futures import PRODUCTS, contracts, settlements

HOUR = 3_600 * NANOS_PER_SECOND


def instant(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def write_nem(folder: Path, stamps: list[str], prices: list[float | None]) -> None:
    (folder / "rt5").mkdir()
    frame = pl.DataFrame(
        {
            "interval_end_aest": pl.Series(stamps).str.to_datetime(time_unit="us"),
            "rrp_aud_mwh": prices,
            "demand_mw": [4_000.0] * len(prices),
        }
    )
    frame.write_parquet(folder / "rt5/nem_vic1_5min_2024_2025.parquet")


def test_a_nem_interval_ends_at_its_stamp_on_a_clock_ten_hours_ahead(tmp_path: Path) -> None:
    write_nem(tmp_path, ["2024-02-13T04:05:00", "2024-02-13T04:10:00"], [-1_000.0, 16_600.0])
    (raw,) = SOURCES["nem-vic1"].read(tmp_path, 0)
    assert (raw.clock, raw.mark) == (Clock.FIXED_OFFSET, IntervalMark.END)
    series, report = normalize(raw)
    assert series.delivery_start.tolist() == [
        instant("2024-02-12T18:00"),
        instant("2024-02-12T18:05"),
    ]
    assert series.price_millionths.tolist() == [-1_000_000_000, 16_600_000_000]
    assert report.is_clean


def test_a_missing_file_is_named_with_the_way_to_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nem_vic1.*--data"):
        SOURCES["nem-vic1"].read(tmp_path, 0)
    with pytest.raises(SourceError, match="WATTBOOK_DATA"):
        SOURCES["ercot-hubavg"].read(None, 0)


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "rt5").mkdir()
    (tmp_path / "rt5/nem_vic1_5min_2024_2025.parquet").write_text("<html>not found</html>")
    with pytest.raises(SourceError, match=r"nem_vic1.*cannot be read as Parquet"):
        SOURCES["nem-vic1"].read(tmp_path, 0)


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "rt5").mkdir()
    pl.DataFrame({"when": [1]}).write_parquet(tmp_path / "rt5/nem_vic1_5min_2024_2025.parquet")
    with pytest.raises(SourceError, match="no column 'interval_end_aest', only when"):
        SOURCES["nem-vic1"].read(tmp_path, 0)


@pytest.mark.data
def test_recorded_victoria_has_no_gap_and_keeps_its_extremes(recorded_data: Path) -> None:
    series, report = normalize(SOURCES["nem-vic1"].read(recorded_data, 0)[0])
    assert report.is_clean
    assert report.rows_kept == 210_528
    assert (series.price.min(), series.price.max()) == (-1_000.0, 17_500.0)
    assert series.delivery_start[0] == instant("2023-12-31T14:00")


@pytest.mark.data
def test_nyiso_loses_twelve_slots_in_spring_and_misses_twelve_in_autumn(
    recorded_data: Path,
) -> None:
    real_time, day_ahead = SOURCES["nyiso-nyc"].read(recorded_data, 0)
    series, report = normalize(real_time)
    # 2012 to 2019 each have a spring change, 2011 to 2019 an autumn change.
    assert report.faults() == {
        "the local time does not exist on the day of the clock change": 8 * 12
    }
    assert [gap.intervals for gap in report.gaps] == [12] * 9
    assert series.delivery_start[0] == instant("2011-07-01T04:00")
    hourly, again = normalize(day_ahead)
    assert (again.missing, again.faults()) == (report.missing, report.faults())
    assert hourly.interval_seconds == 3_600
    assert hourly.delivery_start[0] == instant("2011-07-01T04:00")


@pytest.mark.data
@pytest.mark.parametrize("zone", ["me", "nh", "vt", "ri", "wcmass", "nemassbost"])
def test_new_england_loses_the_hour_that_does_not_exist(recorded_data: Path, zone: str) -> None:
    for raw in SOURCES[f"isone-{zone}"].read(recorded_data, 0):
        series, report = normalize(raw)
        assert report.faults() == {
            "the local time does not exist on the day of the clock change": 1
        }
        # 120 days, one of them of 23 hours; hour 1 begins at midnight.
        assert (series.price.size, len(report.gaps)) == (120 * 24 - 1, 0)
        assert series.delivery_start[0] == instant("2017-01-01T05:00")


@pytest.mark.data
def test_the_negative_settlement_of_wti_is_kept(recorded_data: Path) -> None:
    day, value = settlements(recorded_data, "CL01")
    assert value[day == np.datetime64("2020-04-20")].tolist() == [-37.63]
    months = {month.symbol: month for month in contracts(recorded_data, PRODUCTS["CL"])}
    assert months["CLK20"].last_trade == np.datetime64("2020-04-21")
    with pytest.raises(SourceError, match="CL99"):
        settlements(recorded_data, "CL99")


@pytest.mark.data
def test_every_recorded_settlement_day_is_a_day_of_the_calendar(recorded_data: Path) -> None:
    for prefix in PRODUCTS:
        for report in generics(recorded_data, prefix, range(1, 3))[1]:
            assert report.missing == 0, report.sentence()
