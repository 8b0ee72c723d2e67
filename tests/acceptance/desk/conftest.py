"""The generated day, traded once for every test of the desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from wattbook.runtime.desk import parse_desk
from wattbook.runtime.desk.builtin import builtin_text
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.run import Stop, run_desk
from wattbook.runtime.watch import Tape


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    text = builtin_text("generated")
    made = RunFolder(tmp_path_factory.mktemp("desk") / "run")
    run_desk(
        parse_desk(text),
        text,
        made,
        data=None,
        seed=7,
        resume=False,
        on_plan=lambda _plan, _names: None,
        on_happening=lambda _market, _step: None,
        on_step=lambda _step: None,
        on_progress=lambda _progress: None,
        stop=Stop(),
    )
    return made


@pytest.fixture(scope="session")
def tape(folder: RunFolder) -> Tape:
    return Tape.load(folder)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "desk.sqlite"
