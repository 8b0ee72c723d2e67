"""Recorded daily prices by the names of the dated scenarios, on business days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import InputError, SourceError

__all__ = ["SERIES", "Daily", "recorded"]

Floats = NDArray[np.float64]
CURVES = "futures/us_energy_futures_curves_2007_2023.parquet"
POWER = "power/europe_daily_dayahead_2015_2023.parquet"
PLACES = {
    **{f"{code}{place:02d}": (CURVES, "value", "series", f"{code}{place:02d}")
       for code, last in (("CL", 36), ("NG", 36), ("HO", 18), ("RB", 18))
       for place in range(1, last + 1)},
    "HenryHubSpot": ("futures/henry_hub_spot_daily_to_2023.parquet", "price", "", ""),
    "WTISpot": ("futures/wti_spot_daily_to_2023.parquet", "price", "", ""),
    "BrentSpot": ("futures/brent_spot_daily_to_2023.parquet", "price", "", ""),
    "DE_gas_VTP": (
        "futures/de_gas_vtp_index_daily_2015_2022.parquet", "price_eur_mwh", "", "",
    ),
    "EUA_auction": (
        "futures/eua_primary_auctions_2012_2023.parquet", "price_eur_tco2", "auction", "EU",
    ),
    "DE_power_DA_daily": (POWER, "price_eur_mwh", "iso3", "DEU"),
    "ES_power_DA_daily": (POWER, "price_eur_mwh", "iso3", "ESP"),
}  # fmt: skip
"""File, column of the price, and the column and value that tell the series, if any."""
SERIES = tuple(PLACES)
FALSE_PRICES = {("RB02", dt.date(2017, 8, 27))}
"""Recorded zeros that were no prices; the data's own page names them."""


@dataclass(frozen=True, eq=False)
class Daily:
    """A series on business days, each with the last price by it.

    Parameters
    ----------
    days : ndarray of datetime64[D], shape (n,)
    price : ndarray of shape (n,)
    """

    days: NDArray[np.datetime64]
    price: Floats

    def place(self, day: dt.date) -> int:
        """Return where the last business day by `day` stands, below 0 before the first."""
        return int(np.searchsorted(self.days, np.datetime64(day), side="right")) - 1


@lru_cache(maxsize=64)
def recorded(data: Path, name: str) -> Daily:
    """Return a recorded series.

    Raises
    ------
    SourceError
        If its file cannot be read.
    InputError
        If it holds no such series.
    """
    file, column, key, value = PLACES[name]
    try:
        table = pl.read_parquet(data / file)
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise SourceError(
            f"{data / file} cannot be read ({fault}); give the folder of recorded data with --data"
        ) from fault
    if key and name != "EUA_auction":
        table = table.filter(pl.col(key) == value)
    rows = (
        table.select(pl.col("date").cast(pl.Date), pl.col(column).alias("price"))
        .drop_nulls()
        .group_by("date")
        .agg(pl.col("price").mean())
        .sort("date")
    )
    wrong = [day for series, day in FALSE_PRICES if series == name]
    rows = rows.filter(~pl.col("date").is_in(wrong))
    if not rows.height:
        raise InputError(f"{data / file} holds no {name}; name another series")
    seen = rows["date"].to_numpy().astype("datetime64[D]")
    days = np.arange(seen[0], seen[-1] + 1)
    days = days[np.is_busday(days)]
    last = np.searchsorted(seen, days, side="right") - 1
    return Daily(days, rows["price"].to_numpy()[last])
