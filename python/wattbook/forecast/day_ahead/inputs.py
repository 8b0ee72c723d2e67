"""Inputs of day-ahead models, defined once for training, backtest and live."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.known import Floats, Instants
from wattbook.forecast.day_ahead.market import DAY_NS, HOUR_NS, PRICE, Market

__all__ = ["WEEKDAYS", "DayInput", "Design", "design", "features_hash", "lear_inputs"]

WEEKDAYS = 7
"""Columns at the end of a design that name the day of the week."""


@dataclass(frozen=True, slots=True)
class DayInput:
    """The 24 values of a quantity, some days before the day that is forecast.

    Parameters
    ----------
    quantity : str
        Name in the history.
    lag_days : int
        0 for the forecast day itself.
    """

    quantity: str
    lag_days: int


@dataclass(frozen=True, slots=True)
class Design:
    """Inputs of days, each as of its own gate, and what to do where some are missing.

    Parameters
    ----------
    days : ndarray of int64, shape (n,)
        Rising, without gaps.
    values : ndarray of float64, shape (n, n_columns)
        24 columns an input, then one a weekday, Monday first; NaN where not known at the gate.
    inputs : tuple of DayInput
        What the columns are.
    """

    days: Instants
    values: Floats
    inputs: tuple[DayInput, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """One an input, as messages name it."""
        return tuple(f"{each.quantity} of {each.lag_days} days before" for each in self.inputs)

    def rows(self, first: int, last: int) -> Floats:
        """Return the rows of the days from `first` to before `last` that the design has."""
        start = int(self.days[0])
        return self.values[max(first - start, 0) : max(last - start, 0)]

    def missing(self, day: int) -> tuple[str, ...]:
        """Return the names of inputs that the day's gate did not have in whole."""
        row = self.rows(day, day + 1)[0, :-WEEKDAYS].reshape(-1, 24)
        gone = np.flatnonzero(~np.isfinite(row).all(axis=1))
        return tuple(self.names[place] for place in gone)


def lear_inputs(market: Market) -> tuple[DayInput, ...]:
    """Return the inputs of Lago et al. (2021): prices of 1, 2, 3, 7 days ago, exogenous of 0, 1, 7.

    The weekday joins them in `design`.
    """
    prices = tuple(DayInput(PRICE, lag) for lag in (1, 2, 3, 7))
    return prices + tuple(DayInput(name, lag) for name in market.exogenous for lag in (0, 1, 7))


def features_hash(inputs: tuple[DayInput, ...]) -> str:
    """Return a name of these definitions that changes with them.

    Examples
    --------
    >>> features_hash((DayInput("price", 1),)) == features_hash((DayInput("price", 2),))
    False
    """
    text = ";".join(f"{each.quantity}@{each.lag_days}" for each in inputs)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refuse_leakage(market: Market, each: DayInput, days: Instants) -> None:
    """Refuse an input that becomes known only after every gate.

    Raises
    ------
    ForecastError
        Names the input and how late it is.
    """
    hours = (days - each.lag_days)[:, None] * DAY_NS + np.arange(24) * HOUR_NS
    known = market.history.versions(each.quantity).first_known(hours)
    exists = known < np.iinfo(np.int64).max
    late = (known - market.gate(days)[:, None])[exists]
    if late.size and (late > 0).all():
        message = (
            f"leakage: {each.quantity} of {each.lag_days} days before becomes known "
            f"{late.min() / HOUR_NS:.1f} hours after the gate at the earliest; use a longer lag"
        )
        raise ForecastError(message)


def design(market: Market, inputs: tuple[DayInput, ...], first: int, last: int) -> Design:
    """Return the inputs of the days from `first` to before `last`.

    Raises
    ------
    ForecastError
        If an input would know what came after the gate.
    """
    days = np.arange(first, last, dtype=np.int64)
    gates = market.gate(days)
    columns = []
    for each in inputs:
        refuse_leakage(market, each, days)
        columns.append(market.values(each.quantity, days - each.lag_days, gates))
    # 1970-01-01 was a Thursday.
    columns.append(np.eye(WEEKDAYS)[(days + 3) % WEEKDAYS])
    return Design(days, np.ascontiguousarray(np.hstack(columns)), inputs)
