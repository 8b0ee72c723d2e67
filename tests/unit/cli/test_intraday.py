"""``wattbook intraday simulate``."""

from pathlib import Path

import polars as pl
import pytest

from wattbook.cli.main import main

SECTION = """
[market.synthetic_book]
tick = 0.01
lot = 0.1
half_spread = 0.20
level_volume = 4.0

[market.synthetic_book.participants]
makers = 2
noise = 3
momentum = 0
maker_interval_seconds = {seconds}
noise_interval_seconds = {seconds}
noise_volume = 2.0
"""


def test_a_day_is_shown_contract_by_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "out" / "day.parquet"
    arguments = [
        *("intraday", "simulate", "--events", "20000", "--zones", "DE-LU,FR", "--plain"),
        *("--day", "2026-10-25", "--report", str(report)),
    ]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "175 contracts in 2 zones, 1 borders; synthetic, seed 1" in shown
    assert "2026-10-25 H03B" in shown
    frame = pl.read_parquet(report)
    assert frame.height == 175
    total = next(line for line in shown.splitlines() if line.strip().startswith("all"))
    assert f"{frame['trades'].sum():,}" in total


def test_fitted_rates_are_taken_by_time_to_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "synthetic_book_30-240.toml").write_text(SECTION.format(seconds=900))
    (tmp_path / "synthetic_book_240-1440.toml").write_text(SECTION.format(seconds=7_200))
    arguments = [
        *("intraday", "simulate", "--fit", str(tmp_path), "--zones", "DE-LU"),
        *("--lengths", "hour", "--plain"),
    ]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "24 contracts in 1 zones" in shown
    assert "0-30 minutes to gate as 30-240: nothing was fitted there" in shown
    assert "more than 1440 minutes to gate as 240-1440: the fit ends there" in shown
    assert "30-240 minutes to gate as" not in shown


def test_fits_of_two_runs_are_not_mixed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for bounds in ("0-60", "60-240", "30-120"):
        (tmp_path / f"synthetic_book_{bounds}.toml").write_text(SECTION.format(seconds=900))
    assert main(["intraday", "simulate", "--fit", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "synthetic_book_0-60.toml and synthetic_book_30-120.toml hold for the same" in told


@pytest.mark.parametrize("bounds", ["60", "60-30", "1.2.3-4", "0-1e+06", "-5-10"])
def test_a_fit_whose_name_says_no_minutes_is_refused(
    bounds: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"synthetic_book_{bounds}.toml").write_text(SECTION.format(seconds=900))
    assert main(["intraday", "simulate", "--fit", str(tmp_path)]) == 2
    assert "the name says no minutes to gate" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--borders", "DE-LU:FR:much"], "border 'DE-LU:FR:much' is unreadable"),
        (["--borders", "DE-LU:NO2:5"], "zone 'NO2' does not trade here"),
        (["--lengths", "minute"], "lengths ['minute']"),
        (["--borders", "DE-LU:FR:nan"], "border DE-LU > FR: a capacity of nan MW"),
        (["--borders", "DE-LU:FR:-5"], "border DE-LU > FR: a capacity of -5.0 MW"),
        (["--report", "/proc/none/day.parquet"], "name another file with --report"),
        (["--zones", "GB"], "'GB' is no zone of the European coupling"),
        (["--fit", "nowhere"], "has no synthetic_book_FROM-TO.toml"),
    ],
)
def test_wrong_input_is_named(
    arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["intraday", "simulate", *arguments]) == 2
    assert part in capsys.readouterr().err


def test_a_fit_of_other_steps_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = SECTION.replace("tick = 0.01", "tick = 0.1").format(seconds=60)
    (tmp_path / "synthetic_book_0-30.toml").write_text(wrong)
    assert main(["intraday", "simulate", "--fit", str(tmp_path)]) == 2
    assert "tick: 0.1 is not the 0.01 of the market" in capsys.readouterr().err
