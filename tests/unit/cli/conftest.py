"""A desk with a book, for commands that work on one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from wattbook.cli import main

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
