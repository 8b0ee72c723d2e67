"""Known answers of assets, recomputed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from wattbook.assets.unit import PointCurve, Startup, Unit, best_schedule

__all__ = ["virtual_plant"]


def virtual_plant(case: Mapping[str, Any]) -> float:
    """Value of a virtual power plant at known prices, on or off before as is best.

    Fuel carries the add-on of its cost, that of a start too.
    """
    rate, least, most = case["heat_rate"], case["p_min"], case["p_max"]
    unit = Unit(
        "virtual plant",
        PointCurve(((least, least * rate), (most, most * rate))),
        (Startup(1, case["start_up_fix_cost"], fuel=case["start_up_fuel"]),),
        up_min=case["t_min_up"],
        down_min=case["t_min_down"],
        periods_on=None,
    )
    fuel = np.asarray(case["fuel_prices"], np.float64) + case["fuel_cost_addon"]
    return best_schedule(unit, np.asarray(case["power_prices"], np.float64), fuel).value
