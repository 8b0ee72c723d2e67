"""Options on averages: of the days of a month, weighted, partly fixed already."""

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.choice import chosen
from wattbook.errors import InputError
from wattbook.pricing.columns import refuse_beyond, refuse_endless, signs
from wattbook.pricing.european import Model, european

__all__ = ["AverageMethod", "average_price", "average_strike_geometric", "continuous_average"]


class AverageMethod(Enum):
    """How an option on an average is valued."""

    EXACT = "exact"
    """Arithmetic, by quadrature (J. Choi, Journal of Futures Markets 38, 2018)."""
    MOMENTS = "moments"
    """Arithmetic, as one lognormal price with the average's mean and variance (S. Turnbull and L.
    Wakeman, Journal of Financial and Quantitative Analysis 26, 1991; E. Levy, Journal of
    International Money and Finance 11, 1992)."""
    GEOMETRIC = "geometric"
    """The geometric average, in closed form (A. Kemna and A. Vorst, Journal of Banking & Finance
    14, 1990)."""


def _kind(kind: str) -> float:
    return float(signs(kind))


def _column(name: str, values: ArrayLike, count: int | None = None) -> NDArray[np.float64]:
    column = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if count is not None and column.size == 1:
        column = np.full(count, column[0])
    if column.ndim != 1 or (count is not None and column.size != count):
        message = f"{name} has shape {column.shape}: give one for each fixing to come, {count}"
        raise InputError(message)
    return np.ascontiguousarray(column)


@dataclass(frozen=True, slots=True)
class AverageInputs:
    """What an option on an average is on, as the kernels take it; columns by fixing to come."""

    sign: float
    forward: NDArray[np.float64]
    times: NDArray[np.float64]
    volatility: NDArray[np.float64]
    variances: NDArray[np.float64]
    """Of the logarithm until each fixing."""
    share: NDArray[np.float64]
    """Weight in the average."""
    fixed: NDArray[np.float64]
    fixed_share: NDArray[np.float64]
    years: float
    """To payment."""
    discount: float

    @property
    def made(self) -> float:
        """What fixings made add to the average."""
        return float(self.fixed @ self.fixed_share)


def average_inputs(
    kind: str,
    forwards: ArrayLike,
    times: ArrayLike,
    volatilities: ArrayLike,
    payment: float | None,
    rate: float,
    weights: ArrayLike | None,
    fixed: ArrayLike,
    fixed_weights: ArrayLike | None,
) -> AverageInputs:
    """Return the inputs of `average_price` as columns, checked.

    Raises
    ------
    InputError
        With field and remedy.
    """
    sign = _kind(kind)
    years = _column("times", times)
    count = years.size
    if not count:
        message = "times are empty: the average is known, and worth its discounted payoff"
        raise InputError(message)
    forward = _column("forwards", forwards, count)
    volatility = _column("volatilities", volatilities, count)
    made = np.asarray(fixed, dtype=np.float64).ravel()
    share, made_share = _shares(count, weights, made, fixed_weights)
    if not np.all(years >= 0.0) or (count > 1 and np.any(np.diff(years) < 0.0)):
        message = f"times are {years}: give years from 0 that do not fall"
        raise InputError(message)
    if not np.all((volatility >= 0.0) & (volatility <= 10.0)):
        message = f"volatilities are {volatility}: give numbers from 0 to 10"
        raise InputError(message)
    paid = float(years[-1]) if payment is None else payment
    if paid < years[-1]:
        message = (
            f"payment is {paid}, before the last fixing at {years[-1]}: give it or a later time"
        )
        raise InputError(message)
    if not 0.0 <= paid <= 1000.0 or not abs(rate * paid) <= 100.0:
        message = f"payment is {paid}, rate {rate}: give years from 0, their product within 100"
        raise InputError(message)
    refuse_beyond("forwards", forward, 1e-9, 1e9)
    refuse_beyond("fixed", made, -1e12, 1e12)
    refuse_beyond("variance until a fixing", volatility**2 * years, 0.0, 100.0)
    return AverageInputs(
        sign=sign,
        forward=forward,
        times=years,
        volatility=volatility,
        variances=np.ascontiguousarray(volatility**2 * years),
        share=share,
        fixed=made,
        fixed_share=made_share,
        years=paid,
        discount=math.exp(-rate * paid),
    )


