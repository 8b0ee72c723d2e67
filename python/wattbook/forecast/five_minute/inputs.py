"""Inputs of five-minute models: what is known while the interval before the forecast one runs."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from wattbook.forecast.five_minute.market import SLOTS, FiveMinuteMarket

__all__ = ["INPUTS", "inputs", "lagged"]

Floats = NDArray[np.float64]

LAGS = (2, 3, 4, 5, 6, 7, 9, 12, 18, 24)
MEANS = (3, 6, 12, 36, SLOTS)
RANGES = (6, 12, 24)
MOVES = (6, 12, 72, SLOTS)
INPUTS = "five-minute 1"
"""Version of these definitions."""


def lagged(values: Floats, lag: int) -> Floats:
    """Return what `values` were `lag` intervals before each; NaN beyond the ends.

    Examples
    --------
    >>> lagged(np.array([1.0, 2.0, 3.0]), 1), lagged(np.array([1.0, 2.0, 3.0]), -1)
    (array([nan,  1.,  2.]), array([ 2.,  3., nan]))
    """
    made = np.full(values.size, np.nan)
    if lag >= 0:
        made[lag:] = values[: values.size - lag]
    else:
        made[:lag] = values[-lag:]
    return made


def rolling(values: Floats, count: int) -> Floats:
    """Return windows of the `count` values before each, shape (n, count); NaN where too few."""
    made = np.full((values.size, count), np.nan)
    made[count:] = sliding_window_view(values, count)[:-1]
    return made


def rolling_mean(values: Floats, count: int) -> Floats:
    """Return the mean of the `count` values before each; a missing value spoils its windows."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    holes = np.concatenate([[0], np.cumsum(~known)])
    made = np.full(values.size, np.nan)
    total = sums[count:-1] - sums[: -count - 1]
    made[count:] = np.where(holes[count:-1] == holes[: -count - 1], total / count, np.nan)
    return made


def inputs(market: FiveMinuteMarket) -> Floats:
    """Return the inputs of every interval, shape (n, n_inputs); the first is the newest price.

    The newest price is that of the interval before, which is published as it begins.
    """
    price, slot = market.price, market.slot
    last = lagged(price, 1)
    moves = np.abs(np.diff(price, prepend=price[:1]))
    columns = [last]
    columns += [lagged(price, lag) - last for lag in LAGS]
    columns += [rolling_mean(price, count) - last for count in MEANS]
    for count in RANGES:
        window = rolling(price, count)
        columns += [window.max(axis=1) - last, last - window.min(axis=1)]
    columns += [rolling_mean(moves, count) for count in MOVES]
    daily = [lagged(price, day * SLOTS) - lagged(price, day * SLOTS + 1) for day in (1, 2, 3)]
    columns += [lagged(price, SLOTS) - last, lagged(price, 7 * SLOTS) - last]
    columns += [daily[0], sum(daily[1:], daily[0]) / 3.0]
    clock = (slot % 12, slot % 6, slot % SLOTS, (slot // SLOTS + 3) % 7)
    columns += [part.astype(np.float64) for part in clock]
    columns += second_inputs(market, last)
    return np.ascontiguousarray(np.column_stack(columns), dtype=np.float64)


def second_inputs(market: FiveMinuteMarket, last: Floats) -> list[Floats]:
    """Return the inputs of the second quantity, as far as it is known."""
    second = market.second
    if market.ahead_slots > 0:
        ahead = lagged(second, -market.ahead_slots)
        return [second, second - last, lagged(second, 12) - second, ahead - second]
    newest = lagged(second, 1)
    changes = [newest - lagged(second, lag) for lag in (2, 3, 7)]
    day_before = lagged(second, SLOTS)
    return [newest, *changes, day_before - lagged(second, SLOTS + 1), newest - day_before]
