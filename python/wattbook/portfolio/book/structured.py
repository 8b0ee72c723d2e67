"""What structured trades are worth at the prices of their indices, and why that changed.

A flow is worth its quantity at the price of its index and month, and its money. Nothing is
discounted, as with other deals. An option is worth, until it expires, its Black (1976) or, where
the index has a normal volatility, its Bachelier value, and what its exercise brings from then on;
one on the mean of a month's days is valued on that mean (`wattbook.pricing.average_price`).
Months of a swap that are exercised together are one option on their sum, whose volatility is that
of months that move together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import CurveError, InputError
from wattbook.portfolio.book.flows import Flow, factor_of
from wattbook.portfolio.book.valuation import rate_of
from wattbook.pricing import Model, average_price, european

__all__ = [
    "FLOWS",
    "INDEX_PRICES",
    "StructuredInputs",
    "deals_of",
    "flow_rows",
    "index_positions",
    "structured_values",
]

Floats = NDArray[np.float64]
DAYS_A_YEAR = 365.0

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


@dataclass(frozen=True)
class StructuredInputs:
    """What a close takes of structured trades.

    Parameters
    ----------
    flows : polars.DataFrame
        Columns of `FLOWS`, deals in one piece.
    prices : polars.DataFrame
        Columns of `INDEX_PRICES`, one row an index and month.
    """

    flows: pl.DataFrame
    prices: pl.DataFrame

    @classmethod
    def nothing(cls) -> StructuredInputs:
        """Return those of a book without structured trades."""
        return cls(pl.DataFrame(schema=FLOWS), pl.DataFrame(schema=INDEX_PRICES))


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
    option : ndarray of int, shape (n,)
        Number of its option, -1 without one.
    options : tuple of Option
    """

    at: NDArray[np.int64]
    quantity: Floats
    amount: Floats
    sign: Floats
    option: NDArray[np.int64]
    options: tuple[Option, ...]


@dataclass(frozen=True, eq=False)
class Option:
    """Flows that are exercised together: rows of flows, and of their prices."""

    name: str
    rows: NDArray[np.int64]
    expiry: dt.date
    mean_of: dt.date | None


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
    flows: pl.DataFrame,
    prices: pl.DataFrame,
    day: dt.date,
    fx: Mapping[str, float],
) -> Floats:
    """Return the value of each flow in the desk's currency; an option's lies on its first flow.

    Parameters
    ----------
    flows : polars.DataFrame
        Columns of `FLOWS`.
    prices : polars.DataFrame
        Columns of `INDEX_PRICES`; with all that the flows need.
    day : date
        To whose end time has passed.
    fx : mapping of str to float

    Raises
    ------
    CurveError
        If a price or volatility is missing; names deal, index and month.
    InputError
        If a rate of exchange is missing or units do not fit.
    """
    if not flows.height:
        return np.zeros(0)
    priced = beside(flows, prices)
    return worth(priced, flows, prices, prices["price"].to_numpy(), day, fx)


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
    numbers: dict[tuple[str, int], list[int]] = {}
    for row, (deal, exercise) in enumerate(flows.select("deal", "exercise").iter_rows()):
        if exercise:
            numbers.setdefault((deal, exercise), []).append(row)
    option = np.full(flows.height, -1, np.int64)
    options = []
    for number, ((deal, _), rows) in enumerate(numbers.items()):
        option[rows] = number
        is_mean = any(flows["averages"][row] for row in rows)
        options.append(
            Option(
                deal,
                np.array(rows, np.int64),
                flows["expiry"][rows[0]],
                flows["month"][rows[0]] if is_mean else None,
            )
        )
    return Priced(
        at,
        quantity,
        flows["amount"].to_numpy(),
        flows["sign"].to_numpy(),
        option,
        tuple(options),
    )


def worth(
    priced: Priced,
    flows: pl.DataFrame,
    prices: pl.DataFrame,
    price: Floats,
    day: dt.date,
    fx: Mapping[str, float],
) -> Floats:
    """Return the value of each flow at prices, rows as in `prices`; options on their first row."""
    of_price = np.array([rate_of(fx, code, "an index") for code in prices["currency"]], np.float64)
    of_money = np.array(
        [
            1.0 if not code and not amount else rate_of(fx, code, f"deal {deal}")
            for deal, code, amount in flows.select("deal", "currency", "amount").iter_rows()
        ],
        np.float64,
    )
    has_price = priced.at >= 0
    made = priced.amount * of_money
    rows = priced.at[has_price]
    made[has_price] += priced.quantity[has_price] * price[rows] * of_price[rows]
    for one in priced.options:
        brings = option_worth(one, priced, made, prices, price, of_price, day)
        made[one.rows] = 0.0
        made[one.rows[0]] = brings
    return made


