"""Reservoirs, one above the other, with turbines and pumps between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook.assets.commitment.formulation import earlier
from wattbook.assets.plants.solve import SECONDS, Power, per_period, power_of, solved
from wattbook.assets.program import INFINITY, Label, Program
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["HydroSchedule", "Reservoir", "add_hydro", "schedule_hydro"]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, eq=False)
class Reservoir:
    """Water above a turbine. Volumes and flows share one unit, such as 1,000 cubic metres.

    Parameters
    ----------
    name : str
    volume_max : float
    turbine_max : float, volume a period
    energy_mwh : float, MWh a unit of volume
        What the turbine makes of it.
    inflow : float or ndarray of shape (periods,), volume a period, optional
    volume_min, start : float, optional
    end : float, optional
        Least volume after the last period.
    end_value : float, money a unit of volume, optional
        What water left is worth: its water value at the end.
    pump_max : float, volume a period, optional
        Lifted from the reservoir below.
    pump_energy_mwh : float, MWh a unit of volume, optional
    below : str, optional
        Where the water goes to; it leaves if left out.
    delay : int, periods, optional
        Until it is there.
    """

    name: str
    volume_max: float
    turbine_max: float
    energy_mwh: float
    inflow: Floats | float = 0.0
    volume_min: float = 0.0
    start: float = 0.0
    end: float = 0.0
    end_value: float = 0.0
    pump_max: float = 0.0
    pump_energy_mwh: float = 0.0
    below: str | None = None
    delay: int = 0


@dataclass(frozen=True, eq=False)
class HydroSchedule:
    """A schedule of reservoirs; arrays have shape (reservoirs, periods).

    Parameters
    ----------
    value : float
        Earnings of power, and water left at its value.
    turbined, pumped, spilled, volume : ndarray
        Volumes; the last after each period.
    power : ndarray of shape (periods,), MWh a period
        Made less what the pumps take.
    water_value : ndarray, money a unit of volume
        What one more unit of water in a period would earn.
    gap : float
        Share of the value that a better schedule could add at most: zero, unless time ran out.
    """

    value: float
    turbined: Floats
    pumped: Floats
    spilled: Floats
    volume: Floats
    power: Floats
    water_value: Floats
    gap: float


def check_cascade(reservoirs: Sequence[Reservoir]) -> None:
    """Refuse a cascade whose water would run for ever, or that lies outside its limits.

    Raises
    ------
    InputError
        Naming the reservoir and the fix.
    """
    if not reservoirs:
        raise InputError("a cascade without a reservoir; give one at least")
    below = {one.name: one.below for one in reservoirs}
    for one in reservoirs:
        if one.below is not None and (one.below not in below or one.below == one.name):
            raise InputError(f"reservoir {one.name}: none other is called {one.below!r}; name one")
        if not one.volume_min <= one.start <= one.volume_max:
            raise InputError(
                f"reservoir {one.name} starts at {one.start:g}, outside {one.volume_min:g} to "
                f"{one.volume_max:g}; give a start within them"
            )
        if one.pump_max > 0 and one.pump_energy_mwh < one.energy_mwh:
            raise InputError(
                f"reservoir {one.name}: a pump takes {one.pump_energy_mwh:g} MWh a unit of volume, "
                f"its turbine gives {one.energy_mwh:g}; give a pump that takes no less"
            )
        passed = {one.name}
        downstream = one.below
        while downstream is not None:
            if downstream in passed:
                raise InputError(
                    f"reservoir {one.name}: its water comes back to {downstream}; let the last one "
                    "have none below"
                )
            passed.add(downstream)
            downstream = below.get(downstream)


def schedule_hydro(
    reservoirs: Sequence[Reservoir], prices: Floats, *, seconds: float = SECONDS
) -> HydroSchedule:
    """Return the schedule of a cascade that earns most at `prices`: a linear programme.

    Spilled water takes the turbine's way. Water on its way at the end is lost.

    Parameters
    ----------
    reservoirs : sequence of Reservoir
    prices : ndarray of shape (periods,), money a MWh
    seconds : float, optional
        How long to search at most; then the best comes back with its gap.

    Raises
    ------
    InputError
        If there is no reservoir, one names another below that there is not or that leads back to
        it, a pump takes less than the turbine gives, or rules contradict; names them.
    AssetError
        If no schedule was found in time.
    """
    power_prices = per_period("prices", prices, len(prices))
    periods = len(power_prices)
    program = Program()
    columns = add_hydro(program, reservoirs, periods)
    power = columns.power
    program.add_cost(power.columns, -power.factors * power_prices[power.periods])
    found = solved(program, "the reservoirs", seconds=seconds)
    # A cost that falls by a unit of water more is minus the dual of the balance.
    water = np.array([-found.duals[row : row + periods] for row in columns.balances], np.float64)
    return columns.schedule(found.columns, -found.cost, water, found.gap)


@dataclass(frozen=True, eq=False)
class HydroColumns:
    """The columns of a cascade in a programme: what it turbines, pumps, spills and keeps."""

    reservoirs: tuple[Reservoir, ...]
    flows: tuple[tuple[NDArray[np.int64], ...], ...]
    balances: tuple[int, ...]

    @property
    def power(self) -> Power:
        """What turbines put into the grid, less what pumps take."""
        made = [
            term
            for one, flow in zip(self.reservoirs, self.flows, strict=True)
            for term in ((flow[0], one.energy_mwh), (flow[1], -one.pump_energy_mwh))
        ]
        return power_of(made)

    def schedule(self, values: Floats, value: float, water: Floats, gap: float) -> HydroSchedule:
        """Return the schedule at the values of all columns, with its water values."""
        turbines, pumps, spills, contents = (
            np.array([values[flow[at]] for flow in self.flows], np.float64) for at in range(4)
        )
        power = self.power.at(values, turbines.shape[1])
        return HydroSchedule(value, turbines, pumps, spills, contents, power, water, gap)


def add_hydro(program: Program, reservoirs: Sequence[Reservoir], periods: int) -> HydroColumns:
    """Add a cascade; water left has its value, power earns nothing yet.

    Raises
    ------
    InputError
        As `schedule_hydro`, where reservoirs do not fit each other.
    """
    check_cascade(reservoirs)
    flows = []
    for one in reservoirs:
        turbined = program.columns(periods, 0.0, one.turbine_max, 0.0)
        pumped = program.columns(periods, 0.0, one.pump_max, 0.0)
        spilled = program.columns(periods, 0.0, INFINITY, 0.0)
        worth = np.zeros(periods)
        worth[-1] = -one.end_value
        volume = program.columns(periods, 0.0, INFINITY, worth)
        flows.append((turbined, pumped, spilled, volume))
    balances = []
    for number, one in enumerate(reservoirs):
        turbined, pumped, spilled, volume = flows[number]
        inflow = per_period(f"inflow of {one.name}", one.inflow, periods).copy()
        inflow[0] += one.start
        terms = [(volume, 1.0), (earlier(volume, 1), -1.0)]
        terms += [(turbined, 1.0), (spilled, 1.0), (pumped, -1.0)]
        for above, flow in zip(reservoirs, flows, strict=True):
            if above.below == one.name:
                arriving = [(earlier(flow[at], above.delay), -1.0) for at in (0, 2)]
                terms += [*arriving, (flow[1], 1.0)]
        balances.append(program.height)
        program.rows(Label("water balance", one.name), inflow, inflow, terms)
        least = np.full(periods, one.volume_min)
        least[-1] = max(one.volume_min, one.end)
        label = Label("volume", one.name)
        program.rows(label, least, one.volume_max, [(volume, 1.0)])
    return HydroColumns(tuple(reservoirs), tuple(flows), tuple(balances))
