"""Recorded curves of futures and their last trading days, read and held to what they mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import InputError

__all__ = ["CURVES_FILE", "EXPIRY_FILE", "RecordedFutures", "read_futures"]

CURVES_FILE = "us_energy_futures_curves_2007_2023.parquet"
EXPIRY_FILE = "expiry_table.parquet"
KINDS = {"date": "a date", "value": "a number", "last_trade": "a date"}
"""What columns hold; the others are text."""


class RecordedFutures:
    """Prices of generic contracts by day, and last trading days by commodity."""

    __slots__ = ("_expiries", "_folder", "_prices")

    def __init__(self, folder: Path, prices: pl.DataFrame, expiries: pl.DataFrame) -> None:
        self._folder = folder
        self._prices = prices
        self._expiries = expiries

    def curve(
        self, commodity: str, places: range, last: int | None = None
    ) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
        """Return days and prices of the places of a commodity's curve, NaN where one is missing.

        Parameters
        ----------
        commodity : str
            As series begin: ``"CL"``.
        places : range
            1 is the nearest contract.
        last : int, optional
            Of the latest days alone.

        Returns
        -------
        dates, prices : ndarray of shape (n_days,), ndarray of shape (n_days, n_places)

        Raises
        ------
        InputError
            If a series is not recorded at all.
        """
        names = [f"{commodity}{place:02}" for place in places]
        file = self._folder / CURVES_FILE
        own = self._prices.filter(pl.col("series").str.starts_with(commodity))
        missing = [name for name in names if name not in set(own["series"].unique())]
        if missing:
            message = f"{file}: no row has series {', '.join(missing)}: add its prices"
            raise InputError(message)
        wide = own.pivot(on="series", index="date", values="value").sort("date")
        wide = wide if last is None else wide.tail(last)
        prices = wide.select(pl.col(names).cast(pl.Float64)).to_numpy()
        return wide["date"].to_numpy().astype("datetime64[D]"), prices

    def last_trades(self, commodity: str) -> NDArray[np.datetime64]:
        """Return the last trading days of all contracts of a commodity.

        Raises
        ------
        InputError
            If none is recorded.
        """
        found = self._expiries.filter(pl.col("tick_prefix") == commodity)["last_trade"]
        if not found.len():
            file = self._folder / EXPIRY_FILE
            message = f"{file}: no row has tick_prefix {commodity}: add its last trading days"
            raise InputError(message)
        return found.to_numpy().astype("datetime64[D]")


def read_futures(data: Path) -> RecordedFutures:
    """Read the curves and expiries of a folder of recorded data.

    Raises
    ------
    InputError
        Naming file, column and row: for a file that cannot be read or has no rows, a column that is
        missing or holds something else, a cell that is empty, and a second price of a series' day.
    """
    folder = data / "futures"
    prices = table_of(folder / CURVES_FILE, ("date", "series", "value"))
    expiries = table_of(folder / EXPIRY_FILE, ("tick_prefix", "last_trade"))
    prices = prices.with_columns(pl.col("date").cast(pl.Date))
    refuse_rows(
        folder / CURVES_FILE,
        prices.select("date", "series").is_duplicated(),
        prices,
        "repeats the day of its series: keep one price",
    )
    return RecordedFutures(folder, prices, expiries)


def table_of(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """Read columns of a file, each of its kind; a price may be missing, a key may not."""
    try:
        held = pl.read_parquet_schema(path)
        missing = [name for name in columns if name not in held]
        if missing:
            message = (
                f"{path}: column {', '.join(missing)} is missing; it has {', '.join(held)}: "
                "rename or add it"
            )
            raise InputError(message)
        found = pl.read_parquet(path, columns=list(columns))
    except (OSError, pl.exceptions.PolarsError) as fault:
        message = f"{path}: {fault}: give the folder of recorded market data"
        raise InputError(message) from None
    for name, kind in found.schema.items():
        is_good = {"a date": kind.is_temporal(), "a number": kind.is_numeric()}
        wanted = KINDS.get(name, "text")
        if not is_good.get(wanted, kind == pl.String):
            message = f"{path}: column {name} is {kind}: give {wanted}"
            raise InputError(message)
        if name != "value":
            refuse_rows(path, found[name].is_null(), found, f"has no {name}: give {wanted}")
    if not found.height:
        message = f"{path}: there are no rows: give the folder of recorded market data"
        raise InputError(message)
    return found


def refuse_rows(path: Path, bad: pl.Series, table: pl.DataFrame, reason: str) -> None:
    """Refuse a table with bad rows, naming the first.

    Raises
    ------
    InputError
        If there is one.
    """
    first = bad.arg_max()
    if first is None or not bad[first]:
        return
    cells = ", ".join(str(cell) for cell in table.row(first))
    message = f"{path}, row {first} ({cells}) {reason}; {bad.sum()} rows are so"
    raise InputError(message)