def option_worth(
    option: Option,
    priced: Priced,
    linear: Floats,
    prices: pl.DataFrame,
    price: Floats,
    of_price: Floats,
    day: dt.date,
) -> float:
    """Return the value of one option; `linear` is what its flows are worth if exercised."""
    rows = option.rows
    sign = float(priced.sign[rows[0]])
    at = priced.at[rows]
    here = rows[at >= 0]
    at = at[at >= 0]
    years = (option.expiry - day).days / DAYS_A_YEAR
    exercised = float(linear[rows].sum())
    if years <= 0.0:
        return sign * max(exercised, 0.0)
    # In money of the desk: what is got of the index, and what is paid for it.
    got = priced.quantity[here] * of_price[at]
    volume = float(got.sum())
    if volume == 0.0:
        raise InputError(f"deal {option.name}: an option on nothing; mend its quantities")
    forward = float(got @ price[at]) / volume
    strike = forward - exercised / volume
    kind = "call" if volume > 0 else "put"
    normal = column(prices, "normal_volatility")[at]
    if np.isfinite(normal).all():
        volatility = float(got @ normal) / volume
        value = european(
            Model.BACHELIER, kind, forward=forward, strike=strike, time=years,
            volatility=volatility,
        ).price  # fmt: skip
        return sign * abs(volume) * float(value)
    lognormal = column(prices, "volatility")[at]
    if not np.isfinite(lognormal).all():
        name, month = prices.select("index", "month").row(int(at[~np.isfinite(lognormal)][0]))
        raise CurveError(
            f"deal {option.name} is an option on {name!r} in {month:%Y-%m}, of which there is no "
            "volatility; give volatility or normal_volatility with --indices"
        )
    if forward <= 0.0 or strike <= 0.0:
        raise CurveError(
            f"deal {option.name} is an option on a price of {forward:g} at {strike:g}, which no "
            "lognormal price reaches; give normal_volatility with --indices"
        )
    volatility = float((got * price[at]) @ lognormal) / (volume * forward)
    if option.mean_of is not None:
        mean = mean_value(kind, option.mean_of, option.expiry, day, forward, strike, volatility)
        return sign * abs(volume) * mean
    value = european(
        Model.BLACK, kind, forward=forward, strike=strike, time=years, volatility=volatility
    ).price
    return sign * abs(volume) * float(value)


def mean_value(
    kind: str,
    month: dt.date,
    last: dt.date,
    day: dt.date,
    forward: float,
    strike: float,
    volatility: float,
) -> float:
    """Return the value of an option on the mean of the weekdays of a month.

    The price of the month stands for the days that are past, whose own prices are not told.
    """
    days = [month + dt.timedelta(days=at) for at in range((last - month).days + 1)]
    days = [one for one in days if one.weekday() < 5] or [last]
    ahead = [one for one in days if one > day]
    past = len(days) - len(ahead)
    if not ahead:
        return max(forward - strike if kind == "call" else strike - forward, 0.0)
    times = np.array([(one - day).days / DAYS_A_YEAR for one in ahead])
    value = average_price(
        kind,
        forwards=forward,
        times=times,
        volatilities=volatility,
        strike=strike,
        weights=np.full(len(ahead), 1.0 / len(days)),
        fixed=np.full(past, forward),
        fixed_weights=np.full(past, 1.0 / len(days)),
    )
    return float(value)


def column(prices: pl.DataFrame, name: str) -> Floats:
    """Return a column of numbers, NaN where there is none."""
    return prices[name].fill_null(np.nan).to_numpy()


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
            worth(priced, flows, prices, price + apart, day, fx)
            - worth(priced, flows, prices, price - apart, day, fx)
        ) / (2.0 * step * rate)
        for book in sorted(set(books)):
            quantity = float(change[books == book].sum())
            if abs(quantity) > 1e-9:
                value = quantity * price[at] * rate
                rows.append((book, name, month, quantity, unit, price[at], code, value))
    return pl.DataFrame(rows, schema=schema, orient="row").sort("book", "index", "month")
