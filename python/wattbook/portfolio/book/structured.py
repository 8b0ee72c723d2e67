"""What structured trades are worth at the prices of their indices, and why that changed.

A flow is worth its quantity at the price of its index and month, and its money. Nothing is
discounted, as with other deals. An option is worth, until it expires, its Black (1976) or, where
the index has a normal volatility, its Bachelier value, and what its exercise brings from then on;
one on the mean of a month's days is valued on that mean (`wattbook.pricing.average_price`).
Whether it is exercised is decided once, at the first close on its expiry or after, and stands; an
amendment is decided anew, at the prices of that close.
Months of a swap that are exercised together are one option on their sum, whose volatility is that
of months that move together. One on what two indices are worth exchanges them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import CurveError, InputError
from wattbook.portfolio.book.flows import Flow, factor_of
from wattbook.portfolio.book.structured_options import (
    Option,
    Priced,
    Told,
    option_worth,
)
from wattbook.portfolio.book.valuation import rate_of

__all__ = [
    "EXERCISED",
    "FLOWS",
    "INDEX_PRICES",
    "StructuredInputs",
    "deals_of",
    "decisions",
    "flow_rows",
    "index_positions",
    "structured_values",
]

Floats = NDArray[np.float64]

FLOWS = {
    "deal": pl.String,
    "version": pl.Int64,
    "trade_date": pl.Date,
    "book": pl.String,
    "counterparty": pl.String,
    "month": pl.Date,
    "index": pl.String,
    "quantity": pl.Float64,
    "unit": pl.String,
    "amount": pl.Float64,
    "currency": pl.String,
    "exercise": pl.Int64,
    "sign": pl.Float64,
    "expiry": pl.Date,
    "averages": pl.Boolean,
    "delivers": pl.Boolean,
    "due": pl.Date,
    "settles": pl.Boolean,
    "correlation": pl.Float64,
}
"""Columns of flows: the deal, and a `Flow`."""

INDEX_PRICES = {
    "index": pl.String,
    "month": pl.Date,
    "price": pl.Float64,
    "currency": pl.String,
    "unit": pl.String,
    "volatility": pl.Float64,
    "normal_volatility": pl.Float64,
    "as_of": pl.Date,
}
"""Columns of index prices: money a unit for a month; one volatility a root of a year, or none."""


EXERCISED = {
    "deal": pl.String,
    "version": pl.Int64,
    "exercise": pl.Int64,
    "is_exercised": pl.Boolean,
    "brings": pl.Float64,
}
"""Columns of options that have expired: what each brought, in the desk's currency, if that stands.

