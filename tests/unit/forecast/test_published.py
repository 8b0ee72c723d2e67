"""The published forecasts score as the page says, and hold predictions alone."""

from pathlib import Path

import polars as pl
import pytest

from wattbook.runtime.forecast_board import board

ROOT = Path(__file__).parents[3]
PUBLISHED = sorted((ROOT / "docs" / "forecasts").glob("*.parquet"))


@pytest.mark.data
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_the_table_on_the_page_is_that_of_the_file(path: Path, recorded_data: Path) -> None:
    page = (ROOT / "docs" / "forecasting.md").read_text(encoding="utf-8")
    found = board(recorded_data / "epf", path.stem, path.parent)
    assert f"### {path.stem}: {found.days} days, {found.first_day} to {found.last_day}" in page
    for entry in found.entries:
        line = f"| {entry.model} | {entry.mae:.3f} | {entry.rmae:.3f} |"
        assert line in page


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_no_recorded_price_is_among_them(path: Path) -> None:
    names = pl.read_parquet(path).columns
    assert names[:5] == ["ts_local", "ensemble", "lear", "network", "trees"]
    assert set(names[5:]) <= {"gp"}
