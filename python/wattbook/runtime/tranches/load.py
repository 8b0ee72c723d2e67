"""A recorded hourly load with the peak hours of its market."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import nerc_holidays
from wattbook.errors import SourceError

__all__ = ["BlockLoad", "aep_load"]

AEP = "load_weather/pjm_aep_load_hourly_2004_2018.parquet"
FIRST_PEAK_HOUR, LAST_PEAK_HOUR = 7, 22


@dataclass(frozen=True, eq=False)
class BlockLoad:
    """Hours in order, by the clock.

    Parameters
    ----------
    hour : ndarray of datetime64[h], shape (n,)
        Begin of each, local.
    month : ndarray of datetime64[M], shape (n,)
    load_mw : ndarray of shape (n,)
    is_peak : ndarray of bool, shape (n,)
    """

    hour: NDArray[np.datetime64]
    month: NDArray[np.datetime64]
    load_mw: NDArray[np.float64]
    is_peak: NDArray[np.bool_]


def aep_load(data: Path, *, share: float = 0.01) -> BlockLoad:
    """Return a share of the load of PJM's AEP zone, with PJM's peak hours.

    Peak is hour ending 8 to 23 of weekdays that are no NERC holidays. Hours that stand twice when
    clocks go back count with their mean, the one that is missing in spring stays out.

    Parameters
    ----------
    data : Path
        Folder of recorded data.
    share : float, optional
        Of the zone that is ours.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    try:
        table = pl.read_parquet(data / AEP)
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise SourceError(
            f"{data / AEP} cannot be read ({fault}); give the folder of recorded data with --data"
        ) from fault
    rows = table.group_by("ts_ept").agg(pl.col("load_mw").mean()).sort("ts_ept")
    # Recorded by the hour's end.
    recorded: NDArray[np.datetime64] = rows["ts_ept"].to_numpy().astype("datetime64[h]")
    hour: NDArray[np.datetime64] = np.asarray(recorded - 1, "datetime64[h]")
    days = hour.astype("datetime64[D]")
    years = sorted({int(one) for one in days.astype("datetime64[Y]").astype(int) + 1970})
    holidays = np.array([day for year in years for day in nerc_holidays(year)], "datetime64[D]")
    of_day = (hour - days.astype("datetime64[h]")).astype(int)
    is_peak = (
        np.is_busday(days, holidays=holidays)
        & (of_day >= FIRST_PEAK_HOUR)
        & (of_day <= LAST_PEAK_HOUR)
    )
    return BlockLoad(
        hour, hour.astype("datetime64[M]"), share * rows["load_mw"].to_numpy(), is_peak
    )
