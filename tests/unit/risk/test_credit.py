"""Exposure on paths against plain sums and closed forms; collateral, netting, CVA."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.risk.credit import (
    CollateralTerms,
    DealLoadings,
    ExposureProfile,
    ForwardMoves,
    credit_valuation_adjustment,
    exposures,
    profile_of,
    simulated_moves,
)

MOVES = ForwardMoves(near=40.0, reversion=3.0, level=10.0)
TERMS = st.builds(
    CollateralTerms,
    threshold=st.floats(0, 500),
    threshold_own=st.floats(0, 500),
    minimum_transfer=st.floats(0, 200),
    independent=st.floats(-100, 100),
    held=st.floats(-300, 300),
    margin_days=st.sampled_from([0, 10, 20]),
)


def deals_of(count: int, times: int, seed: int) -> DealLoadings:
    random = np.random.default_rng(seed)
    return DealLoadings(
        random.normal(0, 300, (count, times)),
        np.tile([0, 1], (count, 1)),
        random.normal(0, 10, (count, 2, times)),
    )


def plain(deals: DealLoadings, factors: np.ndarray, time: int) -> np.ndarray:
    """Return values, deals times paths, without any of the code under test."""
    return np.array(
        [
            base[time]
            + sum(load[time] * factors[at, time] for at, load in zip(of, loads, strict=True))
            for base, of, loads in zip(deals.base, deals.factor, deals.loading, strict=True)
        ]
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(0, 99), TERMS, st.integers(1, 3))
def test_exposures_are_those_of_plain_sums(
    count: int, seed: int, terms: CollateralTerms, threads: int
) -> None:
    days = np.arange(0, 70, 10)
    made = simulated_moves([MOVES], days / 365, 9, seed=seed)
    deals = deals_of(count, len(days), seed)
    dates = np.array([0, 20, 30, 60])
    looked = {int(day): int(day) - terms.margin_days for day in dates}
    gross = exposures(deals, made, dates / 365, is_netted=False, threads=threads)
    netted = exposures(deals, made, dates / 365, is_netted=True, threads=threads)
    secured = exposures(deals, made, dates / 365, is_netted=True, collateral=terms, threads=threads)
    held = np.full(9, terms.held)
    place = {int(day): at for at, day in enumerate(days)}
    for row, day in enumerate(dates.tolist()):
        values = plain(deals, made.factors, place[day])
        assert np.allclose(gross[row], np.maximum(values, 0).sum(axis=0), atol=1e-8)
        assert np.allclose(netted[row], np.maximum(values.sum(axis=0), 0), atol=1e-8)
        assert (netted[row] <= gross[row] + 1e-8).all()
        if looked[day] >= 0:
            asked = plain(deals, made.factors, place[looked[day]]).sum(axis=0)
            needed = (
                np.maximum(asked - terms.threshold, 0)
                + np.minimum(asked + terms.threshold_own, 0)
                + terms.independent
            )
            # A call at the edge of the minimum transfer is decided by the last bit.
            if (np.abs(np.abs(needed - held) - terms.minimum_transfer) < 1e-7).any():
                return
            held = np.where(np.abs(needed - held) < terms.minimum_transfer, held, needed)
        assert np.allclose(secured[row], np.maximum(values.sum(axis=0) - held, 0), atol=1e-8)


def test_one_thread_and_three_give_the_same_bits() -> None:
    days = np.arange(0, 50, 10)
    made = simulated_moves([MOVES], days / 365, 1_001)
    deals = deals_of(7, len(days), 3)
    one, three = (
        exposures(deals, made, days / 365, is_netted=False, threads=threads) for threads in (1, 3)
    )
    assert one.tobytes() == three.tobytes()


def test_a_forward_is_exposed_as_the_normal_law_says() -> None:
    # A forward at its own price with volatility s: mean exposure s root(t) / root(2 pi).
    years = np.array([0.0, 0.25, 1.0])
    made = simulated_moves([ForwardMoves(0.0, 0.0, 12.0)], years, 200_000, seed=5)
    deal = DealLoadings(np.zeros((1, 3)), np.array([[0, 1]]), np.array([[[0.0] * 3, [100.0] * 3]]))
    found = profile_of(exposures(deal, made, years, is_netted=True), years, 0.95)
    spread = 1_200.0 * np.sqrt(years)
    assert found.expected == pytest.approx(spread / math.sqrt(2 * math.pi), rel=0.01)
    assert found.potential == pytest.approx(1.6449 * spread, rel=0.01)
    assert found.peak == found.potential[-1]


def test_moves_have_their_variance_and_places_their_correlation() -> None:
    years = np.array([0.1, 0.5, 2.0])
    made = simulated_moves([MOVES, MOVES], years, 100_000, correlation=0.6, seed=2)
    near = MOVES.near**2 * (1 - np.exp(-2 * MOVES.reversion * years)) / (2 * MOVES.reversion)
    assert made.factors[0].var(axis=1) == pytest.approx(near, rel=0.02)
    assert made.factors[1].var(axis=1) == pytest.approx(MOVES.level**2 * years, rel=0.02)
    assert np.corrcoef(made.factors[0, 1], made.factors[2, 1])[0, 1] == pytest.approx(0.6, abs=0.01)
    assert np.corrcoef(made.factors[0, 1], made.factors[1, 1])[0, 1] == pytest.approx(0, abs=0.01)


@given(st.floats(0, 0.2), st.floats(0, 0.9), st.floats(1, 1e6), st.floats(0.1, 10))
def test_a_flat_exposure_costs_its_chance_of_default(
    spread: float, recovery: float, exposure: float, years: float
) -> None:
    dates = np.linspace(0.0, years, 50)
    flat = np.full(50, exposure)
    profile = ExposureProfile(dates, flat, flat, 0.95)
    expected = exposure * (1 - recovery) * -math.expm1(-spread * years / (1 - recovery))
    found = credit_valuation_adjustment(profile, spread, recovery)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)
    dearer = credit_valuation_adjustment(profile, spread, recovery, rate=0.05)
    assert dearer <= found + 1e-9


def test_calls_may_see_other_values_than_a_close_out() -> None:
    # 100 is owed until it is paid on day 20, which falls into the margin period of day 25.
    days = np.array([0, 15, 25])
    made = simulated_moves([MOVES], days / 365, 2)
    nothing = np.zeros((1, 2, 3))
    withheld = DealLoadings(np.array([[100.0, 100.0, 100.0]]), np.array([[0, 1]]), nothing)
    paid = DealLoadings(np.array([[100.0, 100.0, 0.0]]), np.array([[0, 1]]), nothing)
    terms = CollateralTerms(threshold=30.0, margin_days=10)
    found = exposures(
        withheld, made, days[[0, 2]] / 365, is_netted=True, collateral=terms, at_calls=paid
    )
    assert found.tolist() == [[100.0, 100.0], [30.0, 30.0]]
    spike = exposures(paid, made, days[[0, 2]] / 365, is_netted=True, collateral=terms)
    assert spike.tolist() == [[100.0, 100.0], [0.0, 0.0]]


def test_what_does_not_fit_is_named() -> None:
    made = simulated_moves([MOVES], [0.0, 0.5], 4)
    deals = deals_of(2, 2, 1)
    with pytest.raises(InputError, match=r"0\.250000 years is not simulated"):
        exposures(deals, made, [0.25], is_netted=True)
    with pytest.raises(InputError, match="set is_netted"):
        exposures(deals, made, [0.5], is_netted=False, collateral=CollateralTerms())
    with pytest.raises(InputError, match="row a deal"):
        exposures(deals_of(2, 3, 1), made, [0.5], is_netted=True)
    with pytest.raises(InputError, match="rising, from 0"):
        simulated_moves([MOVES], [0.5, 0.5], 4)
    with pytest.raises(InputError, match="recovery is 1"):
        credit_valuation_adjustment(
            ExposureProfile(np.zeros(1), np.zeros(1), np.zeros(1), 0.95), 0.01, 1.0
        )
    with pytest.raises(InputError, match="threshold is -1"):
        CollateralTerms(threshold=-1.0)
