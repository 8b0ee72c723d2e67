"""A battery in energy and the ten FCAS of the NEM on recorded dispatch prices."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import highspy
import numpy as np
import polars as pl

from wattbook.assets.foresight import StoreLimits
from wattbook.assets.linear import Floats
from wattbook.assets.programme import Plan, ReserveOffer, plan_battery
from wattbook.assets.reserves import FCAS, Direction, Trapezium
from wattbook.errors import SourceError
from wattbook.sources.aemo.report import NEM_AHEAD_NS, read_report

__all__ = ["DispatchPrices", "NemBattery", "cash_by_market", "dispatch_prices", "second_value"]

PRICES = "sources/aemo/PUBLIC_ARCHIVE%23DISPATCHPRICE%23FILE01%23202604010000.zip"
HOURS = 1 / 12
INTERVALS = 576
"""Two whole days: the last of the recorded month."""


@dataclass(frozen=True, slots=True)
class DispatchPrices:
    """Prices of consecutive dispatch intervals in one region.

    Parameters
    ----------
    interval_end : ndarray of datetime64[ns], shape (n_intervals,)
        By the market's clock, UTC+10.
    energy : ndarray of shape (n_intervals,), AUD per MWh
    services : dict of str to ndarray of shape (n_intervals,), AUD per MW and hour
        By AEMO's names, as ``RAISE6SEC``.
    """

    interval_end: np.ndarray[tuple[int], np.dtype[np.datetime64]]
    energy: Floats
    services: dict[str, Floats]


@dataclass(frozen=True, slots=True)
class NemBattery:
    """A battery and how much of each service it is registered for.

    Parameters
    ----------
    limits : StoreLimits
        Of the battery.
    contingency_mw, regulation_mw : float
        Most of each service.
    """

    limits: StoreLimits
    contingency_mw: float
    regulation_mw: float

    def trapezium(self, service: str) -> Trapezium:
        """Return the trapezium that it bids for a service."""
        most = self.regulation_mw if service.endswith("REG") else self.contingency_mw
        limits = self.limits
        direction = FCAS[service].direction
        return Trapezium.of_battery(limits.charge_mw, limits.discharge_mw, most, direction)

    def plan(self, prices: DispatchPrices, *, initial_mwh: float | None = None) -> Plan:
        """Return the plan that earns most at known prices of energy and services."""
        offers = []
        for service, product in FCAS.items():
            trapezium = self.trapezium(service)
            offers.append(
                ReserveOffer(
                    product,
                    prices.services[service],
                    trapezium.max_available,
                    trapezium=trapezium,
                )
            )
        return plan_battery(
            self.limits,
            prices.energy,
            hours=HOURS,
            reserves=tuple(offers),
            initial_mwh=initial_mwh,
        )


def dispatch_prices(data: Path, region: str, intervals: int = INTERVALS) -> DispatchPrices:
    """Return the last `intervals` recorded dispatch intervals of a region, none missing.

    Raises
    ------
    SourceError
        If the file or the region is not there, or an interval is missing.
    """
    path = data / PRICES
    if not path.is_file():
        raise SourceError(f"{path} is not there; give the folder of recorded data")
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        report = read_report(archive.read(archive.namelist()[0]))
    (section,) = [one for one in report.sections if one.table == "PRICE"]
    frame = section.frame.filter((pl.col("REGIONID") == region) & (pl.col("INTERVENTION") == 0))
    frame = frame.sort("SETTLEMENTDATE").tail(intervals)
    if len(frame) < intervals:
        regions = sorted(section.frame["REGIONID"].unique().to_list())
        raise SourceError(
            f"{region} has {len(frame)} intervals in {path.name}, {intervals} are asked for; "
            f"its regions are {', '.join(regions)}"
        )
    ends = frame["SETTLEMENTDATE"].to_numpy()
    if (np.diff(ends) != 300_000_000_000).any():
        raise SourceError(f"an interval of {region} is missing in {path.name}; ask for fewer")
    services = {name: frame[f"{name}RRP"].to_numpy().astype(np.float64) for name in FCAS}
    clock = (ends + NEM_AHEAD_NS).astype("datetime64[ns]")
    return DispatchPrices(clock, frame["RRP"].to_numpy().astype(np.float64), services)


def cash_by_market(plan: Plan, prices: DispatchPrices) -> dict[str, float]:
    """Return what a plan earns in energy and in each service, AUD; they add up to its value."""
    net = plan.discharge_mw - plan.charge_mw
    cash = {"ENERGY": float(net @ prices.energy) * HOURS}
    for service, volume in plan.reserves_mw.items():
        cash[service] = float(volume @ prices.services[service]) * HOURS
    return cash


def second_value(
    battery: NemBattery, prices: DispatchPrices, *, initial_mwh: float | None = None
) -> float:
    """Return the best value by a second, independent formulation of the same rules.

    It shares no code with `plan_battery`: row by row, with what enters and leaves the cells as
    variables, energy as running sums of them, and the sides of a trapezium as lines through its
    corners.
    """
    solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS's own call
    solver.setOptionValue("primal_feasibility_tolerance", 1e-9)
    solver.setOptionValue("dual_feasibility_tolerance", 1e-9)
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    infinity, none = highspy.kHighsInf, (0, np.empty(0, np.int32), np.empty(0))
    limits = battery.limits
    count = 0

    def variable(value: float, low: float, high: float) -> int:
        nonlocal count
        solver.addCol(value, low, high, *none)
        count += 1
        return count - 1

    def row(low: float, terms: dict[int, float], high: float) -> None:
        columns = np.fromiter(terms, np.int32, len(terms))
        solver.addRow(low, high, len(terms), columns, np.fromiter(terms.values(), float))

    into, out = limits.charge_efficiency, limits.discharge_efficiency
    before = variable(0.0, *(2 * [limits.floor_mwh if initial_mwh is None else initial_mwh]))
    for place, price in enumerate(prices.energy.tolist()):
        entered = variable(-price / into, 0.0, limits.charge_mw * HOURS * into)
        left = variable(price * out, 0.0, limits.discharge_mw * HOURS / out)
        row(
            -infinity,
            {entered: 1 / (limits.charge_mw * into), left: out / limits.discharge_mw},
            HOURS,
        )
        after = variable(0.0, limits.floor_mwh, limits.ceiling_mwh)
        row(0.0, {after: 1.0, before: -1.0, entered: -1.0, left: 1.0}, 0.0)
        target = {left: out / HOURS, entered: -1 / (into * HOURS)}
        given = {
            name: variable(
                float(prices.services[name][place]) * HOURS,
                0.0,
                battery.trapezium(name).max_available,
            )
            for name in FCAS
        }
        raised, lowered = given["RAISEREG"], given["LOWERREG"]
        row(-infinity, {**target, raised: 1.0}, limits.discharge_mw)
        row(-limits.charge_mw, {**target, lowered: -1.0}, infinity)
        for name, volume in given.items():
            shape = battery.trapezium(name)
            high, low = dict(target), dict(target)
            if not name.endswith("REG"):
                high[raised], low[lowered] = 1.0, -1.0
            if shape.max_available:
                high[volume] = (shape.enablement_max - shape.high_breakpoint) / shape.max_available
                low[volume] = (shape.enablement_min - shape.low_breakpoint) / shape.max_available
            row(-infinity, high, shape.enablement_max)
            row(shape.enablement_min, low, infinity)
            if not name.endswith("REG"):
                # A service of a direction also keeps its own power, beside regulation.
                if FCAS[name].direction is Direction.UP:
                    row(-infinity, {**target, volume: 1.0, raised: 1.0}, limits.discharge_mw)
                else:
                    row(-limits.charge_mw, {**target, volume: -1.0, lowered: -1.0}, infinity)
        held = {
            volume: FCAS[name].sustain_hours
            for name, volume in given.items()
            if FCAS[name].direction is Direction.UP
        }
        room = {
            volume: FCAS[name].sustain_hours
            for name, volume in given.items()
            if FCAS[name].direction is Direction.DOWN
        }
        for energy in (before, after):
            terms = {volume: -hours / out for volume, hours in held.items()}
            row(limits.floor_mwh, {energy: 1.0, **terms}, infinity)
            terms = {volume: hours * into for volume, hours in room.items()}
            row(-infinity, {energy: 1.0, **terms}, limits.ceiling_mwh)
        before = after
    solver.run()
    return float(solver.getInfo().objective_function_value)
