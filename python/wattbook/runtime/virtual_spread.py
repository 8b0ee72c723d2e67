"""Virtual bids on a spread: a desk file's lines as a strategy."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import DeskError
from wattbook.runtime.desk.spec import VirtualSpreadSpec
from wattbook.runtime.plan import PowerPlan, VirtualPlan
from wattbook.strategy.virtual_spread import SpreadHour, VirtualSpreadTrader, hour_views

__all__ = ["virtual_spread_trader"]


def local_hours(starts: NDArray[np.int64], time_zone: str) -> NDArray[np.int64]:
    """Return the hour of the local clock at which each delivery begins.

    Examples
    --------
    >>> local_hours(np.array([0]), "America/New_York").tolist()
    [19]
    """
    at = starts.astype("datetime64[ns]").astype("datetime64[s]").astype(object)
    zone, utc = ZoneInfo(time_zone), ZoneInfo("UTC")
    hours = [one.replace(tzinfo=utc).astimezone(zone).hour for one in at]
    return np.array(hours, np.int64)


def virtuals_of(spec: VirtualSpreadSpec, part: PowerPlan) -> VirtualPlan:
    """Return the virtual hours of a market.

    Raises
    ------
    DeskError
        If they were not planned.
    """
    if part.virtuals is None:
        message = f"strategy {spec.name!r}: {part.spec.name!r} has no virtual hours; name another"
        raise DeskError(message)
    return part.virtuals


def virtual_spread_trader(
    spec: VirtualSpreadSpec, power: Mapping[str, PowerPlan]
) -> VirtualSpreadTrader:
    """Return the strategy of a ``kind = "virtual_spread"``.

    Raises
    ------
    DeskError
        If a market of it has no virtual hours.
    """
    part = power[spec.market]
    own = virtuals_of(spec, part)
    starts, spread = own.known.delivery_start, own.known.price
    charges = float(part.spec.virtual_charge)
    others: dict[int, int] = {}
    if spec.against is not None:
        other_part = power[spec.against]
        other = virtuals_of(spec, other_part)
        starts, at, other_at = np.intersect1d(
            starts, other.known.delivery_start, return_indices=True
        )
        spread = spread[at] - other.known.price[other_at]
        numbers = other.instrument_of(other.periods.delivery_start)
        others = dict(zip(other.periods.delivery_start.tolist(), numbers.tolist(), strict=True))
        charges += float(other_part.spec.virtual_charge)
    zone, periods = part.source.time_zone, own.periods
    wanted = local_hours(periods.delivery_start, zone).tolist()
    views = hour_views(local_hours(starts, zone), spread, wanted, float(spec.memory))
    rows = zip(
        periods.delivery_start.tolist(),
        own.instrument_of(periods.delivery_start).tolist(),
        periods.offer_at.tolist(),
        periods.gate.tolist(),
        views,
        strict=True,
    )
    return VirtualSpreadTrader(
        hours=[
            SpreadHour(
                instrument=instrument,
                against=others.get(start),
                offer_at=offer_at,
                valid_until=gate,
                view=view,
            )
            for start, instrument, offer_at, gate, view in rows
            # Of a path both places are traded in an hour, or none.
            if spec.against is None or start in others
        ],
        volume=float(spec.volume),
        entry=float(spec.entry),
        charges=charges,
    )
