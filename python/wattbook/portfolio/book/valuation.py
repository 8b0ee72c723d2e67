"""What deals are worth at the prices of their places, and what they add up to by delivery month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import CurveError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["PlacePrices", "positions", "values"]

Floats: TypeAlias = "NDArray[np.float64]"
Numbers: TypeAlias = "NDArray[np.int64]"
MILLION = 1e6
LOADS = ("base", "peak", "off_peak")


@dataclass(frozen=True, eq=False)
class PlacePrices:
    """Prices of a place's consecutive delivery periods: delivered ones, then the forward curve.

    Parameters
    ----------
    start : ndarray of int64, shape (n + 1,), ns UTC
        First instant of each period, and the end of the last.
    hours : ndarray of float64, shape (n,)
    is_peak : ndarray of bool, shape (n,)
    price : ndarray of float64, shape (n,), money a MWh
    month : ndarray of datetime64[M], shape (n,)
        Of the delivery day, on the place's calendar.
    open_from : int, ns UTC
        What is delivered from then on is open.
    """

    start: Numbers
    hours: Floats
    is_peak: NDArray[np.bool_]
    price: Floats
    month: NDArray[np.datetime64]
    open_from: int

    def sums(self) -> dict[str, tuple[Floats, Floats]]:
        """Return hours and hours times price up to each period, by load."""
        made = {}
        for load in LOADS:
            chosen = np.ones(len(self.hours))
            if load != "base":
                chosen = (self.is_peak if load == "peak" else ~self.is_peak).astype(np.float64)
            hours = self.hours * chosen
            made[load] = (
                np.concatenate([[0.0], np.cumsum(hours)]),
                np.concatenate([[0.0], np.cumsum(hours * self.price)]),
            )
        return made


@dataclass(frozen=True)
class Spans:
    """Where each deal delivers in the prices of its place.

    Parameters
    ----------
    place : list of str, of length n_deals
    load : list of str
    low, high : ndarray of int64, shape (n_deals,)
        First period, and the first after the last; what lies before the prices is left out.
    """

    place: list[str]
    load: list[str]
    low: Numbers
    high: Numbers


def spans(deals: pl.DataFrame, prices: Mapping[str, PlacePrices]) -> Spans:
    """Return where deals deliver.

    Raises
    ------
    CurveError
        If a place has no prices, they end before a deal does, or a period is cut; names deal, place
        and fix.
    """
    known: dict[str, tuple[str, str, int, int]] = {}
    for name, deal in (
        deals.group_by("product", maintain_order=True).agg(pl.col("deal").first()).iter_rows()
    ):
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
        [row[0] for row in rows],
        [row[1] for row in rows],
        np.array([row[2] for row in rows], np.int64),
        np.array([row[3] for row in rows], np.int64),
    )


def values(deals: pl.DataFrame, prices: Mapping[str, PlacePrices]) -> tuple[Floats, Floats]:
    """Return energy and value of each deal: bought energy times what it fetches above its price.

    Parameters
    ----------
    deals : polars.DataFrame
        Columns of `DEALS`.
    prices : mapping of str to PlacePrices
        By place.

    Returns
    -------
    energy : ndarray of shape (n_deals,), MWh
    value : ndarray of shape (n_deals,), money in the currency of each deal

    Raises
    ------
    CurveError
        As `spans`.
    """
    found = spans(deals, prices)
    hours, worth = np.zeros(deals.height), np.zeros(deals.height)
    place, load = np.array(found.place, object), np.array(found.load, object)
    for name, there in prices.items():
        for kind, (spent, priced) in there.sums().items():
            chosen = np.flatnonzero((place == name) & (load == kind))
            low, high = found.low[chosen], found.high[chosen]
            hours[chosen] = spent[high] - spent[low]
            worth[chosen] = priced[high] - priced[low]
    power = deals["power"].to_numpy() / MILLION
    energy = power * hours
    return energy, power * worth - energy * (deals["price"].to_numpy() / MILLION)


def positions(deals: pl.DataFrame, prices: Mapping[str, PlacePrices]) -> pl.DataFrame:
    """Return what each book has still to get (above zero) or to deliver, by place and month.

    Parameters
    ----------
    deals, prices
        As for `values`.

    Returns
    -------
    polars.DataFrame
        ``book``, ``place``, ``month`` (its first day), ``energy_mwh``, ``peak_mwh`` of it,
        ``price`` (mean of the month's hours) and ``market_value``.
    """
    found = spans(deals, prices)
    power = deals["power"].to_numpy() / MILLION
    books = deals["book"].to_numpy()
    place, load = np.array(found.place, object), np.array(found.load, object)
    rows = []
    for name, there in prices.items():
        left = there.start[:-1] >= there.open_from
        if not left.any():
            continue
        first = int(np.argmax(left))
        months, starts = np.unique(there.month[first:], return_index=True)
        hours, price = there.hours[first:], there.price[first:]
        spent = np.add.reduceat(hours, starts)
        mean = np.add.reduceat(hours * price, starts) / spent
        for book in sorted(set(books[place == name])):
            running = np.zeros(len(there.hours))
            for kind in LOADS:
                chosen = (place == name) & (load == kind) & (books == book)
                edges = np.zeros(len(there.hours) + 1)
                np.add.at(edges, found.low[chosen], power[chosen])
                np.add.at(edges, found.high[chosen], -power[chosen])
                flat = np.cumsum(edges)[:-1]
                if kind != "base":
                    flat = flat * (there.is_peak if kind == "peak" else ~there.is_peak)
                running += flat
            # Powers that cancel leave the dust of their sums.
            running = np.where(np.abs(running) < 1e-7, 0.0, running)[first:]
            energy = running * hours
            peak = np.add.reduceat(energy * there.is_peak[first:], starts)
            worth = np.add.reduceat(energy * price, starts)
            by_month = np.add.reduceat(energy, starts)
            rows += [
                (book, name, month, by_month[at], peak[at], mean[at], worth[at])
                for at, month in enumerate(months.astype("datetime64[D]").tolist())
                if by_month[at] or peak[at]
            ]
    return pl.DataFrame(
        rows,
        schema={
            "book": pl.String,
            "place": pl.String,
            "month": pl.Date,
            "energy_mwh": pl.Float64,
            "peak_mwh": pl.Float64,
            "price": pl.Float64,
            "market_value": pl.Float64,
        },
        orient="row",
    )
