"""Load that can move: an electrolyser with a tank, and demand that waits or comes early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.commitment.formulation import earlier
from wattbook.assets.plants.solve import SECONDS, Power, add_states, per_period, power_of, solved
from wattbook.assets.program import INFINITY, Label, Program
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Electrolyser",
    "HydrogenSchedule",
    "ShiftSchedule",
    "ShiftedLoad",
    "add_hydrogen",
    "add_shift",
    "schedule_hydrogen",
    "schedule_shift",
]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True)
class Electrolyser:
    """Makes hydrogen of power, less and less for each MWh.

    Parameters
    ----------
    name : str
    curve : tuple of (MW, kg hydrogen a period)
        Powers rise, and hydrogen rises ever slower; the first is the least power while on.
    standby_mw : float, MW, optional
        Taken while off.
    start_cost : float, money, optional
    up_min, down_min : int, periods, optional
    tank_kg : float, kg, optional
        What can be kept between periods; the tank is empty at the beginning.
    is_on : bool, optional
        Before the first period.
    """

    name: str
    curve: tuple[tuple[float, float], ...]
    standby_mw: float = 0.0
    start_cost: float = 0.0
    up_min: int = 1
    down_min: int = 1
    tank_kg: float = 0.0
    is_on: bool = False


@dataclass(frozen=True, eq=False)
class HydrogenSchedule:
    """A schedule of an electrolyser, one value a period.

    Parameters
    ----------
    value : float
        Sales of hydrogen less power and starts.
    is_on : ndarray of bool
    power : ndarray, MW
    made_kg, sold_kg, tank_kg : ndarray, kg
        The last after each period.
    gap : float
        Share of the value that a better schedule could add at most: zero, unless time ran out.
    """

    value: float
    is_on: NDArray[np.bool_]
    power: Floats
    made_kg: Floats
    sold_kg: Floats
    tank_kg: Floats
    gap: float


def schedule_hydrogen(
    plant: Electrolyser,
    power_prices: Floats,
    hydrogen_prices: Floats | float,
    *,
    demand_kg: Floats | float = 0.0,
    sales_max_kg: Floats | float = np.inf,
    seconds: float = SECONDS,
) -> HydrogenSchedule:
    """Return the schedule that earns most.

    Parameters
    ----------
    plant : Electrolyser
    power_prices : ndarray of shape (periods,), money a MWh; a period is an hour
    hydrogen_prices : float or ndarray of shape (periods,), money a kg
    demand_kg : float or ndarray of shape (periods,), kg, optional
        Least that is sold in a period.
    sales_max_kg : float or ndarray of shape (periods,), kg, optional
    seconds : float, optional
        How long to search at most; then the best comes back with its gap.

    Raises
    ------
    InputError
        If the curve bends up, or rules contradict; names them.
    AssetError
        If no schedule was found in time.
    """
    prices = per_period("power_prices", power_prices, len(power_prices))
    periods = len(prices)
    program = Program()
    columns = add_hydrogen(program, plant, hydrogen_prices, demand_kg, sales_max_kg, periods)
    power = columns.power
    program.add_cost(power.columns, -power.factors * prices[power.periods])
    found = solved(program, plant.name, seconds=seconds)
    return columns.schedule(found.columns, -found.cost, found.gap)


@dataclass(frozen=True, eq=False)
class HydrogenColumns:
    """The columns of an electrolyser in a programme."""

    plant: Electrolyser
    on: NDArray[np.int64]
    shares: tuple[NDArray[np.int64], ...]
    idle: NDArray[np.int64]
    sold: NDArray[np.int64]
    tank: NDArray[np.int64]

    @property
    def power(self) -> Power:
        """What it takes from the grid, below zero."""
        curve = self.plant.curve
        taken = [(share, -power) for share, (power, _) in zip(self.shares, curve, strict=True)]
        return power_of([*taken, (self.idle, -self.plant.standby_mw)])

    def schedule(self, values: Floats, value: float, gap: float) -> HydrogenSchedule:
        """Return the schedule at the values of all columns."""
        made = np.array(self.plant.curve)[:, 1]
        weights = np.array([values[share] for share in self.shares])
        return HydrogenSchedule(
            value,
            values[self.on] > 0.5,
            -self.power.at(values, len(self.on)),
            made @ weights,
            values[self.sold],
            values[self.tank],
            gap,
        )


def add_hydrogen(
    program: Program,
    plant: Electrolyser,
    hydrogen_prices: Floats | float,
    demand_kg: Floats | float,
    sales_max_kg: Floats | float,
    periods: int,
) -> HydrogenColumns:
    """Add an electrolyser with its sales, at the cost of starts; power costs nothing yet.

    Raises
    ------
    InputError
        If the curve bends up, or a value is missing.
    """
    paid = per_period("hydrogen_prices", hydrogen_prices, periods)
    least = per_period("demand_kg", demand_kg, periods)
    most = np.broadcast_to(np.asarray(sales_max_kg, float), periods)
    points = np.array(plant.curve)
    if len(points) < 1 or (np.diff(points[:, 0]) <= 0).any():
        raise InputError(f"{plant.name}: powers of its curve do not rise; sort them")
    slopes = np.diff(points[:, 1]) / np.diff(points[:, 0])
    if (np.diff(slopes) > 1e-9).any():
        raise InputError(
            f"{plant.name}: its curve makes more of later MWh; give one that bends down"
        )
    on = add_states(program, plant, periods)
    shares = tuple(program.columns(periods, 0.0, 1.0, 0.0) for _ in plant.curve)
    idle = program.columns(periods, 0.0, 1.0, 0.0)
    label = Label("operating range", plant.name)
    program.rows(label, 0.0, 0.0, [(on, -1.0), *((share, 1.0) for share in shares)])
    program.rows(label, 1.0, 1.0, [(on, 1.0), (idle, 1.0)])
    sold = program.columns(periods, 0.0, INFINITY, -paid)
    tank = program.columns(periods, 0.0, plant.tank_kg, 0.0)
    made = [(share, -kg) for share, (_, kg) in zip(shares, plant.curve, strict=True)]
    terms = [(tank, 1.0), (earlier(tank, 1), -1.0), (sold, 1.0), *made]
    program.rows(Label("hydrogen", plant.name), 0.0, 0.0, terms)
    for period in range(periods):
        place = Label("sales of hydrogen", f"period {period}")
        program.rows(place, least[period], most[period], [(sold[period : period + 1], 1.0)])
    return HydrogenColumns(plant, on, shares, idle, sold, tank)


@dataclass(frozen=True)
class ShiftedLoad:
    """Demand that may come early or late.

    Parameters
    ----------
    name : str
    up_mw, down_mw : float, MW
        Most above and below what was planned.
    window : int, periods
        What is put off or brought forward is made good within so many periods.
    cost : float, money a MWh moved, optional
    shed_mw : float, MW, optional
        Most that is left out for good.
    shed_cost : float, money a MWh, optional
    """

    name: str
    up_mw: float
    down_mw: float
    window: int
    cost: float = 0.0
    shed_mw: float = 0.0
    shed_cost: float = 0.0


@dataclass(frozen=True, eq=False)
class ShiftSchedule:
    """A schedule of demand, one value a period.

    Parameters
    ----------
    saved : float
        Power not bought, or bought cheaper, less what moving and shedding cost.
    load, shed : ndarray, MW
        What is taken, and what is left out.
    gap : float
        Share of the value that a better schedule could add at most: zero, unless time ran out.
    """

    saved: float
    load: Floats
    shed: Floats
    gap: float


def schedule_shift(
    load: ShiftedLoad, planned: Floats, prices: Floats, *, seconds: float = SECONDS
) -> ShiftSchedule:
    """Return the demand that costs least at `prices`.

    Each MWh left out of one period is taken in another that is at most `window` periods away.

    Parameters
    ----------
    load : ShiftedLoad
    planned : ndarray of shape (periods,), MW
    prices : ndarray of shape (periods,), money a MWh; a period is an hour
    seconds : float, optional
        How long to search at most; then the best comes back with its gap.

    Raises
    ------
    InputError
        If a limit is below zero, or rules contradict; names them.
    AssetError
        If no schedule was found in time.
    """
    power_prices = per_period("prices", prices, len(prices))
    periods = len(power_prices)
    demand = per_period("planned", planned, periods)
    program = Program()
    columns = add_shift(program, load, demand)
    power = columns.power
    program.add_cost(power.columns, -power.factors * power_prices[power.periods])
    found = solved(program, load.name, seconds=seconds)
    return columns.schedule(found.columns, demand, -found.cost, found.gap)


@dataclass(frozen=True, eq=False)
class ShiftColumns:
    """The columns of movable demand in a programme."""

    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    moved: NDArray[np.int64]
    shed: NDArray[np.int64]

    @property
    def power(self) -> Power:
        """What is taken less than planned; more is below zero."""
        kept = np.ones(len(self.moved))
        return Power(
            np.concatenate([self.sources, self.targets, np.arange(len(self.shed))]),
            np.concatenate([self.moved, self.moved, self.shed]),
            np.concatenate([kept, -kept, np.ones(len(self.shed))]),
        )

    def schedule(self, values: Floats, planned: Floats, saved: float, gap: float) -> ShiftSchedule:
        """Return the schedule at the values of all columns."""
        taken = planned - self.power.at(values, len(planned))
        return ShiftSchedule(saved, taken, values[self.shed], gap)


def add_shift(program: Program, load: ShiftedLoad, demand: Floats) -> ShiftColumns:
    """Add movable demand, at the cost of moving and shedding; power saves nothing yet.

    Raises
    ------
    InputError
        If a limit is below zero.
    """
    periods = len(demand)
    if load.window < 0 or min(load.up_mw, load.down_mw, load.shed_mw) < 0:
        raise InputError(f"{load.name}: a limit is below zero; give limits from zero")
    pairs = [
        (source, target)
        for source in range(periods)
        for target in range(max(source - load.window, 0), min(source + load.window + 1, periods))
        if source != target
    ]
    sources = np.array([source for source, _ in pairs], np.int64)
    targets = np.array([target for _, target in pairs], np.int64)
    # Rows below say so too; bounds let a contradiction be told in few words.
    most = min(load.up_mw, load.down_mw)
    moved = program.columns(len(pairs), 0.0, most, load.cost)
    shed = program.columns(periods, 0.0, load.shed_mw, load.shed_cost)
    # Whether a period gives load away or takes it: in a chain of both it would go too far.
    gives = program.columns(periods, 0.0, 1.0, 0.0, whole=True)
    for period in range(periods):
        away, here = moved[sources == period], moved[targets == period]
        place = f"period {period}"
        left = np.append(away, shed[period])
        down = Label("most below plan", place)
        program.sum_row(down, -INFINITY, min(load.down_mw, demand[period]), left, 1.0)
        one_way = Label("most above plan", place)
        factors = np.append(np.ones(len(here)), load.up_mw)
        program.sum_row(one_way, -INFINITY, load.up_mw, np.append(here, gives[period]), factors)
        factors = np.append(np.ones(len(away)), -load.down_mw)
        program.sum_row(down, -INFINITY, 0.0, np.append(away, gives[period]), factors)
    return ShiftColumns(sources, targets, moved, shed)
