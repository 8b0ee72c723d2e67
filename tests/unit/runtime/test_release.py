"""A frozen contract is released by a request in the run's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from wattbook.cli.main import main
from wattbook.errors import InputError
from wattbook.runtime.live import request_release


def test_a_request_waits_in_the_folder_of_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fix.store").touch()
    assert main(["fix", "release", str(tmp_path), "H0", "H1"]) == 0
    assert (tmp_path / "release").read_text(encoding="utf-8") == "H0\nH1\n"
    assert "asked to release H0, H1" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fix.store", "release"]


def test_a_request_never_overwrites_one_that_waits(tmp_path: Path) -> None:
    (tmp_path / "fix.store").touch()
    request_release(tmp_path, ["H0"])
    with pytest.raises(InputError, match="waits to be taken"):
        request_release(tmp_path, ["H1"])
    assert (tmp_path / "release").read_text(encoding="utf-8") == "H0\n"


def test_a_folder_without_a_live_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no live run"):
        request_release(tmp_path, ["H0"])
