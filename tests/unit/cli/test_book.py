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
from tests.unit.cli.conftest import EXAMPLES, keep_curve, told

from wattbook.cli import main
from wattbook.errors import InputError, StoreError
from wattbook.market.curves import CurveHistory
from wattbook.portfolio.book import DealBook
from wattbook.runtime.book import check_close, close_day, import_deals, open_book


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
    files = [str(desk / f"close.{kind}") for kind in ("html", "xlsx", "pdf")]
    second = told(
        capsys, "close", book, "2027-01-05", "--curves", curves, "--verify",
        str(EXAMPLES / "second.csv"), *(part for file in files for part in ("--report", file)),
        code=1,
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
    assert "Potential future exposure" in page
    assert "Hedge corridor" in page
    assert "cash and credit lines" in page
    assert page.count("<figure") == 2
    assert (desk / "close.pdf").read_bytes().startswith(b"%PDF-")
    checked = told(capsys, "close", book, "2027-01-05", "--check")
    assert checked["kept"] == checked["again"] == second["digest"]
    open_now = told(capsys, "portfolio", book, "--book", "wind")
    assert [row["energy_mwh"] for row in open_now] == [-8 * 672.0, -2 * 743.0]

    credit = told(capsys, "portfolio", book, "--credit")
    assert [(one["counterparty"], one["agreement"]) for one in credit["sets"]] == [
        ("EEX via ClearBank", "clearing"), ("Nordkraft", "EFET with Nordkraft"),
    ]  # fmt: skip
    assert credit["counterparties"][1]["peak"] > 0.0
    assert credit["counterparties"][1]["adjustment"] > 0
    assert main(["portfolio", book, "--credit", "--plain"]) == 0
    assert "CVA" in capsys.readouterr().out


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


def closed_values(
    capsys: pytest.CaptureFixture[str], desk: Path, day: str, *more: str
) -> tuple[dict[str, float], Any]:
    """Close a day and return the value of each book, and all that was told."""
    book, curves = str(desk / "book"), str(desk / "curves")
    assert main(["close", book, day, "--curves", curves, *more, "--json"]) in (0, 1)
    found = json.loads(capsys.readouterr().out)
    return found["value"], found


def spot_file(desk: Path, name: str, minutes: int, prices: list[float]) -> str:
    """Write published prices from 5 January on, local time."""
    start = dt.datetime(2027, 1, 4, 23, tzinfo=dt.UTC)
    table = pl.DataFrame(
        {
            "place": ["DE-LU"] * len(prices),
            "delivery_start": [
                start + dt.timedelta(minutes=minutes * at) for at in range(len(prices))
            ],
            "price": prices,
        }
    )
    table.write_parquet(desk / name)
    return str(desk / name)


def test_prices_of_quarter_hours_make_the_mean_of_their_hour(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed_values(capsys, desk, "2027-01-04")
    quarters = spot_file(desk, "quarters.parquet", 15, [1_000.0, 80.0, 80.0, 80.0] * 24)
    by_quarter, _ = closed_values(capsys, desk, "2027-01-05", "--spot", quarters)
    hours = spot_file(desk, "hours.parquet", 60, [310.0] * 24)
    by_hour, told = closed_values(capsys, desk, "2027-01-05", "--spot", hours)
    assert by_quarter == pytest.approx(by_hour)
    assert told["marked"] == []
    twice = pl.concat([pl.read_parquet(hours), pl.read_parquet(hours)[:1]])
    twice.write_parquet(desk / "twice.parquet")
    asked = ["close", str(desk / "book"), "2027-01-05", "--curves", str(desk / "curves")]
    assert main([*asked, "--spot", str(desk / "twice.parquet")]) == 2
    assert "rows 2 and 26: one period of DE-LU" in capsys.readouterr().err


def test_a_price_that_is_published_late_takes_the_place_of_its_mark(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_curve(desk / "curves", "2027-01-06", -0.5)
    capsys.readouterr()
    hours = spot_file(desk, "hours.parquet", 60, [200.0] * 48)
    closed_values(capsys, desk, "2027-01-04")
    closed_values(capsys, desk, "2027-01-05", "--spot", hours)
    on_time, _ = closed_values(capsys, desk, "2027-01-06", "--spot", hours)
    _, told = closed_values(capsys, desk, "2027-01-06")
    assert any("24 delivered periods" in one for one in told["marked"])
    # Another book that never had them before the second day.
    late = desk / "late"
    late.mkdir()
    (late / "curves").symlink_to(desk / "curves")
    reference = str(EXAMPLES / "reference.toml")
    assert main(["book", "init", str(late / "book"), "--reference", reference]) == 0
    deals = str(EXAMPLES / "deals.csv")
    assert main(["book", "import", str(late / "book"), deals, "--person", "ana"]) == 0
    capsys.readouterr()
    closed_values(capsys, late, "2027-01-04")
    closed_values(capsys, late, "2027-01-05")
    in_the_end, told = closed_values(capsys, late, "2027-01-06", "--spot", hours)
    assert in_the_end == pytest.approx(on_time)
    assert told["marked"] == []


def test_a_deal_may_move_to_another_place(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quotes = EXAMPLES / "quotes_2027-01-04.csv"
    for day in ("2027-01-04", "2027-01-05"):
        asked = ["curve", str(quotes), "--zone", "AT", "--as-of", day, "--from", "2027-01-01"]
        asked += ["--until", "2027-12-31", "--step", "hour", "--keep", str(desk / "curves")]
        assert main([*asked, "--json"]) == 0
    book = str(desk / "book")
    rows = pl.read_csv(EXAMPLES / "deals.csv", infer_schema=False)
    own = rows.filter(pl.col("deal") == "D-1003").with_columns(deal=pl.lit("D-9"))
    for name, place in (("here", "AT"), ("there", "DE-LU")):
        moved = own.with_columns(pl.col("product").str.replace("DE-LU", place))
        moved.write_csv(desk / f"{name}.csv")
    assert main(["book", "import", book, str(desk / "here.csv"), "--person", "ana"]) == 0
    capsys.readouterr()
    closed_values(capsys, desk, "2027-01-04")
    assert main(["book", "import", book, str(desk / "there.csv"), "--person", "ana"]) == 0
    assert main(["book", "approve", book, "1", "--person", "ben"]) == 0
    capsys.readouterr()
    _, told = closed_values(capsys, desk, "2027-01-05")
    lines = {row["line"]: row["amount"] for row in told["pnl"] if row["book"] == "wind"}
    # At home prices had fallen by 0.5 when it moved there.
    assert lines["amendments"] == pytest.approx(8 * 672 * 0.5)
    assert max(map(abs, told["unexplained"].values())) < 1e-6


@pytest.mark.long
def test_a_flat_curve_has_no_risk_and_a_shift_has_its_own(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(22):
        day = f"2027-01-{4 + number:02d}"
        keep_curve(desk / "curves", day, 0.0 if number < 21 else -2.0)
        capsys.readouterr()
        _, told = closed_values(capsys, desk, day)
        risk = told["value_at_risk"]["wind"]
        if number < 20:
            assert risk is None
        elif number == 20:
            # Nothing moved, though what is open of January grew shorter by the day.
            assert risk == pytest.approx(0.0, abs=1e-9)
    # One change of 21 is beyond 95 %: the second worst of them is nothing.
    assert risk == pytest.approx(0.0, abs=1e-6)


@pytest.mark.long
def test_a_hedge_takes_the_risk_out_of_a_book(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = str(desk / "book")
    hedge = ["portfolio", book, "--hedge", "DE-LU Feb-27 Base"]
    told(capsys, "close", book, "2027-01-04", "--curves", str(desk / "curves"), code=1)
    assert main([*hedge, "--book", "wind"]) == 2
    assert "a hedge needs the changes between more than 20" in capsys.readouterr().err
    shifts = [0.0, 3.0, -2.0, 1.0, -4.0, 2.0, 5.0, -1.0]
    for number in range(1, 23):
        day = f"2027-01-{4 + number:02d}"
        keep_curve(desk / "curves", day, shifts[number % 8])
        capsys.readouterr()
        _, last = closed_values(capsys, desk, day)
    # A day closes it out: liquidity adds half the spread of bad times, 0.25 and three times 0.1.
    spread = 0.5 * 8 * 672 * 0.55
    assert last["liquidity_adjusted"]["wind"] == pytest.approx(
        last["value_at_risk"]["wind"] + spread
    )
    # The wind book sells 8 MW of February alone: buying them leaves nothing.
    found = told(capsys, *hedge, "--book", "wind")
    assert found["power_mw"] == {"DE-LU Feb-27 Base": 8.0}
    assert found["cvar_before"] > 8 * 672 * 4
    assert found["cvar_after"] == pytest.approx(0.0, abs=1.0)
    # At a cost above all that can be lost nothing is traded.
    dear = told(capsys, *hedge, "--book", "wind", "--cost", "100")
    assert set(dear["power_mw"].values()) == {0.0}
    assert main([*hedge]) == 2
    assert "name it with --book" in capsys.readouterr().err
    assert main(["portfolio", book, "--book", "wind", "--hedge", "FR Feb-27 Base"]) == 2
    assert "no prices of FR" in capsys.readouterr().err


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
    with pytest.raises(StoreError, match="not as they were kept; put back a copy"):
        check_close(book, dt.date(2027, 1, 4))
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


@pytest.mark.long
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


SLOW_CLOSE = """
import datetime as dt
import sys
from pathlib import Path
from wattbook.market.curves import CurveHistory
from wattbook.runtime.book import close_day, open_book
book, reference = open_book(Path(sys.argv[1]))
curves = CurveHistory(Path(sys.argv[2]))
say = lambda line: print(line, flush=True)
close_day(book, reference, curves, dt.date(2027, 1, 5), tell=say)
print("done", flush=True)
"""


@pytest.mark.slow
def test_a_killed_close_leaves_the_day_as_it_was_or_closed(desk: Path) -> None:
    book, reference = open_book(desk / "book")
    curves = CurveHistory(desk / "curves")
    rows = pl.read_csv(EXAMPLES / "deals.csv", infer_schema=False)
    many = pl.concat([rows.with_columns(pl.col("deal") + f"-{number}") for number in range(2_000)])
    many.write_csv(desk / "many.csv")
    import_deals(book, reference, desk / "many.csv", person="ana")
    first = close_day(book, reference, curves, dt.date(2027, 1, 4))
    expected = ""
    seen = set()
    # Killed after each step that the close tells, then later and later while it writes.
    for lines, wait in [
        (0, 0.0),
        (1, 0.0),
        (2, 0.0),
        (3, 0.0),
        *((4, at / 40) for at in range(16)),
    ]:
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW_CLOSE, str(desk / "book"), str(desk / "curves")],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        for _ in range(lines):
            assert process.stdout.readline()
        time.sleep(wait)  # The instant of the kill is the thing that is tried, not waited for.
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        process.stdout.close()
        again = DealBook(desk / "book")
        closed = {one.day.day: one for one in again.closed()}
        seen.add(len(closed))
        assert closed[4].digest == first.close.digest
        assert check_close(again, dt.date(2027, 1, 4))[1] == first.close.digest
        if 5 in closed:
            kept, made = check_close(again, dt.date(2027, 1, 5))
            assert kept == made
            expected = expected or kept
            assert kept == expected
    assert 1 in seen
    found = close_day(book, reference, curves, dt.date(2027, 1, 5))
    assert expected in ("", found.close.digest)
    assert not list((desk / "book" / "closes" / "2027-01-04").glob("*.part"))
    names = [one.name for one in (desk / "book" / "closes" / "2027-01-05").iterdir()]
    assert [one.folder for one in DealBook(desk / "book").closed()][-1] in names


def test_a_profile_is_squared_in_whole_lots(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, curves = str(desk / "book"), str(desk / "curves")
    told(capsys, "close", book, "2027-01-04", "--curves", curves, code=1)
    # The wind book has sold 8 MW of February and nothing else.
    hedge = ["portfolio", book, "--book", "wind", "--least", "energy", "--hedge"]
    found = told(capsys, *hedge, "DE-LU Feb-27 Base,DE-LU Feb-27 Peak", "--lot", "5")
    assert found["power_mw"] == {"DE-LU Feb-27 Base": 10.0, "DE-LU Feb-27 Peak": 0.0}
    assert found["open_mwh_before"] == pytest.approx(8 * 672)
    assert found["open_mwh_after"] == pytest.approx(2 * 672)
    dear = told(capsys, *hedge, "DE-LU Feb-27 Base", "--cost", "2")
    assert dear["power_mw"] == {"DE-LU Feb-27 Base": 0.0}
    worth = told(capsys, *hedge, "DE-LU Feb-27 Base", "--cost", "2", "--worth", "3")
    assert worth["power_mw"] == {"DE-LU Feb-27 Base": 8.0}
    assert worth["cost"] == pytest.approx(2 * 8 * 672)


def test_a_portfolio_is_left_as_a_page_and_as_tables(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, curves = str(desk / "book"), str(desk / "curves")
    days = ("2027-01-04", "2027-01-05")
    moved = [told(capsys, "close", book, day, "--curves", curves, code=1)["pnl"] for day in days]
    page = desk / "portfolio.html"
    assert main(["portfolio", book, "--report", str(page), "--plain"]) == 0
    out = capsys.readouterr().out
    for row in moved[1]:
        assert f"{row['amount']:,.2f}" in out
    text = page.read_text(encoding="utf-8")
    assert text.count('class="plot"') == 2
    for rows in moved:
        assert f"{sum(row['amount'] for row in rows):,.2f}" in text
    positions = told(capsys, "portfolio", book)
    for suffix, read in ((".csv", pl.read_csv), (".parquet", pl.read_parquet)):
        file = desk / f"positions{suffix}"
        assert main(["portfolio", book, "--export", str(file), "--plain"]) == 0
        energy = read(file)["energy_mwh"].to_list()
        assert energy == pytest.approx([row["energy_mwh"] for row in positions])
    assert main(["portfolio", book, "--export", str(desk / "positions.xlsx"), "--plain"]) == 0
    assert (desk / "positions.xlsx").read_bytes().startswith(b"PK")
    assert main(["portfolio", book, "--export", str(desk / "positions.doc")]) == 2
    assert ".csv, .parquet or .xlsx" in capsys.readouterr().err


def test_a_frozen_file_that_was_changed_is_found_wherever_it_is_used(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, curves = str(desk / "book"), str(desk / "curves")
    for day in ("2027-01-04", "2027-01-05"):
        told(capsys, "close", book, day, "--curves", curves, code=1)
    closes = desk / "book" / "closes"
    (prices,) = (closes / "2027-01-04").glob("*/prices.parquet")
    kept = prices.read_bytes()
    pl.read_parquet(prices).with_columns(pl.col("price") + 50).write_parquet(prices)
    later = ["close", book, "2027-01-06", "--curves", curves]
    for asked in (later, ["close", book, "2027-01-05", "--check"], ["portfolio", book]):
        assert main(asked) == 2
        assert "not as they were kept" in capsys.readouterr().err
    prices.write_bytes(kept)
    assert main(["portfolio", book, "--plain"]) == 0


def test_a_second_source_must_say_something_and_one_thing(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, curves, second = str(desk / "book"), str(desk / "curves"), desk / "second.csv"
    asked = ["close", book, "2027-01-04", "--curves", curves, "--verify", str(second)]
    second.write_text("product,price\n")
    found = told(capsys, *asked, code=1)
    assert any("none is verified" in sentence for sentence in found["marked"])
    second.write_text("product,price\nDE-LU Feb-27 Base,84.10\nDE-LU Feb-27 Base,20\n")
    assert main(asked) == 2
    assert "row 3: DE-LU Feb-27 Base is at 20.0 here and at 84.1 in row 2" in (
        capsys.readouterr().err
    )
    second.write_text("product,price\nDE-LU Feb-27 Base,20\n")
    found = told(capsys, *asked, code=1)
    assert any("off their second source: DE-LU Feb-27 Base" in one for one in found["marked"])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["close", "BOOK", "9999-12-31", "--curves", "CURVES"], "give one from 1990 to 2199"),
        (["HEDGE", "DE-LU Feb-27 Base", "--worth", "0"], "give --worth above zero"),
        (["HEDGE", "DE-LU Feb-27 Base", "--cost", "inf"], "cost 0 is inf"),
        (["HEDGE", "DE-LU Feb-27 Base", "--lot", "1e-300"], "lot 0 is 1e-300"),
        (["HEDGE", "DE-LU Feb-27 Base,DE-LU Feb-27 Base"], "named twice"),
    ],
)
def test_absurd_numbers_are_refused(
    asked: list[str], words: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, curves = str(desk / "book"), str(desk / "curves")
    told(capsys, "close", book, "2027-01-04", "--curves", curves, code=1)
    whole = {"BOOK": [book], "CURVES": [curves]}
    whole["HEDGE"] = ["portfolio", book, "--book", "wind", "--least", "energy", "--hedge"]
    assert main([part for one in asked for part in whole.get(one, [one])]) == 2
    assert words in capsys.readouterr().err


def test_every_figure_that_rests_on_a_marked_price_says_so(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, curves, second = str(desk / "book"), str(desk / "curves"), desk / "second.csv"
    second.write_text("product,price\nDE-LU Feb-27 Base,20\nDE-LU Q2-27 Base,61.2\n")
    page = desk / "close.html"
    asked = ["close", book, "2027-01-04", "--curves", curves, "--verify", str(second)]
    assert main([*asked, "--report", str(page), "--plain"]) == 1
    out = capsys.readouterr().out
    assert "wind †" in out
    assert "† rests on prices that are marked" in out
    text = page.read_text(encoding="utf-8")
    # February alone is off; both books hold some of it.
    assert text.count("2027-02 †") == 2
    assert "2027-03 †" not in text
    assert "Nordkraft †" in text
    (frozen,) = (desk / "book" / "closes" / "2027-01-04").glob("*/close.json")
    resting = json.loads(frozen.read_text(encoding="utf-8"))["resting_on_marks"]
    assert resting["months"] == [["DE-LU", "2027-02-01"]]
    assert resting["books"] == ["procurement", "wind"]
    second.write_text("product,price\nDE-LU Q2-27 Base,61.2\n")
    assert main([*asked, "--plain"]) == 1
    assert "†" not in capsys.readouterr().out
    # A day later the curve of the 4th is old, and everything rests on it.
    late = ["close", book, "2027-01-06", "--curves", curves, "--report", str(page), "--plain"]
    assert main(late) == 1
    assert page.read_text(encoding="utf-8").count(" †</td>") > 12
