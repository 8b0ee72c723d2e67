"""What the ensemble's newest errors say of its next one.

Where an hour was forecast too low for days, it may be again: a share of the exponential mean of
its known errors is added. Errors are held to a multiple of their usual size, so that one spike is
not carried on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.known import Floats

__all__ = ["Correction"]


@dataclass(frozen=True, slots=True)
class Correction:
    """How past errors correct a forecast.

    Parameters
    ----------
    memory_days : float, optional
        Days after which an error counts for 1/e.
    share : float, optional
        Of the mean error of an hour that is added; 0 for none.
    limit : float, optional
        An error counts up to so many times the mean absolute error of all hours.
    """

    memory_days: float = 10.0
    share: float = 0.25
    limit: float = 2.0

    def apply(self, made: Floats, real: Floats) -> Floats:
        """Return corrected forecasts.

        Parameters
        ----------
        made : ndarray of float64, shape (n_days, 24)
            Forecasts of consecutive days.
        real : ndarray of float64, shape (n_days, 24)
            Prices. Those of a day count from the next day on: at its gate they are known. A
            missing price (NaN) teaches nothing.

        Returns
        -------
        ndarray of shape (n_days, 24)

        Raises
        ------
        ForecastError
            If shapes differ.
        """
        if made.shape != real.shape:
            message = f"forecasts of shape {made.shape} do not face prices of shape {real.shape}"
            raise ForecastError(message)
        fade = np.exp(-1.0 / self.memory_days)
        found, level = np.empty_like(made), np.zeros(made.shape[1])
        size = heft = 0.0
        for day, error in enumerate(real - made):
            found[day] = made[day] + self.share * level
            seen = np.isfinite(error)
            if not seen.any():
                continue
            size = fade * size + float(np.abs(error[seen]).mean())
            heft = fade * heft + 1.0
            held = np.clip(error, -self.limit * size / heft, self.limit * size / heft)
            level = fade * level + (1.0 - fade) * np.where(seen, held, level)
        return found
