"""What a battery could have earned, had it known all prices: bounds, each by its stated rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook._core import battery_foresight
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Schedule", "StoreLimits", "TwoSettlement", "foresight", "two_settlement_foresight"]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """Power and energy limits of a battery, for models.

    Parameters
    ----------
    charge_mw, discharge_mw : float
        Largest charge and discharge at the meter.
    ceiling_mwh, floor_mwh : float
        Most and least energy in the cells.
    charge_efficiency, discharge_efficiency : float in (0, 1]
        Shares that reach the cells and the meter.

    Examples
    --------
    >>> StoreLimits.symmetric(1.0, 2.0, round_trip=0.85).charge_efficiency
    0.9219544457292888
    """

    charge_mw: float
    discharge_mw: float
    ceiling_mwh: float
    floor_mwh: float = 0.0
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0

    @staticmethod
    def symmetric(power_mw: float, capacity_mwh: float, *, round_trip: float = 1.0) -> StoreLimits:
        """Return limits with equal powers and the square root of `round_trip` each way."""
        one_way = round_trip**0.5
        return StoreLimits(
            power_mw,
            power_mw,
            capacity_mwh,
            charge_efficiency=one_way,
            discharge_efficiency=one_way,
        )

    def values(self) -> tuple[float, float, float, float, float, float]:
        """Return the limits as the compiled module takes them."""
        return (
            self.charge_mw,
            self.discharge_mw,
            self.floor_mwh,
            self.ceiling_mwh,
            self.charge_efficiency,
            self.discharge_efficiency,
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule and what it earns.

    Parameters
    ----------
    value : float
        Cash of all intervals and of the priced energy at the end.
    charge_mwh, discharge_mwh : ndarray of shape (n_intervals,), MWh
        Bought and sold at the meter.
    energy_mwh : ndarray of shape (n_intervals,), MWh
        In the cells after each interval.
    """

    value: float
    charge_mwh: Floats
    discharge_mwh: Floats
    energy_mwh: Floats

    @property
    def net_mwh(self) -> Floats:
        """Sold less bought in each interval, MWh."""
        return self.discharge_mwh - self.charge_mwh


@dataclass(frozen=True, slots=True)
class TwoSettlement:
    """The best pair of a day-ahead award and a final position.

    Parameters
    ----------
    award : Schedule
        Settled at the day-ahead price; its `value` is at the spread to real time.
    final : Schedule
        What runs; its `value` is at the real-time price.
    """

    award: Schedule
    final: Schedule

    @property
    def value(self) -> float:
        """What both settlements earn together."""
        return self.award.value + self.final.value


def foresight(
    limits: StoreLimits,
    prices: ArrayLike,
    *,
    hours: float,
    initial_mwh: float | None = None,
    terminal_price: float = 0.0,
    charge_fee: float = 0.0,
    discharge_cost: float = 0.0,
    is_shared: bool = True,
) -> Schedule:
    """Return the best schedule when all prices are known; exact, without a grid.

    Parameters
    ----------
    limits : StoreLimits
        Of the battery.
    prices : array_like of shape (n_intervals,), currency per MWh
        At the meter, of one interval after the other.
    hours : float
        Length of an interval.
    initial_mwh : float, optional
        Energy in the cells at the start; the floor if left out.
    terminal_price : float, optional
        What a MWh above the floor is worth in the end.
    charge_fee, discharge_cost : float, optional
        Paid on top for each MWh charged and discharged: fees, wear.
    is_shared : bool, optional
        One inverter: in an interval a part may charge and the rest discharge. Otherwise both are
        limited apart, as in a plain linear programme, which at prices below zero burns energy by
        running both at once.

    Raises
    ------
    InputError
        If a limit or price is out of its range; names it.

    Examples
    --------
    >>> battery = StoreLimits.symmetric(1.0, 2.0, round_trip=0.81)
    >>> round(foresight(battery, [10.0, 100.0], hours=1.0).value, 6)
    71.0
    """
    at_meter = column(prices, "prices")
    value, *columns = battery_foresight(
        limits.values(),
        at_meter + charge_fee,
        at_meter - discharge_cost,
        np.full(len(at_meter), hours),
        is_shared,
        limits.floor_mwh if initial_mwh is None else initial_mwh,
        terminal_price,
    )
    return Schedule(value, *columns)


def two_settlement_foresight(
    limits: StoreLimits,
    day_ahead: ArrayLike,
    real_time: ArrayLike,
    *,
    hours: float,
    initial_mwh: float | None = None,
    terminal_price: float = 0.0,
    is_shared: bool = True,
) -> TwoSettlement:
    """Return the best award and final position where the difference settles in real time.

    The award earns the day-ahead price and owes the real-time price; what runs earns the
    real-time price. So the best award trades the spread of both. The limits of the battery
    hold for the award and for what runs: an award that the battery could not run is none.

    Parameters
    ----------
    limits : StoreLimits
        Of the battery.
    day_ahead : array_like of shape (n_hours,), currency per MWh
        Awards are flat over each of its periods.
    real_time : array_like of shape (n_hours * k,), currency per MWh
        `k` intervals to a day-ahead period.
    hours : float
        Length of a real-time interval.
    initial_mwh, terminal_price, is_shared
        As for `foresight`; the terminal price counts for what runs.

    Raises
    ------
    InputError
        If real-time intervals do not divide the day-ahead periods.

    Examples
    --------
    >>> battery = StoreLimits.symmetric(1.0, 2.0)
    >>> two_settlement_foresight(battery, [10, 50], [30, 30], hours=1.0).value
    40.0
    """
    first, then = column(day_ahead, "day-ahead prices"), column(real_time, "real-time prices")
    if len(first) == 0 or len(then) % len(first) != 0:
        raise InputError(
            f"{len(then)} real-time prices do not divide {len(first)} day-ahead periods; "
            "give whole periods of both"
        )
    parts = len(then) // len(first)
    spread = first - then.reshape(-1, parts).mean(axis=1)
    award = foresight(
        limits, spread, hours=hours * parts, initial_mwh=initial_mwh, is_shared=is_shared
    )
    final = foresight(
        limits,
        then,
        hours=hours,
        initial_mwh=initial_mwh,
        terminal_price=terminal_price,
        is_shared=is_shared,
    )
    return TwoSettlement(award, final)


def column(values: ArrayLike, what: str) -> Floats:
    """Return `values` as a contiguous array of floats.

    Raises
    ------
    InputError
        If it has no single axis, or a value is no finite number.
    """
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise InputError(f"{what} have {array.ndim} axes; give one value an interval")
    if not np.isfinite(array).all():
        at = int(np.argmin(np.isfinite(array)))
        raise InputError(f"{what}: interval {at} is {array[at]}; give numbers")
    return array
