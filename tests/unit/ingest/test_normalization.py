"""Rows of every source take one form, and what cannot be trusted is set aside with a reason."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from wattbook.errors import InputError
from wattbook.ingest.normalization import ROW_COLUMNS, Flag, Normalized, Normalizer
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