def average_price(
    kind: str,
    *,
    forwards: ArrayLike,
    times: ArrayLike,
    volatilities: ArrayLike,
    strike: ArrayLike,
    payment: float | None = None,
    rate: float = 0.0,
    weights: ArrayLike | None = None,
    fixed: ArrayLike = (),
    fixed_weights: ArrayLike | None = None,
    method: AverageMethod = AverageMethod.EXACT,
) -> NDArray[np.float64]:
    """Present value of options on a weighted average of fixings, one for each strike.

    The price is lognormal and fixes on itself: fixings of one delivery month of a future, or of a
    spot price with its forwards. Days that have been fixed are given apart.

    Parameters
    ----------
    kind : str
        ``"call"`` or ``"put"``.
    forwards : array
        Forward for each fixing to come (or one for all), above 0.
    times : array, shape (n,)
        Years to each fixing to come, rising.
    volatilities : array
        Lognormal volatility until each fixing (or one for all).
    strike : array
        Of the average.
    payment : float, optional
        Years to payment; by default the last fixing's.
    rate : float, optional
        Discount rate.
    weights, fixed_weights : array, optional
        Of the fixings to come and of those made; equal over all of them by default. They are taken
        as shares of their sum.
    fixed : array, optional
        Prices fixed already.
    method : AverageMethod, optional
        Exact unless asked otherwise.

    Raises
    ------
    InputError
        With fixing, field and remedy, for what cannot be priced.

    Examples
    --------
    >>> days = np.arange(1, 22) / 252
    >>> value = average_price(
    ...     "call", forwards=60.0, times=days, volatilities=0.5, strike=[55.0, 60.0], rate=0.03,
    ... )
    >>> value.round(4)
    array([5.3837, 2.0596])
    """
    given = average_inputs(
        kind, forwards, times, volatilities, payment, rate, weights, fixed, fixed_weights
    )
    strikes = np.asarray(strike, dtype=np.float64)
    flat = np.ascontiguousarray(strikes.ravel())
    refuse_beyond("strike", flat, -1e12, 1e12)
    method = chosen(AverageMethod, method)
    if method is AverageMethod.EXACT:
        values = _core.average_values(
            given.sign,
            given.share,
            given.forward,
            given.variances,
            given.discount,
            flat - given.made,
        )
    else:
        values = averages_approximated(method, given, flat, with_slopes=False)[: flat.size]
    refuse_endless({"price": values}, "give smaller numbers")
    prices: NDArray[np.float64] = values.reshape(strikes.shape)[()]
    return prices


