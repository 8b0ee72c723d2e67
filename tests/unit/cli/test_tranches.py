"""``wattbook tranches`` on the recorded load of AEP, and on one that is made up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.cli import main


def made_up(folder: Path) -> Path:
    """Leave hours of a load that grows by a tenth a year."""
    hours = np.arange(np.datetime64("2010-01-01T01"), np.datetime64("2014-04-01T01"))
    place = np.arange(len(hours))
    load = 10_000 * 1.1 ** (place / 8_766) * (1.0 + 0.2 * np.sin(2 * np.pi * place / 24))
    table = pl.DataFrame({"ts_ept": hours.astype("datetime64[us]"), "load_mw": load})
    (folder / "load_weather").mkdir()
    table.write_parquet(folder / "load_weather" / "pjm_aep_load_hourly_2004_2018.parquet")
    return folder


def test_a_load_that_grows_is_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(made_up(tmp_path))
    assert main(["tranches", "--data", data, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["quarters"] == ["2013-01", "2013-04", "2013-07", "2013-10", "2014-01"]
    assert found["off_corridor"] == 0
    # A year's growth is missing from what is bought by the first forecast alone.
    assert found["left_mw"]["path"]["volume"] < 0.5 * found["left_mw"]["linear"]["volume"]
    assert main(["tranches", "--data", data, "--plain", "--dates", "6"]) == 0
    assert "less by the path" in capsys.readouterr().out
    assert main(["tranches", "--data", data, "--dates", "0"]) == 2
    assert main(["tranches", "--data", str(tmp_path / "none")]) == 2


@pytest.mark.slow
def test_the_recorded_load_as_documented(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tranches", "--data", str(recorded_data), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["quarters"]) == 42
    assert found["off_corridor"] == 0
    share, low, high = found["saved"]["linear"]["total"]
    assert share == pytest.approx(0.111, abs=0.001)
    assert 0.07 < low < share < high < 0.15
    assert found["saved"]["linear"]["shape"][1] > 0.07
    assert found["saved"]["linear"]["volume"][0] > 0.1
