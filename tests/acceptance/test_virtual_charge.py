"""What a market charges for virtual awards is a fee of the run itself, as of a backtest."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest
from tests.acceptance.runs import wattbook

from wattbook.runtime.backtest import backtest_days
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.run import Stop

UNIT = 3.6e15
DAY = "2026-06-30"
DESK = """\
[desk]
name = "Virtual bids"
currency = "EUR"
confidence_threshold = 0

[[book]]
name = "virtual"
order_volume = 10
order_value = 20_000
position_volume = 20
loss = 100_000
price_collar = 4_000

[[market]]
name = "day"
source = "generated"
day = 2026-06-30
virtual_charge = {charge}

[[strategy]]
name = "virtual bids"
kind = "virtual"
market = "day"
book = "virtual"
volume = 2
"""


@pytest.mark.long
def test_a_run_pays_the_charge_of_each_megawatt_hour_awarded(tmp_path: Path) -> None:
    pnl, fees = {}, {}
    for charge in ("0.00", "0.50"):
        text, out = DESK.format(charge=charge), tmp_path / charge
        path = tmp_path / f"{charge}.toml"
        path.write_text(text, encoding="utf-8")
        done = wattbook("run", path, "--out", out, "--plain", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        found = json.loads((out / "run.json").read_text(encoding="utf-8"))["figures"]
        pnl[charge], fees[charge] = int(found["pnl_units"]), int(found["fees_units"])
    settled = pl.read_parquet(out / "events" / "settled.parquet")
    awards = settled.filter(pl.col("kind") == "day_ahead")
    # Each hour is awarded once, so its megawatts are its megawatt hours.
    assert awards["instrument"].n_unique() == awards.height
    awarded = float(awards["volume"].cast(pl.Float64).abs().sum())
    assert awarded > 0
    assert fees["0.00"] == 0
    assert fees["0.50"] / UNIT == pytest.approx(0.5 * awarded)
    assert pnl["0.00"] - pnl["0.50"] == fees["0.50"]
    # A backtest of the day says the same.
    date = dt.date.fromisoformat(DAY)
    desk = parse_desk(DESK.format(charge="0.50"))
    (day,) = backtest_days(desk, date, date, data=None, seed=desk.desk.seed, stop=Stop())
    assert (day.pnl, day.fees) == (pnl["0.50"], fees["0.50"])
