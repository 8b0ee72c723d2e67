"""``/v1/predict`` answers with the version that made the answer, and refuses with a sentence."""

from collections.abc import Iterator

import numpy as np
import pytest
from fastapi.testclient import TestClient

from wattbook.api.predict import predict_app
from wattbook.forecast.serving import MicroBatches, ServedModel, Slot, linear_file


def model(level: float, version: str) -> ServedModel:
    file = linear_file(np.array([[1.0], [2.0]]), np.array([level]))
    return ServedModel.load(version, file, 2)


@pytest.fixture
def line() -> Iterator[MicroBatches]:
    with MicroBatches(Slot(model(0.0, "line@1"))) as batches:
        yield batches


def test_rows_are_answered_by_the_version_in_the_slot(line: MicroBatches) -> None:
    with TestClient(predict_app({"line": line})) as client:
        asked = {"model": "line", "rows": [[1.0, 1.0], [2.0, -1.0]]}
        first = client.post("/v1/predict", json=asked).json()
        assert first == {"model": "line", "version": "line@1", "answers": [[3.0], [0.0]]}
        line.slot.swap(model(10.0, "line@2"))
        second = client.post("/v1/predict", json=asked).json()
        assert second == {"model": "line", "version": "line@2", "answers": [[13.0], [10.0]]}
        assert client.get("/v1/models").json() == [
            {"model": "line", "version": "line@2", "inputs": 2}
        ]


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ({"model": "curve", "rows": [[1.0, 2.0]]}, 404, "served are line"),
        ({"model": "line", "rows": [[1.0]]}, 422, "give rows of 2 inputs"),
        ({"model": "line", "rows": [[1.0, 2.0], [1.0]]}, 422, "inhomogeneous"),
        ({"model": "line", "rows": []}, 422, "rows"),
        ({"model": "line", "rows": [["x", 1.0]]}, 422, "rows"),
        ({"model": "line", "rows": [[1.0, 2.0]], "more": 1}, 422, "more"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    line: MicroBatches, asked: dict[str, object], status: int, says: str
) -> None:
    with TestClient(predict_app({"line": line})) as client:
        answer = client.post("/v1/predict", json=asked)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert says in answer.text


def test_a_missing_input_is_null_and_infinity_is_refused(line: MicroBatches) -> None:
    with TestClient(predict_app({"line": line})) as client:
        answer = client.post(
            "/v1/predict",
            content=b'{"model": "line", "rows": [[1.0, 1e999]]}',
            headers={"content-type": "application/json"},
        )
        assert answer.status_code == 422
