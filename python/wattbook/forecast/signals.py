"""Signals: a forecast's side with a confidence that was earned, or an abstention.

A signal of a day-ahead hour says whether it will be dear or cheap: on which side of the day's
median its price falls. That is what a battery, a load or a plant acts on. Its confidence is the
share of earlier hours, forecast as far from their day's median, that fell on the side that was
said; members that lacked data lower it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError
from wattbook.forecast.confidence import MINIMUM_RECORD, calibrate

__all__ = ["THRESHOLD", "Sides", "Signal", "sides", "signals_of_day"]

Floats = NDArray[np.float64]

THRESHOLD = 0.8
"""Confidence from which a signal is given; as desks have it by default."""


@dataclass(frozen=True, slots=True)
class Signal:
    """What a model advises for one delivery period.

    Parameters
    ----------
    model : str
        Version of the model and its settings.
    features : str
        Hash of the definitions of its inputs.
    known_at, delivery_start : int
        When it was made, and the period, ns on the market's clock.
    direction : int
        1 for dear, -1 for cheap, 0 where it abstains.
    price : float
        Forecast price.
    confidence : float in [0, 1]
        Earned by earlier forecasts, lowered by what was missing.
    fallback : str
        What members did for want of data; empty if nothing was missing.
    """

    model: str
    features: str
    known_at: int
    delivery_start: int
    direction: int
    price: float
    confidence: float
    fallback: str = ""

    @property
    def identity(self) -> str:
        """Return a name that tells this signal from all others: orders carry it."""
        text = f"{self.model};{self.features};{self.known_at};{self.delivery_start}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Sides:
    """Sides of all hours; arrays of shape (n_days, 24).

    Parameters
    ----------
    away : ndarray of float64
        Forecast less the day's median forecast.
    confidence : ndarray of float64
        0 while too little was known to earn any.
    is_right : ndarray of bool
        Whether the price fell on the side that was said; unknown prices count as wrong.
    """

    away: Floats
    confidence: Floats
    is_right: NDArray[np.bool_]


def sides(made: Floats, real: Floats, intact: Floats, record_days: int = 182) -> Sides:
    """Return the side of each hour with the confidence that earlier days earned.

    Parameters
    ----------
    made, real : ndarray of float64, shape (n_days, 24)
        Forecasts and prices of consecutive days; those of a day count from the next day on.
    intact : ndarray of float64, shape (n_days,)
        Share of members that lacked no data.
    record_days : int, optional
        Days behind a confidence.

    Raises
    ------
    ForecastError
        If shapes differ or a share lies outside of [0, 1].
    """
    if made.shape != real.shape or made.shape[:1] != intact.shape:
        message = f"forecasts {made.shape}, prices {real.shape}, shares {intact.shape} do not match"
        raise ForecastError(message)
    if not ((intact >= 0.0) & (intact <= 1.0)).all():
        message = "a share of intact members lies outside of 0 to 1"
        raise ForecastError(message)
    away, truth = from_middle(made), from_middle(real)
    confidence = np.zeros_like(made)
    for day in range(made.shape[0]):
        record = slice(max(0, day - record_days), day)
        past, past_truth = away[record].ravel(), truth[record].ravel()
        usable = np.isfinite(past) & np.isfinite(past_truth) & (past != 0.0)
        if usable.sum() >= MINIMUM_RECORD:
            earned = calibrate(past, past_truth).of(away[day])
            # With all members down to their last resort nothing is left of the record.
            confidence[day] = earned * intact[day]
    return Sides(away, confidence, (np.sign(away) == np.sign(truth)) & (away != 0.0))


def from_middle(price: Floats) -> Floats:
    """Return prices less the median of their day; NaN for a day with a price missing."""
    away: Floats = price - np.median(price, axis=1, keepdims=True)
    return away


def signals_of_day(
    found: Sides,
    day: int,
    price: Floats,
    *,
    model: str,
    features: str,
    known_at: int,
    delivery_start: NDArray[np.int64],
    fallback: str,
    threshold: float = THRESHOLD,
) -> list[Signal]:
    """Return the signals of row `day`; those below `threshold` abstain.

    Raises
    ------
    ForecastError
        If a delivery begins before the signal is made: it would be no forecast.
    """
    if (delivery_start < known_at).any():
        message = "a delivery begins before its signal is made; check the clocks"
        raise ForecastError(message)
    made = []
    for hour, start in enumerate(delivery_start.tolist()):
        sure = float(found.confidence[day, hour])
        direction = int(np.sign(found.away[day, hour])) if sure >= threshold else 0
        value = float(price[hour])
        made.append(Signal(model, features, known_at, start, direction, value, sure, fallback))
    return made
