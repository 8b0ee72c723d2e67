"""A battery in energy and the ten FCAS of the NEM on recorded dispatch prices."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from wattbook.assets.battery_plan import Plan, ReserveOffer, plan_battery
from wattbook.assets.foresight import StoreLimits
from wattbook.assets.linear import Floats
from wattbook.assets.reserves import FCAS, Trapezium
from wattbook.errors import SourceError
from wattbook.sources.aemo.report import NEM_AHEAD_NS, read_report

__all__ = ["DispatchPrices", "NemBattery", "cash_by_market", "dispatch_prices"]

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
