"""A made-up month with planted errors: the close finds them all, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wattbook.cli import main
from wattbook.errors import InputError
from wattbook.runtime.book import rehearsal, rehearse
from wattbook.runtime.book.rehearsal import KINDS


def test_three_days_with_every_error_in_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["book", "rehearse", str(tmp_path / "month"), "--days", "3", "--seed", "4", "--json"]
    assert main(asked) == 0
    found = json.loads(capsys.readouterr().out)
    assert sorted(one["kind"] for one in found["planted"]) == sorted(KINDS)
    assert all(one["found"] for one in found["planted"])
    assert found["alarms"] == []
    assert found["unexplained"] < 1e-9
    assert main(asked) == 2
    assert "is not empty" in capsys.readouterr().err
    with pytest.raises(InputError, match="at least 3"):
        rehearse(tmp_path / "short", days=2)


def test_an_error_that_nothing_finds_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("wattbook.runtime.book.closing.off_market", lambda *_: ())
    month = str(tmp_path / "month")
    assert main(["book", "rehearse", month, "--days", "3", "--plain"]) == 1
    told = capsys.readouterr().out
    missed = [line for line in told.splitlines() if "MISSED" in line]
    assert len(missed) == 1
    assert "price far from the curve" in missed[0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_month(tmp_path: Path, seed: int) -> None:
    found = rehearsal.rehearse(tmp_path / "month", days=22, seed=seed)
    assert found.missed == ()
    assert found.alarms == ()
    assert {one.kind for one in found.planted} == set(KINDS)
    assert found.unexplained < 1e-9
