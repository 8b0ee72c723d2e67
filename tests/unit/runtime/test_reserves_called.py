"""Reserves of a dispatched battery: sold by block, called, delivered, and restored."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.assets.dispatch import Delivery, SetpointLimits
from wattbook.assets.dispatch.dispatcher import needed
from wattbook.assets.dispatch.replan import Outlook, energy_with, restoring, runnable
from wattbook.errors import DeskError
from wattbook.runtime.desk import load_desk, parse_desk
from wattbook.runtime.desk.spec import BatterySpec
from wattbook.runtime.dispatch.calls import called_by, called_mwh, calls_of, price_of
from wattbook.runtime.dispatch.entry import limits_of
from wattbook.runtime.dispatch.reserve import activated

DESK = Path(__file__).parents[3] / "examples" / "reserves_day.toml"
HOUR = 3_600 * 10**9
DAY = dt.date(2026, 6, 29)
MWH = st.floats(-5.0, 5.0)


def battery() -> BatterySpec:
    (spec,) = load_desk(DESK).strategy
    assert isinstance(spec, BatterySpec)
    return spec


def at(hour: int, minute: int = 0) -> int:
    """Return an instant of the day in summer time, ns UTC."""
    return round(dt.datetime(2026, 6, 29, hour - 2, minute, tzinfo=dt.UTC).timestamp()) * 10**9


@given(st.dictionaries(st.sampled_from("abcd"), MWH, min_size=1), MWH)
def test_what_is_delivered_lies_within_what_is_called_and_the_deviation(
    called: dict[str, float], deviation: float
) -> None:
    found = activated(called, deviation)
    for product, energy in called.items():
        assert min(energy, 0.0) - 1e-9 <= found[product] <= max(energy, 0.0) + 1e-9
    most = sum(max(energy, 0.0) for energy in called.values())
    least = sum(min(energy, 0.0) for energy in called.values())
    # The operator takes the whole deviation off the imbalance, as far as it was called.
    assert sum(found.values()) == pytest.approx(min(max(deviation, least), most), abs=1e-9)


def test_fcr_is_paid_by_block_and_not_sold_where_the_block_pays_less_than_asked() -> None:
    spec = battery()
    assert spec.dispatch is not None
    fcr = spec.dispatch.reserve[0]
    found = [price_of(fcr, at(hour), "Europe/Berlin") for hour in (2, 4, 8, 12, 16, 20)]
    assert found == [14.2, 12.1, None, None, 13.5, 16.7]


def test_prices_of_blocks_may_be_given_in_place_of_an_auction() -> None:
    text = DESK.read_text(encoding="utf-8")
    head, _, rest = text.partition("[strategy.dispatch.reserve.auction]")
    rest = rest.partition("[[strategy.dispatch.reserve.call]]")[2]
    given = "block_prices = [14.2, 12.1, 9.8, 8.4, 13.5, 16.7]\n[[strategy.dispatch.reserve.call]]"
    (spec,) = parse_desk(f"{head}{given}{rest}").strategy
    assert isinstance(spec, BatterySpec)
    assert spec.dispatch is not None
    cleared = battery().dispatch
    assert cleared is not None
    assert spec.dispatch.reserve[0].blocks == cleared.reserve[0].blocks


def test_calls_follow_the_clock_of_the_market() -> None:
    spec = battery()
    assert spec.dispatch is not None
    calls = calls_of(spec.dispatch, DAY, "Europe/Berlin")
    assert called_by(calls, at(16, 35)) == {"aFRR up": 4.0}
    assert called_by(calls, at(17, 10)) == {}
    assert called_mwh(calls, at(3), at(4), "FCR") == pytest.approx(2.5 / 12 - 3 / 15)
    assert called_mwh(calls, at(17), at(17, 15)) == pytest.approx(4 / 6)


def test_a_call_frees_the_power_and_the_energy_that_were_held_for_it() -> None:
    spec = battery()
    assert spec.dispatch is not None
    one_way = float(spec.efficiency) ** 0.5
    held = limits_of(spec, spec.dispatch)
    # FCR holds a quarter on top, both ways; an hour of aFRR and a quarter-hour of FCR is kept.
    assert (held.discharge_mw, held.charge_mw) == (11.0, 15.0)
    assert held.floor_mwh == pytest.approx(5 / one_way)
    assert held.ceiling_mwh == pytest.approx(40 - one_way)
    called = limits_of(spec, spec.dispatch, {"aFRR up": 3.0, "FCR": -2.0})
    assert (called.discharge_mw, called.charge_mw) == (14.0, 17.0)
    assert called.floor_mwh == pytest.approx(2 / one_way)
    assert called.ceiling_mwh == pytest.approx(40 - one_way / 2)


def test_what_was_called_is_none_of_what_was_sold() -> None:
    # Half of the hour is over: 5 of 10 MWh were delivered, and 2 MWh that were called.
    delivery = Delivery(0, HOUR, 10.0, called_mw=4.0, called_mwh=2.0)
    assert needed(HOUR // 2, delivery, 7.0) == pytest.approx(14.0)
    assert needed(HOUR // 2, delivery, 6.0) == pytest.approx(16.0)


@given(
    st.floats(-4.0, 24.0),
    st.lists(st.tuples(st.floats(-6.0, 6.0), st.booleans()), min_size=1, max_size=8),
)
def test_cells_that_a_call_left_too_low_or_high_are_brought_back_within_the_limits(
    energy: float, periods: list[tuple[float, bool]]
) -> None:
    limits = SetpointLimits(
        charge_mw=5, discharge_mw=4, floor_mwh=2, ceiling_mwh=18, charge_efficiency=0.9,
        discharge_efficiency=0.9,
    )  # fmt: skip
    sold = np.array([power for power, _ in periods])
    is_open = np.array([is_open for _, is_open in periods])
    count = len(periods)
    outlook = Outlook(0.5, sold, np.ones(count), np.zeros(count), np.zeros(count))
    trade = restoring(limits, energy, outlook, is_open)
    assert not trade[~is_open].any()
    assert np.abs(trade * 10 - np.round(trade * 10)).max() < 1e-6
    programme = runnable(limits, energy, outlook) + trade
    assert programme.max() <= 4 + 1e-9
    assert programme.min() >= -5 - 1e-9
    if limits.floor_mwh <= energy <= limits.ceiling_mwh:
        assert not trade.any()
    # Each trade goes the way that is missing, and none goes past it.
    below = energy < limits.floor_mwh
    assert ((trade <= 0) if below else (trade >= 0)).all()
    for place in np.flatnonzero(trade):
        before = energy
        for run in programme[: place + 1]:
            before = energy_with(limits, before, float(run) * 0.5)
        if below:
            assert before <= limits.floor_mwh + 1e-6
        else:
            assert before >= limits.ceiling_mwh - 1e-6


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('direction = "both"', 'direction = "up"', r"reserve\[0\].direction: FCR is symmetric"),
        ("until = 03:05:00", "until = 03:00:00", "03:00:00 is not after 03:00:00"),
        ("at = 03:20:00", "at = 03:04:00", "overlap; give one power at a time"),
        ("power = 2.5", "power = 4.5", "4.5 MW of 'FCR', which is sold for -4 to 4 MW"),
        ("17:10:00\npower = 4", "17:10:00\npower = -4", "sold for 0 to 4 MW"),
        ("at = 03:20:00\nuntil = 03:24:00", "at = 07:50:00\nuntil = 08:01:00",
         "block 3 of the day does not take 'FCR' at the 10"),
        ('product = "aFRR up"', 'product = "FCR"', "'FCR' stands twice"),
        ("440, 520]", "440]", "give a list of 6"),
        ("440, 520]", "440, 900]", "block 6 of the day lacks 366 MW of 'FCR'; give"),
        ("penalty = 30\n", "penalty = 30\nblock_prices = [1, 2, 3, 4, 5, 6]\n", "one of them out"),
    ],
)  # fmt: skip
def test_reserves_that_do_not_fit_are_refused(old: str, new: str, said: str) -> None:
    text = DESK.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(DeskError, match=said):
        parse_desk(text.replace(old, new, 1))
