"""Of several sources one counts, as of any instant; what nobody told is filled and kept apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from direct_reader import DirectReader
from wattbook.cli import main
from wattbook.errors import InputError
from wattbook.ingest.normalization import METHODS, Flag
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.runtime.ingest.series import (
    Filling,
    conflated,
    fill_gaps,
    filled,
    filled_store,
    prices_of_record,
)
from wattbook.store.observations import Batch, ObservationStore, Span
from wattbook.store.observations.store import FILLED

HOUR = 3_600_000_000_000
NOON = 1_743_336_000_000_000_000
PRICES = Span(dataset="day_ahead_price", location="FR")


def frame(hours: list[int], values: list[float | None], **given: Any) -> pl.DataFrame:
    told = {"dataset": "day_ahead_price", "location": "FR", "unit": "EUR/MWh", "flags": 0} | given
    return pl.DataFrame(
        {
            "delivery_start": [NOON + hour * HOUR for hour in hours],
            "delivery_end": [NOON + (hour + 1) * HOUR for hour in hours],
            "value": values,
            "place": list(range(len(hours))),
        },
        schema_overrides={"value": pl.Float64},
    ).with_columns(**{name: pl.lit(value) for name, value in told.items()})


def put(
    under_test: Pipeline, source: str, rows: pl.DataFrame, ts_recv: int, payload: str = ""
) -> None:
    name = payload or f"{source}-{ts_recv}"
    under_test.observations.append(Batch(source, "prices", name, ts_recv, rows))


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path / "store", now=lambda: NOON, reader=DirectReader())


def test_the_preferred_source_counts_unless_it_is_stale_or_silent(pipeline: Pipeline) -> None:
    put(pipeline, "entsoe", frame([0, 1, 2], [10.0, 11.0, 12.0], ts_event=NOON), NOON)
    put(pipeline, "nordpool", frame([0, 1], [20.0, 21.0], ts_event=NOON), NOON + 1)
    found = conflated(pipeline, PRICES).rows
    assert found.select("source", "value").rows() == [
        ("nordpool", 20.0),
        ("nordpool", 21.0),
        ("entsoe", 12.0),
    ]
    # A day fresher, by the preferences that ship: the better source no longer counts.
    late = frame([0], [30.0], ts_event=NOON + 25 * HOUR)
    put(pipeline, "entsoe", late, NOON + 25 * HOUR)
    assert conflated(pipeline, PRICES).rows["value"].to_list() == [30.0, 21.0, 12.0]
    assert conflated(pipeline, PRICES, at=NOON + 1).rows["value"].to_list() == [20.0, 21.0, 12.0]
    assert conflated(pipeline, PRICES, at=NOON).rows["value"].to_list() == [10.0, 11.0, 12.0]


def test_rows_without_flags_are_conflated_and_no_rows_are_none(pipeline: Pipeline) -> None:
    assert conflated(pipeline, PRICES).rows.is_empty()
    put(pipeline, "entsoe", frame([0], [1.0]).drop("flags"), NOON)
    assert conflated(pipeline, PRICES).rows["value"].to_list() == [1.0]


def test_a_gap_is_filled_beside_the_observations_and_nowhere_else(pipeline: Pipeline) -> None:
    put(pipeline, "entsoe", frame([0, 1, 4], [10.0, 20.0, 50.0]), NOON)
    before = pipeline.observations.versions().collect()
    filling = Filling("linear", 3_600, 4)
    assert fill_gaps(pipeline, PRICES, filling) == 2
    assert fill_gaps(pipeline, PRICES, filling) == 0
    made = filled(pipeline, PRICES)
    assert made["value"].to_list() == [30.0, 40.0]
    assert set(made["method"]) == {"linear"}
    assert all(Flag(flags) is Flag.FILLED for flags in made["flags"])
    # The observations are what they were, and none of the ways that read them gives a filled one.
    assert pipeline.observations.versions().collect().equals(before)
    assert conflated(pipeline, PRICES).rows["value"].to_list() == [10.0, 20.0, 50.0]
    # Another method counts from then on, and a value that comes takes the place of the filled one.
    assert fill_gaps(pipeline, PRICES, Filling("last_known", 3_600, 4)) == 2
    assert filled(pipeline, PRICES)["value"].to_list() == [20.0, 20.0]
    put(pipeline, "entsoe", frame([2], [31.0]), NOON + 5)
    assert filled(pipeline, PRICES)["value"].to_list() == [20.0]
    assert filled(pipeline, PRICES)["delivery_start"].to_list() == [NOON + 3 * HOUR]


@pytest.mark.parametrize("method", METHODS)
def test_a_part_of_a_series_is_filled_as_the_whole_of_it_is(
    pipeline: Pipeline, tmp_path: Path, method: Any
) -> None:
    # Ten days of hours with a gap of two at the end of the ninth day and over its midnight.
    hours = [hour for hour in range(240) if hour not in (200, 201, 215, 216)]
    values: list[float | None] = [float(hour % 24 + hour // 24) for hour in hours]
    whole = Pipeline(tmp_path / "whole", now=lambda: NOON, reader=DirectReader())
    for store in (pipeline, whole):
        put(store, "entsoe", frame(hours, values), NOON)
    filling = Filling(method, 3_600, 2)
    assert fill_gaps(whole, PRICES, filling) == 4
    expected = filled(whole, PRICES).select("delivery_start", "value", "method").rows()
    # The span begins within the first gap and ends within the second: what lies outside stays.
    span = Span("", "day_ahead_price", "FR", "", NOON + 201 * HOUR, NOON + 216 * HOUR)
    assert fill_gaps(pipeline, span, filling) == 2
    made = filled(pipeline, PRICES).select("delivery_start", "value", "method").rows()
    assert made == expected[1:3]
    assert fill_gaps(pipeline, span, filling) == 0


def test_a_gap_that_another_source_covers_is_no_gap(pipeline: Pipeline) -> None:
    put(pipeline, "entsoe", frame([0, 2], [10.0, 12.0]), NOON)
    put(pipeline, "omie", frame([1], [11.0]), NOON)
    assert fill_gaps(pipeline, PRICES, Filling("linear", 3_600, 4)) == 0


def test_the_stores_refuse_each_others_rows(pipeline: Pipeline) -> None:
    assert FILLED == Flag.FILLED
    made_up = frame([0], [1.0], flags=int(Flag.FILLED | Flag.STALE))
    with pytest.raises(InputError, match=r"1 rows of entsoe .* were filled in"):
        put(pipeline, "entsoe", made_up, NOON)
    with pytest.raises(InputError, match="were filled in"):
        pipeline.observations.correct(Batch("entsoe", "prices", "ab", 1, made_up), 2)
    observed = frame([0], [1.0], flags=int(Flag.STALE))
    with pytest.raises(InputError, match="1 rows of x ab were observed"):
        filled_store(pipeline).append(Batch("x", "prices", "ab", 1, observed))
    assert pipeline.observations.as_known().is_empty()


def test_prices_of_record_are_observed_ones_or_none(pipeline: Pipeline) -> None:
    told: dict[str, Any] = {"instrument": 7, "kind": "day_ahead", "run": "final"}
    put(pipeline, "entsoe", frame([0, 1, 3], [10.0, -5.0, 30.0]), NOON)
    fill_gaps(pipeline, PRICES, Filling("linear", 3_600, 4))
    with pytest.raises(InputError, match="1 delivery periods are missing"):
        prices_of_record(pipeline, PRICES, **told)
    put(pipeline, "omie", frame([2], [20.0]), NOON)
    found = prices_of_record(pipeline, PRICES, **told)
    assert [start for start, _ in found] == [NOON + hour * HOUR for hour in range(4)]
    assert [float(str(one.price)) for _, one in found] == [10.0, -5.0, 20.0, 30.0]
    for start, end in ((-1, 4), (0, 5)):
        wide = Span("", "day_ahead_price", "FR", "", NOON + start * HOUR, NOON + end * HOUR)
        with pytest.raises(InputError, match=r"deliveries (begin|end) at"):
            prices_of_record(pipeline, wide, **told)
    put(pipeline, "entsoe", frame([4], [None], flags=int(Flag.MISSING)), NOON + 1)
    with pytest.raises(InputError, match="1 delivery periods have no value"):
        prices_of_record(pipeline, PRICES, **told)
    put(pipeline, "entsoe", frame([0], [1.0], location="ES"), NOON + 2)
    with pytest.raises(InputError, match="2 series are wanted at once"):
        prices_of_record(pipeline, Span(dataset="day_ahead_price"), **told)


def test_the_quality_view_tells_what_counts_and_what_was_filled(
    pipeline: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(pipeline, "entsoe", frame([0, 1, 3], [10.0, 20.0, 40.0]), NOON)
    put(pipeline, "nordpool", frame([0], [10.5]), NOON)
    fill_gaps(pipeline, PRICES, Filling("linear", 3_600, 4))
    changed = pl.DataFrame({"place": [0], "rule": ["sign"], "before": [-1.0], "after": [1.0]})
    rows = frame([9], [1.0], location="ES")
    table = {"correction": changed}
    pipeline.observations.append(Batch("entsoe", "prices", "cd", NOON, rows, table))
    told = ["--metrics", str(tmp_path / "q.prom"), "--html", str(tmp_path / "q.html")]
    command = ["ingest", "quality", "--store", str(pipeline.root), "--json", *told]
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counting"] == [
        ["day_ahead_price", "entsoe", 3],
        ["day_ahead_price", "nordpool", 1],
    ]
    assert found["filled"] == [["day_ahead_price", "linear", 1]]
    assert found["corrections"] == [["entsoe", "sign", 1]]
    metrics = (tmp_path / "q.prom").read_text()
    for line in (
        'periods_counting{dataset="day_ahead_price",source="nordpool"} 1',
        'periods_filled{dataset="day_ahead_price",method="linear"} 1',
        'values_corrected{source="entsoe",rule="sign"} 1',
    ):
        assert f"wattbook_ingest_{line}\n" in metrics
    assert "Filled because nobody told" in (tmp_path / "q.html").read_text()


def test_the_commands_print_write_fill_and_refuse(
    pipeline: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(pipeline, "entsoe", frame([0, 1, 3], [10.0, 20.0, 40.0]), NOON)
    put(pipeline, "omie", frame([3], [39.0]), NOON)
    store = ["--store", str(pipeline.root), "--plain"]
    series = ["ingest", "series", "day_ahead_price", "--location", "FR", *store]
    fill = ["ingest", "fill", "day_ahead_price", "--method", "linear", *store]
    assert main(series) == 0
    out = capsys.readouterr().out
    assert "3 rows: 2 of entsoe, 1 of omie" in out
    assert "disagrees" in out
    assert main([*fill, "--interval", "3600"]) == 0
    assert "1 values are new, filled by linear" in capsys.readouterr().out
    assert main([*series, "--filled", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["value"], row["method"]) for row in rows] == [
        (10.0, None),
        (20.0, None),
        (29.5, "linear"),
        (39.0, None),
    ]
    out_file = tmp_path / "prices.csv"
    assert main([*series, "--out", str(out_file)]) == 0
    assert pl.read_csv(out_file)["value"].to_list() == [10.0, 20.0, 39.0]
    capsys.readouterr()
    assert main([*series, "--record", "day_ahead"]) == 2
    assert "1 delivery periods are missing" in capsys.readouterr().err
    for wrong, said in (
        ([*series, "--record", "day_ahead", "--filled"], "leave --filled and --at out"),
        ([*series, "--out", str(tmp_path / "x.txt")], "end the name in .csv or .parquet"),
        ([*series, "--out", str(tmp_path / "no" / "x.csv")], "cannot be written (No such file"),
        ([*series, "--out", str(tmp_path / "no" / "x.parquet")], "cannot be written (No such file"),
        ([*fill, "--interval", "0"], "give both above 0"),
    ):
        assert main(wrong) == 2
        assert said in capsys.readouterr().err
    assert ObservationStore(pipeline.root / "observations").as_known().height == 4
