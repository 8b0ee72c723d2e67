"""Published prices of deliveries, on the periods of a curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.market.curves import STEPS
from wattbook.runtime.contract.data import read_table

__all__ = ["SpotPrices", "read_spot"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
PRICE_MAX = 1e9
NANOS_PER_MINUTE = 60_000_000_000


@dataclass(frozen=True, eq=False)
class SpotPrices:
    """Published prices of one place.

    Parameters
    ----------
    start, end : ndarray of int64, shape (n,), ns UTC
        Of each period, in order and apart.
    price : ndarray of float64, shape (n,), money a MWh
    """

    start: Numbers
    end: Numbers
    price: Floats

    def means(self, edges: Numbers) -> Floats:
        """Return the mean over each period between edges; NaN where some of it has no price.

        Parameters
        ----------
        edges : ndarray of int64, shape (m + 1,), ns UTC
        """
        # Time and money up to each edge; both run on straight lines within a published period.
        points = np.stack([self.start, self.end], axis=1).ravel()
        length = (self.end - self.start).astype(np.float64)
        covered = np.repeat(np.cumsum(length), 2)
        covered[::2] -= length
        money = np.repeat(np.cumsum(length * self.price), 2)
        money[::2] -= length * self.price
        first = points[0]
        at = (edges - first).astype(np.float64)
        known = (points - first).astype(np.float64)
        time_there = np.diff(np.interp(at, known, covered))
        money_there = np.diff(np.interp(at, known, money))
        span = np.diff(edges).astype(np.float64)
        is_whole = np.abs(time_there - span) < 1.0
        return np.where(is_whole, money_there / span, np.nan)


def read_spot(path: Path) -> Mapping[str, SpotPrices]:
    """Return the published prices of a file by place.

    Parameters
    ----------
    path : Path
        CSV or Parquet with ``place``, ``delivery_start`` (UTC) and ``price``; the periods of a
        place have one length, and may have gaps.

    Raises
    ------
    InputError
        If a column is missing, a value is no price, or a period stands twice; names the row.
    """
    table = read_table(path)
    lacking = [name for name in ("place", "delivery_start", "price") if name not in table.columns]
    if lacking:
        raise InputError(f"{path} lacks the column {lacking[0]}; give place, delivery_start, price")
    try:
        rows = table.select(
            pl.col("place").cast(pl.String),
            pl.col("delivery_start").cast(pl.Datetime("ns", "UTC")).dt.epoch("ns").alias("start"),
            pl.col("price").cast(pl.Float64),
        ).with_row_index("row", offset=2)
    except pl.exceptions.PolarsError as fault:
        raise InputError(
            f"{path}: {str(fault).splitlines()[0]}; give times in UTC and numbers"
        ) from fault
    bad = rows.filter(
        pl.any_horizontal(pl.col("place", "start", "price").is_null())
        | ~pl.col("price").is_between(-PRICE_MAX, PRICE_MAX)
    )
    if bad.height:
        raise InputError(f"{path}, row {bad['row'][0]}: a value is missing or no number; give it")
    twice = rows.filter(pl.struct("place", "start").is_duplicated()).sort("place", "start")
    if twice.height:
        raise InputError(
            f"{path}, rows {twice['row'][0]} and {twice['row'][1]}: one period of "
            f"{twice['place'][0]}; keep the row that counts"
        )
    return {
        str(key[0]): periods(path, str(key[0]), part.sort("start"))
        for key, part in rows.group_by("place", maintain_order=True)
    }


def periods(path: Path, place: str, rows: pl.DataFrame) -> SpotPrices:
    """Return the prices of one place; all periods are as long as the shortest distance."""
    start = rows["start"].to_numpy()
    if len(start) < 2:
        raise InputError(
            f"{path}: one price of {place} does not tell how long its period is; give two or more"
        )
    step = int(np.diff(start).min())
    minutes = step // NANOS_PER_MINUTE
    if step % NANOS_PER_MINUTE or minutes not in STEPS.values():
        raise InputError(
            f"{path}: periods of {place} are {step / 1e9:g} s apart; give quarter-hours, "
            "half-hours or hours"
        )
    return SpotPrices(start, start + step, rows["price"].to_numpy())
