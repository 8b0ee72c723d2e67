"""Why the value of a portfolio changed between two instants, by book, delivery period and line.

Value of a book's delivery period in the desk's currency, at an instant:

- open (no imbalance settled yet): bought energy × (mark − price of the deal), discounted;
- settled: amounts of the imbalance settlement − bought energy × price of the deal, discounted: the
  settlement takes the place of the mark;
- less fees paid.

Everything is whole units (`wattbook.portfolio.money`): each book, period and currency is converted
by itself and rounded half to even, as the engine converts a position. A line is the difference of
two such values, so the lines sum to the change exactly, without a rest.

Order of effects, each on top of those before it. The market moves first, on the position as it was;
what was done is valued at the market as it is now:

1. ``time``: the discount unwinds; 2. ``price``: marks; 3. ``rates``: discount rates; 4. ``fx``;
5. ``volume``: deals amended or cancelled; 6. ``terms``: their prices; 7. ``new trades``;
8. ``fees``; 9. ``imbalance``: the first settlement of a period; 10. ``re-settlement``: later runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from wattbook.errors import SettlementError
from wattbook.portfolio.money import FX_SCALE, MONEY, UNITS, at_rate
from wattbook.portfolio.tables import checked, first_true

__all__ = ["DEALS", "FX", "LINES", "MARKS", "RATES", "SETTLED", "Book", "attribute", "value_at"]

DEALS: Mapping[str, Any] = {
    "deal": pl.String, "version": pl.Int64, "known": pl.Int64, "book": pl.String,
    "area": pl.String, "start": pl.Int64, "energy": pl.Int64, "price": pl.Int64,
    "currency": pl.String, "fee": pl.Int64,
}  # fmt: skip
"""Columns of deals, a row a delivery period: bought `energy` above zero (1e-6 MW s), `price` (1e-6
per MWh), `fee` paid (1e-6 currency). A later version replaces all rows of the one before; a version
whose rows have no energy cancels the deal. `known` is when it came in, ns UTC."""
MARKS: Mapping[str, Any] = {
    "known": pl.Int64, "area": pl.String, "start": pl.Int64, "price": pl.Int64,
    "currency": pl.String,
}  # fmt: skip
"""Columns of marks: since when, of which area and period, 1e-6 per MWh."""
FX: Mapping[str, Any] = {"known": pl.Int64, "currency": pl.String, "rate": pl.Int64}
"""Columns of rates of exchange: desk currency for one of `currency`, 1e-9."""
RATES: Mapping[str, Any] = {"known": pl.Int64, "rate": pl.Float64}
"""Columns of discount rates: since when, a year, continuously compounded (0.03 for 3 %)."""
SETTLED: Mapping[str, Any] = {
    "account": pl.String, "area": pl.String, "start": pl.Int64, "order": pl.Int64,
    "published": pl.Int64, "amount": MONEY, "fee": MONEY, "currency": pl.String,
}  # fmt: skip
"""Columns of settled imbalances: those of `Settlement.amounts`, with area and currency; the account
is the book."""
LINES = (
    "time", "price", "rates", "fx", "volume", "terms", "new trades", "fees", "imbalance",
    "re-settlement",
)  # fmt: skip
"""The lines in the order in which the effects are taken."""
KEYS = ["book", "area", "start"]
ENERGY_MAX, PRICE_MAX, FEE_MAX, FX_MAX = 10**15, 10**12, 10**15, 10**12
MONEY_MAX = 10**26
"""Bounds within which sums of money times a rate of exchange stay exact: 277 GWh a period, a
million per MWh, a fee of a thousand million, 1,000 of the desk's currency for one of another."""
YEAR = 365 * 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Book:
    """What is known of a portfolio over time; each table has all its versions.

    Parameters
    ----------
    desk_currency : str
        Of values.
    deals, marks : polars.DataFrame
        As `DEALS`, `MARKS`.
    fx : polars.DataFrame, optional
        As `FX`; not needed where all is in the desk's currency.
    rates : polars.DataFrame, optional
        As `RATES`; without any, nothing is discounted.
    settled : polars.DataFrame, optional
        As `SETTLED`.
    payment_days : int, optional
        How long after the start of its delivery a period is paid, for the discount.
    """

    desk_currency: str
    deals: pl.DataFrame
    marks: pl.DataFrame
    fx: pl.DataFrame | None = None
    rates: pl.DataFrame | None = None
    settled: pl.DataFrame | None = None
    payment_days: int = 30


