"""The scale on which prices and inputs are tame, for tables with missing values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.forecast.day_ahead.inputs import WEEKDAYS
from wattbook.forecast.day_ahead.known import Floats

__all__ = ["Tame", "ready"]

TAME_LIMIT = 6.0
EVEN = 0.7
"""Brings tame columns near a variance of one."""


@dataclass(frozen=True, slots=True)
class Tame:
    """Medians and widths of columns, and the inverse hyperbolic sine between."""

    middle: Floats
    width: Floats

    @classmethod
    def of(cls, table: Floats) -> Tame:
        """Return the scale of each column; missing values are passed over."""
        seen = np.isfinite(table).any(axis=0)
        middle = np.zeros(table.shape[1])
        width = np.ones(table.shape[1])
        middle[seen] = np.nanmedian(table[:, seen], axis=0)
        spread = np.nanmedian(np.abs(table[:, seen] - middle[seen]), axis=0) * 1.4826
        width[seen] = np.where(spread > 0.0, spread, 1.0)
        return cls(middle, width)

    def into(self, table: Floats) -> NDArray[np.float32]:
        """Return tame values; a missing one becomes that of the median, zero."""
        tame = np.arcsinh((table - self.middle) / self.width)
        return np.nan_to_num(tame, nan=0.0).astype(np.float32)

    def back(self, tame: NDArray[np.floating]) -> Floats:
        """Return values in their unit."""
        held = np.clip(tame.astype(np.float64), -TAME_LIMIT, TAME_LIMIT)
        value: Floats = self.middle + self.width * np.sinh(held)
        return value


def ready(scale: Tame, inputs: Floats) -> NDArray[np.float32]:
    """Return inputs as networks and ridges take them."""
    tame = scale.into(inputs[:, :-WEEKDAYS]) * np.float32(EVEN)
    return np.hstack([tame, inputs[:, -WEEKDAYS:].astype(np.float32)])
