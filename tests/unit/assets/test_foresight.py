"""Bounds: worked answers, and what two settlements add."""

import numpy as np
import pytest

from wattbook.assets.foresight import StoreLimits, foresight, two_settlement_foresight
from wattbook.assets.offer_plan import OfferPlan, run_offers
from wattbook.errors import InputError

BATTERY = StoreLimits.symmetric(1.0, 2.0, round_trip=0.81)


def test_energy_left_in_the_cells_is_priced() -> None:
    kept = foresight(BATTERY, [10.0], hours=1.0, terminal_price=50.0)
    assert kept.value == pytest.approx(0.9 * 50 - 10)
    assert kept.energy_mwh[-1] == pytest.approx(0.9)


def test_fees_and_wear_are_paid() -> None:
    free = foresight(BATTERY, [10.0, 100.0], hours=1.0)
    paid = foresight(BATTERY, [10.0, 100.0], hours=1.0, charge_fee=3.0, discharge_cost=2.0)
    assert paid.value == pytest.approx(free.value - 3.0 - 0.81 * 2.0)


def test_an_award_and_what_runs_keep_the_limits_apart() -> None:
    both = two_settlement_foresight(BATTERY, [10.0, 90.0], [60.0, 60.0, 10.0, 10.0], hours=0.5)
    # Award: buy cheap day-ahead, sell dear; what runs: nothing pays at falling real-time prices.
    assert both.award.net_mwh == pytest.approx([-1.0, 0.81])
    assert both.final.net_mwh == pytest.approx(0.0)
    assert both.value == pytest.approx(50 + 0.81 * 80)


def test_periods_that_do_not_divide_are_refused() -> None:
    with pytest.raises(InputError, match="3 real-time prices do not divide 2 day-ahead periods"):
        two_settlement_foresight(BATTERY, [1.0, 2.0], [1.0, 2.0, 3.0], hours=1.0)
    with pytest.raises(InputError, match="prices: interval 1 is nan"):
        foresight(BATTERY, [1.0, np.nan], hours=1.0)
    with pytest.raises(InputError, match="initial_mwh is 3"):
        foresight(BATTERY, [1.0], hours=1.0, initial_mwh=3.0)


def test_offers_run_as_they_say_and_keep_the_cells_within_their_limits() -> None:
    prices = np.random.default_rng(5).normal(40.0, 60.0, (9, 24))
    day_ahead = np.tile(40.0 + 20.0 * np.sin(np.arange(24) / 3), (9, 1))
    plan = OfferPlan(BATTERY, day_ahead[:8], prices[:8], day_ahead[8], hours=1.0)
    run = run_offers(plan, BATTERY, prices[8], hours=1.0)
    assert ((run.energy_mwh >= 0) & (run.energy_mwh <= 2)).all()
    assert run.value == pytest.approx(float(run.power_mw @ prices[8]))
    level, energy = 0.0, 0.0
    for interval, price in enumerate(prices[8]):
        steps = plan.offer(interval, level=level, energy_mwh=energy)
        said = sum(
            step.power_mw
            for step in steps
            if (price <= step.price if step.power_mw < 0 else price >= step.price)
        )
        assert run.power_mw[interval] == pytest.approx(said)
        level = plan.level_after(interval, price, level=level)
        energy = run.energy_mwh[interval]


def test_past_days_of_another_length_are_refused() -> None:
    with pytest.raises(InputError, match="do not fit a day of 24 intervals"):
        OfferPlan(BATTERY, np.zeros((2, 23)), np.zeros((2, 23)), np.zeros(24), hours=1.0)