An option that is paid at the price of its expiry brings that; one on a swap brings its legs, whose
worth goes on to move."""


Market = tuple[pl.DataFrame, Mapping[str, float]]
"""Index prices (columns of `INDEX_PRICES`) and rates of exchange."""
PastMarket = Callable[[dt.date], Market | None]


@dataclass(frozen=True)
class StructuredInputs:
    """What a close takes of structured trades.

    Parameters
    ----------
    flows : polars.DataFrame
        Columns of `FLOWS`, deals in one piece.
    prices : polars.DataFrame
        Columns of `INDEX_PRICES`, one row an index and month.
    exercised : polars.DataFrame
        Columns of `EXERCISED`, of all options that have expired.
    """

    flows: pl.DataFrame
    prices: pl.DataFrame
    exercised: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EXERCISED))

    @classmethod
    def nothing(cls) -> StructuredInputs:
        """Return those of a book without structured trades."""
        return cls(pl.DataFrame(schema=FLOWS), pl.DataFrame(schema=INDEX_PRICES))


def flow_rows(
    flows: tuple[Flow, ...],
    *,
    deal: str,
    version: int,
    trade_date: dt.date,
    book: str,
    counterparty: str,
) -> pl.DataFrame:
    """Return the flows of a deal as a table."""
    told = (deal, version, trade_date, book, counterparty)
    rows = [(*told, *(getattr(one, name) for name in tuple(FLOWS)[len(told) :])) for one in flows]
    return pl.DataFrame(rows, schema=FLOWS, orient="row")


def structured_values(
    inputs: StructuredInputs,
    at: StructuredInputs,
    day: dt.date,
    fx: Mapping[str, float],
    *,
    falls_back: bool = False,
) -> Floats:
    """Return the value of each flow in the desk's currency; an option's lies on its first flow.

    Parameters
    ----------
    inputs : StructuredInputs
        Whose flows.
    at : StructuredInputs
        Whose prices, with all that the flows need, and decisions of expired options.
    day : date
        To whose end time has passed.
    fx : mapping of str to float
    falls_back : bool, optional
        Whether an option on a lognormal price at zero or below, or without volatility, is worth
        what its exercise brings; it is refused otherwise.

    Raises
    ------
    CurveError
        If a price or volatility is missing; names deal, index and month.
    InputError
        If a rate of exchange is missing or units do not fit.
    """
    if not inputs.flows.height:
        return np.zeros(0)
    priced = beside(inputs.flows, at.prices)
    told = Told(at.prices, decided(at.exercised), day, fx, falls_back=falls_back)
    return worth(priced, inputs.flows, told, at.prices["price"].to_numpy())


def decided(exercised: pl.DataFrame) -> dict[tuple[str, int, int], tuple[bool, float | None]]:
    """Return what was decided of each option, and what stands of it, by `Option.key`."""
    return {
        (deal, version, exercise): (is_exercised, brings)
        for deal, version, exercise, is_exercised, brings in exercised.select(
            *EXERCISED
        ).iter_rows()
    }


def decisions(
    inputs: StructuredInputs,
    day: dt.date,
    fx: Mapping[str, float],
    before: pl.DataFrame,
    past: PastMarket = lambda _: None,
) -> pl.DataFrame:
    """Return the decisions of all options that have expired by a day: old ones stand.

    An option that is new or amended after its expiry is decided by the prices of that day's close,
    where that knew them.

    Parameters
    ----------
    inputs : StructuredInputs
        Flows and prices of the close.
    day : date
    fx : mapping of str to float
    before : polars.DataFrame
        Columns of `EXERCISED`, of the close before.
    past : callable, optional
        Gets a date and returns prices and rates of exchange of the first earlier close on it or
        after, if there is one.
    """
    if not inputs.flows.height:
        return before
    known = decided(before)
    rows = []
    for one in beside(inputs.flows, inputs.prices).options:
        if one.expiry > day or one.key in known:
            continue
        brings = brought(inputs.flows[one.rows], past(one.expiry), (inputs.prices, fx), day)
        rows.append((*one.key, brings > 0.0, max(brings, 0.0) if one.settles else None))
    return pl.concat([before, pl.DataFrame(rows, schema=EXERCISED, orient="row")])


def brought(flows: pl.DataFrame, then: Market | None, now: Market, day: dt.date) -> float:
    """Return what the exercise of an option brings: then, or now if that knew not all its prices.

    Money of the desk.
    """
    for prices, fx in (now,) if then is None else (then, now):
        try:
            priced, told = beside(flows, prices), Told(prices, {}, day, fx)
            return float(linear_worth(priced, flows, told, told.price).sum())
        except InputError as fault:
            missing = fault
    raise missing


def deals_of(flows: pl.DataFrame, value: Floats) -> tuple[pl.DataFrame, Floats]:
    """Return one row a deal, ``deal``, ``version``, ``trade_date``, ``book``, and its value."""
    added = flows.with_columns(value=pl.Series(value, dtype=pl.Float64))
    deals = added.group_by("deal", maintain_order=True).agg(
        pl.col("version", "trade_date", "book").first(), pl.col("value").sum()
    )
    return deals.drop("value"), deals["value"].to_numpy()


def beside(flows: pl.DataFrame, prices: pl.DataFrame) -> Priced:
    """Return flows beside their prices.

    Raises
    ------
    CurveError
        If a price is missing.
    """
    place = {
        (index, month): (row, unit)
        for row, (index, month, unit) in enumerate(
            prices.select("index", "month", "unit").iter_rows()
        )
    }
    at = np.full(flows.height, -1, np.int64)
    quantity = flows["quantity"].to_numpy().copy()
    for row, (deal, index, month, unit) in enumerate(
        flows.select("deal", "index", "month", "unit").iter_rows()
    ):
        if not index:
            continue
        found = place.get((index, month))
        if found is None:
            raise CurveError(
                f"deal {deal} is priced by {index!r} in {month:%Y-%m}, of which there is no price; "
                "give one with --indices"
            )
        at[row] = found[0]
        quantity[row] *= factor_of(unit, found[1])
    numbers: dict[tuple[str, int, int], list[int]] = {}
    for row, key in enumerate(flows.select("deal", "version", "exercise").iter_rows()):
        if key[2]:
            numbers.setdefault(key, []).append(row)
    options = []
    for key, rows in numbers.items():
        is_mean = any(flows["averages"][row] for row in rows)
        options.append(
            Option(
                *key,
                bool(flows["settles"][rows[0]]),
                np.array(rows, np.int64),
                flows["expiry"][rows[0]],
                flows["month"][rows[0]] if is_mean else None,
                flows["correlation"][rows[0]],
            )
        )
    return Priced(
        at,
        quantity,
        flows["amount"].to_numpy(),
        flows["sign"].to_numpy(),
        tuple(options),
    )


def linear_worth(priced: Priced, flows: pl.DataFrame, told: Told, price: Floats) -> Floats:
    """Return what each flow is worth if all options are exercised, in the desk's currency."""
    of_money = np.array(
        [
            1.0 if not amount else rate_of(told.fx, code, f"deal {deal}")
            for deal, code, amount in flows.select("deal", "currency", "amount").iter_rows()
        ],
        np.float64,
    )
    has_price = priced.at >= 0
    paths = (1,) * (price.ndim - 1)
    shape = (flows.height, *price.shape[1:])
    made = np.broadcast_to((priced.amount * of_money).reshape(-1, *paths), shape).copy()
    rows = priced.at[has_price]
    told.refuse_unrated(rows, flows["deal"].filter(pl.Series(has_price)).to_list())
    worth_each = priced.quantity[has_price] * told.rates[rows]
    made[has_price] += worth_each.reshape(-1, *paths) * price[rows]
    return made


