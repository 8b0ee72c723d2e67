"""A year of five-minute forecasts, refitted as it goes, each from what was known before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook._core import BoostedTrees
from wattbook.errors import ForecastError
from wattbook.forecast.confidence import calibrate
from wattbook.forecast.five_minute.inputs import inputs
from wattbook.forecast.five_minute.market import SLOTS, FiveMinuteMarket
from wattbook.forecast.five_minute.online import OnlineInterval

__all__ = ["FiveMinuteBacktest", "FiveMinuteForecasts", "forecast_test"]

Floats = NDArray[np.float64]

LONGEST_LAG_DAYS = 8
PERSISTENCE_DAYS = 28


@dataclass(frozen=True, slots=True)
class FiveMinuteForecasts:
    """Forecasts of consecutive intervals; every array has one entry an interval.

    Parameters
    ----------
    slot : ndarray of int64
        Interval starts; see `FiveMinuteMarket`.
    real, last : ndarray of float64
        What came, and the price of the interval before: persistence.
    point, lower, upper : ndarray of float64
        Forecast price and the interval around it.
    plain_lower, plain_upper : ndarray of float64
        Interval of persistence: quantiles of the last 28 days' moves.
    lean : ndarray of float64
        Above zero for a rise; its size ranks how sure the direction is.
    confidence : ndarray of float64
        Share of earlier forecasts of such a lean that had the direction right; 0 in the first days.
    """

    slot: NDArray[np.int64]
    real: Floats
    last: Floats
    point: Floats
    lower: Floats
    upper: Floats
    plain_lower: Floats
    plain_upper: Floats
    lean: Floats
    confidence: Floats


@dataclass(frozen=True, slots=True)
class FiveMinuteBacktest:
    """How the year is forecast.

    Parameters
    ----------
    test_days, warm_up_days : int, optional
        Days that count, and days before them whose forecasts only start the intervals.
    refit_days : int, optional
        Days that one fit forecasts.
    window_days : int, optional
        Newest days that a fit learns from.
    trees, depth, leaf_rows : int, optional
        How many, how deep, and how many intervals a leaf needs.
    learning_rate, share : float, optional
        Of each tree's answer; of the rows and columns that a tree sees.
    level : float, optional
        Share of prices that intervals are to hold.
    """

    test_days: int = 365
    warm_up_days: int = 30
    refit_days: int = 30
    window_days: int = 300
    trees: int = 200
    depth: int = 6
    leaf_rows: int = 100
    learning_rate: float = 0.06
    share: float = 0.5
    level: float = 0.95

    def fit(self, rows: Floats, target: Floats, quantile: float | None) -> BoostedTrees:
        """Return trees fitted on the rows whose target is known."""
        seen = np.isfinite(target)
        return BoostedTrees.fit(
            rows[seen],
            target[seen],
            quantile=quantile,
            trees=self.trees,
            depth=self.depth,
            learning_rate=self.learning_rate,
            leaf_rows=self.leaf_rows,
            share=self.share,
            seed=1,
        )


@dataclass(frozen=True, slots=True)
class Raw:
    """What the trees of one fit say: move, lean and both ends of the move."""

    move: Floats
    lean: Floats
    lower: Floats
    upper: Floats


def fitted(how: FiveMinuteBacktest, rows: Floats, move: Floats, asked: Floats) -> Raw:
    """Return what trees fitted on `rows` say of `asked`; moves are learnt on a tame scale."""
    width = max(1.4826 * float(np.nanmedian(np.abs(move))), 1e-3)
    tame = np.arcsinh(move / width)
    tail = (1.0 - how.level) / 2.0

    def say(target: Floats, quantile: float | None) -> Floats:
        made: Floats = how.fit(rows, target, quantile).predict(asked)
        return made

    ends = (width * np.sinh(say(tame, level)) for level in (tail, 1.0 - tail))
    return Raw(width * np.sinh(say(tame, 0.5)), say(np.sign(move), None), *ends)


def silent(_done: int, _total: int) -> None:
    """Tell nobody."""


def forecast_test(
    market: FiveMinuteMarket, how: FiveMinuteBacktest, tell: Callable[[int, int], None] = silent
) -> FiveMinuteForecasts:
    """Return forecasts of the last days of a market.

    Parameters
    ----------
    market : FiveMinuteMarket
        Prices up to the last day.
    how : FiveMinuteBacktest
        How it is forecast.
    tell : callable, optional
        Told how many days are done, and how many there are.

    Raises
    ------
    ForecastError
        If the history before the test is shorter than a fit needs.
    """
    total_days = how.test_days + how.warm_up_days
    first = market.price.size - total_days * SLOTS
    if first < (LONGEST_LAG_DAYS + PERSISTENCE_DAYS) * SLOTS:
        message = (
            f"{market.name} has {market.price.size // SLOTS} days; {total_days} days of forecasts "
            f"need {LONGEST_LAG_DAYS + PERSISTENCE_DAYS} more before them"
        )
        raise ForecastError(message)
    table = inputs(market)
    move = market.price - table[:, 0]
    parts: list[Raw] = []
    for start in range(first, market.price.size, how.refit_days * SLOTS):
        tell((start - first) // SLOTS, total_days)
        end = min(start + how.refit_days * SLOTS, market.price.size)
        oldest = max(LONGEST_LAG_DAYS * SLOTS, start - how.window_days * SLOTS)
        parts.append(fitted(how, table[oldest:start], move[oldest:start], table[start:end]))
    raw = Raw(*(np.concatenate([getattr(p, n) for p in parts]) for n in Raw.__slots__))
    tell(total_days, total_days)
    return finished(market, how, table, raw, first)


def finished(
    market: FiveMinuteMarket, how: FiveMinuteBacktest, table: Floats, raw: Raw, first: int
) -> FiveMinuteForecasts:
    """Return the forecasts of the test with intervals and confidences that learnt as they went."""
    real, last = market.price[first:], table[first:, 0]
    # A gap leaves persistence without a price: the newest one that is known stands in.
    last = filled_forward(last)
    scale = np.maximum(np.nan_to_num(market_scale(market)[first:], nan=1.0), 0.1)
    lower, upper = OnlineInterval(how.level).of(
        real, last + np.minimum(raw.lower, raw.move), last + np.maximum(raw.upper, raw.move), scale
    )
    plain_lower, plain_upper = persistence_interval(market, how.level, first)
    confidence = np.zeros(real.size)
    block = how.refit_days * SLOTS
    move = real - last
    for start in range(block, real.size, block):
        earned = calibrate(raw.lean[:start], move[:start])
        confidence[start : start + block] = earned.of(raw.lean[start : start + block])
    cut = slice(how.warm_up_days * SLOTS, None)
    return FiveMinuteForecasts(
        market.slot[first:][cut],
        real[cut],
        last[cut],
        (last + raw.move)[cut],
        lower[cut],
        upper[cut],
        (last + plain_lower)[cut],
        (last + plain_upper)[cut],
        raw.lean[cut],
        confidence[cut],
    )


def filled_forward(values: Floats) -> Floats:
    """Return values with each missing one replaced by the newest before it."""
    known = np.where(np.isfinite(values), np.arange(values.size), 0)
    made: Floats = values[np.maximum.accumulate(known)]
    return made


def market_scale(market: FiveMinuteMarket) -> Floats:
    """Return the mean size of the moves of the day before each interval."""
    moves = np.nan_to_num(np.abs(np.diff(market.price, prepend=market.price[:1])))
    sums = np.concatenate([[0.0], np.cumsum(moves)])
    made = np.full(moves.size, np.nan)
    made[SLOTS:] = (sums[SLOTS:-1] - sums[: -SLOTS - 1]) / SLOTS
    return made


def persistence_interval(
    market: FiveMinuteMarket, level: float, first: int
) -> tuple[Floats, Floats]:
    """Return the ends of persistence's interval from `first` on, as moves, made anew each day."""
    moves = np.diff(market.price, prepend=np.nan)
    tail = (1.0 - level) / 2.0
    lows, highs = [], []
    for start in range(first, market.price.size, SLOTS):
        record = moves[start - PERSISTENCE_DAYS * SLOTS : start]
        low, high = np.nanquantile(record, [tail, 1.0 - tail])
        lows.append(np.full(SLOTS, low))
        highs.append(np.full(SLOTS, high))
    count = market.price.size - first
    return np.concatenate(lows)[:count], np.concatenate(highs)[:count]
