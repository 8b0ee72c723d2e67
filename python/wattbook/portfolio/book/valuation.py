"""What deals are worth at the prices of their places, and what they add up to by delivery month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import CurveError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["PlacePrices", "places_of", "positions", "rate_of", "running_power", "values"]

Floats: TypeAlias = "NDArray[np.float64]"
Numbers: TypeAlias = "NDArray[np.int64]"
MILLION = 1e6
LOADS = ("base", "peak", "off_peak")


@dataclass(frozen=True, eq=False)
class PlacePrices:
    """Prices of a place's consecutive delivery periods: delivered ones, then the forward curve.

    Parameters
    ----------
    currency : str
        Of the prices.
    start : ndarray of int64, shape (n + 1,), ns UTC
        First instant of each period, and the end of the last.
    hours : ndarray of float64, shape (n,)
    is_peak : ndarray of bool, shape (n,)
    price : ndarray of float64, shape (n,), money a MWh
    month : ndarray of datetime64[M], shape (n,)
        Of the delivery day, on the place's calendar.
    is_marked : ndarray of bool, shape (n,)
        Delivered, but still at the last mark of a curve: no price of it was published yet.
    open_from : int, ns UTC
        What is delivered from then on is open.
    """

    currency: str
    start: Numbers
    hours: Floats
    is_peak: NDArray[np.bool_]
    price: Floats
    month: NDArray[np.datetime64]
    is_marked: NDArray[np.bool_]
    open_from: int

    def delivers(self, load: str) -> Floats:
        """Return 1 for each period that a load delivers in, 0 for the others."""
        if load == "base":
            return np.ones(len(self.hours))
        return (self.is_peak if load == "peak" else ~self.is_peak).astype(np.float64)

    def sums(self, load: str) -> tuple[Floats, Floats]:
        """Return hours, and hours times price, up to each period of a load."""
        hours = self.hours * self.delivers(load)
        return (
            np.concatenate([[0.0], np.cumsum(hours)]),
            np.concatenate([[0.0], np.cumsum(hours * self.price)]),
        )


@dataclass(frozen=True)
class Spans:
    """Where each deal delivers in the prices of its place.

    Parameters
    ----------
    place, load : ndarray of str, shape (n_deals,)
    low, high : ndarray of int64, shape (n_deals,)
        First period, and the first after the last; what lies before the prices is left out.
    """

    place: NDArray[np.object_]
    load: NDArray[np.object_]
    low: Numbers
    high: Numbers


def places_of(deals: pl.DataFrame) -> frozenset[str]:
    """Return where deals deliver."""
    return frozenset(DeliveryProduct(name).place for name in deals["product"].unique().to_list())


def spans(deals: pl.DataFrame, prices: Mapping[str, PlacePrices]) -> Spans:
    """Return where deals deliver.

    Raises
    ------
    CurveError
        If a place has no prices, they end before a deal does, or a period is cut; names deal, place
        and fix.
    """
    known: dict[str, tuple[str, str, int, int]] = {}
    first = deals.group_by("product", maintain_order=True).agg(pl.col("deal").first())
    for name, deal in first.iter_rows():
        product = DeliveryProduct(name)
        if product.place not in prices:
            raise CurveError(
                f"deal {deal} delivers at {product.place}, of which there is no curve; keep one "
                "for the day"
            )
        there = prices[product.place]
        bounds = np.maximum([product.delivery_start, product.delivery_end], there.start[0])
        if bounds[1] > there.start[-1]:
            end = there.start[-1].astype("datetime64[ns]").astype("datetime64[D]")
            raise CurveError(
                f"deal {deal} delivers {name}, the curve of {product.place} ends on {end}; keep a "
                "longer one for the day"
            )
        low, high = np.searchsorted(there.start, bounds).tolist()
        if there.start[low] != bounds[0] or there.start[high] != bounds[1]:
            raise CurveError(
                f"deal {deal}: {name} cuts a period of the curve of {product.place}; keep a curve "
                "with shorter periods"
            )
        known[name] = (product.place, product.load, low, high)
    rows = [known[name] for name in deals["product"]]
    return Spans(
        np.array([row[0] for row in rows], object),
        np.array([row[1] for row in rows], object),
        np.array([row[2] for row in rows], np.int64),
        np.array([row[3] for row in rows], np.int64),
    )


def rate_of(fx: Mapping[str, float], currency: str, what: str) -> float:
    """Return what one of a currency is worth in the desk's.

    Raises
    ------
    InputError
        If it is missing or no rate; names what needs it.
    """
    rate = fx.get(currency)
    if rate is None or not np.isfinite(rate) or rate <= 0:
        raise InputError(
            f"{what} is in {currency}, of which there is no rate; give what one {currency} is "
            "worth in the desk's currency"
        )
    return rate


def values(
    deals: pl.DataFrame, prices: Mapping[str, PlacePrices], fx: Mapping[str, float]
) -> tuple[Floats, Floats]:
    """Return energy and value of each deal: bought energy times what it fetches above its price.

    What it fetches is in the currency of its place, its price in that of the deal.

    Parameters
    ----------
    deals : polars.DataFrame
        Columns of `DEALS`.
    prices : mapping of str to PlacePrices
        By place.
    fx : mapping of str to float
        What one of a currency is worth in the desk's.

    Returns
    -------
    energy : ndarray of shape (n_deals,), MWh
    value : ndarray of shape (n_deals,), money of the desk

    Raises
    ------
    CurveError
        If a place has no prices, they end before a deal does, or a period is cut.
    InputError
        If a rate is missing.
    """
    found = spans(deals, prices)
    hours, worth = np.zeros(deals.height), np.zeros(deals.height)
    for name, there in prices.items():
        at_place = found.place == name
        if not at_place.any():
            continue
        rate = rate_of(fx, there.currency, f"the curve of {name}")
        for load in LOADS:
            chosen = np.flatnonzero(at_place & (found.load == load))
            if not len(chosen):
                continue
            spent, priced = there.sums(load)
            low, high = found.low[chosen], found.high[chosen]
            hours[chosen] = spent[high] - spent[low]
            worth[chosen] = rate * (priced[high] - priced[low])
    first = deals.group_by("currency", maintain_order=True).agg(pl.col("deal").first())
    rates = {code: rate_of(fx, code, f"deal {deal}") for code, deal in first.iter_rows()}
    rate_of_deal = np.array([rates[code] for code in deals["currency"]], np.float64)
    power = deals["power"].to_numpy() / MILLION
    energy = power * hours
    owed = energy * (deals["price"].to_numpy() / MILLION) * rate_of_deal
    return energy, power * worth - owed


def running_power(
    deals: pl.DataFrame, prices: Mapping[str, PlacePrices]
) -> dict[tuple[str, str], Floats]:
    """Return what each book gets of each place in every period, MW, given away below zero.

    Raises
    ------
    CurveError
        As `values`.
    """
    found = spans(deals, prices)
    power = deals["power"].to_numpy() / MILLION
    books = deals["book"].to_numpy()
    made = {}
    for name, there in prices.items():
        at_place = found.place == name
        for book in sorted(set(books[at_place])):
            running = np.zeros(len(there.hours))
            for load in LOADS:
                chosen = at_place & (found.load == load) & (books == book)
                if not chosen.any():
                    continue
                edges = np.zeros(len(there.hours) + 1)
                np.add.at(edges, found.low[chosen], power[chosen])
                np.add.at(edges, found.high[chosen], -power[chosen])
                running += np.cumsum(edges)[:-1] * there.delivers(load)
            # Powers that cancel leave the dust of their sums.
            made[str(book), name] = np.where(np.abs(running) < 1e-7, 0.0, running)
    return made


def positions(
    deals: pl.DataFrame, prices: Mapping[str, PlacePrices], fx: Mapping[str, float]
) -> pl.DataFrame:
    """Return what each book has still to get (above zero) or to deliver, by place and month.

    Parameters
    ----------
    deals, prices, fx
        As for `values`.

    Returns
    -------
    polars.DataFrame
        ``book``, ``place``, ``month`` (its first day), ``energy_mwh``, ``peak_mwh`` of it,
        ``price`` (mean of the month's hours that are open) in ``currency``, and ``market_value``
        in the desk's currency.
    """
    rows = []
    for (book, name), power in running_power(deals, prices).items():
        there = prices[name]
        first = int(np.searchsorted(there.start[:-1], there.open_from))
        if first == len(there.hours):
            continue
        months, starts = np.unique(there.month[first:], return_index=True)
        hours, price = there.hours[first:], there.price[first:]
        energy = power[first:] * hours
        spent = np.add.reduceat(hours, starts)
        mean = np.add.reduceat(hours * price, starts) / spent
        peak = np.add.reduceat(np.where(there.is_peak[first:], energy, 0.0), starts)
        rate = rate_of(fx, there.currency, f"the curve of {name}")
        worth = rate * np.add.reduceat(energy * price, starts)
        by_month = np.add.reduceat(energy, starts)
        rows += [
            (book, name, month, by_month[at], peak[at], mean[at], there.currency, worth[at])
            for at, month in enumerate(months.astype("datetime64[D]").tolist())
            if by_month[at] or peak[at]
        ]
    schema = {
        "book": pl.String,
        "place": pl.String,
        "month": pl.Date,
        "energy_mwh": pl.Float64,
        "peak_mwh": pl.Float64,
        "price": pl.Float64,
        "currency": pl.String,
        "market_value": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort("book", "place", "month")
