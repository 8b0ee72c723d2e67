"""What each input added to the forecasts of a model that is linear in a scale of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Contributions", "along_path"]


@dataclass(frozen=True, slots=True)
class Contributions:
    """Forecasts as sums.

    Parameters
    ----------
    inputs : tuple of str
        What the inputs are called.
    base : float
        What the model says where every input has its mean of the days that it was fitted on,
        currency per price unit.
    parts : ndarray of float64, shape (n, n_inputs)
        What each input added, in the same unit: `base` and a row's parts add up to its forecast.
    """

    inputs: tuple[str, ...]
    base: float
    parts: NDArray[np.float64]

    def of(self, rows: NDArray[np.bool_]) -> Contributions:
        """Return those of some of the forecasts."""
        return Contributions(self.inputs, self.base, self.parts[rows])


def along_path(
    parts: NDArray[np.float64],
    start: float,
    back: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return parts of a sum in the unit that `back` turns the sum into.

    On the straight way from `start` to the sum each part earns its share of what `back` changes:
    the Aumann-Shapley values, which add up to the whole change whatever the curve of `back`.

    Parameters
    ----------
    parts : ndarray of float64, shape (n, n_inputs)
        In the model's scale.
    start : float
        The sum without them, in that scale.
    back : callable
        From the scale into the unit.

    References
    ----------
    Sundararajan, Taly and Yan (2017), Axiomatic attribution for deep networks.

    Examples
    --------
    >>> along_path(np.array([[1.0, 3.0]]), 0.0, np.square)
    array([[ 4., 12.]])
    """
    whole = parts.sum(axis=1)
    # Parts that cancel to nothing still have a slope where they start.
    step = np.where(np.abs(whole) < 1e-6, 1e-6, whole)
    slope = (back(start + step) - back(np.full(step.shape, start))) / step
    found: NDArray[np.float64] = parts * slope[:, None]
    return found
