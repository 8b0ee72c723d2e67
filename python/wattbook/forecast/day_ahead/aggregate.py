"""Online aggregation of experts: weights follow what each member's errors were until now.

The weights of a day come from errors of days whose prices its gate knew. They are exponential in
the discounted losses of the members (exponentially weighted average forecaster; Cesa-Bianchi and
Lugosi, 2006), by hour, each hour sharing the losses of its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.known import Floats

__all__ = ["Aggregation"]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """How past errors become weights.

    Parameters
    ----------
    memory_days : float, optional
        Days after which a loss counts for 1/e.
    rate : float, optional
        How sharply weights answer to losses, relative to the members' mean loss; 0 for equal ones.
    neighbours : int, optional
        Hours on either side whose losses count too.
    """

    memory_days: float = 30.0
    rate: float = 8.0
    neighbours: int = 2

    def combine(self, made: Floats, real: Floats) -> tuple[Floats, Floats]:
        """Return the forecasts of all days, and the weights behind them.

        Parameters
        ----------
        made : ndarray of float64, shape (n_members, n_days, 24)
            Forecasts of consecutive days; a member without one (NaN) has no weight that day.
        real : ndarray of float64, shape (n_days, 24)
            Prices. Those of a day count from the next day on: at its gate they are known. A
            missing price (NaN) teaches nothing.

        Returns
        -------
        ndarray of shape (n_days, 24), ndarray of shape (n_members, n_days, 24)

        Raises
        ------
        ForecastError
            If shapes differ.
        """
        if made.ndim != 3 or made.shape[1:] != real.shape:
            message = f"forecasts of shape {made.shape} do not face prices of shape {real.shape}"
            raise ForecastError(message)
        weights = np.zeros_like(made)
        loss = np.zeros((made.shape[0], 24))
        heft = np.zeros((made.shape[0], 24))
        fade = np.exp(-1.0 / self.memory_days)
        for day in range(real.shape[0]):
            weights[:, day] = self.weights(loss, heft, np.isfinite(made[:, day]))
            error = np.abs(made[:, day] - real[day])
            seen = np.isfinite(error)
            loss = fade * loss + np.where(seen, error, 0.0)
            heft = fade * heft + seen
        combined = (weights * np.nan_to_num(made)).sum(axis=0)
        return np.where(weights.sum(axis=0) > 0.0, combined, np.nan), weights

    def weights(self, loss: Floats, heft: Floats, is_here: NDArray[np.bool_]) -> Floats:
        """Return weights by member and hour that sum to one over the members that are here."""
        hours = np.arange(24)
        near = np.abs(hours[:, None] - hours[None, :]) <= self.neighbours
        total, count = loss @ near, heft @ near
        mean = np.divide(total, count, out=np.zeros_like(total), where=count > 0.0)
        # A member that was never seen counts as an ordinary one.
        seen = np.where(count > 0.0, mean, np.nan)
        ordinary = np.ones(24)
        known = np.isfinite(seen).any(axis=0)
        ordinary[known] = np.nanmean(seen[:, known], axis=0)
        relative = np.where(count > 0.0, mean, ordinary) / np.maximum(ordinary, 1e-12)
        raw = np.exp(-self.rate * (relative - relative.min(axis=0))) * is_here
        total_raw = raw.sum(axis=0)
        share: Floats = np.divide(raw, total_raw, out=np.zeros_like(raw), where=total_raw > 0.0)
        return share
