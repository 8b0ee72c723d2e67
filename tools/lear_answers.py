"""Make the known answers of LEAR with scikit-learn.

Run it by `uv run --with scikit-learn tools/lear_answers.py`.

The published LEAR took the penalty from `LassoLarsIC` on columns of equal length, with the target's
variance for that of the noise, and then fitted `Lasso` at that penalty on the columns as they are.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import Lasso, LassoLarsIC

FOLDER = Path(__file__).parent.parent / "tests" / "unit" / "forecast" / "day_ahead"
OUT = FOLDER / "lear_answers.json"
CASES = ((60, 8), (90, 20), (40, 60))


def tame(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the inverse hyperbolic sine of columns, their medians and their widths."""
    middle = np.median(table, axis=0)
    width = np.median(np.abs(table - middle), axis=0) / 0.6744897501960817
    return np.arcsinh((table - middle) / width), middle, width


def case(rows: int, columns: int, seed: int) -> dict[str, object]:
    """Return inputs and scikit-learn's forecast and penalties for the row after the last."""
    rng = np.random.default_rng(seed)
    inputs = np.round(rng.normal(40.0, 12.0, (rows + 1, columns)), 3)
    slopes = np.zeros((columns, 2))
    slopes[: columns // 4] = rng.normal(0.0, 0.5, (columns // 4, 2))
    noise = rng.normal(0.0, 4.0, (rows, 2))
    targets = np.round(30.0 + (inputs[:-1] - 40.0) @ slopes + noise, 3)
    x, middle, width = tame(inputs[:-1])
    y, goal_middle, goal_width = tame(targets)
    today = np.arcsinh((inputs[-1] - middle) / width)
    means = x.mean(axis=0)
    lengths = np.linalg.norm(x - means, axis=0)
    answers: dict[str, list[float]] = {"akaike": [], "published": [], "alphas": []}
    for target in range(2):
        goal = y[:, target]
        path = LassoLarsIC(criterion="aic", noise_variance=goal.var(), max_iter=2_500)
        path.fit((x - means) / lengths, goal)
        even = path.predict(((today - means) / lengths)[None])[0]
        raw = (
            Lasso(alpha=path.alpha_, max_iter=200_000, tol=1e-12)
            .fit(x, goal)
            .predict(today[None])[0]
        )
        back = (goal_middle[target], goal_width[target])
        answers["akaike"].append(back[0] + back[1] * np.sinh(even))
        answers["published"].append(back[0] + back[1] * np.sinh(raw))
        answers["alphas"].append(path.alpha_)
    return {"inputs": inputs.tolist(), "targets": targets.tolist(), **answers}


if __name__ == "__main__":
    made = [case(rows, columns, seed) for seed, (rows, columns) in enumerate(CASES)]
    OUT.write_text(json.dumps(made) + "\n", encoding="utf-8")
