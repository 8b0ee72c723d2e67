"""An asset's best schedule at the prices of its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from wattbook.errors import DeskError, InputError
from wattbook.runtime.asset.battery import battery_schedule
from wattbook.runtime.asset.found import Found
from wattbook.runtime.asset.parse import AssetFile
from wattbook.runtime.asset.plants import (
    chp_schedule,
    hydro_schedule,
    hydrogen_schedule,
    load_schedule,
)
from wattbook.runtime.asset.portfolio import portfolio_schedule
from wattbook.runtime.asset.storage import storage_schedule

__all__ = ["Scheduled", "scheduled"]

KINDS: dict[str, Callable[[AssetFile], Found]] = {
    "battery": battery_schedule,
    "storage": storage_schedule,
    "chp": chp_schedule,
    "hydro": hydro_schedule,
    "electrolyser": hydrogen_schedule,
    "load": load_schedule,
    "portfolio": portfolio_schedule,
}


@dataclass(frozen=True)
class Scheduled:
    """An asset and its best schedule.

    Parameters
    ----------
    file : AssetFile
    found : Found
    """

    file: AssetFile
    found: Found

    @property
    def table(self) -> pl.DataFrame:
        """A row a delivery period: its start (UTC), then the columns that were found."""
        starts = self.file.grid.start[:-1].astype(np.int64)
        times = pl.from_epoch(pl.Series("delivery_start", starts), "ns")
        return pl.DataFrame(
            [times.dt.replace_time_zone("UTC"), *map(column, self.found.columns.items())]
        )


def column(entry: tuple[str, np.ndarray]) -> pl.Series:
    """Return a named column."""
    name, values = entry
    return pl.Series(name, values)


def scheduled(file: AssetFile) -> Scheduled:
    """Return the schedule that earns most.

    Raises
    ------
    DeskError
        If the terms contradict each other, or no schedule keeps them; names the place in the file
        and the rules in conflict.
    """
    kind = file.head.kind
    try:
        found = KINDS[kind](file)
    except DeskError:
        raise
    except InputError as fault:
        section = {"hydro": "reservoir", "portfolio": "data"}.get(kind, kind)
        raise file.reader.refuse((section,), str(fault)) from fault
    return Scheduled(file, found)
