"""A contest errs as rarely as it says however often one looks; drift is told by its input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import ForecastError
from wattbook.forecast.monitor import (
    Betting,
    Contest,
    Verdict,
    drift,
    losses_compared,
    population_stability,
)


def losses(better: float, count: int, seed: int) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    old = np.abs(rng.standard_t(3, count))
    new = np.abs(rng.standard_t(3, count)) * better
    return list(zip(old.tolist(), new.tolist(), strict=True))


def test_equal_models_are_rarely_taken_for_different_ones() -> None:
    verdicts = [
        Contest("a@1", "a@2", alpha=0.05, least=1).told(losses(1.0, 400, seed))
        for seed in range(80)
    ]
    # 5 % a side at most; of 80 contests 4 are expected to err at the very most.
    assert verdicts.count(Verdict.PROMOTE) <= 11
    assert verdicts.count(Verdict.DROP) <= 11


@pytest.mark.parametrize(("better", "verdict"), [(0.6, Verdict.PROMOTE), (1.7, Verdict.DROP)])
def test_a_clear_difference_is_found_within_days(better: float, verdict: Verdict) -> None:
    contest = Contest("a@1", "a@2")
    assert contest.told(losses(better, 2_000, 4)) is verdict
    assert 96 <= contest.better.count < 1_000


@given(outcomes=st.lists(st.floats(-1.0, 1.0), max_size=60))
@settings(max_examples=50)
def test_wealth_stays_above_zero_and_stakes_know_only_the_past(outcomes: list[float]) -> None:
    bet = Betting()
    for number, outcome in enumerate(outcomes):
        before = Betting().after(np.array(outcomes[:number]))
        assert bet.stake == before.stake
        assert 0.0 <= bet.stake <= 0.5
        bet = bet.with_outcome(outcome)
        assert bet.wealth > 0.0


@given(old=st.floats(0.0, 1e9), new=st.floats(0.0, 1e9))
def test_comparisons_are_bounded_and_fair(old: float, new: float) -> None:
    outcome = losses_compared(old, new)
    assert -1.0 <= outcome <= 1.0
    assert outcome == -losses_compared(new, old)


@pytest.mark.parametrize("loss", [-1.0, float("nan"), float("inf")])
def test_what_is_no_loss_is_refused(loss: float) -> None:
    with pytest.raises(ForecastError, match="cannot be compared"):
        losses_compared(1.0, loss)
    with pytest.raises(ForecastError, match="outside of -1 to 1"):
        Betting().with_outcome(2.0 if np.isfinite(loss) else loss)


def test_drift_names_the_input_that_moved() -> None:
    rng = np.random.default_rng(1)
    before = rng.normal(0.0, 1.0, (4_000, 3))
    now = rng.normal(0.0, 1.0, (1_000, 3))
    assert drift(["a", "b", "c"], before, now, error=1.0, error_before=1.0).sentences() == []
    now[:, 1] += 1.0
    now[rng.random(1_000) < 0.4, 2] = np.nan
    found = drift(["a", "b", "c"], before, now, error=1.6, error_before=1.0)
    assert set(found.shifted) == {"b", "c"}
    first, second = found.sentences()
    assert first.startswith("2 of 3 inputs have shifted")
    assert second.startswith("mean absolute error 1.60, 1.00 when it was fitted")


@given(seed=st.integers(0, 2**32 - 1), shift=st.floats(0.0, 3.0))
@settings(max_examples=30)
def test_stability_is_never_negative(seed: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    before = rng.integers(0, 5, 300).astype(np.float64)
    assert population_stability(before, rng.normal(shift, 2.0, 200)) >= 0.0
    assert population_stability(before, before) == 0.0


def test_drift_needs_values_and_names() -> None:
    with pytest.raises(ForecastError, match="give both"):
        population_stability(np.empty(0), np.ones(3))
    with pytest.raises(ForecastError, match="1 names for inputs"):
        drift(["a"], np.ones((2, 2)), np.ones((2, 2)), error=1.0, error_before=1.0)
