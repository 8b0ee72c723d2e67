"""What structured trades are worth at the prices of their indices, and why that changed.

A flow is worth its quantity at the price of its index and month, and its money. Nothing is
discounted, as with other deals. An option is worth, until it expires, its Black (1976) or, where
the index has a normal volatility, its Bachelier value, and what its exercise brings from then on;
one on the mean of a month's days is valued on that mean (`wattbook.pricing.average_price`).
Whether it is exercised is decided once, at the first close on its expiry or after, and stands.
Months of a swap that are exercised together are one option on their sum, whose volatility is that
of months that move together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import CurveError, InputError
from wattbook.portfolio.book.flows import Flow, factor_of
from wattbook.portfolio.book.valuation import rate_of
from wattbook.pricing import Model, average_price, european

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
    "settles": pl.Boolean,
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
    "exercise": pl.Int64,
    "is_exercised": pl.Boolean,
    "brings": pl.Float64,
}
"""Columns of options that have expired: what each brought, in the desk's currency, if that stands.

An option that is paid at the price of its expiry brings that; one on a swap brings its legs, whose
worth goes on to move."""


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
    """Flows that are exercised together: their rows, and what was decided at the expiry."""

    name: str
    exercise: int
    settles: bool
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
        Whether an option on a lognormal price that is moved to zero or below is worth what its
        exercise brings; it is refused otherwise.

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


def decided(exercised: pl.DataFrame) -> dict[tuple[str, int], tuple[bool, float | None]]:
    """Return what was decided of each option, and what stands of it, by deal and exercise."""
    return {
        (deal, exercise): (is_exercised, brings)
        for deal, exercise, is_exercised, brings in exercised.select(*EXERCISED).iter_rows()
    }


@dataclass(frozen=True, eq=False)
class Told:
    """What flows are valued at, besides their prices.

    Parameters
    ----------
    prices : polars.DataFrame
        For volatilities and currencies.
    decided : mapping
        As `decided` gives it.
    day : date
    fx : mapping of str to float
    falls_back : bool
        As for `structured_values`.
    """

    prices: pl.DataFrame
    decided: Mapping[tuple[str, int], tuple[bool, float | None]]
    day: dt.date
    fx: Mapping[str, float]
    falls_back: bool = False


def decisions(
    inputs: StructuredInputs, day: dt.date, fx: Mapping[str, float], before: pl.DataFrame
) -> pl.DataFrame:
    """Return the decisions of all options that have expired by a day: old ones stand.

    Parameters
    ----------
    inputs : StructuredInputs
        Flows and prices of the close.
    day : date
    fx : mapping of str to float
    before : polars.DataFrame
        Columns of `EXERCISED`, of the close before.
    """
    if not inputs.flows.height:
        return before
    known = decided(before)
    priced = beside(inputs.flows, inputs.prices)
    told = Told(inputs.prices, known, day, fx)
    linear = linear_worth(priced, inputs.flows, told, inputs.prices["price"].to_numpy())
    rows = [
        (one.name, one.exercise, brings > 0.0, max(brings, 0.0) if one.settles else None)
        for one in priced.options
        if one.expiry <= day and (one.name, one.exercise) not in known
        for brings in (float(linear[one.rows].sum()),)
    ]
    return pl.concat([before, pl.DataFrame(rows, schema=EXERCISED, orient="row")])


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
    for number, ((deal, exercise), rows) in enumerate(numbers.items()):
        option[rows] = number
        is_mean = any(flows["averages"][row] for row in rows)
        options.append(
            Option(
                deal,
                exercise,
                bool(flows["settles"][rows[0]]),
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
    made = priced.amount * of_money
    rows = priced.at[has_price]
    made[has_price] += priced.quantity[has_price] * price[rows] * index_rates(told)[rows]
    return made


def index_rates(told: Told) -> Floats:
    """Return what one of the currency of each index price is worth in the desk's."""
    return np.array([rate_of(told.fx, code, "an index") for code in told.prices["currency"]])


def worth(priced: Priced, flows: pl.DataFrame, told: Told, price: Floats) -> Floats:
    """Return the value of each flow at prices, rows as in `told`; options on their first row."""
    made = linear_worth(priced, flows, told, price)
    for one in priced.options:
        brings = option_worth(one, priced, made, told, price)
        made[one.rows] = 0.0
        made[one.rows[0]] = brings
    return made


