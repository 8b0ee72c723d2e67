"""Day-ahead bids from past days know nothing of the day."""

import datetime as dt

import numpy as np
import pytest

from wattbook.assets import StoreLimits
from wattbook.assets.stochastic_bids import stochastic_bids
from wattbook.errors import InputError
from wattbook.runtime.hub_battery import HubDays
from wattbook.runtime.hub_stochastic import past_tree, stochastic_earnings

BATTERY = StoreLimits.symmetric(1.0, 2.0, round_trip=0.85)


def hub(premium: float = 0.0) -> HubDays:
    """Return six days whose day-ahead prices are above real time in the evening."""
    chance = np.random.default_rng(2)
    day_ahead = 40 + 10 * chance.standard_normal((6, 24))
    real_time = np.repeat(day_ahead, 4, axis=1)
    day_ahead[:, 18:20] += premium
    return HubDays(tuple(dt.date(2030, 1, 7 + day) for day in range(6)), day_ahead, real_time)


def test_a_changed_future_leaves_the_tree_as_it_was() -> None:
    known, changed = hub(), hub()
    changed.day_ahead[4:] += 500.0
    changed.real_time[4:] -= 500.0
    one, other = past_tree(known, 4), past_tree(changed, 4)
    for name in ("probability", "day_ahead", "real_time", "nodes"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_lasting_premium_is_sold_day_ahead_and_bought_back() -> None:
    days = hub(premium=50.0)
    found = stochastic_earnings(days, BATTERY)
    assert len(found.days) == len(found.awards) == 5
    # Sold in both hours as far as the award could be run from empty cells: 1 MW each needs
    # 2 / 0.85 ** 0.5 MWh in the cells, and the cells hold 2.
    assert found.awards == pytest.approx(np.full(5, 50.0 * 2 * 0.85**0.5), rel=1e-6)
    bids = stochastic_bids(BATTERY, past_tree(days, 5))
    powers = [bids.curves[hour].awarded(90.0) for hour in (18, 19)]
    assert sum(powers) == pytest.approx(2 * 0.85**0.5)


@pytest.mark.long
def test_what_the_trees_say_stands_beside_what_came() -> None:
    days = hub(premium=50.0)
    found = stochastic_earnings(days, BATTERY)
    assert len(found.on_tree) == len(found.plain_awards) == 5
    for day, values in enumerate(found.on_tree, start=1):
        bids = stochastic_bids(BATTERY, past_tree(days, day), steps=24)
        assert values.stochastic == pytest.approx(bids.value)
        assert values.expected <= values.stochastic + 1e-6 <= values.foresight + 2e-6
    # Of one past day everything is known: curves and mean prices say the same.
    first = found.on_tree[0]
    assert first.of_stochastic_solution == pytest.approx(0.0, abs=1e-6)
    assert first.of_perfect_information == pytest.approx(0.0, abs=1e-6)


def test_the_first_day_has_no_past() -> None:
    with pytest.raises(InputError, match="no past"):
        past_tree(hub(), 0)
