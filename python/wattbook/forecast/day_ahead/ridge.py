"""A ridge regression, and what it would have said of each row without having seen it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wattbook.forecast.day_ahead.known import Floats

__all__ = ["Ridge", "ridge"]


@dataclass(frozen=True, slots=True)
class Ridge:
    """A fitted ridge regression.

    Parameters
    ----------
    centre : ndarray of float64, shape (n_inputs,)
        Means of the inputs.
    level : ndarray of float64, shape (n_targets,)
        Means of the targets.
    slopes : ndarray of float64, shape (n_inputs, n_targets)
        Of the centred inputs.
    """

    centre: Floats
    level: Floats
    slopes: Floats

    def predict(self, asked: Floats) -> Floats:
        """Return what the regression says of rows."""
        return self.level + (asked - self.centre) @ self.slopes


def ridge(inputs: Floats, targets: Floats, penalty: float) -> tuple[Floats, Ridge]:
    """Return what a ridge regression says of each row, left out of its fit, and the regression.

    Leaving one row out needs no second fit: its residual grows by 1 / (1 - leverage).
    """
    centre, level = inputs.mean(axis=0), targets.mean(axis=0)
    left, size, right = np.linalg.svd(inputs - centre, full_matrices=False)
    kept = size**2 / (size**2 + penalty)
    scores = left.T @ (targets - level)
    fitted = level + left @ (kept[:, None] * scores)
    leverage = (left**2 * kept).sum(axis=1) + 1.0 / inputs.shape[0]
    outside = targets - (targets - fitted) / np.maximum(1.0 - leverage, 1e-6)[:, None]
    slopes = right.T @ ((kept / np.maximum(size, 1e-300))[:, None] * scores)
    return outside, Ridge(centre, level, slopes)
