"""Trained networks as ONNX files: the answers are those of PyTorch, whatever the number of rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead import Market
from wattbook.forecast.deep import TrainSettings
from wattbook.forecast.deep.table import DayTable, table_of
from wattbook.forecast.serving import ServedModel, quantized

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.long

from wattbook.forecast.deep.export import trained_file  # noqa: E402
from wattbook.forecast.deep.nets import network  # noqa: E402
from wattbook.forecast.deep.trainer import CHECKPOINT, train  # noqa: E402
from wattbook.forecast.deep.worker import Worker  # noqa: E402

ALONE = Worker(0, 1, torch.device("cpu"))
SMALL = TrainSettings(
    "nowhere", "XX", net="dense", width=16, layers=1, steps=20, batch=16, checkpoint_steps=20,
    judged_days=28, rate=1e-2,
)  # fmt: skip


@pytest.fixture(scope="module")
def table(market: Market) -> DayTable:
    return table_of(market, SMALL.judged_days)


@pytest.mark.parametrize("net", ["dense", "lstm", "transformer"])
def test_a_file_answers_as_the_network_does(net: Any, table: DayTable, tmp_path: Path) -> None:
    settings = replace(SMALL, net=net)
    train(settings, table, tmp_path, ALONE)
    file = trained_file(tmp_path, settings, table)
    made = network(net, table.inputs.shape[2], 16, 1)
    held = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    made.load_state_dict(held["net"])
    with torch.no_grad():
        tame = made(torch.from_numpy(table.inputs)).numpy()
    expected = np.stack([table.goal.back(tame[:, :, place]) for place in range(3)], axis=2)
    served = ServedModel.load(net, file, table.rows.shape[1])
    for rows in (slice(0, 1), slice(3, 40), slice(None)):
        found = served.predict(np.ascontiguousarray(table.rows[rows]))
        assert found.reshape(-1, 24, 3) == pytest.approx(expected[rows], rel=2e-4, abs=2e-3)
    # A missing input stands at its median.
    lacking = table.rows[:2].copy()
    lacking[1, 5] = np.nan
    at_median = lacking.copy()
    at_median[1, 5] = table.scale.middle[5]
    assert served.predict(lacking) == pytest.approx(served.predict(at_median), abs=1e-6)


def test_eight_bits_cost_little(table: DayTable, tmp_path: Path) -> None:
    settings = replace(SMALL, width=64, layers=2)
    train(settings, table, tmp_path, ALONE)
    whole = trained_file(tmp_path, settings, table)
    small = quantized(whole, table.rows[: table.judged.start])
    errors = []
    for file in (whole, small):
        answers = ServedModel.load("dense", file, table.rows.shape[1]).predict(
            np.ascontiguousarray(table.rows[table.judged])
        )
        median = answers.reshape(-1, 24, 3)[:, :, 1]
        errors.append(float(np.abs(median - table.prices).mean()))
    assert errors[0] != errors[1]
    assert errors[1] == pytest.approx(errors[0], rel=0.02)


def test_what_was_not_trained_so_is_refused(table: DayTable, tmp_path: Path) -> None:
    with pytest.raises(ForecastError, match="train first"):
        trained_file(tmp_path, SMALL, table)
    train(SMALL, table, tmp_path, ALONE)
    with pytest.raises(ForecastError, match="of other settings"):
        trained_file(tmp_path, replace(SMALL, width=8), table)
