"""Credit of a book: values of deals at later times, netting sets, limits."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from wattbook.errors import DeskError
from wattbook.market.curves import curve_grid
from wattbook.portfolio.book import CloseInputs, PlacePrices, close_book, values
from wattbook.risk import basel_traffic_light, christoffersen, kupiec
from wattbook.risk.credit import ForwardMoves
from wattbook.runtime.book import book_credit, load_reference
from wattbook.runtime.book.backtest import backtest_of
from wattbook.runtime.book.loadings import DAY_NS, Payment, deal_loadings
from wattbook.runtime.book.risk import breaches, credit_breaches

DAY = dt.date(2027, 1, 4)
MOVES = ForwardMoves(40.0, 5.0, 12.0)
REFERENCE = """
[desk]
name = "Stadtwerk"
currency = "EUR"
persons = ["ana"]
[[book]]
name = "power"
[[book]]
name = "wind"
[[trader]]
name = "ana"
[[counterparty]]
name = "Nordkraft"
spread = 0.01
credit_limit = 1000
[[counterparty]]
name = "Suedkraft"
[fx]
GBP = 1.2
[[moves]]
name = "DE-LU"
near = 40
reversion = 5
level = 12
[credit]
paths = 200
dates = 12
"""
PRODUCTS = ["Feb-27 Base", "Q1-27 Peak", "2027-01-05 Base", "Jan-27 OffPeak"]
AGREEMENT = """
[[agreement]]
name = "EFET"
counterparty = "Nordkraft"
"""


def curve() -> PlacePrices:
    grid = curve_grid("DE-LU", DAY, dt.date(2027, 4, 1), "hour")
    price = np.random.default_rng(3).normal(80, 20, len(grid))
    months = np.repeat(grid.days.astype("datetime64[M]"), np.diff(grid.day_start))
    marked = np.zeros(len(grid), np.bool_)
    after = int(grid.start[grid.day_start[1]])
    return PlacePrices("EUR", grid.start, grid.hours, grid.is_peak, price, months, marked, after)


def inputs(*rows: tuple[Any, ...]) -> CloseInputs:
    """Return a close of deals: book, counterparty, product, power in MW, price, currency."""
    deals = pl.DataFrame(
        [
            (f"D-{at}", 1, DAY, book, "ana", with_whom, f"DE-LU {product}",
             round(power * 1e6), round(price * 1e6), currency, 0)
            for at, (book, with_whom, product, power, price, currency) in enumerate(rows)
        ],
        schema=[
            "deal", "version", "trade_date", "book", "trader", "counterparty", "product", "power",
            "price", "currency", "fee",
        ],
        orient="row",
    )  # fmt: skip
    return CloseInputs(DAY, deals, {"DE-LU": curve()}, {"EUR": 1.0, "GBP": 1.2})


def reference(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "reference.toml"
    file.write_text(text, encoding="utf-8")
    return load_reference(file)


def loaded(now: CloseInputs, days: np.ndarray, payment: Payment) -> Any:
    power = pl.col("power") / 1e6
    deals = now.deals.with_columns(power_mw=power, owed=power * pl.col("price") / 1e6)
    return deal_loadings(now, deals, ("DE-LU",), {"DE-LU": MOVES}, payment, days)


@pytest.mark.parametrize("payment", [Payment(20), Payment(20, is_daily=True)])
@pytest.mark.parametrize(
    "product", ["Feb-27 Base", "Q1-27 Peak", "2027-01-05 Base", "Jan-27 OffPeak"]
)
def test_loadings_are_the_sums_over_open_and_unpaid_hours(product: str, payment: Payment) -> None:
    now = inputs(("power", "Nordkraft", product, -7.0, 66.6, "GBP"))
    days = np.array([0, 1, 20, 31, 45, 60, 77, 90, 120])
    found = loaded(now, days, payment)
    there = now.prices["DE-LU"]
    from wattbook.domain.calendars import DeliveryProduct

    one = DeliveryProduct(f"DE-LU {product}")
    for at, day in enumerate(days.tolist()):
        instant = there.open_from + day * DAY_NS
        base = near = level = 0.0
        for hour in range(len(there.hours)):
            start = int(there.start[hour])
            if not one.delivery_start <= start < one.delivery_end:
                continue
            if not there.delivers(one.load)[hour]:
                continue
            month = there.month[hour].astype("datetime64[M]")
            due = (month + 1).astype("datetime64[D]") + 20
            due_ns = int(due.astype("datetime64[ns]").astype(np.int64))
            if start >= instant:
                base += -7.0 * there.price[hour]
                level += -7.0
                near += -7.0 * np.exp(-MOVES.reversion * (start - instant) / (365 * DAY_NS))
            is_owed = start >= instant if payment.is_daily else due_ns > instant
            if is_owed:
                base += 7.0 * 66.6 * 1.2
        assert found.base[0, at] == pytest.approx(base, rel=1e-9, abs=1e-6)
        assert found.loading[0, 1, at] == pytest.approx(level, rel=1e-9, abs=1e-6)
        assert found.loading[0, 0, at] == pytest.approx(near, rel=1e-9, abs=1e-6)


def test_before_delivery_a_deal_is_owed_what_the_close_says() -> None:
    now = inputs(
        ("power", "Nordkraft", "Feb-27 Base", 5.0, 70.0, "EUR"),
        ("wind", "Nordkraft", "Q1-27 Peak", -2.0, 90.0, "GBP"),
    )
    today = {**now.prices}
    worth = values(now.deals, today, now.fx)[1]
    # The quarter's hours before the first open one are delivered and not paid.
    there = now.prices["DE-LU"]
    past = (there.start[:-1] < there.open_from) & there.is_peak
    delivered = -2.0 * float(there.hours[past] @ there.price[past])
    found = loaded(now, np.array([0]), Payment(20)).base[:, 0]
    assert found[0] == pytest.approx(worth[0])
    assert found[1] == pytest.approx(worth[1] - delivered)


def test_netting_sets_follow_agreements_and_limits_are_watched(tmp_path: Path) -> None:
    now = inputs(
        ("power", "Nordkraft", "Feb-27 Base", 5.0, 60.0, "EUR"),
        ("wind", "Nordkraft", "Feb-27 Base", -5.0, 100.0, "EUR"),
        ("wind", "Nordkraft", "Mar-27 Base", 5.0, 120.0, "EUR"),
        ("power", "Suedkraft", "Mar-27 Base", 1.0, 120.0, "EUR"),
    )
    gross = book_credit(now, reference(tmp_path, REFERENCE))
    netted = book_credit(now, reference(tmp_path, REFERENCE + AGREEMENT))
    worth = values(now.deals, now.prices, now.fx)[1]
    assert gross.sets[0].exposure == pytest.approx(np.maximum(worth[:3], 0).sum())
    assert netted.sets[0].exposure == pytest.approx(max(worth[:3].sum(), 0.0))
    assert netted.sets[0].value == pytest.approx(worth[:3].sum())
    assert [one.agreement for one in netted.sets] == ["EFET", ""]
    assert (netted.sets[0].profile.expected <= gross.sets[0].profile.expected + 1e-6).all()
    assert gross.counterparties[1].adjustment is None
    costs = [one.counterparties[0].adjustment or 0.0 for one in (netted, gross)]
    assert 0 < costs[0] < costs[1]
    assert gross.sets[0].profile.potential[-1] == 0.0
    assert [one.limit for one in credit_breaches(gross)] == ["credit limit"]
    apart = REFERENCE + AGREEMENT + 'books = ["wind"]\n'
    found = book_credit(now, reference(tmp_path, apart))
    assert [(one.counterparty, one.agreement, one.deals) for one in found.sets] == [
        ("Nordkraft", "EFET", 2), ("Nordkraft", "", 1), ("Suedkraft", "", 1),
    ]  # fmt: skip
    # A counterparty is exposed as its sets are together.
    assert found.counterparties[0].profile.expected == pytest.approx(
        found.sets[0].profile.expected + found.sets[1].profile.expected
    )


def test_collateral_takes_what_is_above_the_threshold(tmp_path: Path) -> None:
    now = inputs(("power", "Nordkraft", "Mar-27 Base", 50.0, 70.0, "EUR"))
    open_ = book_credit(now, reference(tmp_path, REFERENCE + AGREEMENT))
    terms = AGREEMENT + "threshold = 10000\nheld = 20000\nmargin_days = 5\n"
    secured = book_credit(now, reference(tmp_path, REFERENCE + terms))
    before, after = open_.sets[0], secured.sets[0]
    assert after.exposure == pytest.approx(max(before.value - 20_000, 0.0))
    assert after.profile.expected_positive < 0.6 * before.profile.expected_positive
    assert open_.still == ()
    still = book_credit(
        now, reference(tmp_path, REFERENCE.replace('name = "DE-LU"', 'name = "FR"'))
    )
    assert still.still == ("DE-LU",)


def test_a_book_without_live_deals_owes_nothing(tmp_path: Path) -> None:
    now = inputs(("power", "Nordkraft", "Mar-27 Base", 0.0, 70.0, "EUR"))
    found = book_credit(now, reference(tmp_path, REFERENCE))
    assert (found.sets, found.counterparties) == ((), ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (AGREEMENT.replace("Nordkraft", "Nordkraf"), "did you mean 'Nordkraft'"),
        (AGREEMENT + 'books = ["winds"]\n', "did you mean 'wind'"),
        (AGREEMENT + AGREEMENT.replace("EFET", "CSA"), "about the same deals"),
        (AGREEMENT + "payment_day = 30\n", "above 28"),
        (
            "[[moves]]\nname = 'nowhere'\nnear = 1\nreversion = 1\nlevel = 1\n",
            "no place of delivery",
        ),
    ],
)
def test_terms_that_do_not_fit_are_refused_with_their_line(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(DeskError, match=told):
        reference(tmp_path, REFERENCE + text)


COUNTERPARTY_LIMITS = """
[[limit]]
name = "notional with Nordkraft"
kind = "notional"
counterparty = "Nordkraft"
most = 1
[[limit]]
name = "wind with Nordkraft"
kind = "month_mwh"
book = "wind"
counterparty = "Nordkraft"
most = 1
"""


def test_limits_of_a_counterparty_hold_what_is_open_with_it_over_books(tmp_path: Path) -> None:
    now = inputs(
        ("power", "Nordkraft", "Feb-27 Base", 5.0, 60.0, "EUR"),
        ("wind", "Nordkraft", "Feb-27 Base", -2.0, 100.0, "EUR"),
        ("wind", "Nordkraft", "Mar-27 Peak", -3.0, 120.0, "GBP"),
        ("power", "Suedkraft", "Mar-27 Base", 9.0, 120.0, "EUR"),
    )
    terms = reference(tmp_path, REFERENCE + COUNTERPARTY_LIMITS)
    found = {one.limit: one for one in breaches(terms, now, close_book(now, None), {})}
    there, months = now.prices["DE-LU"], now.prices["DE-LU"].month.astype("datetime64[M]")
    open_ = there.start[:-1] >= there.open_from
    february = open_ & (months == np.datetime64("2027-02"))
    march = open_ & (months == np.datetime64("2027-03")) & there.is_peak
    worth = 3.0 * float(there.hours[february] @ there.price[february])
    worth += 3.0 * float(there.hours[march] @ there.price[march])
    of_all = found["notional with Nordkraft"]
    assert of_all.scope == "Nordkraft"
    assert of_all.found == pytest.approx(worth)
    of_wind = found["wind with Nordkraft"]
    assert of_wind.scope == "wind with Nordkraft"
    assert of_wind.found == pytest.approx(2.0 * float(there.hours[february].sum()))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('counterparty = "Nordkraft"\nmost', 'counterparty = "Nord"\nmost'), "Nordkraft"),
        (('kind = "month_mwh"', 'kind = "var"'), "var is of a book"),
        (('counterparty = "Nordkraft"\nmost = 1\n[[limit', "most = 1\n[[limit"), "of nothing"),
    ],
)
def test_a_limit_of_a_counterparty_that_does_not_fit_is_refused(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(DeskError, match=told):
        reference(tmp_path, REFERENCE + COUNTERPARTY_LIMITS.replace(*change, 1))


def test_back_tests_of_a_close_are_those_of_its_days() -> None:
    hits = [False] * 300 + [True, True] + [False] * 98
    found = backtest_of(hits)
    assert (found.days, found.exceptions) == (400, 2)
    assert found.test == kupiec(400, 2, 0.05)
    assert found.independence == christoffersen(np.array(hits), 0.05)
    # Of the last 250 days alone, of which the two are left.
    assert found.zone == basel_traffic_light(250, 2, 0.05)
    assert backtest_of([True] * 40).zone.zone.value == "red"
    assert backtest_of([False]).independence is None
