"""Deals of a close at later times, as money that does not move and money that prices move.

At a time, a deal is worth what is still to be delivered at forward prices, less the deal's price
for all that is not yet paid: delivered energy is owed until the agreement's day of payment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.portfolio.book import CloseInputs, PlacePrices
from wattbook.portfolio.book.valuation import LOADS, rate_of, spans
from wattbook.risk.credit import DealLoadings, ForwardMoves

__all__ = ["DAY_NS", "Payment", "deal_loadings", "last_payment_days"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
DAY_NS = 86_400_000_000_000
YEAR_NS = 365 * DAY_NS


@dataclass(frozen=True, slots=True)
class Payment:
    """When deliveries are paid.

    Parameters
    ----------
    day : int
        Of the month after delivery.
    is_daily : bool
        At once instead.
    """

    day: int
    is_daily: bool = False

    def due(self, there: PlacePrices) -> Numbers:
        """Return until when each period of a place is owed, ns UTC."""
        if self.is_daily:
            return there.start[1:]
        days = (there.month + 1).astype("datetime64[D]") + self.day
        return np.maximum(days.astype("datetime64[ns]").astype(np.int64), there.start[1:])


@dataclass(frozen=True, eq=False)
class Sums:
    """Running sums of a load at a place.

    Parameters
    ----------
    hours, priced : ndarray of shape (n + 1,)
        Hours, and hours times price, up to each period.
    fading : ndarray of shape (n + 1,)
        Hours from each period on, each weighed by its distance from that period.
    """

    hours: Floats
    priced: Floats
    fading: Floats


def sums_of(there: PlacePrices, load: str, years: Floats, moves: ForwardMoves) -> Sums:
    """Return the running sums of a load; `years` are those of all edges from now."""
    spent, priced = there.sums(load)
    hours = np.diff(spent)
    # Backwards, so that what is near is not lost in what is far.
    weight = np.exp(-moves.reversion * np.diff(years)).tolist()
    fading = [0.0] * (len(hours) + 1)
    for at in range(len(hours) - 1, -1, -1):
        fading[at] = hours[at] + weight[at] * fading[at + 1]
    return Sums(spent, priced, np.array(fading))


def deal_loadings(
    now: CloseInputs,
    deals: pl.DataFrame,
    places: tuple[str, ...],
    moves: dict[str, ForwardMoves],
    payment: Payment,
    days: Numbers,
    withheld_days: int = 0,
) -> DealLoadings:
    """Return deals as loadings on the factors of their places.

    Parameters
    ----------
    now : CloseInputs
    deals : polars.DataFrame
        ``deal``, ``product``, ``currency``, ``power_mw`` bought, and ``owed``: power times price.
    places : tuple of str
        In the order of the factors: near factor and level of each.
    moves : dict of str to ForwardMoves
        By place; a place without any moves by nothing.
    payment : Payment
    days : ndarray of int64, shape (n_times,)
        From the close, rising.
    withheld_days : int, optional
        Payments that were due in so many days before each time are not made.

    Raises
    ------
    CurveError
        As `wattbook.portfolio.book.values`.
    InputError
        If a rate of exchange is missing.
    """
    found = spans(deals, now.prices)
    shape = (deals.height, len(days))
    base, near, level = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    factor = np.zeros((deals.height, 2), np.int64)
    power = deals["power_mw"].to_numpy()
    rates = {code: rate_of(now.fx, code, "a deal") for code in deals["currency"].unique().to_list()}
    owed = deals["owed"].to_numpy() * np.array([rates[code] for code in deals["currency"]])
    for number, name in enumerate(places):
        at_place = found.place == name
        if not at_place.any():
            continue
        factor[at_place] = (2 * number, 2 * number + 1)
        there = now.prices[name]
        move = moves.get(name, ForwardMoves(0.0, 0.0, 0.0))
        rate = rate_of(now.fx, there.currency, f"the curve of {name}")
        instants = there.open_from + days * DAY_NS
        years = (there.start - there.open_from) / YEAR_NS
        ahead = np.searchsorted(there.start[:-1], instants)
        since = np.maximum(instants - withheld_days * DAY_NS, there.open_from)
        unpaid = np.searchsorted(payment.due(there), since, side="right")
        if payment.is_daily:
            unpaid = ahead
        for load in LOADS:
            chosen = np.flatnonzero(at_place & (found.load == load))
            if not len(chosen):
                continue
            sums = sums_of(there, load, years, move)
            low, high = found.low[chosen, None], found.high[chosen, None]
            first = np.clip(ahead, low, high)
            from_unpaid = np.clip(unpaid, low, high)
            mw = power[chosen, None]
            open_hours = sums.hours[high] - sums.hours[first]
            base[chosen] = mw * rate * (sums.priced[high] - sums.priced[first]) - owed[
                chosen, None
            ] * (sums.hours[high] - sums.hours[from_unpaid])
            level[chosen] = mw * rate * open_hours
            waits = np.exp(-move.reversion * np.maximum(years[first] - days / 365.0, 0.0))
            faded = np.exp(-move.reversion * (years[high] - years[first])) * sums.fading[high]
            near[chosen] = mw * rate * waits * (sums.fading[first] - faded)
    return DealLoadings(base, factor, np.stack([near, level], axis=1))


def last_payment_days(now: CloseInputs, deals: pl.DataFrame, payment: Payment) -> int:
    """Return after how many days the last deal is delivered and paid, at least 1."""
    found = spans(deals, now.prices)
    latest = 1
    for name in sorted(set(found.place.tolist())):
        there = now.prices[name]
        last = int(found.high[found.place == name].max())
        if last:
            due = int(payment.due(there)[last - 1])
            latest = max(latest, -(-(due - there.open_from) // DAY_NS))
    return latest
