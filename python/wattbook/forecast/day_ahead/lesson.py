"""What a member that learns all hours at once is shown: past days with prices, and days asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wattbook.forecast.day_ahead.inputs import Design
from wattbook.forecast.day_ahead.known import Floats, Instants
from wattbook.forecast.day_ahead.market import PRICE, Market
from wattbook.forecast.day_ahead.members import LEAST_DAYS, WHOLE, DayPrices

__all__ = ["Lesson", "lesson", "told"]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Days of known prices, all as of one gate, and days that are forecast.

    Parameters
    ----------
    past : ndarray of int64, shape (n_past,)
        Days since 1970-01-01 whose 24 prices are known.
    inputs : ndarray of float64, shape (n_past, n_inputs)
        As `Design.rows` gives them, days of the week last.
    targets : ndarray of float64, shape (n_past, 24)
        Prices.
    days : ndarray of int64, shape (n_days,)
        That are forecast, consecutive.
    asked : ndarray of float64, shape (n_days, n_inputs)
        Their inputs.
    """

    past: Instants
    inputs: Floats
    targets: Floats
    days: Instants
    asked: Floats

    @property
    def ages(self) -> Floats:
        """How many days each past day lies before the first that is forecast."""
        ages: Floats = (self.days[0] - self.past).astype(np.float64)
        return ages


def lesson(
    market: Market, design: Design, days: Instants, window_days: int, least: int = LEAST_DAYS
) -> Lesson | None:
    """Return what is known at the gate of the first of `days` of the `window_days` before it.

    None if fewer than `least` past days have all their prices.
    """
    first_day = int(days[0])
    start = max(first_day - window_days, int(design.days[0]))
    past = np.arange(start, first_day, dtype=np.int64)
    targets = market.values(PRICE, past, np.repeat(market.gate(days[:1]), past.size))
    whole = np.isfinite(targets).all(axis=1)
    if whole.sum() < least:
        return None
    inputs, asked = design.rows(start, first_day), design.rows(first_day, int(days[-1]) + 1)
    return Lesson(past[whole], inputs[whole], targets[whole], days, asked)


def told(design: Design, days: Instants, prices: Floats, instead: str) -> list[DayPrices]:
    """Return forecasts with what stood in for inputs that are missing, such as ``medians for``."""
    found = []
    for day, price in zip(days, prices, strict=True):
        lost = design.missing(int(day))
        found.append(DayPrices(price, f"{instead} {', '.join(lost)}" if lost else WHOLE))
    return found
