"""What options of structured trades are worth, and the prices that flows lie beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import CurveError, InputError
from wattbook.portfolio.book.valuation import rate_of
from wattbook.pricing import Model, average_price, european, spread

__all__ = ["Option", "Priced", "Told", "option_worth"]

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
    """Flows that are exercised together.

    Parameters
    ----------
    name : str
        Of the deal.
    version : int
        Of the deal: its amendment is another option.
    exercise : int
    settles : bool
        Whether its exercise is paid at the price of its expiry.
    rows : ndarray of int64
    expiry : date
    mean_of : date or None
        Month whose days' mean it is on.
    correlation : float or None
        Of two prices that it exchanges.
    """

    name: str
    version: int
    exercise: int
    settles: bool
    rows: NDArray[np.int64]
    expiry: dt.date
    mean_of: dt.date | None
    correlation: float | None = None

    @property
    def key(self) -> tuple[str, int, int]:
        """What it is decided by: deal, version and exercise."""
        return self.name, self.version, self.exercise


@dataclass(frozen=True, eq=False)
class Side:
    """All of one index that an option exchanges.

    Parameters
    ----------
    rows : ndarray of int64
        Of the prices.
    got : ndarray, shape (n_rows,)
        What exercise brings of it, given below zero; money of the desk a unit of price.
    value : ndarray, shape (...)
        At the prices.
    """

    rows: NDArray[np.int64]
    got: Floats
    value: Floats


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
    is_near : bool
        Whether the mean of lognormal prices is taken as lognormal, which many values take at once.
    """

    prices: pl.DataFrame
    decided: Mapping[tuple[str, int, int], tuple[bool, float | None]]
    day: dt.date
    fx: Mapping[str, float]
    falls_back: bool = False
    is_near: bool = False

    @cached_property
    def price(self) -> Floats:
        """The prices."""
        return self.prices["price"].to_numpy()

    @cached_property
    def index(self) -> NDArray[np.object_]:
        """The index of each price."""
        return np.array(self.prices["index"].to_list(), object)

    @cached_property
    def lognormal(self) -> Floats:
        """Lognormal volatilities, NaN where there is none."""
        return self.prices["volatility"].fill_null(np.nan).to_numpy()

    @cached_property
    def normal(self) -> Floats:
        """Normal volatilities, NaN where there is none."""
        return self.prices["normal_volatility"].fill_null(np.nan).to_numpy()

    @cached_property
    def rates(self) -> Floats:
        """What one of the currency of each price is worth in the desk's, NaN without a rate."""
        codes = self.prices["currency"].to_list()
        known = {code: self.rate(code) for code in dict.fromkeys(codes)}
        return np.array([known[code] for code in codes], np.float64)

    def rate(self, code: str) -> float:
        """Return what one of a currency is worth in the desk's, NaN without a rate."""
        try:
            return rate_of(self.fx, code, "an index")
        except InputError:
            return np.nan

    def refuse_unrated(self, rows: NDArray[np.int64], deals: list[str]) -> None:
        """Refuse prices that deals are at and that are in a currency without a rate.

        Raises
        ------
        InputError
            Naming deal and index.
        """
        for lacking in np.flatnonzero(np.isnan(self.rates[rows])).tolist():
            name, code = self.prices.select("index", "currency").row(int(rows[lacking]))
            rate_of(self.fx, code, f"deal {deals[lacking]}: the index {name!r}")


def option_worth(
    option: Option, priced: Priced, linear: Floats, told: Told, price: Floats
) -> Floats:
    """Return the value of one option.

    Parameters
    ----------
    option : Option
    priced : Priced
    linear : ndarray, shape (n_flows, ...)
        What its flows are worth if exercised.
    told : Told
        Volatilities of several months are weighed by its prices.
    price : ndarray, shape (n_prices, ...)
        Rows as in `told`.
    """
    sign = float(priced.sign[option.rows[0]])
    exercised: Floats = np.asarray(linear[option.rows].sum(axis=0))
    if option.expiry <= told.day:
        is_exercised, brings = told.decided.get(option.key, (None, None))
        if is_exercised is None:
            return sign * np.maximum(exercised, 0.0)
        return (
            sign * (exercised if brings is None else np.full_like(exercised, brings)) * is_exercised
        )
    sides = sides_of(option, priced, told, price)
    rest = exercised - sum(one.value for one in sides)
    if len(sides) == 1:
        return sign * on_one(option, sides[0], rest, told)
    return sign * on_two(option, sides, rest, told)


