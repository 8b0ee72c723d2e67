"""A reader of payloads within the test's own process: no worker to start, and patches reach it."""

from __future__ import annotations

from collections.abc import Sequence

from wattbook.runtime.ingest.reading import Read, Record, Task, cut_task, read_task

__all__ = ["DirectReader"]


class DirectReader:
    """Reads as `wattbook.runtime.ingest.worker.Worker` does, without its process and limits.

    Parameters
    ----------
    islands : sequence of str, optional
        Further modules with a ``DATASETS``, asked first.
    """

    def __init__(self, islands: Sequence[str] = ()) -> None:
        self.islands = tuple(islands)
        self.read_names: list[str] = []

    def read(self, task: Task) -> Read:
        """Return what a payload holds, and note its name."""
        self.read_names.append(task.name)
        return read_task(task, self.islands)

    def cut(self, task: Task, offsets: Sequence[int]) -> list[Record]:
        """Return the records that begin at `offsets`."""
        return cut_task(task, offsets)

    def close(self) -> None:
        """Do nothing."""
