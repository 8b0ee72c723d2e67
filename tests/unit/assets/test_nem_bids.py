"""Offers of a battery: bands rise, volume waits for its price, tables bring all of it back."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.battery_plan import Plan
from wattbook.assets.foresight import StoreLimits
from wattbook.assets.nem_bids import BidUnit, Curve, band_volumes, battery_offers, price_bands
from wattbook.assets.nem_offers import (
    BANDS,
    PERIODS,
    PRICE_CAP,
    PRICE_FLOOR,
    broken_pairs,
    broken_rules,
)
from wattbook.assets.nem_tables import check_tables, read_tables, write_tables
from wattbook.assets.reserves import FCAS

DAY = dt.date(2026, 4, 30)
MADE = dt.datetime(2026, 4, 29, 12)  # noqa: DTZ001 - AEMO's clock has no zone
SERVICE_MW = 8.0


@given(
    st.lists(st.floats(-2_000, 30_000), max_size=60),
    st.sampled_from([(PRICE_FLOOR, PRICE_CAP), (0.0, PRICE_CAP)]),
)
def test_ten_bands_rise_between_the_price_limits(
    prices: list[float], limits: tuple[float, float]
) -> None:
    bands = price_bands(prices, *limits)
    assert len(bands) == BANDS
    assert (bands[0], bands[-1]) == limits
    assert all(a < b for a, b in pairwise(bands))
    ends = {round(limit * 100) for limit in limits}
    distinct = {int(cent) for cent in np.round(np.clip(prices, *limits) * 100)}
    if len(distinct | ends) <= BANDS:
        assert distinct <= {round(band * 100) for band in bands}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["GEN", "LOAD"]))
def test_no_step_stands_at_a_better_price_than_its_own(seed: int, side: str) -> None:
    buys = side == "LOAD"
    chance = np.random.default_rng(seed)
    steps = chance.integers(1, 5)
    prices = chance.normal(60.0, 80.0, (PERIODS, steps))
    volumes = chance.uniform(0.0, 25.0, (PERIODS, steps))
    curve = Curve("ENERGY", side, prices, volumes, np.full(PERIODS, 100.0))
    bands = price_bands(prices, PRICE_FLOOR, PRICE_CAP)
    found = band_volumes(curve, bands)
    assert (found == np.round(found)).all()
    assert (found >= 0).all()
    assert (found.sum(axis=1) == 100.0).all()
    for price in (-100.0, 0.0, 40.0, 90.0, 300.0):
        taken = np.array(bands) >= price if buys else np.array(bands) <= price
        runs = (prices >= price) if buys else (prices <= price)
        is_rest = (price <= PRICE_FLOOR) if buys else (price >= PRICE_CAP)
        assert not is_rest
        offered = found[:, taken].sum(axis=1)
        assert (offered <= (volumes * runs).sum(axis=1) + 1e-6).all()


@pytest.mark.long
@settings(max_examples=3, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_offers_of_any_plan_keep_the_rules_and_survive_the_tables(seed: int) -> None:
    chance = np.random.default_rng(seed)
    limits = StoreLimits.symmetric(20.0, 40.0, round_trip=chance.uniform(0.7, 1.0))
    net = chance.choice([-20.0, 0.0, 20.0], PERIODS)
    energy = chance.uniform(0.0, 40.0, PERIODS)
    given = {name: chance.uniform(0.0, SERVICE_MW, PERIODS) for name in FCAS}
    none = np.zeros(PERIODS)
    plan = Plan(
        0.0, 0.0, np.maximum(-net, 0.0), np.maximum(net, 0.0), energy, given, none, none, none, {}
    )
    energy_prices = np.round(chance.normal(50.0, 120.0, PERIODS), 2)
    service_prices = {name: np.round(chance.exponential(9.0, PERIODS), 2) for name in FCAS}
    unit = BidUnit(
        "BATT1",
        "WATTBOOK",
        limits,
        dict.fromkeys(FCAS, SERVICE_MW),
        DAY,
        MADE,
        energy_prices,
        service_prices,
        10.0,
    )
    offers = battery_offers(unit, plan)
    # Energy and regulation on both sides, eight contingency services.
    assert len(offers) == 2 + 4 + 8
    assert not [broken for one in offers for broken in broken_rules(one)]
    assert not list(broken_pairs(offers))
    text = write_tables(offers, MADE)
    read = read_tables({"bids.csv": text.encode()})
    assert not check_tables(read)
    assert write_tables(read.offers, MADE) == text
    for mine, theirs in zip(offers, read.offers, strict=True):
        assert (mine.key, mine.prices) == (theirs.key, theirs.prices)
        assert (mine.periods.band_mw == theirs.periods.band_mw).all()
    planned = {name: np.floor(values + 1e-9) for name, values in given.items()}
    for one in offers:
        if one.direction == "BIDIRECTIONAL":
            # What the plan gives stands in the first band.
            assert (one.periods.band_mw[:, 0] >= planned[one.bid_type]).all()
    kept = battery_offers(unit, plan, {(one.bid_type, one.direction): one.prices for one in offers})
    assert [one.prices for one in kept] == [one.prices for one in offers]


def test_energy_waits_in_several_bands_for_what_stored_energy_is_worth() -> None:
    prices = np.where(np.arange(PERIODS) < 200, 20.0, 0.0) + np.linspace(0.0, 80.0, PERIODS)
    limits = StoreLimits.symmetric(20.0, 40.0, round_trip=0.85)
    energy = np.full(PERIODS, 20.0)
    none = np.zeros(PERIODS)
    plan = Plan(0.0, 0.0, none, none, energy, {}, none, none, none, {})
    unit = BidUnit("BATT1", "WATTBOOK", limits, {}, DAY, MADE, prices, {}, 20.0)
    generation, load = battery_offers(unit, plan)
    used = generation.periods.band_mw.sum(axis=0) > 0
    assert used.sum() > 2
    assert not used[0]  # nothing is given away at the floor
    # What is charged is worth more later, after losses.
    first = np.array(load.prices)[load.periods.band_mw[0] > 0]
    assert first.max() < prices.max() * 0.85