def sides_of(option: Option, priced: Priced, told: Told, price: Floats) -> list[Side]:
    """Return the indices of an option: one, or what is got of two and then what is given.

    Raises
    ------
    InputError
        If it is on nothing, or on two prices that are not exchanged.
    """
    here = option.rows[priced.at[option.rows] >= 0]
    at = priced.at[here]
    # In money of the desk: what is got of the index, and what is paid for it.
    got = priced.quantity[here] * told.rates[at]
    names = told.index[at]
    made = []
    for name in dict.fromkeys(names.tolist()):
        own = names == name
        made.append(Side(at[own], got[own], np.tensordot(got[own], price[at[own]], 1)))
    if not made or any(one.got.sum() == 0.0 for one in made):
        raise InputError(f"deal {option.name}: an option on nothing; mend its quantities")
    made.sort(key=lambda one: one.got.sum() < 0.0)
    signs = [one.got.sum() > 0.0 for one in made]
    if len(made) > 1 and signs != [True, False]:
        raise InputError(
            f"deal {option.name} is an option on {len(made)} prices that are not one exchanged for "
            "another, which has no value here; value it elsewhere"
        )
    return made


def on_one(option: Option, side: Side, rest: Floats, told: Told) -> Floats:
    """Return the value of an option on one index; `rest` is what exercise brings besides."""
    volume = float(side.got.sum())
    forward, strike = side.value / volume, -rest / volume
    kind = "call" if volume > 0 else "put"
    normal = normal_volatility(side, told)
    if normal is not None:
        value = normal_value(option, kind, told.day, forward, strike, normal / abs(volume))
        return abs(volume) * value
    volatility = lognormal_volatility(option, side, told)
    if volatility is None:
        return np.maximum(side.value + rest, 0.0)
    is_priced = (forward > 0.0) & (strike > 0.0)
    refuse_below_zero(option, told, forward, strike, is_priced)
    safe, level = np.where(is_priced, forward, 1.0), np.where(is_priced, strike, 1.0)
    if option.mean_of is not None and not told.is_near:
        value = mean_value(option, kind, told.day, safe, level, volatility)
    else:
        width = volatility * np.sqrt(weighed_years(option, told.day))
        value = european(
            Model.BLACK, kind, forward=safe, strike=level, time=1.0, volatility=width
        ).price
    return np.where(is_priced, abs(volume) * value, np.maximum(side.value + rest, 0.0))


def on_two(option: Option, sides: list[Side], rest: Floats, told: Told) -> Floats:
    """Return the value of an option to exchange two prices, and money besides.

    Of two lognormal prices it is exact (`wattbook.pricing.spread`); the difference of two normal
    ones is normal.

    Raises
    ------
    CurveError
        If the correlation is not told, or one index is lognormal and the other normal.
    """
    if option.correlation is None:
        names = " and ".join(sorted({str(told.index[one.rows[0]]) for one in sides}))
        raise CurveError(
            f"deal {option.name} exchanges {names}, of which the correlation is not told; add it "
            "to correlations in [structured] of the reference"
        )
    if option.mean_of is not None and option.expiry > option.mean_of:
        raise CurveError(
            f"deal {option.name} exchanges means of days that begin before its expiry, which has "
            "no value here; value it elsewhere"
        )
    years = (option.expiry - told.day).days / DAYS_A_YEAR
    gets, gives = sides
    normal = [normal_volatility(one, told) for one in sides]
    if all(one is not None for one in normal):
        one, two = (float(value or 0.0) for value in normal)
        width = np.sqrt(max(one**2 + two**2 - 2.0 * option.correlation * one * two, 0.0))
        return european(
            Model.BACHELIER, "call", forward=gets.value + gives.value, strike=-rest, time=years,
            volatility=width,
        ).price  # fmt: skip
    first, second = (lognormal_volatility(option, one, told) for one in sides)
    if first is None or second is None:
        return np.maximum(gets.value + gives.value + rest, 0.0)
    is_priced = (gets.value > 0.0) & (gives.value < 0.0)
    refuse_below_zero(option, told, gets.value, -gives.value, is_priced)
    value = spread(
        "call",
        first=np.where(is_priced, gets.value, 1.0),
        second=np.where(is_priced, -gives.value, 1.0),
        strike=-rest,
        time=years,
        first_volatility=first,
        second_volatility=second,
        correlation=option.correlation,
    )
    brings = np.maximum(gets.value + gives.value + rest, 0.0)
    return np.where(is_priced, value, brings)


