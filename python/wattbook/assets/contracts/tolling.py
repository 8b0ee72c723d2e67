"""Tolling: the right to run a plant against the market, for a toll."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts.periods import group_starts, months_of, period_column
from wattbook.assets.contracts.spreads import Conversion
from wattbook.assets.unit import PointCurve, Startup, Unit, UnitSchedule, best_schedule
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = ["Tolling", "TollingValue", "value_tolling"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tolling:
    """The terms of a tolling agreement: who tolls brings fuel and CO2 and takes the power.

    Parameters
    ----------
    name : str
    conversion : Conversion
        At full power; its operation cost is paid for each MWh.
    power_max_mw : float, MW
    power_min_mw : float, MW, optional
        Least power while on.
    efficiency_loss : float, optional
        Share of the efficiency that is lost at least power.
    start_cost : float, money, optional
        Paid for each start beside its fuel.
    start_fuel : float, units of the fuel, optional
    up_min_hours, down_min_hours : float, optional
        Least time on and off.
    toll_per_mw_month : float, money, optional
        Paid for each MW of most power in each month.
    hours_on : float or None, optional
        Where the plant stands before the first period: hours on (above zero) or off (below zero);
        `None` for whatever is best, without a start in the first period.
    """

    name: str
    conversion: Conversion
    power_max_mw: float
    power_min_mw: float = 0.0
    efficiency_loss: float = 0.0
    start_cost: float = 0.0
    start_fuel: float = 0.0
    up_min_hours: float = 0.0
    down_min_hours: float = 0.0
    toll_per_mw_month: float = 0.0
    hours_on: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.power_min_mw <= self.power_max_mw or self.power_max_mw == 0.0:
            raise InputError(
                f"tolling {self.name}: power from {self.power_min_mw} to {self.power_max_mw} MW; "
                "give the least first, and a most above 0"
            )
        if not 0.0 <= self.efficiency_loss < 1.0:
            raise InputError(
                f"tolling {self.name}: efficiency_loss {self.efficiency_loss}; give a share from 0 "
                "to below 1"
            )
        if not min(self.start_cost, self.start_fuel, self.up_min_hours, self.down_min_hours) >= 0.0:
            raise InputError(
                f"tolling {self.name}: a start cost, start fuel or least time is below 0; give 0 "
                "or more"
            )

    def unit(self, hours: float) -> Unit:
        """Return the plant over periods of so many hours."""
        need = self.conversion.fuel_per_mwh * hours
        full = (self.power_max_mw, self.power_max_mw * need)
        least = (self.power_min_mw, self.power_min_mw * need / (1.0 - self.efficiency_loss))
        points = (full,) if least[0] == full[0] else (least, full)
        on = None if self.hours_on is None else round(self.hours_on / hours)
        return Unit(
            self.name,
            PointCurve(points),
            (Startup(1, self.start_cost, self.start_fuel),),
            up_min=max(round(self.up_min_hours / hours), 1),
            down_min=max(round(self.down_min_hours / hours), 1),
            operation_cost=self.conversion.operation_cost * hours,
            emission_t=self.conversion.fuel.emission_t_unit,
            periods_on=on,
            power=self.power_min_mw if on is not None and on > 0 else 0.0,
        )


@dataclass(frozen=True, slots=True, eq=False)
class TollingValue:
    """A tolling agreement at known prices, in money.

    Parameters
    ----------
    value : float
        Earnings of the best schedule less the toll.
    schedule : UnitSchedule
    months : polars.DataFrame
        ``month``, ``generation_mwh``, ``power_revenue``, ``fuel_cost``, ``co2_cost``,
        ``operation_cost``, ``starts``, ``start_cost``, ``toll``, ``value``.
    """

    value: float
    schedule: UnitSchedule
    months: pl.DataFrame


def value_tolling(
    terms: Tolling,
    grid: CurveGrid,
    power_price: Floats,
    fuel_price: Floats | float,
    co2_price: Floats | float = 0.0,
) -> TollingValue:
    """Return the intrinsic value of a tolling agreement: its best schedule at known prices.

    The schedule is exact: the dynamic programme of `wattbook.assets.unit.best_schedule`, with start
    costs and least times. On a forward curve it is what could be locked in today; the mean over
    scenarios of spot prices is more than any policy earns, because each schedule knows its prices.

    Parameters
    ----------
    terms : Tolling
    grid : CurveGrid
        Periods of equal length.
    power_price : ndarray of shape (n,), money a MWh
    fuel_price : float or ndarray of shape (n,), money a unit of the fuel
        In the power's currency.
    co2_price : float or ndarray of shape (n,), money a t, optional

    Raises
    ------
    InputError
        If a column does not fit, or no schedule keeps the rules.

    Examples
    --------
    >>> import datetime as dt
    >>> from wattbook.assets.contracts import GAS_MWH
    >>> from wattbook.market.curves import curve_grid
    >>> day = curve_grid("DE-LU", dt.date(2027, 1, 4), dt.date(2027, 1, 5), "hour")
    >>> terms = Tolling("toll", Conversion(GAS_MWH, 0.5, "HHV"), 100.0, start_cost=1_000.0)
    >>> price = np.where(np.arange(24) < 20, 50.0, 70.0)
    >>> value_tolling(terms, day, price, 30.0).value  # four hours, 10 above the fuel
    4000.0
    """
    lengths = np.unique(np.round(grid.hours, 9))
    if len(lengths) != 1:
        raise InputError(
            f"tolling {terms.name}: periods of {lengths.tolist()} hours; give hours or "
            "quarter-hours, not days"
        )
    hours = float(lengths[0])
    power_price = period_column(grid, "power_price", power_price)
    fuel = period_column(grid, "fuel_price", np.broadcast_to(fuel_price, len(grid)))
    co2 = period_column(grid, "co2_price", np.broadcast_to(co2_price, len(grid)))
    unit = terms.unit(hours)
    found = best_schedule(unit, power_price, fuel, co2_prices=co2, hours=hours)
    table = month_table(terms, unit, grid, found, (power_price, fuel, co2), hours)
    return TollingValue(float(table["value"].sum()), found, table)


def month_table(
    terms: Tolling,
    unit: Unit,
    grid: CurveGrid,
    found: UnitSchedule,
    prices: tuple[Floats, Floats, Floats],
    hours: float,
) -> pl.DataFrame:
    """Return what a schedule earns and costs by month."""
    power_price, fuel, co2 = prices
    was_on = found.is_on[0] if terms.hours_on is None else terms.hours_on > 0
    is_start = found.is_on & ~np.append(was_on, found.is_on[:-1])
    burnt = np.array([unit.curve.fuel(power) for power in found.power.tolist()]) * found.is_on
    burnt_at_start = is_start * terms.start_fuel
    generated = found.power * hours
    rows = {
        "generation_mwh": generated,
        "power_revenue": generated * power_price,
        "fuel_cost": (burnt + burnt_at_start) * fuel,
        "co2_cost": (burnt + burnt_at_start) * co2 * unit.emission_t,
        "operation_cost": found.power * unit.operation_cost,
        "starts": is_start.astype(np.float64),
        "start_cost": is_start * terms.start_cost,
    }
    months = months_of(grid)
    first = group_starts(months)
    # A month that is on the grid in part is tolled in part, by its days.
    share = np.array(
        [
            (days_in(grid, month) / whole_days(month))
            for month in months[first].astype("datetime64[M]")
        ]
    )
    return pl.DataFrame(
        {
            "month": months[first].astype("datetime64[D]"),
            **{name: np.add.reduceat(values, first) for name, values in rows.items()},
            "toll": share * terms.toll_per_mw_month * terms.power_max_mw,
        }
    ).with_columns(
        value=pl.col("power_revenue")
        - pl.sum_horizontal("fuel_cost", "co2_cost", "operation_cost", "start_cost", "toll")
    )


def days_in(grid: CurveGrid, month: np.datetime64) -> int:
    """Return how many days of a month are on the grid."""
    return int((grid.days.astype("datetime64[M]") == month).sum())


def whole_days(month: np.datetime64) -> int:
    """Return how many days a month has."""
    after = (month + 1).astype("datetime64[D]")
    return int((after - month.astype("datetime64[D]")).astype(np.int64))
