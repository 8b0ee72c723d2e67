"""The lines of P&L sum to the change of value exactly, whatever happened in between."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.portfolio.attribution import LINES, Book, attribute, value_at
from wattbook.portfolio.money import FX_SCALE, half_even

HOURS = st.integers(0, 3)
INSTANTS = st.integers(0, 20)
DAY = 86_400 * 10**9
START = 100 * DAY
BOOKS, AREAS, CURRENCIES = ["wind", "spec"], ["DE", "GB"], ["EUR", "GBP"]


def start(hour: int) -> int:
    return START + hour * 3_600 * 10**9


@st.composite
def deal_rows(draw: st.DrawFn, name: str) -> list[dict[str, Any]]:
    """Return the versions of a deal: it comes, is amended, perhaps cancelled."""
    known, rows = 0, []
    book, area = draw(st.sampled_from(BOOKS)), draw(st.sampled_from(AREAS))
    for version in range(1, draw(st.integers(1, 3)) + 1):
        known = max(known, draw(INSTANTS))
        rows += [
            {
                "deal": name, "version": version, "known": known, "book": book, "area": area,
                "start": start(hour),
                "energy": draw(st.integers(-(10**12), 10**12)),
                "price": draw(st.integers(-(10**9), 4 * 10**9)),
                "currency": draw(st.sampled_from(CURRENCIES)),
                "fee": draw(st.integers(-(10**6), 10**9)),
            }
            for hour in draw(st.sets(HOURS, min_size=1, max_size=3))
        ]  # fmt: skip
    return rows


@st.composite
def worlds(draw: st.DrawFn) -> Book:
    """Return random days of trades, amendments, moves of curve, currency and rate, and re-runs."""
    deals = [
        row for number in range(draw(st.integers(0, 5))) for row in draw(deal_rows(f"d{number}"))
    ]
    marks = [
        {
            "known": known, "area": area, "start": start(hour),
            "price": draw(st.integers(-(10**9), 4 * 10**9)),
            "currency": "EUR" if area == "DE" else "GBP",
        }
        for area in AREAS
        for hour in range(4)
        for known in {-1, draw(INSTANTS)}
    ]  # fmt: skip
    fx = [
        {"known": known, "currency": "GBP", "rate": draw(st.integers(10**8, 3 * 10**9))}
        for known in {-1, draw(INSTANTS), draw(INSTANTS)}
    ]
    rates = [
        {"known": draw(INSTANTS), "rate": draw(st.floats(-0.05, 0.3))}
        for _ in range(draw(st.integers(0, 2)))
    ]
    settled = [
        {
            "account": book, "area": area, "start": start(hour), "order": order,
            "published": draw(INSTANTS), "amount": draw(st.integers(-(10**22), 10**22)),
            "fee": draw(st.integers(0, 10**20)), "currency": "EUR" if area == "DE" else "GBP",
        }
        for book, area, hour in draw(
            st.sets(st.tuples(st.sampled_from(BOOKS), st.sampled_from(AREAS), HOURS), max_size=4)
        )
        for order in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    return Book(
        "EUR",
        framed(deals, {"fee": pl.Int64}, DEALS_EMPTY),
        framed(marks, {}, {}),
        framed(fx, {}, {}),
        framed(rates, {}, {"known": pl.Int64, "rate": pl.Float64}),
        framed(settled, {"amount": pl.Int128, "fee": pl.Int128}, SETTLED_EMPTY),
        payment_days=draw(st.sampled_from([0, 20, 400])),
    )


DEALS_EMPTY: dict[str, Any] = {
    "deal": pl.String, "version": pl.Int64, "known": pl.Int64, "book": pl.String,
    "area": pl.String, "start": pl.Int64, "energy": pl.Int64, "price": pl.Int64,
    "currency": pl.String, "fee": pl.Int64,
}  # fmt: skip
SETTLED_EMPTY: dict[str, Any] = {
    "account": pl.String, "area": pl.String, "start": pl.Int64, "order": pl.Int64,
    "published": pl.Int64, "amount": pl.Int128, "fee": pl.Int128, "currency": pl.String,
}  # fmt: skip


def framed(
    rows: list[dict[str, Any]], overrides: dict[str, Any], empty: dict[str, Any]
) -> pl.DataFrame:
    if not rows:
        return pl.DataFrame(schema=empty)
    return pl.DataFrame(rows, schema_overrides=overrides)


def total(frame: pl.DataFrame) -> int:
    return sum(frame["amount"].to_list())


def slow_value(book: Book, instant: int) -> int:
    """Return the value of the whole portfolio without a discount, deal by deal in plain numbers."""

    def last(table: pl.DataFrame | None, keys: list[str], order: str, known: str) -> list[Any]:
        found: dict[Any, dict[str, Any]] = {}
        assert table is not None
        for row in table.to_dicts():
            key = tuple(row[one] for one in keys)
            if row[known] <= instant and (key not in found or row[order] >= found[key][order]):
                found[key] = row
        return list(found.values())

    fx = {row["currency"]: row["rate"] for row in last(book.fx, ["currency"], "known", "known")}
    fx["EUR"] = FX_SCALE
    marks = {
        (one["area"], one["start"]): one
        for one in last(book.marks, ["area", "start"], "known", "known")
    }
    settled = {
        (one["account"], one["area"], one["start"]): one
        for one in last(book.settled, ["account", "area", "start"], "order", "published")
    }
    versions: dict[str, int] = {}
    known = [row for row in book.deals.to_dicts() if row["known"] <= instant]
    for row in known:
        versions[row["deal"]] = max(versions.get(row["deal"], 0), row["version"])
    owed: dict[Any, int] = {}
    fees: dict[Any, int] = {}
    for row in known:
        if row["version"] != versions[row["deal"]]:
            continue
        key = (row["book"], row["area"], row["start"])
        owed[*key, row["currency"]] = (
            owed.get((*key, row["currency"]), 0) - row["energy"] * row["price"]
        )
        fees[*key, row["currency"]] = (
            fees.get((*key, row["currency"]), 0) - row["fee"] * 3_600_000_000
        )
        if key not in settled:
            mark = marks[key[1:]]
            worth = row["energy"] * mark["price"]
            owed[*key, mark["currency"]] = owed.get((*key, mark["currency"]), 0) + worth
    for key, row in settled.items():
        owed[*key, row["currency"]] = owed.get((*key, row["currency"]), 0) + row["amount"]
        fees[*key, row["currency"]] = fees.get((*key, row["currency"]), 0) - row["fee"]
    return sum(
        half_even(amount * fx[currency], FX_SCALE)
        for table in (owed, fees)
        for (*_, currency), amount in table.items()
    )


@settings(max_examples=25)
@given(worlds(), INSTANTS, INSTANTS)
def test_lines_sum_to_the_change_of_value_to_the_last_unit(book: Book, one: int, two: int) -> None:
    begin, end = sorted((one, two))
    lines = attribute(book, begin, end)
    assert set(lines["line"]) <= {*LINES, "unexplained"}
    unexplained = lines.filter(pl.col("line") == "unexplained")["amount"]
    assert unexplained.to_list() == [0] * unexplained.len()
    assert total(lines) == total(value_at(book, end)) - total(value_at(book, begin))


@settings(max_examples=25)
@given(worlds(), INSTANTS)
def test_a_value_is_what_deal_by_deal_gives(book: Book, instant: int) -> None:
    plain = replace(book, rates=None)
    assert total(value_at(plain, instant)) == slow_value(plain, instant)


@settings(max_examples=8)
@given(worlds(), INSTANTS)
def test_nothing_happens_between_an_instant_and_itself(book: Book, instant: int) -> None:
    lines = attribute(book, instant, instant)
    assert lines.filter(pl.col("line") != "unexplained").height == 0
