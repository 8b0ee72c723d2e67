"""Random deals, amendments and late deals: books always balance, and closes reproduce."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.market.curves import curve_grid
from wattbook.portfolio.book import (
    DEALS,
    CloseInputs,
    DealBook,
    PlacePrices,
    close_book,
)

FIRST = dt.date(2027, 1, 4)
PRODUCTS = ["Jan-27 Base", "Feb-27 Peak", "Q1-27 Base", "Mar-27 OffPeak", "2027-01-05 Base"]
ROW = st.tuples(
    st.integers(0, 7),  # which deal
    st.integers(-40, 2),  # made so many days after the first close
    st.sampled_from(["power", "wind"]),
    st.sampled_from(PRODUCTS),
    st.integers(-20_000_000, 20_000_000),
    st.integers(-50_000_000, 200_000_000),
    st.sampled_from(["EUR", "GBP"]),
    st.integers(0, 100_000_000),
)
DAYS = st.lists(st.lists(ROW, max_size=6), min_size=2, max_size=4)


def table(rows: list[Any]) -> pl.DataFrame:
    """Return deals of a day's file: the last row of a deal counts."""
    made = {
        f"D-{number}": (
            f"D-{number}", FIRST + dt.timedelta(days=made), book, "ana", "Nordkraft",
            f"DE-LU {product}", power, price, currency, fee,
        )
        for number, made, book, product, power, price, currency, fee in rows
    }  # fmt: skip
    found = pl.DataFrame(list(made.values()), schema=dict(DEALS), orient="row")
    return found.with_row_index("row", offset=2).with_columns(pl.col("row").cast(pl.Int64))


def curve(day: dt.date, seed: int) -> dict[str, PlacePrices]:
    """Return prices of a close: delivered ones are those of the day before the first close."""
    grid = curve_grid("DE-LU", FIRST, dt.date(2027, 7, 1), "hour")
    after = int(grid.start[grid.day_start[(day - FIRST).days + 1]])
    price = np.random.default_rng(seed).normal(60, 30, len(grid))
    months = np.repeat(grid.days.astype("datetime64[M]"), np.diff(grid.day_start))
    marked = np.zeros(len(grid), np.bool_)
    made = PlacePrices("EUR", grid.start, grid.hours, grid.is_peak, price, months, marked, after)
    return {"DE-LU": made}


@settings(max_examples=40, deadline=None)
@given(DAYS, st.integers(0, 1_000))
def test_lines_add_up_and_closes_reproduce(days: list[list[Any]], seed: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        book = DealBook(Path(place))
        before = None
        value: dict[str, float] = {}
        entered: set[str] = set()
        for at, rows in enumerate(days):
            day = FIRST + dt.timedelta(days=at)
            # Nothing is made after its own day.
            fresh = table([row for row in rows if row[1] <= at])
            told = book.book(fresh, (), sha256=f"{at}", name="f", person="ana", known_ns=at)
            assert told.new + told.unchanged + told.queued == fresh.height
            for one in book.pending():
                try:
                    book.decide(one.number, person="ben", approves=one.number % 3 > 0, known_ns=at)
                except InputError:  # made on an older version of the deal
                    book.decide(one.number, person="ben", approves=False, known_ns=at)
            entered |= set(fresh["deal"])
            known = book.deals(book.last_number())
            assert set(known["deal"]) == entered
            known = known.filter(pl.col("trade_date") <= day)
            now = CloseInputs(day, known, curve(day, seed + at), {"EUR": 1.0, "GBP": 1.1 + at / 50})
            found = close_book(now, before)
            for name, worth in found.value.items():
                lines = found.pnl.filter((pl.col("book") == name) & (pl.col("line") != "fees"))
                change = worth - value.get(name, 0.0)
                assert change == pytest.approx(lines["amount"].sum(), rel=1e-9, abs=1e-6)
                assert abs(found.unexplained[name]) <= 1e-9 * max(abs(worth), 1e3)
            total = sum(found.value.values())
            assert total == pytest.approx(found.deals["value"].sum(), rel=1e-9, abs=1e-6)
            assert close_book(now, before).digest == found.digest
            before, value = now, found.value
