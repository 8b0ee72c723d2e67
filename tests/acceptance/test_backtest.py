"""`wattbook backtest` with every kind of strategy that is shipped, on a short stretch each."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from wattbook.runtime.desk.reader import KINDS

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
    # Something was traded, and paid for.
    assert sum(day["fills"] for day in days) > 0
    assert sum(int(day["turnover_units"]) for day in days) > 0


def test_every_kind_of_strategy_is_backtested() -> None:
    desks = [tomllib.loads(desk.read_text(encoding="utf-8")) for desk in SLICES]
    kinds = {one["kind"] for desk in desks for one in desk["strategy"]}
    assert kinds >= set(KINDS) - WITHOUT
