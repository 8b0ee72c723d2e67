"""``wattbook book`` and ``wattbook close`` from deals to a signed day, also when killed."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from wattbook.cli import main
from wattbook.errors import InputError
from wattbook.market.curves import CurveHistory
from wattbook.portfolio.book import DealBook
from wattbook.runtime.book import check_close, close_day, import_deals, open_book

EXAMPLES = Path(__file__).parents[3] / "examples" / "book"


def keep_curve(curves: Path, day: str, shift: float = 0.0) -> None:
    """Keep the example's curve of a day, moved up or down."""
    quotes = pl.read_csv(EXAMPLES / "quotes_2027-01-04.csv")
    file = curves.parent / f"{day}.csv"
    quotes.with_columns(pl.col("price") + shift).write_csv(file)
    asked = ["curve", str(file), "--zone", "DE-LU", "--as-of", day, "--from", "2027-01-01"]
    asked += ["--until", "2027-12-31", "--step", "hour", "--keep", str(curves), "--json"]
    assert main(asked) == 0


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a folder with a book of the example's deals, and curves of two days."""
    keep_curve(tmp_path / "curves", "2027-01-04")
    keep_curve(tmp_path / "curves", "2027-01-05", -0.5)
    book = str(tmp_path / "book")
    assert main(["book", "init", book, "--reference", str(EXAMPLES / "reference.toml")]) == 0
    assert main(["book", "import", book, str(EXAMPLES / "deals.csv"), "--person", "ana"]) == 0
    capsys.readouterr()
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *asked: str, code: int = 0) -> Any:
    """Run a command and return what it printed as JSON."""
    assert main([*asked, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_two_days_from_deals_to_sign_off(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, curves = str(desk / "book"), str(desk / "curves")
    first = told(capsys, "close", book, "2027-01-04", "--curves", curves, code=1)
    assert first["breaches"] == ["day's loss of procurement"]
    again = told(capsys, "close", book, "2027-01-04", "--curves", curves, code=1)
    assert again["digest"] == first["digest"]
    assert main(["close", book, "2027-01-04", "--sign", "cleo"]) == 0
    assert main(["close", book, "2027-01-04", "--curves", curves]) == 2
    assert "is signed by cleo; what comes late" in capsys.readouterr().err

    changes = str(EXAMPLES / "changes.csv")
    found = told(capsys, "book", "import", book, changes, "--person", "ana", code=1)
    assert (found["new"], found["of_them_late"], found["wait_for_approval"]) == (2, 1, 1)
    assert [row["row"] for row in found["rows"]] == [5]
    assert found["rows"][0]["field"] == "counterparty"
    assert main(["book", "approve", book, "1", "--person", "ben"]) == 0
    capsys.readouterr()

    report = desk / "close.html"
    second = told(
        capsys, "close", book, "2027-01-05", "--curves", curves, "--verify",
        str(EXAMPLES / "second.csv"), "--report", str(report), code=1,
    )  # fmt: skip
    lines = {(row["book"], row["line"]): row["amount"] for row in second["pnl"]}
    # The curve fell by 0.5 EUR; what was delivered on the 5th keeps its mark.
    assert lines["wind", "price"] == pytest.approx(8 * 672 * 0.5)
    assert lines["wind", "amendments"] == pytest.approx(8 * 672 * 0.5)
    assert lines["wind", "late deals"] == pytest.approx(2 * 743 * (80.10 - 78.90))
    assert max(map(abs, second["unexplained"].values())) < 1e-6
    assert any("24 delivered periods of DE-LU keep their last mark" in one
               for one in second["marked"])  # fmt: skip
    page = report.read_text()
    assert "Prices against a second source" in page
    assert page.count("<figure") == 1
    checked = told(capsys, "close", book, "2027-01-05", "--check")
    assert checked["kept"] == checked["again"] == second["digest"]
    open_now = told(capsys, "portfolio", book, "--book", "wind")
    assert [row["energy_mwh"] for row in open_now] == [-8 * 672.0, -2 * 743.0]


def test_published_prices_take_the_place_of_marks(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, curves = str(desk / "book"), str(desk / "curves")
    told(capsys, "close", book, "2027-01-04", "--curves", curves, code=1)
    start = dt.datetime(2027, 1, 4, 23, tzinfo=dt.UTC)
    spot = pl.DataFrame(
        {
            "place": ["DE-LU"] * 24,
            "delivery_start": [start + dt.timedelta(hours=at) for at in range(24)],
            "price": [200.0] * 24,
        }
    )
    spot.write_parquet(desk / "spot.parquet")
    without = told(capsys, "close", book, "2027-01-05", "--curves", curves, code=1)
    price = str(desk / "spot.parquet")
    found = told(capsys, "close", book, "2027-01-05", "--curves", curves, "--spot", price, code=0)
    assert found["marked"] == []
    before = {(row["book"], row["line"]): row["amount"] for row in without["pnl"]}
    after = {(row["book"], row["line"]): row["amount"] for row in found["pnl"]}
    assert after["wind", "price"] == pytest.approx(before["wind", "price"])
    assert after["procurement", "price"] > before["procurement", "price"] + 24 * 13 * 90


def test_a_missing_or_old_curve_is_said(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, curves = str(desk / "book"), str(desk / "curves")
    assert main(["close", book, "2027-01-03", "--curves", curves]) == 2
    assert "has no curve of DE-LU as of 2027-01-03 or before" in capsys.readouterr().err
    found = told(capsys, "close", book, "2027-01-07", "--curves", curves, code=1)
    assert found["marked"] == ["the curve of DE-LU is of 2027-01-05, 2 days old"]


def test_a_damaged_close_and_a_cut_file_are_said(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, reference = open_book(desk / "book")
    close_day(book, reference, CurveHistory(desk / "curves"), dt.date(2027, 1, 4))
    (prices,) = (desk / "book" / "closes").rglob("prices.parquet")
    table = pl.read_parquet(prices)
    table.with_columns(pl.col("price") + 1e-9).write_parquet(prices)
    kept, again = check_close(book, dt.date(2027, 1, 4))
    assert kept != again
    prices.write_bytes(prices.read_bytes()[:100])
    assert main(["close", str(desk / "book"), "2027-01-04", "--check"]) == 2
    assert "put back a copy of the close" in capsys.readouterr().err

    cut = desk / "cut.csv"
    cut.write_bytes((EXAMPLES / "changes.csv").read_bytes()[:-20])
    with pytest.raises(InputError, match="ends in the middle of a line"):
        import_deals(book, reference, cut, person="ana")
    with pytest.raises(InputError, match="'eve' is no person of Stadtwerk"):
        import_deals(book, reference, EXAMPLES / "changes.csv", person="eve")


SLOW_IMPORT = """
import sys
from pathlib import Path
from wattbook.runtime.book import import_deals, open_book
book, reference = open_book(Path(sys.argv[1]))
print("ready", flush=True)
import_deals(book, reference, Path(sys.argv[2]), person="ana")
print("done", flush=True)
"""


def test_a_killed_import_books_all_or_nothing(desk: Path) -> None:
    rows = pl.read_csv(EXAMPLES / "deals.csv", infer_schema=False)
    many = pl.concat([rows.with_columns(pl.col("deal") + f"-{number}") for number in range(5_000)])
    file = desk / "many.csv"
    many.write_csv(file)
    counts = set()
    for wait in (0.0, 0.1, 0.2, 0.3, 0.5, 0.8):
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW_IMPORT, str(desk / "book"), str(file)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(wait)  # The instant of the kill is the thing that is tried, not waited for.
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        process.stdout.close()
        book = DealBook(desk / "book")
        counts.add(book.deals(book.last_number()).height)
        assert counts <= {4, 20_004}
    book, reference = open_book(desk / "book")
    told_of = import_deals(book, reference, file, person="ana")
    assert told_of.new + told_of.unchanged == 20_000
    assert book.deals(book.last_number()).height == 20_004
