"""A day-ahead market whose prices are set once a day, and the files of the open benchmark."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.known import Floats, History, Instants, Versions

__all__ = ["DAY_NS", "HOUR_NS", "PRICE", "TEST_DAYS", "Market", "load_market"]

HOUR_NS = 3_600 * 10**9
DAY_NS = 24 * HOUR_NS
EPOCH = dt.date(1970, 1, 1)
PRICE = "price"
TEST_DAYS = 728
"""Days of the test in Lago et al. (2021): the last two years of 52 weeks."""

GATE_NS = 12 * HOUR_NS
PRICES_NS = 11 * HOUR_NS
EXOGENOUS_NS = 13 * HOUR_NS


@dataclass(frozen=True, slots=True)
class Market:
    """A market of 24 prices a day, on its own clock without changes of summer time.

    A day is counted from 1970-01-01, and an instant in ns from its midnight, both on that clock.
    Prices of a day are wanted at the gate, noon of the day before.

    Parameters
    ----------
    name : str
        Such as ``NP``.
    history : History
        `PRICE` and the exogenous quantities.
    exogenous : tuple of str
        Forecasts of load, wind and sun whose newest day is known at the gate.
    first_day, days : int
        The first day with prices, and how many follow with it.
    """

    name: str
    history: History
    exogenous: tuple[str, ...]
    first_day: int
    days: int

    @property
    def test_start(self) -> int:
        """The first day of the benchmark's test."""
        return self.first_day + self.days - TEST_DAYS

    def gate(self, days: Instants) -> Instants:
        """Return when forecasts of `days` are due, ns."""
        return days * DAY_NS - GATE_NS

    def values(self, name: str, days: Instants, as_of: Instants) -> Floats:
        """Return what was known of `days` at `as_of`, shape (n_days, 24)."""
        hours = days[:, None] * DAY_NS + np.arange(24) * HOUR_NS
        return self.history.at(name, hours, np.asarray(as_of)[..., None])

    def prices(self, days: Instants) -> Floats:
        """Return what the auctions of `days` made, whenever known: to judge forecasts."""
        return self.values(PRICE, days, np.full(days.size, np.iinfo(np.int64).max - 1))


def load_market(folder: Path, name: str) -> Market:
    """Return a market of the open benchmark.

    Prices of a day become known at 13:00 of the day before, after the gate; exogenous forecasts of
    the day at 11:00, before it, as the benchmark takes them.

    Parameters
    ----------
    folder : Path
        Holds ``NAME.parquet`` with ``ts_local``, ``price`` and the exogenous forecasts by hour.
    name : str
        Such as ``NP``.

    Raises
    ------
    ForecastError
        If the file is missing, lacks a column, or its clock jumps; names the place.
    """
    path = folder / f"{name}.parquet"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.parquet") if "_" not in p.stem))
        message = f"{path} does not exist; markets of {folder}: {known or 'none'}"
        raise ForecastError(message)
    frame = pl.read_parquet(path)
    if frame.columns[:2] != ["ts_local", PRICE]:
        message = f"{path} begins with {frame.columns[:2]}; give ts_local, {PRICE}, forecasts"
        raise ForecastError(message)
    start = frame["ts_local"].dt.cast_time_unit("ns").dt.timestamp("ns").to_numpy()
    steps = np.diff(start)
    if start.size == 0 or start[0] % DAY_NS or start.size % 24 or (steps != HOUR_NS).any():
        where = int(np.argmax(steps != HOUR_NS)) + 1 if start.size else 0
        message = (
            f"{path}: row {where} is no hour after the row before, or days are not whole; "
            "give every hour of 24-hour days, null where a value is missing"
        )
        raise ForecastError(message)
    midnight = start - start % DAY_NS
    quantities = {}
    for column in frame.columns[1:]:
        lead = PRICES_NS if column == PRICE else EXOGENOUS_NS
        value = frame[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
        quantities[column] = Versions.of(column, start, midnight - lead, value, HOUR_NS)
    first = int(start[0] // DAY_NS)
    return Market(name, History(quantities), tuple(frame.columns[2:]), first, start.size // 24)
