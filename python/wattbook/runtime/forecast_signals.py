"""Signals of a day of a backtest, and how good all its signals were."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead import (
    VERSION,
    Backtest,
    Made,
    design,
    ensemble,
    features_hash,
    lear_inputs,
    load_market,
)
from wattbook.forecast.day_ahead.market import DAY_NS, HOUR_NS
from wattbook.forecast.day_ahead.regime import unseen_inputs
from wattbook.forecast.reliability import reliability
from wattbook.forecast.signals import Signal, sides, signals_of_day

__all__ = ["DaySignals", "day_signals"]

EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DaySignals:
    """Signals of one day and the record behind them.

    Parameters
    ----------
    signals : list of Signal
        One an hour.
    days : int
        Days before it in the record that had a confidence.
    calls, right : float
        Share of their hours with a confidence from the threshold on, and of those that were right.
    calibration_error : float
        Expected calibration error of their confidences.
    """

    signals: list[Signal]
    days: int
    calls: float
    right: float
    calibration_error: float


def day_signals(backtest: Backtest, day: dt.date, threshold: float) -> DaySignals:
    """Return the signals of a day that the backtest forecast.

    Raises
    ------
    ForecastError
        If the backtest has not forecast the day, or no confidence was earned before it.
    """
    market = load_market(backtest.data, backtest.name)
    made = backtest.made(market)
    number = (day - EPOCH).days
    if number not in made.days:
        first, last = (EPOCH + dt.timedelta(days=int(each)) for each in made.days[[0, -1]])
        message = f"{day} is not forecast in {backtest.folder}; choose of {first} to {last}"
        raise ForecastError(message)
    row = int(number - made.days[0])
    rows = slice(0, row + 1)
    real = market.prices(made.days)[rows]
    price = ensemble(np.stack(list(made.members.values()))[:, rows], real)
    table = design(market, lear_inputs(market), market.first_day + 7, number + 1)
    unseen = unseen_inputs(table)[int(made.days[0]) - int(table.days[0]) :]
    found = sides(price, real, intact_shares(made)[rows] * (1.0 - unseen.mean(axis=1)))
    past = found.confidence[:row] > 0.0
    if not past.any():
        message = f"no confidence was earned before {day}; choose a later day"
        raise ForecastError(message)
    confidence, is_right = found.confidence[:row][past], found.is_right[:row][past]
    called = confidence >= threshold
    notes = sorted({note for (at, _), note in made.fallbacks.items() if at == number})
    if new := [name for name, is_new in zip(table.names, unseen[row], strict=True) if is_new]:
        notes.append(f"a regime never seen: {', '.join(new)}")
    gate = int(market.gate(np.array([number]))[0])
    signals = signals_of_day(
        found,
        row,
        price[row],
        model=VERSION,
        features=features_hash(lear_inputs(market)),
        known_at=gate,
        delivery_start=number * DAY_NS + np.arange(24, dtype=np.int64) * HOUR_NS,
        fallback="; ".join(notes),
        threshold=threshold,
    )
    return DaySignals(
        signals,
        int(past.any(axis=1).sum()),
        float(called.mean()),
        float(is_right[called].mean()) if called.any() else float("nan"),
        reliability(confidence, is_right).expected_error,
    )


def intact_shares(made: Made) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the share of members that lacked no data, by day."""
    lacking = np.zeros(made.days.size)
    for day, _ in made.fallbacks:
        lacking[day - int(made.days[0])] += 1.0
    share: np.ndarray[tuple[int], np.dtype[np.float64]] = 1.0 - lacking / len(made.members)
    return share
