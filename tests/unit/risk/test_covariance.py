"""Covariances that stay usable: semi-definite by the day, definite from a short window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.risk.covariance import ewma_covariance, shrunk_covariance


@given(seed=st.integers(0, 10_000), decay=st.floats(0.5, 0.999))
def test_each_day_moves_it_as_the_weighted_sum_of_all(seed: int, decay: float) -> None:
    moves = np.random.default_rng(seed).normal(size=(30, 4))
    covariance = np.eye(4)
    for move in moves:
        covariance = ewma_covariance(covariance, move, decay)
    weights = (1.0 - decay) * decay ** np.arange(29, -1, -1)
    expected = decay**30 * np.eye(4) + (moves.T * weights) @ moves
    np.testing.assert_allclose(covariance, expected, atol=1e-12)
    assert np.linalg.eigvalsh(covariance)[0] > 0.0


@given(seed=st.integers(0, 10_000), days=st.integers(3, 60))
def test_a_short_window_gives_a_law_and_keeps_total_variance(seed: int, days: int) -> None:
    moves = np.random.default_rng(seed).normal(size=(days, 12))
    covariance, drawn = shrunk_covariance(moves)
    assert 0.0 < drawn <= 1.0
    assert np.linalg.eigvalsh(covariance)[0] > 0.0
    assert np.trace(covariance) == pytest.approx(np.var(moves, axis=0).sum())


def test_it_is_nearer_to_the_truth_than_the_sample() -> None:
    random = np.random.default_rng(3)
    truth = 0.3 * np.ones((20, 20)) + 0.7 * np.eye(20)
    root = np.linalg.cholesky(truth)
    ours, sample = 0.0, 0.0
    for _ in range(50):
        moves = random.normal(size=(25, 20)) @ root.T
        ours += float(((shrunk_covariance(moves)[0] - truth) ** 2).sum())
        sample += float(((np.cov(moves.T, bias=True) - truth) ** 2).sum())
    assert ours < 0.8 * sample


def test_what_has_no_covariance_is_refused_by_place() -> None:
    with pytest.raises(InputError, match="day 1, column 0"):
        shrunk_covariance([[1.0, 2.0], [float("nan"), 1.0]])
    with pytest.raises(InputError, match="two days"):
        shrunk_covariance([[1.0, 2.0]])
    with pytest.raises(InputError, match="no return moves"):
        shrunk_covariance(np.ones((3, 2)))
    with pytest.raises(InputError, match="2 by 2"):
        ewma_covariance(np.eye(3), [1.0, 2.0], 0.9)
    with pytest.raises(InputError, match="symmetric"):
        ewma_covariance([[1.0, 0.5], [0.0, 1.0]], [1.0, 2.0], 0.9)