def _shares(
    count: int,
    weights: ArrayLike | None,
    made: NDArray[np.float64],
    fixed_weights: ArrayLike | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of fixings to come and made, as shares of 1."""
    to_come = _column("weights", 1.0 if weights is None else weights, count)
    past = np.ones(made.size)
    if made.size and (weights is None) != (fixed_weights is None):
        message = "weights and fixed_weights go together: give both, or neither for equal ones"
        raise InputError(message)
    if fixed_weights is not None:
        past = _column("fixed_weights", fixed_weights, made.size)
    total = float(to_come.sum() + past.sum())
    wrong = not np.all(np.isfinite(to_come) & (to_come >= 0.0)) or not np.all(past >= 0.0)
    if wrong or not total > 0.0 or not np.all(np.isfinite(made)):
        message = "give weights from 0, one of them above it, and finite fixings"
        raise InputError(message)
    return to_come / total, past / total


def _lognormal(
    kind: str, mean: float, variance: float, strikes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Undiscounted value on a lognormal price; a strike at or below 0 is passed for certain."""
    above = strikes > 0.0
    values = np.maximum(_kind(kind) * (mean - strikes), 0.0)
    if above.any():
        values[above] = european(
            Model.BLACK,
            kind,
            forward=mean,
            strike=strikes[above],
            time=1.0,
            volatility=math.sqrt(max(variance, 0.0)),
        ).price
    return values


def averages_approximated(
    method: AverageMethod,
    given: AverageInputs,
    strikes: NDArray[np.float64],
    *,
    with_slopes: bool,
) -> NDArray[np.float64]:
    """Price, delta, gamma, vega and slope by the fixings' times, one after the other by strike.

    Raises
    ------
    InputError
        With field and remedy, for an average that the approximation has no value of.
    """
    level, log_made = strikes.ravel(), 0.0
    if method is AverageMethod.GEOMETRIC:
        if np.any(given.fixed <= 0.0):
            message = f"fixings are {given.fixed}: a geometric average is of prices above 0"
            raise InputError(message)
        log_made = float(given.fixed_share @ np.log(given.fixed))
    else:
        mean = float((given.share * given.forward).sum())
        if not mean * mean > 0.0:
            message = "weights of the fixings to come are all 0: nothing is left to average"
            raise InputError(message)
        level = level - given.made
    figures: NDArray[np.float64] = _core.average_approximations(
        method.value,
        with_slopes,
        given.sign,
        given.share,
        given.forward,
        given.times,
        given.volatility,
        log_made,
        given.discount,
        np.ascontiguousarray(level),
    )
    return figures


def average_strike_geometric(
    kind: str,
    *,
    forwards: ArrayLike,
    times: ArrayLike,
    volatilities: ArrayLike,
    final_forward: float,
    final_time: float,
    final_volatility: float,
    rate: float = 0.0,
) -> float:
    """Present value of an option on the last price whose strike is the geometric average.

    Both are lognormal, so it is W. Margrabe's option to exchange one for the other (Journal of
    Finance 33, 1978).

    Raises
    ------
    InputError
        With row, field and bounds, for what a lognormal price cannot be.

    Examples
    --------
    >>> days = np.arange(1, 11) / 10
    >>> value = average_strike_geometric(
    ...     "call", forwards=100 * np.exp(0.03 * days), times=days, volatilities=0.2,
    ...     final_forward=100 * np.exp(0.03), final_time=1.0, final_volatility=0.2, rate=0.06,
    ... )
    >>> round(value, 5)
    4.9562
    """
    times = _column("times", times)
    if not times.size:
        message = "times are empty: give the years of the fixings"
        raise InputError(message)
    if final_time < times.max():
        message = f"final_time is {final_time}, before the last fixing: give it or a later one"
        raise InputError(message)
    forward = _column("forwards", forwards, times.size)
    volatility = _column("volatilities", volatilities, times.size)
    for name, values, most in (("times", times, 1000.0), ("volatilities", volatility, 10.0)):
        refuse_beyond(name, values, 0.0, most)
    refuse_beyond("final_time", final_time, 0.0, 1000.0)
    refuse_beyond("final_volatility", final_volatility, 0.0, 10.0)
    refuse_beyond("rate times final_time", rate * final_time, -100.0, 100.0)
    refuse_beyond("forwards", forward, 1e-9, 1e9)
    refuse_beyond("final_forward", final_forward, 1e-9, 1e9)
    variances = volatility**2 * times
    refuse_beyond("variance until a fixing", variances, 0.0, 100.0)
    refuse_beyond("variance until the end", final_volatility**2 * final_time, 0.0, 100.0)
    share = np.full(times.size, 1.0 / times.size)
    last = final_volatility**2 * final_time
    own = float(share @ np.minimum.outer(variances, variances) @ share)
    joint = float(share @ np.minimum(variances, last))
    strike = math.exp(float(share @ (np.log(forward) - 0.5 * variances)) + 0.5 * own)
    spread = max(last + own - 2.0 * joint, 0.0)
    values = _lognormal(kind, final_forward / strike, spread, np.ones(1))
    return float(math.exp(-rate * final_time) * strike * values[0])


def continuous_average(
    kind: str,
    *,
    spot: float,
    strike: float,
    time: float,
    volatility: float,
    rate: float = 0.0,
    carry_yield: float = 0.0,
    average_so_far: float | None = None,
    elapsed: float = 0.0,
    method: AverageMethod = AverageMethod.EXACT,
) -> float:
    """Present value of an option on the average of a spot price over all of its time.

    Parameters
    ----------
    time : float
        Years that are left; the average began `elapsed` years ago and is `average_so_far`.
    method : AverageMethod, optional
        `EXACT` is the limit of ever more fixings, by extrapolation from 48 and 96; `MOMENTS` is
        Levy's. There is no geometric one.

    Raises
    ------
    InputError
        For what cannot be priced.
    """
    method = chosen(AverageMethod, method)
    if method is AverageMethod.GEOMETRIC:
        message = "a continuous average is arithmetic here: choose exact or moments"
        raise InputError(message)
    if average_so_far is None:
        if elapsed:
            message = f"average_so_far is missing: {elapsed} years of the average have passed"
            raise InputError(message)
        average_so_far = 0.0
    for name, number, least, most in (
        ("spot", spot, 1e-9, 1e9),
        ("strike", strike, -1e12, 1e12),
        ("time", time, 1e-9, 1000.0),
        ("elapsed", elapsed, 0.0, 1000.0),
        ("average_so_far", average_so_far, -1e12, 1e12),
        ("volatility", volatility, 0.0, 10.0),
        ("squared volatility times time", volatility * volatility * time, 0.0, 100.0),
        ("rate times time", rate * time, -100.0, 100.0),
        ("carry_yield times time", carry_yield * time, -100.0, 100.0),
    ):
        refuse_beyond(name, number, least, most)
    if method is AverageMethod.MOMENTS:
        return _levy(
            kind, spot, strike, time, volatility, rate, carry_yield, average_so_far, elapsed
        )

    def fixings(count: int) -> float:
        at = np.linspace(0.0, time, count + 1)
        weights = np.full(count + 1, time / count)
        weights[[0, -1]] *= 0.5
        past: tuple[list[float], list[float]] = (
            ([average_so_far], [elapsed]) if elapsed else ([], [])
        )
        value = average_price(
            kind,
            forwards=spot * np.exp((rate - carry_yield) * at),
            times=at,
            volatilities=volatility,
            strike=strike,
            rate=rate,
            weights=weights,
            fixed=past[0],
            fixed_weights=past[1],
        )
        return float(value)

    return (4.0 * fixings(96) - fixings(48)) / 3.0


def _levy(
    kind: str,
    spot: float,
    strike: float,
    time: float,
    volatility: float,
    rate: float,
    carry_yield: float,
    average_so_far: float,
    elapsed: float,
) -> float:
    """E. Levy, Journal of International Money and Finance 11 (1992), section 3."""
    carry, square = rate - carry_yield, volatility * volatility
    whole = time + elapsed

    def growth(at: float) -> float:
        """Integral of ``exp(at t)`` over the time that is left."""
        return time if abs(at * time) < 1e-12 else math.expm1(at * time) / at

    mean = spot * growth(carry) / whole
    # Second moment: twice the integral over pairs of times.
    slope = carry + square
    if abs(slope * time) < 1e-9:
        message = "rate, yield and volatility cancel: Levy's moments need their sum apart from 0"
        raise InputError(message)
    second = 2.0 * spot * spot / whole**2 * (growth(2.0 * carry + square) - growth(carry)) / slope
    left = strike - average_so_far * elapsed / whole
    values = _lognormal(kind, mean, math.log(second / mean**2), np.array([left]))
    return float(math.exp(-rate * time) * values[0])
