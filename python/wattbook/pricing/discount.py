"""What money at a later date, or in another currency, is worth today.

A curve is as old as its quotes: each knows when it was made and how old it may be, and refuses to
value anything at an instant when it is older, or that lies beyond its last maturity.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError, StaleCurveError
from wattbook.pricing.columns import flat, refuse_endless

__all__ = ["DiscountCurve", "ForeignExchange"]


@dataclass(frozen=True, slots=True, eq=False)
class DiscountCurve:
    """Zero rates of one currency by time; the logarithm of the factor is linear between maturities.

    Parameters
    ----------
    currency : str
        ISO 4217 code.
    made : datetime, with a time zone
        When its quotes were taken; times count from then.
    years, rates : array, shape (n,)
        Maturities in years, above 0 and rising, and zero rates per year, continuously compounded.
        Before the first maturity its rate holds.
    oldest : timedelta, optional
        Age from which it is stale; a day unless told.

    Raises
    ------
    InputError
        For maturities that do not rise or a rate that is no number, with its place, and for a
        currency that is no code.

    Examples
    --------
    >>> made = dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC)
    >>> curve = DiscountCurve("EUR", made, [0.25, 1.0], [0.02, 0.03])
    >>> curve.factor([0.25, 1.0], at=made).round(6).tolist()
    [0.995012, 0.970446]
    """

    currency: str
    made: dt.datetime
    years: ArrayLike
    rates: ArrayLike
    oldest: dt.timedelta = dt.timedelta(days=1)

    def __post_init__(self) -> None:
        """Check the columns and keep them as arrays."""
        code: object = self.currency
        if not (isinstance(code, str) and len(code) == 3 and code.isascii() and code.isupper()):
            message = f"{code!r} is no currency: give its ISO 4217 code, such as 'EUR'"
            raise InputError(message)
        if self.made.tzinfo is None:
            message = f"{self.currency} curve: {self.made}: give an instant with a time zone"
            raise InputError(message)
        years, rates = (np.asarray(given, dtype=np.float64) for given in (self.years, self.rates))
        if years.ndim != 1 or years.shape != rates.shape or not years.size:
            message = f"{self.currency} curve: give as many rates as years, at least one"
            raise InputError(message)
        rising = np.diff(years, prepend=0.0) > 0.0
        wrong = np.flatnonzero(~(rising & np.isfinite(years) & np.isfinite(rates)))
        if wrong.size:
            row = int(wrong[0])
            message = (
                f"{self.currency} curve: row {row}: {years[row]} years at {rates[row]}: give a "
                "number for each maturity, in rising order above 0"
            )
            raise InputError(message)
        object.__setattr__(self, "years", years)
        object.__setattr__(self, "rates", rates)

    def factor(self, years: ArrayLike, *, at: dt.datetime) -> NDArray[np.float64]:
        """Return the value at `at` of one unit paid after `years`: float64, their shape.

        Raises
        ------
        StaleCurveError
            If the curve is older than it may be at `at`, or made after it.
        InputError
            For a time below 0 or beyond the last maturity.
        """
        found: NDArray[np.float64] = np.exp(self._log_factor(years, at))
        return found

    def _log_factor(self, years: ArrayLike, at: dt.datetime) -> NDArray[np.float64]:
        check_age(f"{self.currency} discount curve", self.made, self.oldest, at)
        shape, (given,) = flat({"years": years})
        asked = np.reshape(given, shape)
        maturities = np.asarray(self.years)
        inside = (asked >= 0.0) & (asked <= maturities[-1])
        if not np.all(inside):
            row = int(np.flatnonzero(~np.ravel(inside))[0])
            message = (
                f"{self.currency} discount curve: row {row}: {np.ravel(asked)[row]} years, where "
                f"it runs from 0 to {maturities[-1]}: quote a longer maturity"
            )
            raise InputError(message)
        logs = np.r_[0.0, -maturities * np.asarray(self.rates)]
        found: NDArray[np.float64] = np.interp(asked, np.r_[0.0, maturities], logs)
        return found

    def rate(self, years: ArrayLike, *, at: dt.datetime) -> NDArray[np.float64]:
        """Return zero rates for the option functions: float64, the shape of `years`.

        At 0 years it is the rate of the first maturity, which holds before it.

        Raises
        ------
        StaleCurveError
            If the curve is older than it may be at `at`, or made after it.
        InputError
            For a time below 0 or beyond the last maturity.
        """
        logs = self._log_factor(years, at)
        asked, maturities, rates = (
            np.asarray(given, dtype=np.float64) for given in (years, self.years, self.rates)
        )
        # Before the first maturity a quotient would lose digits, and at 0 there is none.
        is_early = asked <= maturities[0]
        found: NDArray[np.float64] = np.where(
            is_early, rates[0], -logs / np.where(is_early, 1.0, asked)
        )[()]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class ForeignExchange:
    """Forward rates between two currencies, by covered parity of their discount curves.

    Parameters
    ----------
    spot : float
        Units of `domestic`'s currency for one of `foreign`'s.
    made : datetime, with a time zone
        When the spot rate was quoted.
    domestic, foreign : DiscountCurve
        Curves of both currencies.
    oldest : timedelta, optional
        Age from which the spot rate is stale.

    Raises
    ------
    InputError
        For a spot rate that is not above 0, an instant without a zone, and two curves of one
        currency.

    Examples
    --------
    >>> made = dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC)
    >>> euro = DiscountCurve("EUR", made, [1.0], [0.02])
    >>> dollar = DiscountCurve("USD", made, [1.0], [0.04])
    >>> rates = ForeignExchange(0.9, made, domestic=euro, foreign=dollar)
    >>> round(float(rates.forward(1.0, at=made)), 6)
    0.882179
    """

    spot: float
    made: dt.datetime
    domestic: DiscountCurve
    foreign: DiscountCurve
    oldest: dt.timedelta = dt.timedelta(days=1)

    def __post_init__(self) -> None:
        """Check the spot rate."""
        if self.domestic.currency == self.foreign.currency:
            message = f"{self._pair}: give curves of two currencies"
            raise InputError(message)
        shape, (spot,) = flat({self._pair: self.spot})
        if shape or not 0.0 < float(spot) < np.inf:
            message = f"{self._pair} is {self.spot}: give a rate above 0"
            raise InputError(message)
        if self.made.tzinfo is None:
            message = f"{self._pair}: made is {self.made}: give an instant with a time zone"
            raise InputError(message)

    @property
    def _pair(self) -> str:
        return f"{self.domestic.currency} for one {self.foreign.currency}"

    def forward(self, years: ArrayLike, *, at: dt.datetime) -> NDArray[np.float64]:
        """Return the rates agreed at `at` for exchange after `years`: float64, their shape.

        Raises
        ------
        StaleCurveError
            If the spot rate or either curve is older than it may be.
        InputError
            For a time beyond a curve's last maturity.
        """
        check_age(self._pair, self.made, self.oldest, at)
        foreign, domestic = self.foreign.factor(years, at=at), self.domestic.factor(years, at=at)
        rates: NDArray[np.float64] = self.spot * foreign / domestic
        refuse_endless({self._pair: rates}, "give another rate")
        return rates

    def converted(self, present: ArrayLike, *, at: dt.datetime) -> NDArray[np.float64]:
        """Return present values of the foreign currency in the domestic one: at the spot rate.

        Raises
        ------
        StaleCurveError
            If the spot rate is older than it may be.
        InputError
            For a value that is no number, or none once it is converted.
        """
        check_age(self._pair, self.made, self.oldest, at)
        shape, (given,) = flat({"present": present})
        with np.errstate(over="ignore", invalid="ignore"):
            values: NDArray[np.float64] = self.spot * np.reshape(given, shape)
        refuse_endless({"present value": values}, "give finite values")
        return values[()]


def check_age(name: str, made: dt.datetime, oldest: dt.timedelta, at: dt.datetime) -> None:
    """Refuse what was made after `at`, or so long before that it is stale."""
    if at.tzinfo is None:
        message = f"{name}: at is {at}: give an instant with a time zone"
        raise InputError(message)
    if not dt.timedelta(0) <= at - made <= oldest:
        raise StaleCurveError(name, made, oldest, at)
