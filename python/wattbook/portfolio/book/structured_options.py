"""What options of structured trades are worth, and the prices that flows lie beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import CurveError, InputError
from wattbook.portfolio.book.valuation import rate_of
from wattbook.pricing import Model, average_price, european

__all__ = ["Option", "Priced", "Told", "index_rates", "option_worth"]

Floats = NDArray[np.float64]
DAYS_A_YEAR = 365.0


@dataclass(frozen=True, eq=False)
class Priced:
    """Flows beside the prices that they are at.

    Parameters
    ----------
    at : ndarray of int, shape (n,)
        Row of its price, -1 for money alone.
    quantity : ndarray, shape (n,)
        In the unit of the price.
    amount, sign : ndarray, shape (n,)
    options : tuple of Option
    """

    at: NDArray[np.int64]
    quantity: Floats
    amount: Floats
    sign: Floats
    options: tuple[Option, ...]


@dataclass(frozen=True, eq=False)
class Option:
    """Flows that are exercised together: their rows, and what was decided at the expiry."""

    name: str
    exercise: int
    settles: bool
    rows: NDArray[np.int64]
    expiry: dt.date
    mean_of: dt.date | None


@dataclass(frozen=True, eq=False)
class Told:
    """What flows are valued at, besides their prices.

    Parameters
    ----------
    prices : polars.DataFrame
        For volatilities and currencies.
    decided : mapping
        As `decided` gives it.
    day : date
    fx : mapping of str to float
    falls_back : bool
        As for `structured_values`.
    """

    prices: pl.DataFrame
    decided: Mapping[tuple[str, int], tuple[bool, float | None]]
    day: dt.date
    fx: Mapping[str, float]
    falls_back: bool = False


def index_rates(told: Told) -> Floats:
    """Return what one of the currency of each index price is worth in the desk's."""
    return np.array([rate_of(told.fx, code, "an index") for code in told.prices["currency"]])


def option_worth(
    option: Option, priced: Priced, linear: Floats, told: Told, price: Floats
) -> float:
    """Return the value of one option; `linear` is what its flows are worth if exercised."""
    rows = option.rows
    sign = float(priced.sign[rows[0]])
    exercised = float(linear[rows].sum())
    years = (option.expiry - told.day).days / DAYS_A_YEAR
    if years <= 0.0:
        is_exercised, brings = told.decided.get(
            (option.name, option.exercise), (exercised > 0.0, None)
        )
        return sign * (exercised if brings is None else brings) * is_exercised
    here = rows[priced.at[rows] >= 0]
    at = priced.at[here]
    # In money of the desk: what is got of the index, and what is paid for it.
    got = priced.quantity[here] * index_rates(told)[at]
    volume = float(got.sum())
    if volume == 0.0:
        raise InputError(f"deal {option.name}: an option on nothing; mend its quantities")
    forward = float(got @ price[at]) / volume
    strike = forward - exercised / volume
    kind = "call" if volume > 0 else "put"
    normal = column(told.prices, "normal_volatility")[at]
    if np.isfinite(normal).all():
        volatility = float(got @ normal) / volume
        return (
            sign * abs(volume) * normal_value(option, kind, told.day, forward, strike, volatility)
        )
    lognormal = column(told.prices, "volatility")[at]
    if not np.isfinite(lognormal).all():
        name, month = told.prices.select("index", "month").row(int(at[~np.isfinite(lognormal)][0]))
        raise CurveError(
            f"deal {option.name} is an option on {name!r} in {month:%Y-%m}, of which there is no "
            "volatility; give volatility or normal_volatility with --indices"
        )
    if forward <= 0.0 or strike <= 0.0:
        if told.falls_back:
            return sign * max(exercised, 0.0)
        raise CurveError(
            f"deal {option.name} is an option on a price of {forward:g} at {strike:g}, which no "
            "lognormal price reaches; give normal_volatility with --indices"
        )
    volatility = float((got * price[at]) @ lognormal) / (volume * forward)
    if option.mean_of is not None:
        mean = mean_value(option, kind, told.day, forward, strike, volatility)
        return sign * abs(volume) * mean
    value = european(
        Model.BLACK, kind, forward=forward, strike=strike, time=years, volatility=volatility
    ).price
    return sign * abs(volume) * float(value)


def fixings(option: Option, day: dt.date) -> tuple[Floats, int]:
    """Return the years to the weekdays of a mean that are to come, and how many it has in all."""
    month = option.mean_of or option.expiry
    days = [month + dt.timedelta(days=at) for at in range((option.expiry - month).days + 1)]
    days = [one for one in days if one.weekday() < 5] or [option.expiry]
    return np.array([(one - day).days / DAYS_A_YEAR for one in days if one > day]), len(days)


def mean_value(
    option: Option, kind: str, day: dt.date, forward: float, strike: float, volatility: float
) -> float:
    """Return the value of an option on the mean of the weekdays of a month, of a lognormal price.

    The price of the month stands for the days that are past, whose own prices are not told.
    """
    times, count = fixings(option, day)
    past = count - len(times)
    if not len(times):
        return max(forward - strike if kind == "call" else strike - forward, 0.0)
    value = average_price(
        kind,
        forwards=forward,
        times=times,
        volatilities=volatility,
        strike=strike,
        weights=np.full(len(times), 1.0 / count),
        fixed=np.full(past, forward),
        fixed_weights=np.full(past, 1.0 / count),
    )
    return float(value)


def normal_value(
    option: Option, kind: str, day: dt.date, forward: float, strike: float, volatility: float
) -> float:
    """Return the Bachelier value of an option, on the mean of a month's weekdays if it is on that.

    The mean of a normal price is normal: its variance is that of the days to come, weighed.
    """
    variance = volatility**2 * (option.expiry - day).days / DAYS_A_YEAR
    if option.mean_of is not None:
        times, count = fixings(option, day)
        variance = volatility**2 * float(np.minimum.outer(times, times).sum()) / count**2
    found = european(
        Model.BACHELIER,
        kind,
        forward=forward,
        strike=strike,
        time=1.0,
        volatility=float(np.sqrt(variance)),
    )
    return float(found.price)


def column(prices: pl.DataFrame, name: str) -> Floats:
    """Return a column of numbers, NaN where there is none."""
    return prices[name].fill_null(np.nan).to_numpy()
