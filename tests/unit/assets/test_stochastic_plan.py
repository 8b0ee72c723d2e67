"""Stochastic plans with reserves, site and wear, against the programmes of known prices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets import StoreLimits
from wattbook.assets.battery_model import ReserveOffer, Site
from wattbook.assets.battery_plan import Stage, Wear, plan_battery
from wattbook.assets.reserves import AFRR_UP, FCR
from wattbook.assets.scenario_tree import PriceTree, price_tree
from wattbook.assets.stochastic_bids import stochastic_bids
from wattbook.assets.stochastic_plan import stochastic_plan
from wattbook.errors import InputError

BATTERY = StoreLimits.symmetric(1.0, 2.0, round_trip=0.85)
SITE = Site(import_mw=0.8, export_mw=1.2, import_fee=3.0, auxiliary_mw=0.02,
            generation_mw=np.linspace(0.0, 1.0, 8))  # fmt: skip
WEAR = Wear(throughput_cost=2.0, depth_costs=(1.0, 6.0))
RESERVES = (
    ReserveOffer(FCR, np.full(8, 9.0), 0.5),
    ReserveOffer(AFRR_UP, np.array([4.0] * 4 + [30.0] * 4), 1.0),
)
TERMS: dict[str, Any] = {
    "reserves": RESERVES,
    "site": SITE,
    "wear": WEAR,
    "ramp_mw": 1.5,
    "initial_mwh": 1.0,
}


def tree_of(seed: int, branches: tuple[int, ...] = (2, 2, 2)) -> PriceTree:
    """A tree over eight hours."""
    chance = np.random.default_rng(seed)
    day_ahead = 50 + 40 * chance.standard_normal((6, 8))
    return price_tree(day_ahead, day_ahead + 30 * chance.standard_normal((6, 8)), branches=branches)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_a_known_scenario_is_planned_as_at_known_prices(seed: int) -> None:
    tree = tree_of(seed).only(0)
    found = stochastic_plan(BATTERY, tree, terminal_price=20.0, **TERMS)
    known = plan_battery(
        BATTERY, tree.real_time[0], hours=1.0, terminal_price=20.0,
        stages=(Stage("day-ahead", tree.day_ahead[0]),), **TERMS,
    )  # fmt: skip
    assert found.value == pytest.approx(known.value, abs=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 4.0]))
def test_without_reserves_and_site_it_is_worth_what_the_second_formulation_says(
    seed: int, cost: float
) -> None:
    tree = tree_of(seed)
    # What leaves the cells is worn here, what reaches the meter there.
    wear = Wear(throughput_cost=cost * BATTERY.discharge_efficiency)
    found = stochastic_plan(BATTERY, tree, wear=wear, steps=3)
    bids = stochastic_bids(BATTERY, tree, discharge_cost=cost, steps=3)
    assert found.value == pytest.approx(bids.value, abs=1e-6)


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10_000))
def test_what_is_sold_can_be_run_and_equal_pasts_have_equal_deeds(seed: int) -> None:
    tree = tree_of(seed)
    found = stochastic_plan(BATTERY, tree, **TERMS)
    up = found.reserves_mw["FCR"] * 1.25 + found.reserves_mw["aFRR up"]
    down = found.reserves_mw["FCR"] * 1.25
    assert (found.net_mw + up).max() <= SITE.export_mw + 1e-6
    assert (found.net_mw - down).min() >= -SITE.import_mw - 1e-6
    one_way = 0.85**0.5
    kept = (found.reserves_mw["FCR"] * 0.25 + found.reserves_mw["aFRR up"]) / one_way
    room = found.reserves_mw["FCR"] * 0.25 * one_way
    assert (found.energy_mwh - kept).min() >= -1e-6
    assert (found.energy_mwh + room).max() <= 2.0 + 1e-6
    for interval in range(8):
        nodes = tree.nodes[tree.stage(interval)]
        for node in np.unique(nodes):
            assert np.ptp(found.net_mw[nodes == node, interval]) == pytest.approx(0.0, abs=1e-6)
    # Who knows the scenario before reserves are sold earns no less.
    known = [
        stochastic_plan(BATTERY, tree.only(number), **TERMS).value
        for number in range(len(tree.probability))
    ]
    assert found.value <= float(tree.probability @ np.array(known)) + 1e-6
    for hour, curve in enumerate(found.curves):
        assert (np.diff(curve.powers) > 0).all()
        for number, price in enumerate(tree.day_ahead[:, hour]):
            assert curve.awarded(price) == pytest.approx(found.award_mw[number, hour], abs=1e-6)


def test_a_reserve_that_is_called_and_limits_in_conflict_are_refused() -> None:
    called = (ReserveOffer(AFRR_UP, np.full(8, 9.0), 0.5, called_share=0.1),)
    with pytest.raises(InputError, match="aFRR up is called as energy"):
        stochastic_plan(BATTERY, tree_of(1), reserves=called)
    with pytest.raises(InputError, match=r"in conflict: .*auxiliary"):
        stochastic_plan(BATTERY, tree_of(1), site=Site(import_mw=0.1, auxiliary_mw=5.0))
