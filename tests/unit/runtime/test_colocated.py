"""A battery behind the connection of wind or solar: what it bids, sets, and is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.assets.dispatch import SetpointLimits
from wattbook.assets.dispatch.replan import Outlook, replan, restoring, runnable
from wattbook.cli import main
from wattbook.errors import DeskError
from wattbook.runtime.desk import load_desk, parse_desk
from wattbook.runtime.desk.spec import BatterySpec, DispatchSpec
from wattbook.runtime.dispatch.colocated import expected_exports, limits_beside
from wattbook.runtime.verify import verify
from wattbook.runtime.verify.dispatch import LimitsAtSteps, check_steps
from wattbook.runtime.verify.result import Tally
from wattbook.strategy.block_battery import cycles

DESK = Path(__file__).parents[3] / "examples" / "solar_battery_day.toml"
ZONE = "Europe/Berlin"
LIMITS = SetpointLimits(charge_mw=20, discharge_mw=20, floor_mwh=0, ceiling_mwh=40)


def battery() -> tuple[BatterySpec, DispatchSpec]:
    (spec,) = load_desk(DESK).strategy
    assert isinstance(spec, BatterySpec)
    assert spec.dispatch is not None
    return spec, spec.dispatch


def at(hour: int) -> int:
    """Return an instant of the day in summer time, ns UTC."""
    return round(dt.datetime(2026, 6, 29, hour - 2, tzinfo=dt.UTC).timestamp()) * 10**9


def test_the_plant_leaves_what_it_is_expected_and_what_it_makes() -> None:
    _, dispatch = battery()
    starts = np.array([at(12), at(19), at(20)])
    exports = expected_exports(dispatch, starts, ZONE)
    assert exports is not None
    assert exports.tolist() == [2.0, 24.0, 25.0]
    found = [limits_beside(LIMITS, dispatch, int(start), ZONE).export_mw for start in starts]
    assert found == [2.0, 17.0, 18.0]
    assert expected_exports(replace(dispatch, colocated=None), starts, ZONE) is None


def test_ways_to_run_that_the_connection_does_not_carry_are_not_bid() -> None:
    prices, hours = np.array([10.0, 20.0, 90.0, 50.0]), np.ones(4)
    left = np.array([9.0, 9.0, 0.5, 9.0])
    (found,) = cycles(prices, hours, 1.0, 1.0, 1.0, 1, left)
    assert found.power == ((0, -1.0), (3, 1.0))
    assert cycles(prices, hours, 1.0, 1.0, 1.0, 1, np.zeros(4)) == []


def test_plans_keep_to_what_is_left_in_each_period() -> None:
    sold, price = np.array([20.0, 20.0, 0.0]), np.array([50.0, 50.0, 50.0])
    day = Outlook(1.0, sold, np.ones(3), price - 1, price + 1, export_mw=np.array([20.0, 5.0, 9.0]))
    assert runnable(LIMITS, 40.0, day).tolist() == [20.0, 5.0, 0.0]
    found = replan(LIMITS, 40.0, day)
    assert (found.run_mw <= day.exports + 1e-6).all()
    assert found.trade_mw[1] == pytest.approx(-15.0)
    over = replace(day, sold_mw=np.zeros(3))
    full = restoring(LIMITS, 60.0, over, np.ones(3, np.bool_))
    assert full.tolist() == pytest.approx([20.0, 0.0, 0.0])
    narrow = replace(over, export_mw=np.array([3.0, 5.0, 20.0]))
    assert restoring(LIMITS, 60.0, narrow, np.ones(3, np.bool_)).tolist() == [3.0, 5.0, 12.0]


@pytest.mark.long
def test_the_setpoint_gives_way_to_the_plant_and_the_check_sees_where_it_does_not(
    tmp_path: Path,
) -> None:
    assert main(["run", str(DESK), "--out", str(tmp_path / "run"), "--plain"]) == 0
    checked = verify("run", tmp_path / "run")
    assert checked.differences == ()
    steps = pl.read_parquet(tmp_path / "run" / "dispatch" / "battery.parquet")
    evening = steps.filter(pl.col("at").is_between(at(20), at(21), closed="left"))
    assert evening["sold"].to_list() == [20.0] * 60
    # 25 MW less the 7 that the plant makes, not the forecast's none.
    assert evening["setpoint"].max() == pytest.approx(18.0)
    spec, dispatch = battery()
    for more, is_good in (("0", True), ("2", False)):
        made = (dispatch.colocated.made or ()) if dispatch.colocated else ()
        assert dispatch.colocated is not None
        other = replace(dispatch.colocated, made=tuple(one + int(more) for one in made))
        changed = replace(spec, dispatch=replace(dispatch, colocated=other))
        tally = Tally()
        limits = LimitsAtSteps(load_desk(DESK), changed, steps)
        check_steps(tally, "steps", steps, limits.at(at(2))[1], 60, limits)
        assert (not tally.differences) == is_good


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("grid_export = 25\n", "", "give its limit as grid_export"),
        ("forecast = [0, 0,", "forecast = [0,", "23 powers up to 23 MW behind a connection of 25"),
        ("forecast = [0, 0,", "forecast = [0, 26,", "24 powers up to 26 MW behind a connection"),
        ("grid_export = 25\n", "grid_export = 25\nreoptimize = true\n", "leave one of them out"),
    ],
)
def test_a_plant_that_does_not_fit_is_refused(old: str, new: str, said: str) -> None:
    text = DESK.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(DeskError, match=said):
        parse_desk(text.replace(old, new, 1))
