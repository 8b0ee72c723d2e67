"""Days made from a seed: a fictional bidding zone with solar surplus, evening peaks and spikes.

Every day is drawn from the seed and its own date, so a day is the same whichever days surround
it. About half of the days run below zero around noon and a third meet scarcity in the evening;
the last day always has both.
"""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wattbook.sources.recorded.raw import Clock, IntervalMark, PriceKind, RawSeries, Source

__all__ = ["FIRST_DAY", "LAST_DAY", "SOURCE", "generate", "read_days"]

FIRST_DAY = np.datetime64("2026-03-01", "D")
LAST_DAY = np.datetime64("2026-06-30", "D")
SLOTS = 288


class Generated(NamedTuple):
    """Prices in EUR/MWh and load in MW of consecutive days."""

    real_time: NDArray[np.float64]
    """Five-minute real-time price, shape (n_days, 288)."""
    day_ahead: NDArray[np.float64]
    """Hourly day-ahead price, shape (n_days, 24)."""
    load_mw: NDArray[np.float64]
    """Five-minute load, shape (n_days, 288)."""


def autoregressive(shocks: NDArray[np.float64], memory: float) -> NDArray[np.float64]:
    """Return x with x[i] = memory × x[i-1] + shocks[i], along the last axis, from 0."""
    path = np.empty_like(shocks)
    value = 0.0
    for slot, shock in enumerate(shocks):
        value = memory * value + shock
        path[slot] = value
    return path


def spike(rng: np.random.Generator, hour: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scarcity mark-up of an evening: a sudden rise that fades in some minutes."""
    start = rng.uniform(18.2, 19.6)
    height = rng.uniform(500.0, 1_400.0)
    since = hour - start
    return np.where(since >= 0.0, height * np.exp(-np.maximum(since, 0.0) / 0.22), 0.0)


def one_day(seed: int, day: np.datetime64) -> Generated:
    """Return the prices of `day`, shapes (288,), (24,) and (288,)."""
    ordinal = int(day.astype("datetime64[D]").astype(np.int64))
    rng = np.random.default_rng([seed, ordinal])
    is_last = day == LAST_DAY
    hour = np.arange(SLOTS) / 12.0
    # 1970-01-01 was a Thursday, so (ordinal + 3) % 7 counts from Monday.
    weekend = 1.0 if (ordinal + 3) % 7 >= 5 else 0.0
    level = 62.0 + rng.normal(0.0, 7.0) - 11.0 * weekend
    morning = 16.0 * (1.0 - 0.6 * weekend) * np.exp(-(((hour - 7.7) / 1.5) ** 2))
    evening = 38.0 * np.exp(-(((hour - 19.0) / 1.8) ** 2))
    sunny = is_last or rng.random() < 0.5
    depth = rng.uniform(85.0, 115.0) if sunny else rng.uniform(25.0, 55.0)
    solar = depth * np.clip(np.sin(np.pi * (hour - 6.0) / 14.0), 0.0, None) ** 2.2
    expected = level + morning + evening - solar
    noise = autoregressive(rng.normal(0.0, 3.2, SLOTS), 0.93)
    blips = np.where(rng.random(SLOTS) < 0.02, rng.normal(0.0, 38.0, SLOTS), 0.0)
    scarce = is_last or rng.random() < 0.33
    mark_up = spike(rng, hour) if scarce else np.zeros(SLOTS)
    hourly = expected.reshape(24, 12).mean(axis=1)
    return Generated(
        real_time=np.round(expected + noise + autoregressive(blips, 0.45) + mark_up, 2),
        day_ahead=np.round(hourly + rng.normal(0.0, 2.0, 24), 2),
        load_mw=np.round(5_200.0 + 28.0 * (morning + evening) + 5.0 * noise - 420.0 * weekend, 1),
    )


def generate(
    seed: int, first: np.datetime64 = FIRST_DAY, last: np.datetime64 = LAST_DAY
) -> Generated:
    """Return all days from `first` to `last`.

    Parameters
    ----------
    seed : int
        Any number from 0; the same seed gives the same prices.
    first, last : datetime64, optional
        UTC days, both included.

    Examples
    --------
    >>> made = generate(seed=7)
    >>> made.real_time.shape, made.day_ahead.shape
    ((122, 288), (122, 24))
    >>> bool(made.real_time[-1].min() < 0 and made.real_time[-1].max() > 300)
    True
    """
    days = np.arange(first, last + 1)
    drawn = [one_day(seed, day) for day in days]
    return Generated(*(np.stack(part) for part in zip(*drawn, strict=True)))


def read(_data: Path | None, seed: int) -> tuple[RawSeries, ...]:
    """Return the real-time and the day-ahead price of the generated zone, EUR/MWh, UTC."""
    return read_days(seed, FIRST_DAY, LAST_DAY)


def read_days(seed: int, first: np.datetime64, last: np.datetime64) -> tuple[RawSeries, ...]:
    """Return the same for the UTC days from `first` to `last`, both included."""
    made = generate(seed, first, last)
    start = first.astype("datetime64[ns]")

    def series(name: str, kind: PriceKind, seconds: int, price: NDArray[np.float64]) -> RawSeries:
        step = np.timedelta64(seconds * 1_000_000_000, "ns")
        return RawSeries(
            name=name,
            location="GEN",
            kind=kind,
            currency="EUR",
            price_unit="MWh",
            time_zone="UTC",
            clock=Clock.UTC,
            mark=IntervalMark.START,
            interval_seconds=seconds,
            path=f"generated from seed {seed}",
            time=start + np.arange(price.size) * step,
            price=price.ravel(),
            covariates=({"load_mw": made.load_mw.ravel()} if kind is PriceKind.REAL_TIME else {}),
        )

    return (
        series("generated", PriceKind.REAL_TIME, 300, made.real_time),
        series("generated-day-ahead", PriceKind.DAY_AHEAD, 3_600, made.day_ahead),
    )


SOURCE = Source(
    name="generated",
    venue="GENERATED",
    location="GEN",
    market_model="two_settlement",
    currency="EUR",
    time_zone="UTC",
    day_start_hour=0,
    price_limits=(-500.0, 4_000.0),
    description="A fictional zone made from a seed: 5-minute real-time and hourly day-ahead price",
    read=read,
    # Its own rule, for no such market exists.
    own_gate=dt.time(10, 0),
    day_ahead_published=dt.time(12, 30),
    is_recorded=False,
)
