"""Days as sequences of 24 hours, each as of its own gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.inputs import WEEKDAYS, design, lear_inputs
from wattbook.forecast.day_ahead.market import load_market
from wattbook.forecast.day_ahead.tame import Tame, ready

if TYPE_CHECKING:
    from pathlib import Path

    from wattbook.forecast.day_ahead.market import Market

__all__ = ["DayTable", "day_table", "table_of", "table_of_days"]

Floats32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DayTable:
    """What networks learn from and are judged on.

    Parameters
    ----------
    rows : ndarray of float64, shape (n_days, n_inputs)
        Inputs in their units, NaN where one is missing; the last are the weekday.
    scale : Tame
        Scale of the inputs but the weekday, from the days learnt from.
    inputs : ndarray of float32, shape (n_days, 24, n_channels)
        Tame values hour by hour, then the weekday.
    targets : ndarray of float32, shape (n_days, 24)
        Tame prices.
    judged : slice
        Newest days, not learnt from.
    prices : ndarray of float64, shape (n_judged, 24)
        Prices of the judged days.
    naive : ndarray of float64, shape (n_judged, 24)
        Prices a week before.
    goal : Tame
        Scale of the prices, from the days learnt from.
    """

    rows: NDArray[np.float64]
    scale: Tame
    inputs: Floats32
    targets: Floats32
    judged: slice
    prices: NDArray[np.float64]
    naive: NDArray[np.float64]
    goal: Tame


def day_table(folder: Path, name: str, judged_days: int) -> DayTable:
    """Return the table of a market of the open benchmark, all before its test.

    Raises
    ------
    ForecastError
        If the market cannot be read or is too short.
    """
    return table_of(load_market(folder, name), judged_days)


def table_of(market: Market, judged_days: int) -> DayTable:
    """Return the table of a market: days with every price, none of the test.

    Raises
    ------
    ForecastError
        If fewer days than are judged are left to learn from.
    """
    days = np.arange(market.first_day + 7, market.test_start, dtype=np.int64)
    prices = market.prices(days)
    whole = np.isfinite(prices).all(axis=1)
    rows = design(market, lear_inputs(market), int(days[0]), int(days[-1]) + 1).values[whole]
    days, prices = days[whole], prices[whole]
    naive = market.prices(days[-judged_days:] - 7)
    return table_of_days(rows, prices, naive)


def table_of_days(
    rows: NDArray[np.float64], prices: NDArray[np.float64], naive: NDArray[np.float64]
) -> DayTable:
    """Return the table of inputs and prices by day; days with a naive price, the last, are judged.

    Raises
    ------
    ForecastError
        If fewer days than are judged are left to learn from.
    """
    count, judged_days = rows.shape[0], naive.shape[0]
    learnt = count - judged_days
    if learnt < judged_days:
        message = f"{count} days before the test are too few to judge {judged_days} of them"
        raise ForecastError(message)
    goal = Tame.of(prices[:learnt])
    scale = Tame.of(rows[:learnt, :-WEEKDAYS])
    flat = ready(scale, rows)
    hours = flat[:, :-WEEKDAYS].reshape(count, -1, 24).transpose(0, 2, 1)
    weekday = np.repeat(flat[:, None, -WEEKDAYS:], 24, axis=1)
    inputs = np.ascontiguousarray(np.concatenate([hours, weekday], axis=2))
    judged = slice(learnt, count)
    return DayTable(rows, scale, inputs, goal.into(prices), judged, prices[judged], naive, goal)
