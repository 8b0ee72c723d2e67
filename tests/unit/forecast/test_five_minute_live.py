"""Live five-minute forecasts: refitted beside, swapped in, none missed; their page and names."""

import re

import numpy as np
import pytest

from wattbook.forecast.five_minute import (
    FiveMinuteBacktest,
    FiveMinuteMarket,
    forecast_test,
    inputs,
)
from wattbook.forecast.five_minute.live import forecast_live
from wattbook.forecast.five_minute.market import SLOTS
from wattbook.forecast.five_minute.names import input_names
from wattbook.forecast.five_minute.one_step import fit_one_step, warmed
from wattbook.runtime.report.forecast import forecast_page, regimes

SMALL = FiveMinuteBacktest(
    test_days=2, warm_up_days=1, refit_days=1, window_days=20, trees=8, depth=3, leaf_rows=40
)


def market(days: int, seed: int = 3, ahead_slots: int = -1) -> FiveMinuteMarket:
    rng = np.random.default_rng(seed)
    slot = np.arange(days * SLOTS) + 19_000 * SLOTS
    swing = 30.0 + 15.0 * np.sin(slot % SLOTS / SLOTS * 2 * np.pi)
    noise = np.zeros(slot.size)
    for place, step in enumerate(rng.normal(0.0, 3.0, slot.size)):
        noise[place] = 0.6 * noise[place - 1] + step
    price = swing + noise
    price[rng.random(slot.size) < 0.01] += 200.0
    return FiveMinuteMarket("TEST", slot, price, 5_000.0 + 10.0 * swing, ahead_slots)


@pytest.mark.parametrize("ahead_slots", [-1, 12])
def test_every_input_has_a_name(ahead_slots: int) -> None:
    names = input_names(ahead_slots)
    assert len(names) == len(set(names)) == inputs(market(10, ahead_slots=ahead_slots)).shape[1]


def test_a_warm_up_learns_what_the_base_could_not_know() -> None:
    here = market(40)
    table = inputs(here)
    move = here.price - table[:, 0]
    old, new = slice(10 * SLOTS, 25 * SLOTS), slice(25 * SLOTS, 38 * SLOTS)
    # Since the base was fitted prices turn each time.
    move[25 * SLOTS :] = -0.8 * (table[25 * SLOTS :, 1] - 0.0)
    base = fit_one_step(SMALL, table[old], move[old], "base")
    warm = warmed(base, SMALL, table[new], move[new], "warm")
    asked, came = table[38 * SLOTS :], move[38 * SLOTS :]
    errors = [np.abs(each.predict(asked)[:, 0] - came).mean() for each in (base, warm)]
    assert errors[1] < 0.9 * errors[0]
    again = warmed(warm, SMALL, table[new], move[new], "again")
    assert np.array_equal(again.predict(asked), warm.predict(asked))
    low, high = warm.predict(asked)[:, 2], warm.predict(asked)[:, 3]
    assert (low <= warm.predict(asked)[:, 0]).all()
    assert (warm.predict(asked)[:, 0] <= high).all()


@pytest.mark.long
def test_a_live_stretch_misses_no_forecast_and_swaps_within_a_tick() -> None:
    figures = forecast_live(market(22), SMALL, 45)
    assert figures.asked == figures.answered == 45
    # Each quarter of an hour but the last, whose model nobody asks any more.
    assert figures.refits == 45 // 3 - 1
    # While a refit was under way others were answered, by the model before.
    assert figures.between > figures.refits
    assert max(figures.refit_seconds) < 60.0
    # A tick of this market is five minutes; a swap is an assignment.
    assert max(figures.swap_seconds) < 1.0
    assert len(figures.errors) == 45
    assert figures.drift is not None


@pytest.mark.long
def test_the_future_changes_no_live_forecast() -> None:
    here = market(24)
    other = market(24)
    later = slice(-9, None)
    other.price[later] = np.random.default_rng(1).permutation(other.price[later]) * 3.0
    made, changed = forecast_live(here, SMALL, 18), forecast_live(other, SMALL, 18)
    assert made.errors[:9] == changed.errors[:9]
    assert made.errors[9:] != changed.errors[9:]


def test_the_page_has_its_plots_and_regimes_know_only_the_past() -> None:
    made = forecast_test(market(45), SMALL)
    page = forecast_page("TEST", made)
    assert len(re.findall("<figure", page)) == 3
    assert "expected calibration error" in page
    assert "regime" in page
    assert "nan" not in page.lower().replace("finance", "")
    before = regimes(made)
    assert set(before.tolist()) == {-1, 0, 1, 2, 3}
    assert (before[:12] == -1).all()
