"""Same-contract moves, filtered risk of each day, and what the tests of it say."""

from pathlib import Path

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.risk.filtered import (
    acerbi_szekely,
    daily_filtered_risk,
    daily_historical_risk,
    fitted_decay,
    holm,
)
from wattbook.risk.rolls import curve_moves, later_months, same_contract_moves
from wattbook.runtime.risk.backtest import backtest_futures


def test_a_flat_market_does_not_move_on_a_roll() -> None:
    days = np.arange("2020-01-13", "2020-01-18", dtype="datetime64[D]")
    # Contango: each contract stays where it is, the generic series jumps when one expires.
    contracts = np.array([50.0, 51.0, 52.0, 53.0])
    curve = np.array([contracts[:3]] * 3 + [contracts[1:4]] * 2)
    found = same_contract_moves(days, curve, [days[2]], place=2)
    assert found.moves.tolist() == [0.0, 0.0, 0.0, 0.0]
    assert found.after_expiry.tolist() == [False, False, True, False]


def test_a_gap_over_two_expiries_and_a_missing_price_are_named() -> None:
    days = np.array(["2020-01-13", "2020-03-17"], dtype="datetime64[D]")
    curve = np.ones((2, 2))
    with pytest.raises(InputError, match="more than one contract expired"):
        same_contract_moves(days, curve, ["2020-01-21", "2020-02-20"])
    long = np.arange("2020-01-13", "2020-06-01", dtype="datetime64[D]")
    with pytest.raises(InputError, match="do not reach over the days 2020-01-13 to 2020-05-31"):
        same_contract_moves(long, np.ones((long.size, 2)), ["2020-01-21", "2020-02-20"])
    curve[1, 0] = np.nan
    with pytest.raises(InputError, match="2020-03-17: a price at place 1"):
        same_contract_moves(days, curve, ["2020-01-21"])


def test_filtered_risk_follows_volatility_and_looks_at_no_later_day() -> None:
    random = np.random.default_rng(3)
    volatility = np.where(np.arange(1_500) < 900, 1.0, 3.0)
    moves = volatility * random.standard_normal(1_500)
    risk = daily_filtered_risk(moves, decay=0.94, confidence=0.95)
    plain = daily_historical_risk(moves, confidence=0.95)
    # Four months after volatility tripled, history has hardly heard of it.
    soon = slice(420, 500)
    assert risk.value_at_risk[soon].mean() > 1.3 * plain.value_at_risk[soon].mean()
    assert abs(risk.hits.mean() - 0.05) < 0.02
    changed = moves.copy()
    changed[700:] *= -2.0
    again = daily_filtered_risk(changed, decay=0.94, confidence=0.95)
    assert np.array_equal(again.value_at_risk[:201], risk.value_at_risk[:201])


def test_the_shortfall_test_finds_tails_that_are_too_thin() -> None:
    random = np.random.default_rng(4)
    moves = random.standard_normal(2_000)
    good = daily_historical_risk(moves, confidence=0.95)
    _, probability = acerbi_szekely(good, 0.95)
    assert probability > 0.05
    moves[500:] *= np.where(random.random(1_500) < 0.05, 3.0, 1.0)
    statistic, probability = acerbi_szekely(daily_historical_risk(moves, confidence=0.95), 0.95)
    assert statistic < 0.0
    early = daily_historical_risk(np.concatenate([moves[:500], 2.0 * moves[:500]]), confidence=0.95)
    assert acerbi_szekely(early, 0.95)[1] < 0.01


def test_one_decay_is_fitted_for_all() -> None:
    random = np.random.default_rng(6)
    series = []
    for _ in range(3):
        variance, moves = 1.0, []
        for _ in range(1_500):
            moves.append(np.sqrt(variance) * random.standard_normal())
            variance = 0.93 * variance + 0.07 * moves[-1] ** 2 + 0.002
        series.append(moves)
    assert 0.90 <= fitted_decay(series, np.arange(0.80, 0.995, 0.01)) <= 0.96


def test_holm_never_lowers_a_probability() -> None:
    values = np.random.default_rng(1).random(20)
    adjusted = holm(values)
    assert np.all(adjusted >= values)
    assert np.all(adjusted <= 1.0)
    assert np.all(np.diff(adjusted[np.argsort(values)]) >= 0.0)


@pytest.mark.long
def test_real_curves_pass_as_a_family_and_generic_history_does_not(recorded_data: Path) -> None:
    found = backtest_futures(recorded_data)
    assert found.is_good
    assert found.decay == pytest.approx(0.95)
    frame = found.frame()
    assert frame.height == 12
    assert set(frame["zone"]) <= {"green", "yellow"}
    assert np.all(frame["christoffersen_holm"].to_numpy() > 0.05)
    plain = backtest_futures(recorded_data, plain=True)
    assert not plain.is_good
    failing = plain.frame().filter(frame["confidence"] == 0.99)
    assert (failing["zone"] == "red").sum() >= 5


def test_every_place_of_a_curve_moves_as_it_does_alone() -> None:
    days = np.arange("2020-01-13", "2020-03-13", dtype="datetime64[D]")
    curve = np.random.default_rng(1).normal(50.0, 2.0, (days.size, 5))
    expiries = ["2020-01-21", "2020-02-20"]
    found = curve_moves(days, curve, expiries)
    assert found.shape == (4, days.size - 1)
    for place in (1, 2, 3, 4):
        alone = same_contract_moves(days, curve, expiries, place).moves
        assert found[place - 1].tolist() == alone.tolist()
    # On the day of an expiry: the place before it needs this price too.
    curve[8, 3] = np.nan
    assert np.isnan(curve_moves(days, curve, expiries)).sum(axis=1).tolist() == [0, 0, 1, 1]


def test_months_behind_the_known_ones_move_less_and_apart() -> None:
    random = np.random.default_rng(2)
    first = random.normal(0.0, 2.0, 4_000)
    near = np.array([first, 0.45 * first + random.normal(0.0, 0.8, 4_000)])
    found = later_months(near, 6)
    assert found[:2].tolist() == near.tolist()
    deviations = found.std(axis=1)
    assert deviations[2:] / deviations[1:-1] == pytest.approx(
        deviations[1] / deviations[0], rel=0.05
    )
    correlations = np.atleast_2d(np.corrcoef(found))
    for apart in (2, 3):
        for place in range(6 - apart):
            expected = correlations[0, 1] ** apart
            assert correlations[place, place + apart] == pytest.approx(expected, abs=0.05)
    # Any two months, however far apart, have a spread at risk.
    spreads = found[:, None, :] - found[None, :, :]
    assert np.all(spreads.std(axis=2)[~np.eye(6, dtype=bool)] > 0.1)
    with pytest.raises(InputError, match="move as one"):
        later_months([first, 0.5 * first], 3)
    with pytest.raises(InputError, match="never moves"):
        later_months([first, 0.0 * first], 3)
    with pytest.raises(InputError, match="give two places"):
        later_months([first], 3)
