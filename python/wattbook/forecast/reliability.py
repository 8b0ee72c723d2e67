"""Whether a confidence means what it says: shares of right calls, bin by bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError

__all__ = ["Reliability", "reliability"]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Confidences against what came true.

    Parameters
    ----------
    confidence, share_right : ndarray of float64, shape (n_bins,)
        Mean confidence and share of right calls of each bin that holds a call.
    calls : ndarray of int64, shape (n_bins,)
        How many.
    """

    confidence: NDArray[np.float64]
    share_right: NDArray[np.float64]
    calls: NDArray[np.int64]

    @property
    def expected_error(self) -> float:
        """Expected calibration error: mean distance of both, weighted by calls."""
        apart = np.abs(self.confidence - self.share_right)
        return float(np.average(apart, weights=self.calls))


def reliability(
    confidence: NDArray[np.float64], is_right: NDArray[np.bool_], bins: int = 20
) -> Reliability:
    """Return the reliability of calls, in bins of equal width from 0 to 1.

    Raises
    ------
    ForecastError
        If there is no call, or a confidence lies outside of [0, 1].

    Examples
    --------
    >>> confidence = np.repeat([0.55, 0.95], 100)
    >>> is_right = np.r_[np.arange(100) < 60, np.arange(100) < 95]
    >>> round(reliability(confidence, is_right).expected_error, 3)
    0.025
    """
    if not confidence.size or confidence.shape != is_right.shape:
        message = f"{confidence.size} confidences do not face {is_right.size} outcomes"
        raise ForecastError(message)
    if not ((confidence >= 0.0) & (confidence <= 1.0)).all():
        message = "a confidence lies outside of 0 to 1 or is missing"
        raise ForecastError(message)
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    calls = np.bincount(place, minlength=bins)
    held = calls > 0
    sums = np.bincount(place, weights=confidence, minlength=bins)
    right = np.bincount(place, weights=is_right.astype(np.float64), minlength=bins)
    return Reliability(sums[held] / calls[held], right[held] / calls[held], calls[held])
