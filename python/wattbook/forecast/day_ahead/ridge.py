"""A ridge regression, and what it would have said of each row without having seen it."""

from __future__ import annotations

import numpy as np

from wattbook.forecast.day_ahead.known import Floats

__all__ = ["ridge"]


def ridge(inputs: Floats, targets: Floats, asked: Floats, penalty: float) -> tuple[Floats, Floats]:
    """Return what a ridge regression says of each row, left out of its fit, and of `asked`.

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
    return outside, level + (asked - centre) @ slopes
