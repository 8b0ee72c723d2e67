"""Versions never change, the champion is the last promoted, and a run names who advised it."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.cli import main
from wattbook.errors import ForecastError
from wattbook.forecast import Persistence, SeasonalRegression
from wattbook.forecast.registry import Registry, fitted_of, saved
from wattbook.ingest import Series, normalize
from wattbook.sources import SOURCES

DAY_NS = 86_400 * 10**9
NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture(scope="module")
def series() -> Series:
    return normalize(SOURCES["generated"].read(None, 7)[0])[0]


@pytest.fixture
def registry(tmp_path: Path, series: Series) -> Registry:
    made = Registry(tmp_path / "models")
    until = int(series.delivery_start[-1]) - 5 * DAY_NS
    for horizon in (3, 12):
        fitted = SeasonalRegression(horizon).fit(series, until)
        made.register("day", fitted, trained=(0, until), metrics={"mae": 1.5}, made_at=NOW)
    return made


@pytest.mark.parametrize("model", [SeasonalRegression(3), Persistence(3), Persistence(3, "last")])
def test_a_saved_model_forecasts_alike(
    model: SeasonalRegression | Persistence, series: Series
) -> None:
    fitted = model.fit(series, int(series.delivery_start[-1]) - 3 * DAY_NS)
    again = fitted_of(json.loads(json.dumps(saved(fitted))), "model.json")
    asked = series.delivery_start[-576:]
    one, other = fitted.predict(series, asked), again.predict(series, asked)
    assert np.array_equal(one.price, other.price, equal_nan=True)
    assert np.array_equal(one.confidence, other.confidence)


def test_another_schema_version_is_refused_by_its_file(registry: Registry) -> None:
    path = registry.folder / "day" / "1" / "model.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "schema_version": 1}))
    with pytest.raises(
        ForecastError, match=r"day/1/model.json: schema version 1, this release reads 2"
    ):
        registry.promote("day", 1, at=NOW, reason="test")


def test_a_model_file_that_was_changed_is_refused(registry: Registry) -> None:
    path = registry.folder / "day" / "2" / "model.json"
    document = json.loads(path.read_text())
    document["coefficients"][0] += 1.0
    path.write_text(json.dumps(document))
    with pytest.raises(ForecastError, match="was changed after it was registered"):
        registry.load("day", 2)


@pytest.mark.parametrize(
    "broken", [{"coefficients": [float("nan")]}, {"scale": {}}, {"kind": "oracle"}]
)
def test_a_broken_model_file_is_refused(broken: dict[str, object], registry: Registry) -> None:
    document = json.loads((registry.folder / "day" / "1" / "model.json").read_text())
    with pytest.raises(ForecastError):
        fitted_of({**document, **broken}, "model.json")


@given(acts=st.lists(st.sampled_from(["1", "2", "back"]), max_size=12))
@settings(max_examples=25, deadline=None)
def test_the_champion_is_the_last_promoted_that_was_not_taken_back(
    acts: list[str], tmp_path_factory: pytest.TempPathFactory, series: Series
) -> None:
    registry = Registry(tmp_path_factory.mktemp("models"))
    fitted = Persistence(3).fit(series, int(series.delivery_start[-1]))
    for _ in range(2):
        registry.register("day", fitted, trained=(0, 1), metrics={}, made_at=NOW)
    stack: list[int] = []
    for act in acts:
        if act != "back":
            registry.promote("day", int(act), at=NOW, reason="test")
            stack.append(int(act))
        elif len(stack) > 1:
            stack.pop()
            assert registry.rollback("day", at=NOW, reason="test") == stack[-1]
        else:
            with pytest.raises(ForecastError, match="no earlier champion"):
                registry.rollback("day", at=NOW, reason="test")
    if stack:
        assert registry.champion("day") == stack[-1]
    else:
        with pytest.raises(ForecastError, match="has no champion"):
            registry.champion("day")


def test_a_version_forecasts_only_after_what_it_learnt_from(
    registry: Registry, series: Series
) -> None:
    champion = registry.model("day@1", 3)
    asked = series.delivery_start[-288:]
    later = champion.fit(series, champion.trained_until).predict(series, asked)
    earlier = champion.fit(series, champion.trained_until - DAY_NS).predict(series, asked)
    other = registry.model("day@1", 4).fit(series, champion.trained_until).predict(series, asked)
    assert later.model == "day@1"
    assert (earlier.model, other.model) == ("day@1 refitted", "day@1 refitted")


@pytest.mark.long
def test_a_run_takes_the_champion_and_its_signals_name_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from wattbook.runtime.desk.builtin import builtin_text

    models = tmp_path / "models"
    fit = ["forecast", "fit", "day", "--market", "generated day", "--registry", str(models)]
    assert main([*fit, "--promote", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    desk = tmp_path / "desk.toml"
    text = builtin_text("generated").partition("# --- Four coupled zones")[0]
    desk.write_text(text.replace('model = "seasonal"', f'champion = "day"\nregistry = "{models}"'))
    run = ["run", str(desk), "--out", str(tmp_path / "run"), "--plain"]
    assert main(run) == 0
    table = pl.read_parquet(tmp_path / "run" / "signals.parquet")
    advised = table.filter(pl.col("confidence_ppm") < 1_000_000)
    assert advised.height > 10
    # A day is planned on with another horizon than the version has, from its settings.
    forecast = advised.drop_nulls("model")
    assert forecast.height > 2
    assert set(forecast["model"]) <= {"day@1", "day@1 refitted"}
    assert forecast["features"].str.len_chars().unique().to_list() == [16]
    assert forecast["order_id"].null_count() == 0
    assert made["features"]
    # What a rule decides names no model.
    assert table.filter(pl.col("confidence_ppm") == 1_000_000)["model"].null_count() > 0
    # A later promotion does not reach into a run that is resumed.
    assert main([*fit, "--promote"]) == 0
    assert main([*run, "--resume"]) == 0
    asked = json.loads((tmp_path / "run" / "run.json").read_text())["asked"]
    assert asked["models"] == {"generated day": "day@1"}
