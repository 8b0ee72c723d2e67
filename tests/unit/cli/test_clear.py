"""``wattbook clear`` says what it did, what took no part, and which argument does not fit."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

from wattbook.cli import main

TABLES = {
    "zones": ["zone", "A"],
    "periods": ["period", "1"],
    "atc": ["from_zone,to_zone,t,cap"],
    # The first two buy and sell; the others break a rule.
    "step_orders": [
        "id,t,p,q,zone",
        "s,1,20,100,A",
        "d,1,80,-60,A",
        *(f"x{number},1,{9_000 + number},10,A" for number in range(12)),
    ],
    # It would earn, but with it the price would fall below its limit.
    "block_orders": ["id,block_type,code_prm,p,q1,MAR,zone", "b,normal,,20,100,1,A"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an auction in which twelve rows break a rule."""
    place = tmp_path / "auction"
    place.mkdir()
    for name, lines in TABLES.items():
        (place / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return place


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the last line on standard error of a command that exits with 2."""
    try:
        status = main(["clear", *arguments])
    except SystemExit as ended:
        status = int(str(ended.code))
    assert status == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.err.strip().splitlines()[-1]


@pytest.mark.parametrize("text", ["nan", "-3", "0", "inf", "soon"])
def test_a_time_that_is_none_is_refused(
    folder: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal([str(folder), f"--seconds={text}"], capsys)
    assert f"{text!r} is no time; give seconds above 0" in line


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--date", "2025-04-01"], "--date"),
        (["--borders", "scheduled"], "--borders"),
        (["--date", "2025-04-01", "--borders", "priced"], "--date and --borders"),
    ],
)
def test_an_argument_without_effect_is_refused(
    folder: Path, arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"{named}: without effect on {folder}" in refusal([str(folder), *arguments], capsys)


def test_a_check_leaves_no_files_and_says_so(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    omie, italy = (str(recorded_data / "sources" / name) for name in ("omie", "gme-italy-2025-04"))
    for arguments, named in (
        ([omie, "--check", "--out", str(tmp_path / "out")], "--out"),
        ([italy, "--check", "--report", str(tmp_path / "page.html")], "--report"),
        ([italy, "--check", "--borders", "scheduled"], "--borders"),
        ([italy, "--network", "atc"], "--network"),
    ):
        line = refusal(arguments, capsys)
        assert f"{named}: without effect" in line
        assert ("with --check" in line) == ("--check" in arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_place_that_cannot_be_written_is_named_before_the_search(
    folder: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "zones.csv"
    line = refusal([str(folder), option, str(file / "below")], capsys)
    assert re.search(rf"{re.escape(str(file))}.* is a file.*{option}", line)
    if option == "--report":
        line = refusal([str(folder), option, str(folder)], capsys)
        assert f"{folder} cannot be written (Is a directory); name another file" in line
    assert capsys.readouterr().out == ""


def test_every_row_that_breaks_a_rule_is_found_with_its_line_and_rule(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["clear", str(folder), "--plain", "--out", str(out)]) == 1
    said = capsys.readouterr().out
    assert "set aside: step_orders.csv, line 4: price 9000.0 lies outside" in said
    assert "and 2 more lines" in said
    rows = pl.read_parquet(out / "auction" / "set-aside.parquet")
    assert rows["place"].to_list() == [f"line {4 + number}" for number in range(12)]
    assert main(["clear", str(folder), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["set_aside"] == len(told["set_aside_rows"]) == 12
    assert told["set_aside_rows"][11]["rule"] == rows["rule"][11]


def test_paradoxically_rejected_blocks_are_listed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = ["id,block_type,code_prm,p,q1,MAR,zone", "b,normal,,50,30,1,A", "c,normal,,90,30,1,A"]
    (folder / "block_orders.csv").write_text("\n".join(blocks) + "\n")
    steps = ["id,t,p,q,zone", "s,1,20,10,A", "t,1,70,100,A", "d,1,80,-30,A", "e,1,30,-90,A"]
    (folder / "step_orders.csv").write_text("\n".join(steps) + "\n")
    assert main(["clear", str(folder), "--plain"]) == 0
    said = capsys.readouterr().out
    assert "0 blocks accepted, 1 rejected, 1 paradoxically rejected" in said
    assert "paradoxically rejected: b" in said
    assert main(["clear", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["paradoxically_rejected_names"] == ["b"]
    assert told["complex_orders"] == {"accepted": 0, "rejected": 0, "paradoxically_rejected": 0}


def test_what_the_files_of_omie_lack_is_told(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "new" / "page.html"
    omie = str(recorded_data / "sources" / "omie")
    assert main(["clear", omie, "--seconds", "0.1", "--report", str(page), "--plain"]) == 0
    said = capsys.readouterr().out
    assert "gap" in said
    assert "note: the files of OMIE hold neither what France and Morocco traded" in said
    assert "neither what France and Morocco traded" in page.read_text(encoding="utf-8")
    assert main(["clear", omie, "--seconds", "0.1", "--check", "--plain"]) == 1
    assert "note: the files of OMIE" in capsys.readouterr().out


def test_a_check_that_runs_out_of_time_says_so(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    italy = str(recorded_data / "sources" / "gme-italy-2025-04")
    arguments = ["clear", italy, "--date", "2025-04-01", "--check", "--seconds", "0.000001"]
    assert main([*arguments, "--plain"]) == 1
    assert "2025-04-01: the search ran out of time; other blocks could add" in (
        capsys.readouterr().out
    )
    assert main([*arguments, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["gap"] > 0
