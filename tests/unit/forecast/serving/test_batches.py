"""Every request is answered once, by one version, whatever is swapped meanwhile."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from wattbook.errors import ForecastError
from wattbook.forecast.serving import MicroBatches, ServedModel, Slot, linear_file


def model(number: int) -> ServedModel:
    file = linear_file(np.ones((3, 1)), np.array([100.0 * number]))
    return ServedModel.load(f"line@{number}", file, 3)


def test_a_swap_under_load_loses_no_prediction() -> None:
    slot = Slot(model(0))
    answers: list[list[tuple[int, str, float]]] = [[] for _ in range(4)]
    enough = threading.Event()

    def ask(place: int) -> None:
        number = 0
        while not enough.is_set():
            row = np.array([[float(number), 1.0, 2.0]])
            made = batches.ask(row).result(timeout=60)
            answers[place].append((number, made.version, float(made.rows[0, 0])))
            number += 1

    with MicroBatches(slot) as batches:
        askers = [threading.Thread(target=ask, args=(place,)) for place in range(4)]
        for asker in askers:
            asker.start()
        for number in range(1, 21):
            slot.swap(model(number))
            before = [len(each) for each in answers]
            # One answer may have been on its way; the second was asked for after the swap.
            while any(len(each) < count + 2 for each, count in zip(answers, before, strict=True)):
                threading.Event().wait(0.001)
        enough.set()
        for asker in askers:
            asker.join(timeout=60)
    for each in answers:
        assert [number for number, _, _ in each] == list(range(len(each)))
        versions = [int(version.partition("@")[2]) for _, version, _ in each]
        assert versions == sorted(versions)
        assert set(versions) >= set(range(1, 21))
        for number, version, value in each:
            assert value == number + 3.0 + 100.0 * int(version.partition("@")[2])


def test_a_bad_row_spoils_no_other_answer() -> None:
    gate = threading.Event()

    @dataclass(frozen=True)
    class Slow:
        inner: ServedModel
        version: str = "slow"
        columns: int = 3

        def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float32]:
            gate.wait(60)
            return self.inner.predict(rows)

    with MicroBatches(Slot(Slow(model(1)))) as batches:
        good = [batches.ask(np.full((2, 3), float(value))) for value in range(3)]
        bad = batches.ask(np.array([[1.0, np.inf, 0.0]]))
        last = batches.ask(np.zeros((1, 3)))
        gate.set()
        assert [float(each.result(60).rows[1, 0]) for each in good] == [100.0, 103.0, 106.0]
        with pytest.raises(ForecastError, match="infinite"):
            bad.result(60)
        assert float(last.result(60).rows[0, 0]) == 100.0


def test_what_waits_is_answered_before_the_end() -> None:
    batches = MicroBatches(Slot(model(1)), rows_max=2)
    waiting = [batches.ask(np.zeros((1, 3))) for _ in range(50)]
    batches.close()
    assert all(float(each.result(0).rows[0, 0]) == 100.0 for each in waiting)


def test_a_model_of_another_width_is_not_swapped_in() -> None:
    slot = Slot(model(1))
    wide = ServedModel.load("wide@1", linear_file(np.ones((4, 1)), np.zeros(1)), 4)
    with pytest.raises(ForecastError, match="takes 4 inputs where line@1 takes 3"):
        slot.swap(wide)
    with MicroBatches(slot) as batches, pytest.raises(ForecastError, match="rows of 3 inputs"):
        batches.ask(np.zeros((1, 4)))
