"""Recorded curves that are no curves: each is refused by file, place and remedy."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from wattbook.errors import InputError
from wattbook.runtime.risk.backtest import backtest_futures
from wattbook.runtime.risk.generated import generated_book, recorded_market
from wattbook.runtime.risk.recorded import CURVES_FILE, EXPIRY_FILE, read_futures

Change = Callable[[pl.DataFrame], pl.DataFrame]


def as_they_are(table: pl.DataFrame) -> pl.DataFrame:
    return table


def written(
    tmp_path: Path, prices: Change = as_they_are, expiries: Change = as_they_are, days: int = 12
) -> Path:
    """Write curves of four commodities, with an expiry after each month, and return the folder."""
    dates = pl.date_range(pl.date(2023, 3, 1), pl.date(2023, 3, days), eager=True).cast(
        pl.Datetime("us")
    )
    rows = [
        (date, f"{name}{place:02}", 50.0 + 3 * base + place + (day * (base + 3) % 7) / 5)
        for base, name in enumerate(("CL", "NG", "HO", "RB"))
        for place in range(1, 14)
        for day, date in enumerate(dates)
    ]
    table = pl.DataFrame(rows, schema=["date", "series", "value"], orient="row")
    ends = pl.datetime_range(pl.datetime(2022, 1, 20), pl.datetime(2024, 1, 20), "1mo", eager=True)
    contracts = pl.concat(
        pl.DataFrame({"last_trade": ends}).with_columns(tick_prefix=pl.lit(name))
        for name in ("CL", "NG", "HO", "RB")
    )
    folder = tmp_path / "futures"
    folder.mkdir(parents=True)
    prices(table).write_parquet(folder / CURVES_FILE)
    expiries(contracts).write_parquet(folder / EXPIRY_FILE)
    return tmp_path


def test_good_curves_make_a_book(tmp_path: Path) -> None:
    made = generated_book(written(tmp_path), 20)
    assert len(made.market.factors.names) == 48
    assert made.market.as_of == "2023-03-10"  # The 11th is a Saturday.


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        (lambda t: t.rename({"value": "price"}), f"{CURVES_FILE}: column value is missing"),
        (lambda t: t.filter(pl.col("series") != "CL12"), "no row has series CL12"),
        (lambda t: t.filter(~pl.col("series").str.starts_with("RB")), "series RB01, RB02"),
        (lambda t: pl.concat([t, t.tail(1)]), r"row 623 \(.*RB13.*\) repeats the day"),
        (lambda t: t.with_columns(pl.col("value").cast(pl.String)), "column value is String"),
        (lambda t: t.with_columns(pl.col("date").cast(pl.String)), "column date is String"),
        (lambda t: t.with_columns(date=None), "column date is Null"),
        (lambda t: t.head(0), "there are no rows"),
        (
            lambda t: t.with_columns(
                series=pl.when(pl.int_range(pl.len()) == 5).then(None).otherwise("series")
            ),
            "row 5 .*has no series",
        ),
        (
            lambda t: t.with_columns(
                value=pl.when(pl.col("series") != "NG02").then(pl.col("value"))
            ),
            "no day has prices of NG",
        ),
        (
            lambda t: t.with_columns(
                value=pl.when(pl.col("series").str.starts_with("HO"))
                .then(2.5)
                .otherwise(pl.col("value"))
            ),
            "prices of HO have all stood still for 5 days",
        ),
    ],
)
def test_bad_prices_are_refused(tmp_path: Path, prices: Change, said: str) -> None:
    with pytest.raises(InputError, match=said):
        recorded_market(written(tmp_path, prices))


@pytest.mark.parametrize(
    ("expiries", "said"),
    [
        (lambda t: t.rename({"last_trade": "end"}), f"{EXPIRY_FILE}: column last_trade is missing"),
        (lambda t: t.filter(pl.col("tick_prefix") != "NG"), "no row has tick_prefix NG"),
    ],
)
def test_bad_expiries_are_refused(tmp_path: Path, expiries: Change, said: str) -> None:
    with pytest.raises(InputError, match=said):
        recorded_market(written(tmp_path, expiries=expiries))


def test_too_few_days_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 days have prices of CL, NG, HO, RB: give at least 2"):
        recorded_market(written(tmp_path / "one", days=1))
    data = written(tmp_path / "some")
    with pytest.raises(InputError, match="give at least 102"):
        recorded_market(data, back=100)
    with pytest.raises(InputError, match="CL01 run from 2023-03-01 to 2023-03-10: give 500 days"):
        backtest_futures(data)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=CURVES_FILE):
        read_futures(tmp_path)
