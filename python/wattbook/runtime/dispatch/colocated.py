"""Wind or solar behind the connection of a dispatched battery: what it leaves of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from wattbook.assets.dispatch import SetpointLimits
from wattbook.assets.linear import Floats, Numbers
from wattbook.runtime.desk.spec import DispatchSpec

__all__ = ["expected_exports", "limits_beside"]


def clock_hour(at: int, time_zone: str) -> int:
    """Return the hour of the clock of an instant, ns UTC."""
    return dt.datetime.fromtimestamp(at // 10**9, ZoneInfo(time_zone)).hour


def expected_exports(dispatch: DispatchSpec, starts: Numbers, time_zone: str) -> Floats | None:
    """Return what the plant's forecast leaves of the connection in each period, MW.

    Parameters
    ----------
    starts : ndarray of int, ns UTC

    Returns
    -------
    ndarray of shape (n_periods,), or None
        None without a plant.
    """
    if dispatch.colocated is None or dispatch.grid_export is None:
        return None
    forecast = dispatch.colocated.forecast
    left = [dispatch.grid_export - forecast[clock_hour(int(at), time_zone)] for at in starts]
    return np.maximum(np.array(left, np.float64), 0.0)


def limits_beside(
    limits: SetpointLimits, dispatch: DispatchSpec, at: int, time_zone: str
) -> SetpointLimits:
    """Return what no setpoint may leave beside what the plant makes at an instant."""
    if dispatch.colocated is None or dispatch.grid_export is None:
        return limits
    made = dispatch.colocated.made or dispatch.colocated.forecast
    left = float(dispatch.grid_export - made[clock_hour(at, time_zone)])
    return replace(limits, export_mw=min(limits.export_mw, max(left, 0.0)))
