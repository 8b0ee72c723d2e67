"""Weeks, trainings and searches over Ray: what comes of them is what comes of them without."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from wattbook.forecast.day_ahead import Backtest, LearMember, NetworkMember
from wattbook.forecast.deep import launch
from wattbook.forecast.tuning import Tuning, tune
from wattbook.workers import Workers

if TYPE_CHECKING:
    from wattbook.forecast.deep import TrainSettings

torch = pytest.importorskip("torch")
optuna = pytest.importorskip("optuna")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_here")]
RAY = Workers(2, "local")


def test_weeks_are_the_same(benchmark_folder: Path, tmp_path: Path) -> None:
    members = (LearMember(56), NetworkMember(84, networks=1, epochs=4))
    alone = Backtest(benchmark_folder, "XX", tmp_path / "alone", 7, members, warm_up_weeks=1)
    spread = dataclasses.replace(alone, out=tmp_path / "ray")
    assert list(alone.run()) == list(spread.run(RAY)) == [(0, 2), (1, 2), (2, 2)]
    names = sorted(path.name for path in alone.folder.glob("*.parquet"))
    assert len(names) == 2
    for name in names:
        assert pl.read_parquet(alone.folder / name).equals(pl.read_parquet(spread.folder / name))


def weights(folder: Path) -> dict[str, Any]:
    held: dict[str, Any] = torch.load(folder / "checkpoint.pt", weights_only=True)["net"]
    return held


def test_a_training_outlives_a_killed_worker(
    undisturbed: tuple[TrainSettings, Path], tmp_path: Path
) -> None:
    """Ray Train starts both workers anew; they go on, and agree with PyTorch's own launcher."""
    asked, whole = undisturbed
    cut = tmp_path / "cut"
    killed: list[int] = []

    def kill() -> None:
        # Not before a checkpoint is there, and long before the end.
        limit = time.monotonic() + 600.0
        while not (cut / "checkpoint.pt").exists() and time.monotonic() < limit:
            time.sleep(0.01)
        killed.append(int((cut / "worker-1.pid").read_text()))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    found = launch(asked, cut, RAY)
    killer.join()
    assert 0 < found["steps_now"] < asked.steps
    assert found["workers"] == 2
    assert int((cut / "worker-1.pid").read_text()) != killed[0]
    one, other = weights(whole), weights(cut)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert not (cut / ".ray-train").exists()


def trials(path: Path) -> list[tuple[dict[str, float], float]]:
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{path}")
    return [(trial.params, trial.value) for trial in study.trials]


def test_a_search_finds_the_same_and_goes_on(long_market: Path, tmp_path: Path) -> None:
    search = Tuning(long_market, "XX", "lear", tmp_path / "alone.db", judged_days=14, every=2)
    one_by_one = Workers(1, "local")
    alone = tune(search, 4)
    spread = dataclasses.replace(search, path=tmp_path / "ray.db")
    told: list[int] = []
    tune(spread, 2, lambda done, _: told.append(done), one_by_one)
    assert trials(spread.path) == trials(search.path)[:2]
    found = tune(spread, 4, lambda done, _: told.append(done), RAY)
    assert told == [1, 2, 3, 4]
    assert found.trials == 4
    assert found.default_error == alone.default_error
    assert found.error <= found.default_error
