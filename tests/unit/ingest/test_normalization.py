"""Rows of every source take one form, and what cannot be trusted is set aside with a reason."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.ingest.normalization import (
    ROW_COLUMNS,
    Flag,
    Normalized,
    Normalizer,
    fill,
    reference_prices,
)
from wattbook.sources.clock import local_periods
from wattbook.sources.tabular import observations

HOUR = 3_600_000_000_000
START = 1_767_225_600_000_000_000  # 2026-01-01T00:00Z


def normalized(rows: int = 1, source: str = "entsoe", **columns: Any) -> Normalized:
    given = {
        "dataset": "day_ahead_price",
        "location": "10Y1001A1001A82H",
        "delivery_start": [START + row * HOUR for row in range(rows)],
        "delivery_end": [START + (row + 1) * HOUR for row in range(rows)],
        "value": 50.0,
        "unit": "EUR/MWh",
        "place": list(range(rows)),
    }
    frame = observations(given | columns, rows)
    return Normalizer.default().apply(frame, source=source, ts_recv=START)


def test_rows_have_the_columns_that_are_promised() -> None:
    rows = normalized().rows
    assert {name: str(kind) for name, kind in rows.schema.items()} == dict(ROW_COLUMNS)
    assert normalized(0).rows.schema == rows.schema


@pytest.mark.parametrize(
    ("unit", "kept"),
    [
        ("gpm", "gpm"),
        ("m**2 s**-2", "m2/s2"),
        ("J kg**-1", "J/kg"),
        ("s**-1", "1/s"),
        ("Pa s**-1", "Pa/s"),
        ("kg m**-2 s**-1", "kg/m2/s"),
        ("N m**-2", "Pa"),
        ("DU", "DU"),
        ("kg kg**-1", "1"),
        ("Proportion", "1"),
        ("(Code table 4.222)", "1"),
    ],
)
def test_units_of_weather_models_are_known_and_keep_their_value(unit: str, kept: str) -> None:
    row = normalized(source="noaa", dataset="a_field", unit=unit, value=0.25).rows.row(
        0, named=True
    )
    assert (row["value"], row["unit"]) == (0.25, kept)
    assert not row["flags"] & Flag.UNKNOWN_UNIT


def test_a_pressure_below_nothing_is_set_aside() -> None:
    # NAM puts -50,000 Pa where there is no cloud, and mixes it into the points beside.
    found = normalized(3, source="noaa", dataset="pressure", unit="Pa", value=[-45_266.4, 0.0, 1e5])
    assert found.rows["value"].to_list() == [0.0, 1e5]
    (aside,) = found.quarantined
    assert "-45266.4 is not from 0 to 115000" in aside.reason


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("EUR/MWh", 50.0, (50.0, "EUR/MWh")),
        ("ct/kWh", 5.0, (50.0, "EUR/MWh")),
        ("EUR/kWh", -0.05, (-50.0, "EUR/MWh")),
        # 100 pence a therm: 1 GBP for 0.0293071 MWh.
        ("p/therm", 100.0, (34.121416, "GBP/MWh")),
    ],
)
def test_prices_convert_exactly(unit: str, value: float, expected: tuple[float, str]) -> None:
    rows = normalized(unit=unit, value=value).rows
    assert rows.select("value", "unit").row(0) == expected


def test_an_unknown_code_is_set_aside_with_the_nearest() -> None:
    (fault,) = normalized(location="DE_LU").quarantined
    assert fault.place == "row 0"
    assert fault.reason == (
        "location code 'DE_LU' of entsoe is unknown; the nearest known is 'DE-LU'"
    ).replace("'", '"')
    assert b'"location":"DE_LU"' in fault.raw
    (fault,) = normalized(location="10YFR-RTE------D").quarantined
    assert "wrong check character" in fault.reason
    assert fault.reason.endswith("ends in C")


def test_a_price_beyond_the_limits_of_its_day_is_set_aside() -> None:
    found = normalized(2, value=[4_000.0, 4_000.01])
    assert found.rows["value"].to_list() == [4_000.0]
    assert found.quarantined[0].reason.endswith("4000.01 is not from -500 to 4000")


def test_a_frame_without_a_column_is_refused() -> None:
    with pytest.raises(InputError, match="no column unit"):
        Normalizer.default().apply(observations({}, 1).drop("unit"), source="entsoe", ts_recv=START)
    with pytest.raises(InputError, match="line 2"):
        Normalizer(
            units="symbol,dimension,factor,offset,valid_from,valid_to,aliases\nMW,power,,,,,"
        )


def gas_days(frame: pl.DataFrame, days: int) -> pl.Series:
    local = frame["date"].dt.offset_by(f"{days}d").dt.offset_by("6h")
    utc = local.dt.replace_time_zone("Europe/Berlin").dt.convert_time_zone("UTC")
    return utc.cast(pl.Datetime("ns", "UTC")).to_physical()


@pytest.mark.data
def test_the_german_gas_index_is_mended_where_it_was_told_in_ct_per_kwh(
    recorded_data: Path,
) -> None:
    frame = pl.read_parquet(recorded_data / "futures/de_gas_vtp_index_daily_2015_2022.parquet")
    found = normalized(
        frame.height,
        source="the",
        dataset="gas_index",
        location=frame["market_area"],
        delivery_start=gas_days(frame, 0),
        delivery_end=gas_days(frame, 1),
        value=frame["raw_value"],
    )
    assert not found.quarantined
    assert found.rows["value"].to_list() == frame["price_eur_mwh"].to_list()
    mended = frame.with_row_index().filter(pl.col("raw_value") != pl.col("price_eur_mwh"))
    assert [it.place for it in found.corrections] == mended["index"].to_list()
    assert len(found.corrections) == 268


@pytest.mark.data
def test_a_false_zero_is_taken_out_and_a_negative_settlement_is_kept(recorded_data: Path) -> None:
    frame = pl.read_parquet(recorded_data / "futures/us_energy_futures_curves_2007_2023.parquet")
    frame = frame.filter(pl.col("series").is_in(["CL01", "RB02"])).sort("series", "date")
    day = frame["date"].cast(pl.Datetime("ns")).to_physical()
    found = normalized(
        frame.height,
        source="futures",
        dataset="settlement_price",
        location=frame["series"],
        delivery_start=day,
        delivery_end=day,
        value=frame["value"],
        unit=pl.select(
            pl.when(frame["series"] == "CL01").then(pl.lit("USD/bbl")).otherwise(pl.lit("USD/gal"))
        ).to_series(),
    )
    assert not found.quarantined
    (correction,) = found.corrections
    assert (frame["series"][correction.place], str(frame["date"][correction.place])[:10]) == (
        "RB02",
        "2017-08-27",
    )
    lowest = found.rows.filter(pl.col("location") == "CL:01").sort("value").row(0, named=True)
    assert (lowest["value"], lowest["unit"]) == (-37.63, "USD/bbl")
    assert Flag.JUMP in Flag(lowest["flags"])


def conflated_inputs() -> tuple[Normalizer, pl.DataFrame]:
    rules = """
