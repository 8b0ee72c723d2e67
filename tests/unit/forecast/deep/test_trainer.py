"""One trainer: it learns, goes on where it was, and survives a worker's death bit by bit."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead import Market
from wattbook.forecast.deep import TrainSettings, launch
from wattbook.forecast.deep.table import DayTable, table_of
from wattbook.workers import Workers

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.long

from wattbook.forecast.deep.nets import QUANTILES, network, pinball  # noqa: E402
from wattbook.forecast.deep.trainer import CHECKPOINT, train  # noqa: E402
from wattbook.forecast.deep.worker import Worker  # noqa: E402

ALONE = Worker(0, 1, torch.device("cpu"))
SMALL = TrainSettings(
    "nowhere", "XX", net="dense", width=16, layers=1, steps=40, batch=16, checkpoint_steps=10,
    judged_days=28,
)  # fmt: skip


@pytest.fixture(scope="module")
def table(market: Market) -> DayTable:
    return table_of(market, SMALL.judged_days)


def weights(folder: Path) -> dict[str, Any]:
    held: dict[str, Any] = torch.load(folder / CHECKPOINT, weights_only=True)
    return held


def is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("net", ["dense", "lstm", "transformer"])
def test_a_net_answers_each_hour_and_learns(net: Any, table: DayTable, tmp_path: Path) -> None:
    made = network(net, table.inputs.shape[2], 16, 1)(torch.from_numpy(table.inputs[:3]))
    assert made.shape == (3, 24, len(QUANTILES))
    short = replace(SMALL, net=net, steps=12, rate=1e-2)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    found = train(short, table, tmp_path / "one", ALONE)
    begun = train(replace(short, steps=1, rate=1e-9), table, tmp_path / "two", ALONE)
    assert found["mae"] < begun["mae"]
    assert found["samples_parameters_per_second"] > 0.0


def test_the_quantile_loss_is_least_at_the_quantiles() -> None:
    real = torch.linspace(0.0, 1.0, 1_001).unsqueeze(1).expand(-1, 24)
    level = torch.tensor(QUANTILES).expand(1_001, 24, -1)
    least = pinball(level, real)
    for shift in (-0.05, 0.05):
        assert pinball(level + shift, real) > least


def test_a_training_that_was_cut_gives_the_same_weights(table: DayTable, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    train(SMALL, table, whole, ALONE)

    class Cut(Worker):
        """Dies in its twenty-fifth step."""

        steps = 0

        def add_up(self, parameters: list[Any]) -> None:
            Cut.steps += 1
            if Cut.steps == 25:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(SMALL, table, cut, Cut(0, 1, torch.device("cpu")))
    assert weights(cut)["step"] == 20
    found = train(SMALL, table, cut, ALONE)
    assert found["steps_now"] == 20
    assert is_same(weights(whole)["net"], weights(cut)["net"])
    with pytest.raises(ForecastError, match="other settings"):
        train(replace(SMALL, width=17), table, cut, ALONE)


def test_products_of_sixteen_bits_learn_as_well(table: DayTable, tmp_path: Path) -> None:
    mixed = replace(SMALL, mixed=True, rate=1e-2)
    found = train(mixed, table, tmp_path, ALONE)
    assert np.isfinite(found["mae"])
    assert {each.dtype for each in weights(tmp_path)["net"].values()} == {torch.float32}


def test_shares_that_are_not_even_and_rates_that_explode_are_refused(
    table: DayTable, tmp_path: Path
) -> None:
    with pytest.raises(ForecastError, match="batch of 16 days cannot be shared by 3 workers"):
        SMALL.check(3)
    with pytest.raises(ForecastError, match="give a smaller rate"):
        train(replace(SMALL, rate=1e30), table, tmp_path, ALONE)


@pytest.mark.slow
def test_a_worker_that_is_killed_changes_no_weight(
    undisturbed: tuple[TrainSettings, Path], tmp_path: Path
) -> None:
    """Two processes over loopback; one is killed, the launcher starts both anew."""
    asked, whole = undisturbed
    cut = tmp_path / "cut"
    killed: list[int] = []

    def kill() -> None:
        # Not before a checkpoint is there, and long before the end.
        limit = time.monotonic() + 120.0
        while not (cut / CHECKPOINT).exists() and time.monotonic() < limit:
            time.sleep(0.01)
        number = int((cut / "worker-1.pid").read_text())
        os.kill(number, signal.SIGKILL)
        killed.append(number)

    killer = threading.Thread(target=kill)
    killer.start()
    found = launch(asked, cut, Workers(2))
    killer.join()
    assert len(killed) == 1
    # It did not begin from nothing, and not all was done when it began again.
    assert 0 < found["steps_now"] < asked.steps
    assert int((cut / "worker-1.pid").read_text()) != killed[0]
    assert is_same(weights(whole)["net"], weights(cut)["net"])
    assert json.loads((cut / "trained.json").read_text())["workers"] == 2