def option_worth(
    option: Option, priced: Priced, linear: Floats, told: Told, price: Floats
) -> float:
    """Return the value of one option; `linear` is what its flows are worth if exercised."""
    rows = option.rows
    sign = float(priced.sign[rows[0]])
    exercised = float(linear[rows].sum())
    years = (option.expiry - told.day).days / DAYS_A_YEAR
    if years <= 0.0:
        is_exercised, brings = told.decided.get(
            (option.name, option.exercise), (exercised > 0.0, None)
        )
        return sign * (exercised if brings is None else brings) * is_exercised
    here = rows[priced.at[rows] >= 0]
    at = priced.at[here]
    # In money of the desk: what is got of the index, and what is paid for it.
    got = priced.quantity[here] * index_rates(told)[at]
    volume = float(got.sum())
    if volume == 0.0:
        raise InputError(f"deal {option.name}: an option on nothing; mend its quantities")
    forward = float(got @ price[at]) / volume
    strike = forward - exercised / volume
    kind = "call" if volume > 0 else "put"
    normal = column(told.prices, "normal_volatility")[at]
    if np.isfinite(normal).all():
        volatility = float(got @ normal) / volume
        return (
            sign * abs(volume) * normal_value(option, kind, told.day, forward, strike, volatility)
        )
    lognormal = column(told.prices, "volatility")[at]
    if not np.isfinite(lognormal).all():
        name, month = told.prices.select("index", "month").row(int(at[~np.isfinite(lognormal)][0]))
        raise CurveError(
            f"deal {option.name} is an option on {name!r} in {month:%Y-%m}, of which there is no "
            "volatility; give volatility or normal_volatility with --indices"
        )
    if forward <= 0.0 or strike <= 0.0:
        if told.falls_back:
            return sign * max(exercised, 0.0)
        raise CurveError(
            f"deal {option.name} is an option on a price of {forward:g} at {strike:g}, which no "
            "lognormal price reaches; give normal_volatility with --indices"
        )
    volatility = float((got * price[at]) @ lognormal) / (volume * forward)
    if option.mean_of is not None:
        mean = mean_value(option, kind, told.day, forward, strike, volatility)
        return sign * abs(volume) * mean
    value = european(
        Model.BLACK, kind, forward=forward, strike=strike, time=years, volatility=volatility
    ).price
    return sign * abs(volume) * float(value)


def fixings(option: Option, day: dt.date) -> tuple[Floats, int]:
    """Return the years to the weekdays of a mean that are to come, and how many it has in all."""
    month = option.mean_of or option.expiry
    days = [month + dt.timedelta(days=at) for at in range((option.expiry - month).days + 1)]
    days = [one for one in days if one.weekday() < 5] or [option.expiry]
    return np.array([(one - day).days / DAYS_A_YEAR for one in days if one > day]), len(days)


def mean_value(
    option: Option, kind: str, day: dt.date, forward: float, strike: float, volatility: float
) -> float:
    """Return the value of an option on the mean of the weekdays of a month, of a lognormal price.

    The price of the month stands for the days that are past, whose own prices are not told.
    """
    times, count = fixings(option, day)
    past = count - len(times)
    if not len(times):
        return max(forward - strike if kind == "call" else strike - forward, 0.0)
    value = average_price(
        kind,
        forwards=forward,
        times=times,
        volatilities=volatility,
        strike=strike,
        weights=np.full(len(times), 1.0 / count),
        fixed=np.full(past, forward),
        fixed_weights=np.full(past, 1.0 / count),
    )
    return float(value)


def normal_value(
    option: Option, kind: str, day: dt.date, forward: float, strike: float, volatility: float
) -> float:
    """Return the Bachelier value of an option, on the mean of a month's weekdays if it is on that.

    The mean of a normal price is normal: its variance is that of the days to come, weighed.
    """
    variance = volatility**2 * (option.expiry - day).days / DAYS_A_YEAR
    if option.mean_of is not None:
        times, count = fixings(option, day)
        variance = volatility**2 * float(np.minimum.outer(times, times).sum()) / count**2
    found = european(
        Model.BACHELIER,
        kind,
        forward=forward,
        strike=strike,
        time=1.0,
        volatility=float(np.sqrt(variance)),
    )
    return float(found.price)


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
