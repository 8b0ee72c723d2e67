"""The close's explanation by book agrees with the exact one by delivery period.

The close adds up whole deals in floats, because a book of 100,000 deals has a thousand million
rows of deal and period; `wattbook.portfolio.attribution` works on those rows in whole numbers. Two
formulations of one thing: each is held against the other.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.domain.calendars import DeliveryProduct
from wattbook.market.curves import curve_grid
from wattbook.portfolio import attribution as exact
from wattbook.portfolio.attribution import Book, attribute
from wattbook.portfolio.book import CloseInputs, PlacePrices, close_book
from wattbook.portfolio.money import UNITS

FIRST = dt.date(2027, 1, 4)
PRODUCTS = ["2027-01-05 Base", "2027-01-06 Peak", "2027-01-07 OffPeak", "2027-01-05 Peak"]
TERMS = st.tuples(
    st.sampled_from(["power", "wind"]),
    st.sampled_from(PRODUCTS),
    st.integers(-20_000_000, 20_000_000),
    st.integers(-50_000_000, 200_000_000),
    st.sampled_from(["EUR", "GBP"]),
    st.integers(0, 100_000_000),
)
DEALS = st.dictionaries(st.integers(0, 5), TERMS, max_size=5)
LINES = {
    "price": ["price"],
    "fx": ["fx"],
    "amendments": ["volume", "terms"],
    "new trades": ["new trades"],
    "fees": ["fees"],
}


def curve(seed: int) -> dict[str, PlacePrices]:
    grid = curve_grid("DE-LU", dt.date(2027, 1, 5), dt.date(2027, 1, 8), "hour")
    millionths = np.random.default_rng(seed).integers(-50_000_000, 250_000_000, len(grid))
    months = np.repeat(grid.days.astype("datetime64[M]"), np.diff(grid.day_start))
    marked = np.zeros(len(grid), np.bool_)
    return {
        "DE-LU": PlacePrices(
            "EUR", grid.start, grid.hours, grid.is_peak, millionths / 1e6, months, marked,
            int(grid.start[0]),
        )
    }  # fmt: skip


def without_foreign_fee(terms: Any) -> Any:
    """Return terms whose fee is in the desk's currency."""
    return terms if terms[4] == "EUR" else (*terms[:5], 0)


def table(deals: dict[int, Any], versions: dict[int, int], day: dt.date) -> pl.DataFrame:
    """Return deals as a close takes them."""
    rows = [
        (f"D-{number}", versions[number], day, *terms) for number, terms in sorted(deals.items())
    ]
    return pl.DataFrame(
        [
            (deal, version, made, book, "ana", "Nordkraft", f"DE-LU {product}", power, price,
             currency, fee)
            for deal, version, made, book, product, power, price, currency, fee in rows
        ],
        schema={
            "deal": pl.String, "version": pl.Int64, "trade_date": pl.Date, "book": pl.String,
            "trader": pl.String, "counterparty": pl.String, "product": pl.String,
            "power": pl.Int64, "price": pl.Int64, "currency": pl.String, "fee": pl.Int64,
        },
        orient="row",
    )  # fmt: skip


def by_period(deals: pl.DataFrame, there: PlacePrices, known: int) -> list[tuple[Any, ...]]:
    """Return deals as the exact attribution takes them: a row a delivery period."""
    rows = []
    for row in deals.iter_rows(named=True):
        product = DeliveryProduct(row["product"])
        inside = np.flatnonzero(
            (there.start[:-1] >= product.delivery_start)
            & (there.start[1:] <= product.delivery_end)
            & (there.delivers(product.load) > 0)
        )
        rows += [
            (row["deal"], row["version"], known, row["book"], "DE-LU", int(there.start[at]),
             row["power"] * 3_600, row["price"], row["currency"],
             row["fee"] if at == inside[0] else 0)
            for at in inside
        ]  # fmt: skip
    return rows


@settings(max_examples=20, deadline=None)
@given(DEALS, DEALS, st.integers(0, 999))
def test_both_explain_a_change_by_the_same_lines(
    first: dict[int, Any], changed: dict[int, Any], seed: int
) -> None:
    # What was paid as a fee is no value of the close: no rate of exchange moves it there.
    first = {number: without_foreign_fee(terms) for number, terms in first.items()}
    changed = {number: without_foreign_fee(terms) for number, terms in changed.items()}
    # A deal stays in its book and currency: what moves between them has lines of its own in each.
    second = {**first}
    for number, terms in changed.items():
        old = first.get(number)
        second[number] = terms if old is None else (old[0], old[1], *terms[2:4], old[4], terms[5])
    if not second:
        return
    versions = {number: 1 if first.get(number, terms) == terms else 2
                for number, terms in second.items()}  # fmt: skip
    old = table(first, dict.fromkeys(first, 1), FIRST)
    new = table(second, versions, FIRST)
    curves = curve(seed), curve(seed + 1)
    rates = 1_150_000_000, 1_170_000_000
    fx = [{"EUR": 1.0, "GBP": rate / 1e9} for rate in rates]
    before = CloseInputs(FIRST, old, curves[0], fx[0])
    now = CloseInputs(FIRST + dt.timedelta(days=1), new, curves[1], fx[1])
    # In the first of two closes without any deal there is nothing to explain from.
    told = close_book(now, before).pnl
    here = curves[0]["DE-LU"]
    fresh = new.join(old, on=["deal", "version"], how="anti")
    deals = pl.DataFrame(
        [*by_period(old, here, 10), *by_period(fresh, here, 20)],
        schema=dict(exact.DEALS),
        orient="row",
    )
    marks = pl.DataFrame(
        [
            (known, "DE-LU", int(start), round(price * 1e6), "EUR")
            for known, one in zip((10, 20), curves, strict=True)
            for start, price in zip(
                one["DE-LU"].start[:-1].tolist(), one["DE-LU"].price.tolist(), strict=True
            )
        ],
        schema=dict(exact.MARKS),
        orient="row",
    )
    table_fx = pl.DataFrame(
        [(known, "GBP", rate) for known, rate in zip((10, 20), rates, strict=True)],
        schema=dict(exact.FX),
        orient="row",
    )
    found = attribute(Book("EUR", deals, marks, fx=table_fx), 15, 25)
    exactly = {
        (book, line): amount / UNITS
        for book, line, amount in found.group_by("book", "line")
        .agg(pl.col("amount").cast(pl.Float64).sum())
        .iter_rows()
    }
    floats = {(book, line): amount for book, line, amount in told.iter_rows()}
    for book in new["book"].unique().to_list():
        floats[book, "new trades"] = floats[book, "new deals"] + floats[book, "late deals"]
        for line, parts in LINES.items():
            expected = sum(exactly.get((book, part), 0.0) for part in parts)
            assert floats[book, line] == pytest.approx(expected, rel=1e-9, abs=1e-4), line
        assert floats[book, "withdrawn"] == 0.0
