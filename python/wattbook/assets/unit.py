"""A thermal unit, and its best schedule at given prices."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook._core import ThermalUnit as CoreUnit
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PointCurve", "QuadraticCurve", "Startup", "Unit", "UnitSchedule", "best_schedule"]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True)
class PointCurve:
    """Fuel by power, straight between points.

    Parameters
    ----------
    points : tuple of (MW, fuel of a period)
        Powers rise, and fuel rises ever faster. The first is the least power, the last the most.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        powers, fuels = np.array(self.points, np.float64).reshape(-1, 2).T
        slopes = np.diff(fuels) / np.where(np.diff(powers) > 0, np.diff(powers), np.nan)
        # A slope may fall by the rounding of the points that it is between.
        falls = np.diff(slopes) < -1e-6 * np.maximum(1.0, np.abs(slopes[:-1]))
        if not len(powers) or np.isnan(slopes).any() or falls.any():
            raise InputError(
                f"points of a fuel curve {self.points}: give powers that rise and fuel that rises "
                "ever faster"
            )

    def fuel(self, power: float) -> float:
        """Return the fuel of a period at `power`."""
        powers, fuels = zip(*self.points, strict=True)
        return float(np.interp(power, powers, fuels))

    def below(self, pieces: int) -> tuple[tuple[float, float], ...]:
        """Return points whose straight pieces are nowhere above the curve: the curve itself."""
        del pieces
        return self.points

    def scaled(self, factor: float) -> PointCurve:
        """Return the curve with `factor` times the fuel."""
        return PointCurve(tuple((power, factor * fuel) for power, fuel in self.points))


@dataclass(frozen=True)
class QuadraticCurve:
    """Fuel by power, ``constant + linear * power + square * power ** 2``.

    Parameters
    ----------
    power_min, power_max : float, MW
    constant, linear, square : float
        `square` is zero or above.
    """

    power_min: float
    power_max: float
    constant: float
    linear: float
    square: float

    def fuel(self, power: float) -> float:
        """Return the fuel of a period at `power`."""
        return self.constant + (self.linear + self.square * power) * power

    def below(self, pieces: int) -> tuple[tuple[float, float], ...]:
        """Return points whose straight pieces are nowhere above the curve.

        The pieces touch the curve at `pieces` powers, the least and the most among them.
        """
        if self.square == 0.0 or self.power_max <= self.power_min:
            ends = sorted({self.power_min, self.power_max})
            return tuple((power, self.fuel(power)) for power in ends)
        touched = np.linspace(self.power_min, self.power_max, max(pieces, 2))
        # Two tangents of a parabola meet half way, below it by the square of the half distance.
        meets = (touched[:-1] + touched[1:]) / 2
        drop = self.square * ((touched[1] - touched[0]) / 2) ** 2
        inner = [(float(power), self.fuel(power) - drop) for power in meets]
        first, last = self.power_min, self.power_max
        return ((first, self.fuel(first)), *inner, (last, self.fuel(last)))

    def scaled(self, factor: float) -> QuadraticCurve:
        """Return the curve with `factor` times the fuel."""
        return replace(
            self,
            constant=factor * self.constant,
            linear=factor * self.linear,
            square=factor * self.square,
        )


@dataclass(frozen=True)
class Startup:
    """A category of start: what it takes to start after at least so many periods off.

    Parameters
    ----------
    lag : int
        Least number of periods off for which the category holds.
    cost : float
        Money that does not follow the fuel's price.
    fuel : float, optional
    """

    lag: int
    cost: float
    fuel: float = 0.0


