"""Rows that wait together are answered together; models are swapped between two batches."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from wattbook.errors import ForecastError

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

    from wattbook.forecast.serving.slot import Slot

__all__ = ["Answer", "MicroBatches"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers of one version to the rows of one request."""

    version: str
    rows: NDArray[np.float32]


Waiting = tuple["NDArray[np.float64]", "Future[Answer]"]


class MicroBatches:
    """Answers requests in batches: whatever waits when the model is free goes into one.

    No request waits for others to come, so a lone one is as quick as without batches.

    Parameters
    ----------
    slot : Slot
        Which model answers.
    rows_max : int, optional
        Most rows of a batch.
    """

    def __init__(self, slot: Slot, rows_max: int = 1_024) -> None:
        self.slot = slot
        self.rows_max = rows_max
        self.waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, name="micro-batches", daemon=True)
        self.thread.start()

    def ask(self, rows: NDArray[np.float64]) -> Future[Answer]:
        """Return the answers to rows, when they are there.

        Raises
        ------
        ForecastError
            If the rows have another width than the model's inputs.
        """
        if rows.ndim != 2 or rows.shape[1] != self.slot.model.columns or not rows.shape[0]:
            message = f"give rows of {self.slot.model.columns} inputs, not {rows.shape}"
            raise ForecastError(message)
        future: Future[Answer] = Future()
        self.waiting.put((rows, future))
        return future

    def close(self) -> None:
        """Answer what waits, then stop."""
        self.waiting.put(None)
        self.thread.join()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _work(self) -> None:
        ends = False
        while not ends:
            taken = self.waiting.get()
            if taken is None:
                return
            batch = [taken]
            count = taken[0].shape[0]
            while count < self.rows_max:
                try:
                    taken = self.waiting.get_nowait()
                except queue.Empty:
                    break
                if taken is None:
                    ends = True
                    break
                batch.append(taken)
                count += taken[0].shape[0]
            self._answer(batch)

    def _answer(self, batch: list[Waiting]) -> None:
        model = self.slot.model
        try:
            made = model.predict(np.concatenate([rows for rows, _ in batch]))
        except ForecastError as fault:
            if len(batch) == 1:
                batch[0][1].set_exception(fault)
                return
            # One bad row must not spoil the others' answers.
            for one in batch:
                self._answer([one])
            return
        at = 0
        for rows, future in batch:
            future.set_result(Answer(model.version, made[at : at + rows.shape[0]]))
            at += rows.shape[0]
