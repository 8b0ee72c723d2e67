"""Boosted trees from Python: saved models answer alike, and another table or version is refused."""

import numpy as np
import pytest

from wattbook._core import BoostedTrees
from wattbook.errors import ForecastError


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    made = np.random.default_rng(4).normal(size=(500, 3))
    made[::9, 1] = np.nan
    return made


@pytest.fixture(scope="module")
def model(rows: np.ndarray) -> BoostedTrees:
    return fitted(rows)


def fitted(rows: np.ndarray, share: float = 0.7) -> BoostedTrees:
    return BoostedTrees.fit(
        rows,
        np.where(rows[:, 0] > 0.0, 3.0, -1.0),
        quantile=0.5,
        trees=40,
        depth=3,
        learning_rate=0.3,
        leaf_rows=5,
        share=share,
        seed=9,
    )


def test_a_step_is_learnt_and_kept_on_disk(model: BoostedTrees, rows: np.ndarray) -> None:
    made = model.predict(rows)
    assert np.mean(np.abs(made - np.where(rows[:, 0] > 0.0, 3.0, -1.0))) < 0.1
    again = BoostedTrees.load(model.save())
    assert again.columns == 3
    np.testing.assert_array_equal(again.predict(rows), made)


def test_other_tables_settings_and_versions_are_refused(
    model: BoostedTrees, rows: np.ndarray
) -> None:
    with pytest.raises(ForecastError, match="2 columns are given where the model has 3"):
        model.predict(rows[:, :2].copy())
    with pytest.raises(ForecastError, match="share is 2"):
        fitted(rows, share=2.0)
    saved = bytearray(model.save())
    saved[4] = 7
    with pytest.raises(ForecastError, match="another schema version"):
        BoostedTrees.load(bytes(saved))
