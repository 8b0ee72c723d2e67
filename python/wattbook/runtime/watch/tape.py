"""The events of a run in the order in which we received them, readable as of any instant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from wattbook.errors import RunError
from wattbook.runtime.figures import Ledger, Names
from wattbook.runtime.folder import RunFolder, names_from_json
from wattbook.store import read_tables, whole_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Tape"]

CHUNKS_MAX = 64
"""A table of more pieces is read slower than it is copied."""


@dataclass(frozen=True)
class Tape:
    """Tables of a run, each in the order of its inputs.

    Parameters
    ----------
    tables : dict of str to polars.DataFrame
        By name of the record; prices and volumes in 1e-6, amounts in units of 1 / 3.6e15 of their
        currency, times in ns UTC.
    names : Names
        What the desk calls the numbers.
    facts : dict
        What ``run.json`` holds.
    folder : Path
        Where the run stands.
    """

    tables: dict[str, pl.DataFrame]
    names: Names
    facts: dict[str, Any]
    folder: Path
    _received: dict[str, NDArray[np.int64]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Keep the times at which each row was received, which never fall."""
        for name, table in self.tables.items():
            self._received[name] = table["ts_recv"].to_numpy()

    @classmethod
    def load(cls, folder: RunFolder) -> Tape:
        """Return the events of a run that has ended.

        Raises
        ------
        RunError
            If the folder holds no run, or one that has not ended.
        SourceError
            If it holds no event.
        """
        facts = folder.load()
        if "names" not in facts:
            message = (
                f"{folder.path} holds a run that has not ended; end it with --resume, then open it"
            )
            raise RunError(message)
        tables = {
            name: whole_numbers(table).sort("sequence", maintain_order=True)
            for name, table in read_tables(folder.events).items()
        }
        return cls(tables, names_from_json(facts["names"]), facts, folder.path)

    def append(self, chunk: Mapping[str, pl.DataFrame]) -> None:
        """Add what a run that goes on has drained; whoever reads meanwhile sees all of it or less.

        Parameters
        ----------
        chunk : mapping of str to polars.DataFrame
            By name of the record, as on disk; later than everything that is there.
        """
        for name, table in chunk.items():
            whole, held = whole_numbers(table), self.tables.get(name)
            times = whole["ts_recv"].to_numpy()
            if held is not None:
                whole = held.vstack(whole)
                if whole.n_chunks() > CHUNKS_MAX:
                    whole = whole.rechunk()
                times = np.concatenate([self._received[name], times])
            # The rows first: a reader counts by the times.
            self.tables[name] = whole
            self._received[name] = times

    @property
    def start(self) -> int:
        """When trading began, ns UTC."""
        return min(market.start for market in self.names.markets)

    @property
    def delivery_start(self) -> int:
        """When the first contract begins to deliver, ns UTC."""
        return int(self.tables["define_instrument"].select("delivery_start").min().item())

    @property
    def first(self) -> int:
        """When the first row was received, ns UTC."""
        return min(int(times[0]) for times in self._received.values() if times.size)

    @property
    def end(self) -> int:
        """When the last row was received, ns UTC."""
        return max(int(times[-1]) for times in self._received.values() if times.size)

    def count(self, name: str, now: int) -> int:
        """Return how many rows of a record were received by `now` (ns UTC)."""
        times = self._received.get(name)
        return 0 if times is None else int(np.searchsorted(times, now, side="right"))

    def table(self, name: str, now: int) -> pl.DataFrame:
        """Return the rows of a record received by `now`; without columns if there are none."""
        count = self.count(name, now)
        return self.tables[name].head(count) if count else pl.DataFrame()

    def between(self, name: str, after: int, until: int) -> pl.DataFrame:
        """Return the rows of a record received after `after` and by `until` (ns UTC)."""
        begin, end = self.count(name, after), self.count(name, until)
        return self.tables[name][begin:end] if end > begin else pl.DataFrame()

    def ledger(self, now: int) -> Ledger:
        """Return what was known at `now` (ns UTC), for the figures of the report."""
        return Ledger({name: self.table(name, now) for name in self.tables}, self.names)
