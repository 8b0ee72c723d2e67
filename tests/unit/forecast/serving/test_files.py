"""ONNX files answer as the models that they were made of, missing inputs included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook._core import BoostedTrees, lear_forecast
from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.inputs import WEEKDAYS
from wattbook.forecast.day_ahead.network import FittedNetwork, NetworkMember
from wattbook.forecast.serving import (
    ServedModel,
    lear_file,
    linear_file,
    network_file,
    quantized,
    trees_file,
)


def rows_of(count: int, columns: int, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.ascontiguousarray(30.0 + 20.0 * rng.standard_t(3, (count, columns)))


@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.0, 0.3, 1.0]))
@settings(max_examples=12, deadline=None)
def test_trees_answer_alike_with_inputs_missing(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    rows = rows_of(300, 4, seed)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    target = np.nan_to_num(rows[:, 0]) - np.abs(np.nan_to_num(rows[:, 1]))
    trees = BoostedTrees.fit(
        rows, target, quantile=0.5, trees=7, depth=4, learning_rate=0.3, leaf_rows=3, share=0.8,
        seed=seed % 1_000,
    )  # fmt: skip
    served = ServedModel.load("trees", trees_file(trees), 4)
    asked = rows_of(64, 4, seed + 1)
    asked[rng.random(asked.shape) < share] = np.nan
    # On a threshold, where a 32-bit comparison would take the other side.
    asked[:32] = np.where(np.isfinite(asked[:32]), rows[:32], np.nan)
    expected = trees.predict(np.ascontiguousarray(asked))
    assert np.allclose(served.predict(asked)[:, 0], expected, rtol=1e-5, atol=1e-5)


def test_a_linear_model_answers_alike() -> None:
    rows = rows_of(50, 3)
    slopes, level = np.array([[1.0, -2.0], [0.5, 0.0], [-3.0, 1.0]]), np.array([4.0, -1.0])
    served = ServedModel.load("line", linear_file(slopes, level), 3)
    assert np.allclose(served.predict(rows), rows @ slopes + level, rtol=1e-6, atol=1e-4)


def test_lear_answers_alike() -> None:
    rows = np.hstack([rows_of(200, 12), np.eye(7)[np.arange(200) % 7]])
    targets = rows[:, :3] * 0.7 + rows_of(200, 3, 9) * 0.1
    file = lear_file(rows, np.ascontiguousarray(targets), WEEKDAYS)
    served = ServedModel.load("lear", file, 19)
    for row in rows[:20]:
        expected, _ = lear_forecast(
            rows, np.ascontiguousarray(targets), np.ascontiguousarray(row), WEEKDAYS, "published"
        )
        assert np.allclose(served.predict(row[None])[0], expected, rtol=1e-4, atol=1e-3)


@pytest.fixture(scope="module")
def network() -> tuple[FittedNetwork, np.ndarray, np.ndarray]:
    inputs = np.hstack([rows_of(400, 72), np.eye(7)[np.arange(400) % 7]])
    targets = inputs[:, :24] * 0.8 + inputs[:, 24:48] * 0.2
    member = NetworkMember(300, epochs=4, hidden=(64,))
    fitted = member.fit(inputs[:300], targets[:300], np.ones(300))
    return fitted, inputs, targets


def test_networks_answer_alike_with_inputs_missing(
    network: tuple[FittedNetwork, np.ndarray, np.ndarray],
) -> None:
    fitted, inputs, _ = network
    served = ServedModel.load("network", network_file(fitted), inputs.shape[1])
    asked = inputs[300:].copy()
    asked[::3, 5] = np.nan
    assert np.allclose(served.predict(asked), fitted.predict(asked), rtol=1e-4, atol=1e-2)


def test_eight_bits_cost_little(network: tuple[FittedNetwork, np.ndarray, np.ndarray]) -> None:
    fitted, inputs, targets = network
    file = network_file(fitted)
    small = quantized(file, inputs[:300])
    errors = [
        np.abs(
            ServedModel.load("x", each, inputs.shape[1]).predict(inputs[300:]) - targets[300:]
        ).mean()
        for each in (file, small)
    ]
    assert errors[0] < errors[1] * 1.02
    assert errors[1] < errors[0] * 1.10
    with pytest.raises(ForecastError, match="no matrix product"):
        quantized(trees_file(two_leaves()), inputs[:64, :4])


def two_leaves() -> BoostedTrees:
    rows = rows_of(100, 4)
    return BoostedTrees.fit(
        rows, rows[:, 0].copy(), quantile=None, trees=1, depth=1, learning_rate=1.0, leaf_rows=5,
        share=1.0, seed=1,
    )  # fmt: skip


def test_rows_of_another_width_and_infinite_inputs_are_refused() -> None:
    served = ServedModel.load("trees@1", trees_file(two_leaves()), 4)
    with pytest.raises(ForecastError, match="trees@1 takes rows of 4 inputs"):
        served.predict(np.zeros((2, 5)))
    with pytest.raises(ForecastError, match="row 1, column 2 is infinite"):
        served.predict(np.array([[0.0] * 4, [0.0, 0.0, np.inf, 0.0]]))


def test_bytes_that_are_no_model_are_refused() -> None:
    with pytest.raises(ForecastError, match="ONNX Runtime"):
        ServedModel.load("x", b"not a model", 4)


def test_a_gpu_is_asked_for_by_name_and_the_processor_taken_where_there_is_none() -> None:
    file = linear_file(np.array([[1.0], [2.0]]), np.array([5.0]))
    rows = np.array([[1.0, 1.0]])
    chosen = ServedModel.load("line@1", file, 2, device="auto")
    assert chosen.model.device == "cpu"
    assert chosen.predict(rows).tolist() == [[8.0]]
    for device in ("cuda", "tensorrt"):
        with pytest.raises(ForecastError, match=f"{device}: this ONNX Runtime was built without"):
            ServedModel.load("line@1", file, 2, device=device)
