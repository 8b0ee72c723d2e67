"""A curve of discount factors from what its market quotes: deposits, futures, swaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.pricing.discount import DiscountCurve

__all__ = ["Deposit", "InterestSwap", "RateFuture", "RateQuote", "bootstrap_discount_curve"]

Array: TypeAlias = NDArray[np.float64]

_LEAST_STEP = 1e-9
_LOWEST, _HIGHEST = -1.0, 10.0
"""A swap's last forward rate is looked for between these: per year, continuously compounded."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """Money lent from now on, paid back with simple interest.

    Parameters
    ----------
    years : float
        Until it is paid back, as the market counts days; above 0.
    rate : float
        Per year.
    """

    years: float
    rate: float

    @property
    def end(self) -> float:
        """Years until its last payment."""
        return self.years


@dataclass(frozen=True, slots=True)
class RateFuture:
    """A future on the simple interest of a period to come.

    Parameters
    ----------
    start, end : float
        Years until the period begins and ends.
    price : float
        100 less the rate in per cent.
    convexity : float, optional
        Rate per year by which the future's is above the forward's, because gains are paid daily;
        0 unless told.
    """

    start: float
    end: float
    price: float
    convexity: float = 0.0


@dataclass(frozen=True, slots=True)
class InterestSwap:
    """A fixed rate against the floating one of the same curve, from now on.

    Parameters
    ----------
    years : float
        Until its last payment.
    rate : float
        The fixed one, simple, per year.
    per_year : int, optional
        Fixed payments a year, the odd period first; 1 unless told.
    """

    years: float
    rate: float
    per_year: int = 1

    @property
    def end(self) -> float:
        """Years until its last payment."""
        return self.years


RateQuote: TypeAlias = Deposit | RateFuture | InterestSwap


def bootstrap_discount_curve(
    currency: str,
    made: dt.datetime,
    quotes: Sequence[RateQuote],
    oldest: dt.timedelta = dt.timedelta(days=1),
) -> DiscountCurve:
    """Return the curve that gives back every quote, one maturity for each.

    The logarithm of the discount factor is linear between maturities, as `DiscountCurve` has it.
    Deposits and futures say their factor at once; a swap's is found by halving, because payments
    between the maturity before and its own lie on the stretch that it decides (P. Hagan and
    G. West, Applied Mathematical Finance 13, 2006, for the method and its alternatives).

    Parameters
    ----------
    currency : str
        ISO 4217 code.
    made : datetime, with a time zone
        When the quotes were taken.
    quotes : sequence of Deposit, RateFuture or InterestSwap
        Whose last payments rise.
    oldest : timedelta, optional
        Age from which the curve is stale.

    Raises
    ------
    InputError
        Naming the row: for ends that do not rise, a number that is none, a future that begins after
        what is known before it (a gap no quote covers), a quote whose factor would not be above 0.

    Examples
    --------
    >>> made = dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC)
    >>> quotes = [Deposit(0.25, 0.021), RateFuture(0.25, 0.5, 97.8), InterestSwap(2.0, 0.024)]
    >>> curve = bootstrap_discount_curve("EUR", made, quotes)
    >>> curve.factor([0.25, 0.5, 2.0], at=made).round(6).tolist()
    [0.994777, 0.989336, 0.953657]
    """
    years, logs = [0.0], [0.0]
    for row, quote in enumerate(quotes):
        place = f"{currency} curve: row {row}: {quote}"
        numbers = [getattr(quote, name) for name in quote.__dataclass_fields__]
        if not np.all(np.isfinite(np.asarray(numbers, dtype=np.float64))):
            message = f"{place}: give a number for each field"
            raise InputError(message)
        if not quote.end > years[-1] + _LEAST_STEP:
            message = f"{place}: ends no later than {years[-1]} years: give quotes by rising end"
            raise InputError(message)
        log = _log_factor(quote, np.array(years), np.array(logs), place)
        years.append(quote.end)
        logs.append(log)
    if len(years) == 1:
        message = f"{currency} curve: no quote: give at least one"
        raise InputError(message)
    ends = np.array(years[1:])
    return DiscountCurve(currency, made, ends, -np.array(logs[1:]) / ends, oldest)


def _log_factor(quote: RateQuote, years: Array, logs: Array, place: str) -> float:
    """Return the logarithm of the discount factor at the end of a quote."""
    if isinstance(quote, InterestSwap):
        return _swap_log(quote, years, logs, place)
    if isinstance(quote, Deposit):
        start, rate = 0.0, quote.rate
    else:
        start, rate = quote.start, (100.0 - quote.price) / 100.0 - quote.convexity
        if not 0.0 <= start < quote.end:
            message = f"{place}: give a start from 0, before its end"
            raise InputError(message)
        if start > years[-1] + _LEAST_STEP:
            message = (
                f"{place}: begins at {start} years, where quotes before it reach {years[-1]}: give "
                "one that covers the gap"
            )
            raise InputError(message)
    growth = 1.0 + rate * (quote.end - start)
    if not growth > 0.0:
        message = f"{place}: pays back nothing: give a rate above {-1.0 / (quote.end - start):g}"
        raise InputError(message)
    return float(np.interp(start, years, logs)) - float(np.log(growth))


def _swap_log(swap: InterestSwap, years: Array, logs: Array, place: str) -> float:
    """Return the logarithm of the factor at which a swap is worth nothing."""
    if swap.per_year < 1 or swap.per_year != int(swap.per_year) or swap.years > 100.0:
        message = f"{place}: give whole payments a year, at least 1, and at most 100 years"
        raise InputError(message)
    count = int(np.ceil(swap.years * swap.per_year - _LEAST_STEP))
    times = swap.years - np.arange(count)[::-1] / swap.per_year
    lengths = np.diff(times, prepend=0.0)
    span = swap.years - years[-1]

    def worth(forward: float) -> float:
        """Return fixed payments and principal less 1; it falls as the last forward rate rises."""
        last = logs[-1] - forward * span
        factors = np.exp(np.interp(times, np.append(years, swap.years), np.append(logs, last)))
        return float(swap.rate * lengths @ factors + factors[-1] - 1.0)

    low, high = _LOWEST, _HIGHEST
    if not worth(low) > 0.0 > worth(high):
        message = f"{place}: no rate between its last two maturities gives this: check the quote"
        raise InputError(message)
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if worth(middle) > 0.0 else (low, middle)
    return float(logs[-1] - 0.5 * (low + high) * span)