def worth(priced: Priced, flows: pl.DataFrame, told: Told, price: Floats) -> Floats:
    """Return the value of each flow at prices; options on their first row.

    Parameters
    ----------
    priced : Priced
    flows : polars.DataFrame
    told : Told
    price : ndarray, shape (n_prices, ...)
        Rows as in `told`; further axes are those of paths, which the value has too.
    """
    made = linear_worth(priced, flows, told, price)
    for one in priced.options:
        brings = option_worth(one, priced, made, told, price)
        made[one.rows] = 0.0
        made[one.rows[0]] = brings
    return made


def index_positions(
    inputs: StructuredInputs, day: dt.date, fx: Mapping[str, float]
) -> pl.DataFrame:
    """Return what each book has still to get (above zero) or to give of each index and month.

    An option counts with its delta, the change of its value with the price, by central difference.

    Returns
    -------
    polars.DataFrame
        ``book``, ``index``, ``month``, ``quantity`` in ``unit``, ``price`` in ``currency``, and
        ``market_value`` in the desk's currency.
    """
    schema = {
        "book": pl.String,
        "index": pl.String,
        "month": pl.Date,
        "quantity": pl.Float64,
        "unit": pl.String,
        "price": pl.Float64,
        "currency": pl.String,
        "market_value": pl.Float64,
    }
    flows, prices = inputs.flows, inputs.prices
    if not flows.height:
        return pl.DataFrame(schema=schema)
    priced = beside(flows, prices)
    price = prices["price"].to_numpy()
    told = Told(prices, decided(inputs.exercised), day, fx)
    books = flows["book"].to_numpy()
    rows = []
    for at, (name, month, unit, code) in enumerate(
        prices.select("index", "month", "unit", "currency").iter_rows()
    ):
        following = (month + dt.timedelta(days=32)).replace(day=1)
        touched = priced.at == at
        if following <= day + dt.timedelta(days=1) or not touched.any():
            continue
        rate = rate_of(fx, code, f"the index {name}")
        step = 1e-4 * max(abs(price[at]), 1.0)
        apart = np.zeros(len(price))
        apart[at] = step
        change = (
            worth(priced, flows, told, price + apart) - worth(priced, flows, told, price - apart)
        ) / (2.0 * step * rate)
        for book in sorted(set(books)):
            quantity = float(change[books == book].sum())
            if abs(quantity) > 1e-9:
                value = quantity * price[at] * rate
                rows.append((book, name, month, quantity, unit, price[at], code, value))
    return pl.DataFrame(rows, schema=schema, orient="row").sort("book", "index", "month")