version = "test"
[[rule]]
name = "sources agree"
kind = "disagreement"
action = "flag"
tolerance = 0.5
[[preference]]
sources = ["nordpool", "entsoe"]
fresh_seconds = 3600
"""
    normalizer = Normalizer(rules)
    frames = []
    for source, value, ts_event in [
        ("entsoe", [50.0, 60.0], [START, START]),
        ("nordpool", [50.2, 61.0], [START, START - 2 * HOUR]),
    ]:
        frame = observations(
            {
                "dataset": "day_ahead_price",
                "location": "FI",
                "delivery_start": [START, START + HOUR],
                "delivery_end": [START + HOUR, START + 2 * HOUR],
                "value": value,
                "unit": "EUR/MWh",
                "ts_event": ts_event,
            },
            2,
        )
        frames.append(normalizer.apply(frame, source=source, ts_recv=START).rows)
    return normalizer, pl.concat(frames)


def test_of_several_sources_the_best_counts_while_it_is_fresh() -> None:
    normalizer, rows = conflated_inputs()
    found = normalizer.conflate(rows)
    assert not found.quarantined
    chosen = found.rows.sort("delivery_start").select("source", "value", "flags").rows()
    assert chosen == [("nordpool", 50.2, 0), ("entsoe", 60.0, int(Flag.DISAGREES))]


def test_conversion_uses_the_rate_that_was_known_and_never_a_later_one() -> None:
    rules = 'version = "1"\n[[dataset]]\nname = "day_ahead_price"\nunit = "MWh"\n'
    rates = (
        "base,quote,known_at,rate\n"
        "EUR,GBP,2026-01-01T00:00:00Z,0.8\n"
        "EUR,GBP,2026-01-01T12:00:00Z,0.5\n"
    )
    normalizer = Normalizer(rules + 'currency = "EUR"\nexact = true\n', rates=rates)
    known = [START - 1, START, START + 12 * HOUR - 1, START + 12 * HOUR]
    frame = observations(
        {
            "dataset": "day_ahead_price",
            "location": "GB",
            "delivery_start": [START + row * HOUR for row in range(4)],
            "delivery_end": [START + (row + 1) * HOUR for row in range(4)],
            "value": 40.0,
            "unit": "GBP/MWh",
            "ts_event": known,
        },
        4,
    )
    found = normalizer.apply(frame, source="elexon", ts_recv=START + 99 * HOUR)
    assert found.rows["value"].to_list() == [50.0, 50.0, 80.0]
    assert found.rows["unit"].unique().to_list() == ["EUR/MWh"]
    assert "no exchange rate was known" in found.quarantined[0].reason


def test_a_lower_revision_that_is_published_later_counts() -> None:
    found = normalized(
        4,
        delivery_start=START,
        delivery_end=START + HOUR,
        value=[1.0, 2.0, 2.0, 3.0],
        ts_event=[10, 20, 20, 15],
        revision=[2, 1, 1, 3],
    )
    assert [Flag(flags) for flags in found.rows["flags"].to_list()] == [
        Flag(0),
        Flag.REVISED,
        Flag.SUPERSEDED,
    ]
    assert "told before by the same publication" in found.quarantined[0].reason


def test_the_same_frames_give_the_same_again() -> None:
    normalizer, _ = conflated_inputs()
    frame = observations(
        {
            "dataset": "load",
            "location": "FI",
            "delivery_start": START,
            "delivery_end": START + HOUR,
            "value": [1.0, 2.0, 1.0],
            "unit": "GW",
            "ts_event": [3, 1, 2],
        },
        3,
    )
    normalizer.reset()
    first = normalizer.apply(frame, source="entsoe", ts_recv=START)
    normalizer.reset()
    again = normalizer.apply(frame, source="entsoe", ts_recv=START)
    assert first.rows.equals(again.rows)
    assert first.rows["value"].to_list() == [1_000.0, 2_000.0, 1_000.0]


def hourly(values: list[float | None]) -> pl.DataFrame:
    return normalized(
        len(values), dataset="load", location="FI", unit="MW", value=values, ts_event=START
    ).rows


@pytest.mark.parametrize(
    ("method", "expected"),
    [("linear", [2.0, 3.0]), ("last_known", [1.0, 1.0]), ("day_before", [None, None])],
)
def test_a_gap_is_filled_as_stated_and_every_filled_value_is_flagged(
    method: Any, expected: list[float | None]
) -> None:
    rows = hourly([1.0, 0.0, 0.0, 4.0])[[0, 3]]
    filled = fill(rows, method=method, interval_seconds=3_600, longest=2)
    made_up = filled.filter(pl.col("flags") & int(Flag.FILLED) != 0)
    assert made_up["value"].to_list() == [it for it in expected if it is not None]
    assert filled.filter(pl.col("flags") & int(Flag.FILLED) == 0).equals(rows)
    assert fill(rows, method=method, interval_seconds=3_600, longest=1).equals(rows)


def test_a_filled_value_never_reaches_settlement_or_matching() -> None:
    observed = normalized(3).rows
    prices = reference_prices(observed, instrument=7, kind="day_ahead", run="final")
    assert [float(str(price.price)) for price in prices] == [50.0] * 3
    filled = fill(observed[[0, 2]], method="linear", interval_seconds=3_600, longest=4)
    assert filled.height == 3
    with pytest.raises(InputError, match=r"1 of 3 rows are no prices of record.*DE-LU is filled"):
        reference_prices(filled, instrument=7, kind="day_ahead", run="final")
    missing = normalized(1, value=[None]).rows
    with pytest.raises(InputError, match="missing"):
        reference_prices(missing, instrument=7, kind="day_ahead", run="final")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["10Y1001A1001A82H", "FR", "nowhere"]),
            st.sampled_from(["EUR/MWh", "ct/kWh", "MW", "furlong"]),
            st.one_of(st.none(), st.floats()),
            st.integers(-5, 5),
        ),
        max_size=30,
    )
)
def test_every_row_is_kept_or_set_aside(rows: list[tuple[str, str, float | None, int]]) -> None:
    found = normalized(
        len(rows),
        location=[row[0] for row in rows],
        unit=[row[1] for row in rows],
        value=pl.Series([row[2] for row in rows], dtype=pl.Float64),
        delivery_start=[START + row[3] * HOUR for row in rows],
        delivery_end=[START + (row[3] + 1) * HOUR for row in rows],
    )
    places = [int(it.place.removeprefix("row ")) for it in found.quarantined]
    assert sorted(found.rows["place"].to_list() + places) == list(range(len(rows)))


@pytest.mark.data
def test_recorded_real_time_prices_pass_from_the_floor_to_the_cap(recorded_data: Path) -> None:
    frame = pl.read_parquet(recorded_data / "rt5/nem_vic1_5min_2024_2025.parquet")
    end = frame["interval_end_aest"].cast(pl.Datetime("ns")).to_physical() - 10 * HOUR
    found = normalized(
        frame.height,
        source="aemo",
        dataset="real_time_price",
        location="VIC1",
        delivery_start=end - HOUR // 12,
        delivery_end=end,
        value=frame["rrp_aud_mwh"],
        unit="AUD/MWh",
    )
    assert not found.quarantined
    assert (found.rows["value"].min(), found.rows["value"].max()) == (-1_000.0, 17_500.0)


@pytest.mark.long
@pytest.mark.data
def test_recorded_prices_of_new_york_pass(recorded_data: Path) -> None:
    frame = pl.read_parquet(recorded_data / "rt5/nyiso_nyc_5min_2011h2_2019.parquet")
    price = next(name for name in frame.columns if name.startswith("rt"))
    stamps = frame["interval_start_local"].cast(pl.Datetime("ns")).to_physical().to_numpy()
    periods = local_periods(stamps, "America/New_York", interval_seconds=300)
    there = periods.delivery_start > np.iinfo(np.int64).min
    # 12 slots of each spring from 2012 to 2019 that clocks never showed.
    assert int((~there).sum()) == 8 * 12
    found = normalized(
        int(there.sum()),
        source="nyiso",
        dataset="real_time_price",
        location="N.Y.C.",
        delivery_start=periods.delivery_start[there],
        delivery_end=periods.delivery_end[there],
        value=frame[price].to_numpy()[there],
        unit="USD/MWh",
    )
    assert not found.quarantined
    assert (found.rows["value"].min(), found.rows["value"].max()) == (-1_922.72, 2_454.48)


@pytest.mark.data
def test_hours_that_clocks_show_twice_are_two_hours(recorded_data: Path) -> None:
    frame = pl.read_parquet(recorded_data / "load_weather/pjm_aep_load_hourly_2004_2018.parquet")
    stamps = frame["ts_ept"].cast(pl.Datetime("ns")).to_physical().to_numpy()
    doubled = int(frame["ts_ept"].is_duplicated().sum()) // 2
    assert doubled == 4
    folds: tuple[tuple[Literal["first", "in_order"], int], ...] = (("first", 4), ("in_order", 0))
    for fold, aside in folds:
        periods = local_periods(
            np.sort(stamps), "America/New_York", interval_seconds=3_600, at_end=True, fold=fold
        )
        order = np.argsort(stamps, kind="stable")
        there = periods.delivery_start > np.iinfo(np.int64).min
        found = normalized(
            int(there.sum()),
            source="pjm",
            dataset="load",
            location="AEP",
            delivery_start=periods.delivery_start[there],
            delivery_end=periods.delivery_end[there],
            value=frame["load_mw"].to_numpy()[order][there],
            unit="MW",
        )
        assert len(found.quarantined) == aside, fold
