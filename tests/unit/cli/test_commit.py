"""The command that commits a fleet: where it leaves its answer is sure before it searches."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wattbook.cli import main


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_place_that_cannot_be_written_is_named_before_the_search(
    tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattbook.assets.commitment.commit", searched)
    file = tmp_path / "file"
    file.write_text("kept", encoding="utf-8")
    assert main(["commit", "ten-units", option, str(file / "below"), "--plain"]) == 2
    assert re.search(rf"{re.escape(str(file))}.* is a file.*{option}", capsys.readouterr().err)
    assert file.read_text(encoding="utf-8") == "kept"


def searched(*_: object, **__: object) -> None:
    raise AssertionError("the search began")


def test_an_answer_is_left_where_it_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, page = tmp_path / "new" / "out", tmp_path / "pages" / "fleet.html"
    asked = ["--gap", "0.01", "--check", "--out", str(out), "--report", str(page), "--plain"]
    assert main(["commit", "ten-units", *asked]) == 0
    assert "every rule of every unit and period is kept" in capsys.readouterr().out
    assert "<svg" in page.read_text(encoding="utf-8")
    assert sorted(file.name for file in out.rglob("*.parquet")) == [
        "periods.parquet",
        "units.parquet",
    ]
