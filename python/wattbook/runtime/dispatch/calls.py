"""Reserves of a dispatched battery on its day: which blocks they are sold in, and when called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from wattbook.domain.instants import nanoseconds
from wattbook.runtime.desk.spec import DispatchReserveSpec, DispatchSpec

__all__ = ["Call", "called_by", "called_mwh", "calls_of", "is_sold", "price_of"]

HOUR_NS = 3_600 * 10**9
BLOCK_HOURS = 4
"""FCR and aFRR capacity are sold in six blocks a day."""


@dataclass(frozen=True, slots=True)
class Call:
    """Energy of a reserve that the operator asks for.

    Parameters
    ----------
    product : str
        Of which reserve.
    start, end : int
        Half-open, ns UTC.
    power_mw : float
        More delivery above zero, less below.
    """

    product: str
    start: int
    end: int
    power_mw: float


def calls_of(dispatch: DispatchSpec, day: dt.date, time_zone: str) -> tuple[Call, ...]:
    """Return the calls of a day; times of day are those of the market."""
    zone = ZoneInfo(time_zone)

    def instant(at: dt.time) -> int:
        return nanoseconds(dt.datetime.combine(day, at, zone))

    return tuple(
        Call(reserve.product, instant(call.at), instant(call.until), float(call.power))
        for reserve in dispatch.reserve
        for call in reserve.call
    )


def called_by(calls: Sequence[Call], at: int) -> dict[str, float]:
    """Return the power that is called of each product at an instant, MW."""
    return {call.product: call.power_mw for call in calls if call.start <= at < call.end}


def called_mwh(calls: Sequence[Call], start: int, end: int, product: str | None = None) -> float:
    """Return the energy called from `start` until `end`, MWh, of all products or one."""
    return sum(
        call.power_mw * max(min(call.end, end) - max(call.start, start), 0) / HOUR_NS
        for call in calls
        if product in (None, call.product)
    )


def block_of(at: int, time_zone: str) -> int:
    """Return the block of the local day that an instant lies in, from 0 on."""
    return dt.datetime.fromtimestamp(at / 1e9, ZoneInfo(time_zone)).hour // BLOCK_HOURS


def is_sold(reserve: DispatchReserveSpec) -> bool:
    """Return whether any block takes the reserve."""
    return reserve.blocks is None or any(price is not None for price in reserve.blocks)


def price_of(reserve: DispatchReserveSpec, at: int, time_zone: str) -> float | None:
    """Return what a MW and hour of the reserve is paid in a period, None where it is not sold.

    Every offer that a block takes is paid the block's price (FCR cooperation: pay as cleared).
    """
    blocks = reserve.blocks
    if blocks is None:
        return float(reserve.price)
    price = blocks[block_of(at, time_zone)]
    return None if price is None else float(price)
