"""A price for each day from quotes of days and of averages over days, one quote after the other.

Futures on power settle by a day's price or by the average of a month's; here each quote is a node
of the curve at its last pricing day, and in the order of these days each average gives the one
price that it needs. `build_curve` weighs all quotes at once and is smooth; this one marks a book to
the quotes as they stand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from wattbook.domain.calendars import nerc_holidays
from wattbook.errors import CurveError

__all__ = ["AverageQuote", "Between", "BootstrappedCurve", "bootstrap_curve", "nerc_peak_days"]


class Between(Enum):
    """Price on a day between two nodes; before the first and after the last it is theirs."""

    BACKWARD_FLAT = "backward_flat"
    """That of the next node."""
    LINEAR = "linear"
    """On the line between them, by calendar days."""


@dataclass(frozen=True, slots=True)
class AverageQuote:
    """The mean price of days, such as a month's peak days: in order, at least one."""

    days: tuple[dt.date, ...]
    price: float


@dataclass(frozen=True, slots=True)
class BootstrappedCurve:
    """Nodes by day and what lies between; prices in the quotes' unit."""

    days: tuple[dt.date, ...]
    prices: NDArray[np.float64]
    between: Between

    def price(self, days: Sequence[dt.date]) -> NDArray[np.float64]:
        """Return the price of each of `days`: float64, shape (n_days,)."""
        asked = np.array([day.toordinal() for day in days])
        return weights(asked, self.days, self.between) @ self.prices


def weights(
    asked: NDArray[np.int64], nodes: Sequence[dt.date], between: Between
) -> NDArray[np.float64]:
    """How much each node counts on each day: float64, shape (n_days, n_nodes)."""
    places = np.array([day.toordinal() for day in nodes])
    inside = np.clip(asked, places[0], places[-1])
    after = np.searchsorted(places, inside)
    found = np.zeros((asked.size, places.size))
    rows = np.arange(asked.size)
    if between is Between.BACKWARD_FLAT:
        found[rows, after] = 1.0
        return found
    before = np.maximum(after - 1, 0)
    gap = np.maximum(places[after] - places[before], 1)
    share = np.where(after == before, 1.0, (inside - places[before]) / gap)
    np.add.at(found, (rows, after), share)
    np.add.at(found, (rows, before), 1.0 - share)
    return found


def nerc_peak_days(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Return the weekdays from `first` to `last`, both counted, that are no NERC holidays."""
    holidays = {day for year in range(first.year, last.year + 1) for day in nerc_holidays(year)}
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(day for day in days if day.weekday() < 5 and day not in holidays)


def bootstrap_curve(
    as_of: dt.date,
    daily: Mapping[dt.date, float],
    averages: Sequence[AverageQuote],
    *,
    between: Between = Between.BACKWARD_FLAT,
    fixings: Mapping[dt.date, float] | None = None,
    averages_first: bool = False,
) -> BootstrappedCurve:
    """Return the curve on which every quote kept has its price.

    Parameters
    ----------
    as_of : date
        Day of the quotes; days up to it have fixings and no quotes.
    daily : mapping
        Price of each day; those up to `as_of` are left out.
    averages : sequence of AverageQuote
        Their node is their last day; those that end by `as_of` are left out.
    between : Between, optional
        How the price runs from node to node.
    fixings : mapping, optional
        Prices of days up to `as_of`, which an average that has begun needs.
    averages_first : bool, optional
        Which quote stays where a day and an average end together: the day's, unless true.

    Raises
    ------
    CurveError
        Without a quote after `as_of`, for a price that is no number, for an average whose days have
        begun without fixings (with the first day that lacks one) or that other nodes fix already.

    References
    ----------
    P. Hagan and G. West, "Interpolation methods for curve construction", Applied Mathematical
    Finance 13 (2006), 89-129, on bootstraps of this kind.

    Examples
    --------
    >>> may = nerc_peak_days(dt.date(2020, 5, 1), dt.date(2020, 5, 31))
    >>> curve = bootstrap_curve(
    ...     dt.date(2020, 4, 27), {dt.date(2020, 5, 1): 19.0}, [AverageQuote(may, 20.9)]
    ... )
    >>> curve.price([dt.date(2020, 5, 1), dt.date(2020, 5, 20)]).tolist()
    [19.0, 21.0]
    """
    known = dict(fixings or {})
    days = {day: price for day, price in daily.items() if day > as_of}
    means = {quote.days[-1]: quote for quote in averages if quote.days[-1] > as_of}
    for day, price in [*days.items(), *((day, quote.price) for day, quote in means.items())]:
        if not np.isfinite(price):
            message = f"the quote that ends on {day} is {price}: give a number, or leave it out"
            raise CurveError(message)
    for day in days.keys() & means.keys():
        del (days if averages_first else means)[day]
    nodes = sorted(days.keys() | means.keys())
    if not nodes:
        message = f"no quote ends after {as_of}: a curve needs one"
        raise CurveError(message)
    prices = np.array([days.get(day, 0.0) for day in nodes])
    for place, node in enumerate(nodes):
        if node in means:
            prices[place] = _missing_price(means[node], as_of, known, nodes, prices, place, between)
    return BootstrappedCurve(tuple(nodes), prices, between)


def _missing_price(
    quote: AverageQuote,
    as_of: dt.date,
    fixings: Mapping[dt.date, float],
    nodes: Sequence[dt.date],
    prices: NDArray[np.float64],
    place: int,
    between: Between,
) -> float:
    """Price of the node `place` that gives an average its own, the nodes before it known."""
    begun = [day for day in quote.days if day <= as_of]
    unfixed = [day for day in begun if day not in fixings]
    if unfixed:
        message = (
            f"the average that ends on {quote.days[-1]} has begun and {unfixed[0]} has no fixing: "
            "give its price in fixings, or leave the average out"
        )
        raise CurveError(message)
    left = np.array([day.toordinal() for day in quote.days if day > as_of])
    shares = weights(left, nodes, between).sum(axis=0)
    if shares[place] <= 0.0:
        message = f"other quotes fix the average that ends on {quote.days[-1]}: leave one out"
        raise CurveError(message)
    paid = sum(fixings[day] for day in begun) + float(shares[:place] @ prices[:place])
    return (quote.price * len(quote.days) - paid) / float(shares[place])
