"""A book of deals: what is booked, waits or is refused, and closes that explain themselves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from wattbook.errors import CurveError, InputError
from wattbook.market.curves import curve_grid
from wattbook.portfolio.book import (
    CloseInputs,
    DealBook,
    Imported,
    PlacePrices,
    Reference,
    close_book,
    positions,
    read_deals,
    values,
)

REFERENCE = Reference(
    "EUR",
    frozenset({"power", "gas"}),
    frozenset({"ana", "ben"}),
    frozenset({"Nordkraft"}),
    frozenset({"EUR", "GBP"}),
)
GOOD = {
    "deal": "D-1",
    "trade_date": "2027-01-04",
    "book": "power",
    "trader": "ana",
    "counterparty": "Nordkraft",
    "product": "DE-LU Feb-27 Base",
    "side": "buy",
    "power_mw": "10",
    "price": "80.5",
    "currency": "EUR",
}


def deals(*changes: dict[str, str]) -> pl.DataFrame:
    """Return good deals with some fields changed."""
    table, refused = read_deals(pl.DataFrame([{**GOOD, **one} for one in changes]), REFERENCE)
    assert refused == ()
    return table


def booked(book: DealBook, table: pl.DataFrame, name: str, person: str = "ana") -> Imported:
    """Book deals of a file."""
    return book.book(table, (), sha256=name, name=name, person=person, known_ns=1)


EUR = {"EUR": 1.0}


def prices(
    level: float,
    *,
    first: dt.date,
    open_day: dt.date,
    place: str = "DE-LU",
    currency: str = "EUR",
) -> dict[str, PlacePrices]:
    """Return a flat curve of hours, peak hours ten above."""
    grid = curve_grid(place, first, dt.date(2028, 1, 1), "hour")
    after = int(curve_grid(place, open_day, dt.date(2028, 1, 1), "hour").start[0])
    months = np.repeat(grid.days.astype("datetime64[M]"), np.diff(grid.day_start))
    price = np.where(grid.is_peak, level + 10.0, level)
    marked = np.zeros(len(grid), np.bool_)
    made = PlacePrices(currency, grid.start, grid.hours, grid.is_peak, price, months, marked, after)
    return {place: made}


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("counterparty", "Südkraft", "is unknown; use one of Nordkraft"),
        ("product", "DE-LU Feb-27 Bse", ""),
        ("product", "Mars Feb-27 Base", ""),
        ("trade_date", "4.1.2027", "is no date; give one such as"),
        ("power_mw", "-3", "is not above zero"),
        ("power_mw", "1e400", "is beyond"),
        ("power_mw", "nan", "is no number MW"),
        ("power_mw", "-inf", "is beyond"),
        ("price", "1e999999999", "is beyond"),
        ("price", "1e-999999999", "has more than 6 decimals"),
        ("price", "80.0000000000000000000000000000001", "has more than 6 decimals"),
        ("deal", "D\x00-2", "cannot be printed"),
        ("price", "12,5", "is no number a MWh"),
        ("price", "1.0000001", "has more than 6 decimals"),
        ("side", "long", "is neither buy nor sell"),
        ("currency", "USD", "is unknown"),
        ("deal", " ", "is empty"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_field_and_fix(
    field: str, value: str, reason: str
) -> None:
    rows = pl.DataFrame([GOOD, {**GOOD, "deal": "D-2", field: value}])
    table, (refusal,) = read_deals(rows, REFERENCE)
    assert table["deal"].to_list() == ["D-1"]
    assert (refusal.row, refusal.field, refusal.value) == (3, field, value.strip())
    assert reason in refusal.reason


def test_a_deal_that_stands_twice_and_odd_columns_are_refused() -> None:
    table, (refusal,) = read_deals(pl.DataFrame([GOOD, GOOD]), REFERENCE)
    assert table.height == 1
    assert refusal.reason == "stands in row 2 too; keep the row that counts"
    with pytest.raises(InputError, match="lack the column side"):
        read_deals(pl.DataFrame([GOOD]).drop("side"), REFERENCE)
    with pytest.raises(InputError, match="have an odd column, colour"):
        read_deals(pl.DataFrame([{**GOOD, "colour": "blue"}]), REFERENCE)


def test_the_same_file_and_the_same_deals_book_nothing_twice(tmp_path: Path) -> None:
    book = DealBook(tmp_path)
    table = deals({}, {"deal": "D-2"})
    assert booked(book, table, "a").new == 2
    assert booked(book, table, "a") == Imported(0, 2, 0, 0, ())
    assert booked(book, table, "b") == Imported(0, 2, 0, 0, ())
    assert book.deals(book.last_number()).height == 2


def test_an_amendment_waits_for_a_second_person_and_keeps_its_history(tmp_path: Path) -> None:
    book = DealBook(tmp_path)
    booked(book, deals({}), "a")
    changed = deals({"price": "81"})
    assert booked(book, changed, "b").queued == 1
    assert booked(book, changed, "c").unchanged == 1  # it waits already
    (waiting,) = book.pending()
    assert waiting.reason == "changes price 80.5 to 81"
    assert book.deals(book.last_number())["price"].to_list() == [80_500_000]
    with pytest.raises(InputError, match="entered by ana; a second person decides"):
        book.decide(waiting.number, person="ana", approves=True, known_ns=2)
    book.decide(waiting.number, person="ben", approves=True, known_ns=2)
    with pytest.raises(InputError, match="is approved; list what waits"):
        book.decide(waiting.number, person="ben", approves=True, known_ns=2)
    assert book.deals(book.last_number())["price"].to_list() == [81_000_000]
    # The first file again: its row became a deal once, and what was amended since stands.
    assert booked(book, deals({}), "a") == Imported(0, 1, 0, 0, ())
    history = book.history("D-1")
    assert history["price"].to_list() == [80_500_000, 81_000_000]
    assert history["approved_by"].to_list() == [None, "ben"]
    # As the book was before: the first version.
    assert book.deals(1)["version"].to_list() == [1]


def test_an_amendment_of_an_older_version_does_not_undo_a_newer_one(tmp_path: Path) -> None:
    book = DealBook(tmp_path)
    booked(book, deals({}), "a")
    booked(book, deals({"power_mw": "12"}), "b")
    booked(book, deals({"price": "81"}), "c")
    book.decide(1, person="ben", approves=True, known_ns=2)
    with pytest.raises(InputError, match="made on version 1 of D-1, which is at version 2 now"):
        book.decide(2, person="ben", approves=True, known_ns=3)
    book.decide(2, person="ben", approves=False, known_ns=3)
    assert book.deals(9)["power"].to_list() == [12_000_000]


def test_a_rejected_amendment_changes_nothing(tmp_path: Path) -> None:
    book = DealBook(tmp_path)
    booked(book, deals({}), "a")
    booked(book, deals({"status": "cancelled"}), "b")
    (waiting,) = book.pending()
    book.decide(waiting.number, person="ben", approves=False, known_ns=2, comment="still live")
    assert book.pending() == ()
    assert book.pending(state="rejected")[0].number == waiting.number
    assert book.deals(9)["power"].to_list() == [10_000_000]


def test_values_count_the_hours_of_base_peak_and_the_rest() -> None:
    there = prices(50.0, first=dt.date(2027, 1, 1), open_day=dt.date(2027, 1, 5))
    table = deals(
        {},
        {"deal": "D-2", "product": "DE-LU Feb-27 Peak", "side": "sell", "price": "55"},
        {"deal": "D-3", "product": "DE-LU Mar-27 Base", "power_mw": "1", "price": "50"},
        {"deal": "D-4", "product": "DE-LU Feb-27 OffPeak", "power_mw": "2", "price": "40"},
    )
    energy, value = values(table, there, EUR)
    # February 2027: 672 hours, 20 working days of 12 peak hours; March loses an hour.
    assert energy.tolist() == [6_720.0, -2_400.0, 743.0, 864.0]
    assert value[0] == pytest.approx(6_720 * (50 - 80.5) + 2_400 * 10)
    assert value[1] == pytest.approx(-2_400 * (60 - 55))
    assert value[3] == pytest.approx(864 * 10)
    found = positions(table, there, EUR).filter(pl.col("month") == dt.date(2027, 2, 1))
    assert found["energy_mwh"].to_list() == [6_720.0 - 2_400.0 + 864.0]
    assert found["peak_mwh"].to_list() == [0.0]


def test_a_deal_without_a_price_is_named() -> None:
    there = prices(50.0, first=dt.date(2027, 1, 1), open_day=dt.date(2027, 1, 5))
    for product, text in (
        ("FR Feb-27 Base", "deal D-1 delivers at FR, of which there is no curve"),
        ("DE-LU Cal-28 Base", "deal D-1 delivers DE-LU Cal-28 Base, the curve of DE-LU ends"),
    ):
        with pytest.raises(CurveError, match=text):
            values(deals({"product": product}), there, EUR)


def inputs(day: int, table: pl.DataFrame, level: float, **more: Any) -> CloseInputs:
    """Return the inputs of a close in January 2027."""
    there = prices(level, first=dt.date(2027, 1, 1), open_day=dt.date(2027, 1, day + 1))
    known = table.with_columns(version=pl.lit(1), number=pl.int_range(pl.len()))
    if "amended" in more:
        known = known.with_columns(
            version=pl.when(pl.col("deal") == more["amended"]).then(2).otherwise(1)
        )
    return CloseInputs(dt.date(2027, 1, day), known, there, more.get("fx", {"EUR": 1.0}))


def test_each_cause_of_a_change_has_its_line() -> None:
    old = deals({}, {"deal": "D-2", "book": "gas", "currency": "GBP"})
    new = deals(
        {"power_mw": "12", "fee": "30"},
        {"deal": "D-2", "book": "gas", "currency": "GBP"},
        {"deal": "D-3", "trade_date": "2027-01-05"},
        {"deal": "D-4", "trade_date": "2026-12-30", "book": "gas"},
    )
    before = inputs(4, old, 50.0, fx={"EUR": 1.0, "GBP": 1.2})
    now = inputs(5, new, 51.0, fx={"EUR": 1.0, "GBP": 1.1}, amended="D-1")
    found = close_book(now, before)
    lines = {(row[0], row[1]): row[2] for row in found.pnl.iter_rows()}
    worth = 672 * 51 + 240 * 10  # of one MW in February, with its peak hours
    unit = worth - 672 * 80.5
    assert lines["power", "price"] == pytest.approx(6_720)
    assert lines["gas", "price"] == pytest.approx(6_720)
    assert lines["gas", "fx"] == pytest.approx(6_720 * 80.5 * 0.1)
    assert lines["power", "amendments"] == pytest.approx(2 * unit)
    assert lines["power", "new deals"] == pytest.approx(10 * unit)
    assert lines["gas", "late deals"] == pytest.approx(10 * unit)
    assert lines["power", "fees"] == -30.0
    past = close_book(before, None)
    for book in ("power", "gas"):
        told = sum(
            amount for (one, line), amount in lines.items() if one == book and line != "fees"
        )
        assert found.value[book] - past.value[book] == pytest.approx(told, rel=1e-9)
    assert close_book(now, before).digest == found.digest
    assert (
        close_book(inputs(5, new, 51.000001, fx=dict(now.fx), amended="D-1"), before).digest
        != found.digest
    )


def test_a_deal_in_another_currency_fetches_what_its_place_pays() -> None:
    """A price in pounds is owed in pounds; the power still fetches euros."""
    there = prices(50.0, first=dt.date(2027, 1, 1), open_day=dt.date(2027, 1, 5))
    table = deals({"currency": "GBP", "price": "40", "product": "DE-LU 2027-02-07 Base"})
    _, value = values(table, there, {"EUR": 1.0, "GBP": 1.2})
    assert value[0] == pytest.approx(240 * (50 - 40 * 1.2))
    pounds = prices(
        50.0, first=dt.date(2027, 1, 1), open_day=dt.date(2027, 1, 5), place="GB", currency="GBP"
    )
    table = deals({"price": "40", "product": "GB 2027-02-07 Base"})
    fx = {"EUR": 1.0, "GBP": 1.2}
    assert values(table, pounds, fx)[1][0] == pytest.approx(240 * (50 * 1.2 - 40))
    assert positions(table, pounds, fx)["market_value"].to_list() == [pytest.approx(240 * 60)]


def test_deals_that_move_to_another_product_or_day_have_their_line() -> None:
    old = deals({}, {"deal": "D-2"})
    moved = deals({"product": "DE-LU Mar-27 Base"}, {"deal": "D-2", "trade_date": "2027-06-01"})
    before = inputs(4, old, 50.0)
    changed = moved.with_columns(version=pl.lit(2), number=pl.int_range(pl.len()))
    known = changed.filter(pl.col("trade_date") <= dt.date(2027, 1, 5))
    now = CloseInputs(dt.date(2027, 1, 5), known, inputs(5, old, 51.0).prices, EUR)
    found = close_book(now, before)
    lines = {row[1]: row[2] for row in found.pnl.iter_rows()}
    february = 10 * (672 * (51 - 80.5) + 240 * 10)
    hours, peak = 743, 12 * 23
    march = 10 * (hours * (51 - 80.5) + peak * 10)
    assert lines["amendments"] == pytest.approx(march - february)
    assert lines["withdrawn"] == pytest.approx(-february)
    assert abs(found.unexplained["power"]) < 1e-6


def test_an_unnoticed_change_is_unexplained() -> None:
    """A deal whose terms differ under one version is no amendment: the lines do not hide it."""
    now = inputs(5, deals({"price": "70"}), 50.0)
    found = close_book(now, inputs(4, deals({}), 50.0))
    assert found.unexplained["power"] == pytest.approx(6_720 * 10.5)


def test_a_missing_rate_and_an_earlier_day_are_refused() -> None:
    table = deals({"currency": "GBP"})
    with pytest.raises(InputError, match="deal D-1 is in GBP, of which there is no rate"):
        close_book(inputs(4, table, 50.0), None)
    with pytest.raises(InputError, match="of which there is no rate"):
        close_book(inputs(4, table, 50.0, fx={"GBP": float("nan")}), None)
    day = inputs(4, deals({}), 50.0)
    with pytest.raises(InputError, match="close a later day than it"):
        close_book(day, day)
