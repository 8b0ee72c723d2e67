"""Gaussian processes: hours nearby count most, prices known since count, spikes teach little."""

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
    Market,
    design,
    lear_inputs,
)
from wattbook.forecast.day_ahead.gaussian_process import (
    changes,
    day_by_day,
    nearness,
    relevance,
)

DAY = 100


def week(market: Market, member: GaussianProcessMember) -> np.ndarray:
    first = market.first_day + DAY
    made = design(market, lear_inputs(market), market.first_day + 7, first + 7)
    days = np.arange(first, first + 7)
    return np.array([day.price for day in member.forecast(market, made, days)])


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 5), st.floats(0.01, 2.0))
def test_days_given_one_by_one_are_as_if_all_had_been_learnt_at_once(
    seed: int, n_past: int, n_days: int, noise: float
) -> None:
    rng = np.random.default_rng(seed)
    spots = rng.normal(size=(n_past + n_days, 3))
    whole = np.exp(-np.linalg.norm(spots[:, None] - spots, axis=2))
    prices = rng.normal(size=(n_past + n_days, 2))

    def given_first(count: int, asked: slice) -> tuple[np.ndarray, np.ndarray]:
        among = whole[:count, :count] + noise * np.eye(count)
        parts = np.linalg.solve(among, np.hstack([prices[:count], whole[:count, asked]]))
        between = whole[asked, :count]
        return between @ parts[:, :2], whole[asked, asked] - between @ parts[:, 2:]

    mean, spread = given_first(n_past, slice(n_past, None))
    errors = [prices[n_past : n_past + day] - mean[:day] for day in range(n_days)]
    found = day_by_day(mean, spread, noise, errors)
    for day in range(n_days):
        at = n_past + day
        once, _ = given_first(at, slice(at, at + 1))
        np.testing.assert_allclose(found[day], once[0], rtol=1e-7, atol=1e-9)


def test_a_day_that_is_not_known_in_whole_teaches_nothing() -> None:
    mean, spread = np.zeros((3, 2)), np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    error = np.array([[4.0, 2.0], [np.nan, 9.0]])
    found = day_by_day(mean, spread, 1.0, [error[:0], error[:1], error])
    np.testing.assert_allclose(found, [[0.0, 0.0], [1.0, 0.5], [1.0, 0.5]])


@given(st.integers(0, 23), st.integers(1, 24))
def test_hours_nearby_count_most_and_all_count(first: int, count: int) -> None:
    hours = np.arange(first, min(first + count, 24))
    near = nearness(hours)
    assert (near**2).mean() == pytest.approx(1.0)
    assert near.min() > 0.0
    assert (np.diff(near[hours[-1] :]) <= 0.0).all()
    assert (np.diff(near[: first + 1]) >= 0.0).all()


def test_of_yesterday_the_last_hours_count_for_the_morning_too(market: Market) -> None:
    counts = relevance(lear_inputs(market), np.arange(6)).reshape(-1, 24)
    yesterday, before = counts[:2]
    assert yesterday[23] > 1.2 * yesterday[15]
    assert before[23] == pytest.approx(before[15], rel=0.2)


@pytest.mark.long
@given(seed=st.integers(0, 2**32 - 1), after=st.integers(0, 5))
@settings(max_examples=5)
def test_a_day_of_a_week_knows_the_days_before_it_and_nothing_later(
    market: Market, seed: int, after: int
) -> None:
    gate = int(market.gate(np.array([market.first_day + DAY + after]))[0])
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
    member = GaussianProcessMember(84)
    one, two = week(market, member), week(other, member)
    np.testing.assert_array_equal(one[: after + 1], two[: after + 1])
    assert (one[after + 1 :] != two[after + 1 :]).any(axis=1).all()


def test_a_spike_teaches_less_the_heavier_the_tails(
    market: Market, changed: Callable[..., Market]
) -> None:
    place = (DAY - 20) * 24
    spiked = changed("price", np.s_[0, place : place + 24], 400.0)
    moved = [
        np.abs(week(spiked, member) - week(market, member)).mean()
        for member in (GaussianProcessMember(84), GaussianProcessMember(84, tail=1e9))
    ]
    assert moved[0] < 0.7 * moved[1]


@pytest.mark.parametrize("hours", [0, 5, 48])
def test_blocks_that_do_not_make_up_a_day_are_refused(hours: int) -> None:
    with pytest.raises(ForecastError, match=f"blocks of {hours} hours make no day"):
        GaussianProcessMember(84, block_hours=hours)


def test_changes_are_of_forecasts_that_are_known_of_both_days() -> None:
    inputs = tuple(DayInput(*one) for one in (("price", 1), ("wind", 1), ("wind", 0), ("sun", 0)))
    rows = np.random.default_rng(3).normal(size=(5, 24 * 4 + 7))
    moved = changes(inputs, rows)
    np.testing.assert_array_equal(moved[:, 0], rows[:, 48:72] - rows[:, 24:48])
    assert moved.shape == (5, 1, 24)
    assert changes(inputs[:1], rows[:, :24]).shape == (5, 0, 24)


@given(st.floats(0.1, 2.0), st.integers(0, 2**32 - 1))
def test_a_covariance_is_one_of_a_day_with_itself_and_positive_definite(
    power: float, seed: int
) -> None:
    member = GaussianProcessMember(84, power=power, linear=0.0, trend=0.0)
    spots, days = np.random.default_rng(seed).normal(size=(12, 5)), np.arange(12)
    found = member.covariance(spots, spots, days, days)
    np.testing.assert_allclose(np.diag(found), 1.0, atol=0.5 if power < 0.5 else 0.02)
    assert np.linalg.eigvalsh(found + member.noise * np.eye(12)).min() > 0.0


@pytest.mark.parametrize("power", [0.0, -1.0, 2.1, np.nan])
def test_powers_without_a_covariance_are_refused(power: float) -> None:
    with pytest.raises(ForecastError, match="gives no covariance"):
        GaussianProcessMember(84, power=power)