def normal_volatility(side: Side, told: Told) -> float | None:
    """Return the normal volatility of all of an index, money of the desk, if it has one.

    Months are taken to move together.
    """
    normal = told.normal[side.rows]
    return float(abs(side.got @ normal)) if np.isfinite(normal).all() else None


def lognormal_volatility(option: Option, side: Side, told: Told) -> float | None:
    """Return the lognormal volatility of an index: that of months that move together.

    Raises
    ------
    CurveError
        If a month has none, unless the option falls back: it has none then.
    """
    found = told.lognormal[side.rows]
    if not np.isfinite(found).all():
        if told.falls_back:
            return None
        lacking = int(side.rows[~np.isfinite(found)][0])
        name, month = told.prices.select("index", "month").row(lacking)
        raise CurveError(
            f"deal {option.name} is an option on {name!r} in {month:%Y-%m}, of which there is no "
            "volatility; give volatility or normal_volatility with --indices"
        )
    weight = np.abs(side.got * told.price[side.rows])
    return float(weight @ found / weight.sum()) if weight.any() else float(found.mean())


def refuse_below_zero(
    option: Option, told: Told, forward: Floats, strike: Floats, is_priced: NDArray[np.bool_]
) -> None:
    """Refuse a price that no lognormal price reaches, unless the option falls back.

    Raises
    ------
    CurveError
        Naming deal, price and strike.
    """
    if told.falls_back or np.all(is_priced):
        return
    at = int(np.flatnonzero(~np.ravel(is_priced))[0])
    price, level = (
        np.broadcast_to(one, np.shape(is_priced)).ravel()[at] for one in (forward, strike)
    )
    raise CurveError(
        f"deal {option.name} is an option on a price of {price:g} at {level:g}, which no "
        "lognormal price reaches; give normal_volatility with --indices"
    )


def fixings(option: Option, day: dt.date) -> tuple[Floats, int]:
    """Return the years to the weekdays of a mean that are to come, and how many it has in all."""
    month = option.mean_of or option.expiry
    days = [month + dt.timedelta(days=at) for at in range((option.expiry - month).days + 1)]
    days = [one for one in days if one.weekday() < 5] or [option.expiry]
    return np.array([(one - day).days / DAYS_A_YEAR for one in days if one > day]), len(days)


def weighed_years(option: Option, day: dt.date) -> float:
    """Return the years over which what an option is on moves; a mean moves less than a price."""
    if option.mean_of is None:
        return (option.expiry - day).days / DAYS_A_YEAR
    times, count = fixings(option, day)
    return float(np.minimum.outer(times, times).sum()) / count**2


def mean_value(
    option: Option, kind: str, day: dt.date, forward: Floats, strike: Floats, volatility: float
) -> Floats:
    """Return the value of an option on the mean of the weekdays of a month, of a lognormal price.

    The price of the month stands for the days that are past, whose own prices are not told.
    """
    times, count = fixings(option, day)
    past = count - len(times)
    if not len(times):
        return np.maximum(forward - strike if kind == "call" else strike - forward, 0.0)
    value = average_price(
        kind,
        forwards=1.0,
        times=times,
        volatilities=volatility,
        # In units of the forward, so that many are valued at once.
        strike=strike / forward,
        weights=np.full(len(times), 1.0 / count),
        fixed=np.ones(past),
        fixed_weights=np.full(past, 1.0 / count),
    )
    return forward * value


def normal_value(
    option: Option, kind: str, day: dt.date, forward: Floats, strike: Floats, volatility: float
) -> Floats:
    """Return the Bachelier value of an option, on the mean of a month's weekdays if it is on that.

    The mean of a normal price is normal: its variance is that of the days to come, weighed.
    """
    return european(
        Model.BACHELIER,
        kind,
        forward=forward,
        strike=strike,
        time=1.0,
        volatility=volatility * np.sqrt(weighed_years(option, day)),
    ).price
