"""Structured deals on simulated paths of their index prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.portfolio.book import CloseInputs
from wattbook.portfolio.book.structured import beside, decided, linear_worth
from wattbook.portfolio.book.structured_options import (
    Option,
    Priced,
    Told,
    option_worth,
)
from wattbook.risk.credit import ForwardMoves
from wattbook.runtime.book.loadings import Payment

__all__ = ["FlowPaths", "index_moves", "owed_until", "standing_indices"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
UNIT = ForwardMoves(0.0, 0.0, 1.0)
"""A standard factor: each month of an index moves by its own volatility times it."""


def index_moves(now: CloseInputs) -> dict[str, ForwardMoves]:
    """Return the factor of each index of structured deals whose volatility is told."""
    moving = open_prices(now).filter(has_volatility())
    return dict.fromkeys(moving["index"].unique().sort().to_list(), UNIT)


def standing_indices(now: CloseInputs) -> tuple[str, ...]:
    """Return the indices of structured deals that stand still: no volatility of a month is told."""
    still = open_prices(now).filter(~has_volatility())
    return tuple(still["index"].unique().sort().to_list())


def open_prices(now: CloseInputs) -> pl.DataFrame:
    """Return the index prices that structured deals lie beside and whose months are not over."""
    used = prices_beside(now.structured.flows, now.structured.prices)
    return used.filter(pl.col("month").dt.month_end() > now.day)


def prices_beside(flows: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Return the index prices that flows lie beside."""
    return prices.join(flows, on=("index", "month"), how="semi")


def has_volatility() -> pl.Expr:
    """Return whether a price has a volatility of either kind."""
    return pl.any_horizontal(pl.col("volatility", "normal_volatility").is_not_null())


@dataclass(frozen=True, eq=False)
class FlowPaths:
    """Index prices at simulated times.

    Each index moves by one factor: a price with a lognormal volatility to
    ``price * exp(volatility W - volatility**2 t / 2)``, one with a normal volatility to
    ``price + volatility W``. A month moves until it is over.

    Parameters
    ----------
    now : CloseInputs
    days : ndarray of int64, shape (n_times,)
        From the close, rising.
    factors : mapping of str to ndarray of shape (n_times, n_paths)
        By index.
    paths : int
    """

    now: CloseInputs
    days: Numbers
    factors: Mapping[str, Floats]
    paths: int

    def prices(self, table: pl.DataFrame) -> Iterator[Floats]:
        """Yield the prices of a table at each time: (n_prices, n_paths)."""
        price = table["price"].to_numpy()[:, None]
        lognormal, normal = (
            table[name].fill_null(0.0).to_numpy()[:, None]
            for name in ("volatility", "normal_volatility")
        )
        ends = table["month"].dt.month_end().to_numpy().astype("datetime64[D]")
        last = np.maximum((ends - np.datetime64(self.now.day)).astype(np.int64), 0)
        still = np.zeros((len(self.days), self.paths))
        held = [self.factors.get(name, still) for name in table["index"]]
        for at in range(len(self.days)):
            # The last simulated time at which the month is not over.
            until = np.searchsorted(self.days[: at + 1], last, side="right") - 1
            moved = np.array([one[stop] for one, stop in zip(held, until.tolist(), strict=True)])
            years = (self.days[until] / 365.0)[:, None]
            drifted = price * np.exp(lognormal * moved - lognormal**2 * years / 2.0)
            yield drifted + normal * moved

    def values(
        self, flows: pl.DataFrame, payment: Payment, withheld_days: int = 0
    ) -> Iterator[Floats]:
        """Yield what deals are still worth at each time, money of the desk: (n_deals, n_paths).

        Money is owed until the agreement pays the month's deliveries, or until the document's own
        date; what is delivered until its month is over. An option is exercised on a path at the
        first time on its expiry or after. Later than now, a mean of lognormal prices is taken as
        lognormal.

        Parameters
        ----------
        flows : polars.DataFrame
            Columns of `FLOWS`.
        payment : Payment
            Of the agreement.
        withheld_days : int, optional
            Payments that were due in so many days before each time are not made.
        """
        now = self.now
        names = flows["deal"].unique(maintain_order=True).to_list()
        place = {deal: at for at, deal in enumerate(names)}
        deal = np.array([place[one] for one in flows["deal"]], np.int64)
        until, first = owed_until(flows, payment), np.datetime64(now.day + dt.timedelta(days=1))
        is_at_once = flows["delivers"].to_numpy() | payment.is_daily
        table = prices_beside(flows, now.structured.prices)
        priced = beside(flows, table)
        told = Told(
            table, decided(now.structured.exercised), now.day, now.fx, falls_back=True, is_near=True
        )
        is_linear = np.ones(flows.height, np.bool_)
        for one in priced.options:
            is_linear[one.rows] = False
        money = linear_worth(priced, flows, told, np.zeros(table.height))
        weight = priced.quantity * told.rates[priced.at] if table.height else money
        # Options are looked at on every path, so by themselves.
        chosen = flows.filter(~is_linear)
        of_options = beside(chosen, table)
        taken: dict[tuple[str, int, int], Floats] = {}
        for day, price in zip(self.days.tolist(), self.prices(table), strict=True):
            since = first + np.where(is_at_once, day, max(day - withheld_days, 0))
            owed = until > since
            counts = owed & is_linear
            held = np.zeros((len(names), table.height))
            rows = np.flatnonzero(counts & (priced.at >= 0))
            np.add.at(held, (deal[rows], priced.at[rows]), weight[rows])
            made = held @ price
            made += np.bincount(deal, money * counts, minlength=len(names))[:, None]
            is_owed = owed[~is_linear]
            # Now all paths are at one price, where means are valued exactly.
            at = replace(told, day=now.day + dt.timedelta(days=day), is_near=day > 0)
            seen = price if day > 0 else price[:, :1]
            brings = linear_worth(of_options, chosen, at, seen)
            for one in of_options.options:
                if is_owed[one.rows].any():
                    made[place[one.name]] += on_paths(
                        one, of_options, brings, is_owed, at, seen, taken
                    )
            yield made


def on_paths(
    option: Option,
    priced: Priced,
    linear: Floats,
    is_owed: NDArray[np.bool_],
    told: Told,
    price: Floats,
    taken: dict[tuple[str, int, int], Floats],
) -> Floats:
    """Return what is owed of an option on each path; `taken` keeps what its expiry decided.

    Of months that were exercised together each is owed until it is paid.
    """
    if option.expiry > told.day:
        return option_worth(option, priced, linear, told, price)
    left = np.where(is_owed[:, None], linear, 0.0)
    if option.key in told.decided:
        return option_worth(option, priced, left, told, price)
    if option.key not in taken:
        exercised = linear[option.rows].sum(axis=0)
        taken[option.key] = np.maximum(exercised, 0.0) if option.settles else exercised > 0.0
    paid = taken[option.key]
    if not option.settles:
        paid = left[option.rows].sum(axis=0) * paid
    return float(priced.sign[option.rows[0]]) * paid


def owed_until(flows: pl.DataFrame, payment: Payment) -> NDArray[np.datetime64]:
    """Return the day until which each flow is owed, of an option if it is exercised."""
    months = flows["month"].to_numpy().astype("datetime64[M]")
    ends = (months + 1).astype("datetime64[D]")
    is_at_once = flows["delivers"].to_numpy() | payment.is_daily
    made = ends + np.where(is_at_once, 0, payment.day)
    due = flows["due"].to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(due), made, due + 1)