@dataclass(frozen=True, slots=True)
class State:
    """All that a value follows from, each part as it was known at some instant."""

    deals: pl.DataFrame
    fee_deals: pl.DataFrame
    marks: pl.DataFrame
    fx: pl.DataFrame
    rate: float
    now: int
    settled: pl.DataFrame
    fee_settled: pl.DataFrame


def attribute(book: Book, begin: int, end: int) -> pl.DataFrame:
    """Return why each book's delivery periods are worth more or less at `end` than at `begin`.

    Parameters
    ----------
    book : Book
        All versions of all tables.
    begin, end : int
        ns UTC; what became known at that very instant counts.

    Returns
    -------
    polars.DataFrame
        ``book``, ``area``, ``start``, ``line`` (`LINES`, ``unexplained`` at last), ``amount`` in
        1 / 3.6e15 of the desk's currency; sorted; lines of no amount are left out, ``unexplained``
        is always there. It is the change between two values, each found from nothing but its own
        instant, less the lines: zero.

    Raises
    ------
    SettlementError
        If a table lacks a column, a deal is open without a mark, a currency has no rate, or the
        end lies before the beginning.
    """
    if end < begin:
        message = f"the end {end} lies before the beginning {begin}; swap them"
        raise SettlementError(message)
    tables = tables_of(book)
    first, last = state_at(tables, book, begin), state_at(tables, book, end)
    states = steps(first, last, tables["settled"], end)
    values = [value(state, book) for state in states]
    parts = []
    for line, before, after in zip(LINES, values[:-1], values[1:], strict=True):
        parts.append(difference(after, before).with_columns(line=pl.lit(line)))
    lines = pl.concat(parts)
    change = difference(value(last, book), value(first, book))
    told = lines.group_by(KEYS).agg(pl.col("amount").sum())
    rest = difference(change, told).with_columns(line=pl.lit("unexplained"))
    order = {line: place for place, line in enumerate((*LINES, "unexplained"))}
    return (
        pl.concat([lines.filter(pl.col("amount") != 0), rest])
        .sort(*KEYS, pl.col("line").replace_strict(order, return_dtype=pl.Int64))
        .select(*KEYS, "line", "amount")
    )


def value_at(book: Book, instant: int) -> pl.DataFrame:
    """Return what each book's delivery periods were worth at an instant, as known then.

    Returns
    -------
    polars.DataFrame
        ``book``, ``area``, ``start``, ``energy`` (bought, 1e-6 MW s), ``is_settled``, ``amount``
        (1 / 3.6e15 of the desk's currency, fees taken off); sorted.
    """
    state = state_at(tables_of(book), book, instant)
    settled = state.settled.select(KEYS).unique().with_columns(is_settled=pl.lit(value=True))
    return (
        value(state, book)
        .join(state.deals.group_by(KEYS).agg(pl.col("energy").sum()), on=KEYS, how="left")
        .join(settled, on=KEYS, how="left")
        .with_columns(pl.col("energy").fill_null(0), pl.col("is_settled").fill_null(value=False))
        .select(*KEYS, "energy", "is_settled", "amount")
        .sort(KEYS)
    )


def tables_of(book: Book) -> dict[str, pl.DataFrame]:
    """Return the checked tables of a book."""
    none: dict[str, pl.DataFrame | None] = {
        "deals": book.deals, "marks": book.marks, "fx": book.fx, "rates": book.rates,
        "settled": book.settled,
    }  # fmt: skip
    schemas = {"deals": DEALS, "marks": MARKS, "fx": FX, "rates": RATES, "settled": SETTLED}
    found = {}
    for name, schema in schemas.items():
        table = none[name]
        frame = pl.DataFrame(schema=schema) if table is None else checked(table, name, schema)
        for column in schema:
            row = first_true(frame[column].is_null())
            if row is not None:
                message = f"{name}, row {row}: no {column}; give one"
                raise SettlementError(message)
        found[name] = frame
    refuse_wide(found)
    found["settled"] = found["settled"].rename({"account": "book"})
    return found


