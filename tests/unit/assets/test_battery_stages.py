"""A battery that sells in markets one after the other: positions that it could run."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.battery_plan import ReserveOffer, Site, Wear, plan_battery
from wattbook.assets.foresight import StoreLimits, two_settlement_foresight
from wattbook.assets.positions import Committed, Stage
from wattbook.assets.reserves import AFRR_UP
from wattbook.errors import InputError

BATTERY = StoreLimits.symmetric(1.0, 2.0, round_trip=0.81)
PRICES = st.lists(st.floats(-80, 300), min_size=3, max_size=8)


@settings(max_examples=20)
@given(PRICES, st.data())
def test_one_stage_equals_exact_two_settlement_foresight(day_ahead: Any, data: Any) -> None:
    count = 4 * len(day_ahead)
    real = data.draw(st.lists(st.floats(-80, 300), min_size=count, max_size=count))
    plan = plan_battery(
        BATTERY,
        real,
        hours=0.25,
        initial_mwh=1.0,
        terminal_price=20.0,
        stages=(Stage("day-ahead", day_ahead),),
    )
    best = two_settlement_foresight(
        BATTERY, day_ahead, real, hours=0.25, initial_mwh=1.0, terminal_price=20.0
    )
    assert plan.value == pytest.approx(best.value, abs=1e-5)
    award = plan.traded_mw["day-ahead"]
    assert (award.reshape(-1, 4) == award[::4, None]).all()


@settings(max_examples=20)
@given(st.lists(st.floats(-80, 300), min_size=24, max_size=24), st.floats(0, 5))
def test_cash_of_all_stages_adds_up_and_each_position_could_run(prices: Any, cost: float) -> None:
    random = np.random.default_rng(int(abs(prices[0]) * 1e3))
    real = np.array(prices)
    first, second = random.normal(60, 40, 6), real + random.normal(0, 20, 24)
    stages = (Stage("day-ahead", first), Stage("IDA1", second, cost=cost, max_mw=0.4))
    reserve = ReserveOffer(AFRR_UP, np.full(24, 8.0), max_mw=0.5)
    plan = plan_battery(
        BATTERY, real, hours=0.25, initial_mwh=1.0, stages=stages, reserves=(reserve,)
    )
    sold, later = plan.traded_mw["day-ahead"], plan.traded_mw["IDA1"]
    held = plan.reserves_mw[AFRR_UP.name]
    assert (np.abs(later) <= 0.4 + 1e-9).all()
    for position in (sold, sold + later):
        assert (position + held <= 1.0 + 1e-7).all()
        assert (position >= -1.0 - 1e-7).all()
        # Least energy that runs the position: no charge and discharge at once.
        moved = np.where(position > 0, position / 0.9, position * 0.9) * 0.25
        level = 1.0 - np.cumsum(moved)
        assert (level >= AFRR_UP.sustain_hours * held / 0.9 - 1e-6).all()
    net = plan.export_mw - plan.import_mw
    cash = 0.25 * (
        np.repeat(first, 4) @ sold
        + second @ later
        - cost * np.abs(later).sum()
        + real @ (net - sold - later)
        + 8.0 * held.sum()
    )
    assert plan.value == pytest.approx(cash, abs=1e-5)


def test_a_position_counts_what_the_wind_beside_the_battery_makes() -> None:
    site = Site(export_mw=1.5, generation_mw=np.array([1.0, 0.0]))
    stage = Stage("day-ahead", [100.0, 90.0])
    plan = plan_battery(BATTERY, [10.0, 10.0], hours=1.0, site=site, stages=(stage,))
    # It could run 1 MW of wind, or keep 1 MW and sell it in the second hour less what is lost.
    assert plan.traded_mw["day-ahead"] == pytest.approx([1.0, 0.0])
    # In real time all is bought back at 10 and made again: nothing is gained by the cells.
    assert plan.value == pytest.approx(100.0)


def test_a_stage_that_does_not_fit_is_refused() -> None:
    for stages, text in (
        ((Stage("DA", [1.0, 2.0]),), "3 intervals do not divide the 2 periods of DA"),
        ((Stage("DA", [1.0]), Stage("DA", [1.0])), "two stages are called 'DA'"),
        ((Stage("DA", [1.0], cost=-1.0),), "give both from zero"),
    ):
        with pytest.raises(InputError, match=text):
            plan_battery(BATTERY, [1.0, 2.0, 3.0], hours=1.0, stages=stages)
    both = Committed([0.0], [1.0], [1.0])
    with pytest.raises(InputError, match="give one of them"):
        plan_battery(BATTERY, [1.0], hours=1.0, committed=both, stages=(Stage("DA", [1.0]),))


def test_limits_that_no_position_keeps_name_the_stage() -> None:
    site = Site(import_mw=0.1, auxiliary_mw=0.2)
    with pytest.raises(InputError, match="grid import"):
        plan_battery(
            BATTERY, [1.0, 1.0], hours=1.0, site=site, wear=Wear(), stages=(Stage("DA", [1.0]),)
        )
