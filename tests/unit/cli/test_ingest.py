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