def refuse_wide(tables: Mapping[str, pl.DataFrame]) -> None:
    """Refuse numbers that exact sums have no room for, and a deal that has a period twice."""
    for name, column, bound in (
        ("deals", "energy", ENERGY_MAX), ("deals", "price", PRICE_MAX), ("deals", "fee", FEE_MAX),
        ("marks", "price", PRICE_MAX), ("fx", "rate", FX_MAX),
    ):  # fmt: skip
        row = first_true(~tables[name][column].is_between(-bound, bound))
        if row is not None:
            message = f"{name}, row {row}: {column} {tables[name][column][row]} is beyond ±{bound}"
            raise SettlementError(message)
    rate = tables["rates"]["rate"]
    row = first_true(~rate.is_between(-1.0, 1.0))
    if row is not None:
        message = f"rates, row {row}: {rate[row]}; give -1 to 1 a year"
        raise SettlementError(message)
    row = first_true(tables["deals"].select("deal", "version", *KEYS).is_duplicated())
    if row is not None:
        message = (
            f"deals, row {row}: deal {tables['deals']['deal'][row]}, version "
            f"{tables['deals']['version'][row]} has the period twice; give one row a period"
        )
        raise SettlementError(message)


def state_at(tables: Mapping[str, pl.DataFrame], book: Book, instant: int) -> State:
    """Return what was known at an instant."""
    deals = latest_deals(tables["deals"], instant)
    settled = latest(tables["settled"], ["book", "area", "start"], "order", instant, "published")
    rates = tables["rates"].filter(pl.col("known") <= instant).sort("known")
    home = pl.DataFrame(
        {"known": [0], "currency": [book.desk_currency], "rate": [FX_SCALE]}, schema=FX
    )
    fx = tables["fx"].filter(pl.col("currency") != book.desk_currency)
    return State(
        deals=deals,
        fee_deals=deals,
        marks=latest(tables["marks"], ["area", "start"], "known", instant),
        fx=pl.concat([home, latest(fx, ["currency"], "known", instant)]),
        rate=float(rates["rate"][-1]) if rates.height else 0.0,
        now=instant,
        settled=settled,
        fee_settled=settled,
    )


def latest(
    table: pl.DataFrame, keys: list[str], order: str, instant: int, known: str = "known"
) -> pl.DataFrame:
    """Return the last row of each key that was known at an instant."""
    return (
        table.filter(pl.col(known) <= instant)
        .sort(*keys, order, maintain_order=True)
        .unique(keys, keep="last", maintain_order=True)
    )


def latest_deals(deals: pl.DataFrame, instant: int) -> pl.DataFrame:
    """Return all rows of the last version of each deal that was known at an instant."""
    known = deals.filter(pl.col("known") <= instant)
    last = known.group_by("deal").agg(pl.col("version").max())
    return known.join(last, on=["deal", "version"], how="semi")


def steps(first: State, last: State, settled: pl.DataFrame, end: int) -> list[State]:
    """Return the states on the way from the first to the last, one effect further each."""
    held = first.deals["deal"].unique()
    kept = last.deals.filter(pl.col("deal").is_in(held.implode()))
    timed = replace(first, now=last.now)
    marked = replace(timed, marks=last.marks)
    rated = replace(marked, rate=last.rate)
    converted = replace(rated, fx=last.fx)
    resized = replace(converted, deals=old_prices(kept, first.deals))
    amended = replace(resized, deals=kept)
    traded = replace(amended, deals=last.deals)
    paid = replace(traded, fee_deals=last.fee_deals)
    # The first run of a period that had none, as far as it is known at the end.
    known = settled.filter(pl.col("published") <= end).sort(*KEYS, "order", maintain_order=True)
    fresh = known.unique(KEYS, keep="first", maintain_order=True).join(
        first.settled, on=KEYS, how="anti"
    )
    begun = pl.concat([first.settled, fresh])
    imbalance = replace(paid, settled=begun, fee_settled=begun)
    again = replace(imbalance, settled=last.settled, fee_settled=last.fee_settled)
    return [
        first, timed, marked, rated, converted, resized, amended, traded, paid, imbalance, again,
    ]  # fmt: skip


