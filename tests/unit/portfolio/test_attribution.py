"""P&L by cause: each line worked out by hand, in the order in which effects are taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from wattbook.errors import SettlementError
from wattbook.portfolio.attribution import Book, attribute, value_at
from wattbook.portfolio.money import UNITS

DAY = 86_400 * 10**9
AT = 100 * DAY
MWH = 3_600_000_000
EURO = 1_000_000


def deal(
    name: str, version: int, known: int, mwh: float, price: float, **more: Any
) -> dict[str, Any]:
    row = {
        "deal": name, "version": version, "known": known, "book": "B", "area": "DE", "start": AT,
        "energy": round(mwh * MWH), "price": round(price * EURO), "currency": "EUR", "fee": 0,
    }  # fmt: skip
    return {**row, **more}


def mark(known: int, price: float, currency: str = "EUR", area: str = "DE") -> dict[str, Any]:
    price_of = round(price * EURO)
    return {"known": known, "area": area, "start": AT, "price": price_of, "currency": currency}


def settled(order: int, published: int, amount: float, fee: float = 0.0) -> dict[str, Any]:
    return {
        "account": "B", "area": "DE", "start": AT, "order": order, "published": published,
        "amount": round(amount * 10_000) * (UNITS // 10_000),
        "fee": round(fee * 10_000) * (UNITS // 10_000), "currency": "EUR",
    }  # fmt: skip


def of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema_overrides={"amount": pl.Int128, "fee": pl.Int64})


def ran(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema_overrides={"amount": pl.Int128, "fee": pl.Int128})


def told(book: Book, begin: int = 0, end: int = 10) -> dict[str, float]:
    found = attribute(book, begin, end)
    assert (
        found.filter(pl.col("line") == "unexplained")["amount"].to_list()
        == [0] * found.select("book", "area", "start").n_unique()
    )
    rows = found.group_by("line").agg(pl.col("amount").sum()).rows()
    return {line: round(amount / UNITS, 6) for line, amount in rows if line != "unexplained"}


def test_a_held_position_moves_with_its_mark() -> None:
    book = Book("EUR", of([deal("a", 1, 0, 10, 50)]), of([mark(0, 52), mark(5, 55)]))
    assert told(book) == {"price": 30.0}
    assert value_at(book, 10)["amount"][0] / UNITS == 50.0
    assert value_at(book, 10)["energy"][0] == 10 * MWH


def test_a_new_trade_is_worth_what_the_market_gives_now_less_its_fee() -> None:
    rows = [deal("a", 1, 0, 10, 50), deal("b", 1, 3, -4, 56, fee=2 * EURO)]
    book = Book("EUR", of(rows), of([mark(0, 52), mark(5, 55)]))
    # Held: 10 x 3. Sold 4 at 56 with the market at 55: 4. A fee of 2.
    assert told(book) == {"price": 30.0, "new trades": 4.0, "fees": -2.0}


def test_an_amendment_splits_into_its_volume_and_its_terms() -> None:
    rows = [deal("a", 1, 0, 10, 50), deal("a", 2, 4, 7, 51)]
    book = Book("EUR", of(rows), of([mark(0, 52), mark(5, 55)]))
    # Three less at 55 - 50; seven that now cost 1 more.
    assert told(book) == {"price": 30.0, "volume": -15.0, "terms": -7.0}


def test_a_cancelled_deal_takes_its_value_with_it() -> None:
    rows = [deal("a", 1, 0, 10, 50), deal("a", 2, 4, 0, 50)]
    book = Book("EUR", of(rows), of([mark(0, 52)]))
    assert told(book) == {"volume": -20.0}


def test_a_currency_moves_what_is_marked_in_it_and_what_it_cost() -> None:
    rows = [deal("a", 1, 0, 10, 40, currency="GBP")]
    fx = pl.DataFrame(
        {"known": [0, 6], "currency": ["GBP", "GBP"], "rate": [1_150_000_000, 1_200_000_000]}
    )
    book = Book("EUR", of(rows), of([mark(0, 50, "GBP"), mark(5, 52, "GBP")]), fx=fx)
    # 2 x 10 GBP at the old rate, then 120 GBP of gain at five cents more.
    assert told(book) == {"price": 23.0, "fx": 6.0}


def test_time_unwinds_the_discount_and_a_new_rate_is_a_line_of_its_own() -> None:
    rates = pl.DataFrame({"known": [0, 5 * DAY], "rate": [0.365, 0.0]})
    book = Book(
        "EUR", of([deal("a", 1, 0, 10, 50)]), of([mark(0, 150)]), rates=rates, payment_days=0
    )
    lines = told(book, end=10 * DAY)
    # 1,000 paid on day 100 at 0.1 % a day: exp(-0.1), after ten days exp(-0.09), then undiscounted.
    assert lines["time"] == pytest.approx(1000 * (0.913931185 - 0.904837418))
    assert lines["rates"] == pytest.approx(1000 * (1 - 0.913931185))


def test_the_first_settlement_takes_the_place_of_the_mark_and_later_runs_are_re_settlement() -> (
    None
):
    runs = ran([settled(0, 3, 540, fee=1), settled(1, 8, 530, fee=1), settled(2, 20, 500)])
    book = Book("EUR", of([deal("a", 1, 0, 10, 50)]), of([mark(0, 55)]), settled=runs)
    # Marked at 550; the imbalance settles the open 10 MWh at 540, a later run at 530.
    assert told(book) == {"imbalance": -11.0, "re-settlement": -10.0}
    assert value_at(book, 10)["is_settled"].to_list() == [True]
    # Once it is known, a mark does not matter.
    assert told(book, 4, 10) == {"re-settlement": -10.0}
    assert told(book, 10, 20) == {"re-settlement": -29.0}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"marks": of([mark(20, 1)])}, "marks: none for area DE"),
        ({"deals": of([deal("a", 1, 0, 1, 1, currency="SEK")])}, "fx: no rate for SEK"),
        (
            {"deals": of([deal("a", 1, 0, 1, 1)] * 2)},
            "row 0: deal a, version 1 has the period twice",
        ),
        ({"deals": of([deal("a", 1, 0, 10**6, 1)])}, "deals, row 0: energy"),
        ({"deals": of([deal("a", 1, 0, 1, 1, book=None)])}, "deals, row 0: no book"),
        ({"rates": pl.DataFrame({"known": [0], "rate": [float("nan")]})}, "rates, row 0: nan"),
        ({"deals": pl.DataFrame({"deal": ["a"]})}, "deals: column 'version' is missing"),
    ],
)
def test_what_cannot_be_valued_is_refused_by_name(change: dict[str, Any], text: str) -> None:
    book = Book("EUR", of([deal("a", 1, 0, 10, 50)]), of([mark(0, 52)]))
    with pytest.raises(SettlementError, match=text):
        attribute(replace(book, **change), 0, 10)
    with pytest.raises(SettlementError, match="swap them"):
        attribute(book, 10, 0)
