"""A mistake on the command line is answered with one sentence that names the fix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wattbook.cli import main

DAY = ["backtest", "--from", "2026-06-30", "--to", "2026-06-30"]


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the last line on standard error of a command that exits with 2."""
    try:
        status = main(arguments)
    except SystemExit as ended:
        status = int(str(ended.code))
    captured = capsys.readouterr()
    assert status == 2
    assert "Traceback" not in captured.err
    return captured.err.strip().splitlines()[-1]


@pytest.mark.parametrize("text", ["-1", "99999999999999999999999", str(2**64), "7.5", "x"])
@pytest.mark.parametrize("command", [["run"], DAY])
def test_a_seed_that_is_none_is_refused_before_a_folder_is_made(
    command: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    line = refusal([*command, "--seed", text, "--out", str(out)], capsys)
    assert "give a whole number from 0 to 18,446,744,073,709,551,615" in line
    assert not out.exists()


@pytest.mark.parametrize("command", [["run", "--plain"], DAY])
@pytest.mark.parametrize("place", ["file", "file/below", "file/below/further"])
def test_an_output_folder_that_cannot_be_one_is_named(
    command: list[str], place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("here already", encoding="utf-8")
    out = tmp_path / place
    line = refusal([*command, "--out", str(out)], capsys)
    assert str(out) in line
    assert "--out" in line


@pytest.mark.parametrize("command", [["run", "--plain"], DAY])
def test_an_output_folder_that_the_system_refuses_is_named(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal([*command, "--out", "/proc/wattbook"], capsys)
    assert "/proc/wattbook cannot be written" in line


def test_a_desk_that_cannot_be_planned_leaves_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    out = tmp_path / "out"
    refusal(["run", "--data", str(tmp_path / "data"), "--out", str(out)], capsys)
    assert not out.exists()


def test_a_data_folder_that_is_not_there_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    line = refusal(["run", "--data", "/nonexistent"], capsys)
    assert line == (
        "wattbook run: --data /nonexistent is not there; give the folder of recorded data"
    )


def test_a_day_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    line = refusal(["backtest", "--from", "2024-02-30", "--to", "2024-03-01"], capsys)
    assert "'2024-02-30' is no day of the calendar; write it as 2024-06-30" in line


@pytest.mark.parametrize("text", ["0", "-3", "many"])
def test_a_benchmark_runs_at_least_once(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "give a whole number from 1 to" in refusal(["bench", "all", "--rounds", text], capsys)


@pytest.mark.parametrize("text", ["nan", "inf", "0", "-3", "much"])
def test_a_battery_has_a_size(
    text: str, recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["battery", "nem", "--data", str(recorded_data), "--capacity", text]
    assert f"{text!r} is no number above 0; write it like 2.5" in refusal(command, capsys)


def test_the_list_of_benchmarks_is_json_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "list", "--json"]) == 0
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert entries
    for entry in entries:
        assert set(entry) == {"name", "work", "sides"}


def test_stress_names_a_path_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(["verify", "stress", str(tmp_path)], capsys)
    assert f"{tmp_path} cannot be read (Is a directory); give stress/" in line


@pytest.mark.parametrize("command", [["verify", "run"], ["verify", "journal"], ["replay"]])
def test_a_damaged_run_json_is_named_with_the_remedy(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "run.json").write_text('{"format": 1,', encoding="utf-8")
    line = refusal([*command, str(tmp_path)], capsys)
    assert f"{tmp_path}/run.json is damaged" in line
    assert "put back a copy" in line


@pytest.mark.long
def test_resume_without_out_takes_the_newest_run_of_the_desk_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "nothing to resume" in refusal(["run", "--resume"], capsys)
    for _ in range(2):
        assert main(["run", "--plain"]) == 0
    capsys.readouterr()
    assert main(["run", "--plain", "--resume"]) == 0
    assert "Going on with runs/generated-day-2" in capsys.readouterr().out


@pytest.mark.long
def test_replay_prints_json_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--plain", "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    assert main(["replay", str(tmp_path / "run"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["is_same"]
    assert found["state_hash"] == found["expected_state_hash"]
    assert found["inputs"] == found["expected_inputs"] > 0


@pytest.mark.parametrize("port", ["", "²", "١", "70000", "9" * 5_000])
def test_an_exchange_without_a_port_is_refused(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = str(Path(__file__).parents[3] / "examples" / "live_desk.toml")
    line = refusal(["live", desk, "--exchange", f"127.0.0.1:{port}"], capsys)
    assert "is no IP:PORT; write 127.0.0.1:9880" in line
