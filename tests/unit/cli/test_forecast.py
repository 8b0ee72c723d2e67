"""``wattbook forecast`` prints what its backtest made, and refuses wrong input with status 2."""

import json
from pathlib import Path

import pytest

from wattbook.cli import main


def test_a_leaderboard_without_forecasts_says_how_to_make_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["forecast", "leaderboard", "--data", str(tmp_path), "--forecasts", str(tmp_path)]
    assert main(arguments) == 2
    assert "run `wattbook forecast backtest --publish`" in capsys.readouterr().err


def test_an_unknown_market_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["forecast", "backtest", "--market", "NP", "--data", str(tmp_path)]
    assert main([*arguments, "--out", str(tmp_path)]) == 2
    assert "NP.parquet does not exist" in capsys.readouterr().err


def test_an_unknown_member_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["forecast", "backtest", "--market", "NP", "--data", str(tmp_path)]
    assert main([*arguments, "--members", "lear_56,arima"]) == 2
    assert "no member 'arima'; choose of lear_56, " in capsys.readouterr().err


@pytest.mark.long
@pytest.mark.data
def test_a_week_is_forecast_published_and_compared(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(recorded_data / "epf"), "--market", "DE"]
    made = ["backtest", *data, "--days", "7", "--processes", "1", "--members", "lear_56,lear_84"]
    out = ["--json", "--out", str(tmp_path), "--publish", str(tmp_path / "published")]
    assert main(["forecast", *made, *out]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["days"], summary["weeks_made"], summary["fallbacks"]) == (7, 9, 0)
    assert main(["forecast", "leaderboard", *data, "--forecasts", str(tmp_path / "published")]) == 0
    told = capsys.readouterr().out
    assert "DE: 7 days, 2016-01-04 to 2016-01-10" in told
    assert "dnn_ensemble" in told


def test_five_minute_names_the_markets_that_it_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["forecast", "five-minute", "--market", "SA1", "--data", str(tmp_path)]
    assert main(arguments) == 2
    assert "no five-minute market 'SA1'; choose of VIC1" in capsys.readouterr().err


@pytest.mark.long
@pytest.mark.data
def test_intervals_print_a_line_for_each_year(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["forecast", "intervals", "--data", str(recorded_data / "epf"), "--json"]
    assert main([*arguments, "--level", "0.8"]) == 0
    years = json.loads(capsys.readouterr().out)
    assert [year["year"] for year in years] == [2019, 2020, 2021]
    assert all(abs(year["coverage"] - 0.8) < 0.03 for year in years)