@dataclass(frozen=True)
class Unit:
    """A thermal unit. Powers in MW, times in periods.

    Parameters
    ----------
    name : str
    curve : PointCurve or QuadraticCurve
        Fuel of a period by power. With a fuel price of 1 it is money.
    startups : tuple of Startup
        Lags rise; the first is at most `down_min`.
    ramp_up, ramp_down : float, MW, optional
        Most change from one period to the next.
    startup_limit, shutdown_limit : float, MW, optional
        Most power in the first and in the last period on.
    up_min, down_min : int, optional
        Least number of periods on and off.
    must_run : bool, optional
    operation_cost : float, optional
        Money a MW and period beside the fuel.
    emission_t : float, optional
        Tonnes of CO2 that a unit of fuel makes.
    periods_on : int or None, optional
        Where it stands before the first period: periods on (above zero) or off (below zero). `None`
        stands for the best of all, and a start in the first period is then free.
    power : float, MW, optional
        Power in the last period before the first, if on.
    """

    name: str
    curve: PointCurve | QuadraticCurve
    startups: tuple[Startup, ...] = (Startup(1, 0.0),)
    ramp_up: float = math.inf
    ramp_down: float = math.inf
    startup_limit: float = math.inf
    shutdown_limit: float = math.inf
    up_min: int = 1
    down_min: int = 1
    must_run: bool = False
    operation_cost: float = 0.0
    emission_t: float = 0.0
    periods_on: int | None = None
    power: float = 0.0

    @property
    def power_min(self) -> float:
        """Least power while on, MW."""
        curve = self.curve
        return curve.points[0][0] if isinstance(curve, PointCurve) else curve.power_min

    @property
    def power_max(self) -> float:
        """Most power, MW."""
        curve = self.curve
        return curve.points[-1][0] if isinstance(curve, PointCurve) else curve.power_max

    @property
    def edge(self) -> tuple[float, float]:
        """Most power in the first and in the last period on, MW: no more than the ramps leave."""
        low, high = self.power_min, self.power_max
        return (
            min(self.startup_limit, low + self.ramp_up, high),
            min(self.shutdown_limit, low + self.ramp_down, high),
        )

    @property
    def stop_top(self) -> float:
        """Most power made and held back in the last period on, MW."""
        return min(self.shutdown_limit, self.power_max)

    @property
    def is_ramped(self) -> bool:
        """Whether a ramp is short of the whole range."""
        return min(self.ramp_up, self.ramp_down) < self.power_max - self.power_min - 1e-6

    def startup(self, off: int) -> Startup:
        """Return the category of a start after `off` periods off."""
        return next((one for one in reversed(self.startups) if one.lag <= off), self.startups[0])

    def cost(self, power: float) -> float:
        """Return what a period at `power` costs at a fuel price of 1."""
        return self.curve.fuel(power) + self.operation_cost * power

    def priced(self, fuel_price: float, co2_price: float = 0.0) -> Unit:
        """Return the unit with its fuel in money, what it emits among its cost.

        Examples
        --------
        >>> unit = Unit("gas", PointCurve(((10.0, 20.0), (50.0, 90.0))), emission_t=0.2)
        >>> unit.priced(30.0, co2_price=75.0).curve.points
        ((10.0, 900.0), (50.0, 4050.0))
        """
        factor = fuel_price + self.emission_t * co2_price
        starts = tuple(Startup(one.lag, one.cost + factor * one.fuel, 0.0) for one in self.startups)
        return replace(self, curve=self.curve.scaled(factor), startups=starts, emission_t=0.0)

    def core(self, pieces: int = 33) -> CoreUnit:
        """Return the unit as the compiled module knows it, a quadratic curve in pieces.

        Raises
        ------
        InputError
            If a parameter is out of its range; names it, its value and the fix.
        """
        try:
            return CoreUnit(
                production=list(self.curve.below(pieces)),
                startups=[(one.lag, one.fuel, one.cost) for one in self.startups],
                ramp=(self.ramp_up, self.ramp_down),
                edge=(self.startup_limit, self.shutdown_limit),
                up_min=self.up_min,
                down_min=self.down_min,
                must_run=self.must_run,
                operation_cost=self.operation_cost,
                state=None if self.periods_on is None else (self.periods_on, self.power),
            )
        except InputError as fault:
            raise InputError(f"unit {self.name}: {fault}") from fault


@dataclass(frozen=True)
class UnitSchedule:
    """A unit's schedule.

    Parameters
    ----------
    value : float
        Earnings less fuel, operation and starts, in money.
    power : ndarray of shape (periods,), MW
    is_on : ndarray of shape (periods,), bool
    """

    value: float
    power: Floats
    is_on: NDArray[np.bool_]


def best_schedule(
    unit: Unit,
    power_prices: Floats,
    fuel_prices: Floats | float = 1.0,
    *,
    co2_prices: Floats | float = 0.0,
    reserve_prices: Floats | None = None,
    hours: float = 1.0,
) -> UnitSchedule:
    """Return the schedule of `unit` that earns most at given prices, exactly.

    A dynamic programme over starts and stops, and with ramps over the powers that ramps lead to. A
    least time on or off may end after the last period.

    Parameters
    ----------
    unit : Unit
    power_prices : ndarray of shape (periods,), money a MWh
    fuel_prices, co2_prices : float or ndarray of shape (periods,), money a unit of fuel, a tonne
    reserve_prices : ndarray of shape (periods,), money a MWh of power held back, optional
        Held back is what is within a ramp of the period before; below zero, nothing is.
    hours : float, optional
        Length of a period.

    Raises
    ------
    InputError
        If a parameter is out of its range, if ramps up and down share no step, or if no schedule
        keeps every rule; names them.

    Examples
    --------
    >>> curve = PointCurve(((10.0, 20.0), (50.0, 90.0)))
    >>> unit = Unit("gas", curve, (Startup(1, 500.0),), up_min=2, periods_on=-5)
    >>> best_schedule(unit, np.array([30.0, 80.0, 34.0]), 20.0).power
    array([ 0., 50., 10.])
    """
    prices = np.ascontiguousarray(power_prices, dtype=np.float64)
    burnt = np.asarray(fuel_prices, dtype=np.float64)
    emitted = np.asarray(co2_prices, dtype=np.float64)
    try:
        fuel = np.ascontiguousarray(
            np.broadcast_to(burnt + unit.emission_t * emitted, prices.shape)
        )
    except ValueError as fault:
        raise InputError(
            f"unit {unit.name}: prices of fuel or CO2 do not fit {prices.shape} of power; "
            "give one value a period"
        ) from fault
    reserve = np.zeros(0) if reserve_prices is None else np.asarray(reserve_prices, np.float64)
    try:
        value, power, is_on = unit.core().best_schedule(
            prices * hours, fuel, np.ascontiguousarray(reserve * hours)
        )
    except InputError as fault:
        raise InputError(f"unit {unit.name}: {fault}") from fault
    return UnitSchedule(value, power, is_on)
