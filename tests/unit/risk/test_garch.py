"""GARCH laws found again, and what filters by them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.risk import GarchLaw, filtered_historical_simulation, fit_garch, garch_step
from wattbook.risk.filtered import daily_filtered_risk

HALF = GarchLaw(constant=8e-6, shock=0.05, persistence=0.93)
TRUE = GarchLaw(constant=2e-6, shock=0.08, persistence=0.9)


def simulated(count: int, seed: int, law: GarchLaw = TRUE) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    returns = np.empty(count)
    variance = law.long_run**2
    for row, shock in enumerate(random.standard_normal(count).tolist()):
        returns[row] = variance**0.5 * shock
        variance = law.constant + law.shock * returns[row] ** 2 + law.persistence * variance
    return returns


def log_likelihood(returns: NDArray[np.float64], law: GarchLaw) -> float:
    variances = law.volatility(returns)[:-1] ** 2
    return -0.5 * float(np.sum(np.log(variances) + returns**2 / variances))


@pytest.mark.parametrize("seed", range(3))
def test_a_law_is_found_again_and_no_law_nearby_is_likelier(seed: int) -> None:
    returns = simulated(3_000, seed)
    (found,) = fit_garch([returns])
    assert found.shock == pytest.approx(TRUE.shock, abs=0.02)
    assert found.persistence == pytest.approx(TRUE.persistence, abs=0.03)
    assert found.long_run == pytest.approx(TRUE.long_run, rel=0.1)
    best = log_likelihood(returns, found)
    for factors in ((1.02, 1.0, 1.0), (0.98, 1.0, 1.0), (1.0, 1.05, 1.0), (1.0, 0.95, 1.0)):
        moved = GarchLaw(
            found.constant * factors[0], found.shock * factors[1], found.persistence * factors[2]
        )
        assert log_likelihood(returns, moved) < best
    for persistence in (0.995, 1.003):
        moved = GarchLaw(found.constant, found.shock, found.persistence * persistence)
        assert log_likelihood(returns, moved) < best


def test_a_fit_is_the_same_each_time_and_in_each_unit() -> None:
    returns = simulated(1_000, 5)
    assert fit_garch([returns]) == fit_garch([returns.copy()])
    (one,), (other,) = fit_garch([returns]), fit_garch([1_000.0 * returns])
    assert other.shock == pytest.approx(one.shock, abs=1e-6)
    assert other.constant == pytest.approx(1e6 * one.constant, rel=1e-4)


def test_series_share_a_law_and_keep_their_own_long_run() -> None:
    first, second = simulated(2_000, 7), 30.0 * simulated(2_000, 8)
    one, other = fit_garch([first, second])
    assert (one.shock, one.persistence) == (other.shock, other.persistence)
    assert 20.0 < other.long_run / one.long_run < 45.0


def test_returns_without_memory_have_constant_volatility() -> None:
    (found,) = fit_garch([np.random.default_rng(3).standard_normal(500)])
    path = found.volatility(np.full(10, 3.0))
    assert path == pytest.approx(found.long_run, rel=0.05)


def test_what_has_no_law_is_refused() -> None:
    with pytest.raises(InputError, match="series 1: all returns are 0"):
        fit_garch([simulated(200, 1), np.zeros(200)])
    with pytest.raises(InputError):
        fit_garch([simulated(50, 1)])
    with pytest.raises(InputError, match="long run"):
        GarchLaw(1.0, 0.5, 0.5)
    with pytest.raises(InputError, match="shock"):
        GarchLaw(1.0, -0.1, 0.5)


def test_a_law_filters_in_the_place_of_a_decay() -> None:
    returns = simulated(700, 9)
    (law,) = fit_garch([returns])
    found = filtered_historical_simulation(returns, decay=law, confidence=0.99)
    path = law.volatility(returns, float(np.var(returns[:20])))
    assert found.next_volatility == path[-1]
    assert found.scenarios == pytest.approx(returns / path[:-1] * path[-1])
    daily = daily_filtered_risk(returns, decay=law, confidence=0.95)
    assert daily.value_at_risk.size == 200
    after, long_run = garch_step(
        0.02, 0.05, constant=law.constant, shock=law.shock, persistence=law.persistence
    )
    assert (after, long_run) == (law.volatility([0.05], 0.02**2)[-1], law.long_run)


def test_a_targeted_long_run_forgets_the_level_that_it_was_fitted_at() -> None:
    returns = simulated(900, seed=5)
    path = HALF.volatility(returns, 1e-4, target=300)
    variance = 1e-4
    for at, move in enumerate(returns):
        seen = returns[max(at - 299, 0) : at + 1]
        constant = (1.0 - HALF.shock - HALF.persistence) * float(np.mean(seen**2))
        variance = constant + HALF.shock * move**2 + HALF.persistence * variance
        assert path[at + 1] ** 2 == pytest.approx(variance, rel=1e-9)
    louder = GarchLaw(100.0 * HALF.constant, HALF.shock, HALF.persistence)
    assert np.array_equal(path, louder.volatility(returns, 1e-4, target=300))
    with pytest.raises(InputError, match="target is 0"):
        HALF.volatility(returns, target=0)
