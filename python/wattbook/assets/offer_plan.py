"""Offers of a battery for real-time intervals, from what is known when each is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattbook._core import BatteryOfferPlan
from wattbook.assets.foresight import Floats, StoreLimits, column
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["DayRun", "OfferPlan", "OfferStep", "run_offers"]


@dataclass(frozen=True, slots=True)
class OfferStep:
    """Power that runs at its price or better.

    Parameters
    ----------
    price : float, currency per MWh
        Charged at or below it, discharged at or above it.
    power_mw : float
        At the meter; below zero charges.
    """

    price: float
    power_mw: float


class OfferPlan:
    """Values of the energy in the cells through one day, and offers made of them.

    A stochastic dynamic programme: real-time prices deviate from the known day-ahead prices as
    they did on past days, by part of the day and by how far prices are out before the interval.

    Parameters
    ----------
    limits : StoreLimits
        Of the battery.
    past_day_ahead, past_real_time : array_like of shape (n_days, n_intervals), currency per MWh
        Days before the day; without any, real-time prices are taken to equal day-ahead prices.
    day_ahead : array_like of shape (n_intervals,), currency per MWh
        Of the day, known before it begins.
    hours : float
        Length of an interval.
    terminal_price : float, optional
        What a MWh above the floor is worth when the day ends.

    Raises
    ------
    InputError
        If the days are not of one length or a price is no number.

    Examples
    --------
    >>> import numpy as np
    >>> battery = StoreLimits.symmetric(1.0, 2.0)
    >>> none = np.empty((0, 2))
    >>> plan = OfferPlan(battery, none, none, [10.0, 50.0], hours=1.0)
    >>> steps = plan.offer(0, level=0.0, energy_mwh=0.0)
    >>> round(sum(step.power_mw for step in steps), 6), {round(step.price) for step in steps}
    (-1.0, {50})
    """

    __slots__ = ("_core", "day_ahead")

    def __init__(
        self,
        limits: StoreLimits,
        past_day_ahead: ArrayLike,
        past_real_time: ArrayLike,
        day_ahead: ArrayLike,
        *,
        hours: float,
        terminal_price: float = 0.0,
    ) -> None:
        self.day_ahead = column(day_ahead, "day-ahead prices")
        first, then = np.asarray(past_day_ahead, float), np.asarray(past_real_time, float)
        if first.shape != then.shape or first.shape[1:] != self.day_ahead.shape:
            raise InputError(
                f"past prices of shape {first.shape} and {then.shape} do not fit a day of "
                f"{len(self.day_ahead)} intervals; give (n_days, {len(self.day_ahead)}) of both"
            )
        self._core = BatteryOfferPlan(
            store=limits.values(),
            past_day_ahead=np.ascontiguousarray(first).ravel(),
            past_real_time=np.ascontiguousarray(then).ravel(),
            day_ahead=self.day_ahead,
            hours=hours,
            terminal_price=terminal_price,
        )

    def offer(self, interval: int, *, level: float, energy_mwh: float) -> tuple[OfferStep, ...]:
        """Return the steps offered for an interval, those that charge first.

        Parameters
        ----------
        interval : int
            Its place in the day.
        level : float
            How far prices were out before it, from `level_after`; 0 when the day begins.
        energy_mwh : float
            In the cells before it.

        Raises
        ------
        InputError
            If there is no such interval or the energy is outside the limits.
        """
        charge_prices, charges, discharge_prices, discharges = self._core.offer(
            interval, level, energy_mwh
        )
        steps = zip(charge_prices + discharge_prices, charges + discharges, strict=True)
        return tuple(OfferStep(price, power) for price, power in steps)

    def power_at(self, interval: int, price: float, *, level: float, energy_mwh: float) -> float:
        """Return what the interval's offer runs at `price`, in MW; below zero charges."""
        return self._core.power_at(interval, level, energy_mwh, price)

    def level_after(self, interval: int, price: float, *, level: float) -> float:
        """Return the level after an interval's real-time price, for the next one."""
        return self._core.level_after(level, float(self.day_ahead[interval]), price)


@dataclass(frozen=True, slots=True)
class DayRun:
    """How a day of offers ran.

    Parameters
    ----------
    power_mw : ndarray of shape (n_intervals,)
        At the meter; below zero charges.
    energy_mwh : ndarray of shape (n_intervals,)
        In the cells after each interval.
    value : float
        What it earned.
    """

    power_mw: Floats
    energy_mwh: Floats
    value: float


def run_offers(
    plan: OfferPlan,
    limits: StoreLimits,
    real_time: ArrayLike,
    *,
    hours: float,
    initial_mwh: float | None = None,
    reacts_late: bool = False,
) -> DayRun:
    """Return what the offers of `plan` run and earn at real-time prices as they come.

    Parameters
    ----------
    plan : OfferPlan
        Of the day.
    limits : StoreLimits
        Of the battery.
    real_time : array_like of shape (n_intervals,), currency per MWh
        The price of an interval dispatches its own offer and is known to later ones.
    hours : float
        Length of an interval.
    initial_mwh : float, optional
        Energy in the cells at the start; the floor if left out.
    reacts_late : bool, optional
        Each interval runs what its offer says at the price of the interval before, for a market
        that takes a fixed power and no offer.
    """
    prices = column(real_time, "real-time prices")
    energy = limits.floor_mwh if initial_mwh is None else initial_mwh
    level, value = 0.0, 0.0
    power_mw, energy_mwh = np.empty(len(prices)), np.empty(len(prices))
    seen = float(plan.day_ahead[0])
    for interval, price in enumerate(prices.tolist()):
        heard = seen if reacts_late else price
        power = plan.power_at(interval, heard, level=level, energy_mwh=energy)
        level = plan.level_after(interval, price, level=level)
        into = -limits.charge_efficiency if power < 0 else -1 / limits.discharge_efficiency
        energy = min(max(energy + into * power * hours, limits.floor_mwh), limits.ceiling_mwh)
        power_mw[interval], energy_mwh[interval] = power, energy
        value += power * hours * price
        seen = price
    return DayRun(power_mw, energy_mwh, value)
