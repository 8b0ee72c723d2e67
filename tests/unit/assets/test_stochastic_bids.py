"""Bids under uncertain prices: bounds that hold for every tree, and oracles in small cases."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wattbook.assets import StoreLimits, foresight, two_settlement_foresight
from wattbook.assets.battery_model import ReserveOffer
from wattbook.assets.battery_plan import Misses, Stage, plan_battery, worst_case
from wattbook.assets.reserves import AFRR_UP
from wattbook.assets.scenario_tree import PriceTree, forward_selection, price_tree
from wattbook.assets.stochastic_bids import stochastic_bids, stochastic_values
from wattbook.errors import InputError

BATTERY = StoreLimits.symmetric(1.0, 2.0, round_trip=0.85)
PRICES = st.integers(-40, 200).map(float)


@st.composite
def trees(draw: st.DrawFn) -> PriceTree:
    """A tree over four hours: three stages, at most two branches each."""
    paths = draw(st.integers(2, 6))
    rows = st.lists(PRICES, min_size=4, max_size=4)
    day_ahead = [draw(rows) for _ in range(paths)]
    real_time = [draw(rows) for _ in range(paths)]
    return price_tree(day_ahead, real_time, branches=(2, 2, 2))


@settings(max_examples=25, deadline=None)
@given(trees(), st.sampled_from([0.0, 25.0]))
def test_what_is_known_later_is_never_worth_less_than_nothing(
    tree: PriceTree, terminal_price: float
) -> None:
    values = stochastic_values(BATTERY, tree, terminal_price=terminal_price)
    scale = 1e-6 * (1 + abs(values.foresight))
    assert values.of_stochastic_solution >= -scale
    assert values.of_perfect_information >= -scale


@settings(max_examples=25, deadline=None)
@given(st.lists(PRICES, min_size=4, max_size=4), st.lists(PRICES, min_size=8, max_size=8))
def test_a_tree_of_one_scenario_earns_what_foresight_earns(
    day_ahead: list[float], real_time: list[float]
) -> None:
    tree = price_tree([day_ahead], [real_time], branches=(1, 1, 1))
    bids = stochastic_bids(BATTERY, tree)
    best = two_settlement_foresight(BATTERY, day_ahead, real_time, hours=0.5)
    assert bids.value == pytest.approx(best.value, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(trees())
def test_awards_follow_a_rising_curve_and_can_be_run(tree: PriceTree) -> None:
    bids = stochastic_bids(BATTERY, tree, steps=2)
    for hour, curve in enumerate(bids.curves):
        assert (np.diff(curve.prices) > 0).all()
        assert (np.diff(curve.powers) > 0).all()
        assert len(curve.powers) <= 2
        for scenario, price in enumerate(tree.day_ahead[:, hour]):
            assert curve.awarded(price) == pytest.approx(bids.award_mw[scenario, hour], abs=1e-6)
    for power in (*bids.award_mw, *bids.net_mw):
        # An inverter that does both in an interval loses more than its net power would.
        stored = np.where(power < 0, -power * 0.85**0.5, -power / 0.85**0.5).cumsum()
        assert stored.min() >= -1e-6
        assert np.abs(power).max() <= 1.0 + 1e-6


@settings(max_examples=20, deadline=None)
@given(trees())
def test_equal_pasts_have_equal_deeds(tree: PriceTree) -> None:
    bids = stochastic_bids(BATTERY, tree, discharge_cost=1.0)
    for interval in range(4):
        nodes = tree.nodes[tree.stage(interval)]
        for node in np.unique(nodes):
            net = bids.net_mw[nodes == node, interval]
            assert np.ptp(net) == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(trees(), st.sampled_from([0.0, 30.0]))
def test_a_known_scenario_is_worth_what_the_programme_of_it_says(
    tree: PriceTree, terminal: float
) -> None:
    values = stochastic_values(BATTERY, tree, terminal_price=terminal, initial_mwh=0.5)
    each = [
        stochastic_bids(
            BATTERY, tree.only(scenario), terminal_price=terminal, initial_mwh=0.5
        ).value
        for scenario in range(len(tree.probability))
    ]
    assert values.foresight == pytest.approx(float(tree.probability @ np.array(each)), abs=1e-6)
    assert values.of_stochastic_solution >= -1e-6
    assert values.of_perfect_information >= -1e-6


def test_bids_are_the_best_of_all_curves_on_a_grid() -> None:
    # One hour to buy, one to sell; lossless, so that whole MW are best and can all be tried.
    battery = StoreLimits.symmetric(1.0, 1.0)
    day_ahead = [[20.0, 60.0], [30.0, 40.0], [50.0, 45.0]]
    real_time = [[25.0, 50.0], [10.0, 55.0], [60.0, 70.0]]
    tree = price_tree(day_ahead, real_time, branches=(3, 1))
    assert len(tree.probability) == 3
    order = np.argsort(tree.day_ahead, axis=0)
    final = [foresight(battery, prices, hours=1.0).value for prices in tree.real_time]
    best = -np.inf
    rising = [c for c in itertools.product((-1, 0, 1), repeat=3) if list(c) == sorted(c)]
    for first, second in itertools.product(rising, rising):
        award = np.empty((3, 2))
        award[order[:, 0], 0], award[order[:, 1], 1] = first, second
        energy = -award.cumsum(axis=1)
        if energy.min() < 0 or energy.max() > 1:
            continue
        spread = ((tree.day_ahead - tree.real_time) * award).sum(axis=1)
        best = max(best, float(tree.probability @ (spread + final)))
    assert stochastic_bids(battery, tree).value == pytest.approx(best)


def test_fear_of_the_worst_cases_lifts_them_and_costs_the_mean() -> None:
    chance = np.random.default_rng(7)
    day_ahead = 50 + 20 * chance.standard_normal((40, 6))
    real_time = day_ahead - 4 + 30 * chance.standard_normal((40, 6))
    tree = price_tree(day_ahead, real_time, branches=(5, 3, 2))
    bold = stochastic_bids(BATTERY, tree)
    timid = stochastic_bids(BATTERY, tree, risk_weight=1.0, confidence=0.8)

    def worst(profit: NDArray[np.float64]) -> float:
        order = np.argsort(profit)
        weights = tree.probability[order]
        taken = np.minimum(weights, np.maximum(0.2 - (weights.cumsum() - weights), 0))
        return float(taken @ profit[order]) / 0.2

    assert timid.value == pytest.approx(worst(timid.profit))
    assert worst(timid.profit) >= worst(bold.profit) - 1e-6
    assert tree.probability @ timid.profit <= bold.value + 1e-6


def test_an_intraday_market_is_worth_its_spread() -> None:
    battery = StoreLimits.symmetric(1.0, 1.0)
    tree = price_tree([[30.0, 30.0]], [[30.0, 50.0]], intraday=[[20.0, 50.0]], branches=(1, 1, 1))
    none = stochastic_bids(battery, tree)
    some = stochastic_bids(battery, tree, intraday_mw=2.0)
    # Two MW bought at 20 intraday in the first hour are left to the real-time price of 30.
    assert some.value - none.value == pytest.approx(20.0)


def test_forward_selection_leaves_least_distance_at_its_first_step() -> None:
    chance = np.random.default_rng(3)
    paths = chance.standard_normal((30, 5))
    kept, target = forward_selection(paths, np.full(30, 1 / 30), 1)
    apart = np.linalg.norm(paths[:, None] - paths[None, :], axis=2).sum(axis=0)
    assert kept.tolist() == [int(np.argmin(apart))]
    assert (target == kept[0]).all()
    assert forward_selection(paths, np.full(30, 1 / 30), 99)[0].tolist() == list(range(30))


def test_a_tree_keeps_probability_and_prices_of_paths_that_are() -> None:
    chance = np.random.default_rng(4)
    day_ahead, real_time = chance.standard_normal((50, 4)), chance.standard_normal((50, 8))
    tree = price_tree(day_ahead, real_time, branches=(4, 2, 2))
    assert tree.probability.sum() == pytest.approx(1.0)
    assert len(tree.probability) <= 16
    assert {tuple(row) for row in tree.day_ahead} <= {tuple(row) for row in day_ahead}


def test_scenarios_that_differ_too_early_are_refused() -> None:
    nodes = np.array([[0, 0], [0, 1]])
    with pytest.raises(InputError, match="node of stage 0 differ"):
        PriceTree(np.full(2, 0.5), np.array([[1.0], [2.0]]), None, np.ones((2, 1)), nodes)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(PRICES, min_size=4, max_size=4),
    st.lists(st.integers(0, 60).map(float), min_size=4, max_size=4),
    st.integers(0, 4),
)
def test_the_worst_case_is_that_of_all_sets_of_missed_prices(
    prices: list[float], missed: list[float], budget: int
) -> None:
    misses = Misses(missed, float(budget))
    found = plan_battery(BATTERY, prices, hours=1.0, misses=misses)
    net = found.export_mw - found.import_mw
    losses = np.abs(net) * missed
    worst = min(
        found.value - sum(losses[list(chosen)])
        for chosen in itertools.combinations(range(4), budget)
    )
    assert found.worst == pytest.approx(worst, abs=1e-6)
    assert worst_case(found.value, net, misses) == pytest.approx(worst, abs=1e-6)
    # No schedule that is best at some prices within the budget does better in its own worst case.
    for chosen in itertools.combinations(range(4), budget):
        for sign in (1.0, -1.0):
            other = np.array(prices)
            other[list(chosen)] += sign * np.array(missed)[list(chosen)]
            rival = foresight(BATTERY, other, hours=1.0)
            value = float(np.array(prices) @ rival.net_mwh)
            assert found.worst >= worst_case(value, rival.net_mwh, misses) - 1e-6


def test_no_budget_trusts_the_forecast() -> None:
    prices = [20.0, 70.0, 10.0, 90.0]
    found = plan_battery(BATTERY, prices, hours=1.0, misses=Misses([50.0] * 4, 0.0))
    assert found.worst == found.value
    assert found.worst == pytest.approx(foresight(BATTERY, prices, hours=1.0).value)


def test_what_is_sold_ahead_is_not_feared_for_and_reserves_are_worth_more() -> None:
    prices, ahead = np.array([20.0, 70.0, 10.0, 90.0]), np.array([22.0, 68.0, 12.0, 88.0])
    misses = Misses([60.0] * 4, 4.0)
    stage = (Stage("day-ahead", ahead),)
    alone = plan_battery(BATTERY, prices, hours=1.0, misses=misses)
    sold = plan_battery(BATTERY, prices, hours=1.0, misses=misses, stages=stage)
    # All prices may fall or rise beyond what they are worth: only what is sold ahead is safe.
    assert alone.worst == pytest.approx(0.0, abs=1e-9)
    left = sold.export_mw - sold.import_mw - sold.traded_mw["day-ahead"]
    assert sold.worst > 100.0
    assert worst_case(sold.value, left, misses) == pytest.approx(sold.worst, abs=1e-6)
    reserve = (ReserveOffer(AFRR_UP, np.full(4, 15.0), 1.0),)
    kept = plan_battery(
        BATTERY, prices, hours=1.0, misses=misses, reserves=reserve, initial_mwh=BATTERY.ceiling_mwh
    )
    assert kept.reserves_mw["aFRR up"] == pytest.approx(1.0)
    assert kept.worst == pytest.approx(4 * 15.0)


def test_a_budget_below_zero_is_refused() -> None:
    with pytest.raises(InputError, match="budget of -1"):
        plan_battery(BATTERY, [1.0], hours=1.0, misses=Misses([1.0], -1.0))


@pytest.mark.parametrize("hours", [23, 25])
def test_a_day_when_the_clock_changes_has_stages_of_whole_intervals(hours: int) -> None:
    draw = np.random.default_rng(hours)
    tree = price_tree(
        draw.normal(50.0, 9.0, (20, hours)), draw.normal(50.0, 9.0, (20, 4 * hours)),
        branches=(3, 2, 2),
    )  # fmt: skip
    lengths = [block.shape[1] for block in tree.by_stage()[1:]]
    assert sum(lengths) == 4 * hours
    assert max(lengths) - min(lengths) <= 1
    told = [tree.stage(interval) for interval in range(4 * hours)]
    assert [told.count(stage) for stage in (1, 2)] == lengths
    assert told == sorted(told)
    found = stochastic_bids(StoreLimits.symmetric(1.0, 2.0), tree)
    assert np.isfinite(found.value)
