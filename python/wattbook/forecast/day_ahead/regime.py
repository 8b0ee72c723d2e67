"""Days that no model has seen the like of: inputs beyond all that was known before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattbook.forecast.day_ahead.inputs import WEEKDAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.forecast.day_ahead.inputs import Design

__all__ = ["unseen_inputs"]

LEAST_DAYS = 364
"""Days before anything counts as new: a year has every season."""
MARGIN = 0.1
"""By which share of the range before it an input must go beyond it."""


def unseen_inputs(table: Design) -> NDArray[np.bool_]:
    """Return which inputs of each day lie beyond those of all days before it.

    An input counts by its mean over the day. Missing ones are not new; nothing is within the first
    year.

    Parameters
    ----------
    table : Design
        Of consecutive days.

    Returns
    -------
    ndarray of bool, shape (n_days, n_inputs)
        In the order of ``table.names``.
    """
    blocks = table.values[:, :-WEEKDAYS].reshape(table.values.shape[0], -1, 24)
    mean = blocks.mean(axis=2)
    known = np.isfinite(mean)
    low = np.minimum.accumulate(np.where(known, mean, np.inf), axis=0)
    high = np.maximum.accumulate(np.where(known, mean, -np.inf), axis=0)
    found: NDArray[np.bool_] = np.zeros_like(known)
    room = MARGIN * (high[:-1] - low[:-1])
    beyond = (mean[1:] < low[:-1] - room) | (mean[1:] > high[:-1] + room)
    found[1:] = beyond & known[1:]
    found[:LEAST_DAYS] = False
    return found
