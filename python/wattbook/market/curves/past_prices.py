"""Past prices that a shape is fitted from, read from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import SourceError
from wattbook.market.curves.grid import DAY_MINUTES, ONE_DAY, STEPS, curve_grid

__all__ = ["PastPrices", "read_past_prices"]

NANOS_PER_MINUTE = 60_000_000_000
NANOS_PER_DAY = 86_400_000_000_000
COLUMNS = ("delivery_start", "price", "temperature_c")


@dataclass(frozen=True, slots=True, eq=False)
class PastPrices:
    """Prices of delivery periods, rising.

    Parameters
    ----------
    delivery_start : ndarray of int64, shape (n,), ns UTC
        First instants.
    price : ndarray of float64, shape (n,)
        Finite.
    temperature_c : ndarray of float64, shape (n,), or None
        NaN where it is not known; None without such a column.
    step : str
        Length of the periods, a key of `wattbook.market.curves.STEPS`.
    dropped : int
        Rows without a price or a start, and repeated starts after the first.
    """

    delivery_start: NDArray[np.int64]
    price: NDArray[np.float64]
    temperature_c: NDArray[np.float64] | None
    step: str
    dropped: int


def read_past_prices(file: Path, place: str, columns: Sequence[str] = COLUMNS) -> PastPrices:
    """Read past prices from a Parquet or CSV file.

    Parameters
    ----------
    file : Path
        Which.
    place : str
        Whose calendar says when a day starts that the file gives by its date.
    columns : sequence of str
        Names of the columns with delivery start, price and, optionally, temperature in °C. Starts
        are instants in UTC (time stamps, ISO 8601 text or ns) or, without a time of day, delivery
        days.

    Raises
    ------
    SourceError
        If the file cannot be read, lacks a column, or has periods of no known length.
    """
    try:
        if file.suffix == ".parquet":
            table = pl.read_parquet(file)
        else:
            table = pl.read_csv(file, try_parse_dates=True)
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise SourceError(
            f"{file} cannot be read as past prices ({fault}); give a Parquet or CSV file"
        ) from fault
    lacking = [name for name in columns[:2] if name not in table.columns]
    if len(columns) < 2 or lacking:
        raise SourceError(
            f"{file} has the columns {', '.join(table.columns)}, not {', '.join(lacking)}; name "
            "those of delivery start and price"
        )
    has_weather = len(columns) > 2 and columns[2] in table.columns
    wanted = {"temperature_c": columns[2]} if has_weather else {}
    try:
        chosen = table.select(
            start_column(table, columns[0]),
            pl.col(columns[1]).cast(pl.Float64).alias("price"),
            *(pl.col(own).cast(pl.Float64).alias(name) for name, own in wanted.items()),
        )
    except pl.exceptions.PolarsError as fault:
        raise SourceError(
            f"{file}: {', '.join(columns)} are no times and numbers ({fault}); name the columns "
            "of delivery start and price"
        ) from fault
    kept = (
        chosen.filter(pl.col("delivery_start").is_not_null() & pl.col("price").is_finite())
        .unique("delivery_start", keep="first")
        .sort("delivery_start")
    )
    start = kept["delivery_start"].to_numpy()
    step = step_of(file, start)
    if step == "day" and is_without_zone(table.schema[columns[0]]):
        start = day_starts(place, start)
    weather = kept["temperature_c"].fill_null(np.nan).to_numpy() if has_weather else None
    return PastPrices(
        delivery_start=start,
        price=kept["price"].to_numpy(),
        temperature_c=weather,
        step=step,
        dropped=table.height - kept.height,
    )


def start_column(table: pl.DataFrame, name: str) -> pl.Expr:
    """Return a column of instants as ns UTC."""
    column = pl.col(name)
    kind = table.schema[name]
    if isinstance(kind, pl.String):
        column = column.str.to_datetime(time_unit="ns", time_zone="UTC")
    elif isinstance(kind, pl.Date):
        column = column.cast(pl.Datetime("ns"))
    if not kind.is_integer():
        column = column.dt.epoch("ns")
    return column.cast(pl.Int64).alias("delivery_start")


def is_without_zone(kind: pl.DataType) -> bool:
    """Return whether a column of that type says a date, and not an instant."""
    return isinstance(kind, pl.Date) or (isinstance(kind, pl.Datetime) and kind.time_zone is None)


def day_starts(place: str, midnight: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return when the delivery days of dates start; instants that are no midnight stay."""
    if (midnight % NANOS_PER_DAY).any():
        return midnight
    days = midnight // NANOS_PER_DAY
    first, last = days[[0, -1]].astype("datetime64[D]").tolist()
    grid = curve_grid(place, first, last + ONE_DAY, "day")
    starts: NDArray[np.int64] = grid.start[days - days[0]]
    return starts


def step_of(file: Path, start: NDArray[np.int64]) -> str:
    """Return the usual distance of starts: a day may have 23 to 25 hours."""
    if len(start) < 2:
        raise SourceError(f"{file} has {len(start)} prices; a shape needs 28 days of them or more")
    usual = int(np.median(np.diff(start))) // NANOS_PER_MINUTE
    for name, minutes in STEPS.items():
        if usual == minutes or (minutes == DAY_MINUTES and abs(usual - minutes) <= 60):
            return name
    raise SourceError(f"{file} has a price every {usual} minutes; give them by {', '.join(STEPS)}")