def old_prices(kept: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return deals with the volumes of now at the prices of before."""
    keys = ["deal", "book", "area", "start", "currency"]
    old = before.unique(keys, keep="first", maintain_order=True).select(*keys, was="price")
    return (
        kept.join(old, on=keys, how="left", maintain_order="left")
        .with_columns(price=pl.coalesce("was", "price"))
        .drop("was")
    )


def difference(after: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return after less before by key; what is missing on one side counts as zero."""
    less = before.select(*KEYS, amount=pl.lit(0, MONEY) - pl.col("amount"))
    both = pl.concat([after.select(*KEYS, "amount"), less])
    return both.group_by(KEYS).agg(pl.col("amount").sum())


def value(state: State, book: Book) -> pl.DataFrame:
    """Return the value of each book, area and period in a state, fees taken off."""
    energy, price = pl.col("energy").cast(MONEY), pl.col("price").cast(MONEY)
    paid = state.deals.select(*KEYS, "currency", amount=pl.lit(0, MONEY) - energy * price)
    is_open = (
        state.deals.join(state.settled, on=KEYS, how="anti")
        .group_by(KEYS)
        .agg(energy=pl.col("energy").sum())
        .filter(pl.col("energy") != 0)
    )
    marked = is_open.join(state.marks, on=["area", "start"], how="left")
    refuse_unmarked(marked, state.now)
    worth = marked.select(*KEYS, "currency", amount=energy * price)
    settled = state.settled.select(*KEYS, "currency", "amount")
    millionths = 3_600_000_000
    fees = pl.concat(
        [
            state.fee_deals.select(
                *KEYS, "currency", amount=pl.lit(0, MONEY) - pl.col("fee").cast(MONEY) * millionths
            ),
            state.fee_settled.select(*KEYS, "currency", amount=pl.lit(0, MONEY) - pl.col("fee")),
        ]
    )
    owed = to_desk(pl.concat([paid, worth, settled]), state)
    discounted = owed.with_columns(
        amount=at_rate(pl.col("amount"), factor(state, book.payment_days))
    )
    both = pl.concat([discounted, to_desk(fees, state)])
    return both.group_by(KEYS).agg(pl.col("amount").sum())


def to_desk(amounts: pl.DataFrame, state: State) -> pl.DataFrame:
    """Return amounts by key in the desk's currency, each currency converted by itself."""
    summed = amounts.group_by(*KEYS, "currency").agg(pl.col("amount").sum())
    if summed.filter(~pl.col("amount").is_between(-MONEY_MAX, MONEY_MAX)).height:
        message = f"a book has more than {MONEY_MAX // UNITS:,} in a period; split it"
        raise SettlementError(message)
    rated = summed.join(state.fx.select("currency", "rate"), on="currency", how="left")
    bad = rated.filter(pl.col("rate").is_null())
    if bad.height:
        currency = bad["currency"].sort()[0]
        message = f"fx: no rate for {currency} known at {state.now}; add a row to the table"
        raise SettlementError(message)
    converted = rated.select(*KEYS, amount=at_rate(pl.col("amount"), pl.col("rate")))
    return converted.group_by(KEYS).agg(pl.col("amount").sum())


def factor(state: State, payment_days: int) -> pl.Expr:
    """Return the discount factor of each period, 1e-9; one once it is paid."""
    left = pl.col("start") + payment_days * 86_400 * 1_000_000_000 - state.now
    years = left.clip(lower_bound=0).cast(pl.Float64) / YEAR
    return ((years * -state.rate).exp() * FX_SCALE).round(0, mode="half_to_even").cast(pl.Int64)


def refuse_unmarked(marked: pl.DataFrame, now: int) -> None:
    """Refuse an open position that has no mark."""
    bad = marked.filter(pl.col("price").is_null()).sort(KEYS)
    if bad.height:
        row = bad.row(0, named=True)
        message = (
            f"marks: none for area {row['area']}, start {row['start']}, known at {now}, and book "
            f"{row['book']} is open there; add a row to the table"
        )
        raise SettlementError(message)
