"""Drift: whether inputs or errors have left what a model was fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattbook.errors import ForecastError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Drift", "drift", "population_stability"]

STABLE, SHIFTED = 0.1, 0.25
"""Below the first an input stands; from the second on it has shifted (Siddiqi, 2006)."""
ERROR_GROWTH = 1.5
FLOOR = 1e-4


def population_stability(
    fitted_on: NDArray[np.float64], recent: NDArray[np.float64], bins: int = 10
) -> float:
    """Return the population stability index of `recent` values against those fitted on.

    It is the symmetric relative entropy over bins that hold equal counts of `fitted_on`; missing
    values (NaN) are a bin of their own. An empty bin counts as a share of 1e-4.

    Raises
    ------
    ForecastError
        If one of both has no value.

    Examples
    --------
    >>> values = np.arange(1_000.0)
    >>> population_stability(values, values), population_stability(values, values + 500.0) > 0.25
    (0.0, True)
    """
    if not fitted_on.size or not recent.size:
        message = "drift needs values that were fitted on and recent ones; give both"
        raise ForecastError(message)
    known = fitted_on[np.isfinite(fitted_on)]
    cuts = np.unique(np.quantile(known, np.arange(1, bins) / bins)) if known.size else np.empty(0)

    def shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
        lost = ~np.isfinite(values)
        place = np.where(lost, cuts.size + 1, np.searchsorted(cuts, values))
        counts = np.bincount(place, minlength=cuts.size + 2)
        return np.maximum(counts / values.size, FLOOR)

    before, now = shares(fitted_on), shares(recent)
    return float(((now - before) * np.log(now / before)).sum())


@dataclass(frozen=True, slots=True)
class Drift:
    """How far things have moved.

    Parameters
    ----------
    stability : dict of str to float
        Population stability index by input.
    error, error_before : float
        Mean absolute error of recent forecasts, and of those when the model was fitted.
    """

    stability: dict[str, float]
    error: float
    error_before: float

    @property
    def shifted(self) -> list[str]:
        """Return the inputs that have shifted, the furthest first."""
        found = [name for name, value in self.stability.items() if value >= SHIFTED]
        return sorted(found, key=lambda name: -self.stability[name])

    @property
    def is_worse(self) -> bool:
        """Return whether errors have grown by half."""
        return self.error > ERROR_GROWTH * self.error_before

    def sentences(self) -> list[str]:
        """Return what a person on shift is to be told; nothing if all is well."""
        told = []
        if self.shifted:
            furthest = self.shifted[0]
            told.append(
                f"{len(self.shifted)} of {len(self.stability)} inputs have shifted, {furthest} the "
                f"furthest (population stability {self.stability[furthest]:.2f}); refit the model"
            )
        if self.is_worse:
            told.append(
                f"mean absolute error {self.error:.2f}, {self.error_before:.2f} when it was fitted"
                "; refit the model or roll it back"
            )
        return told


def drift(
    names: Sequence[str],
    fitted_on: NDArray[np.float64],
    recent: NDArray[np.float64],
    *,
    error: float,
    error_before: float,
) -> Drift:
    """Return how far recent inputs and errors are from those when a model was fitted.

    Parameters
    ----------
    names : sequence of str
        Of the inputs.
    fitted_on, recent : ndarray of float64, shape (n_rows, n_inputs)
        Inputs.
    error, error_before : float
        Mean absolute errors.

    Raises
    ------
    ForecastError
        If there is not one name for each input.
    """
    if not (fitted_on.shape[1:] == recent.shape[1:] == (len(names),)):
        message = f"{len(names)} names for inputs of {fitted_on.shape} and {recent.shape}"
        raise ForecastError(message)
    columns = zip(names, fitted_on.T, recent.T, strict=True)
    found = {name: population_stability(before, now) for name, before, now in columns}
    return Drift(found, error, error_before)
