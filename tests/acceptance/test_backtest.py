"""`wattbook backtest` with every kind of strategy that is shipped, on a short stretch each."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from wattbook.runtime.backtest import backtest_days
from wattbook.runtime.desk.reader import KINDS
from wattbook.runtime.desk.vary import varied
from wattbook.runtime.run import Stop

ROOT = Path(__file__).parents[2]
BUILT_IN = ROOT / "python" / "wattbook" / "runtime" / "desk"
EXAMPLES = ROOT / "examples"
SLICES = {
    BUILT_IN / "recorded.toml": ("2019-07-19", "2019-07-19", {"New York City"}),
    BUILT_IN / "generated.toml": ("2026-06-30", "2026-06-30", {"generated day", "coupled day"}),
    EXAMPLES / "backtest_futures.toml": (
        "2022-01-03",
        "2022-02-28",
        {"WTI", "heating oil", "gasoline", "Henry Hub"},
    ),
    EXAMPLES / "market_making.toml": ("2026-06-30", "2026-06-30", {"generated day"}),
    EXAMPLES / "renewable_updates.toml": ("2026-06-30", "2026-06-30", {"north", "south"}),
    EXAMPLES / "virtual_spreads.toml": (
        "2018-06-06",
        "2018-06-07",
        {"New York City", "Long Island"},
    ),
    EXAMPLES / "path_congestion.toml": (
        "2017-03-14",
        "2017-03-15",
        {"ME", "NH", "VT", "RI", "WCMASS", "NEMASSBOST"},
    ),
}
"""First and last day, and the markets that trade on them."""
WITHOUT = {"execute", "legs", "route", "trader", "plant"}
"""Orders and persons are no strategies to backtest; a plant has `examples/portfolio_day.toml`."""


@pytest.mark.data
@pytest.mark.long
@pytest.mark.parametrize("desk", SLICES, ids=lambda path: path.stem)
def test_every_strategy_of_a_desk_is_in_its_figures(
    desk: Path, tmp_path: Path, recorded_data: Path
) -> None:
    first, last, markets = SLICES[desk]
    command = ["backtest", desk, "--from", first, "--to", last, "--data", recorded_data]
    done = subprocess.run(
        [sys.executable, "-m", "wattbook", *map(str, command), "--plain", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    days = json.loads((tmp_path / "backtest.json").read_text(encoding="utf-8"))
    own = tomllib.loads(desk.read_text(encoding="utf-8"))["strategy"]
    names = {one["name"] for one in own if one["market"] in markets}
    table = done.stdout[done.stdout.index("By strategy") :]
    assert all(heading in table for heading in ("turnover", "drawdown", "Sharpe", "deflated"))
    for name in names:
        assert name in table
        assert all(name in day["pnl_units_by_strategy"] for day in days), name
    for day in days:
        for sum_, parts in (
            ("pnl_units", "pnl_units_by_strategy"),
            ("fees_units", "fees_units_by_strategy"),
            ("turnover_units", "turnover_units_by_strategy"),
        ):
            assert int(day[sum_]) == sum(map(int, day[parts].values()))
    # Something was traded, and paid for; what two settlements award is no turnover.
    assert sum(day["fills"] for day in days) > 0
    paid = "fees_units" if desk.stem in {"virtual_spreads", "path_congestion"} else "turnover_units"
    assert sum(int(day[paid]) for day in days) > 0


def test_every_kind_of_strategy_is_backtested() -> None:
    desks = [tomllib.loads(desk.read_text(encoding="utf-8")) for desk in SLICES]
    kinds = {one["kind"] for desk in desks for one in desk["strategy"]}
    assert kinds >= set(KINDS) - WITHOUT


@pytest.mark.data
@pytest.mark.long
def test_a_charge_on_virtual_awards_is_paid_for_each_megawatt_hour(recorded_data: Path) -> None:
    path = EXAMPLES / "virtual_spreads.toml"
    text, date = path.read_text(encoding="utf-8"), dt.date(2018, 6, 6)
    found = {}
    for charge in ("0.25", "0.50"):
        # An hour that is bid for depends on the charge: each level here is far above both.
        changed = text.replace("virtual_charge = 0.50", f"virtual_charge = {charge}")
        desk = varied(changed, str(path), "path to Long Island", {"entry": 2})
        days = backtest_days(desk, date, date, data=recorded_data, seed=7, stop=Stop())
        found[charge] = next(days)
    quarter, half = found["0.25"], found["0.50"]
    assert quarter.fees > 0
    assert half.fees == 2 * quarter.fees
    assert quarter.pnl - half.pnl == quarter.fees
    # Both legs of an hour are awarded a megawatt.
    assert half.fees / 3.6e15 % 1.0 == 0.0
