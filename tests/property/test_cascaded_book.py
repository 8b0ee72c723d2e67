"""A cascade moves a position to other contracts; no line of P&L and no period moves."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.contracts import FuturesPosition, cascade, fully_cascaded
from wattbook.domain.numbers import Price, Volume
from wattbook.portfolio.attribution import Book, attribute, value_at

PRODUCTS = ("DE-LU Cal-27 Base", "DE-LU Cal-27 Peak", "DE-LU Q1-27 Base", "DE-LU Q4-27 Peak")
DAY = 86_400 * 10**9
PRICES = st.integers(-(10**8), 5 * 10**8)


def rows_of(name: str, known: int, held: FuturesPosition, sign: int, price: Price) -> list[Any]:
    """Return a deal by month of delivery: bought energy in 1e-6 MW s."""
    return [
        {
            "deal": name, "version": 1, "known": known, "book": "futures", "area": "DE-LU",
            "start": month.product.delivery_start,
            "energy": sign * month.volume.millionths * month.product.delivery_seconds,
            "price": price.millionths, "currency": "GBP", "fee": 0,
        }
        for month in fully_cascaded(held, "EEX")
    ]  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Book, Book, int]:
    """Return a book without and with its cascade, and when that was."""
    at = draw(st.integers(5, 15))
    held = FuturesPosition.of(draw(st.sampled_from(PRODUCTS)), 0, 0)
    volume = Volume.from_millionths(draw(st.integers(-(10**8), 10**8).filter(bool)))
    held = FuturesPosition(held.product, volume, Price.from_millionths(draw(PRICES)))
    final = Price.from_millionths(draw(PRICES))
    prices = {str(leg): Price.from_millionths(draw(PRICES)) for leg in held.product.cascade("EEX")}
    first = rows_of("year", 0, held, 1, held.price)
    moved = rows_of("close", at, held, -1, final)
    for number, leg in enumerate(cascade(held, "EEX", final, prices)):
        assert leg.position.price == final
        moved += rows_of(f"leg {number}", at, leg.position, 1, leg.position.price)
    marks = [
        {
            "known": known, "area": "DE-LU", "start": row["start"], "price": draw(PRICES),
            "currency": "GBP",
        }
        for row in first
        for known in {-1, draw(st.integers(0, 20))}
    ]  # fmt: skip
    fx = [
        {"known": known, "currency": "GBP", "rate": draw(st.integers(10**8, 3 * 10**9))}
        for known in {-1, draw(st.integers(0, 20))}
    ]
    rates = [{"known": draw(st.integers(0, 20)), "rate": draw(st.floats(-0.05, 0.3))}]
    schema = {"deal": pl.String, "energy": pl.Int64}
    books = [
        Book(
            "EUR", pl.DataFrame(deals, schema_overrides=schema), pl.DataFrame(marks),
            pl.DataFrame(fx), pl.DataFrame(rates),
        )
        for deals in (first, first + moved)
    ]  # fmt: skip
    return books[0], books[1], at


@settings(max_examples=15)
@given(worlds(), st.integers(0, 20), st.integers(0, 20))
def test_a_cascade_moves_no_line_and_no_period(
    world: tuple[Book, Book, int], one: int, two: int
) -> None:
    plain, moved, _ = world
    begin, end = sorted((one, two))
    lines = attribute(moved, begin, end)
    assert lines.equals(attribute(plain, begin, end))
    unexplained = lines.filter(pl.col("line") == "unexplained")["amount"]
    assert unexplained.to_list() == [0] * unexplained.len()
    for instant in (begin, end):
        assert value_at(moved, instant).equals(value_at(plain, instant))
    change = sum(value_at(moved, end)["amount"]) - sum(value_at(moved, begin)["amount"])
    assert sum(lines["amount"]) == change
