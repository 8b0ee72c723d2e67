"""LEAR answers as scikit-learn's LassoLarsIC and Lasso do; `tools/lear_answers.py` made these."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattbook._core import lear_forecast
from wattbook.errors import ForecastError

ANSWERS = json.loads((Path(__file__).parent / "lear_answers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: f"{len(case['targets'])}-rows")
@pytest.mark.parametrize("penalty", ["akaike", "published"])
def test_forecasts_and_penalties_are_those_of_scikit_learn(
    case: dict[str, Any], penalty: str
) -> None:
    inputs, targets = np.array(case["inputs"]), np.array(case["targets"])
    made, alphas = lear_forecast(inputs[:-1].copy(), targets, inputs[-1].copy(), 0, penalty)
    np.testing.assert_allclose(made, case[penalty], rtol=1e-5)
    np.testing.assert_allclose(alphas, case["alphas"], rtol=1e-6)


def test_bad_tables_and_settings_are_refused_by_name() -> None:
    inputs, targets = np.ones((20, 3)), np.ones((20, 2))
    today = np.ones(3)
    with pytest.raises(ForecastError, match="choose akaike or published"):
        lear_forecast(inputs, targets, today, 0, "ridge")
    with pytest.raises(ForecastError, match="row 0, column 1"):
        lear_forecast(inputs, targets, np.array([1.0, np.nan, 1.0]), 0, "akaike")
    with pytest.raises(ForecastError, match="4 rows are too few"):
        lear_forecast(inputs[:4], targets[:4], today, 0, "akaike")
    with pytest.raises(ForecastError, match="noise is 2"):
        lear_forecast(inputs, targets, today, 0, "2")
