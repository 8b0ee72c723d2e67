"""The plan of a whole desk."""

from dataclasses import dataclass
from pathlib import Path

from wattbook.errors import ForecastError, SourceError
from wattbook.ingest import DataReport, Series, normalize
from wattbook.runtime.desk.spec import Desk, MomentumSpec, PairSpec, VirtualSpec, VirtualSpreadSpec
from wattbook.runtime.plan.coupled import CoupledPlan, plan_coupled
from wattbook.runtime.plan.futures import FuturesPlan, plan_futures
from wattbook.runtime.plan.instrument import InstrumentPlan, Numbers, VenuePlan
from wattbook.runtime.plan.power import PowerPlan, plan_power
from wattbook.sources import SOURCES

__all__ = ["Loaded", "NotTraded", "Plan", "plan", "plan_markets"]


@dataclass(frozen=True, slots=True)
class NotTraded:
    """A market that the run goes on without.

    Parameters
    ----------
    market : str
        Its name in the desk file.
    reason : str
        What was found and what to do.
    """

    market: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run will meet.

    Parameters
    ----------
    desk : Desk
        The desk file.
    venues : tuple of VenuePlan
        By number.
    instruments : tuple of InstrumentPlan
        By number.
    power : tuple of PowerPlan
        Days of power markets.
    futures : tuple of FuturesPlan
        Daily futures.
    not_traded : tuple of NotTraded
        Markets that could not be planned, with the reason.
    coupled : tuple of CoupledPlan
        Days of coupled markets.
    """

    desk: Desk
    venues: tuple[VenuePlan, ...]
    instruments: tuple[InstrumentPlan, ...]
    power: tuple[PowerPlan, ...]
    futures: tuple[FuturesPlan, ...]
    not_traded: tuple[NotTraded, ...]
    coupled: tuple[CoupledPlan, ...] = ()

    @property
    def reports(self) -> tuple[DataReport, ...]:
        """Data reports of all series, each once."""
        seen: dict[str, DataReport] = {}
        parts = [part.reports for part in self.power] + [part.reports for part in self.futures]
        for report in (report for reports in parts for report in reports):
            seen.setdefault(report.name, report)
        return tuple(seen.values())


Loaded = dict[str, tuple[tuple[Series, DataReport], ...]]


def plan(desk: Desk, data: Path | None, seed: int, loaded: Loaded | None = None) -> Plan:
    """Return what the desk's markets will meet; at least one of them can be traded.

    Parameters
    ----------
    desk, data, seed, loaded
        As in `plan_markets`.

    Raises
    ------
    SourceError
        If no market can be traded.
    """
    made = plan_markets(desk, data, seed, loaded)
    if not (made.power or made.futures or made.coupled):
        reasons = "; ".join(f"{entry.market}: {entry.reason}" for entry in made.not_traded)
        message = f"{desk.path}: no market can be traded ({reasons or 'it names none'})"
        raise SourceError(message)
    return made


def plan_markets(desk: Desk, data: Path | None, seed: int, loaded: Loaded | None = None) -> Plan:
    """Return what the desk's markets will meet.

    A market whose data lack its day is left out with the reason; the others go on.

    Parameters
    ----------
    desk : Desk
        The desk file.
    data : Path or None
        The data folder.
    seed : int
        For generated days.
    loaded : dict, optional
        Series that were read before, by source; what is read now joins them.
    """
    numbers = Numbers()
    power: list[PowerPlan] = []
    futures: list[FuturesPlan] = []
    coupled: list[CoupledPlan] = []
    left_out: list[NotTraded] = []
    loaded = {} if loaded is None else loaded
    bid_for = {one.market for one in desk.strategy if isinstance(one, VirtualSpec)}
    bid_for |= {
        one.against
        for one in desk.strategy
        if isinstance(one, VirtualSpreadSpec) and one.against is not None
    }
    for spec in desk.market:
        source = SOURCES[spec.source]
        try:
            if source.market_model == "auction":
                bids = spec.name in bid_for
                coupled.append(plan_coupled(numbers, spec, source, data, seed, bids_virtual=bids))
                continue
            if spec.source not in loaded:
                loaded[spec.source] = tuple(normalize(raw) for raw in source.read(data, seed))
            power.append(
                plan_power(
                    numbers,
                    spec,
                    source,
                    loaded[spec.source],
                    bids_virtual=spec.name in bid_for,
                )
            )
        except (SourceError, ForecastError) as fault:
            left_out.append(NotTraded(spec.name, str(fault)))
    for product in desk.futures:
        windows = [
            strategy.window
            for strategy in desk.strategy
            if (isinstance(strategy, MomentumSpec) and strategy.market == product.name)
            or (
                isinstance(strategy, PairSpec)
                and product.name in (strategy.market, strategy.against)
            )
        ]
        try:
            futures.append(plan_futures(numbers, product, data, max(windows, default=2)))
        except SourceError as fault:
            left_out.append(NotTraded(product.name, str(fault)))
    return Plan(
        desk=desk,
        venues=tuple(numbers.venues),
        instruments=tuple(numbers.instruments),
        power=tuple(power),
        futures=tuple(futures),
        not_traded=tuple(left_out),
        coupled=tuple(coupled),
    )
