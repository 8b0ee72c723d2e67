"""Members of the day-ahead ensemble: each forecasts days from what their gates knew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from wattbook._core import lear_forecast
from wattbook.forecast.day_ahead.inputs import WEEKDAYS, Design
from wattbook.forecast.day_ahead.known import Floats, Instants
from wattbook.forecast.day_ahead.market import PRICE, Market

__all__ = ["DayPrices", "LearMember", "Member", "weekly_naive"]

WHOLE = ""
LEAST_DAYS = 21


@dataclass(frozen=True, slots=True)
class DayPrices:
    """A member's forecast of one day.

    Parameters
    ----------
    price : ndarray of float64, shape (24,)
        NaN where even the fallbacks had nothing.
    fallback : str
        What was done for want of data; empty if nothing was missing.
    """

    price: Floats
    fallback: str = WHOLE


class Member(Protocol):
    """A model of the ensemble."""

    @property
    def name(self) -> str:
        """As files and tables name it."""
        ...

    def forecast(self, market: Market, design: Design, days: Instants) -> list[DayPrices]:
        """Return forecasts of `days`, each from what was known at its gate."""
        ...


def weekly_naive(market: Market, day: int) -> DayPrices:
    """Return the prices of the same weekday, a week or more ago, that the gate of `day` knew."""
    gate = market.gate(np.array([day]))
    for weeks in range(1, 5):
        price = market.values(PRICE, np.array([day - 7 * weeks]), gate)[0]
        if np.isfinite(price).all():
            return DayPrices(price, f"weekly naive of {7 * weeks} days before")
    return DayPrices(np.full(24, np.nan), "no price of the last four weeks is known")


@dataclass(frozen=True, slots=True)
class LearMember:
    """LEAR on one calibration window, fitted anew for each day.

    Parameters
    ----------
    window_days : int
        Newest days that it learns from.
    penalty : str, optional
        How the penalties are found; see `wattbook_model::Penalty`.
    """

    window_days: int
    penalty: str = "published"

    @property
    def name(self) -> str:
        """As files and tables name it."""
        return f"lear_{self.window_days}"

    def forecast(self, market: Market, design: Design, days: Instants) -> list[DayPrices]:
        """Return forecasts of `days`; a day whose inputs lack something says what it did."""
        return [self.day(market, design, int(day)) for day in days]

    def day(self, market: Market, design: Design, day: int) -> DayPrices:
        """Return the forecast of one day."""
        first = max(day - self.window_days, int(design.days[0]))
        inputs, today = design.rows(first, day), design.rows(day, day + 1)[0]
        past = np.arange(first, day, dtype=np.int64)
        targets = market.values(PRICE, past, np.repeat(market.gate(np.array([day])), past.size))
        kept = np.isfinite(today)
        whole = np.isfinite(inputs[:, kept]).all(axis=1) & np.isfinite(targets).all(axis=1)
        lost = design.missing(day)
        if whole.sum() < LEAST_DAYS or kept.sum() <= WEEKDAYS:
            return weekly_naive(market, day)
        made, _ = lear_forecast(
            np.ascontiguousarray(inputs[np.ix_(whole, kept)]),
            np.ascontiguousarray(targets[whole]),
            today[kept],
            WEEKDAYS,
            self.penalty,
        )
        return DayPrices(made, f"without {', '.join(lost)}" if lost else WHOLE)
