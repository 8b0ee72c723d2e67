"""``wattbook liquidity``: margin of a cleared hedge on recorded prices; cash flows of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from wattbook.cli import main

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "liquidity.toml"


def told(capsys: pytest.CaptureFixture[str], *asked: str, code: int) -> Any:
    assert main([*asked, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_gas_of_2021_and_2022_and_every_scenario(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "liquidity", "margin", str(EXAMPLE), "--data", str(recorded_data), code=1)
    (replay,) = found["replays"]
    assert replay["short_on"] == "2021-09-21"
    assert replay["peak_on"] == "2022-08-26"
    # The clearer's variation margin by hand: 700,000 MWh sold at the price of the first day.
    gas = pl.read_parquet(recorded_data / "futures" / "de_gas_vtp_index_daily_2015_2022.parquet")
    by_day = dict(gas.select(pl.col("date").cast(pl.String).str.head(10), "price_eur_mwh").rows())
    rise = by_day["2022-08-26"] - by_day["2021-01-04"]
    assert replay["asset_gain_cents"] == round(1e8 * rise)
    assert replay["by_account_cents"]["ClearBank"] > 7e7 * rise
    bilateral = replay["by_account_cents"]["Nordkraft"]
    assert bilateral == pytest.approx(100 * (3e5 * rise - 5e6), abs=1)
    names = json.loads((recorded_data / "stress" / "historical_scenarios.json").read_text())[
        "scenarios"
    ]
    assert [one["name"] for one in found["events"]] == list(names)
    at_risk = found["liquidity_at_risk"]
    for one in (*found["replays"], *found["events"], at_risk):
        assert sum(one["by_account_cents"].values()) == one["peak_cents"]
    for one in (*found["replays"], *found["events"]):
        lacking = max(one["peak_cents"] - found["available_cents"], 0)
        assert one["paid_from_cents"]["lacking"] == lacking == one["lacking_cents"]
        assert (one["short_on"] is None) == (lacking == 0)
        assert set(one["moved_by"].values()) <= {"DE_gas_VTP", "HenryHubSpot"}
    assert at_risk["at_risk_cents"] > 0


def test_tables_name_the_day(recorded_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["liquidity", "margin", str(EXAMPLE), "--data", str(recorded_data), "--plain"]
    assert main(asked) == 1
    assert "2021-09-21" in capsys.readouterr().out


def test_a_series_that_was_not_recorded_stands_still(
    tmp_path: Path, recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "alone.toml"
    file.write_text(
        EXAMPLE.read_text(encoding="utf-8").replace('proxies = ["HenryHubSpot"]', ""),
        encoding="utf-8",
    )
    found = told(capsys, "liquidity", "margin", str(file), "--data", str(recorded_data), code=1)
    crisis = found["events"][0]
    assert set(crisis["moved_by"].values()) == {""}
    # Initial margin has its floor at least, here below what is lodged.
    assert crisis["peak_cents"] == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('series = "DE_gas_VTP"', 'series = "DE_gas_VT"', "did you mean 'DE_gas_VTP'"),
        ('account = "Nordkraft"', 'account = "Sudkraft"', "is no account"),
        ("cash = 12000000", "", "key 'cash' is missing"),
        ("last = 2022-11-28", "last = 2020-11-28", "is not after"),
        ("confidence = 0.99\nhorizon", "confidence = 1\nhorizon", "between 0 and 1"),
        ('account = "ClearBank"\nvalue', 'account = "Nordkraft"\nvalue', "asks for no initial"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "wrong.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert main(["liquidity", "margin", str(file), "--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "wrong.toml, line" in error


def flow_file(folder: Path) -> Path:
    random = np.random.default_rng(2)
    rows = [
        (source, f"{scenario}", f"2027-{month:02d}", mean + float(random.normal(0, 100)))
        for source, mean in (("plant", 50.0), ("hedge", -10.0))
        for scenario in range(200)
        for month in range(1, 5)
    ]
    file = folder / "flows.csv"
    names = ["source", "scenario", "period", "amount"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(file)
    return file


def test_cash_flows_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(flow_file(tmp_path))
    found = told(capsys, "liquidity", "flows", file, "--confidence", "0.9", code=0)
    assert found["periods"] == ["2027-01", "2027-02", "2027-03", "2027-04"]
    earned = found["earnings"]
    assert sum(earned["by_source"].values()) == pytest.approx(earned["shortfall"])
    assert main(["liquidity", "flows", file, "--plain"]) == 0
    assert "cash to hold at the start" in capsys.readouterr().out


def test_a_row_that_is_missing_or_twice_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = flow_file(tmp_path)
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:9], *lines[10:]]) + "\n")
    assert main(["liquidity", "flows", str(file)]) == 2
    assert "lacks a period" in capsys.readouterr().err
    file.write_text("\n".join([*lines, lines[4]]) + "\n")
    assert main(["liquidity", "flows", str(file)]) == 2
    assert "row 5 stands twice" in capsys.readouterr().err
