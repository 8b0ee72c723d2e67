"""Parts add up to the forecast, and are the Shapley values of the definition."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook._core import BoostedTrees
from wattbook.errors import ForecastError
from wattbook.forecast.explain import explain_linear, explain_trees

INPUTS = 4


def trees_of(seed: int) -> tuple[BoostedTrees, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(0.0, 1.0, (120, INPUTS))
    rows[rng.random(rows.shape) < 0.1] = np.nan
    known = np.nan_to_num(rows)
    target = known[:, 0] * known[:, 1] + np.abs(known[:, 2])
    trees = BoostedTrees.fit(
        rows, target, quantile=None, trees=6, depth=4, learning_rate=0.5, leaf_rows=3, share=1.0,
        seed=1,
    )  # fmt: skip
    return trees, rows


def by_definition(trees: BoostedTrees, row: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return Shapley values by going through every coalition."""

    def worth(own: tuple[int, ...]) -> float:
        mixed = other.copy()
        mixed[list(own)] = row[list(own)]
        return float(trees.predict(mixed[None])[0])

    parts = np.zeros(INPUTS)
    for column in range(INPUTS):
        rest = [each for each in range(INPUTS) if each != column]
        for size in range(INPUTS):
            for own in combinations(rest, size):
                gain = worth((*own, column)) - worth(own)
                parts[column] += gain / (INPUTS * comb(INPUTS - 1, size))
    return parts


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_parts_of_trees_are_shapley_values(seed: int) -> None:
    trees, rows = trees_of(seed)
    row, background = rows[0], rows[1:4]
    found = explain_trees(trees.save(), row, background)
    expected = np.mean([by_definition(trees, row, other) for other in background], axis=0)
    assert np.allclose(found.parts, expected, atol=1e-9)
    assert found.base == pytest.approx(trees.predict(background).mean())
    assert found.forecast == pytest.approx(float(trees.predict(row[None])[0]))


def test_parts_of_a_line_add_up() -> None:
    rng = np.random.default_rng(1)
    slopes, row, background = rng.normal(size=3), rng.normal(size=3), rng.normal(size=(5, 3))
    found = explain_linear(slopes, 2.0, row, background)
    assert found.forecast == pytest.approx(2.0 + row @ slopes)


def test_a_row_of_another_width_is_refused() -> None:
    trees, rows = trees_of(1)
    with pytest.raises(ForecastError, match="the trees take 4 inputs"):
        explain_trees(trees.save(), rows[0, :3], rows)
    with pytest.raises(ForecastError, match="schema version"):
        explain_trees(b"PAR1" + bytes(40), rows[0], rows)
