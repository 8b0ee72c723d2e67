"""``wattbook tranches`` on the recorded load of AEP, and on one that is made up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.cli import main
from wattbook.runtime.tranches import aep_load, months_of
from wattbook.runtime.tranches.weeks import weeks_of


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


def test_nothing_that_comes_later_is_known(tmp_path: Path) -> None:
    load = aep_load(made_up(tmp_path))
    noise = np.random.default_rng(3).normal(1.0, 0.05, len(load.hour))
    load = replace(load, load_mw=load.load_mw * noise)
    week = np.datetime64("2013-08-05")
    changed = replace(
        load, load_mw=np.where(load.hour < np.datetime64("2013-08-02T00"), 1.0, 3.0) * load.load_mw
    )
    inside = (load.month >= np.datetime64("2013-07")) & (load.month < np.datetime64("2013-10"))
    first, second = (weeks_of(one, months_of(one)) for one in (load, changed))
    np.testing.assert_array_equal(first.expected(inside, week), second.expected(inside, week))
    later = week + 7
    assert (first.expected(inside, later) != second.expected(inside, later)).any()
    # Weeks in two quarters are left out, as is one that begins before there is a past.
    assert list(first.within(inside))[:2] == list(np.array(["2013-07-01", "2013-07-08"], "M8[D]"))


@pytest.mark.slow
def test_the_recorded_load_as_documented(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tranches", "--data", str(recorded_data), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["quarters"]) == 42
    assert found["off_corridor"] == 0
    share, low, high = found["saved"]["linear"]["total"]
    assert share == pytest.approx(0.148, abs=0.001)
    assert 0.1 < low < share < high < 0.2
    assert found["saved"]["linear"]["shape"][1] > 0.05
    assert found["saved"]["linear"]["volume"][1] > 0.4
    assert found["saved"]["linear"]["volume"][0] == pytest.approx(0.543, abs=0.001)
    before = found["left_mw"]["path_before"]["volume"]
    assert found["left_mw"]["path"]["volume"] < before < found["left_mw"]["linear"]["volume"]
