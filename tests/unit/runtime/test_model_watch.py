"""A day's model under watch: the registry follows its contest once, and alerts see its drift."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from wattbook.api.answers.forecasts import Contest
from wattbook.forecast import SeasonalRegression
from wattbook.forecast.refit import Decision, Refits
from wattbook.forecast.registry import Registry
from wattbook.ingest import Series, normalize
from wattbook.runtime.desk.spec import ForecastSpec
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.paper import Edge
from wattbook.runtime.paper.model_watch import ModelWatch
from wattbook.sources import SOURCES

HORIZON = 3
AT = 1_780_000_000_000_000_000


@pytest.fixture(scope="module")
def series() -> Series:
    return normalize(SOURCES["generated"].read(None, 7)[0])[0]


@pytest.fixture
def registry(tmp_path: Path, series: Series) -> Registry:
    made = Registry(tmp_path / "models")
    fitted = SeasonalRegression(HORIZON).fit(series, int(series.delivery_start[-400]))
    made.register("day", fitted, trained=(0, AT), metrics={"mae": 1.0}, made_at="then")
    made.promote("day", 1, at="then", reason="when it was fitted")
    return made


def watch_of(
    series: Series, registry: Registry, champion: str | None, seen: list[dict[str, Any]]
) -> ModelWatch:
    """Return the watch over a day of which some hours have passed."""
    start = int(series.delivery_start[-120])
    interval = series.interval_seconds * 10**9
    base = SeasonalRegression(HORIZON).fit(series, start)
    refits = Refits(base, "day@1", 15 * 60 * 10**9)
    first = int(series.delivery_start[0])
    for place in range(-120, 0, HORIZON):
        now = int(series.delivery_start[place])
        refits.told(now, float(series.price[place]), now)
        refits.forecast(series.between(first, now + 1), now + HORIZON * interval, now)
    part = SimpleNamespace(
        day=SimpleNamespace(start=start), spec=SimpleNamespace(name="generated day")
    )
    edge = SimpleNamespace(refits=refits, part=part, series=series, on_decision=None)
    folder = RunFolder(registry.folder.parent / "run")
    folder.path.mkdir(exist_ok=True)
    spec = ForecastSpec(champion=champion, registry=str(registry.folder))
    return ModelWatch(cast(Edge, edge), spec, folder, seen.append)


def test_the_registry_follows_the_contest_once(series: Series, registry: Registry) -> None:
    watch = watch_of(series, registry, "day", [])
    refits = watch.edge.refits
    assert refits is not None
    won = Decision("warm", "daily", refits.lines["warm"], AT, 140, is_promotion=True)
    for _ in range(2):
        # A run that is resumed decides the same again.
        watch.edge.on_decision(won)
    assert registry.numbers("day") == [1, 2]
    assert registry.champion("day") == 2
    _, fitted = registry.load("day", 2)
    assert fitted.model == SeasonalRegression(HORIZON)
    # A challenger that lost changes nothing; one that wins back takes the promotion back.
    watch.decided(Decision("warm", "daily", refits.base, AT + 1, 150, is_promotion=False))
    watch.decided(Decision("daily", "warm", refits.base, AT + 2, 160, is_promotion=True))
    assert registry.champion("day") == 1
    reasons = [entry["reason"] for entry in registry.log("day")]
    assert reasons[1:] == [
        "the warm line beat the daily one after 140 intervals",
        "the daily line beat the warm one after 160 intervals",
    ]
    watch.close(AT + 3)
    last = registry.log("day")[-1]
    assert (last["act"], last["version"]) == ("watch", 1)
    assert last["seen"]["refits"] > 0
    assert registry.champion("day") == 1


@pytest.mark.parametrize("champion", ["day@1", None])
def test_a_version_that_was_named_stays(
    champion: str | None, series: Series, registry: Registry
) -> None:
    watch = watch_of(series, registry, champion, [])
    refits = watch.edge.refits
    assert refits is not None
    watch.decided(Decision("warm", "daily", refits.base, AT, 140, is_promotion=True))
    watch.close(AT)
    assert registry.numbers("day") == [1]
    assert len(registry.log("day")) == 1


def test_it_looks_once_an_hour_and_keeps_what_it_saw(series: Series, registry: Registry) -> None:
    seen: list[dict[str, Any]] = []
    watch = watch_of(series, registry, "day", seen)
    status = SimpleNamespace(now=AT)
    for minutes in (0, 30, 61, 90):
        watch.look(cast(Any, SimpleNamespace(now=status.now + minutes * 60 * 10**9)))
    assert len(seen) == 2
    kept = json.loads((watch.folder.path / "models.json").read_text())
    assert kept == [seen[-1]]
    # As the desk's route of contests tells it.
    assert Contest.model_validate(kept[0]).line == "daily"
    assert kept[0]["missed"] == 0
    assert set(kept[0]["stability"]) == {
        "newest", "period change", "hour change", "day lag", "week lag", "day move",
    }  # fmt: skip
    assert kept[0]["error"] > 0.0
    watch.close(AT)
