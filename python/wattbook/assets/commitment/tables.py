"""A commitment as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from wattbook.assets.commitment.result import Commitment

__all__ = ["period_table", "unit_table"]


def unit_table(found: Commitment) -> pl.DataFrame:
    """Return a row a unit and period: ``unit, period, is_on, power_mw, reserve_mw``."""
    fleet = found.fleet
    return pl.DataFrame(
        {
            "unit": np.repeat([unit.name for unit in fleet.units], fleet.periods),
            "period": np.tile(np.arange(fleet.periods), len(fleet.units)),
            "is_on": found.is_on.ravel(),
            "power_mw": found.power.ravel(),
            "reserve_mw": found.reserve.ravel(),
        }
    )


def period_table(found: Commitment) -> pl.DataFrame:
    """Return a row a period: demand, reserve, renewables, units on and the price of a MW more."""
    fleet = found.fleet
    return pl.DataFrame(
        {
            "period": np.arange(fleet.periods),
            "demand_mw": fleet.demand,
            "reserve_mw": fleet.reserve,
            "renewable_mw": found.renewable,
            "curtailed_mw": found.curtailed,
            "units_on": found.is_on.sum(axis=0),
            "price": found.prices,
        }
    )
