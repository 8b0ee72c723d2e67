"""Orders in windows of a market, held against what algorithms are measured by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import InputError

__all__ = ["Measured", "Tape", "Window", "block_interval", "measure", "risk_adjusted", "tape"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SECOND = 10**9
BINS = 30
"""Parts of a window in which the share of the market's volume is looked at."""
DRAWS = 10_000
"""Resamples of an interval."""


@dataclass(frozen=True, slots=True)
class Tape:
    """What a market showed and traded, in order of time.

    Parameters
    ----------
    quoted : ndarray of int64, ns UTC
        When both sides were quoted.
    middle, half_spread : ndarray of float, currency per price unit
        As quoted.
    traded : ndarray of int64, ns UTC
        When it traded.
    price, volume : ndarray of float
        As traded.
    """

    quoted: Ints
    middle: Floats
    half_spread: Floats
    traded: Ints
    price: Floats
    volume: Floats


@dataclass(frozen=True, slots=True)
class Window:
    """An order: when it may trade, and how much.

    Parameters
    ----------
    starts, ends : int, ns UTC
    sign : {1, -1}
        Buys or sells.
    volume : float, volume units
    """

    starts: int
    ends: int
    sign: int
    volume: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of an order: costs above zero, in half spreads at arrival.

    Parameters
    ----------
    fill_rate : float
        Share of the volume that was filled by the end.
    unfilled_markout : float
        What the rest cost, taken across the spread at the end, for each unit of the order.
    arrival, mean_price, middle, vwap : float
        Against the middle at the start, its mean by second, the middle just before each fill, and
        the market's volume-weighted price; all but the third with the rest marked as above.
    off_rate : float
        Mean distance of own over market volume from a rate, over parts of the window, until filled.
    """

    fill_rate: float
    unfilled_markout: float
    arrival: float
    mean_price: float
    middle: float
    vwap: float
    off_rate: float


def tape(quotes: pl.DataFrame, trades: pl.DataFrame) -> Tape:
    """Return what a market showed, from the event files ``quote`` and ``trade``.

    Raises
    ------
    InputError
        If both sides were never quoted, or nothing traded.
    """
    both = quotes.filter((pl.col("bid_volume") > 0) & (pl.col("ask_volume") > 0)).sort("ts_recv")
    if both.is_empty() or trades.is_empty():
        message = "a tape needs quotes with both sides and trades; give the events of such a market"
        raise InputError(message)
    bid, ask = (both[name].cast(pl.Float64).to_numpy() for name in ("bid_price", "ask_price"))
    done = trades.sort("ts_recv")
    return Tape(
        quoted=both["ts_recv"].cast(pl.Int64).to_numpy(),
        middle=(bid + ask) / 2.0,
        half_spread=(ask - bid) / 2.0,
        traded=done["ts_recv"].cast(pl.Int64).to_numpy(),
        price=done["price"].cast(pl.Float64).to_numpy(),
        volume=done["volume"].cast(pl.Float64).to_numpy(),
    )


def measure(
    market: Tape, window: Window, ts: Ints, price: Floats, volume: Floats, *, rate: float = 0.1
) -> Measured:
    """Return what came of an order.

    Parameters
    ----------
    market : Tape
        Quoted before the window starts.
    window : Window
        The order.
    ts, price, volume : ndarray of shape (n_fills,)
        Its fills, in order of time.
    rate : float, optional
        Share of the market's volume that `off_rate` is measured from.

    Raises
    ------
    InputError
        If the market was not quoted before the window starts.

    References
    ----------
    Perold (1988), The implementation shortfall: paper versus reality, for the mark of the rest.
    """
    first, last = (known_at(market, at) for at in (window.starts, window.ends))
    sign, arrival, unit = window.sign, market.middle[first], market.half_spread[first]
    filled = float(volume.sum())
    left = max(window.volume - filled, 0.0)
    rest = market.middle[last] + sign * market.half_spread[last]
    mean = float(price @ volume + left * rest) / window.volume
    seconds = np.arange(window.starts, window.ends, SECOND)
    looked = market.middle[np.maximum(np.searchsorted(market.quoted, seconds, "right") - 1, 0)]
    before = market.middle[np.maximum(np.searchsorted(market.quoted, ts, "left") - 1, 0)]
    inside = (market.traded >= window.starts) & (market.traded < window.ends)
    weights = market.volume[inside]
    vwap = float(np.average(market.price[inside], weights=weights)) if weights.any() else mean
    return Measured(
        fill_rate=filled / window.volume,
        unfilled_markout=sign * (rest - arrival) * left / window.volume / unit,
        arrival=sign * (mean - arrival) / unit,
        mean_price=sign * (mean - float(looked.mean())) / unit,
        middle=float(sign * ((price - before) @ volume) / max(filled, 1e-12) / unit),
        vwap=sign * (mean - vwap) / unit,
        off_rate=off_rate(market, window, ts, volume, rate),
    )


def known_at(market: Tape, at: int) -> int:
    """Return the row of the last quote at an instant."""
    row = int(np.searchsorted(market.quoted, at, "right")) - 1
    if row < 0:
        message = f"the market is first quoted at {market.quoted[0]} ns, after {at} ns; begin later"
        raise InputError(message)
    return row


def off_rate(market: Tape, window: Window, ts: Ints, volume: Floats, rate: float) -> float:
    """Return the mean distance of own over market volume from `rate` until the order is filled."""
    edges = np.linspace(window.starts, window.ends, BINS + 1)
    own, _ = np.histogram(ts, edges, weights=volume)
    whole, _ = np.histogram(market.traded, edges, weights=market.volume)
    left = window.volume - np.concatenate(([0.0], np.cumsum(own)[:-1]))
    # Where less is left than the rate asks for, the order ends and no rate is kept.
    counts = (left > rate * whole) & (whole > 0.0)
    return float(np.abs(own[counts] / whole[counts] - rate).mean()) if counts.any() else 0.0


def risk_adjusted(arrival: Floats, even: Floats) -> Floats:
    """Return cost and what its risk is worth: c + λ (c − mean)², by order.

    λ is the one at which half of the variance that an even schedule has is worth a half spread.

    Parameters
    ----------
    arrival, even : ndarray of shape (n_orders,), half spreads
        Costs against arrival of an algorithm, and of the even schedule in the same windows.

    References
    ----------
    Almgren and Chriss (2000), Optimal execution of portfolio transactions: E + λV.
    """
    aversion = 2.0 / max(float(even.var(ddof=1)), 1e-12)
    adjusted: Floats = arrival + aversion * (arrival - arrival.mean()) ** 2
    return adjusted


def block_interval(values: Floats, block: int, *, seed: int = 1) -> tuple[float, float, float]:
    """Return the mean of a series and its 95 % interval by a bootstrap of moving blocks.

    Parameters
    ----------
    values : ndarray of shape (n_windows,)
        In order of time; windows that overlap, or follow each other, depend on each other.
    block : int
        Windows that are drawn together, from 1.
    seed : int, optional
        Of the draws.

    Raises
    ------
    InputError
        If there are fewer than two blocks of values.

    References
    ----------
    Künsch (1989), The jackknife and the bootstrap for general stationary observations.

    Examples
    --------
    >>> mean, low, high = block_interval(np.array([1.0, 3.0, 1.0, 3.0, 1.0, 3.0]), 2)
    >>> (mean, low, high)
    (2.0, 2.0, 2.0)
    """
    count = len(values)
    if block < 1 or count < 2 * block:
        message = f"{count} values hold no two blocks of {block}; give more windows"
        raise InputError(message)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, count - block + 1, (DRAWS, -(-count // block), 1))
    rows = (drawn + np.arange(block)).reshape(DRAWS, -1)[:, :count]
    low, high = np.quantile(values[rows].mean(axis=1), [0.025, 0.975])
    return float(values.mean()), float(low), float(high)
