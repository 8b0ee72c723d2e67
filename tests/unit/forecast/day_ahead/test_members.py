"""No member of the ensemble sees past its gate, and each says what it did for want of data."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead import (
    DayInput,
    GaussianProcessMember,
    LearMember,
    Market,
    Member,
    NetworkMember,
    TreesMember,
    design,
    lear_inputs,
    mae,
    weekly_naive,
)

MEMBERS: list[Member] = [
    LearMember(84),
    NetworkMember(84, networks=2, epochs=4),
    TreesMember(84, trees=20),
    GaussianProcessMember(84),
    GaussianProcessMember(84, penalty=None, linear=10.0),
]
DAY = 100


def forecast(market: Market, member: Member, day: int) -> np.ndarray:
    made = design(market, lear_inputs(market), market.first_day + 7, day + 1)
    return member.forecast(market, made, np.array([day]))[0].price


@pytest.mark.long
@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_permuting_what_became_known_after_the_gate_changes_no_forecast(
    market: Market, member: Member, seed: int
) -> None:
    day = market.first_day + DAY
    gate = int(market.gate(np.array([day]))[0])
    rng = np.random.default_rng(seed)
    quantities = {}
    for name, versions in market.history.quantities.items():
        values = versions.value.copy()
        later = versions.known_at > gate
        values[later] = rng.permutation(values[later]) * 3.0 - 20.0
        quantities[name] = dataclasses.replace(versions, value=values)
    other = dataclasses.replace(
        market, history=dataclasses.replace(market.history, quantities=quantities)
    )
    assert later.any()
    np.testing.assert_array_equal(forecast(market, member, day), forecast(other, member, day))


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_a_forecast_uses_the_newest_that_its_gate_knew(
    market: Market, changed: Callable[..., Market], member: Member
) -> None:
    day = market.first_day + DAY
    place = DAY * 24
    yesterday = changed("price", np.s_[0, place - 24 : place], 500.0)
    today = changed("load_mw", np.s_[0, place : place + 24], 90.0)
    made = forecast(market, member, day)
    assert np.abs(forecast(yesterday, member, day) - made).max() > 0.0
    assert np.abs(forecast(today, member, day) - made).max() > 0.0


@pytest.mark.long
def test_members_beat_the_weekly_naive_where_prices_follow_their_inputs(market: Market) -> None:
    first = market.first_day + DAY
    days = np.arange(first, first + 14)
    made = design(market, lear_inputs(market), market.first_day + 7, first + 14)
    real = market.prices(days)
    naive = mae(real, market.prices(days - 7))
    others = (NetworkMember(84), TreesMember(84), GaussianProcessMember(84))
    for member in (LearMember(84), *others):
        prices = np.array([day.price for day in member.forecast(market, made, days)])
        assert mae(real, prices) < 0.5 * naive, member.name


@pytest.mark.long
@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_a_missing_exogenous_forecast_is_named_and_done_without(
    market: Market, changed: Callable[..., Market], member: Member
) -> None:
    day = market.first_day + DAY
    holed = changed("wind_mw", np.s_[0, DAY * 24 + 3], np.nan)
    made = design(holed, lear_inputs(holed), market.first_day + 7, day + 1)
    found = member.forecast(holed, made, np.array([day]))[0]
    assert "wind_mw of 0 days before" in found.fallback
    assert np.isfinite(found.price).all()


def test_a_gap_of_all_prices_leads_to_older_weeks_and_then_to_nothing(
    market: Market, changed: Callable[..., Market]
) -> None:
    day = market.first_day + DAY
    gap = changed("price", np.s_[0, (DAY - 10) * 24 : DAY * 24], np.nan)
    assert weekly_naive(gap, day).fallback == "weekly naive of 14 days before"
    empty = changed("price", np.s_[:], np.nan)
    made = design(empty, lear_inputs(empty), market.first_day + 7, day + 1)
    for member in MEMBERS:
        found = member.forecast(empty, made, np.array([day]))[0]
        assert found.fallback == "no price of the last four weeks is known"
        assert np.isnan(found.price).all()


def test_an_input_that_knows_what_comes_after_the_gate_is_refused_by_name(market: Market) -> None:
    inputs = (*lear_inputs(market), DayInput("price", 0))
    with pytest.raises(ForecastError, match=r"leakage: price of 0 days before .* 1\.0 hours after"):
        design(market, inputs, market.first_day + 7, market.first_day + 20)
