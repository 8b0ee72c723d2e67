"""A trading day whose fills, deliveries and imbalances become deals of a book, and are closed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from wattbook.cli import main
from wattbook.domain.calendars import DeliveryProduct
from wattbook.portfolio.book import DealBook

ROOT = Path(__file__).parents[2]
REFERENCE = """
[desk]
name = "Coupled"
currency = "EUR"
persons = ["ana", "cleo"]
[[book]]
name = "assets"
[[trader]]
name = "ana"
[[counterparty]]
name = "clearing"
[[counterparty]]
name = "operator"
[[counterparty]]
name = "own assets"
"""
WHOM = ["--person", "ana", "--trader", "ana", "--counterparty", "clearing"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a coupled day with a wind farm and a battery."""
    folder = tmp_path_factory.mktemp("run") / "run"
    desk = str(ROOT / "examples" / "coupled.toml")
    assert main(["run", desk, "--plain", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return an empty book."""
    reference = tmp_path / "reference.toml"
    reference.write_text(REFERENCE, encoding="utf-8")
    folder = tmp_path / "book"
    assert main(["book", "init", str(folder), "--reference", str(reference)]) == 0
    capsys.readouterr()
    return folder


def bring(run: Path, book: Path, *more: str) -> list[str]:
    return ["book", "import", str(book), str(run), *WHOM, *more]


def test_the_book_earns_what_the_run_did_whatever_its_curve(
    run: Path, book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    all_of = ["--operator", "operator", "--owner", "own assets", "--place", "NORTH=DE-LU"]
    assert main([*bring(run, book, *all_of), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["new"] > 1_000
    assert main([*bring(run, book, *all_of), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["new"], again["unchanged"]) == (0, found["new"])

    standing = DealBook(book)
    deals = standing.deals(standing.last_number())
    hours = {
        name: Decimal(DeliveryProduct(name).delivery_seconds) / 3_600
        for name in deals["product"].unique()
    }
    left = deals.group_by("product").agg(pl.col("power").sum()).filter(pl.col("power") != 0)
    assert not left.height, "a delivered period is not squared"
    paid = sum(
        (
            Decimal(power) * price * hours[product] / 10**12 + Decimal(fee) / 10**6
            for power, price, fee, product in deals.select(
                "power", "price", "fee", "product"
            ).iter_rows()
        ),
        Decimal(),
    )
    told = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert -paid == Decimal(told["figures"]["pnl_units"]) / (3_600 * 10**12)

    quotes = tmp_path / "quotes.csv"
    quotes.write_text("product,price\nJun-26 Base,71\nJul-26 Base,77\n")
    curves = str(tmp_path / "curves")
    asked = [
        "curve",
        str(quotes),
        "--zone",
        "DE-LU",
        "--as-of",
        "2026-06-27",
        "--step",
        "quarter_hour",
    ]
    asked += ["--from", "2026-06-01", "--until", "2026-07-31", "--keep", curves, "--json"]
    assert main(asked) == 0
    capsys.readouterr()
    earned = 0.0
    # The evening before, and the day after: delivered periods keep the mark of the curve, which
    # marks the closes; the value stands all the same.
    for day in ("2026-06-28", "2026-06-30"):
        assert main(["close", str(book), day, "--curves", curves, "--json"]) in (0, 1)
        closed = json.loads(capsys.readouterr().out)
        earned += sum(row["amount"] for row in closed["pnl"])
    assert earned == pytest.approx(float(-paid), abs=0.005)
    assert main(["close", str(book), "2026-06-30", "--check", "--plain"]) == 0


def test_what_has_nobody_to_be_with_is_told(
    run: Path, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*bring(run, book, "--place", "NORTH=DE-LU"), "--plain"]) == 0
    assert "imbalances and deliveries are not booked; name who" in capsys.readouterr().out


def test_a_place_that_calendars_do_not_know_is_refused(
    run: Path, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(bring(run, book)) == 2
    assert "--place NORTH=PLACE" in capsys.readouterr().err
    assert main(["book", "import", str(book), str(run), "--person", "ana"]) == 2
    assert "need --trader" in capsys.readouterr().err
