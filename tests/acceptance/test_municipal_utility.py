"""A municipal utility's day, from the load forecast to the signed management report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.acceptance.runs import EXAMPLES, wattbook


def test_a_day_from_load_forecast_to_management_report(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "municipal_utility.py"), str(tmp_path / "day")],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["load_error"] < 0.06
    assert told["made_again_the_same"]
    assert told["refused"] == ["counterparty"]
    # Whole lots bring the hedge into its corridor; what is left is shape.
    assert all(power == int(power) for power in told["lots"].values())
    assert told["inside"]
    assert told["marked"] == []
    left = told["left_mw"]
    assert left["volume"] < 0.5
    assert left["total"] ** 2 == pytest.approx(left["volume"] ** 2 + left["shape"] ** 2)
    assert told["cash_may_be_called"] > 0.0
    for kind, begin in ((".html", b"<!doctype"), (".xlsx", b"PK"), (".pdf", b"%PDF-")):
        assert (tmp_path / "day" / f"report{kind}").read_bytes().startswith(begin)

    # The book that it left answers the commands of the desk.
    book = tmp_path / "day" / "book"
    assert wattbook("close", book, "2027-01-04", "--check", cwd=tmp_path).returncode == 0
    shown = wattbook("portfolio", book, "--credit", "--json", cwd=tmp_path)
    peaks = {one["counterparty"]: one["peak"] for one in json.loads(shown.stdout)["counterparties"]}
    assert peaks == pytest.approx(told["exposure"])
    again = wattbook("close", book, "2027-01-04", "--curves", tmp_path / "day" / "curves",
                     cwd=tmp_path)  # fmt: skip
    assert again.returncode == 2
    assert "is signed by cleo" in again.stderr
