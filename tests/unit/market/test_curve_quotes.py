"""Quotes of curves: files, bands, ticks, age, and what no curve can be made of."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import ContradictionError, CurveError, SourceError
from wattbook.market.curves import (
    ForwardCurve,
    ForwardQuote,
    build_curve,
    read_quotes,
)

AS_OF = dt.date(2026, 11, 25)


def at(*named: tuple[str, float]) -> list[ForwardQuote]:
    return [ForwardQuote.at(name, price) for name, price in named]


# --- quotes --------------------------------------------------------------------------------------


def test_lines_that_are_no_quote_are_set_aside_with_place_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text(
        "product,price,bid,ask\n"
        "Cal-27 Base,80.5,,\n"
        "DE-LU Q1-27 Peak,,99,101\n"
        "Q2-27,,,70\n"
        "FR Cal-27,70,,\n"
        "Cal-27 Base,81,,\n"
        "Q3-27,seventy,,\n"
        "Q4-27,,95,90\n"
        "Jan-28,,,\n"
        "Feb-28,1,2,\n"
        "2027-01-02 Peak,5,,\n"
        ",5,,\n"
    )
    quotes, aside = read_quotes(file, "DE-LU")
    assert [quote.band_text() for quote in quotes] == [
        "DE-LU Cal-27 Base 80.5",
        "DE-LU Q1-27 Peak 99 to 101",
        "DE-LU Q2-27 Base -inf to 70",
    ]
    assert [one.place for one in aside] == [f"line {number}" for number in range(5, 13)]
    says = [
        "not at DE-LU", "stands in line 2", "is no number", "lies above ask", "neither bid nor ask",
        "a price and a band", "has no such hours", "no product",
    ]  # fmt: skip
    for one, words in zip(aside, says, strict=True):
        assert words in one.reason


def test_one_damaged_line_does_not_cost_the_others(tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    file.write_bytes(
        b"\xef\xbb\xbfproduct, price ,bid,ask\n"  # as a spreadsheet writes it
        b"# a remark\n"
        b"Cal-27 Base,80,5,,\n"
        b"\n"
        b"Q1-27 Base,90.5\n"
    )
    quotes, aside = read_quotes(file, "DE-LU")
    assert [quote.band_text() for quote in quotes] == ["DE-LU Q1-27 Base 90.5"]
    assert [(one.place, one.reason) for one in aside] == [
        ("line 3", "5 cells for 4 columns; write numbers without a comma")
    ]


def test_a_parquet_file_of_quotes_tells_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "quotes.parquet"
    table = pl.DataFrame({"product": ["Cal-27", "Cal-27"], "bid": [80.0, 79.0], "ask": [81.0, 80]})
    table.write_parquet(file)
    quotes, aside = read_quotes(file, "DE-LU")
    assert [quote.band_text() for quote in quotes] == ["DE-LU Cal-27 Base 80 to 81"]
    assert [(one.place, one.reason) for one in aside] == [
        ("row 2", "DE-LU Cal-27 Base stands in row 1 already")
    ]


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "product\nCal-27\n", "product,price,price\nCal-27,1,2\n"]
)
def test_a_file_without_quotes_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text(text)
    with pytest.raises(SourceError, match=r"quotes\.csv"):
        read_quotes(file, "DE-LU")
    file.write_bytes(b"product,price\nCal-27,\xff\n")
    with pytest.raises(SourceError, match=r"quotes\.csv cannot be read"):
        read_quotes(file, "DE-LU")
    with pytest.raises(SourceError, match=r"none\.csv cannot be read"):
        read_quotes(tmp_path / "none.csv", "DE-LU")


@pytest.mark.parametrize(
    ("named", "options", "says"),
    [
        (["DE-LU Cal-27", "DE-LU Cal-27"], {}, "is quoted twice"),
        (["FR Cal-27"], {}, "make a curve for FR"),
        (["DE-LU Cal-27"], {"first": dt.date(2027, 2, 1)}, "leaves the curve"),
        (["DE-LU 2027-01-04 QH09"], {"step": "hour"}, "take a finer step"),
        (["DE-LU Cal-27 Peak"], {"step": "day"}, "in parts of days"),
        (["DE-LU Cal-27"], {"step": "minute"}, "step 'minute' is unknown"),
        (["DE-LU Cal-27"], {"tick": -0.01}, "tick -0.01"),
        ([], {}, "no quote of DE-LU is left"),
    ],
)
def test_what_no_curve_can_be_made_of_is_refused(
    named: list[str], options: dict[str, object], says: str
) -> None:
    quotes = at(*((name, 80.0) for name in named))
    with pytest.raises(CurveError, match=says):
        build_curve("DE-LU", quotes, as_of=AS_OF, **options)  # type: ignore[arg-type]


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(CurveError, match="place 'XX' is unknown"):
        build_curve("XX", at(("DE-LU Cal-27", 80.0)), as_of=AS_OF)


def test_old_quotes_are_left_out_and_listed() -> None:
    quotes = [
        ForwardQuote.at("DE-LU Cal-27", 80.0),
        ForwardQuote.at("DE-LU Q1-27", 300.0, age_hours=50.0),
    ]
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, age_hours_max=48.0)
    assert np.ptp(curve.price) < 1e-9
    assert curve.fits().row(-1, named=True)["met"] == "stale, left out"


def test_settlements_rounded_to_their_tick_are_no_contradiction() -> None:
    quarters = [("DE-LU Q1-27", 91.11), ("DE-LU Q2-27", 70.37), ("DE-LU Q3-27", 75.92)]
    year = ForwardQuote.at("DE-LU Cal-27", 81.73)
    quotes = [*at(*quarters, ("DE-LU Q4-27", 89.6)), year]
    hours = np.array([quote.product.delivery_seconds for quote in quotes[:4]], np.float64)
    exact = float(hours @ [quote.mid for quote in quotes[:4]] / hours.sum())
    assert 0 < abs(exact - year.mid) < 0.01
    with pytest.raises(CurveError, match="no curve averages"):
        build_curve("DE-LU", quotes, as_of=AS_OF)
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, tick=0.01)
    errors = [abs(curve.average(quote.product) - quote.mid) for quote in quotes]
    # The quarters are met; the year is theirs, which rounds to its price.
    assert max(errors[:4]) <= 1e-10
    assert 1e-4 < errors[4] <= 0.005


def test_where_rounding_is_not_enough_for_one_price_all_move_within_theirs() -> None:
    quarters = at(*((f"DE-LU Q{number}-27", 80.0) for number in (1, 2, 3, 4)))
    quotes = [*quarters, ForwardQuote.at("DE-LU Cal-27", 80.008)]
    curve = build_curve("DE-LU", quotes, as_of=AS_OF, tick=0.01)
    errors = [abs(curve.average(quote.product) - quote.mid) for quote in quotes]
    assert max(errors) <= 0.005 + 1e-9
    assert min(errors[:4]) > 1e-3
    quotes[4] = ForwardQuote.at("DE-LU Cal-27", 80.02)
    with pytest.raises(CurveError, match=r"79\.995 to 80\.005.*±0\.005 on each"):
        build_curve("DE-LU", quotes, as_of=AS_OF, tick=0.01)


def test_a_side_that_nobody_quotes_does_not_bind() -> None:
    offer = ForwardQuote(DeliveryProduct("DE-LU Q1-27"), -math.inf, 70.0)
    quotes = [*at(("DE-LU Cal-27", 80.0)), offer]
    curve = build_curve("DE-LU", quotes, as_of=AS_OF)
    assert curve.average(offer.product) == pytest.approx(70.0, abs=1e-9)
    quotes[1] = ForwardQuote(offer.product, -math.inf, 95.0)
    assert build_curve("DE-LU", quotes, as_of=AS_OF).average(offer.product) == pytest.approx(80.0)


def test_bands_that_touch_are_met_and_those_that_miss_by_a_rounding_are_named() -> None:
    quarters = [
        ForwardQuote(DeliveryProduct(f"DE-LU Q{number}-27"), 80.0, 90.0) for number in (1, 2, 3, 4)
    ]

    def curve(apart: float) -> ForwardCurve:
        year = ForwardQuote(DeliveryProduct("DE-LU Cal-27"), 90.0 + apart, 100.0)
        return build_curve("DE-LU", [year, *quarters], as_of=AS_OF)

    assert np.ptp(curve(0.0).price) < 1e-6
    assert curve(0.0).price.mean() == pytest.approx(90.0, abs=1e-9)
    with pytest.raises(CurveError, match="leave no more room than rounding takes; widen each"):
        curve(1.7e-10)
    with pytest.raises(ContradictionError, match=r"±5e-10 on each") as caught:
        curve(1e-9)
    assert len(caught.value.conflicts[0].quotes) == 5


@pytest.mark.parametrize(
    "names",
    [
        ["GB 2026-12-02 EFA3", "GB Dec-26", "GB Dec-26 Peak", "GB Q1-27"],
        ["GB Win-26", "GB Mar-27 OffPeak", "GB 2026-10-25"],
        ["PJM Cal-27", "PJM Cal-27 Peak", "PJM Jul-27 Peak"],
        ["MID-C Cal-27", "MID-C Mar-27 OffPeak"],
        ["VIC1 Cal-26", "VIC1 Cal-26 Peak"],
        ["NSW1 Cal-27", "NSW1 Q1-27"],
        ["NBP Win-26", "NBP 2027-03-28", "NBP Sum-27"],
        ["HENRY-HUB Mar-27", "HENRY-HUB 2027-03-14", "HENRY-HUB Q1-27"],
    ],
)
def test_every_calendar_averages_back(names: list[str]) -> None:
    quotes = at(*((name, 40.0 + 17.0 * number) for number, name in enumerate(names)))
    curve = build_curve(names[0].split()[0], quotes, as_of=AS_OF)
    assert max(abs(curve.average(quote.product) - quote.mid) for quote in quotes) <= 1e-10


def test_a_wide_contradiction_is_told_in_plain_digits() -> None:
    with pytest.raises(ContradictionError, match=r"\(±2470 on each would reconcile them\)"):
        build_curve(
            "DE-LU",
            at(
                ("DE-LU Cal-27", 80.0),
                *((f"DE-LU Q{number}-27", 5_016.25) for number in range(1, 5)),
            ),
            as_of=AS_OF,
        )
