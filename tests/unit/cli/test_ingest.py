"""Options of ``wattbook ingest`` that cannot be meant are refused with the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from wattbook.cli import main

SERIES = ["series", "load"]
FILL = ["fill", "load", "--method", "linear", "--interval", "3600"]


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "ten"])
@pytest.mark.parametrize(
    "command",
    [
        [*SERIES, "--seconds"],
        [*SERIES, "--memory"],
        ["replay", "in", "--speed"],
        ["live", "live.toml", "--for"],
        ["land", "ring", "--store", "a", "--registry", "b", "--idle"],
    ],
    ids=["seconds", "memory", "speed", "for", "idle"],
)
def test_a_number_that_is_not_finite_is_refused(
    command: list[str], number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    *before, option = command
    with pytest.raises(SystemExit) as ended:
        main(["ingest", *before, f"{option}={number}"])
    assert ended.value.code == 2
    said = f"argument {option}: {number!r} is no finite number; write one like 2.5"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [SERIES, FILL, ["quality"], ["quarantine", "list"], ["quarantine", "reprocess"]],
    ids=lambda command: " ".join(command[:2]),
)
@pytest.mark.parametrize("is_there", [False, True])
def test_what_only_reads_makes_no_store(
    command: list[str], is_there: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mistyped"
    if is_there:
        folder.mkdir()
    assert main(["ingest", *command, "--store", str(folder)]) == 2
    said = f"--store {folder} is no store: it has no observations/catalogue.sqlite; give the folder"
    assert said in capsys.readouterr().err
    assert list(tmp_path.rglob("*")) == ([folder] if is_there else [])
