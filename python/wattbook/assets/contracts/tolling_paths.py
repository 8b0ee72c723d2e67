"""Tolling at prices that move: what the right to wait and see is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.contracts.periods import period_column
from wattbook.assets.contracts.tolling import Floats, Tolling, value_tolling
from wattbook.assets.least_squares import simulated_bounds
from wattbook.assets.spot import SpotModel, joint_correlation
from wattbook.assets.storage.value import SimulatedValue
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = ["TollingPaths", "simulated_tolling"]

Numbers = NDArray[np.int64]
SAME = 1e-6


@dataclass(frozen=True, slots=True)
class TollingPaths:
    """A tolling agreement at prices that move, in money.

    Parameters
    ----------
    intrinsic : float
        What the best schedule at forward prices earns, before the toll.
    earned : SimulatedValue
        What a policy earns before the toll, and no policy more than.
    toll : float
    """

    intrinsic: float
    earned: SimulatedValue
    toll: float

    @property
    def value(self) -> float:
        """What the policy earns, less the toll."""
        return self.earned.lower.mean - self.toll

    @property
    def extrinsic(self) -> float:
        """What the policy earns more than the schedule that could be locked in today."""
        return self.earned.lower.mean - self.intrinsic


def simulated_tolling(
    terms: Tolling,
    grid: CurveGrid,
    power_price: Floats,
    fuel_price: Floats | float,
    co2_price: Floats | float = 0.0,
    *,
    power: SpotModel,
    fuel: SpotModel,
    correlation: Floats | None = None,
    paths: int = 4_000,
    seed: int = 1,
) -> TollingPaths:
    """Return the value of a tolling agreement by least-squares Monte Carlo, from below and above.

    Each morning the day's prices of power and fuel are known, hour by hour, as after a day-ahead
    auction; those of later days are not. The hours of the day are scheduled exactly for what each
    state of the plant will be worth, with starts and least times over midnight.

    Parameters
    ----------
    terms : Tolling
    grid : CurveGrid
        Hours or quarter-hours.
    power_price, fuel_price, co2_price
        Forward prices as in `value_tolling`; the mean of each hour's price. CO2 does not move.
    power, fuel : SpotModel
        How prices move from day to day: all hours of a day alike. The forward price of a day is the
        mean over its hours.
    correlation : ndarray of shape (n_factors of power, n_factors of fuel), optional
        Of the factors' shocks; none by default.
    paths, seed : int, optional

    Raises
    ------
    InputError
        If a curve does not fit its model; names the day.

    References
    ----------
    Tseng and Barz (2002), Short-term generation asset valuation: a real options approach,
    Operations Research 50, 297-310.

    Examples
    --------
    The right to wait is worth something even where forward prices are below cost.

    >>> import datetime as dt
    >>> from wattbook.assets.contracts import GAS_MWH, Conversion
    >>> from wattbook.assets.spot import Factor
    >>> from wattbook.market.curves import curve_grid
    >>> days = curve_grid("DE-LU", dt.date(2027, 1, 4), dt.date(2027, 1, 8), "hour")
    >>> terms = Tolling("toll", Conversion(GAS_MWH, 0.5, "HHV"), 100.0, start_cost=1_000.0)
    >>> power = SpotModel(np.full(4, 58.0), (Factor(0.1, 0.1),))
    >>> fuel = SpotModel(np.full(4, 30.0), (Factor(0.1, 0.05),))
    >>> found = simulated_tolling(terms, days, np.full(96, 58.0), 30.0, power=power, fuel=fuel)
    >>> found.intrinsic, found.extrinsic > 0.0
    (0.0, True)
    """
    known = value_tolling(terms, grid, power_price, fuel_price, co2_price)
    toll = float(known.months["toll"].sum())
    curves = (
        period_column(grid, "power_price", power_price),
        period_column(grid, "fuel_price", np.broadcast_to(fuel_price, len(grid))),
        period_column(grid, "co2_price", np.broadcast_to(co2_price, len(grid))),
    )
    plant = TolledDays(terms, grid, (power, fuel), curves)
    joint = joint_correlation((power, fuel), correlation)
    found = simulated_bounds(plant, (power, fuel), joint, paths=paths, seed=seed)
    return TollingPaths(known.schedule.value, found, toll)


class TolledDays:
    """A tolled plant, day by day; its states are the hours that it has been on, then off."""

    def __init__(
        self,
        terms: Tolling,
        grid: CurveGrid,
        models: tuple[SpotModel, SpotModel],
        curves: tuple[Floats, Floats, Floats],
    ) -> None:
        hours = float(grid.hours[0])
        self.unit = terms.unit(hours)
        self.hours, self.models = hours, models
        self.up, self.down = self.unit.up_min, self.unit.down_min
        self.periods = np.split(np.arange(len(grid)), grid.day_start[1:-1])
        self.curves = curves
        for name, model, curve in zip(("power", "fuel"), models, curves[:2], strict=True):
            means = np.array([curve[periods].mean() for periods in self.periods])
            forward = np.asarray(model.forward, np.float64)
            if len(forward) != len(means):
                raise InputError(
                    f"tolling {terms.name}: {name} moves over {len(forward)} days, the curve has "
                    f"{len(means)}; give the same days"
                )
            is_off = np.abs(means - forward) > SAME * np.maximum(np.abs(means), 1.0)
            if is_off.any():
                at = int(np.argmax(is_off))
                raise InputError(
                    f"tolling {terms.name}: {name} of {grid.days[at]} is {means[at]:g} in the mean "
                    f"of its curve and {forward[at]:g} in the forward of its model; give one price"
                )

    def terminal(self) -> Floats:
        """Return nothing: least times may end after the last day."""
        return np.zeros(self.up + self.down)

    def start(self, values: Floats) -> int:
        """Return where the plant stands; the better of both, where that is free."""
        age = self.unit.periods_on
        on, off = self.up - 1, self.up + self.down - 1
        if age is None:
            return on if values[on] > values[off] else off
        return min(age, self.up) - 1 if age > 0 else self.up + min(-age, self.down) - 1

    def money(self, day: int, moved: Floats) -> tuple[Floats, Floats]:
        """Return what an hour on earns, and what a start in it costs, of shape (hours, paths)."""
        periods, unit = self.periods[day], self.unit
        power, fuel = (
            model.price(curve[periods, None], move)
            for model, curve, move in zip(self.models, self.curves[:2], moved, strict=True)
        )
        burnt = fuel + unit.emission_t * self.curves[2][periods, None]
        margins = [
            mw * (power * self.hours - unit.operation_cost) - need * burnt
            for mw, need in unit.curve.below(1)
        ]
        start = unit.startups[0]
        return np.maximum.reduce(margins), start.cost + start.fuel * burnt

    def hour(self, after: Floats, margin: Floats, start: Floats) -> tuple[Floats, Floats, Floats]:
        """Return values before an hour, and on which paths it stays on and starts: who may."""
        up, last = self.up, self.up + self.down - 1
        before = np.empty_like(after)
        before[: up - 1] = after[1:up] + margin
        before[up:last] = after[up + 1 :]
        on, off = after[up - 1] + margin, after[up]
        started, idle = after[0] + margin - start, after[last]
        before[up - 1], before[last] = np.maximum(on, off), np.maximum(started, idle)
        return before, on >= off, started > idle

    def best(self, day: int, moved: Floats, after: Floats) -> Floats:
        """Return what each state is worth before a day."""
        values = np.ascontiguousarray(after.T)
        margins, starts = self.money(day, moved)
        for margin, start in zip(margins[::-1], starts[::-1], strict=True):
            values = self.hour(values, margin, start)[0]
        return np.ascontiguousarray(values.T)

    def follow(
        self, day: int, moved: Floats, after: Floats, state: Numbers
    ) -> tuple[Numbers, Floats]:
        """Return each path's state after a day, and what the day earned."""
        values = np.ascontiguousarray(after.T)
        margins, starts = self.money(day, moved)
        choices = []
        for margin, start in zip(margins[::-1], starts[::-1], strict=True):
            values, stays, begins = self.hour(values, margin, start)
            choices.append((margin, start, stays, begins))
        earned, last = np.zeros(len(state)), self.up + self.down - 1
        for margin, start, stays, pays in reversed(choices):
            begins = pays & (state == last)
            runs = begins | ((state < self.up) & ((state < self.up - 1) | stays))
            earned += runs * margin - begins * start
            age_on = np.where(begins, 0, np.minimum(state + 1, self.up - 1))
            age_off = np.where(state < self.up, self.up, np.minimum(state + 1, last))
            state = np.where(runs, age_on, age_off)
        return state, earned
